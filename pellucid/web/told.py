"""What a step of the program is told: its inputs with where each value comes from. Rules and processes are designed with the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.automation import values
from pellucid.kernel.automation.doing import Doing
from pellucid.kernel.automation.values import NONE, Beside
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.marks import titled

from .controls import control_of

TYPED, DAYS, FIELD = "", "days", "field:"
FEW = 4  # inputs that are all shown at once


@dataclass(slots=True)
class Step:
    """One thing to do, as it stands in the form: `typed` by input, `source` where each is taken from."""

    kind: str = ""
    on: str = ""
    typed: dict[str, Any] = field(default_factory=dict)
    source: dict[str, str] = field(default_factory=dict)


def of(kind: str, on: str, inputs: Mapping[str, Any]) -> Step:
    """The form of a step that was kept."""
    step = Step(kind, on)
    for name, raw in inputs.items():
        if isinstance(raw, dict):
            step.source[name] = f"{FIELD}{raw['field']}" if "field" in raw else DAYS
            step.typed[name] = str(raw.get("days", ""))
        else:
            step.typed[name] = raw
    return step


def read(step: Step, data: Any, i: Any, doing: Doing, key: str) -> None:
    """What was typed into the form of the step of this number."""
    for name, spec in asked(doing, key, step.on).items():
        step.source[name] = data.get(f"s.{i}.f.{name}", "")
        full = f"s.{i}.v.{name}"
        if step.source[name] == DAYS:
            step.typed[name] = data.get(f"s.{i}.d.{name}", "")
        elif spec.kind.control == "choices":
            step.typed[name] = data.getlist(full)
        elif spec.kind.control == "switch":
            step.typed[name] = "1" if data.get(full) else ""
        elif full in data:
            step.typed[name] = data[full]


def asked(doing: Doing, key: str, on: str) -> dict[str, Spec]:
    """The inputs a step asks for; files cannot be kept in a rule."""
    return {n: s for n, s in doing.asks(key, on).items() if s.kind.control not in ("file", "conditions") and not s.options.get("hidden")}


def inputs(step: Step) -> dict[str, Any]:
    """The inputs of a step as they are kept: what is empty is left out."""
    out: dict[str, Any] = {}
    for name in dict.fromkeys((*step.source, *step.typed)):
        source, raw = step.source.get(name, TYPED), step.typed.get(name)
        if source.startswith(FIELD):
            out[name] = {"field": source.removeprefix(FIELD)}
        elif source == DAYS:
            days = str(raw or "")
            out[name] = {"days": int(days) if is_whole(days.lstrip("-")) else 0}
        elif raw not in (None, "", []):
            out[name] = raw
    return out


def kept(step: Step) -> dict[str, Any]:
    """A step as it is kept."""
    given = inputs(step)
    return {"kind": step.kind} | ({"on": step.on} if step.on else {}) | ({"inputs": given} if given else {})


def drawn(
    i: int, step: Step, doing: Doing, key: str, show: Show, actor: Actor, beside: Beside = NONE
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The inputs of a step: those one has to look at, and the rest."""
    specs = asked(doing, key, step.on)
    if doing.partial:  # what is left empty stays as it is: nothing has to be filled in, and nothing begins filled in
        specs = {n: s.changed(required=False, default=None) for n, s in specs.items()}
    found = [_input(i, spec, step, key, show, actor, beside) for spec in specs.values()]
    first = [f for f in found if f["field"]["required"] or f["filled"] or not doing.partial and len(specs) <= FEW]
    return first, [f for f in found if f not in first]


def _input(i: int, spec: Spec, step: Step, key: str, show: Show, actor: Actor, beside: Beside) -> dict[str, Any]:
    """An input with where its value comes from: typed, a field of the record, days from then on."""
    source, typed = step.source.get(spec.name, TYPED), step.typed.get(spec.name)
    ways = [(FIELD + n, label) for n, label in values.fits(spec, key, beside)]
    known = {TYPED, DAYS, *(w for w, _label in ways)}
    source = source if source in known else TYPED
    control = control_of(spec.changed(required=spec.required), show, None, typed=typed if typed is not None and source == TYPED else _begins(spec),
                         label=_title(spec, typed, actor))  # fmt: skip
    name = f"s.{i}.v.{spec.name}"
    when = " ".join(spec.options.get("when", ()))
    if when:
        other, _blank, wanted = when.partition(" ")
        when = f"s.{i}.v.{other} {wanted}"
    control |= {"name": name, "id": f"s-{i}-{spec.name}", "when": ""}
    dated = spec.kind.family == "moment"
    sources = [] if not ways and not dated else [(TYPED, _("typed here")), *([(DAYS, _("days from then on"))] if dated else []), *ways]
    return {
        "field": control, "name": f"s.{i}.f.{spec.name}", "source": source, "when": when,
        "sources": [o | {"label": o["label"] if o["value"] in (TYPED, DAYS) else _("from “%(field)s”") % {"field": o["label"]}}
                    for o in ({"value": v, "label": str(said), "selected": v == source} for v, said in sources)],
        "days": {"name": f"s.{i}.d.{spec.name}", "value": typed if source == DAYS and typed is not None else ""} if dated else None,
        "filled": source != TYPED or typed not in (None, "", [], "0"),
    }  # fmt: skip


def _begins(spec: Spec) -> Any:
    default = spec.default() if callable(spec.default) else spec.default
    if spec.kind.control == "choices":
        return []
    return "" if default is None or default is False else str(default)


def _title(spec: Spec, typed: Any, actor: Actor) -> str:
    if spec.kind.key != "link" or not is_whole(str(typed or "")):
        return ""
    return titled([(spec.target, int(typed))], actor).get((spec.target, int(typed)), "")
