"""Two customers are one: of two profiles the stricter terms hold, of two cases of dunning one goes on, and neither is warned of twice."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pellucid.collaboration.models import Task
from pellucid.customers.joining import Joining, joins
from pellucid.customers.models import Customer
from pellucid.kernel.records import days
from pellucid.kernel.resources.merge import aside

from .. import dunning
from ..dunning import Debt
from ..models import CreditProfile, CustomerValue, DunningCase, DunningStep, PaymentPromise, PaymentWarning
from .dunning import brought_up

S, P = DunningCase.State, PaymentPromise.State


def set_aside(customer: Customer, gone: Customer) -> list[dict[str, Any]]:
    """Profiles, cases, warnings and scores that both have."""
    now = timezone.now()
    kept = profiles(customer, gone) + cases(customer, gone)
    for model in (PaymentWarning, CustomerValue):
        mine = model._base_manager.filter(customer=customer, deleted_at=None)
        theirs = model._base_manager.filter(customer=gone, deleted_at=None)
        twice = theirs.filter(model__in=mine.values("model")) if model is CustomerValue else theirs if mine.exists() else theirs.none()
        kept += aside(twice, deleted_at=now)
    return kept


def profiles(customer: Customer, gone: Customer) -> list[dict[str, Any]]:
    """The survivor's profile with the lower limit and the worse grade of the two; blocked if either is. Without one, the other's is its own."""
    rows = {p.customer_id: p for p in CreditProfile._base_manager.filter(customer__in=(customer.pk, gone.pk), deleted_at=None, merged_into=None)}
    mine, theirs = rows.get(customer.pk), rows.get(gone.pk)
    if mine is None or theirs is None:
        return []
    limits = [p.limit for p in (mine, theirs) if p.limit is not None]
    strict = {"limit": min(limits, default=None), "grade": max(mine.grade, theirs.grade), "blocked": mine.blocked or theirs.blocked}
    changed = {name: value for name, value in strict.items() if getattr(mine, name) != value}
    kept = aside(CreditProfile._base_manager.filter(pk=theirs.pk), deleted_at=timezone.now())
    return kept + (aside(CreditProfile._base_manager.filter(pk=mine.pk), **changed) if changed else [])


def cases(customer: Customer, gone: Customer) -> list[dict[str, Any]]:
    """The survivor's case goes on, from the further level of the two and with the promise that is awaited; the other's ends, its tasks too."""
    found = {c.customer_id: c for c in dunning.open_cases([customer.pk, gone.pk]).select_for_update(of=("self",), no_key=True)}
    mine, theirs = found.get(customer.pk), found.get(gone.pk)
    if mine is None or theirs is None:
        return []
    today, now, reason = days.today(), timezone.now(), _("Merged with another record")
    further: dict[str, Any] = {"level": theirs.level, "raised_on": theirs.raised_on} if theirs.level > mine.level else {}
    kept: list[dict[str, Any]] = []
    awaited = PaymentPromise._base_manager.filter(case=theirs, state=P.OPEN, deleted_at=None)
    if dunning.promise_of(mine) is not None:
        kept += aside(awaited, state=P.REPLACED.value, judged_on=today)
    elif awaited.exists():
        kept += aside(awaited, case_id=mine.pk)
        further |= {"state": S.PROMISED.value} if mine.state == S.OPEN else {}
    waiting = DunningStep._base_manager.filter(case=theirs, task__done_at=None, task__deleted_at=None).exclude(task=None).values("task")
    kept += aside(Task._base_manager.filter(pk__in=waiting), state=Task.State.DONE.value, cancelled=True, done_at=now, result=reason)
    kept += aside(DunningCase._base_manager.filter(pk=theirs.pk), state=S.CLOSED.value, closed_on=today, outcome=reason)
    return kept + (aside(DunningCase._base_manager.filter(pk=mine.pk), **further) if further else [])


def settled(ids: Collection[int]) -> None:
    """Cases say what the ledger says."""
    found = dunning.debts(days.today(), ids)
    for case in dunning.open_cases(ids).order_by("pk"):
        brought_up(case, found.get(case.customer_id, Debt()))


joins(Joining(set_aside, settled))
