"""The named analyses of sales."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.metrics.declare import Analysis, Ask, Change, Ending, Part, declare

from .measures import LOST, OPEN, WON

GROUP = _("Sales analyses")
IN_PROGRESS = {"opportunity_state": OPEN}
WAYS = ("stage_entered", "stage_reached", "stage_lost", "stage_still", "stage_decided_conversion", "stage_success", "stage_length")
FORECAST = ("open_amount", "weighted_amount", "closable_amount", "forecast_commit")
declare(
    Analysis("AN14", _("Funnel"), GROUP, _("What is in the funnel, stage by stage, on any day, and how much of it gets further?"), (
        Part(_("Stages"), Ask(("stage_entered_amount", "stage_entered", "stage_length", "stage_conversion"), by=("stage",), order="stage"),
             "funnel", side="left", between="stage_conversion", tail=(_("Won"), ("won_opp_amount", "won_count"))),
        Part(_("Branches"), Ask(("open_amount",), by=("branch",), filters=IN_PROGRESS), side="right"),
        Part(_("Lost deals"), Ask(("lost_opp_amount",), by=("loss_reason",)), side="right", tone="warm"),
        Part(_("Amount won"), Ask(("won_opp_amount",), grain="month"), "columns", side="left"),
        Part(_("By person"), Ask(("open_amount", "weighted_amount", "won_opp_amount", "win_rate"), by=("owner",), order="won_opp_amount", top=7),
             side="right"),
        Part(_("In progress"), Ask(("open_amount", "open_count", "weighted_amount", "average_open_amount", "stage_age"), by=("stage",), order="stage",
                                   filters=IN_PROGRESS), note=_("What stands in each stage at the end of the day.")),
        Part(_("Ways through the stages"), Ask(WAYS, by=("stage",), order="stage")),
        Part(_("Products"), Ask(("open_amount", "open_count", "weighted_amount"), by=("product",), filters=IN_PROGRESS, top=10)),
        Part(_("In progress over time"), Ask(("open_amount",), by=("stage",), grain="month", filters=IN_PROGRESS), "stacked", "last_12_months"),
    ), period="this_year", filters=("pipeline", "unit", "owner", "product", "origin", "expected_on"), position=14, change="AN14-change",
       figures=("new_opportunities", "open_amount", "weighted_amount", "won_opp_amount", "win_rate", "cycle_days"),
       note=_("Stages, amounts, probabilities and owners are those of the day asked about.")),
    Analysis("R094", _("Sales forecast"), GROUP, _("What will come in, when, and how sure is it?"), (
        Part(_("By month of expected close"), Ask(FORECAST, by=("expected_month",), order="expected_month", filters=IN_PROGRESS)),
        Part(_("By person"), Ask((*FORECAST, "won_opp_amount"), by=("owner",), order="weighted_amount")),
        Part(_("By unit"), Ask((*FORECAST, "won_opp_amount"), by=("unit",), order="weighted_amount")),
        Part(_("By product"), Ask((*FORECAST, "won_opp_amount"), by=("product",), order="weighted_amount", top=20)),
        Part(_("Promised by the owner"), Ask(("open_amount", "open_count", "weighted_amount"), by=("forecast",), filters=IN_PROGRESS)),
    ), period="this_quarter", filters=("pipeline", "unit", "owner", "product", "origin", "expected_on"), position=15, change="AN14-change",
       figures=(*FORECAST, "won_opp_amount"), note=_("Committed counts what is expected to close within the period.")),
    Analysis("AN16", _("Work of salespeople"), GROUP, _("Who did what, and what came of it?"), (
        Part(_("Results"), Ask(("won_opp_amount", "won_count", "new_opportunities", "moved_up", "lost_count", "win_rate", "cycle_days"),
                               by=("owner",), order="won_opp_amount", also=("headcount",)),
             note=_("Everybody who is employed appears, also with nothing.")),
        Part(_("Work"), Ask(("follow_up_count", "visits", "new_customers", "tasks_come_due", "tasks_in_time", "overdue_tasks",
                             "next_step_rate"), by=("owner",), order="follow_up_count", also=("headcount",))),
        Part(_("Over time"), Ask(("won_opp_amount",), by=("branch",), grain="month"), "stacked", "last_12_months"),
    ), period="this_year", filters=("unit", "owner"), position=16,
       figures=("new_opportunities", "moved_up", "won_count", "won_opp_amount", "follow_up_count", "tasks_in_time")),
    Analysis("R258", _("Process figures"), GROUP, _("What is put in, what comes of it on the way, what is won?"), (
        Part(_("By person"), Ask(("visits", "decision_maker_meetings", "new_opportunities", "moved_up", "won_count", "win_rate", "visits_per_win"),
                                 by=("owner",), order="visits")),
        Part(_("By unit"), Ask(("visits", "decision_maker_meetings", "new_opportunities", "moved_up", "won_count", "win_rate", "visits_per_win"),
                               by=("unit",), order="visits")),
        Part(_("Target customers"), Ask(("target_customers",), by=("customer_class_then",))),
        Part(_("Conversion from stage to stage"), Ask(("stage_entered", "stage_conversion", "stage_success"), by=("stage",), order="stage")),
        Part(_("Visits by week"), Ask(("visits",), by=("branch",), grain="week"), "stacked", "last_90_days"),
        Part(_("Opened by week"), Ask(("new_opportunities",), by=("branch",), grain="week"), "stacked", "last_90_days"),
    ), period="this_quarter", filters=("unit", "owner"), position=17,
       figures=("target_customers", "visits", "decision_maker_meetings", "new_opportunities", "moved_up", "won_count")),
    Analysis("R262", _("Customers tracked at once"), GROUP,
             _("How many customers does one person follow at a time, and how long does it take to win?"), (
        Part(_("Mean of month ends"), Ask(("tracked_customers", "open_count"), by=("owner",)), mean="month",
             note=_("Different customers with an opportunity in progress, on the last day of each month of the period.")),
        Part(_("Today"), Ask(("tracked_customers", "open_count", "average_open_amount"), by=("owner",))),
        Part(_("Length of the sales cycle"), Ask(("won_count", "cycle_days", "cycle_days_mean", "lost_days"), by=("owner",), order="won_count")),
        Part(_("By level of the customer"), Ask(("won_count", "cycle_days", "cycle_days_mean"), by=("level",), order="won_count")),
    ), period="this_year", filters=("unit", "owner", "product"), position=18,
       figures=("tracked_customers", "open_count", "cycle_days", "cycle_days_mean", "win_rate")),
    Analysis("AN19", _("Lost deals"), GROUP, _("Why do we lose, where in the way, and how much?"), (
        Part(_("By reason"), Ask(("lost_count", "lost_opp_amount", "lost_days"), by=("loss_reason",), share=("lost_count", "lost_opp_amount"))),
        Part(_("By stage"), Ask(("lost_count", "lost_opp_amount"), by=("stage_from",), order="stage_from")),
        Part(_("By person"), Ask(("lost_count", "lost_opp_amount"), by=("owner",))),
        Part(_("By product"), Ask(("lost_count", "lost_opp_amount"), by=("product",))),
        Part(_("Over time"), Ask(("lost_opp_amount",), by=("loss_reason",), grain="month"), "stacked", "last_12_months"),
    ), period="this_year", note=_("A reason that was not filled in counts in the total."), position=19),
)  # fmt: skip

declare(
    Change("AN14-change", _("Change of the funnel"), GROUP, _("What became of the funnel between two days, opportunity by opportunity?"),
           "opportunity_history", ("open_count", "open_amount", "weighted_amount"), "stage", counted=Q(state=OPEN), rank="stage__position",
           line="pipeline", value="amount_base", factor="probability",
           endings=(Ending("won", _("Won"), Q(state=WON), good=True), Ending("lost", _("Lost"), Q(state=LOST))), dated=("expected_on",),
           filters=("pipeline", "unit", "owner", "product", "origin", "expected_on"), noun=_("deals"), position=14,
           note=_("Both days are read by the same rules. An opportunity opened and closed in between is no part; it is named below.")),
)  # fmt: skip
