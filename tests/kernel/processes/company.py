"""A small company as the machine sees one: who is whose manager, who has left, and conditions over a handful of facts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from pellucid.kernel.processes.definition import Plan, Who, read
from pellucid.kernel.processes.machine.entering import begin
from pellucid.kernel.processes.machine.rows import Instance, Unknown
from pellucid.kernel.processes.machine.run import Run
from pellucid.kernel.resources.conditions import filters_of

NOON = dt.datetime(2026, 11, 2, 10, tzinfo=dt.UTC)
FIELDS = {"amount": "money", "level": "choice", "due": "date", "owner": "user", "requester": "user", "requester_unit": "unit", "form_note": "text"}
APPROVERS = ("person", "role", "manager", "managers", "head", "chosen", "field", "requester", "unit", "decider")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "wh": "hours", "wd": "days"}


class Company:
    """1 boss; 2-4 heads of the units 2-4; 5-30 staff; 31 and 32 administrators."""

    def __init__(self, **facts: object) -> None:
        everyone = range(1, 33)
        self.boss = {p: 1 if p in (2, 3, 4, 31, 32) else None if p == 1 else 2 + p % 3 for p in everyone}
        self.unit = {p: 1 if p in (1, 31, 32) else p if p in (2, 3, 4) else 2 + p % 3 for p in everyone}
        self.roles = {"finance": [5, 8], "legal": [6], "service": [7, 10, 13], "gm": [1], "admin": [31, 32]}
        self.gone: set[int] = set()
        self.next: dict[int, int] = {}
        self.away: dict[int, tuple[int, ...]] = {}
        self.facts = facts
        self.fields = dict(FIELDS)

    def active(self, person: int) -> bool:
        return person in self.boss and person not in self.gone

    def successor(self, person: int) -> int | None:
        return self.next.get(person)

    def manager(self, person: int) -> int | None:
        return self.boss.get(person)

    def proxies(self, person: int) -> tuple[int, ...]:
        return self.away.get(person, ())

    def administrators(self) -> list[int]:
        return [32, 31, 1, 2, 3, 4]

    def value(self, name: str, instance: Instance) -> object:
        if name not in self.fields:
            raise Unknown("field_gone", field=name)
        if name.startswith("form_"):
            return instance.form.get(name.removeprefix("form_"))
        extra = {"requester": instance.requester, "requester_unit": self.unit[instance.requester]}
        return extra.get(name, self.facts.get(name))

    def moment(self, name: str, instance: Instance) -> dt.datetime | None:
        return self.value(name, instance)  # type: ignore[return-value]

    def resolve(self, who: Who, instance: Instance) -> list[int]:
        base = instance.requester
        match who.kind:
            case "person":
                return list(who.ids)
            case "unit":
                return [p for p, u in self.unit.items() if u in who.ids]
            case "role":
                return [p for p in self.roles.get(who.role, []) if who.scope == "any" or self.unit[p] == self.unit[base]]
            case "field":
                found = self.value(who.field, instance)
                return [found] if isinstance(found, int) else []
            case "head":
                return [self.unit[base] if self.unit[base] in (2, 3, 4) else 1]
            case _:
                line: list[int] = []
                at = self.manager(base)
                while at is not None and at not in line and len(line) < who.level:
                    line.append(at)
                    at = self.manager(at)
                return line if who.kind == "managers" else line[-1:]

    def first(self, conditions: list[str], instance: Instance) -> tuple[int | None, list[Any]]:
        held = [self._holds(c, instance) for c in conditions]
        return (held.index(True) if True in held else None), []

    def _holds(self, conditions: str, instance: Instance) -> bool:
        groups: dict[int, list[bool]] = {}
        for f in filters_of(conditions):
            value = self.value(f.name, instance)
            empty = value in (None, "")
            match f.op:
                case "gte":
                    holds = not empty and Decimal(str(value)) >= Decimal(f.operands[0])
                case "in":
                    holds = str(value) in f.operands
                case "notin":
                    holds = str(value) not in f.operands
                case "empty":
                    holds = empty
                case _:
                    raise Unknown("bad_condition", field=f.name)
            groups.setdefault(f.group, []).append(holds)
        return all(groups.pop(0, [])) and all(any(group) for group in groups.values())

    def after(self, moment: dt.datetime, number: int, unit: str, person: int | None) -> dt.datetime:
        return moment + dt.timedelta(**{UNITS[unit]: number})


def defined(*steps: dict, **head: object) -> Plan:
    """A process of these steps behind the requester's form."""
    body = {"schema": "pellucid.process/1", "key": "p", "name": {"zh-hans": "试", "en": "trial"}, "subject": "thing",
            "form": [{"name": "note", "label": {"zh-hans": "说明", "en": "Note"}}],
            "admins": [{"kind": "role", "role": "admin"}], "steps": [{"id": "start", "type": "start"}, *steps]}  # fmt: skip
    return Plan(read(body | head))


def started(plan: Plan, company: Company | None = None, requester: int = 20, **more: object) -> Run:
    """A run of the process that has just begun."""
    run = Run(plan, Instance(requester, NOON, **more), company or Company())  # type: ignore[arg-type]
    begin(run)
    return run
