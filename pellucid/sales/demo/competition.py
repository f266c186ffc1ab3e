"""Competitors of the demo company with their prices, and what they do in its opportunities, closed ones and those in progress."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from random import Random
from typing import NamedTuple

from pellucid.kernel.access import directory
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.copying import copy, reserve, row_of
from pellucid.kernel.resources.verbs import write
from pellucid.products.models import Product

from ..actions.competing import competitor_prices_count, keep_lost_prices, recount, uncontested
from ..competing_resources import CompetitorResource
from ..models import (
    Competitor,
    CompetitorPrice,
    CompetitorProduct,
    CompetitorQuote,
    Opportunity,
    OpportunityCompetitor,
    OpportunityLine,
)
from .rivals import ADVICE, ANSWERS, HEARD, MOVES, RIVALS

SINCE = 700  # days ago: the first one was entered
AGO = (690, 430, 160, 25)  # when lists were renewed
SOURCES = ("customer", "customer", "customer", "tender", "offer", "channel", "estimate")
S = OpportunityCompetitor.Standing


class Facing(NamedTuple):
    """A competing product as a deal meets it."""

    competitor: int
    product: int | None
    share: float


def known(stage: Stage) -> None:
    """Competitors with their products and lists; those that are there by their name already are filled in."""
    there = dict(Competitor._base_manager.filter(deleted_at=None).values_list("name", "pk"))
    since = stage.at(stage.today - dt.timedelta(days=SINCE), 9)
    marketing = sorted(u.id for u in directory.users().values() if u.username == "market")
    keeper = marketing[0] if marketing else None
    rows, ours = [], {p.number: p for p in Product._base_manager.filter(deleted_at=None)}
    for rival in RIVALS:
        lines = sorted(filter(None, (terms.find("product_class", code) for code in rival.lines)))
        facts = {"short_name": rival.short, "threat": rival.threat, "lines": lines, "region_id": terms.find("region", rival.region),
                 "founded": rival.founded, "employees": rival.employees, "revenue": Decimal(rival.revenue) * 1_000_000, "keeper_id": keeper,
                 "profile": rival.profile, "strengths": rival.strengths, "weaknesses": rival.weaknesses, "strategy": rival.strategy,
                 "answer": rival.answer}  # fmt: skip
        if rival.name in there:
            one = Competitor._base_manager.get(pk=there[rival.name])
            for name, value in facts.items():
                setattr(one, name, value)
            write(CompetitorResource, one, {name.removesuffix("_id") for name in facts}, actor=stage.actor)
        else:
            rows.append(Competitor(id=reserve(Competitor, 1)[0], name=rival.name, created_at=since, updated_at=since, created_by_id=keeper, **facts))
            there[rival.name] = rows[-1].pk
    copy(Competitor, [row_of(row) for row in rows])
    made, prices = [], []
    for rival in RIVALS:
        for offer, pk in zip(rival.offers, reserve(CompetitorProduct, len(rival.offers)), strict=True):
            against = ours.get(offer.against)
            made.append(CompetitorProduct(id=pk, competitor_id=there[rival.name], name=offer.name, against=against, better=offer.better,
                                          worse=offer.worse, product_class_id=against.product_class_id if against else None, created_at=since,
                                          updated_at=since, created_by_id=keeper))  # fmt: skip
            if against is not None and against.list_price:
                prices += _lists(stage, made[-1], float(against.list_price) * offer.share, keeper)
                made[-1].price, made[-1].price_on = prices[-1].price, prices[-1].valid_from
    copy(CompetitorProduct, [row_of(row) for row in made])
    copy(CompetitorPrice, [row_of(row) for row in prices])


def _lists(stage: Stage, product: CompetitorProduct, now: float, keeper: int | None) -> list[CompetitorPrice]:
    """Lists of two years: dearer at first, then cheaper where the fight is hardest."""
    chance, level, out = stage.chance, now * stage.chance.uniform(1.0, 1.16), []
    for ago in AGO[: chance.choice((3, 4, 4))]:
        day = stage.today - dt.timedelta(days=ago + chance.randint(-12, 12))
        price = Decimal(round(level / 100) * 100) if level > 20_000 else Decimal(round(level / 10) * 10)
        told, at = terms.find("price_source", chance.choice(("public", "public", "channel"))), stage.at(day, 10)
        out.append(CompetitorPrice(competitor_id=product.competitor_id, product_id=product.pk, kind="list", price=max(price, Decimal(10)),
                                   valid_from=day, source_id=told, created_at=at, updated_at=at, created_by_id=keeper))  # fmt: skip
        level += (now - level) * chance.uniform(0.4, 0.9)
    return out


def facing() -> dict[int, list[Facing]]:
    """Who stands against each of our products, by product."""
    share = {(r.name, o.name): o.share for r in RIVALS for o in r.offers}
    out: dict[int, list[Facing]] = {}
    rows = CompetitorProduct._base_manager.filter(deleted_at=None, against__isnull=False).order_by("id")
    for pk, against, competitor, name, product in rows.values_list("pk", "against", "competitor", "competitor__name", "name"):
        out.setdefault(against, []).append(Facing(competitor, pk, share.get((name, product), 0.95)))
    return out


def winner(chance: Random, against: dict[int, list[Facing]], product: int, others: list[int]) -> int:
    """To whom a deal over this product is lost: the cheaper, the likelier."""
    found = against.get(product, [])
    if not found or chance.random() < 0.08:
        return chance.choice(others)
    return chance.choices(found, [1.6 - f.share for f in found])[0].competitor


def fill(stage: Stage) -> None:
    """What they did in our opportunities."""
    against, chance = facing(), stage.chance
    pieces = dict(OpportunityLine._base_manager.filter(deleted_at=None).order_by("id").values_list("opportunity", "quantity"))
    deals = list(Opportunity._base_manager.filter(deleted_at=None).order_by("id"))
    there = set(OpportunityCompetitor._base_manager.filter(deleted_at=None).values_list("opportunity", "competitor"))
    rows: list[OpportunityCompetitor] = []
    quotes: list[CompetitorQuote] = []
    for one in deals:
        found = [f for f in _who(chance, one, against) if (one.pk, f.competitor) not in there]
        reached = one.probability is not None and one.probability >= 50 or one.state != "open" and chance.random() < 0.8
        for place, rival in enumerate(found):
            line = OpportunityCompetitor(opportunity=one, competitor_id=rival.competitor, product_id=rival.product, created_by_id=one.owner_id,
                                         standing=_stands(chance, one, rival, place), created_at=_soon(stage, one),
                                         updated_at=one.updated_at)  # fmt: skip
            if chance.random() < 0.6:
                line.strategy = chance.choice(MOVES).format(a=chance.choice((3, 5, 8)), b=chance.choice((4, 6, 8)))
                line.answer = chance.choice(ANSWERS) if chance.random() < 0.8 else ""
            if reached and (rival.competitor == one.lost_to_id or chance.random() < 0.72):
                made = _quotes(stage, one, rival, pieces.get(one.pk) or Decimal(1))
                line.quote, line.quote_on = made[-1].amount, made[-1].quoted_on
                quotes += made
            rows.append(line)
    copy(OpportunityCompetitor, [row_of(row) for row in rows])
    for quote, pk in zip(quotes, reserve(CompetitorQuote, len(quotes)), strict=True):
        quote.id = pk
    copy(CompetitorQuote, [row_of(quote) for quote in quotes])
    prices = [CompetitorPrice(competitor_id=q.competitor_id, product_id=q.product_id, kind="offer", price=q.unit_price, valid_from=q.quoted_on,
                              source_id=q.source_id, quote=q.pk, created_at=q.created_at, updated_at=q.created_at, created_by_id=q.created_by_id)
              for q in quotes if q.unit_price and q.product_id]  # fmt: skip
    copy(CompetitorPrice, [row_of(price) for price in prices])
    competitor_prices_count(prices, actor=stage.actor, changed=None)
    _copies(deals, quotes, chance)
    _advice(stage, deals, {row.opportunity_id for row in rows if row.standing == S.AHEAD})


def _who(chance: Random, one: Opportunity, against: dict[int, list[Facing]]) -> list[Facing]:
    """The competitors of a deal: whom it was lost to, and those that offer the same."""
    offered = against.get(one.product_id or 0, [])
    found = [f for f in offered if f.competitor == one.lost_to_id] or ([Facing(one.lost_to_id, None, 0.93)] if one.lost_to_id else [])
    rest = [f for f in offered if f.competitor != one.lost_to_id]
    wanted = chance.choices((0, 1, 2, 3), (34, 40, 21, 5) if one.amount > 60_000 else (66, 28, 6, 0))[0]
    if one.state == "open" and (one.probability or 0) < 25:
        wanted = min(wanted, 1)
    chance.shuffle(rest)
    return found + rest[: max(0, wanted - len(found))]


def _stands(chance: Random, one: Opportunity, rival: Facing, place: int) -> str:
    if one.state == "won":
        return S.OUT if chance.random() < 0.7 else S.BEHIND
    if one.state == "lost":
        return S.AHEAD if rival.competitor == one.lost_to_id else chance.choice((S.OUT, S.BEHIND, S.UNKNOWN))
    likely = one.probability or 0
    weights = (10, 40, 30, 10) if likely < 50 else (22, 6, 40, 32) if likely < 90 else (6, 2, 26, 66)
    return chance.choices((S.AHEAD, S.UNKNOWN, S.LEVEL, S.BEHIND), weights)[0] if place < 2 else S.UNKNOWN


def _soon(stage: Stage, one: Opportunity) -> dt.datetime:
    """Some days after it began, never after today."""
    return min(one.created_at + dt.timedelta(days=stage.chance.randint(2, 20)), stage.now - dt.timedelta(hours=2))


def _quotes(stage: Stage, one: Opportunity, rival: Facing, pieces: Decimal) -> list[CompetitorQuote]:
    """One or two quotes, the second lower; who won was as cheap as the reason says."""
    chance = stage.chance
    won_by_price = one.lost_to_id == rival.competitor and one.loss_reason_id == terms.find("loss_reason", "price")
    share = chance.uniform(0.86, 0.95) if won_by_price else rival.share * chance.uniform(0.95, 1.06)
    since = days.day_of(one.created_at)
    last = one.closed_on or max(since, stage.today - dt.timedelta(days=chance.randint(1, 18)))
    first = min(max(since, last - dt.timedelta(days=chance.randint(9, 40))), last)
    out = []
    for at, day in enumerate((first, last) if chance.random() < 0.45 and first < last else (last,)):
        worth = float(one.amount) * share * (1.04 if at == 0 and day != last else 1)
        amount = Decimal(max(100, round(worth / 100) * 100)) if worth > 5000 else Decimal(max(1, round(worth)))
        piece = (amount / pieces).quantize(Decimal("0.01")) if rival.product and chance.random() < 0.7 else None
        out.append(CompetitorQuote(opportunity=one, competitor_id=rival.competitor, product_id=rival.product, amount=amount, amount_base=amount,
                                   unit_price=piece, quoted_on=day, source_id=terms.find("price_source", chance.choice(SOURCES)),
                                   note=chance.choice(HEARD), created_at=stage.at(day, 17), updated_at=stage.at(day, 17),
                                   created_by_id=one.owner_id))  # fmt: skip
    for quote in out:
        if quote.created_at > stage.now:
            quote.created_at = quote.updated_at = stage.now
    return out


def _advice(stage: Stage, deals: list[Opportunity], pressed: set[int]) -> None:
    """What their leaders say about sales in which a competitor is ahead."""
    heads = {u.id: u.head for u in directory.units().values()}
    for one in deals:
        leader = heads.get(one.unit_id)
        if one.state != "open" or one.pk not in pressed or one.amount < 200_000 or leader is None or leader == one.owner_id:
            continue
        at = stage.now - dt.timedelta(days=stage.chance.randint(0, 6), hours=stage.chance.randint(1, 7))
        stage.happened(max(at, one.created_at), "opportunity.advised", leader, "opportunity", one.pk, text=stage.chance.choice(ADVICE),
                       owner=one.owner_id)  # fmt: skip


def _copies(deals: list[Opportunity], quotes: list[CompetitorQuote], chance: Random) -> None:
    """What the deals say of it themselves: who takes part, that nobody does, at what price it was lost."""
    recount(q.pk for q in deals)
    uncontested(one.pk for one in deals if one.state != "open" or (one.probability or 0) >= 50)
    price = {q.opportunity_id: q.amount for q in quotes if q.competitor_id == q.opportunity.lost_to_id}
    keep_lost_prices({one.pk: price[one.pk] for one in deals if one.pk in price and chance.random() < 0.8})
