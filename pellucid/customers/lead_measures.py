"""The numbers of leads: what came in from where, what became of it, how long it took; what waits in pools."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Func, IntegerField, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.metrics.declare import Analysis, Ask, Ctx, Derived, Dim, Measure, Part, dataset, declare, history
from pellucid.kernel.metrics.dims import people
from pellucid.kernel.records import days

from .models import Lead

GOOD = (Lead.State.QUALIFIED, Lead.State.CONVERTED)
CONVERTED, INVALID = Lead.State.CONVERTED, Lead.State.INVALID
GROUP = _("Market analyses")


class DaysBetween(Func):
    """Whole days between two moments, by the days of the company."""

    output_field = IntegerField()

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:  # type: ignore[override]
        parts = [compiler.compile(e) for e in self.get_source_expressions()]
        day, zone = "(({}) AT TIME ZONE %s)::date", str(days.zone())
        return f"({' - '.join(day.format(text) for text, _values in parts)})", [v for _text, values in parts for v in (*values, zone)]


def of_lead(via: str) -> tuple[Dim, ...]:
    """What a lead is; `via` is the path to it."""
    return (
        Dim("origin", _("Origin"), f"{via}origin"),
        Dim("lead_channel", _("Channel"), f"{via}channel"),
        Dim("region", _("Region"), f"{via}region"),
        Dim("industry", _("Industry"), f"{via}industry"),
        Dim("landing_page", _("Landing page"), f"{via}landing_page"),
        Dim("utm_campaign", _("Campaign name"), f"{via}utm_campaign"),
        Dim("judged_by", _("Judged by"), f"{via}judged_by"),
        Dim("allocation_rule", _("Allocation rule"), f"{via}rule"),
        Dim("invalid_reason", _("Why invalid"), f"{via}invalid_reason"),
        Dim("lead_problem", _("Data problem"), f"{via}problem"),
        Dim("lead", _("Lead"), f"{via}id", target="lead"),
    )


def unattended(ctx: Ctx) -> Q:
    """In the hands of somebody who is not here any more by the end of the day, and in no pool."""
    gone = Q(owner__staff__leave_on__lte=ctx.day) | Q(owner__is_active=False) if ctx.day >= ctx.today else Q(owner__staff__leave_on__lte=ctx.day)
    return gone & Q(pool=None)


LENGTH = DaysBetween(F("converted_at"), F("received_at"))
declare(
    dataset("leads", _("Leads"), Lead, (*people(), Dim("lead_state", _("State"), "state", whole=True), *of_lead("")),
            axis="received_at", axes=("assigned_at", "qualified_at", "converted_at", "created_at"), title="name",
            usual=("origin", "lead_state")),
    history("lead_history", _("Leads over time"), Lead, (
        *people(), Dim("lead_state_then", _("State then"), "state"), Dim("pool", _("Pool"), "pool"), *of_lead("record__"),
        Dim("owner_now", _("Owner today"), "record__owner"), Dim("unit_now", _("Unit today"), "record__unit")),
        title="record__name", usual=("lead_state_then", "owner")),
    Measure("new_leads", _("New leads"), "leads", _("Leads by the day they were received"), noun=pgettext_lazy("count", "leads")),
    Measure("good_leads", _("Leads found good"), "leads", _("Leads received in the period that are an opportunity or converted today"),
            where=Q(state__in=GOOD), noun=pgettext_lazy("count", "leads")),
    Measure("unjudged_leads", _("To be judged"), "lead_history", _("Leads that nobody has judged by the end of the day"),
            where=Q(state=Lead.State.NEW), time="stock", noun=pgettext_lazy("count", "leads"), good="down"),
    Derived("good_lead_rate", _("Found good of those judged"), "good_leads / judged_leads",
            _("Leads found good, divided by those of the period that have been judged")),
    Measure("judged_leads", _("Leads judged"), "leads", _("Leads that have been judged, by the day they came in"),
            where=Q(qualified_at__isnull=False), noun=pgettext_lazy("count", "leads")),
    Measure("invalid_leads", _("Invalid"), "leads", _("Leads judged to be invalid, by the day they came in"), where=Q(state=INVALID),
            noun=pgettext_lazy("count", "leads"), good="down"),
    Measure("converted_leads", _("Converted"), "leads", _("Leads that have been converted by now, by the day they came in"),
            where=Q(state=CONVERTED), noun=pgettext_lazy("count", "leads")),
    Measure("conversions", _("Conversions"), "leads", _("Leads by the day they were converted"), where=Q(state=CONVERTED), axis="converted_at",
            noun=pgettext_lazy("count", "leads")),
    Measure("conversion_days", _("Days until conversion (median)"), "leads",
            _("Median of the days from coming in to conversion, by the day they came in"), "median", LENGTH, where=Q(state=CONVERTED), unit="days",
            good="down"),
    Measure("conversion_days_mean", _("Days until conversion (mean)"), "leads",
            _("Mean of the days from coming in to conversion, by the day they came in"), "avg", LENGTH, where=Q(state=CONVERTED), unit="days",
            good="down"),
    Measure("conversion_days_most", _("Days until conversion (longest)"), "leads",
            _("The most days from coming in to conversion, by the day they came in"), "max", LENGTH, where=Q(state=CONVERTED), unit="days",
            good="down"),
    Measure("lead_problems", _("Data problems"), "leads", _("Leads of which something cannot be right, by the day they came in"),
            where=~Q(problem=""), noun=pgettext_lazy("count", "leads"), good="down"),
    Measure("open_leads", _("Leads in progress"), "lead_history", _("Leads that are not settled and in somebody's hands at the end of the day"),
            where=Q(state__in=Lead.OPEN, pool=None), time="stock", noun=pgettext_lazy("count", "leads")),
    Measure("leads_in_pool", _("Leads in pools"), "lead_history", _("Leads that wait in a pool at the end of the day"), where=Q(pool__isnull=False),
            time="stock", noun=pgettext_lazy("count", "leads"), good="down"),
    Measure("customers_held", _("Customers held"), "customer_history", _("Customers in somebody's hands at the end of the day, in no pool"),
            where=Q(pool=None), time="stock", noun=_("accounts")),
    Measure("customers_capped", _("Customers of those whose capacity is known"), "customer_history",
            _("Customers in the hands of employees whose capacity is known, at the end of the day"),
            where=Q(pool=None, owner__staff__capacity__isnull=False, owner__staff__deleted_at=None), time="stock", noun=_("accounts")),
    Measure("customers_in_pool", _("Customers in pools"), "customer_history", _("Customers that wait in a pool at the end of the day"),
            where=Q(pool__isnull=False), time="stock", noun=_("accounts"), good="down"),
    Measure("unattended_customers", _("Unattended"), "customer_history",
            _("Customers whose owner has left, or cannot sign in any more, at the end of the day; there should be none"), where=unattended,
            uses=("owner", "pool"), time="stock", noun=_("accounts"), good="down"),
    Derived("customer_load", _("Load"), "customers_capped / capacity",
            _("Customers in hand divided by the capacity, of employees whose capacity is known")),
    Measure("capacity", _("Capacity"), "staff",
            _("How many customers and leads employees can look after at once; those of whom it is not known left out"),
            "sum", "record__capacity", where=Q(leave_on=None), time="stock", noun=_("accounts")),
    Derived("lead_conversion", _("Conversion"), "converted_leads / new_leads",
            _("Leads converted by now, divided by all leads that came in during the period")),
    Derived("invalid_rate", _("Share invalid"), "invalid_leads / judged_leads",
            _("Leads judged to be invalid, divided by those of the period that have been judged"), good="down"),
    Analysis("R040", _("Leads by origin"), GROUP, _("Where do leads come from, and from where do good ones come?"), (
        Part(_("By origin"), Ask(("new_leads", "judged_leads", "invalid_leads", "converted_leads", "lead_conversion", "conversion_days"),
                                 by=("origin",), order="new_leads"),
             note=_("“Unknown” is an origin somebody chose; “not filled in” is none.")),
        Part(_("Over time"), Ask(("new_leads",), by=("origin",), grain="month"), "stacked", "last_12_months"),
        Part(_("By landing page"), Ask(("new_leads", "converted_leads", "lead_conversion"), by=("landing_page",), order="new_leads",
                                       top=20)),
        Part(_("Why invalid"), Ask(("invalid_leads",), by=("invalid_reason",), share=("invalid_leads",))),
        Part(_("Who judged"), Ask(("judged_leads", "converted_leads", "conversion_days"), by=("judged_by",),
                                  order="converted_leads")),
        Part(_("Data problems"), Ask(("lead_problems",), by=("lead_problem",))),
    ), period="this_year", filters=("lead_channel", "unit", "region"), position=21),
)  # fmt: skip
