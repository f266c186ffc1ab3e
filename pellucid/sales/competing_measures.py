"""The numbers of competition: wins and losses against each competitor from both sides, and whose the market is."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.metrics.declare import Analysis, Ask, Ctx, Derived, Dim, Measure, Part, dataset, declare
from pellucid.kernel.metrics.dims import people

from .measures import LOST, MANAGER, OPEN, WON, of_opportunity
from .models import CompetitorQuote, Opportunity, OpportunityCompetitor

VIA = "opportunity__"
BEAT, LEFT, OTHER = "won", "lost_to", "lost_other"
RESULTS = ((BEAT, _("Won against it")), (LEFT, _("Lost to it")), (OTHER, _("Lost, not to it")), ("open", _("In progress")))
TO_IT = Q(opportunity__lost_to=F("competitor"))
HERE = Q(opportunity__state=LOST)


def result(ctx: Ctx) -> Any:
    """How the deal ended for this competitor."""
    return Case(When(opportunity__state=WON, then=Value(BEAT)), When(HERE & TO_IT, then=Value(LEFT)), When(HERE, then=Value(OTHER)),
                default=Value("open"), output_field=CharField())  # fmt: skip


def whose(ctx: Ctx) -> Any:
    """Ours when we won; theirs whom it was lost to."""
    return Case(When(state=WON, then=Value(None)), default=F("lost_to"))


READ = (f"{VIA}state", f"{VIA}lost_to", "competitor")
TAKEN = Q(state=WON) | Q(state=LOST, lost_to__isnull=False)  # what was bought, from us or from somebody; cancelled deals are no market
PRICED = Coalesce("lost_price_base", "amount_base")

declare(
    dataset("opportunity_competitors", _("Competitors in opportunities"), OpportunityCompetitor, (
        *people(f"{VIA}owner", f"{VIA}unit", f"{VIA}branch"), Dim("manager", _("Manager"), f"{VIA}owner__staff__manager"),
        Dim("competitor", _("Competitor"), "competitor"), Dim("competitor_product", _("Its product"), "product"),
        Dim("standing", _("State of play"), "standing"), Dim("contest_result", _("Result"), result, choices=RESULTS, uses=READ),
        Dim("opportunity_state", _("State"), f"{VIA}state", whole=True), Dim("loss_reason", _("Why lost"), f"{VIA}loss_reason"),
        Dim("stage", _("Stage"), f"{VIA}stage"), *of_opportunity(VIA)),
        axis=f"{VIA}closed_on", axes=(f"{VIA}opened_on",), life=("", "deleted_at"), title="competitor__name", usual=("competitor", "contest_result")),
    dataset("market", _("Decided opportunities"), Opportunity, (
        *people(), MANAGER, Dim("competitor", _("Competitor"), whose, like="lost_to", uses=("state", "lost_to"), none=_("Ours")),
        Dim("loss_reason", _("Why lost"), "loss_reason"), Dim("opportunity_state", _("State"), "state", whole=True), *of_opportunity("")),
        axis="closed_on", life=("", "deleted_at"), where=TAKEN, title="name", usual=("competitor", "product_class")),
    dataset("competitor_quotes", _("Quotes of competitors"), CompetitorQuote, (
        *people(f"{VIA}owner", f"{VIA}unit", f"{VIA}branch"), Dim("competitor", _("Competitor"), "competitor"),
        Dim("competitor_product", _("Its product"), "product"), Dim("price_source", _("How we know"), "source"), *of_opportunity(VIA)),
        axis="quoted_on", life=("", "deleted_at"), title="competitor__name", usual=("competitor", "competitor_product")),
)  # fmt: skip

declare(
    Measure("contested", _("Opportunities with competitors"), "opportunity_competitors",
            _("Different closed opportunities in which a competitor took part, by the day they were closed"), "distinct", "opportunity_id",
            where=~Q(opportunity__state=OPEN), uses=(f"{VIA}state",), noun=_("deals")),
    Measure("won_against", _("Won against it"), "opportunity_competitors",
            _("Different opportunities we won in which the competitor took part"), "distinct", "opportunity_id",
            where=Q(opportunity__state=WON), uses=(f"{VIA}state",), noun=_("deals")),
    Measure("lost_to_it", _("Lost to it"), "opportunity_competitors", _("Different opportunities lost that went to this competitor"), "distinct",
            "opportunity_id", where=HERE & TO_IT, uses=READ, noun=_("deals"), good="down"),
    Measure("lost_beside", _("Lost, not to it"), "opportunity_competitors",
            _("Different opportunities lost in which the competitor took part, and another or nobody known won"), "distinct", "opportunity_id",
            where=HERE & ~TO_IT, uses=READ, noun=_("deals"), good=""),
    Measure("lost_to_others", _("Lost to another"), "opportunity_competitors",
            _("Different opportunities lost to another competitor while this one took part"), "distinct", "opportunity_id",
            where=HERE & ~TO_IT & Q(opportunity__lost_to__isnull=False), uses=READ, noun=_("deals"), good=""),
    Measure("won_against_amount", _("Amount won against it"), "opportunity_competitors",
            _("What opportunities won against the competitor brought; one with several competitors counts for each"), "sum",
            f"{VIA}amount_base", where=Q(opportunity__state=WON), uses=(f"{VIA}state",), unit="money"),
    Measure("lost_to_amount", _("Amount lost to it"), "opportunity_competitors",
            _("What opportunities lost to the competitor would have brought"), "sum", f"{VIA}amount_base", where=HERE & TO_IT, uses=READ,
            unit="money", good="down"),
    Measure("known_prices", _("Lost to it at a known price"), "opportunity_competitors",
            _("Opportunities lost to the competitor whose price is known"), where=HERE & TO_IT & Q(opportunity__lost_price_base__isnull=False),
            uses=(*READ, f"{VIA}lost_price_base"), noun=_("deals"), good=""),
    Measure("their_known_amount", _("Its prices where they are known"), "opportunity_competitors",
            _("The competitor's prices in the opportunities lost to it, as far as they are known"), "sum", f"{VIA}lost_price_base",
            where=HERE & TO_IT & Q(opportunity__lost_price_base__isnull=False), uses=(*READ, f"{VIA}lost_price_base"), unit="money", good=""),
    Measure("our_amount_there", _("Our amounts where its price is known"), "opportunity_competitors",
            _("Our amounts in the opportunities lost to the competitor whose price is known"), "sum", f"{VIA}amount_base",
            where=HERE & TO_IT & Q(opportunity__lost_price_base__isnull=False), uses=(*READ, f"{VIA}lost_price_base"), unit="money", good=""),
    Measure("facing_now", _("In progress against it"), "opportunity_competitors",
            _("Different opportunities in progress in which the competitor takes part"), "distinct", "opportunity_id",
            where=Q(opportunity__state=OPEN), uses=(f"{VIA}state",), time="any", noun=_("deals"), good=""),
    Measure("quote_count", _("Quotes known"), "competitor_quotes", _("Quotes of competitors by the day they were made"), noun=_("times"), good=""),
    Derived("our_rate", _("Our win rate"), "won_against / (won_against + lost_to_it)",
            _("Opportunities won against the competitor, divided by these and those lost to it")),
    Derived("their_losses", _("It lost"), "won_against + lost_to_others",
            _("What we won against it, and what went to another competitor"), unit="count", noun=_("deals"), good=""),
    Derived("their_rate", _("Its win rate"), "lost_to_it / (lost_to_it + won_against + lost_to_others)",
            _("Opportunities the competitor took from us, divided by these and those it lost to us or to another"), good="down"),
    Derived("price_gap", _("Its price against ours"), "(their_known_amount - our_amount_there) / our_amount_there",
            _("The competitor's price less our amount, divided by our amount, where its price is known"), good=""),
)  # fmt: skip

declare(
    Measure("market_amount", _("Market"), "market",
            _("What was decided: what we won, and what was lost to a competitor at his price, where it is not known at our amount"), "sum",
            Case(When(state=WON, then=F("amount_base")), default=PRICED), uses=("state", "amount_base", "lost_price_base"), unit="money"),
    Measure("ours_amount", _("Ours"), "market", _("What won opportunities brought, by the day they were closed"), "sum", "amount_base",
            where=Q(state=WON), unit="money"),
    Measure("theirs_amount", _("Theirs"), "market",
            _("What was lost to competitors: at the winner's price, where it is not known at our amount; cancelled deals are not in it"), "sum",
            PRICED, where=Q(state=LOST), uses=("state", "amount_base", "lost_price_base"), unit="money", good="down"),
    Measure("theirs_known", _("Theirs, price known"), "market", _("What was lost to competitors whose price is known, at that price"), "sum",
            "lost_price_base", where=Q(state=LOST, lost_price_base__isnull=False), unit="money", good=""),
    Measure("theirs_estimated", _("Theirs, estimated"), "market", _("What was lost to competitors whose price is not known, at our amount"), "sum",
            "amount_base", where=Q(state=LOST, lost_price_base=None), uses=("lost_price_base",), unit="money", good=""),
    Measure("demand_named", _("Annual demand they named"), "customers", _("What customers themselves say they spend a year on what we sell"),
            "sum", "annual_demand", time="any", unit="money"),
    Derived("market_share", _("Our share"), "ours_amount / (ours_amount + theirs_amount)",
            _("What we won, divided by what we won and what was lost to competitors")),
    Derived("demand", pgettext_lazy("demand", "Potential"), "greatest(demand_named, ours_amount + theirs_amount + open_amount)",
            _("What was won and lost to competitors in the period and is in progress at its end, or the annual demand they named if that is more"),
            unit="money"),
    Derived("wallet_share", _("Share of the potential"), "ours_amount / demand", _("What we won in the period, divided by the potential")),
)  # fmt: skip

GROUP = _("Market analyses")
BOTH = ("won_against", "lost_to_it", "lost_beside", "our_rate")
declare(
    Analysis("AN21", _("Wins and losses per competitor"), GROUP, _("Against whom do we win, to whom do we lose, and at what price?"), (
        Part(_("Our side"), Ask(("contested", *BOTH), by=("competitor",), order="contested", totals=True), note=_(
            "An opportunity with several competitors counts for each of them; in the total it counts once.")),
        Part(_("Their side"), Ask(("lost_to_it", "their_losses", "their_rate", "facing_now"), by=("competitor",), order="lost_to_it"),
             note=_("What was lost to nobody we know counts on neither side."), chart="bars"),
        Part(_("Orders they took"), Ask(("lost_to_it", "lost_to_amount", "known_prices", "price_gap"), by=("competitor",), order="lost_to_amount",
                                        share=("lost_to_amount",))),
        Part(_("By their product"), Ask((*BOTH, "price_gap"), by=("competitor_product",), order="lost_to_it")),
        Part(_("By our product"), Ask((*BOTH, "lost_to_amount"), by=("product",), order="lost_to_it")),
        Part(_("Why they win"), Ask(("lost_to_it",), by=("loss_reason", "competitor")), "grid"),
        Part(_("By person"), Ask(BOTH, by=("owner",), order="lost_to_it")),
        Part(_("Over time"), Ask(("lost_to_it",), by=("competitor",), grain="month"), "stacked", "last_12_months"),
    ), period="this_year", filters=("branch", "product_class", "competitor"), position=21),
    Analysis("AN22", _("Competitive share and potential"), GROUP, _("How much of what was bought came to us, and how much is there still?"), (
        Part(_("By competitor"), Ask(("market_amount", "theirs_known", "theirs_estimated"), by=("competitor",), order="market_amount",
                                     share=("market_amount",), totals=True),
             note=_("What was lost to nobody, because it was cancelled, is not in the market.")),
        Part(_("By product class"), Ask(("ours_amount", "theirs_amount", "market_share"), by=("product_class",), order="theirs_amount")),
        Part(_("By industry"), Ask(("ours_amount", "theirs_amount", "market_share"), by=("industry",), order="theirs_amount", top=15)),
        Part(_("By region"), Ask(("ours_amount", "theirs_amount", "market_share"), by=("region",), order="theirs_amount", top=15)),
        Part(_("By customer"), Ask(("ours_amount", "theirs_amount", "open_amount", "demand", "wallet_share"), by=("customer",),
                                   order="demand", top=20), period="last_12_months"),
        Part(_("Over time"), Ask(("ours_amount", "theirs_amount", "market_share"), grain="month"), "columns", "last_12_months"),
    ), period="last_12_months", position=22),
)  # fmt: skip
