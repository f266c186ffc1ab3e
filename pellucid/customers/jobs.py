"""What customers and leads need done by the clock."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import run
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job
from pellucid.kernel.notices.tell import notify
from pellucid.kernel.records.errors import Failure

from . import clocks, pools
from .actions import classes, schemes
from .actions.clocks import remember
from .actions.scores import rescore


def recall_due() -> dict[str, int]:
    """Send back into pools what the rules say today; how many of each kind went."""
    done = {}
    for kind in pools.MODELS:
        done[kind] = 0
        for due in pools.due_back(kind):
            try:
                run(f"{kind}_recall", due.record_id, Actor.system("rule"))
            except Failure:       # somebody spoke with them, or took it over, since the rule was asked
                continue
            done[kind] += 1
    return done


def flow_due() -> dict[str, int]:
    """Move on what nobody took from its pool in time; how many of each kind went. What moves on today waits anew where it comes."""
    done = dict.fromkeys(pools.MODELS, 0)
    found = [(pool.kind, pk) for pool in pools.in_use() for pk, _on in pools.due_on(pool)]
    for kind, pk in found:
        try:
            run(f"{kind}_flow_on", pk, Actor.system("rule"))
        except Failure:       # somebody took it meanwhile
            continue
        done[kind] += 1
    return done


@every("02:20")
@job("customers.recall", label=_("Recall into pools"), queue="long", tells=False)
def recall_job(ctx: Context) -> dict[str, Any]:
    """Once a day, before work begins: what waited too long moves on, then what was left alone comes back."""
    flowed = flow_due()
    return recall_due() | {"flowed": sum(flowed.values())}


@every("02:40")
@job("leads.rescore", label=_("Score leads"), queue="long", tells=False)
def rescore_job(ctx: Context) -> dict[str, int]:
    """Points that depend on age change by themselves."""
    return {"changed": rescore()}


def fall_due() -> int:
    """Lower those customers whom the rules lower today; how many fell."""
    fallen = 0
    for due in classes.falls():
        reason = gettext("no open deal, and none for %(n)s months") % {"n": due.rule.months}
        try:
            run("customer_fall", due.customer_id, Actor.system("rule"), {"customer_class": due.rule.customer_class, "reason": reason})
        except Failure:       # dealt with, or moved, since the rule was asked
            continue
        fallen += 1
    return fallen


@every("02:30")
@job("customers.fall", label=_("Lower customers without deals"), queue="long", tells=False)
def fall_job(ctx: Context) -> dict[str, int]:
    """Once a day, after the pools."""
    return {"fallen": fall_due()}


@every(minutes=10)
@job("customers.schemes", label=_("Start schemes by rule"), tells=False)
def scheme_job(ctx: Context) -> dict[str, int]:
    """What came in by import or in masses; single customers are seen at once."""
    return {"started": schemes.start_due()}


def watch_clocks() -> dict[str, int]:
    """Remind owners, tell those above, send back what was left too long; each once for every clock."""
    now, done = timezone.now(), {"reminded": 0, "told": 0, "recalled": 0}
    for kind in clocks.KINDS:
        for record in clocks.to_remind(kind, now):
            if remember(record, "plan_warned_at"):
                done["reminded"] += notify([record.owner_id], f"{kind}.plan_due", resource=kind, record_id=record.pk)
        for record in clocks.to_escalate(kind, now):
            if remember(record, "plan_escalated_at"):
                owner = directory.user_name(record.owner_id)
                done["told"] += notify(clocks.above(record), f"{kind}.plan_late", resource=kind, record_id=record.pk, owner=owner)
        for record in clocks.to_recall(kind, now):
            try:
                run(f"{kind}_recall_unplanned", record.pk, Actor.system("rule"))
            except Failure:       # somebody planned something, or took it over, meanwhile
                continue
            done["recalled"] += 1
    return done


@every(minutes=5)
@job("leads.clocks", label=_("Watch the time to respond"), tells=False)
def clocks_job(ctx: Context) -> dict[str, int]:
    """Every five minutes."""
    return watch_clocks()
