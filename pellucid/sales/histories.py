"""The deals that mining looks at: closed ones with the stages they went through and what was done, read from what was recorded at the time."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from pellucid.collaboration.models import Task
from pellucid.customers.models import FollowUp
from pellucid.kernel.history.selectors import FOREVER
from pellucid.kernel.history.span_models import span_model
from pellucid.kernel.records import days

from . import stages
from .mining import Deal
from .models import Opportunity

YEARS = 3
DECIDER = "decider"


def way(pipeline: int) -> list[str]:
    """The stages in progress of a pipeline, in order, as deals name them."""
    return [str(s.id) for s in stages.of_pipeline(pipeline) if s.kind == "open"]


def deals_of(pipeline: int) -> list[Deal]:
    """Deals of the last years that were won or lost, with their stages, the follow-ups of their customers meanwhile, and the tasks done for them."""
    since = days.add_months(days.today(), -12 * YEARS)
    closed = Opportunity._base_manager.filter(pipeline=pipeline, state__in=("won", "lost"), closed_on__gte=since, deleted_at=None)
    rows = closed.exclude(customer=None)
    known = {pk: (state == "won", customer) for pk, state, customer in rows.values_list("pk", "state", "customer")}
    entered: dict[int, dict[str, dt.datetime]] = {}
    ended: dict[int, dt.datetime] = {}
    spans = span_model(Opportunity)._base_manager.filter(id__in=known, recorded_to=FOREVER).order_by("id", "valid_from")
    for pk, at, stage, state in spans.values_list("id", "valid_from", "stage_id", "state"):
        entered.setdefault(pk, {}).setdefault(str(stage), at)
        if state == "open":
            ended.pop(pk, None)
        else:
            ended.setdefault(pk, at)
    begun = {pk: min(found.values()) for pk, found in entered.items() if pk in ended}
    acts: dict[int, list[tuple[str, float]]] = {pk: [] for pk in begun}
    of: dict[int, list[int]] = {}
    for pk in begun:
        of.setdefault(known[pk][1], []).append(pk)
    told = FollowUp._base_manager.filter(customer__in=of, deleted_at=None).values_list("customer", "kind", "at", "met_decision_maker")
    for customer, kind, at, met in told.iterator(chunk_size=5_000):
        for pk in of[customer]:
            if begun[pk] <= at <= ended[pk]:
                acts[pk].append((f"kind:{kind}", _days(at - begun[pk])))
                if met:
                    acts[pk].append((DECIDER, _days(at - begun[pk])))
    tasks = Task._base_manager.filter(about_resource="opportunity", about_id__in=begun, done_at__isnull=False, cancelled=False, deleted_at=None)
    for pk, name, at in tasks.exclude(kind=Task.Kind.NEXT_STEP).values_list("about_id", "name", "done_at").iterator(chunk_size=5_000):
        if pk is not None and at is not None and begun[pk] <= at <= ended[pk]:
            acts[pk].append((f"task:{name}", _days(at - begun[pk])))
    return [Deal(pk, known[pk][0], _days(ended[pk] - begun[pk]), {s: _days(at - begun[pk]) for s, at in entered[pk].items()}, acts[pk])
            for pk in begun]  # fmt: skip


def _days(length: dt.timedelta) -> float:
    return length.total_seconds() / 86400


def said(act: str) -> str:
    """A step in words."""
    kind, _colon, name = act.partition(":")
    if act == DECIDER:
        return _("Meet the decision maker")
    if kind == "kind":
        return str(dict(FollowUp.Kind.choices).get(name, name))
    return name
