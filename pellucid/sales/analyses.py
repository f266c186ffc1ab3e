"""The named analyses of sales."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.metrics.declare import Analysis, Ask, Part, declare

from .measures import OPEN

GROUP = _("Sales analyses")
declare(
    Analysis("AN14", _("Funnel as of any day"), GROUP, _("What is in the funnel, stage by stage, on any day?"), (
        Part(_("By stage"), Ask(("open_count", "open_amount", "weighted_amount", "average_open_amount"), by=("stage",), order="stage",
                                filters={"opportunity_state": OPEN})),
        Part(_("Over time"), Ask(("open_amount",), by=("stage",), grain="month", filters={"opportunity_state": OPEN}), "stacked", "last_12_months"),
        Part(_("By person"), Ask(("open_count", "open_amount", "weighted_amount", "closable_amount"), by=("owner",),
                                 filters={"opportunity_state": OPEN})),
    ), period="", filters=("pipeline", "unit", "product", "origin"), position=14),
    Analysis("AN16", _("Work of salespeople"), GROUP, _("Who opened, won and lost how much, and how fast?"), (
        Part(_("By person"), Ask(("headcount", "won_count", "won_opp_amount", "lost_count", "win_rate", "cycle_days"), by=("owner",),
                                 order="won_opp_amount"), note=_("Everybody who is employed appears, also with nothing.")),
        Part(_("Opened"), Ask(("new_opportunities", "new_opportunity_amount"), by=("owner",))),
        Part(_("Over time"), Ask(("won_opp_amount",), by=("branch",), grain="month"), "stacked", "last_12_months"),
    ), period="this_year", position=16),
    Analysis("AN19", _("Lost deals"), GROUP, _("Why do we lose, where in the way, and how much?"), (
        Part(_("By reason"), Ask(("lost_count", "lost_opp_amount", "lost_days"), by=("loss_reason",), share=("lost_count", "lost_opp_amount"))),
        Part(_("By stage"), Ask(("lost_count", "lost_opp_amount"), by=("stage_from",), order="stage_from")),
        Part(_("By person"), Ask(("lost_count", "lost_opp_amount"), by=("owner",))),
        Part(_("By product"), Ask(("lost_count", "lost_opp_amount"), by=("product",))),
        Part(_("Over time"), Ask(("lost_opp_amount",), by=("loss_reason",), grain="month"), "stacked", "last_12_months"),
    ), period="this_year", note=_("A reason that was not filled in counts in the total."), position=19),
)  # fmt: skip
