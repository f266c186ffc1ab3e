"""A rule as a form: what was typed becomes a body, a body becomes the parts of the page. Nothing typed is lost on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.automation import checking, facts, values
from pellucid.kernel.automation.definition import Body, written
from pellucid.kernel.automation.doing import doings
from pellucid.kernel.automation.models import Rule
from pellucid.kernel.automation.saying import WEEKDAYS, plain
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.conditions import filters_of, text_of
from pellucid.kernel.resources.declare import registry

from . import filters, told
from .told import Step

MOST = 10
SIDES = {"on": t("on the day"), "before": t("days before"), "after": t("days after")}
EVERY = {"day": t("every day"), "week": t("on days of the week"), "month": t("on days of the month")}


@dataclass(slots=True)
class Composed:
    """A rule in the making. It may lack anything."""

    name: str = ""
    resource: str = ""
    when: dict[str, Any] = field(default_factory=lambda: {"type": "changed"})
    conditions: str = ""
    steps: list[Step] = field(default_factory=list)
    rate: int = 600

    def body(self) -> dict[str, Any]:
        """What it says so far, as it is kept."""
        when = {k: v for k, v in self.when.items() if k in SAID_BY.get(self.when["type"], ()) or k == "type"}
        out: dict[str, Any] = {"resource": self.resource, "when": when, "do": [told.kept(s) for s in self.steps if s.kind]}
        return out | ({"if": self.conditions} if self.conditions else {}) | ({"rate": self.rate} if self.rate != 600 else {})


SAID_BY = {"created": (), "changed": ("fields",), "event": ("names",), "date": ("field", "days", "at"), "schedule": ("every", "on", "at")}


def of_body(name: str, body: Body) -> Composed:
    """The form of a rule that was kept."""
    said = written(body)
    steps = []
    for step in body.do:
        steps.append(told.of(step.kind, step.on, step.inputs))
    when = {"type": body.when.type} | {k: v for k, v in said["when"].items() if k != "type"}
    return Composed(name, body.resource, when, body.if_, steps, body.rate)


def of_post(data: Any, actor: Actor) -> Composed:
    """What was typed, whatever is missing or does not fit."""
    about = dict(checking.about())
    key = data.get("resource", "")
    found = Composed(data.get("name", "")[:120].strip(), key if key in about else "")
    kind = data.get("when", "")
    found.when = {"type": kind if kind in Rule.Trigger.values else "changed"} | _when(data)
    if found.resource:
        more = former(found)
        found.conditions = text_of(filters.composed(registry[found.resource], actor, data, more))
        found.steps = [_step(data, i, found.resource) for i in data.getlist("s")[:MOST] if is_whole(i)]
        _change(found, data.get("change", ""))
    return found


def _when(data: Any) -> dict[str, Any]:
    number = data.get("when.days", "")
    days = int(number) if is_whole(number) and len(number) < 4 else 0
    side = data.get("when.side", "on")
    days_on = data.getlist("when.week") if data.get("when.every") == "week" else re.split("[,，、 ]+", data.get("when.month", ""))
    return {
        "fields": tuple(data.getlist("when.fields")), "names": tuple(data.getlist("when.names")), "field": data.get("when.field", ""),
        "days": {"before": -days, "after": days}.get(side, 0), "at": data.get("when.at") or "08:00", "every": data.get("when.every") or "day",
        "on": tuple(int(d) for d in (part.strip() for part in days_on) if is_whole(d) and 1 <= int(d) <= 31),
    }  # fmt: skip


def _step(data: Any, i: str, key: str) -> Step:
    """The step of this number; choosing another kind or thing begins its inputs anew."""
    step = Step(data.get(f"s.{i}.kind", ""), data.get(f"s.{i}.on", ""))
    doing = doings.get(step.kind)
    if doing is None:
        return Step()
    offers = [on for on, _label in doing.offers(key)]
    if step.on not in offers or data.get(f"s.{i}.was", step.kind) != step.kind:
        step.on = "" if not doing.single else offers[0]
    if step.on not in offers:
        return step
    told.read(step, data, i, doing, key)
    return step


def _change(found: Composed, change: str) -> None:
    """What a button of the page asks for: one step more, one fewer, another order."""
    what, _dot, place = change.partition(".")
    at = int(place) if is_whole(place) else -1
    if what == "add" and len(found.steps) < MOST:
        found.steps.append(Step(place if place in doings else ""))
    elif what == "drop" and 0 <= at < len(found.steps):
        del found.steps[at]
    elif what in ("up", "down") and 0 <= (to := at + (-1 if what == "up" else 1)) < len(found.steps) and 0 <= at < len(found.steps):
        found.steps[at], found.steps[to] = found.steps[to], found.steps[at]


def former(found: Composed) -> dict[str, Spec]:
    """What fields held before: only an event has a before."""
    return facts.before_specs(found.resource) if found.when["type"] in ("changed", "event") else {}


# the page


def drawn(found: Composed, actor: Actor, show: Show) -> dict[str, Any]:
    """Everything the page shows of a rule in the making."""
    about = _options(checking.about(), found.resource)
    out: dict[str, Any] = {"name": found.name, "resource": found.resource, "type": found.when["type"], "about": about}
    if not found.resource:
        return out
    return out | {
        "types": _options([(value, label) for value, label in Rule.Trigger.choices], found.when["type"]), "when": list(_asks_when(found)),
        "conditions": conditions(found, actor, show), "steps": [_drawn_step(found, i, step, show, actor) for i, step in enumerate(found.steps)],
        "kinds": [{"kind": d.kind, "label": str(d.label), "icon": d.icon, "hint": str(d.hint)} for d in doings.values() if d.offers(found.resource)],
        "full": len(found.steps) >= MOST,
        "braces": [{"name": n, "label": str(s.label)} for n, s in values.specs(found.resource).items()
                   if not s.personal and "unnamed" not in s.options],
    }  # fmt: skip


def _options(pairs: Any, *chosen: Any) -> list[dict[str, Any]]:
    return [{"value": value, "label": str(label), "selected": value in chosen} for value, label in pairs]


def _asks_when(found: Composed) -> Iterator[dict[str, Any]]:
    """The controls behind the kind of event."""
    when, key = found.when, found.resource
    at = {"name": "when.at", "label": _("Time of day"), "kind": "time", "value": when.get("at", "08:00"), "required": True}
    match when["type"]:
        case "changed":
            pairs = [(n, s.label) for n, s in checking.watchable(key).items()]
            yield _many("when.fields", _("Which fields"), pairs, when.get("fields", ()), _("None chosen: any field."))
        case "event":
            moves = checking.moves_of(key)
            pairs = sorted(((n, plain(label)) for n, label in checking.events_of(key).items()), key=lambda p: (p[0] not in moves, str(p[1])))
            yield _many("when.names", _("Which events"), pairs, when.get("names", ()))
        case "date":
            yield {"name": "when.field", "label": _("Which day"), "kind": "choice", "required": True,
                   "options": _options([(n, s.label) for n, s in checking.days_of(key).items()], when.get("field"))}  # fmt: skip
            days = int(when.get("days") or 0)
            side = "on" if not days else "before" if days < 0 else "after"
            yield {"name": "when.side", "label": _("When"), "kind": "choice", "required": True, "options": _options(SIDES.items(), side)}
            yield {"name": "when.days", "label": _("Days"), "kind": "integer", "value": abs(days) or "", "when": "when.side before after"}
            yield at
        case "schedule":
            every = when.get("every", "day")
            yield {"name": "when.every", "label": _("How often"), "kind": "choice", "required": True, "options": _options(EVERY.items(), every)}
            week = [(n, label) for n, label in enumerate(WEEKDAYS, 1)]
            yield _many("when.week", _("Days of the week"), week, when.get("on", ())) | {"when": "when.every week"}
            yield {"name": "when.month", "label": _("Days of the month"), "kind": "text", "value": ", ".join(map(str, when.get("on", ()))),
                   "placeholder": "1, 15", "when": "when.every month"}  # fmt: skip
            yield at


def _many(name: str, label: str, pairs: Any, chosen: Any, help_: str = "") -> dict[str, Any]:
    """Several of a list, as ticks that wrap."""
    return {"name": name, "label": label, "kind": "ticks", "help": help_, "options": _options(pairs, *chosen), "wide": True}


def conditions(found: Composed, actor: Actor, show: Show) -> dict[str, Any]:
    """The conditions, in groups, as in the drawer of a list."""
    resource, more, at = registry[found.resource], former(found), f"/rules/condition/{found.resource}/{found.when['type']}"
    rows = [filters.row(resource, actor, show, i, f.group, f.name, f.op, f.operands, beside=more, href=at)
            for i, f in enumerate(filters_of(found.conditions))]  # fmt: skip
    groups: dict[int, list[dict[str, Any]]] = {0: []}
    for row in rows:
        groups.setdefault(row["group"], []).append(row)
    return {"groups": [{"n": n, "rows": rows} for n, rows in sorted(groups.items())], "add": at, "next_group": max(groups) + 1}


def _drawn_step(found: Composed, i: int, step: Step, show: Show, actor: Actor) -> dict[str, Any]:
    doing, key = doings.get(step.kind), found.resource
    kinds = [(d.kind, d.label) for d in doings.values() if d.offers(key)]
    out: dict[str, Any] = {"i": i, "n": i + 1, "kind": step.kind, "icon": doing.icon if doing else "dots", "kinds": _options(kinds, step.kind),
                           "first": i == 0, "last": i == len(found.steps) - 1}  # fmt: skip
    if doing is None:
        return out
    offers = doing.offers(key)
    out |= {"offers": [] if doing.single else _options(offers, step.on), "label": str(doing.label)}
    if step.on not in dict(offers):
        return out
    first, rest = told.drawn(i, step, doing, key, show, actor)
    return out | {"inputs": first, "more": rest}


def begun(data: Mapping[str, str]) -> Composed:
    """A new rule, about what the address names."""
    key = data.get("about", "")
    return replace(Composed(), resource=key if key in dict(checking.about()) else "", steps=[])
