"""The company as the machine asks for it: people, calendars, and the record a process is about."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from pellucid.kernel.access import calendars, directory, proxies
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.automation.values import Beside
from pellucid.kernel.records import days, prepared
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.records.kinds import BadValue, kind
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.conditions import filters_of, holding
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs, value_of
from pellucid.kernel.resources.query import conditions as compiled
from pellucid.kernel.resources.telling import value_words

from . import approvers
from .definition import Definition, Who
from .machine.rows import Instance, Unknown
from .models import ProcessInstance

FORM = "form_"
REQUESTER = "requester"
SPANS = {"m": "minutes", "h": "hours", "d": "days"}
FORM_SQL = {"text": "text", "longtext": "text", "choice": "text", "integer": "bigint", "decimal": "numeric", "date": "date",
            "datetime": "timestamptz", "bool": "boolean", "user": "bigint", "unit": "bigint"}  # fmt: skip
WORDED = ("number", "moment", "text", "flag", "set")


def form_specs(definition: Definition) -> dict[str, Spec]:
    """What the process itself asks for, by the names conditions use."""
    out = {}
    for field in definition.form:
        choices = tuple((c, c, "") for c in field.choices)
        out[FORM + field.name] = Spec(FORM + field.name, _Said(field.label), kind(field.kind), column=FORM + field.name, choices=choices, null=True,
                                      options={"sql": FORM_SQL[field.kind]})  # fmt: skip
    out[REQUESTER] = Spec(REQUESTER, _("Requester"), kind("user"), column=REQUESTER, options={"sql": "bigint"})
    out[f"{REQUESTER}_unit"] = Spec(f"{REQUESTER}_unit", _("Requester's unit"), kind("unit"), column=f"{REQUESTER}_unit", null=True,
                                    options={"sql": "bigint"})  # fmt: skip
    return out


class _Said:
    """A label in the reader's language."""

    def __init__(self, label: dict[str, str]) -> None:
        self.label = label

    def __str__(self) -> str:
        from pellucid.kernel.records.translated import say

        return say(self.label)


def wrong_conditions(definition: Definition) -> Any:
    """A function that says in words what is wrong with conditions of this process; "" if nothing."""
    actor = Actor.system()

    def wrong(text: str) -> str:
        found = filters_of(text)
        if not found:
            return _("These are no conditions.")
        try:
            compiled(registry[definition.subject], found, actor, show_for(actor), form_specs(definition))
        except Invalid as error:
            return error.message
        return ""

    return wrong


class Company:
    """The world of one instance. It asks of the record what stands there when it is asked."""

    def __init__(self, row: ProcessInstance, definition: Definition, record: models.Model | None = None) -> None:
        self.row, self.definition = row, definition
        self._record = record

    @property
    def record(self) -> Any:
        if self._record is None:
            resource = registry.get(self.row.resource)
            self._record = next(iter(_records(resource.model, self.row.record_id)), None) if resource else None
            if self._record is None:
                raise Unknown("record_gone")
        return self._record

    # people

    def active(self, person: int) -> bool:
        found = directory.users().get(person)
        return found is not None and found.active and found.kind == "staff"

    def successor(self, person: int) -> int | None:
        return approvers.successor(person)

    def manager(self, person: int) -> int | None:
        return approvers.manager(person)

    def proxies(self, person: int) -> tuple[int, ...]:
        return tuple(proxies.line(person, ProcessInstance._meta.model_name or "", proxies.rows()))

    def administrators(self) -> list[int]:
        return list(approvers.administrators())

    def resolve(self, who: Who, instance: Instance) -> list[int]:
        found = approvers.approvers.get(who.kind)
        if found is None:
            raise Unknown("approver_gone", kind=who.kind)
        return found.find(who, approvers.Case(instance.requester, lambda name: self.value(name, instance)))

    # the record and the form

    def _specs(self) -> dict[str, Spec]:
        return {**specs(self.row.resource), **form_specs(self.definition)}

    def value(self, name: str, instance: Instance) -> Any:
        spec = self._specs().get(name)
        if spec is None:
            raise Unknown("field_gone", field=name)
        return self._own(instance)[name] if name in self._own(instance) else value_of(self.record, spec)

    def _own(self, instance: Instance) -> dict[str, Any]:
        form = {FORM + f.name: instance.form.get(f.name) for f in self.definition.form}
        return {**form, REQUESTER: instance.requester, f"{REQUESTER}_unit": directory.home_of(instance.requester)}

    def moment(self, name: str, instance: Instance) -> dt.datetime | None:
        found = self.value(name, instance)
        if isinstance(found, str) and found:
            found = dt.datetime.fromisoformat(found) if "T" in found else dt.date.fromisoformat(found)
        if isinstance(found, dt.date) and not isinstance(found, dt.datetime):
            return days.start_of(found)
        return found or None

    def first(self, conditions: list[str], instance: Instance) -> tuple[int | None, list[str]]:
        own, given = form_specs(self.definition), self._own(instance)
        try:
            held = holding(self.row.resource, conditions, self.row.record_id, {n: (own[n], given[n]) for n in own})
        except Invalid as error:
            raise Unknown("bad_condition", error=error.message) from error
        if held is None:
            raise Unknown("record_gone")
        at = held.index(True) if True in held else None
        return at, self._facts(conditions[: len(conditions) if at is None else at + 1], instance)

    def told(self, condition: str, instance: Instance) -> list[str]:
        """The values a condition looks at, in words."""
        known, show = self._specs(), show_for(Actor.system())
        return [self._told(known[name], instance, show) for name in dict.fromkeys(f.name for f in filters_of(condition)) if name in known]

    def _told(self, spec: Spec, instance: Instance, show: Show) -> str:
        value = self.value(spec.name, instance)
        said = spec.kind.words(spec, value, show) if spec.kind.family in WORDED and spec.kind.key != "link" else ""
        return f"{spec.label} {said or '–'}"

    def _facts(self, conditions: list[str], instance: Instance) -> list[str]:
        """The values a branch was chosen by, and what was asked of them."""
        show, actor, out = show_for(Actor.system()), Actor.system(), []
        known = self._specs()
        for f in dict.fromkeys(f for text in conditions for f in filters_of(text)):
            asked = _("asked for: %(value)s") % {"value": value_words(known[f.name], f, show, actor)}
            out.append(f"{self._told(known[f.name], instance, show)} ({asked})")
        return out

    def beside(self, instance: Instance) -> Beside:
        """What was filled in on the way, and who asks: values a step may pass on, read as their kinds read them."""
        own, given, show = form_specs(self.definition), self._own(instance), show_for(Actor.system())
        return {name: (spec, typed(spec, given[name], show)) for name, spec in own.items()}

    # time

    def after(self, moment: dt.datetime, number: int, unit: str, person: int | None) -> dt.datetime:
        if unit in SPANS:
            return moment + dt.timedelta(**{SPANS[unit]: number})
        hours = calendars.hours_of_user(person)
        day = next(hours.of_day(d) for d in _days(moment) if hours.of_day(d))
        return hours.add(moment, number * (60 if unit == "wh" else day))


def _records(model: type[models.Model], pk: int) -> list[Any]:
    return prepared.rows(("processes.record", model), lambda pk: model._base_manager.filter(pk=pk), pk)


def typed(spec: Spec, raw: Any, show: Show) -> Any:
    """What the form keeps as text, as a value of its kind; None for what is empty or does not fit any more."""
    try:
        return spec.kind.parse(spec, raw, show) if raw not in (None, "") else None
    except BadValue:
        return None


def _days(moment: dt.datetime) -> Any:
    day = moment.date()
    while True:
        yield day
        day += dt.timedelta(days=1)
