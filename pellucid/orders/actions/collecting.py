"""What a collector does: asks, writes down what was promised or is disputed, hands a case on, ends it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from string import Formatter
from typing import Annotated, Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.customers.models import Contact, FollowUp
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, prepares
from pellucid.kernel.actions.run import call, noted
from pellucid.kernel.records import days, words
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.verbs import insert

from .. import dunning
from ..models import CreditProfile, DunningCase, DunningLevel, DunningStep, Instalment, PaymentPromise
from .dunning import undo_tasks
from .lines import held

S, P = DunningCase.State, PaymentPromise.State
MERGED = frozenset({"customer", "contact", "amount", "since", "days", "deadline", "list", "company", "collector", "today"})
LONGEST = 365  # days a case may rest, or a promise reach


@prepares(DunningLevel)
def dunning_level_prepare(levels: list[DunningLevel], *, actor: Any, changed: frozenset[str] | None) -> None:
    """A letter names only what can be filled in."""
    for one in levels:
        for name in ("text", "text_en"):
            try:
                parts = [part for part in Formatter().parse(getattr(one, name)) if part[1] is not None]
            except ValueError:
                raise Invalid({name: [_("A brace is left open.")]}) from None
            named = {f"{field}{'!' if how else ''}{how or ''}{':' if width else ''}{width or ''}" for _text, field, width, how in parts}
            if unknown := sorted(named - MERGED):
                raise Invalid({name: [_("“{%(name)s}” cannot be filled in.") % {"name": unknown[0]}]})


def going_on(case: DunningCase) -> bool:
    """Whether it is not closed."""
    return case.state != S.CLOSED


def must_go_on(case: DunningCase) -> None:
    """Refuse what only an open case can take."""
    if not going_on(case):
        raise Refused(_("This case is closed."))


def within(day: dt.date, name: str) -> dt.date:
    """A day to come, not too far."""
    if day < days.today():
        raise Invalid({name: [_("This day is over.")]})
    if (day - days.today()).days > LONGEST:
        raise Invalid({name: [_("That is more than a year away.")]})
    return day


def told(case: DunningCase, kind: str, text: str, contact: int | None, *, actor: Actor) -> None:
    """It stands among what was said with the customer, too."""
    follow_up = FollowUp(customer_id=case.customer_id, kind=kind, text=text, contact_id=contact, at=timezone.now(),
                         author_id=actor.user_id or case.collector_id)  # fmt: skip
    insert(registry["followup"], follow_up, actor=actor)
    case.contacted_on = days.today()
    case.save(update_fields=("contacted_on",))


def name_of(case: DunningCase, contact: int | None) -> str:
    """A contact of the customer, by name."""
    if contact is None:
        return ""
    found = Contact._base_manager.filter(pk=contact, customer=case.customer_id, deleted_at=None).first()
    if found is None:
        raise Invalid({"contact": [_("This contact is not of the customer.")]})
    return str(found.name)


@action(DunningCase, label=gettext_lazy("Log a contact"), icon="phone", locks=("customer",), shown=going_on, event="dunningcase.asked",
        sentence=gettext_lazy("{actor} asked for the money: {text}"), personal=("text",), did=gettext_lazy("Asked “{name}”"), position=10)
def dunning_contact(
    case: DunningCase,
    *,
    actor: Actor,
    kind: Annotated[str, Ask(gettext_lazy("How"), choices=FollowUp.Kind)] = FollowUp.Kind.CALL.value,
    contact: Annotated[int | None, Ask(gettext_lazy("With whom"), kind="link", target="contact")] = None,
    text: Annotated[str, Ask(gettext_lazy("What was said"), kind="longtext", max_length=2000)],
    done: Annotated[bool, Ask(gettext_lazy("The task of this level is done"), kind="bool")] = True,
) -> None:
    """What was said goes to the follow-ups of the customer."""
    must_go_on(case)
    name_of(case, contact)
    told(case, kind, text, contact, actor=actor)
    if done:
        undo_tasks(case, text, actor=actor, done=True)


@action(DunningCase, label=gettext_lazy("Promise to pay"), icon="calendar-event", locks=("customer",), shown=going_on, event="dunningcase.promised",
        sentence=gettext_lazy("{actor} wrote down a promise: {amount:money} by {due_on:date}"), personal=("said_by", "note"),
        did=gettext_lazy("Wrote down what “{name}” promised"), position=12)
def dunning_promise(
    case: DunningCase,
    *,
    actor: Actor,
    due_on: Annotated[dt.date, Ask(gettext_lazy("Promised for"))],
    amount: Annotated[Decimal | None, Ask(gettext_lazy("Promised amount"), kind="money", help=gettext_lazy(
        "Left empty: all that is overdue."))] = None,
    contact: Annotated[int | None, Ask(gettext_lazy("Who promised"), kind="link", target="contact")] = None,
    said_by: Annotated[str, Ask(gettext_lazy("or by name"), max_length=80)] = "",
    kind: Annotated[str, Ask(gettext_lazy("How"), choices=FollowUp.Kind)] = FollowUp.Kind.CALL.value,
    note: Annotated[str, Ask(gettext_lazy("What was said"), kind="longtext", max_length=2000)] = "",
) -> None:  # fmt: skip
    """Until that day the case rests; then it is seen whether the promise was kept. One that was awaited is replaced."""
    must_go_on(case)
    within(due_on, "due_on")
    who = name_of(case, contact) or (said_by or "").strip()
    if not who:
        raise Invalid({"said_by": [_("Say who promised it.")]})
    debt = dunning.debt_of(case.customer_id, days.today())
    what = amount if amount is not None else debt.overdue
    if what <= 0:
        raise Invalid({"amount": [_("Nothing is overdue.")]})
    if (before := dunning.promise_of(case)) is not None:
        before.state, before.judged_on, before.received = P.REPLACED, days.today(), dunning.came_in(before)
        before.save(update_fields=("state", "judged_on", "received"))
    insert(registry["paymentpromise"], PaymentPromise(customer_id=case.customer_id, case=case, amount=what, due_on=due_on, said_by=who), actor=actor)
    case.state, case.paused_until, case.dispute, case.disputed_by = S.PROMISED, None, "", ""
    case.save(update_fields=("state", "paused_until", "dispute", "disputed_by"))
    said = _("%(who)s promised to pay %(amount)s by %(day)s.") % {"who": who, "amount": words.money_exact(what, actor.language), "day": due_on}
    told(case, kind, f"{said} {note or ''}".strip(), contact, actor=actor)
    undo_tasks(case, said, actor=actor, done=True)
    noted(amount=str(what))


def marked(case: DunningCase, instalment: int | None) -> QuerySet[Instalment]:
    """The instalments a dispute is about: this one, or all that are overdue; their orders are locked."""
    found = dunning.overdue_parts(case.customer_id, days.today())
    if instalment is not None and instalment not in {i.pk for i in found}:
        raise Invalid({"instalment": [_("This instalment is not overdue, or not of this customer.")]})
    held(i.order_id for i in found)
    return Instalment._base_manager.filter(pk__in=[instalment] if instalment is not None else [i.pk for i in found])


@action(DunningCase, label=gettext_lazy("Pause: disputed"), icon="hand-stop", tone="warn", locks=("customer",), shown=going_on,
        event="dunningcase.disputed", sentence=gettext_lazy("{actor} paused it until {until}: {reason}"), personal=("who",),
        did=gettext_lazy("Paused “{name}”"), position=14)
def dunning_dispute(
    case: DunningCase,
    *,
    actor: Actor,
    reason: Annotated[str, Ask(gettext_lazy("Why it is disputed"), max_length=200)],
    who: Annotated[str, Ask(gettext_lazy("Who disputes it"), max_length=80)],
    until: Annotated[dt.date, Ask(gettext_lazy("Rests until"))],
    instalment: Annotated[int | None, Ask(gettext_lazy("Instalment"), kind="link", target="instalment", help=gettext_lazy(
        "Left empty: everything that is overdue."))] = None,
) -> None:  # fmt: skip
    """The customer does not accept the claim: it is marked as disputed, and nobody asks for it until that day."""
    must_go_on(case)
    within(until, "until")
    marked(case, instalment).update(disputed=True)
    case.state, case.paused_until, case.dispute, case.disputed_by = S.PAUSED, until, reason, who
    debt = dunning.debt_of(case.customer_id, days.today())
    case.disputed, case.since = debt.disputed, debt.since or debt.oldest
    case.save(update_fields=("state", "paused_until", "dispute", "disputed_by", "disputed", "since"))
    undo_tasks(case, _("It is disputed."), actor=actor)
    noted(customer=case.customer_id)


@action(DunningCase, label=gettext_lazy("Go on"), icon="player-play", locks=("customer",), shown=lambda one: one.state == S.PAUSED,
        event="dunningcase.resumed", sentence=gettext_lazy("{actor} went on asking: {reason}"), did=gettext_lazy("“{name}” is asked again"),
        position=14)
def dunning_resume(case: DunningCase, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("What came of it"), max_length=200)]) -> None:
    """The dispute is settled, or its time is over: everything overdue is asked for again."""
    if case.state != S.PAUSED:
        raise Refused(_("It does not rest."))
    marked(case, None).update(disputed=False)
    debt = dunning.debt_of(case.customer_id, days.today())
    case.state, case.paused_until, case.dispute, case.disputed_by = S.OPEN, None, "", ""
    case.disputed, case.overdue, case.since = debt.disputed, debt.overdue, debt.since or case.since
    case.save(update_fields=("state", "paused_until", "dispute", "disputed_by", "disputed", "overdue", "since"))


@action(DunningCase, label=gettext_lazy("Somebody else collects"), icon="user-share", locks=("customer",), shown=going_on,
        event="dunningcase.handed_on", sentence=gettext_lazy("{actor} gave it to {collector:user}"), did=gettext_lazy("Handed “{name}” on"))
def dunning_hand_on(
    case: DunningCase,
    *,
    actor: Actor,
    collector: Annotated[int, Ask(gettext_lazy("Collected by"), kind="user")],
    always: Annotated[bool, Ask(gettext_lazy("For this customer from now on"), kind="bool")] = False,
) -> None:
    """A colleague collects, and gets what is to be done; if said so, also the cases to come, by the customer's credit profile."""
    must_go_on(case)
    somebody = directory.users().get(collector)
    if somebody is None or not somebody.active:
        raise Invalid({"collector": [_("This colleague no longer works here.")]})
    if not dunning.can_collect(collector, case.customer):
        raise Invalid({"collector": [_("This colleague does not see the customer.")]})
    if always and not actor.may("creditprofile", "edit"):
        raise Forbidden("creditprofile.edit", _("Who always collects is kept in the credit profile, which you may not change."))
    case.collector_id = collector
    case.save(update_fields=("collector",))
    given(case, actor=actor)
    if always:
        profiles = CreditProfile._base_manager.filter(customer=case.customer_id, deleted_at=None, merged_into=None)
        if not profiles.update(collector=collector):
            raise Invalid({"always": [_("This customer has no credit profile to keep it in.")]})


def given(case: DunningCase, *, actor: Actor) -> None:
    """What is to be done goes to whoever collects now."""
    for step in DunningStep._base_manager.filter(case=case.pk, task__done_at=None, task__deleted_at=None).exclude(task=None).select_related("task"):
        if step.task is not None and step.task.owner_id != case.collector_id:
            call("task_reassign", step.task, actor=actor, owner=case.collector_id)


@action(DunningCase, label=gettext_lazy("Close"), icon="lock", verb="approve", locks=("customer",), shown=going_on, event="dunningcase.closed",
        sentence=gettext_lazy("{actor} closed it: {reason}"), did=gettext_lazy("Closed “{name}”"), position=60)
def dunning_close(case: DunningCase, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> None:
    """Nobody asks any more. Money that is overdue afterwards begins a new case."""
    must_go_on(case)
    debt = dunning.debt_of(case.customer_id, days.today())
    case.state, case.closed_on, case.outcome, case.paused_until = S.CLOSED, days.today(), reason, None
    case.overdue, case.disputed = debt.overdue, debt.disputed
    case.save(update_fields=("state", "closed_on", "outcome", "paused_until", "overdue", "disputed"))
    if (promise := dunning.promise_of(case)) is not None:
        promise.state, promise.judged_on, promise.received = P.REPLACED, days.today(), dunning.came_in(promise)
        promise.save(update_fields=("state", "judged_on", "received"))
    undo_tasks(case, reason, actor=actor)
    noted(customer=case.customer_id, collector=case.collector_id)
