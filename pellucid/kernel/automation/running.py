"""What rules have to do is done here, each in a transaction of its own: the row is taken, the rule looked at as it is now, the guard asked,
the conditions, then everything or nothing. A broken rule keeps no other from its work."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin, show_for
from pellucid.kernel.events.bus import EventKind, declare, following, publish
from pellucid.kernel.events.models import Chain
from pellucid.kernel.jobs.declare import drain
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Failure, Invalid
from pellucid.kernel.resources.declare import registry

from . import facts, guard
from .definition import Body
from .doing import Case, do_it
from .models import KEY, Rule, RuleRun
from .telling import switched_off
from .using import body_of

log = logging.getLogger(__name__)
DOOR = "rule"
TRIES, PAUSE = 5, 4  # after what may pass: again after 4, 16, 64, 256 seconds
IN_A_ROW = 20  # failures after which a rule is switched off
declare(EventKind("rule.stopped", gettext_lazy("The rule was switched off after failures"), icon="alert-triangle", tone="bad"))

TAKE = """
SELECT r.id FROM automation_rulerun r WHERE r.state = 'due' AND r.next_at <= clock_timestamp()
   AND NOT EXISTS (SELECT FROM automation_rulerun e WHERE e.state = 'due' AND e.rule_id = r.rule_id AND e.record_id = r.record_id
                   AND e.resource = r.resource AND e.id < r.id)
 ORDER BY r.next_at, r.id LIMIT 1 FOR UPDATE SKIP LOCKED"""


@drain(thread="rules")
def due() -> int:
    """A few of what rules have to do."""
    with versions.using(versions.read()):
        return work(20)


def work(limit: int) -> int:
    """Do what is due; returns how many runs were taken. Of one rule and record the older comes first."""
    taken = 0
    while taken < limit and _one():
        taken += 1
    return taken


def _one() -> bool:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(TAKE)
            row = cursor.fetchone()
        if row is None:
            return False
        run = RuleRun.objects.select_related("rule").get(pk=row[0])
        try:
            with transaction.atomic():
                _run(run)
        except (OperationalError, InterfaceError):
            if not connection.is_usable():
                raise
            _again(run, _("The database was busy."))
        except Exception as error:  # whatever it is: it is kept, and tried again as long as it may pass
            log.exception("rule %s failed on %s %s", run.rule_id, run.resource, run.record_id)
            _again(run, f"{type(error).__name__}: {error}"[:500])
    return True


def _run(run: RuleRun) -> None:
    rule = run.rule
    if not rule.is_on or rule.deleted_at is not None:
        return end(run, "stopped", "off")
    body = body_of(run.edition_id)
    if _too_many(run, body):
        return None
    with connection.cursor() as cursor:  # what follows from one first event is counted by one at a time
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"rule {run.root}"])
    record = registry[run.resource].model._base_manager.filter(pk=run.record_id).first() if run.resource in registry else None
    if record is None or not record.alive:
        return end(run, "stopped", "gone")
    try:
        with transaction.atomic():
            held = facts.holds(run.resource, body.if_, record, run.before)
    except Invalid as unknown:  # a field that is no more: never silently false
        end(run, "failed", unknown.message)
        return _switch_off(rule, unknown.message)
    run.facts = facts.looked_at(run.resource, body.if_, record, run.before)
    if not held:
        return end(run, "unmet")
    if why := _guard(run):
        return end(run, "stopped", why)
    return _act(run, body, record)


def _too_many(run: RuleRun, body: Body) -> bool:
    """Above the rule's rate the rest waits for the next minute."""
    since = timezone.now() - dt.timedelta(minutes=1)
    recent = RuleRun.objects.filter(rule_id=run.rule_id, ended_at__gt=since).exclude(state__in=("unmet", "stopped")).order_by("ended_at")
    if recent.count() < body.rate:
        return False
    first = recent.values_list("ended_at", flat=True).first() or since
    RuleRun.objects.filter(pk=run.pk).update(next_at=first + dt.timedelta(minutes=1))
    return True


def _guard(run: RuleRun) -> str:
    """Why it must not act, by what the rows say."""
    acted = RuleRun.objects.filter(root=run.root, state__in=RuleRun.ACTED)
    here = acted.filter(rule_id=run.rule_id, resource=run.resource, record_id=run.record_id).exists()
    return guard.why_not(link_of(run), run.chain, acted=here, spent=acted.count())


def link_of(run: RuleRun) -> str:
    """What this run adds to the chain of the events it leads to."""
    return guard.link(run.rule_id, run.resource, run.record_id)


def _act(run: RuleRun, body: Body, record: Any) -> None:
    actor = Actor.system(DOOR, run.event_id)
    actor = Actor(None, door=DOOR, cause=run.event_id, reason=_("Rule “%(name)s”") % {"name": run.rule.name}, language=actor.language)
    did = []
    try:
        with transaction.atomic(), following(Chain(run.root, (*run.chain, link_of(run)))):
            for step in body.do:
                begin(actor)
                did.append(do_it(case_of(run, record, actor), step))
                record.refresh_from_db()
    except Failure as refusal:  # a sentence for a person: trying again would say the same
        run.did = [*({} for _step in did), {"state": "refused"}]
        end(run, "refused", refusal.message)
    else:
        run.did = did
        end(run, "done")
        return
    _count(run.rule)


def case_of(run: RuleRun, record: Any, actor: Actor) -> Case:
    """What the steps of a run work on."""
    rule = run.rule
    return Case(run.resource, record, actor, show_for(actor), rule.name, f"rule:{run.pk}", f"{run.resource}.{rule.trigger}", rule.keeper_id, run)


def end(run: RuleRun, state: str, why: str = "") -> None:
    """Write down what became of it."""
    run.state, run.why, run.ended_at, run.before = state, why, timezone.now(), {}
    run.save(update_fields=("state", "why", "ended_at", "before", "facts", "did", "tries"))


def _again(run: RuleRun, why: str) -> None:
    """After what may pass: once more after a growing pause, in the end it has failed."""
    run.tries += 1
    if run.tries >= TRIES:
        end(run, "failed", why)
        return _count(run.rule)
    pause = dt.timedelta(seconds=PAUSE**run.tries)
    RuleRun.objects.filter(pk=run.pk).update(tries=run.tries, why=why, next_at=timezone.now() + pause)
    return None


def _count(rule: Rule) -> None:
    """After twenty failures in a row since it was switched on, it is switched off."""
    latest = RuleRun.objects.filter(rule_id=rule.pk, state__in=RuleRun.ACTED, ended_at__gte=rule.on_since).order_by("-ended_at", "-id")
    states = list(latest.values_list("state", "why")[:IN_A_ROW])
    if len(states) == IN_A_ROW and all(state != "done" for state, _why in states):
        _switch_off(rule, _("It failed %(n)s times in a row; the last time: %(why)s") % {"n": IN_A_ROW, "why": states[0][1]})


def _switch_off(rule: Rule, why: str) -> None:
    begin(Actor.system(DOOR))
    if Rule.objects.filter(pk=rule.pk, is_on=True).update(is_on=False, stopped=why[:300]):
        rule.is_on, rule.stopped = False, why[:300]
        publish("rule.stopped", door=DOOR, resource=KEY, record_id=rule.pk, reason=why)
        switched_off(rule)
        versions.forget()
