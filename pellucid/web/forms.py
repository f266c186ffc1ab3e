"""Forms from the writable fields of a resource: what is asked at once, what stands behind "more fields", what was typed."""
from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import fetch
from pellucid.kernel.records.errors import Failure, Invalid
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.declare import Resource, hints, registry
from pellucid.kernel.resources.fields import arranged, masked, readable, value_of, writable
from pellucid.kernel.resources.marks import titled

from . import filters
from .controls import control_of

Errors = Mapping[str, Sequence[str]]


def asked_fields(resource: type[Resource], actor: Actor) -> dict[str, Spec]:
    """The fields of the form, those of the declaration first."""
    may = {n: s for n, s in writable(resource.key(), actor).items() if not s.options.get("hidden")}
    first = arranged(resource.key(), [n for n in resource.form if n in may])
    return {n: may[n] for n in (*first, *(n for n in may if n not in first))}


def raw_values(specs: Mapping[str, Spec], data: Any, files: Any = None) -> dict[str, Any]:
    """What was typed or chosen, by field; a switch that is off sends nothing and still says no."""
    out: dict[str, Any] = {}
    for name, spec in specs.items():
        if spec.kind.control == "choices":
            keys = [k for k in data if k == name or k.startswith(f"{name}.")]  # "name.x": one of a pair of radio buttons
            if keys:
                out[name] = [v for k in keys for v in data.getlist(k) if v]
        elif spec.kind.control == "switch":
            out[name] = "1" if data.get(name) else "0"
        elif spec.kind.control == "file" and files and name in files:
            out[name] = files[name]
        elif spec.kind.control == "conditions":
            out[name] = data[name] if name in data else filters.typed_conditions(spec, data)
        elif name in data:
            out[name] = data[name]
    return out


def entries_of(specs: Mapping[str, Spec], record: Any, show: Show) -> dict[str, Any]:
    """What the inputs of a record hold before anybody types."""
    out: dict[str, Any] = {}
    for name, spec in specs.items():
        value = value_of(record, spec)
        match spec.kind.control:
            case "switch":
                out[name] = "1" if value else "0"
            case "choices":
                out[name] = [str(v) for v in value or ()]
            case "combobox":
                out[name] = "" if value is None else str(value)
            case _:
                out[name] = spec.kind.entry(spec, value, show)
    return out


def changed_only(typed: Mapping[str, Any], before: str) -> dict[str, Any]:
    """The fields that differ from what the form showed."""
    try:
        shown = json.loads(before or "{}")
    except ValueError:
        shown = {}
    return {n: v for n, v in typed.items() if n not in shown or (sorted(v) if isinstance(v, list) else v) != (
        sorted(shown[n]) if isinstance(shown[n], list) else shown[n])}


def drawn(specs: Mapping[str, Spec], show: Show, actor: Actor, values: Mapping[str, Any], typed: Mapping[str, Any] | None = None,
          errors: Errors | None = None) -> dict[str, dict[str, Any]]:
    """The fields as data for the template; links with the names of what they hold."""
    held = typed if typed is not None else values
    wanted = [(s.target, int(held[n])) for n, s in specs.items() if s.kind.key == "link" and is_whole(str(held.get(n) or ""))]
    names = titled(wanted, actor) if wanted else {}
    out = {}
    for name, spec in specs.items():
        said = (errors or {}).get(name) or ()
        link = names.get((spec.target, int(held[name])), "") if spec.kind.key == "link" and is_whole(str(held.get(name) or "")) else ""
        out[name] = control_of(spec, show, values.get(name), typed=None if typed is None else typed.get(name, "" if name in values else None),
                               error=in_a_row(said), label=link)
        if pick := spec.options.get("pick"):  # one of several rows that are ticked, with how much of it
            out[name]["pick"] = {"name": pick[0], "value": pick[1], "on": pick[1] in (held.get(pick[0]) or ())}
        if spec.kind.control == "conditions":
            out[name] |= filters.inline(spec, held, show, actor)
    return out


def form_of(resource: type[Resource], actor: Actor, show: Show, *, record: Any = None, typed: Mapping[str, Any] | None = None,
            errors: Errors | None = None, preset: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A form to make or change a record, as form_drawer.html and form.html ask for it."""
    specs = asked_fields(resource, actor)
    if record is not None:
        values = {n: (value_of(record, s), getattr(record, s.companion)) if s.kind.key == "file" and s.companion else value_of(record, s)
                  for n, s in specs.items()}
    else:
        values = {n: (s.default() if callable(s.default) else s.default) for n, s in specs.items()} | dict(preset or {})
        if "owner" in specs and specs["owner"].kind.key == "user" and values.get("owner") is None:
            values["owner"] = actor.user_id  # as it is kept when nobody is named
        specs = {n: s.changed(null=True) if s.kind.control == "switch" else s for n, s in specs.items()}
    fields = drawn(specs, show, actor, values, typed, errors)
    for name in {f for h in hints if h.resource == resource.key() for f in h.fields} & set(fields):
        fields[name]["check"] = f"/{resource.path}/hint?about={name}" + (f"&record={record.pk}" if record is not None else "")
    for name, spec in specs.items():
        if (by := spec.options.get("by")) in fields and spec.kind.control == "conditions":
            fields[by]["draws"] = (f"/{resource.path}/conditions/{name}", name)
    first = {n for n in resource.form if n in specs} | {n for n, s in specs.items() if s.required}
    failed = {n: list(m) for n, m in (errors or {}).items()}
    noun = resource.model._meta.verbose_name
    base = f"/{resource.path}/"
    form: dict[str, Any] = {
        "title": _("Edit %(what)s") % {"what": noun} if record is not None else _("New %(what)s") % {"what": noun},
        "action": f"{base}{record.pk}/edit" if record is not None else f"{base}new", "submit": _("Save"), "target": "drawer",
        "sections": [{"title": "", "fields": [f for n, f in fields.items() if n in first or n in failed]}],
        "more": [f for n, f in fields.items() if n not in first and n not in failed],
        "errors": [{"label": fields[n]["label"] if n in fields else n, "id": f"f-{n}", "text": in_a_row(m)}
                   for n, m in failed.items() if n in fields],
        "failure": in_a_row(in_a_row(m) for n, m in failed.items() if n not in fields), "columns": 2, "hidden": {},
        "draft": f"{resource.key()}:{record.pk if record is not None else 'new'}", "multipart": multipart(fields.values()),
    }
    if record is not None:
        form["hidden"] = {"version": record.version, "was": json.dumps(entries_of(specs, record, show), ensure_ascii=False)}
        form["note"] = str(record)
    else:
        form["next"] = _("Save and next")
    return form


def multipart(fields: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a form with these fields carries files."""
    return any(f["kind"] == "file" for f in fields)


def in_a_row(messages: Iterable[str]) -> str:
    """Several messages as one text, each apart from the next."""
    said = [str(m).rstrip("。.；; ") if n else str(m) for n, m in enumerate(reversed(list(messages)))]
    return _("; ").join(reversed(said))


def errors_of(error: Invalid) -> dict[str, list[str]]:
    """The refusal by field; messages as text."""
    return {n: [str(m) for m in ms] for n, ms in error.errors.items()}


def preset_of(specs: Mapping[str, Spec], data: Any) -> dict[str, Any]:
    """Values an address brings along: ?customer=7 fills that field of a new record."""
    out = {}
    for name, spec in specs.items():
        if name in data and len(data[name]) < 200:
            out[name] = int(data[name]) if spec.kind.control == "combobox" and is_whole(data[name]) else data[name]
    return out


def along(asked: Mapping[str, Spec], preset: dict[str, Any], actor: Actor, apart: Sequence[str] = ()) -> dict[str, Any]:
    """The preset, and what a record named in it says of the same: what hangs on a sale is for the customer of that sale.
    What stands `apart` says something else."""
    out = dict(preset)
    for name, value in preset.items():
        if asked[name].kind.key != "link" or not isinstance(value, int):
            continue
        its = readable(asked[name].target, actor)
        same = [n for n, s in asked.items() if n not in out and n not in apart and s.kind.key == "link" and n in its and its[n].target == s.target
                and not masked(asked[name].target, n, actor)]
        if same:
            with contextlib.suppress(Failure):
                record = fetch(registry[asked[name].target].model, value, actor)
                out |= {n: held for n in same if (held := value_of(record, its[n]))}
    return out
