"""Schemes: the plan behind each, started by hand or by rule, concluded when a customer moves on or falls out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from pellucid.collaboration.actions import plans
from pellucid.collaboration.models import Plan, PlanRun
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import follows, prepares
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.resources.conditions import matching

from ..models import Customer, CustomerClass, Scheme

SCHEME = Plan.Kind.SCHEME
AT_ONCE = 500  # customers for whom one look starts a scheme; the next look goes on


@prepares(Scheme)
def scheme_prepare(schemes: list[Scheme], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The plan that holds the steps; from when on it starts by itself."""
    for scheme in schemes:
        if scheme.plan_id is None:
            scheme.plan = Plan._base_manager.create(name=scheme.name, kind=SCHEME, about="customer", unit_id=scheme.unit_id, active=scheme.active)
        if not scheme.by_rule:
            scheme.since = None
        elif scheme.since is None or changed is not None and changed & {"by_rule", "customer_class", "conditions"}:
            scheme.since = timezone.now()


@follows(Scheme)
def scheme_plan_agrees(schemes: list[Scheme], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Its plan is called the same, serves the same unit, and is in use as long as the scheme is."""
    for scheme in schemes:
        active = scheme.active and scheme.deleted_at is None
        Plan._base_manager.filter(pk=scheme.plan_id).update(name=scheme.name, unit=scheme.unit_id, active=active)


def settle(ids: Collection[int]) -> None:
    """These customers came into another class: a scheme whose goal this is, or which they have left upwards, reached it; others they fell out of."""
    runs = plans.running("customer", ids, (SCHEME,))
    if not runs:
        return
    now = dict(Customer._base_manager.filter(pk__in=ids).values_list("pk", "customer_class"))
    schemes = {s.plan_id: s for s in Scheme._base_manager.filter(plan__in={r.plan_id for r in runs})}
    for run in runs:
        scheme, here = schemes.get(run.plan_id), now.get(run.about_id)
        if scheme is None or here is None:
            continue
        named = str(CustomerClass(here).label)
        goal = scheme.goal_class or (scheme.customer_class + 1 if scheme.customer_class else None)
        if goal is not None and here >= goal:
            plans.conclude([run], PlanRun.State.REACHED, _("now in the class “%(class)s”") % {"class": named})
        elif scheme.customer_class is not None and here != scheme.customer_class and here < scheme.customer_class:
            plans.conclude([run], PlanRun.State.STOPPED, _("now in the class “%(class)s”") % {"class": named})


def unfit(customer: Customer) -> list[int]:
    """The plans of schemes that are for customers of another class."""
    others = Scheme._base_manager.filter(customer_class__isnull=False).exclude(customer_class=customer.customer_class)
    return list(others.values_list("plan", flat=True))


def fits(scheme: Scheme, ids: Collection[int] | None = None) -> list[int]:
    """The customers a scheme is for: of its class, its conditions and its unit, with somebody who looks after them."""
    found = matching("customer", scheme.conditions, ids)
    rows = Customer._base_manager.filter(pk__in=found, pool=None, deleted_at=None, merged_into=None)
    if scheme.customer_class is not None:
        rows = rows.filter(customer_class=scheme.customer_class)
    if scheme.unit_id is not None:
        rows = rows.filter(unit__in=tree().below(scheme.unit_id))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def proposed(customer: Customer) -> int | None:
    """The plan of the scheme that is for this customer and not under way with him: one for his class before one for any."""
    running = PlanRun._base_manager.filter(about_resource="customer", about_id=customer.pk, state=PlanRun.State.RUNNING, deleted_at=None)
    begun = set(running.values_list("plan", flat=True))
    found = Scheme._base_manager.filter(Q(customer_class=customer.customer_class) | Q(customer_class=None), active=True, deleted_at=None)
    ways = (s for s in found.order_by("customer_class", "id") if s.plan_id not in begun)
    return next((s.plan_id for s in ways if fits(s, [customer.pk])), None)


def due(scheme: Scheme, ids: Collection[int] | None = None) -> list[int]:
    """Those for whom it starts by itself now: they came after it was switched on, and it was not started since they came."""
    if not scheme.by_rule or scheme.since is None:
        return []
    came = Greatest("created_at", Coalesce("class_since", "created_at")) if scheme.customer_class is not None else F("created_at")
    rows = Customer._base_manager.filter(pk__in=fits(scheme, ids)).annotate(came=came).filter(came__gte=scheme.since)
    known = dict(rows.values_list("pk", "came"))
    runs = PlanRun._base_manager.filter(plan=scheme.plan_id, about_resource="customer", about_id__in=known)
    begun = {pk for pk, at, state in runs.values_list("about_id", "created_at", "state") if at >= known[pk] or state == PlanRun.State.RUNNING}
    return [pk for pk in known if pk not in begun][:AT_ONCE]


def start_due(ids: Collection[int] | None = None) -> int:
    """Start every scheme that starts by itself for those it is due for; how many were started."""
    started = 0
    for scheme in Scheme._base_manager.filter(by_rule=True, active=True, deleted_at=None).order_by("pk"):
        if found := due(scheme, ids):
            started += len(run_many("customer_start_plan", found, Actor.system("rule"), {"plan": scheme.plan_id}).done)
    return started
