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
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.conditions import filters_of, holding
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs, value_of
from pellucid.kernel.resources.query import conditions as compiled

from . import approvers
from .definition import Definition, Who
from .form import FORM, REQUESTER, form_specs, typed
from .machine.rows import Instance, Unknown
from .models import ProcessInstance
from .reasons import fields_of, looked_at, value_said

SPANS = {"m": "minutes", "h": "hours", "d": "days"}


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

    def first(self, conditions: list[str], instance: Instance) -> tuple[int | None, list[Any]]:
        own, given = form_specs(self.definition), self._own(instance)
        try:
            held = holding(self.row.resource, conditions, self.row.record_id, {n: (own[n], given[n]) for n in own})
        except Invalid as error:
            raise Unknown("bad_condition", error=error.message) from error
        if held is None:
            raise Unknown("record_gone")
        at = held.index(True) if True in held else None
        return at, looked_at(conditions[: len(conditions) if at is None else at + 1], at, lambda name: self.value(name, instance))

    def told(self, condition: str, instance: Instance, show: Show) -> list[str]:
        """The values a condition looks at, in words."""
        known = self._specs()
        return [value_said(known[name], self.value(name, instance), show) for name in fields_of(condition) if name in known]

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


def _days(moment: dt.datetime) -> Any:
    day = moment.date()
    while True:
        yield day
        day += dt.timedelta(days=1)
