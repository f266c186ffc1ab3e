"""The numbers of sales: opportunities now, over time, and when they ended."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Func, IntegerField, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from pellucid.customers.measures import of_customer
from pellucid.kernel.history.selectors import FOREVER
from pellucid.kernel.history.span_models import span_model
from pellucid.kernel.metrics.declare import Ctx, Derived, Dim, Measure, dataset, declare, history
from pellucid.kernel.metrics.dims import people
from pellucid.kernel.records import settings

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
    earlier = span_model(Opportunity)._base_manager.filter(recorded_to=FOREVER, pk=OuterRef("pk"), state=OPEN, valid_from__lt=OuterRef("valid_from"))
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


LENGTH = Func(F("closed_on"), F("record__opened_on"), arg_joiner=" - ", template="(%(expressions)s)", output_field=IntegerField())
MANAGER = Dim("manager", _("Manager"), "owner__staff__manager")
THEN = (Dim("pipeline", _("Pipeline"), "pipeline"), Dim("stage", _("Stage"), "stage"))

declare(
    dataset("opportunities", _("Opportunities"), Opportunity, (
        *people(), MANAGER, *THEN, Dim("opportunity_state", _("State"), "state", whole=True), *of_opportunity("")),
        axis="opened_on", axes=("expected_on", "created_at"), life=("", "deleted_at"), title="name", usual=("stage", "owner")),
    history("opportunity_history", _("Opportunities over time"), Opportunity, (
        *people(), MANAGER, *THEN, Dim("opportunity_state", _("State"), "state", whole=True), Dim("forecast", _("Forecast"), "forecast"),
        *of_opportunity("record__"), Dim("owner_now", _("Owner today"), "record__owner"), Dim("unit_now", _("Unit today"), "record__unit")),
        title="record__name", usual=("stage", "owner")),
    history("closings", _("Closed opportunities"), Opportunity, (
        *people("record__closed_owner", "record__closed_unit", ""), Dim("manager", _("Manager"), "record__closed_owner__staff__manager"),
        Dim("pipeline", _("Pipeline"), "pipeline"), Dim("stage_from", _("Stage it was closed from"), stage_before, like="stage"),
        Dim("opportunity_state", _("State"), "state", whole=True), Dim("loss_reason", _("Why lost"), "loss_reason"),
        *of_opportunity("record__"), Dim("owner_now", _("Owner today"), "record__owner"), Dim("unit_now", _("Unit today"), "record__unit")),
        axis="closed_on", title="record__name", usual=("owner", "loss_reason")),
)  # fmt: skip

declare(
    Measure("new_opportunities", _("New opportunities"), "opportunities", _("Opportunities by the day they were opened"), noun=_("deals")),
    Measure("new_opportunity_amount", _("Amount of new opportunities"), "opportunities",
            _("What opportunities are worth today, by the day they were opened"), "sum", "amount_base", unit="money"),
    Measure("open_count", _("Opportunities in progress"), "opportunity_history", _("Opportunities in progress at the end of the day"),
            where=Q(state=OPEN), time="stock", noun=_("deals")),
    Measure("open_amount", _("Amount in progress"), "opportunity_history", _("What the opportunities in progress at the end of the day are worth"),
            "sum", "amount_base", where=Q(state=OPEN), time="stock", unit="money"),
    Measure("weighted_amount", _("Weighted amount"), "opportunity_history",
            _("Amount times probability of the opportunities in progress at the end of the day"), "sum", F("amount_base") * F("probability") / 100,
            where=Q(state=OPEN), time="stock", unit="money"),
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
    Derived("won_average", _("Amount per win"), "won_opp_amount / won_count", _("Amount won divided by the opportunities won"), unit="money"),
    Derived("average_open_amount", _("Amount per opportunity"), "open_amount / open_count",
            _("Amount in progress divided by the opportunities in progress"), unit="money"),
)  # fmt: skip
