"""What somebody is asked to promise: given, given for another day, or refused, each with its reason. Who asked hears of it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused

from ..models import Task

P = Task.Promise


def promised(task: Task) -> bool:
    """Whether it is an obligation that is open."""
    return bool(task.promise) and task.done_at is None


def answerable(task: Task, *, but: str) -> bool:
    """Whether the answer to it may be this one: it is open, and was not answered so already."""
    return promised(task) and task.promise != but


def must_be_his(task: Task, actor: Actor) -> None:
    """Refuse an answer by somebody else than who has to do it."""
    if not promised(task):
        raise Refused(_("There is nothing to promise here."))
    if actor.user_id not in (None, task.owner_id) and actor.on_behalf_of != task.owner_id:
        raise Forbidden("task.edit", _("Only who has to do it can promise it, or refuse."))


def answered(task: Task, promise: str, note: str = "") -> None:
    """Keep the answer."""
    task.promise, task.promise_note = promise, note[:200]
    task.save(update_fields=("promise", "promise_note"))


@action(Task, label=gettext_lazy("Promise it"), icon="circle-check", bulk=True, shown=lambda task: answerable(task, but=P.GIVEN) and task.promise
        != P.AMENDED, event="task.promised", sentence=gettext_lazy("{actor} promised to do it in time"), did=gettext_lazy("Promised “{name}”"),
        position=12)  # fmt: skip
def task_promise(task: Task, *, actor: Actor) -> None:
    """I do it by the day that was asked for."""
    must_be_his(task, actor)
    answered(task, P.GIVEN)


@action(Task, label=gettext_lazy("Promise it for another day"), icon="calendar-event", shown=promised, event="task.amended",
        sentence=gettext_lazy("{actor} promised it for another day: {reason}"), did=gettext_lazy("Promised “{name}” for another day"), position=13)
def task_amend(
    task: Task,
    *,
    actor: Actor,
    due_on: Annotated[dt.date, Ask(gettext_lazy("Another day"))],
    reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)],
) -> None:
    """I do it, but by another day. That it was late before stays in the record."""
    must_be_his(task, actor)
    if due_on < days.today():
        raise Invalid({"due_on": [_("This day is over.")]})
    noted(before=days.day_of(task.due_at).isoformat(), after=due_on.isoformat())
    moved_to(task, due_on)
    answered(task, P.AMENDED, reason)


def moved_to(task: Task, day: dt.date) -> None:
    """It is due on another day, at the same hour; who is to be reminded is reminded anew."""
    hour = task.due_at.astimezone(days.zone()).time()
    task.due_at, task.planned_at, task.reminded = dt.datetime.combine(day, hour, days.zone()), timezone.now(), 0
    task.save(update_fields=("due_at", "planned_at", "reminded"))


@action(Task, label=pgettext_lazy("promise", "Refuse"), icon="ban", tone="bad", shown=lambda task: answerable(task, but=P.REFUSED),
        event="task.refused", sentence=gettext_lazy("{actor} does not promise it: {reason}"), did=gettext_lazy("Refused “{name}”"), position=14)
def task_refuse(task: Task, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> None:
    """I cannot do it. It stays with me until somebody else takes it, or it is promised after all."""
    must_be_his(task, actor)
    answered(task, P.REFUSED, reason)
