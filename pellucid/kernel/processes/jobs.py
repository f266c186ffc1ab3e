"""What happens by the clock: timers that are due, work that is left, and a look for what nobody would ever move again."""

from __future__ import annotations

from collections import defaultdict

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin
from pellucid.kernel.events.bus import publish
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job

from . import effects, store
from .machine.elapsing import fire, leaves
from .models import Assignment, Effect, ProcessInstance, Timer

ROUND = 100


@every(minutes=1)
@job("processes.sweep", label=_("Move approvals on: deadlines, and what the program owes"))
def sweep(ctx: Context) -> dict[str, int]:
    """Everything that is due, in rounds; what somebody else is working on is left for the next one."""
    count = {"timers": 0, "work": 0}
    while fired := timers(ROUND):
        count["timers"] += fired
        ctx.progress()
    while done := effects.due(ROUND) + effects.children():
        count["work"] += done
        ctx.progress()
    return count


def timers(limit: int = ROUND) -> int:
    """Fire timers whose time has come; an instance somebody works on waits for the next round."""
    due: dict[int, list[int]] = defaultdict(list)
    rows = Timer.objects.filter(state="armed", at__lte=timezone.now()).order_by("at").values_list("instance_id", "no")[:limit]
    for pk, no in rows:
        due[pk].append(no)
    count = 0
    for pk, numbers in due.items():
        with transaction.atomic():
            begin(Actor.system(effects.DOOR))
            row = store.locked(pk, wait=False)
            if row is None:
                continue
            with store.command(row) as run:
                for no in numbers:
                    fire(run, no)
            count += len(numbers)
    return count


def left(person: int) -> int:
    """Somebody left: what he was asked goes to somebody able to act, each instance in a transaction of its own."""
    held = Assignment.objects.filter(person_id=person, state__in=("waiting", "pending")).values_list("instance_id", flat=True).distinct()
    count = 0
    for pk in sorted(held):
        with transaction.atomic():
            begin(Actor.system(effects.DOOR))
            row = store.locked(pk)
            if row is None:
                continue
            with store.command(row) as run:
                leaves(run, person)
            count += 1
    return count


@every(minutes=5)
@job("processes.stuck", label=_("Look for approvals that nobody would ever move again"))
def stuck(ctx: Context) -> dict[str, int]:
    """A running instance waits for a person, a timer or work; one that waits for nothing is told to the administrators."""
    found = list(waiting_for_nothing().values_list("pk", "name")[:50])
    if found:
        publish("check.found", door="job", payload={"count": len(found), "check": "processes.stuck", "ids": [pk for pk, _name in found]})
    return {"stuck": len(found)}


def waiting_for_nothing():
    """Running instances without a pending assignment, an armed wait, or work that is owed."""
    own = {"instance_id": OuterRef("pk")}
    return ProcessInstance.objects.filter(state="running", last_no__gt=0).exclude(
        Exists(Assignment.objects.filter(**own, state="pending"))
    ).exclude(Exists(Timer.objects.filter(**own, state="armed", kind="wait"))).exclude(
        Exists(Effect.objects.filter(**own, state__in=("due", "child"), wait=True))
    )
