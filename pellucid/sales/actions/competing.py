"""What follows from naming competitors and their prices: who takes part in a deal, what was quoted last, what a product costs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Case, DecimalField, Exists, F, IntegerField, OuterRef, Value, When
from django.db.models.functions import Round
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, follows, prepares
from pellucid.kernel.actions.run import call
from pellucid.kernel.records import days
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.copying import copy, reserve, row_of
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.verbs import GONE

from .. import competing
from ..models import Competitor, CompetitorPrice, CompetitorProduct, CompetitorQuote, Opportunity, OpportunityCompetitor

S = OpportunityCompetitor.Standing
AT_ONCE = 300  # rows of one statement
ORDER = (S.AHEAD, S.LEVEL, S.UNKNOWN, S.BEHIND, S.OUT)
RANKED = Case(*(When(standing=standing, then=Value(at)) for at, standing in enumerate(ORDER)), output_field=IntegerField())


# ------------------------------------------------------------------------------------------------ names and products
@prepares(Competitor)
def competitor_prepare(competitors: list[Competitor], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Names without stray spaces."""
    for one in competitors:
        one.name, one.short_name = " ".join(one.name.split()), " ".join(one.short_name.split())


def known_as(name: str, *, actor: Actor) -> int:
    """The competitor of this name; a new one if nobody knows it yet."""
    found = competing.named(name)
    if found is None:
        found = Competitor._base_manager.filter(name=" ".join(name.split()), deleted_at=None).values_list("pk", flat=True).first()
    return found or int(call("competitor_create", None, actor=actor, values={"name": name}).pk)


def _its_own(rows: Iterable[Any]) -> None:
    """Refuse a product of another competitor."""
    wanted = {r.product_id for r in rows if r.product_id}
    of = dict(CompetitorProduct._base_manager.filter(pk__in=wanted).values_list("pk", "competitor")) if wanted else {}
    if any(r.product_id and of.get(r.product_id) != r.competitor_id for r in rows):
        raise Invalid({"product": [_("This product belongs to another competitor.")]})


# ------------------------------------------------------------------------------------------------ prices along time
@prepares(CompetitorPrice)
def competitor_price_prepare(prices: list[CompetitorPrice], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The product says whose price it is; a day to come is no knowledge."""
    of = dict(CompetitorProduct._base_manager.filter(pk__in={p.product_id for p in prices}).values_list("pk", "competitor"))
    for price in prices:
        if price.product_id in of:
            price.competitor_id = of[price.product_id]
        if changed is not None and price.quote:
            raise Refused(_("This price comes from a quote in a deal; change it there."))


@follows(CompetitorPrice)
def competitor_prices_count(prices: list[CompetitorPrice], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The last price known stands on the product."""
    for product in {p.product_id for p in prices}:
        known = CompetitorPrice._base_manager.filter(product=product, deleted_at=None, valid_from__lte=days.today())
        last = known.order_by("-valid_from", "-id").first()
        CompetitorProduct._base_manager.filter(pk=product).update(price=last.price if last else None, price_on=last.valid_from if last else None)


# ------------------------------------------------------------------------------------------------ who takes part
@prepares(OpportunityCompetitor)
def opportunity_competitor_prepare(rows: list[OpportunityCompetitor], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Its own product."""
    _its_own(rows)


@follows(OpportunityCompetitor)
def opportunity_competitors_count(rows: list[OpportunityCompetitor], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The deal names who takes part, whoever stands best first. Who won it, or has quoted in it, stays in it."""
    if changed == GONE:
        for row in rows:
            if row.deleted_at is None:
                continue
            if CompetitorQuote._base_manager.filter(opportunity=row.opportunity_id, competitor=row.competitor_id, deleted_at=None).exists():
                raise Refused(_("There are quotes of this competitor in the deal; it took part. Say that it is out of the race."))
            if Opportunity._base_manager.filter(pk=row.opportunity_id, lost_to=row.competitor_id).exists():
                raise Refused(_("The deal was lost to this competitor."))
    recount({r.opportunity_id for r in rows})


def recount(opportunities: Iterable[int]) -> None:
    """Who takes part in these deals."""
    rows = OpportunityCompetitor._base_manager.filter(opportunity=OuterRef("pk"), deleted_at=None)
    named = ArraySubquery(rows.order_by(RANKED, "pk").values("competitor"))
    deals = Opportunity._base_manager.filter(pk__in=set(opportunities)).exclude(competitors=named)
    deals.update(competitors=named, uncontested=Case(When(Exists(rows), then=Value(False)), default=F("uncontested"), output_field=BooleanField()))


def uncontested(opportunities: Iterable[int]) -> None:
    """It was found out that nobody competes in these deals; where somebody is named, that holds."""
    Opportunity._base_manager.filter(pk__in=list(opportunities), competitors=[]).update(uncontested=True)


def take_part(pairs: Iterable[tuple[int, int]], *, actor: Any) -> None:
    """See that these (deal, competitor) are there; those that are not get a row."""
    wanted = set(pairs)
    rows = OpportunityCompetitor._base_manager.filter(opportunity__in={deal for deal, _c in wanted}, deleted_at=None)
    wanted -= set(rows.values_list("opportunity", "competitor"))
    if not wanted:
        return
    new = [OpportunityCompetitor(opportunity_id=deal, competitor_id=competitor, created_by_id=actor.user_id) for deal, competitor in sorted(wanted)]
    for row, pk in zip(new, reserve(OpportunityCompetitor, len(new)), strict=True):
        row.id = pk
    copy(OpportunityCompetitor, [row_of(row) for row in new])
    recount({deal for deal, _c in wanted})


# ------------------------------------------------------------------------------------------------ what they quoted
@prepares(CompetitorQuote)
def competitor_quote_prepare(quotes: list[CompetitorQuote], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Its own product, no day to come, the amount in the company's currency."""
    _its_own(quotes)
    rates = dict(Opportunity._base_manager.filter(pk__in={q.opportunity_id for q in quotes}).values_list("pk", "rate"))
    for quote in quotes:
        if quote.quoted_on > days.today():
            raise Invalid({"quoted_on": [_("This day has not come yet.")]})
        quote.amount_base = cents(Decimal(quote.amount) * Decimal(rates.get(quote.opportunity_id, 1)))


@follows(CompetitorQuote)
def competitor_quotes_count(quotes: list[CompetitorQuote], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Who quotes takes part; the last quote stands on his line, its price in the history of his product."""
    take_part(((q.opportunity_id, q.competitor_id) for q in quotes if q.deleted_at is None), actor=actor)
    held = OpportunityCompetitor._base_manager.filter(opportunity__in={q.opportunity_id for q in quotes}).order_by("pk")
    list(held.select_for_update(of=("self",), no_key=True).values_list("pk"))  # two who quote at once: one after the other
    for deal, competitor in sorted({(q.opportunity_id, q.competitor_id) for q in quotes}):
        known = CompetitorQuote._base_manager.filter(opportunity=deal, competitor=competitor, deleted_at=None)
        last = known.order_by("-quoted_on", "-id").first()
        mine = OpportunityCompetitor._base_manager.filter(opportunity=deal, competitor=competitor, deleted_at=None)
        mine.update(quote=last.amount if last else None, quote_on=last.quoted_on if last else None)
        if last is not None and last.product_id:
            mine.filter(product=None).update(product=last.product_id)
    keep_prices(quotes, actor=actor)


def keep_prices(quotes: Sequence[CompetitorQuote], *, actor: Any) -> None:
    """A quote that says what a piece of a product costs is a known price; it names neither deal nor customer."""
    rates = dict(Opportunity._base_manager.filter(pk__in={q.opportunity_id for q in quotes}).values_list("pk", "rate"))
    touched: list[CompetitorPrice] = []
    for quote in quotes:
        known = CompetitorPrice._base_manager.filter(quote=quote.pk)
        if quote.deleted_at is not None or quote.unit_price is None or quote.product_id is None:
            touched += list(known)
            known.update(deleted_at=quote.deleted_at or quote.updated_at)
            continue
        facts = {"competitor_id": quote.competitor_id, "product_id": quote.product_id, "kind": CompetitorPrice.Kind.OFFER,
                 "price": cents(Decimal(quote.unit_price) * Decimal(rates[quote.opportunity_id])), "valid_from": quote.quoted_on,
                 "source_id": quote.source_id, "deleted_at": None}  # fmt: skip
        touched += list(known)
        if not known.update(**facts):
            touched.append(CompetitorPrice._base_manager.create(quote=quote.pk, created_by_id=actor.user_id, **facts))
        else:
            touched += list(known)
    competitor_prices_count(touched, actor=actor, changed=None)


# ------------------------------------------------------------------------------------------------ who won instead of us
@follows(Opportunity)
def opportunity_lost_counts(opportunities: list[Opportunity], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Whom it was lost to took part in it."""
    if changed is None:
        take_part(((one.pk, one.lost_to_id) for one in opportunities if one.lost_to_id), actor=actor)


def keep_lost_prices(prices: dict[int, Decimal]) -> None:
    """At what prices deals went to somebody else."""
    told = list(prices.items())
    for start in range(0, len(told), AT_ONCE):
        part = dict(told[start : start + AT_ONCE])
        price = Case(*(When(pk=pk, then=Value(amount)) for pk, amount in part.items()), output_field=DecimalField(max_digits=18, decimal_places=2))
        Opportunity._base_manager.filter(pk__in=part).update(lost_price=price, lost_price_base=Round(price * F("rate"), 2))


@action(Opportunity, label=gettext_lazy("Winner's price"), icon="receipt", shown=lambda one: one.state == Opportunity.State.LOST,
        event="opportunity.price_learnt", sentence=gettext_lazy("{actor} learnt the winner's price"),
        did=gettext_lazy("Kept the price that won against “{name}”"))
def opportunity_learn_price(
    one: Opportunity,
    *,
    actor: Actor,
    lost_price: Annotated[Decimal, Ask(gettext_lazy("Price of the winner"), kind="money")],
    lost_to: Annotated[int | None, Ask(gettext_lazy("Lost to"), kind="competitor", help=gettext_lazy("Left empty: as it stands."))] = None,
    source: Annotated[int | None, Ask(gettext_lazy("How we know"), kind="term", dictionary="price_source")] = None,
) -> None:
    """Often it becomes known only after a deal was lost who took it, and for how much."""
    if one.state != Opportunity.State.LOST:
        raise Refused(_("It is not lost."))
    if lost_price <= 0:
        raise Invalid({"lost_price": [_("A price is above zero.")]})
    if lost_to is not None and lost_to != one.lost_to_id:
        one.lost_to_id = lost_to
        one.save(update_fields=("lost_to",))
    if one.lost_to_id is None:
        raise Invalid({"lost_to": [_("Say whose price it is.")]})
    keep_lost_prices({one.pk: lost_price})
    keep_quote(one, one.lost_to_id, lost_price, one.closed_on or days.today(), source=source, actor=actor)


def keep_quote(one: Opportunity, competitor: int, price: Decimal, on: dt.date, *, actor: Actor, source: int | None = None) -> None:
    """The winner's price is his last quote; whose price is not known took part all the same."""
    take_part([(one.pk, competitor)], actor=actor)
    last = CompetitorQuote._base_manager.filter(opportunity=one, competitor=competitor, deleted_at=None).order_by("-quoted_on", "-id").first()
    if (last is None or last.amount != price) and on <= days.today():
        values = {"opportunity": one.pk, "competitor": competitor, "amount": price, "quoted_on": on, "source": source,
                  "product": last.product_id if last else None}  # fmt: skip
        call("competitorquote_create", None, actor=actor, values=values)
