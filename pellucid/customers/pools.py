"""What waits in pools, who may take it, and what goes back there when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.history.selectors import unchanged_since
from pellucid.kernel.records import days
from pellucid.kernel.records.derived_versions import watch
from pellucid.kernel.records.errors import Missing
from pellucid.kernel.records.versions import versioned
from pellucid.kernel.resources.conditions import matching
from pellucid.people.responsible import keeps

from .happenings import busy, last_made
from .models import Customer, CustomerClass, CustomerRecall, Lead, LeadRecall, Pool, PoolMove, PoolQuota

MODELS: dict[str, type[models.Model]] = {"lead": Lead, "customer": Customer}
RULES: dict[str, Any] = {"lead": LeadRecall, "customer": CustomerRecall}
FOREVER = 10_000
SOON = 14                               # days before a recall that are worth a word
BACK = (PoolMove.Kind.RETURNED, PoolMove.Kind.RECALLED)
INTO = (*BACK, PoolMove.Kind.FLOWED)

watch("settings", "customers_pool", "customers_leadrecall", "customers_customerrecall")


@versioned("settings")
def in_use() -> tuple[Pool, ...]:
    """Every pool in use, in memory until one of them changes."""
    return tuple(Pool._base_manager.filter(active=True, deleted_at=None).order_by("kind", "name"))


@keeps
def keeper(record: Any) -> int | None:
    """Who keeps the pool a record waits in."""
    pool = getattr(record, "pool_id", None)
    return Pool._base_manager.filter(pk=pool).values_list("keeper", flat=True).first() if pool else None


def open_to(actor: Actor, kind: str = "") -> list[Pool]:
    """The pools an actor may take from: those of his unit and of the units above it; all of them for somebody who reads everything."""
    rows = [p for p in in_use() if not kind or p.kind == kind]
    home = directory.home_of(actor.user_id)
    above = {home, *tree().ancestors(home)} if home and home in tree() else set()
    return [p for p in rows if (p.unit_id in above or p.keeper_id == actor.user_id or _sees_unit(actor, p)) and actor.may(p.kind, "view")]


def _sees_unit(actor: Actor, pool: Pool) -> bool:
    if actor.rights is None:
        return True
    scope = actor.rights.scope(pool.kind, "view")
    return scope.all or pool.unit_id in scope.units


def waiting(pool: Pool) -> models.QuerySet:
    """The records in a pool, the best first."""
    rows = MODELS[pool.kind]._base_manager.filter(pool=pool, deleted_at=None, merged_into=None)
    return rows.order_by("-score", "id") if pool.kind == "lead" else rows.order_by("level__position", "id")


def reach(kind: str) -> Callable[[Actor], tuple[tuple[int, ...], Q]]:
    """What can be taken: the records in pools open to the actor, and those that left them just now (so that the slower one hears why)."""

    def of(actor: Actor) -> tuple[tuple[int, ...], Q]:
        pools = tuple(p.pk for p in open_to(actor, kind))
        lately = PoolMove._base_manager.filter(resource=kind, pool__in=pools, at__gte=Now() - dt.timedelta(hours=12),
                                               kind__in=(PoolMove.Kind.TAKEN, PoolMove.Kind.ASSIGNED)).values("record_id")  # fmt: skip
        return pools, Q(pool__in=pools) | Q(pool=None, pk__in=lately)

    return of


def find(pool_id: int, actor: Actor) -> Pool:
    """A pool the actor may take from. Missing otherwise."""
    found = next((p for p in open_to(actor) if p.pk == pool_id), None)
    if found is None:
        raise Missing(_("This record does not exist, or it is not yours to see."))
    return found


@dataclass(frozen=True, slots=True)
class Entry:
    """How a record came into its pool: when, why, from whom."""

    at: dt.datetime
    reason: str
    former: int | None


def entries(pool: Pool, ids: Collection[int]) -> dict[int, Entry]:
    """The latest way into a pool of each of these records."""
    rows = PoolMove._base_manager.filter(pool=pool, resource=pool.kind, record_id__in=ids, kind__in=INTO).order_by("record_id", "-at", "-id")
    return {pk: Entry(at, reason, user)
            for pk, at, reason, user in rows.distinct("record_id").values_list("record_id", "at", "reason", "user_id")}  # fmt: skip


def since_when(pool: Pool, rows: models.QuerySet) -> models.QuerySet:
    """These records of a pool with `came`, when each came into it; without a word on how it came in, since it was made."""
    came = PoolMove._base_manager.filter(pool=pool, resource=pool.kind, record_id=models.OuterRef("pk"), kind__in=INTO).order_by("-at", "-id")
    since = Coalesce(models.Subquery(came.values("at")[:1]), "created_at", output_field=models.DateTimeField())
    return rows.annotate(came=since)


def longest_first(pool: Pool, rows: models.QuerySet) -> models.QuerySet:
    """These records of a pool, who came into it first before the others."""
    return since_when(pool, rows).order_by("came", "id")


# ------------------------------------------------------------------------------------------------ taking
def held(pool: Pool, user: int) -> int:
    """How many open records of the pool's kind a user holds."""
    rows = MODELS[pool.kind]._base_manager.filter(owner=user, pool=None, deleted_at=None, merged_into=None)
    return (rows.filter(state__in=Lead.OPEN) if pool.kind == "lead" else rows).count()


def cooling(pool: Pool, record: models.Model, user: int) -> dt.date | None:
    """The day from which a former owner may take a record again; None when he may now."""
    return cooling_of(pool, user, [record.pk]).get(record.pk)


def cooling_of(pool: Pool, user: int, ids: Collection[int] | None = None) -> dict[int, dt.date]:
    """The same of several records, or of everything that waits in the pool; those he may take now left out."""
    if not pool.cooldown_days:
        return {}
    length, today = dt.timedelta(days=pool.cooldown_days), days.today()
    rows = PoolMove._base_manager.filter(resource=pool.kind, user=user, kind__in=BACK, at__gte=days.start_of(today - length))
    rows = rows.filter(record_id__in=waiting(pool).order_by().values("pk") if ids is None else ids).order_by()
    ends = {pk: days.day_of(latest) + length for pk, latest in rows.values_list("record_id").annotate(models.Max("at"))}
    return {pk: until for pk, until in ends.items() if until > today}


def taken_today(pool: Pool, user: int) -> int:
    """How many a user has taken from a pool today."""
    return PoolQuota._base_manager.filter(pool=pool, user=user, day=days.today()).values_list("taken", flat=True).first() or 0


def no_more_today(pool: Pool) -> str:
    """Why nothing more can be taken from a pool today."""
    return _("Today's limit of %(n)s from this pool is reached.") % {"n": pool.daily_limit}


def holds_enough(pool: Pool) -> str:
    """Why somebody who holds as much as he may gets no more."""
    return _("Nobody may hold more than %(n)s at once; settle or return one first.") % {"n": pool.held_limit}


def taken_since(pool: Pool, user: int, since: dt.datetime) -> tuple[int, int]:
    """(how many a user took from a pool since then, with how many of those somebody has spoken)."""
    moves = PoolMove._base_manager.filter(pool=pool, user=user, kind=PoolMove.Kind.TAKEN, at__gte=since).order_by()
    at = dict(moves.values_list("record_id").annotate(models.Max("at")))
    last = MODELS[pool.kind]._base_manager.filter(pk__in=at, last_contact_at__isnull=False).values_list("pk", "last_contact_at")
    return len(at), sum(1 for pk, spoken in last if spoken >= at[pk])


# ------------------------------------------------------------------------------------------------ moving on
def next_pool(pool: Pool) -> Pool | None:
    """The pool into which moves on what nobody takes from this one; none while that is out of use."""
    return next((p for p in in_use() if p.pk == pool.flows_into_id and p.kind == pool.kind), None) if pool.flow_days else None


def moves_on(pool: Pool, came: dt.datetime) -> dt.date:
    """The day on which what came into the pool then moves on: after as many whole days as the pool says."""
    return days.day_of(came) + dt.timedelta(days=(pool.flow_days or FOREVER) + 1)


def due_on(pool: Pool, *, ids: Collection[int] | None = None, ahead: int = 0) -> list[tuple[int, dt.date]]:
    """What of a pool moves on by `ahead` days from today, and on which day, the longest waiting first."""
    if next_pool(pool) is None:
        return []
    rows = longest_first(pool, waiting(pool) if ids is None else waiting(pool).filter(pk__in=ids))
    latest = days.start_of(days.today() + dt.timedelta(days=ahead - (pool.flow_days or 0)))
    return [(pk, moves_on(pool, came)) for pk, came in rows.filter(came__lt=latest).values_list("pk", "came")]


# ------------------------------------------------------------------------------------------------ going back
@dataclass(frozen=True, slots=True)
class Due:
    """A record that a rule sends back, and on which day (the past and today: now)."""

    record_id: int
    rule: Any
    on: dt.date
    quiet: bool = True                   # for want of follow-ups; else for want of a deal

    @property
    def why(self) -> str:
        """The reason in words."""
        if self.quiet:
            n = self.rule.quiet_days
            return ngettext("no follow-up for %(n)s day", "no follow-up for %(n)s days", n) % {"n": n}
        n = self.rule.dealless_months
        return ngettext("no deal for %(n)s month", "no deal for %(n)s months", n) % {"n": n}


@versioned("settings")
def rules_in_use(kind: str, trial: int | None = None) -> tuple[Any, ...]:
    """The rules that send records of a kind back, in order; with the one on trial."""
    rules = RULES[kind]._base_manager.filter(Q(active=True) | Q(pk=trial), deleted_at=None, pool__active=True, pool__deleted_at=None)
    return tuple(rules.select_related("pool").order_by("position", "id"))


def due_back(kind: str, *, ids: list[int] | None = None, ahead: int = 0, trial: int | None = None) -> list[Due]:
    """What the rules in use (and one on `trial`) send back by `ahead` days from today; the first rule that speaks about a record decides."""
    found: dict[int, Due] = {}
    spoken: set[int] = set()
    for rule in rules_in_use(kind, trial):
        about = [pk for pk in matching(kind, rule.conditions, ids) if pk not in spoken]
        spoken |= set(about)
        for pk, on, quiet in days_of(kind, rule, about):
            if on <= days.today() + dt.timedelta(days=ahead):
                found[pk] = Due(pk, rule, on, quiet)
    return sorted(found.values(), key=lambda d: (d.on, d.record_id))


def days_of(kind: str, rule: Any, ids: list[int]) -> list[tuple[int, dt.date, bool]]:
    """The day each of these records goes back under a rule, and whether for want of follow-ups; records in a pool, settled or kept are left
    out. A new owner, like a follow-up, starts the days anew; the owner's beginning is read from the spans. Months without a deal are
    counted from the last one that was made; where days are counted, too, not while one is open: who is silent about it is found by them."""
    if not ids:
        return []
    model = MODELS[kind]
    rows = model._base_manager.filter(pk__in=ids, pool=None, deleted_at=None, merged_into=None)
    rows = rows.filter(Q(kept_until=None) | Q(kept_until__lt=days.today()))
    rows = rows.filter(state__in=Lead.OPEN) if kind == "lead" else rows.filter(customer_class__lt=CustomerClass.ORDERING)
    known = {pk: (last, made) for pk, last, made in rows.values_list("pk", "last_contact_at", "created_at")}
    since = unchanged_since(model, "owner", list(known))
    months = getattr(rule, "dealless_months", None)
    working = busy(known) if months and rule.quiet_days else set()
    deals = last_made(known) if months else {}
    out = []
    for pk, (last, made) in known.items():
        begun, ends = since.get(pk, made), []
        if rule.quiet_days:
            ends.append((days.day_of(max(begun, last) if last else begun) + dt.timedelta(days=rule.quiet_days + 1), True))
        if months and pk not in working:
            day = days.day_of(begun)
            ends.append((days.add_months(max(day, deals.get(pk, day)), months), False))
        if ends:
            on, quiet = min(ends, key=lambda end: end[0])
            out.append((pk, on, quiet))
    return out


def countdown(record: models.Model) -> Due | None:
    """When this record goes back into a pool unless something happens; None when no rule speaks about it soon."""
    kind = record._meta.model_name or ""
    return next(iter(due_back(kind, ids=[record.pk], ahead=FOREVER)), None)


def soon(record: Any) -> Due | None:
    """The same, while it is near enough to be said; what was spoken with lately is not even asked about."""
    rules, today, last = rules_in_use(record._meta.model_name or ""), days.today(), record.last_contact_at
    ahead = {rule.pk: max(SOON, rule.warn_days) for rule in rules}

    def far(rule: Any) -> bool:
        spoken = last is not None and not getattr(rule, "dealless_months", None)
        return spoken and days.day_of(last) + dt.timedelta(days=rule.quiet_days + 1) > today + dt.timedelta(days=ahead[rule.pk])

    if all(far(rule) for rule in rules):
        return None
    due = countdown(record)
    return due if due is not None and (due.on - today).days <= ahead[due.rule.pk] else None
