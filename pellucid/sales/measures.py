"""The numbers of sales: opportunities now, over time, and when they ended."""

from __future__ import annotations

from typing import Any

from django.db.models import DateField, DecimalField, Exists, F, Func, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, TruncMonth
from django.utils.translation import gettext_lazy as _

from pellucid.customers.measures import of_customer
from pellucid.kernel.history.span_models import span_model
from pellucid.kernel.metrics.change import WEIGHED
from pellucid.kernel.metrics.declare import Ctx, Derived, Dim, Measure, dataset, declare, history
from pellucid.kernel.metrics.dims import people
from pellucid.kernel.records import days, settings

from .models import Opportunity

WON, LOST, OPEN = (Opportunity.State.WON, Opportunity.State.LOST, Opportunity.State.OPEN)


def of_opportunity(via: str) -> tuple[Dim, ...]:
    """What an opportunity and its customer are today; `via` is the path to it."""
    return (
        Dim("product", _("Main product"), f"{via}product"),
        Dim("product_class", _("Product class"), f"{via}product__product_class"),
        Dim("customer", _("Customer"), f"{via}customer"),
        Dim("origin", _("Origin"), f"{via}origin"),
        *(d for d in of_customer(f"{via}customer__") if d.name != "origin"),
        Dim("opportunity", _("Opportunity by name"), f"{via}id", target="opportunity"),
    )


def stage_before(ctx: Ctx) -> Any:
    """The stage it stood in before it was closed, however often owner or amount changed since."""
    earlier = elsewhere(ctx).filter(state=OPEN, valid_from__lt=OuterRef("valid_from"))
    return Subquery(earlier.order_by("-valid_from").values("stage")[:1])


def closable(ctx: Ctx) -> Q:
    """In progress, and likely enough."""
    return Q(state=OPEN, probability__gte=settings.get("sales.closable_from"))


def committed(ctx: Ctx) -> Q:
    """In progress, promised by its owner for a day of the period."""
    found = Q(state=OPEN, forecast=Opportunity.Forecast.COMMIT)
    if ctx.window.first:
        found &= Q(expected_on__gte=ctx.window.first)
    return found & Q(expected_on__lt=ctx.window.until) if ctx.window.until else found


def spans() -> Any:
    """Every period of opportunities."""
    return span_model(Opportunity)._base_manager.order_by()


def elsewhere(ctx: Ctx) -> Any:
    """Periods of the same opportunity, as they are believed."""
    return spans().filter(ctx.believed(), pk=OuterRef("pk"))


def first_time(ctx: Ctx) -> Q:
    """In progress, and for the first time in its stage."""
    return Q(state=OPEN) & Q(~Exists(elsewhere(ctx).filter(state=OPEN, stage=OuterRef("stage"), valid_from__lt=OuterRef("valid_from"))))


def ahead(ctx: Ctx) -> Q:
    """By the day it was won, or got into a later stage; skipped stages count, and going back takes nothing away."""
    later = elsewhere(ctx).filter(valid_from__gt=OuterRef("valid_from"), valid_from__lt=days.end_of(ctx.by))
    return Q(Exists(later.filter(Q(state=WON) | Q(state=OPEN, pipeline=OuterRef("pipeline"), stage__position__gt=OuterRef("stage__position")))))


def stands(ctx: Ctx, state: str) -> Q:
    """What it is on the day."""
    end = days.end_of(ctx.by)
    return Q(Exists(elsewhere(ctx).filter(state=state, valid_from__lt=end, valid_to__gte=end)))


def came_up(ctx: Ctx) -> Q:
    """In progress before, in an earlier stage."""
    earlier = elsewhere(ctx).filter(valid_from__lt=OuterRef("valid_from"), state=OPEN, pipeline=OuterRef("pipeline"))
    return Q(Exists(earlier.filter(stage__position__lt=OuterRef("stage__position"))))


def lost_here(ctx: Ctx) -> Q:
    """Lost by the day without having got further."""
    return ~ahead(ctx) & stands(ctx, LOST)


def ended_won(ctx: Ctx) -> Q:
    """Won by the day."""
    return stands(ctx, WON)


def ended_lost(ctx: Ctx) -> Q:
    """Lost by the day, in whatever stage."""
    return stands(ctx, LOST)


def left_after(ctx: Ctx) -> Any:
    """Days from entering a stage to leaving it; nothing while it stands there."""
    later = elsewhere(ctx).filter(valid_from__gt=OuterRef("valid_from"), valid_from__lt=days.end_of(ctx.by))
    gone = later.exclude(stage=OuterRef("stage"), state=OPEN)
    return in_days(Subquery(gone.order_by("valid_from").values("valid_from")[:1]), F("valid_from"))


def stood(ctx: Ctx) -> Any:
    """Days since it came into the stage it stands in at the end of the day, without a break."""
    before = elsewhere(ctx).filter(valid_from__lt=OuterRef("valid_from")).exclude(stage=OuterRef("stage"), state=OPEN)
    since = Coalesce(Subquery(before.order_by("-valid_to").values("valid_to")[:1]),
                     Subquery(elsewhere(ctx).order_by("valid_from").values("valid_from")[:1]))  # fmt: skip
    return in_days(Value(days.end_of(ctx.day)), since)


def in_days(end: Any, start: Any) -> Any:
    """The time between two moments in days."""
    return Func(end, start, arg_joiner=" - ", template="(EXTRACT(EPOCH FROM (%(expressions)s)) / 86400)::numeric", output_field=DecimalField())


LENGTH = Func(F("closed_on"), F("record__opened_on"), arg_joiner=" - ", template="(%(expressions)s)", output_field=IntegerField())
MANAGER = Dim("manager", _("Manager"), "owner__staff__manager")
EXPECTED = (Dim("expected_on", _("Expected close"), "expected_on"),
            Dim("expected_month", _("Month of expected close"), lambda ctx: Cast(TruncMonth("expected_on"), DateField()), uses=("expected_on",),
                like="expected_on"))  # fmt: skip
THEN = (Dim("pipeline", _("Pipeline"), "pipeline"), Dim("stage", _("Stage"), "stage"))

declare(
    dataset("opportunities", _("Opportunities"), Opportunity, (
        *people(), MANAGER, *THEN, Dim("opportunity_state", _("State"), "state", whole=True), *EXPECTED, *of_opportunity("")),
        axis="opened_on", axes=("expected_on", "created_at"), life=("", "deleted_at"), title="name", usual=("stage", "owner"),
        daily=("new_opportunities",)),
    history("opportunity_history", _("Opportunities over time"), Opportunity, (
        *people(), MANAGER, *THEN, Dim("opportunity_state", _("State"), "state", whole=True), Dim("forecast", _("Forecast"), "forecast"), *EXPECTED,
        *of_opportunity("record__"), Dim("owner_now", _("Owner today"), "record__owner"), Dim("unit_now", _("Unit today"), "record__unit")),
        title="record__name", usual=("stage", "owner")),
    history("closings", _("Closed opportunities"), Opportunity, (
        *people("record__closed_owner", "record__closed_unit", ""), Dim("manager", _("Manager"), "record__closed_owner__staff__manager"),
        Dim("pipeline", _("Pipeline"), "pipeline"), Dim("stage_from", _("Stage it was closed from"), stage_before, like="stage"),
        Dim("opportunity_state", _("State"), "state", whole=True), Dim("loss_reason", _("Why lost"), "loss_reason"),
        *of_opportunity("record__"), Dim("owner_now", _("Owner today"), "record__owner"), Dim("unit_now", _("Unit today"), "record__unit")),
        axis="closed_on", title="record__name", usual=("owner", "loss_reason"), daily=("won_opp_amount", "won_count", "lost_count")),
    history("stage_entries", _("Ways through the stages"), Opportunity, (
        *people(), MANAGER, *THEN, Dim("opportunity_state", _("State"), "state", whole=True), *of_opportunity("record__")),
        life=None, within=(("", "record__deleted_at"),), where=first_time, uses=("state", "stage"), title="record__name", usual=("stage", "owner")),
)  # fmt: skip

declare(
    Measure("new_opportunities", _("New opportunities"), "opportunities", _("Opportunities by the day they were opened"), noun=_("deals")),
    Measure("with_next_step", _("With a next step"), "opportunities", _("Opportunities in progress that have a next step, today"),
            where=Q(state=OPEN, next_step_at__isnull=False), time="any", noun=_("deals")),
    Measure("in_progress_now", _("In progress today"), "opportunities", _("Opportunities in progress, today"), where=Q(state=OPEN), time="any",
            noun=_("deals")),
    Measure("new_opportunity_amount", _("Amount of new opportunities"), "opportunities",
            _("What opportunities are worth today, by the day they were opened"), "sum", "amount_base", unit="money"),
    Measure("open_count", _("Opportunities in progress"), "opportunity_history", _("Opportunities in progress at the end of the day"),
            where=Q(state=OPEN), time="stock", noun=_("deals")),
    Measure("open_amount", _("Amount in progress"), "opportunity_history", _("What the opportunities in progress at the end of the day are worth"),
            "sum", "amount_base", where=Q(state=OPEN), time="stock", unit="money"),
    Measure("weighted_amount", _("Weighted amount"), "opportunity_history",
            _("Amount times probability of the opportunities in progress at the end of the day"), "sum",
            F("amount_base") * F("probability") * WEIGHED, where=Q(state=OPEN), time="stock", unit="money"),
    Measure("closable_amount", _("Closable amount"), "opportunity_history",
            _("Amount of the opportunities in progress whose probability has reached the limit in the settings"), "sum", "amount_base",
            where=closable, uses=("probability", "state"), time="stock", unit="money"),
    Measure("forecast_commit", _("Committed forecast"), "opportunity_history",
            _("Amount of the opportunities in progress that their owners committed to, expected to close in the period"), "sum", "amount_base",
            where=committed, uses=("forecast", "state", "expected_on"), time="stock", unit="money"),
    Measure("tracked_customers", _("Customers with an opportunity"), "opportunity_history",
            _("Different customers with an opportunity in progress at the end of the day"), "distinct", "record__customer", where=Q(state=OPEN),
            time="stock", noun=_("accounts")),
    Measure("won_count", _("Won opportunities"), "closings", _("Opportunities won, by the day they were closed"), where=Q(state=WON),
            noun=_("deals")),
    Measure("lost_count", _("Lost opportunities"), "closings", _("Opportunities lost, by the day they were closed; reopened ones are not"),
            where=Q(state=LOST), noun=_("deals"), good="down"),
    Measure("won_opp_amount", _("Amount won"), "closings", _("What won opportunities brought, by the day they were closed"), "sum", "amount_base",
            where=Q(state=WON), unit="money"),
    Measure("lost_opp_amount", _("Amount lost"), "closings", _("What lost opportunities would have brought, by the day they were closed"), "sum",
            "amount_base", where=Q(state=LOST), unit="money", good="down"),
    Measure("cycle_days", _("Sales cycle (median)"), "closings", _("Median of the days from opening to winning; without an opening day left out"),
            "median", LENGTH, where=Q(state=WON), unit="days", good="down"),
    Measure("cycle_days_mean", _("Sales cycle (mean)"), "closings", _("Mean of the days from opening to winning; without an opening day left out"),
            "avg", LENGTH, where=Q(state=WON), unit="days", good="down"),
    Measure("lost_days", _("Days until lost (median)"), "closings", _("Median of the days from opening to losing"), "median", LENGTH,
            where=Q(state=LOST), unit="days", good=""),
    Measure("lost_days_mean", _("Days until lost (mean)"), "closings", _("Mean of the days from opening to losing"), "avg", LENGTH,
            where=Q(state=LOST), unit="days", good=""),
    Derived("win_rate", _("Win rate"), "won_count / (won_count + lost_count)",
            _("Won opportunities divided by won and lost ones; those in progress are in neither")),
    Derived("next_step_rate", _("Share with a next step"), "with_next_step / in_progress_now",
            _("Of the opportunities in progress today, the share that has a next step")),
    Derived("visits_per_win", _("Visits per win"), "visits / won_count", _("Visits divided by the opportunities won"), unit="number", good="down"),
    Derived("won_average", _("Amount per win"), "won_opp_amount / won_count", _("Amount won divided by the opportunities won"), unit="money"),
    Derived("average_open_amount", _("Amount per opportunity"), "open_amount / open_count",
            _("Amount in progress divided by the opportunities in progress"), unit="money"),
)  # fmt: skip

WAY = ("state", "stage", "stage__position", "pipeline")
declare(
    Measure("stage_entered", _("Came into the stage"), "stage_entries", _("Opportunities by the day they first came into a stage"), noun=_("deals")),
    Measure("stage_entered_amount", _("Amount that came into the stage"), "stage_entries",
            _("What opportunities were worth when they first came into a stage, by that day"), "sum", "amount_base", unit="money"),
    Measure("moved_up", _("Moved up"), "stage_entries", _("Opportunities that came from an earlier stage, by the day they first came into a stage"),
            where=came_up, uses=WAY, noun=_("times")),
    Measure("stage_reached", _("Got further"), "stage_entries",
            _("Of the opportunities that came into a stage in the period: those won, or in a later stage, by the day; skipped stages count"),
            where=ahead, uses=WAY, noun=_("deals")),
    Measure("stage_lost", _("Lost before getting further"), "stage_entries",
            _("Of the opportunities that came into a stage in the period: those lost by the day without having got further"),
            where=lost_here, uses=WAY, noun=_("deals"), good="down"),
    Measure("stage_won", _("Won in the end"), "stage_entries",
            _("Of the opportunities that came into a stage in the period: those won by the day"), where=ended_won, uses=WAY, noun=_("deals")),
    Measure("stage_ended_lost", _("Lost in the end"), "stage_entries",
            _("Of the opportunities that came into a stage in the period: those lost by the day, in whatever stage"),
            where=ended_lost, uses=WAY, noun=_("deals"), good="down"),
    Measure("stage_length", _("Days in the stage"), "stage_entries",
            _("Median of the days from coming into a stage to leaving it, of those that came in the period and have left"),
            "median", left_after, uses=WAY, unit="days", good="down"),
    Measure("stage_age", _("Days in the stage so far"), "opportunity_history",
            _("Median of the days that the opportunities in progress have been in the stage they stand in at the end of the day"),
            "median", stood, where=Q(state=OPEN), uses=("stage",), time="stock", unit="days", good="down"),
    Derived("stage_still", _("Still there"), "stage_entered - stage_reached - stage_lost",
            _("Came into the stage in the period, and neither further nor lost by the day"), unit="count", noun=_("deals"), good=""),
    Derived("stage_conversion", _("Conversion"), "stage_reached / stage_entered",
            _("Of the opportunities that came into a stage in the period, the share that got further by the day; those still there count in the "
              "whole")),
    Derived("stage_decided_conversion", _("Conversion of the decided"), "stage_reached / (stage_reached + stage_lost)",
            _("Got further, divided by got further and lost before; those still there are in neither")),
    Derived("stage_success", _("Success rate from the stage"), "stage_won / (stage_won + stage_ended_lost)",
            _("Of the opportunities that came into a stage in the period and are closed, the share that was won")),
)  # fmt: skip
