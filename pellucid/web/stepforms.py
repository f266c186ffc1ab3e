"""The forms of a process's designer: what a step, a branch, a lane or the whole process says, as controls, and back again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Action, actions
from pellucid.kernel.automation.doing import doings
from pellucid.kernel.processes.approvers import approvers
from pellucid.kernel.processes.definition import Definition, Plan
from pellucid.kernel.processes.designing.operations import Body
from pellucid.kernel.processes.designing.sayings import MODES, REJECTS, THEN, Sayer
from pellucid.kernel.processes.form import form_specs
from pellucid.kernel.processes.models import Process
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.records.translated import say
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.conditions import filters_of
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import offered, readable

from . import filters, told

Control = dict[str, Any]
UNITS = ("m", "h", "d", "wh", "wd")
LEVELS = range(1, 6)
MAY = ("transfer", "add", "return", "comment")


@dataclass(frozen=True, slots=True)
class Desk:
    """Who designs what, and where."""

    process: Process
    definition: Definition
    actor: Actor
    show: Show

    @property
    def base(self) -> str:
        return f"/settings/processes/{self.process.pk}"

    @property
    def resource(self) -> Any:
        return registry[self.definition.subject]

    @property
    def fields(self) -> dict[str, Spec]:
        """What the designer may read of the record, and what the process itself asks for."""
        return {**readable(self.definition.subject, self.actor), **form_specs(self.definition)}

    def fields_of(self, *kinds: str) -> list[tuple[str, str]]:
        return [(n, str(s.label)) for n, s in self.fields.items() if s.kind.key in kinds]

    def verbs(self) -> list[Action]:
        """The actions a step may carry out: on one record of this kind, as far as the designer may do them himself."""
        model = self.resource.model
        found = [a for a in actions.values() if a.model is model and a.on == "record" and self.actor.may(a.resource, a.verb)]
        return [a for a in found if not a.generic and not a.name.endswith(("_create", "_update"))]


def text(name: str, label: Any, value: Any = "", **more: Any) -> Control:
    return {"name": name, "label": str(label), "kind": "text", "value": value or "", **more}


def choice(name: str, label: Any, options: Iterable[tuple[Any, Any]], value: Any, **more: Any) -> Control:
    listed = [{"value": v, "label": str(said), "selected": str(v) == str(value)} for v, said in options]
    return {"name": name, "label": str(label), "kind": "choice", "options": listed, "required": True, "given": True, **more}


def choices(name: str, label: Any, options: Iterable[tuple[Any, Any]], chosen: Iterable[Any], **more: Any) -> Control:
    now = {str(v) for v in chosen}
    return {"name": name, "label": str(label), "kind": "choices", "options": [{"value": v, "label": str(said), "selected": str(v) in now}
                                                                            for v, said in options], **more}  # fmt: skip


def switch(name: str, label: Any, value: bool, **more: Any) -> Control:
    return {"name": name, "label": str(label), "kind": "bool", "value": value, **more}


def names(value: Mapping[str, str] | None, label: Any, prefix: str = "name") -> list[Control]:
    """A name in both languages, that of the reader first."""
    both = [text(f"{prefix}.zh-hans", _("%(what)s, Chinese") % {"what": label}, (value or {}).get("zh-hans"), maxlength=120),
            text(f"{prefix}.en", _("%(what)s, English") % {"what": label}, (value or {}).get("en"), maxlength=120)]  # fmt: skip
    return both if (get_language() or "").startswith("zh") else both[::-1]


def span_of(name: str, label: Any, value: str | None, unit: str = "wh") -> list[Control]:
    """A span of time: how many of which."""
    number = (value or "").rstrip("mhdw")
    now = (value or "")[len(number) :] or unit
    units = (("m", _("minutes")), ("h", _("hours")), ("d", _("days")), ("wh", _("working hours")), ("wd", _("working days")))
    return [{**text(f"{name}.n", label, number), "kind": "integer", "maxlength": 4}, choice(f"{name}.u", _("counted in"), units, now)]


def read_span(data: Any, name: str) -> str | None:
    number, unit = data.get(f"{name}.n", "").strip(), data.get(f"{name}.u", "")
    return f"{number}{unit}" if number and unit in UNITS else None


def read_names(data: Any, prefix: str = "name") -> dict[str, str]:
    return {k: v for k in ("zh-hans", "en") if (v := data.get(f"{prefix}.{k}", "").strip())}


def conditions_of(desk: Desk, stored: str | None) -> dict[str, Any]:
    """The conditions of a branch or of the whole, as the drawer of a list puts them together."""
    href, beside = f"{desk.base}/condition", form_specs(desk.definition)
    found = filters_of(stored or "")
    rows = [filters.row(desk.resource, desk.actor, desk.show, i, f.group, f.name, f.op, f.operands, beside, href) for i, f in enumerate(found)]
    groups: dict[int, list[dict[str, Any]]] = {0: []}
    for row in rows:
        groups.setdefault(row["group"], []).append(row)
    return {"groups": [{"n": n, "rows": rows_} for n, rows_ in sorted(groups.items())], "add": href, "next_group": max(groups) + 1}


def who_row(desk: Desk, prefix: str, n: int, who: Mapping[str, Any], node: str = "") -> dict[str, Any]:
    """One way to name people: its kind, and what that kind needs."""
    at, kind = f"{prefix}.{n}", who.get("kind", "manager")
    said = Sayer(desk.definition, desk.actor)
    people = desk.fields_of("user")
    kinds = [(k, a.label) for k, a in approvers.items() if k != "chosen" or prefix == "who"]
    among = who.get("among", "all")
    earlier = [(i, said.title(said.plan.node[i])) for i in Plan(desk.definition).earlier(node)] if node else []

    def when(*values: str) -> dict[str, str]:
        return {"when": " ".join((f"{at}.kind", *values))}

    ids = who.get("ids", ())
    wheres = (("any", _("anywhere")), ("unit", _("over the requester's unit")), ("branch", _("in the requester's branch")))
    controls = [
        choice(f"{at}.role", _("Role"), ((r.code, say(r.label)) for r in directory.roles()), who.get("role", ""), **when("role")),
        choice(f"{at}.scope", _("Where"), wheres, who.get("scope", "any"), **when("role")),
        choice(f"{at}.among", _("Among whom"), (("all", _("all colleagues")), ("role", _("who holds a role")), ("unit", _("who belongs to a unit"))),
               among, **when("chosen")),
        choice(f"{at}.crole", _("Role"), ((r.code, say(r.label)) for r in directory.roles()), who.get("role", "") if among == "role" else "",
               when=f"{at}.among role"),
        {"name": f"{at}.cunit", "label": _("Units"), "kind": "references", "src": "/options/unit", "wide": True, "when": f"{at}.among unit",
         "chosen": [{"value": i, "label": directory.unit_name(i) or f"#{i}"} for i in ids] if among == "unit" else []},
        text(f"{at}.min", _("At least"), who.get("min", 1), kind="integer", **when("chosen")),
        text(f"{at}.max", _("At most"), who.get("max", 1 if kind != "chosen" else 10), kind="integer", **when("chosen")),
        choice(f"{at}.level", _("Levels up"), ((x, x) for x in LEVELS), who.get("level", 1), **when("manager", "managers")),
        choice(f"{at}.of", _("Of whom"), (("requester", _("The requester")), *people), who.get("of", "requester"),
               **when("manager", "managers", "head")),
        choice(f"{at}.field", _("Field"), people, who.get("field", ""), **when("field")),
        choice(f"{at}.node", _("Step"), earlier, who.get("node", ""), **when("decider")),
        {"name": f"{at}.person", "label": _("Colleagues"), "kind": "references", "src": "/options/user", "wide": True, **when("person"),
         "chosen": [{"value": i, "label": directory.user_name(i) or f"#{i}"} for i in ids] if kind == "person" else []},
        {"name": f"{at}.unit", "label": _("Units"), "kind": "references", "src": "/options/unit", "wide": True, **when("unit"),
         "chosen": [{"value": i, "label": directory.unit_name(i) or f"#{i}"} for i in ids] if kind == "unit" else []},
    ]  # fmt: skip
    for c in controls:
        c["id"] = "f-" + c["name"].replace(".", "-")
    return {"kind": choice(f"{at}.kind", _("Who"), kinds, kind, id=f"f-{prefix}-{n}-kind"), "controls": controls}


def read_who(data: Any, prefix: str) -> list[Body]:
    """The ways to name people that stand in a form, in their order."""
    out = []
    for key in data:
        if not (key.startswith(f"{prefix}.") and key.endswith(".kind")):
            continue
        at, kind = key.removesuffix(".kind"), data[key]
        who: Body = {"kind": kind}
        if kind == "role":
            who |= {"role": data.get(f"{at}.role", ""), "scope": data.get(f"{at}.scope", "any")}
        if kind in ("manager", "managers"):
            who["level"] = int(data.get(f"{at}.level", "1") or 1)
        if kind in ("manager", "managers", "head"):
            who["of"] = data.get(f"{at}.of", "requester")
        if kind in ("field", "decider"):
            name = {"field": "field", "decider": "node"}[kind]
            who[name] = data.get(f"{at}.{name}", "")
        if kind == "chosen":
            who |= read_chosen(data, at)
        if kind in ("person", "unit"):
            who["ids"] = [int(v) for v in data.getlist(f"{at}.{kind}") if is_whole(v)]
        out.append({k: v for k, v in who.items() if v not in ("", [])} if kind not in ("person", "unit") else who)
    return out


def read_chosen(data: Any, at: str) -> Body:
    """Whom the requester chooses, among whom, how many."""
    among = data.get(f"{at}.among", "all")
    few, most = (int(v) if is_whole(v) and 0 < int(v) <= 50 else 1 for v in (data.get(f"{at}.{n}", "").strip() for n in ("min", "max")))
    units = [int(v) for v in data.getlist(f"{at}.cunit") if is_whole(v)]
    bound: Body = {"role": data.get(f"{at}.crole", "")} if among == "role" else {"ids": units} if among == "unit" else {}
    return {"among": among, "min": few, "max": most, **bound}


def deadline_of(value: Mapping[str, Any] | None, then: Iterable[str]) -> list[Control]:
    """By when, when to remind before, what then and how often; each number beside its unit in two columns."""
    held = value or {}
    return [*span_of("after", _("Due within"), held.get("after")), *span_of("remind", _("Remind before"), next(iter(held.get("remind", ())), None)),
            choice("then", _("If it is late"), ((k, THEN[k]) for k in then), held.get("then", "notify"), wide=True),
            *span_of("every", pgettext("deadline", "Then again every"), held.get("every"), "wd")]  # fmt: skip


def read_deadline(data: Any) -> Body | None:
    after = read_span(data, "after")
    if after is None:
        return None
    remind, every = read_span(data, "remind"), read_span(data, "every")
    return {"after": after, "then": data.get("then", "notify"), **({"remind": [remind]} if remind else {}), **({"every": every} if every else {})}


def fields_of(desk: Desk, value: Mapping[str, Any] | None) -> list[Control]:
    """What of the process's own form is filled in here, and what of the record stays hidden."""
    held = value or {}
    levels = (("", _("not asked")), ("edit", _("may be filled in")), ("require", _("must be filled in")))
    out = [choice(f"form.{f.name}", say(f.label) or f.name, levels, "require" if f.name in held.get("require", ()) else
                  "edit" if f.name in held.get("edit", ()) else "") for f in desk.definition.form]  # fmt: skip
    own = [(n, str(s.label)) for n, s in offered(desk.definition.subject, desk.actor).items()]
    return [*out, choices("hide", _("Not shown here"), own, held.get("hide", ()), wide=True)]


def read_fields(desk: Desk, data: Any) -> Body:
    levels = {f.name: data.get(f"form.{f.name}", "") for f in desk.definition.form}
    out = {"edit": [n for n, level in levels.items() if level], "require": [n for n, level in levels.items() if level == "require"],
           "hide": [v for v in data.getlist("hide") if v]}  # fmt: skip
    return {k: v for k, v in out.items() if v}


def doing_of(desk: Desk, kind: str, held: Mapping[str, Any]) -> tuple[list[Control], dict[str, Any]]:
    """What the program does in a step: with what, and what that is told; it is drawn anew as soon as something else is chosen."""
    doing, key, call = doings[kind], desk.definition.subject, str(held.get("call", ""))
    offered = [(a.name, a.label) for a in desk.verbs()] if kind == "action" else doing.offers(key)
    controls = [] if doing.single else [choice("call", doing.label, (("", _("nothing chosen yet")), *offered), call, again=True)]
    if call not in dict(offered) and not doing.single:
        return controls, {}
    beside = {name: (spec, None) for name, spec in form_specs(desk.definition).items()}
    first, more = told.drawn(0, told.of(kind, call, held.get("inputs", {})), doing, key, desk.show, desk.actor, beside)
    return controls, {"inputs": first, "more": more}


def read_doing(desk: Desk, kind: str, data: Any) -> Body:
    """The other way round. What was chosen before keeps nothing of what it was told."""
    doing, key = doings[kind], desk.definition.subject
    step = told.Step(kind, "" if doing.single else data.get("call", ""))
    if doing.single or step.on and step.on == data.get("was", step.on):
        told.read(step, data, 0, doing, key)
    return {"call": step.on, "inputs": told.inputs(step)}


def rejects(options: Iterable[str] = ("end", "start", "prev", "lane")) -> list[tuple[str, Any]]:
    return [(k, REJECTS[k]) for k in options]


def modes(options: Iterable[str]) -> list[tuple[str, Any]]:
    return [(k, MODES[k]) for k in options]
