"""Asking for overdue money, by the clock: cases begin, climb one level at a time, end when they are paid; promises are judged."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from pellucid.collaboration import workdays
from pellucid.collaboration.models import Task
from pellucid.customers.models import Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import action
from pellucid.kernel.actions.run import call, noted
from pellucid.kernel.events.bus import EventKind, publish
from pellucid.kernel.events.bus import declare as declare_event
from pellucid.kernel.records import days, words
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.verbs import insert

from .. import dunning
from ..dunning import Debt
from ..models import DunningCase, DunningLevel, DunningStep, PaymentPromise

S, P = DunningCase.State, PaymentPromise.State
declare_event(EventKind("dunningcase.raised", gettext_lazy("It came to “{level}”: {amount:money} overdue"), icon="stairs-up", tone="warn"))
declare_event(EventKind("paymentpromise.kept", gettext_lazy("A promise was kept: {received:money} of {amount:money} received"), icon="circle-check",
                        tone="ok"))
declare_event(EventKind("paymentpromise.broken", gettext_lazy("A promise was broken: {received:money} of {amount:money} received"),
                        icon="alert-circle", tone="bad"))


@action(Customer, label=gettext_lazy("Begin dunning"), icon="bell", shown=lambda one: False, event="customer.dunned",
        sentence=gettext_lazy("{actor} began to ask for {amount:money} that are overdue"), did=gettext_lazy("Began to ask “{name}” for money"))
def customer_dun(customer: Customer, *, actor: Actor) -> None:
    """What is overdue is asked for from now on, beginning with the first level. One case at a time, however many ask for it."""
    if dunning.open_cases([customer.pk]).exists():
        raise Refused(_("This customer is asked for money already."))
    today, debt = days.today(), dunning.debt_of(customer.pk, days.today())
    level = dunning.next_level(0, None, debt.late(today), today, dunning.levels())
    if debt.asked <= 0 or level is None:
        raise Refused(_("Nothing of this customer is overdue long enough."))
    name = f"{customer.short_name or customer.name} · {today}"
    case = DunningCase(name=name, customer=customer, collector_id=collecting(customer, debt), overdue=debt.overdue, disputed=debt.disputed,
                       since=debt.since)  # fmt: skip
    insert(registry["dunningcase"], case, actor=actor)
    climb(case, level, debt, actor=actor)
    noted(amount=str(debt.asked))


def collecting(customer: Customer, debt: Debt) -> int:
    """Who collects; who cannot see the customer cannot, then its owner does."""
    who = dunning.collector_for(customer.pk, debt, customer.owner_id)
    return who if dunning.can_collect(who, customer) else customer.owner_id


@action(DunningCase, label=gettext_lazy("Look at it"), icon="refresh", locks=("customer",), shown=lambda one: False, event="dunningcase.looked_at",
        sentence=gettext_lazy("{actor} looked at what is overdue"))
def dunning_look(case: DunningCase, *, actor: Actor) -> None:
    """What follows from today's ledger: the promise is judged, a rest that is over ends, the case closes when it is paid, or climbs."""
    if case.state == S.CLOSED:
        raise Refused(_("This case is closed."))
    today, debt = days.today(), dunning.debt_of(case.customer_id, days.today())
    brought_up(case, debt)
    if not dunning.can_collect(case.collector_id, case.customer) and (who := collecting(case.customer, debt)) != case.collector_id:
        call("dunning_hand_on", case, actor=actor, collector=who)
        case.refresh_from_db()
    promise = dunning.promise_of(case)
    if promise is not None:
        got = dunning.came_in(promise)
        if got >= promise.amount or debt.overdue <= 0 < got:  # what is written off, or goes over to another customer, was not paid
            judge(case, promise, P.KEPT, actor=actor)
        elif promise.due_on < today:
            judge(case, promise, P.BROKEN, actor=actor)
    if debt.overdue <= 0:
        call("dunning_close", case, actor=actor, reason=_("Everything that was overdue is settled."))
        return
    if case.state == S.PAUSED and case.paused_until is not None and case.paused_until < today:
        call("dunning_resume", case, actor=actor, reason=_("The time it was to rest is over."))
        debt = dunning.debt_of(case.customer_id, today)
    case.refresh_from_db()
    level = dunning.next_level(case.level, case.raised_on, debt.late(today), today, dunning.levels())
    if case.state == S.OPEN and debt.asked > 0 and level is not None:
        climb(case, level, debt, actor=actor)


def brought_up(case: DunningCase, debt: Debt) -> None:
    """The case says what the ledger says."""
    facts = {"overdue": debt.overdue, "disputed": debt.disputed, "since": debt.since or debt.oldest or case.since}
    if any(getattr(case, name) != value for name, value in facts.items()):
        for name, value in facts.items():
            setattr(case, name, value)
        case.save(update_fields=tuple(facts))


def bring_up_all(today: dt.date) -> int:
    """Every open case says what the ledger says; how many did not."""
    found, changed = dunning.debts(today), 0
    for case in dunning.open_cases().order_by("pk"):
        debt = found.get(case.customer_id, Debt())
        facts = {"overdue": debt.overdue, "disputed": debt.disputed, "since": debt.since or debt.oldest or case.since}
        if any(getattr(case, name) != value for name, value in facts.items()):
            changed += DunningCase._base_manager.filter(pk=case.pk, closed_on=None).update(**facts)
    return changed


def climb(case: DunningCase, level: DunningLevel, debt: Debt, *, actor: Actor) -> None:
    """To the next level, with a task for who collects; what was to be done at the level before is not any more."""
    today = days.today()
    case.level, case.raised_on = level.level, today
    case.save(update_fields=("level", "raised_on"))
    undo_tasks(case, _("The next level was reached."), actor=actor)
    step = DunningStep(customer_id=case.customer_id, case=case, level=level.level, name=level.name, raised_on=today, overdue=debt.asked,
                       since=debt.since or today, collector_id=case.collector_id)  # fmt: skip
    insert(registry["dunningstep"], step, actor=actor)
    publish("dunningcase.raised", by=actor, resource="dunningcase", record_id=case.pk, payload={
        "level": level.name, "amount": str(debt.asked), "told": level.told, "collector": case.collector_id, "customer": case.customer_id})
    hand_out(case, step, level, debt, actor=actor)


def hand_out(case: DunningCase, step: DunningStep, level: DunningLevel, debt: Debt, *, actor: Actor) -> None:
    """A task for who collects."""
    today, customer = days.today(), Customer._base_manager.get(pk=case.customer_id)
    name = _("Dunning “%(level)s”: %(amount)s overdue for %(days)s days") % {
        "level": level.name, "amount": words.money(debt.asked, get_language() or "zh-hans"), "days": debt.late(today)}  # fmt: skip
    due = workdays.end(workdays.after(today, level.within))
    task = insert(registry["task"], Task(
        name=name[:200], kind=Task.Kind.TASK, due_at=due, owner_id=case.collector_id, about_resource="customer", about_id=customer.pk,
        priority=Task.Priority.HIGH if level.level > 2 else Task.Priority.NORMAL,
        about_title=customer.name[:200]), actor=Actor.system("rule"))  # fmt: skip
    DunningStep._base_manager.filter(pk=step.pk).update(task=task)


def undo_tasks(case: DunningCase, reason: str, *, actor: Actor, done: bool = False) -> None:
    """What a level of the case asked for has been done, or is not to be done any more."""
    waiting = DunningStep._base_manager.filter(case=case.pk, task__done_at=None, task__deleted_at=None).exclude(task=None).select_related("task")
    for step in waiting:
        if done:
            call("task_complete", step.task, actor=actor, result=reason[:200])
        else:
            call("task_cancel", step.task, actor=actor, reason=reason[:200])


def judge(case: DunningCase, promise: PaymentPromise, state: str, *, actor: Actor) -> None:
    """A promise was kept or broken: the case counts it, and goes on when it was broken."""
    promise.received, promise.state, promise.judged_on = dunning.came_in(promise), state, days.today()
    promise.save(update_fields=("received", "state", "judged_on"))
    publish(f"paymentpromise.{state}", by=actor, resource="dunningcase", record_id=case.pk, payload={
        "amount": str(promise.amount), "received": str(promise.received), "collector": case.collector_id, "customer": case.customer_id})
    case.kept += state == P.KEPT
    case.broken += state == P.BROKEN
    case.state = S.OPEN if case.state == S.PROMISED else case.state
    case.save(update_fields=("kept", "broken", "state"))
