"""Everything that happens to a task."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Share
from pellucid.kernel.actions.declare import Ask, action, follows, prepares
from pellucid.kernel.actions.run import named, noted
from pellucid.kernel.processes.actions.asking import asks_for_approval
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.kernel.records.models import Watch
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.verbs import insert

from .. import milestones, repeats, workdays
from ..kinds import things
from ..lifecycles import TASK
from ..models import Task
from . import plans
from .next_steps import copy_step, kept, nearest, open_step, open_steps

State = Task.State
STATED = ("state", "done_at", "done_by", "done_for", "cancelled")
Closing = Callable[[Task, Actor], None]
_closings: list[Closing] = []


def closing(function: Closing) -> Closing:
    """Let an area keep what it knows of a task in line when that is completed, cancelled or opened again, in the same transaction."""
    _closings.append(function)
    return function


def closed(task: Task, actor: Actor) -> None:
    """Whatever a higher area keeps of it follows."""
    for function in _closings:
        function(task, actor)


def by_hand(task: Task) -> bool:
    """Whether there is something left to do, and who does it says when it is done."""
    return task.done_at is None and not task.fact


def must_be_by_hand(task: Task) -> None:
    """Refuse to tick off, or to leave out, what is done when it has happened."""
    if task.fact:
        raise Refused(_("This is completed by what happens, when that is entered: %(what)s.") % {"what": milestones.facts().get(task.fact, "")})


def unfinished(task: Task) -> bool:
    """Whether there is anything left to do."""
    return task.done_at is None


def must_be_open(task: Task) -> None:
    """Refuse what only an open task can take."""
    if not unfinished(task):
        raise Refused(_("This task is done already."))


def ended(task: Task, state: str, actor: Actor) -> None:
    """What else is so once nothing is left to do: the copy on the record, the next time of a task that repeats."""
    task.state, task.done_at, task.done_by_id, task.done_for_id = state, timezone.now(), actor.user_id, named(actor, task, "update").on_behalf_of
    task.save(update_fields=(*STATED, "result"))
    copy_step(task.about_resource, task.about_id)
    counted(task)
    closed(task, actor)
    again(task)


def counted(task: Task) -> None:
    """The plan a task is a step of keeps count."""
    if task.run_id:
        plans.recount([task.run_id])


def again(task: Task) -> None:
    """The next time of a task that repeats, made once however often this one is finished."""
    if not task.repeat:
        return
    first = task.series_from or task.due_at
    due = repeats.following(first, task.repeat, max(timezone.now(), task.due_at), days.zone(),
                            partial(workdays.is_working, unit=task.unit_id))
    series = task.series_id or task.pk
    if task.repeat_until and days.day_of(due) > task.repeat_until:
        return
    if Task._base_manager.filter(series=series, occurrence=task.occurrence + 1).exists():
        return
    following = Task(
        name=task.name, kind=task.kind, priority=task.priority, due_at=due, owner_id=task.owner_id, giver_id=task.giver_id, to_check=task.to_check,
        about_resource=task.about_resource, about_id=task.about_id, about_title=task.about_title, note=task.note, checklist=task.checklist,
        repeat=task.repeat, repeat_until=task.repeat_until, series_id=series, occurrence=task.occurrence + 1, series_from=first,
    )  # fmt: skip
    insert(registry["task"], following, actor=Actor.system("rule"))
    noted(again=following.pk)


def reopened(task: Task, payload: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """How a completion is taken back, as long as nobody has gone on from it."""
    return ("task_reopen", {}) if task.state == State.DONE else None


@action(Task, label=gettext_lazy("Complete"), icon="check", bulk=True, shown=by_hand, move="complete", lifecycle=TASK,
        locks=("run",), back=reopened, event="task.completed", sentence=gettext_lazy("{actor} completed this task"),
        did=gettext_lazy("Completed “{name}”"))
def task_complete(task: Task, *, actor: Actor, result: Annotated[str, Ask(gettext_lazy("Result"), max_length=200)] = "") -> None:
    """Done; or, where the result is checked, handed in to who gave it. A next step that is done leaves its record without one."""
    must_be_by_hand(task)
    if left := [thing for thing in things(task.checklist) if thing not in task.ticked]:
        raise Refused(_("Still open on its list: %(things)s.") % {"things": ("、" if actor.language.startswith("zh") else ", ").join(left)})
    task.result = result or task.result
    ended(task, State.CHECK if checked_by_another(task) else State.DONE, actor)


def checked_by_another(task: Task) -> bool:
    """Whether somebody else than who does it says that it is done."""
    return task.to_check and task.giver_id is not None and task.giver_id != task.owner_id


@action(Task, label=gettext_lazy("Begin"), icon="player-play", bulk=True, move="start", lifecycle=TASK, event="task.started",
        sentence=gettext_lazy("{actor} began this task"), did=gettext_lazy("Begun “{name}”"))
def task_start(task: Task, *, actor: Actor) -> None:
    """Somebody is at it."""
    TASK.move(task, "start")
    task.save(update_fields=("state",))


@action(Task, label=gettext_lazy("Put back"), icon="arrow-back-up", move="put_back", lifecycle=TASK, event="task.put_back",
        sentence=gettext_lazy("{actor} put this task back"), did=gettext_lazy("Put “{name}” back"))
def task_put_back(task: Task, *, actor: Actor) -> None:
    """Not begun after all."""
    TASK.move(task, "put_back")
    task.save(update_fields=("state",))


def must_check(task: Task, actor: Actor) -> None:
    """Refuse a check by who did the work himself."""
    if actor.user_id == task.owner_id and actor.user_id != task.giver_id:
        raise Refused(_("%(name)s gave this task and checks it.") % {"name": directory.user_name(task.giver_id)})


@action(Task, label=gettext_lazy("Accept the result"), icon="circle-check", bulk=True, move="accept", lifecycle=TASK, locks=("run",),
        event="task.accepted", sentence=gettext_lazy("{actor} accepted the result"), did=gettext_lazy("Accepted “{name}”"))
def task_accept(task: Task, *, actor: Actor) -> None:
    """Checked and found done."""
    must_check(task, actor)
    TASK.move(task, "accept")
    task.save(update_fields=("state",))
    counted(task)


@action(Task, label=gettext_lazy("Send back"), icon="arrow-back-up", move="send_back", lifecycle=TASK, locks=("run",), event="task.sent_back",
        sentence=gettext_lazy("{actor} sent this task back: {reason}"), did=gettext_lazy("Sent “{name}” back"))
def task_send_back(task: Task, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("What is missing"), max_length=200)]) -> None:
    """Checked and not found done: it is open again, with whom it was."""
    must_check(task, actor)
    reopen(task, "send_back", actor)


@action(Task, label=gettext_lazy("Reopen"), icon="rotate", move="reopen", lifecycle=TASK, locks=("run",), event="task.reopened",
        sentence=gettext_lazy("{actor} reopened this task"), did=gettext_lazy("Reopened “{name}”"))
def task_reopen(task: Task, *, actor: Actor) -> None:
    """Not done after all."""
    must_be_by_hand(task)
    if task.kind == Task.Kind.NEXT_STEP and open_step(task.about_resource, task.about_id or 0):
        raise Refused(_("This record has a next step already."))
    reopen(task, "reopen", actor)


def reopen(task: Task, move: str, actor: Actor) -> None:
    """There is something left to do again."""
    TASK.move(task, move)
    task.done_at, task.done_by_id, task.done_for_id, task.cancelled = None, None, None, False
    task.save(update_fields=STATED)
    copy_step(task.about_resource, task.about_id)
    counted(task)
    closed(task, actor)


@action(
    Task,
    label=gettext_lazy("Postpone"),
    icon="clock",
    bulk=True,
    shown=lambda task: unfinished(task) and not task.promise,
    event="task.postponed",
    sentence=gettext_lazy("{actor} postponed this task"),
        did=gettext_lazy("Postponed “{name}”"),
)
def task_postpone(task: Task, *, actor: Actor, due_at: Annotated[dt.datetime, Ask(gettext_lazy("New time"))]) -> None:
    """Later. That it was late before stays in the record."""
    must_be_open(task)
    if task.promise:
        raise Refused(_("It is promised: promise it for another day, and say why."))
    task.due_at, task.planned_at = due_at, timezone.now()
    task.save(update_fields=("due_at", "planned_at"))
    copy_step(task.about_resource, task.about_id)


@action(
    Task,
    label=gettext_lazy("Cancel"),
    icon="ban",
    bulk=True,
    shown=by_hand,
    locks=("run",),
    event="task.cancelled",
    sentence=gettext_lazy("{actor} cancelled this task: {reason}"),
        did=gettext_lazy("Cancelled “{name}”"),
)
def task_cancel(task: Task, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> None:
    """Not to be done any more: neither done in time nor late."""
    must_be_open(task)
    must_be_by_hand(task)
    if task.promise and task.giver_id not in (None, actor.user_id):
        raise Refused(_("%(name)s asked for it: refuse it, and say why.") % {"name": directory.user_name(task.giver_id)})
    task.cancelled, task.result = True, reason
    ended(task, State.DONE, actor)


@action(Task, label=gettext_lazy("Tick off"), icon="checkbox", shown=lambda task: False, event="task.ticked",
        sentence=gettext_lazy("{actor} ticked off: {thing}"))
def task_tick(task: Task, *, actor: Actor, thing: Annotated[str, Ask(gettext_lazy("What was done"), max_length=200)]) -> None:
    """One thing of the list is done, or after all not yet."""
    must_be_open(task)
    if thing not in things(task.checklist):
        raise Invalid({"thing": [_("This is not on the list.")]})
    task.ticked = [t for t in task.ticked if t != thing] if thing in task.ticked else [*task.ticked, thing]
    task.save(update_fields=("ticked",))


@action(Task, label=gettext_lazy("Have a colleague watch"), icon="eye", event="task.informed",
        sentence=gettext_lazy("{actor} has {user:user} watch this task"), did=gettext_lazy("A colleague watches “{name}” now"))
def task_inform(task: Task, *, actor: Actor, user: Annotated[int, Ask(gettext_lazy("Colleague"), kind="user")]) -> None:
    """A colleague may see this task from now on, and hears what happens to it."""
    somebody = directory.users().get(user)
    if somebody is None or not somebody.active:
        raise Invalid({"user": [_("This colleague no longer works here.")]})
    let_see(task, user, 1)
    Watch.objects.get_or_create(resource="task", record_id=task.pk, user_id=user)


def let_see(task: Task, user: int, level: int) -> None:
    """A colleague beyond whose reach the task lies sees it all the same; what he may already, he keeps."""
    facts = {"level": level, "note": "", "created_by_id": task.created_by_id or user, "sort_key": task.due_at}
    Share.objects.get_or_create(resource="task", record_id=task.pk, user_id=user, defaults=facts)


@prepares(Task)
def task_prepare(tasks: list[Task], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """Who gave it; where its repetition begins; things that left the list are ticked no more."""
    for task in tasks:
        if changed is None and task.giver_id is None and actor.user_id not in (None, task.owner_id):
            if not actor.may("staff", "view"):
                raise Forbidden("staff.view", _("To give tasks to colleagues, one must be able to see them."))
            task.giver_id = actor.user_id
        if changed and task.promise and "due_at" in changed:
            raise Invalid({"due_at": [_("It is promised: promise it for another day, and say why.")]})
        if task.repeat and (task.series_from is None or changed and changed & {"repeat", "due_at"}):
            task.series_from = task.due_at
        if changed and changed & {"name", "due_at"}:
            task.planned_at = timezone.now()
        if changed and "checklist" in changed:
            task.ticked = [t for t in task.ticked if t in things(task.checklist)]


@follows(Task)
def task_keeps_copies(tasks: list[Task], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """The copy on a record follows its next step, however the task was written."""
    for where in {(t.about_resource, t.about_id) for t in tasks if t.kind == Task.Kind.NEXT_STEP}:
        copy_step(*where)


@follows(Task)
def task_is_given(tasks: list[Task], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """Who gives a task to a colleague sees it further, and is named on it; also who hands on what he was given."""
    for task in tasks:
        if changed and "owner" in changed and actor.user_id not in (None, task.owner_id):
            task.giver_id = actor.user_id
            Task._base_manager.filter(pk=task.pk).update(giver=actor.user_id)
        if changed and "owner" in changed and task.promise:  # it is asked of somebody else now
            task.promise, task.promise_note = Task.Promise.GIVEN if actor.user_id == task.owner_id else Task.Promise.ASKED, ""
            Task._base_manager.filter(pk=task.pk).update(promise=task.promise, promise_note="")
        if (changed is None or "owner" in changed) and task.giver_id and task.giver_id != task.owner_id:
            let_see(task, task.giver_id, 2)


def copies_agree() -> list[dict[str, Any]]:
    """Records whose copy differs from their open next step, or lacks it; the nightly check expects none."""
    wrong = []
    for key, model in kept().items():
        steps = {pk: (step.name, step.due_at) for pk, step in nearest(key).items()}
        steps |= {pk: (name, at) for pk, name, at in open_steps(key).values_list("about_id", "name", "due_at")}
        rows = model._base_manager.filter(deleted_at=None, merged_into=None)
        said = rows.filter(Q(next_step_at__isnull=False) | ~Q(next_step="")).values_list("pk", "next_step", "next_step_at")
        copies = {pk: (name, at) for pk, name, at in said}
        lacking = set(rows.filter(pk__in=steps.keys() - copies.keys()).values_list("pk", flat=True))
        wrong += [{"resource": key, "id": pk} for pk in sorted(lacking | {pk for pk, copy in copies.items() if steps.get(pk) != copy})]
    return wrong


asks_for_approval(Task)
