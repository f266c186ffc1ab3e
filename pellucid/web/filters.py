"""Filters in words, as chips; and the drawer in which they are put together from the fields' kinds."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records import days, terms, words
from pellucid.kernel.records.kinds import BadValue
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.conditions import ALONE, filters_of, parted, text_of
from pellucid.kernel.resources.declare import Resource, registry
from pellucid.kernel.resources.fields import masked, offered, readable
from pellucid.kernel.resources.params import Filter, ListParams
from pellucid.kernel.resources.telling import MOMENTS, OPERATORS, operand_words, told, value_words

from .controls import control_of

ROWS = 40
FEW = 16                                # so many values of a dictionary stand there to be ticked; more are searched


def chips(resource: type[Resource], params: ListParams, show: Show, actor: Actor) -> list[dict[str, Any]]:
    """The active filters in words, each with the address of the list without it; an OR group is one chip."""
    may = readable(resource.key(), actor)
    out: list[dict[str, Any]] = []
    groups: dict[int, list[Filter]] = {}
    for f in params.filters:
        if f.group:
            groups.setdefault(f.group, []).append(f)
        elif f.name in may:
            out.append({"label": str(may[f.name].label), "value": value_words(may[f.name], f, show, actor),
                        "remove": params.url(filters=params.without(f))})
    for members in groups.values():
        said = [f"{may[f.name].label} {value_words(may[f.name], f, show, actor)}" for f in members if f.name in may]
        rest = tuple(f for f in params.filters if f not in members)
        out.append({"label": "", "value": _(" or ").join(said), "remove": params.url(filters=rest)})
    if params.q:
        out.append({"label": _("Search"), "value": params.q, "remove": params.url(q="")})
    if params.bin:
        out.append({"label": "", "value": _("Bin"), "remove": params.url(bin=False)})
    return out


def filterable(resource: type[Resource], actor: Actor, beside: Mapping[str, Spec] | None = None) -> dict[str, Spec]:
    """The fields one may filter by: the declared ones first, then the rest one may read; `beside` are values that stand beside the record."""
    may = readable(resource.key(), actor)
    first = [n for n in resource.filters if n in may]
    rest = [n for n, spec in offered(resource.key(), actor).items() if n not in first and spec.kind.operators and spec.kind.key != "step"]
    return {n: may[n] for n in (*first, *rest)} | dict(beside or {})


def operators_of(resource: type[Resource], spec: Spec, actor: Actor) -> tuple[str, ...]:
    """How this reader may filter by a field: a masked one only in full."""
    ops = spec.kind.operators
    if spec.kind.key == "term" and not terms.layered(spec.dictionary):
        ops = tuple(op for op in ops if op != "below")
    return tuple(op for op in ops if op in ("eq", "empty", "filled")) if masked(resource.key(), spec.name, actor) else ops


def row(resource: type[Resource], actor: Actor, show: Show, index: int, group: int, name: str, op: str = "",
        operands: Sequence[str] = (), beside: Mapping[str, Spec] | None = None, href: str = "") -> dict[str, Any]:
    """One condition of the drawer: which field, which operator, which operands. `href` is where another row is asked for."""
    fields = filterable(resource, actor, beside)
    spec = fields.get(name) or next(iter(fields.values()))
    ops = operators_of(resource, spec, actor)
    op = op if op in ops else ops[0]
    href = f"{href or f'/{resource.path}/filter/row'}?i={index}&g={group}"
    return {"index": index, "group": group, "href": href, "name": spec.name, "op": op,
            "fields": [{"value": n, "label": str(s.label), "selected": n == spec.name} for n, s in fields.items()],
            "ops": [{"value": o, "label": _(MOMENTS[o]) if spec.kind.family == "moment" and o in MOMENTS else _(OPERATORS[o]), "selected": o == op}
                    for o in ops],
            "controls": operand_controls(spec, op, operands, show, actor, index)}


def operand_controls(spec: Spec, op: str, operands: Sequence[str], show: Show, actor: Actor, index: int) -> list[dict[str, Any]]:
    """The inputs of a condition's operands."""
    if op in ("empty", "filled", "me"):
        return []
    base = {"name": f"v.{index}", "id": f"filter-{index}", "label": str(spec.label)}
    if op == "within":
        return [base | {"kind": "choice", "required": True, "options": [
            {"value": r, "label": words.range_name(r, show.language), "selected": r in operands} for r in days.RANGES]}]
    if op in ("in", "notin", "any", "all", "none", "below"):
        options = spec.kind.options(spec, show)
        if options:
            chosen = {str(_parsed(spec, raw, show)) for raw in operands}
            if spec.dictionary and len(options) > FEW:
                held = [{"value": v, "label": label} for v, label, _t in options if str(v) in chosen]
                return [base | {"kind": "references", "src": f"/options/term/{spec.dictionary}", "chosen": held}]
            return [base | {"kind": "choices", "options": [{"value": v, "label": label, "selected": str(v) in chosen} for v, label, _t in options]}]
        return [base | {"kind": "references", "src": source_of(spec), "chosen": [
            {"value": raw, "label": operand_words(spec, raw, show, actor)} for raw in operands]}]
    given = [*operands, "", ""]
    control = control_of(spec.changed(required=False, default=None), show)
    out = []
    for at in range(2 if op == "between" else 1):
        kind = "text" if spec.kind.family == "moment" else control["kind"]
        options = [o | {"selected": str(o["value"]) == given[at]} for o in control.get("options", ())]
        out.append(base | {"id": f"filter-{index}-{at}", "kind": kind if kind != "long" else "text", "value": given[at], "options": options,
                           "src": control.get("src", ""), "required": kind == "choice",
                           "placeholder": _("2026-11-24, tomorrow, 3 days ago") if spec.kind.family == "moment" else ""})
    return out


def _parsed(spec: Spec, raw: str, show: Show) -> Any:
    try:
        return spec.kind.operand(spec, raw, show)
    except BadValue:
        return raw


def source_of(spec: Spec) -> str:
    """Where a combobox asks for its options."""
    return "/options/user" if spec.kind.key == "user" else "/options/unit" if spec.kind.key == "unit" else f"/options/{spec.target}"


def drawer(resource: type[Resource], actor: Actor, show: Show, params: ListParams) -> dict[str, Any]:
    """Everything the filter drawer shows."""
    rows = [row(resource, actor, show, i, f.group, f.name, f.op, f.operands) for i, f in enumerate(params.filters)]
    groups: dict[int, list[dict[str, Any]]] = {0: []}
    for r in rows:
        groups.setdefault(r["group"], []).append(r)
    if not rows:
        groups[0].append(row(resource, actor, show, 0, 0, ""))
    return {"action": f"/{resource.path}/filter/apply", "groups": [{"n": n, "rows": found} for n, found in sorted(groups.items())],
            "add": f"/{resource.path}/filter/row", "next": len(rows) + 1, "next_group": max(groups) + 1,
            "keep": [(k, v) for k, v in replace(params, filters=(), page=1, after="", before="").pairs() if k != "bare"]}


def composed(resource: type[Resource], actor: Actor, data: Any, beside: Mapping[str, Spec] | None = None, *,
             half: bool = False) -> tuple[Filter, ...]:
    """The filters of a filled-in drawer; conditions without a value are left out, unless `half` ones are wanted, too."""
    fields, out = filterable(resource, actor, beside), []
    for i in sorted({int(k[2:]) for k in data if k.startswith("n.") and is_whole(k[2:]) and len(k) < 6})[:ROWS]:
        name, op = data.get(f"n.{i}", ""), data.get(f"o.{i}", "")
        operands = tuple(v.strip() for v in data.getlist(f"v.{i}") if v.strip())[:500]
        if name not in fields or op not in operators_of(resource, fields[name], actor):
            continue
        if op not in ALONE and not operands and not half:
            continue
        if op == "between" and len(operands) == 1:
            op = "gte"
        group = data.get(f"g.{i}", "0")
        out.append(Filter(name, op, operands, int(group) if is_whole(group) and len(group) < 3 else 0))
    return tuple(out)


def inline(spec: Spec, held: Mapping[str, Any], show: Show, reader: Actor) -> dict[str, Any]:
    """The conditions a rule holds, put together inside its form as in the drawer of a list; one such field per form. Where another field says
    what they are about, they are about what it holds now, and go no further than what the reader may see of it: a part of his own work.
    Rules of the company are about every field."""
    key, stored = _about(spec, held), str(held.get(spec.name) or "")
    if key not in registry:
        return {"kind": "conditions", "wide": True, "rows": [], "add": "", "said": "", "help": ""}
    resource, actor = registry[key], reader if "by" in spec.options else Actor.system()
    found = filters_of(stored) if parted(stored)[0] in ("", key) else ()
    rows = [row(resource, actor, show, i, f.group, f.name, f.op, f.operands) for i, f in enumerate(found)]
    return {"kind": "conditions", "wide": True, "rows": rows, "add": f"/{resource.path}/filter/row", "said": told(found, resource, show, actor)}


def typed_conditions(spec: Spec, data: Any) -> str:
    """What stands in the conditions of a filled-in form, as it is stored; one without a value is kept, to be refused at its field."""
    key = _about(spec, data)
    text = text_of(composed(registry[key], Actor.system(), data, half=True)) if key in registry else ""
    return f"{key}?{text}" if text and "by" in spec.options else text


def _about(spec: Spec, held: Mapping[str, Any]) -> str:
    """The resource that conditions in a form are about."""
    return str(spec.options.get("of") or held.get(spec.options["by"]) or "")
