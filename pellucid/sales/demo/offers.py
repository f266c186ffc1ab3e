"""What the demo company offered: quotations for opportunities won, lost and open, in versions; some sent, some expired, some below the floor."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import Count

from pellucid.customers.models import Contact
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.history.writes import load_spans
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.copying import copy, reserve, row_of
from pellucid.kernel.records.numbers import draw_many
from pellucid.kernel.resources.attachments import keep
from pellucid.products.pricing import worth

from ..actions.quoting import ZERO
from ..floors import beyond, margin
from ..models import Letterhead, Opportunity, OpportunityLine, Quotation, QuotationLine

S, TAX = Quotation.State, Decimal(13)
DAYS = 30  # a quotation holds
TEMPORAL = ("state", "amount", "amount_base", "owner", "unit", "branch")
EVENTS = {S.SENT: "quotation.sent", S.ACCEPTED: "quotation.accepted", S.DECLINED: "quotation.declined", S.EXPIRED: "quotation.expired"}
MOST, DECIDED = 160, 60  # opportunities with offers, and how many of these are won or lost
OFTEN = 4  # who buys that often buys under a framework contract, without an offer for each order
SURE, AGREED = 75, 4  # open ones whose customer has accepted, and whose contract is still to be made
LOGO = Path(__file__).parent.parent / "data" / "logo.png"


def courses(stage: Stage, sale: Opportunity, agreed: bool) -> list[tuple[dt.date, str, dt.date | None]]:
    """(drawn up on, state now, decided on) of each version of an offer, the first first; `agreed`: accepted these days."""
    chance, S_ = stage.chance, Opportunity.State
    if agreed:
        day = stage.today - dt.timedelta(days=chance.randint(1, 4))
        return [(day - dt.timedelta(days=12), S.ACCEPTED, day)]
    if sale.state == S_.OPEN:
        first = stage.today - dt.timedelta(days=chance.randint(2, 50))
        last = S.DRAFT if chance.random() < 0.35 else S.EXPIRED if (stage.today - first).days > DAYS else S.SENT
        if last == S.DRAFT and chance.random() < 0.6:
            return [(first, S.SENT if (stage.today - first).days <= DAYS else S.EXPIRED, None), (stage.today - dt.timedelta(days=1), S.DRAFT, None)]
        return [(stage.today - dt.timedelta(days=1) if last == S.DRAFT else first, last, None)]
    assert sale.closed_on is not None
    end = S.ACCEPTED if sale.state == S_.WON else S.DECLINED
    days_before = [21, 6] if chance.random() < 0.4 else [14]
    return [(sale.closed_on - dt.timedelta(days=n), S.REPLACED if n != days_before[-1] else end, None if n != days_before[-1] else sale.closed_on)
            for n in days_before]  # fmt: skip


def fill(stage: Stage) -> None:
    """Offers for the latest opportunities with products and a customer."""
    letterhead(stage)
    wanted = talked_about(stage)
    parts: dict[int, list[OpportunityLine]] = {}
    for row in OpportunityLine._base_manager.filter(opportunity__in=wanted, deleted_at=None).select_related("product").order_by("id"):
        parts.setdefault(row.opportunity_id, []).append(row)
    people = dict(Contact._base_manager.filter(is_primary=True, deleted_at=None).values_list("customer", "pk"))
    sure = [sale.pk for sale in wanted if sale.pk in parts and sale.state == Opportunity.State.OPEN and (sale.probability or 0) >= SURE][:AGREED]
    ways = [(sale, courses(stage, sale, sale.pk in sure)) for sale in wanted if sale.pk in parts]
    ids = iter(reserve(Quotation, sum(len(way) for _sale, way in ways)))
    lines: list[QuotationLine] = []
    made: list[Quotation] = []
    for (sale, way), number in zip(ways, draw_many("quotation", "BJ", len(ways)), strict=True):
        for edition, (day, state, decided) in enumerate(way, 1):
            one = drawn(stage, sale, next(ids), edition, len(way), day, state, decided, people)
            one.number = number
            own = offered(stage, one, parts[sale.pk], dearer=len(way) - edition)
            made.append(one)
            lines += own
    copy(Quotation, [row_of(one) for one in made])
    for line, pk in zip(lines, reserve(QuotationLine, len(lines)), strict=True):
        line.id = pk
    copy(QuotationLine, [row_of(line) for line in lines])
    load_spans(Quotation, (span for one in made for span in spans(stage, one)))
    for one in made:
        told(stage, one)


def talked_about(stage: Stage) -> list[Opportunity]:
    """The opportunities there are offers for: the latest that are open, and the latest that were won or lost."""
    sales = Opportunity._base_manager.filter(deleted_at=None, currency="CNY").exclude(customer=None).select_related("customer")
    often = sales.filter(state=Opportunity.State.WON).values("customer").annotate(n=Count("pk")).filter(n__gte=OFTEN)
    closed = sales.filter(closed_on__gt=stage.today - dt.timedelta(days=400)).exclude(customer__in=often.values("customer"))
    decided = list(closed.order_by("-closed_on", "-id")[: int(DECIDED * stage.scale) or 1])
    return [*sales.filter(state=Opportunity.State.OPEN).order_by("-id")[: int((MOST - DECIDED) * stage.scale) or 1], *decided]


def drawn(stage: Stage, sale: Opportunity, pk: int, edition: int, of: int, day: dt.date, state: str, decided: dt.date | None,
          people: dict[int, int]) -> Quotation:  # fmt: skip
    """One version, without its lines."""
    at = min(stage.at(day, 9 + edition), stage.now - dt.timedelta(hours=3))
    return Quotation(
        id=pk, edition=edition, latest=edition == of, name=sale.name, customer_id=sale.customer_id, opportunity_id=sale.pk,
        contact_id=people.get(sale.customer_id or 0), state=state, valid_until=day + dt.timedelta(days=DAYS),
        sent_on=day if state != S.DRAFT else None, decided_on=decided,
        decline_reason_id=terms.find("quotation_decline", stage.chance.choice(("price", "price", "competitor", "delivery"))) if state == S.DECLINED
        else None, payment_id=terms.find("quotation_payment", stage.chance.choice(("30_60_10", "30_30_35_5", "net_30"))),
        delivery_id=terms.find("quotation_delivery", "8_weeks" if edition == 1 else "16_weeks"),
        warranty_id=terms.find("quotation_warranty", "12_months"), owner_id=sale.owner_id, unit_id=sale.unit_id, branch_id=sale.branch_id,
        created_at=at, updated_at=at, created_by_id=sale.owner_id)  # fmt: skip


def offered(stage: Stage, one: Quotation, parts: list[OpportunityLine], *, dearer: int) -> list[QuotationLine]:
    """Its lines, and its sums: an earlier version gave less away; a draft now and then more than a seller may."""
    out = []
    for at, part in enumerate(parts, 1):
        discount = max(ZERO, Decimal(part.discount) - 3 * dearer)
        if one.state == S.DRAFT and at == 1 and stage.chance.random() < 0.4:
            discount = Decimal(14)
        line = QuotationLine(quotation=one, position=at, product=part.product, name=part.product.name, uom_id=part.product.uom_id,
                             quantity=part.quantity, unit_price=part.unit_price, discount=discount, tax_rate=TAX, unit_cost=part.product.cost,
                             created_at=one.created_at, updated_at=one.created_at, created_by_id=one.owner_id)  # fmt: skip
        worth(line)
        line.margin = margin(line.net, line.cost)
        out.append(line)
    one.listed = sum(((Decimal(line.quantity) * Decimal(line.unit_price or 0)).quantize(Decimal("0.01")) for line in out), ZERO)
    one.net, one.tax, one.amount = (sum((getattr(line, name) for line in out), ZERO) for name in ("net", "tax", "amount"))
    one.cost = sum((line.cost for line in out if line.cost is not None), ZERO) if all(line.cost is not None for line in out) else None
    one.margin, one.amount_base = margin(one.net, one.cost), one.amount
    one.below_floor = beyond(one.unit_id, out)
    return out


def way_of(stage: Stage, one: Quotation) -> list[tuple[dt.datetime, str]]:
    """Its states, since when each."""
    way: list[tuple[dt.datetime, str]] = [(one.created_at, S.DRAFT)]
    if one.state == S.DRAFT:
        return way
    way.append((one.created_at + dt.timedelta(hours=1), S.SENT))
    if one.state != S.SENT:
        day = one.decided_on or (one.valid_until if one.state == S.EXPIRED else days.day_of(one.created_at) + dt.timedelta(days=15)) or stage.today
        way.append((min(max(stage.at(day, 15), way[-1][0] + dt.timedelta(hours=1)), stage.now), one.state))
    return way


def spans(stage: Stage, one: Quotation) -> list[dict[str, Any]]:
    """The periods of what is kept along time."""
    fixed = {f: getattr(one, f"{f}_id" if f in ("owner", "unit", "branch") else f) for f in TEMPORAL}
    return [{"id": one.pk, "valid_from": at, **fixed, "state": state} for at, state in way_of(stage, one)]


def told(stage: Stage, one: Quotation) -> None:
    """What timelines say of it."""
    stage.happened(one.created_at, "quotation.created", one.owner_id, "quotation", one.pk)
    for at, state in way_of(stage, one)[1:]:
        if (name := EVENTS.get(S(state))) is not None:
            facts = {"edition": one.edition, "amount": str(one.amount), "currency": one.currency} if state == S.SENT else {}
            stage.happened(at, name, one.owner_id if state != S.EXPIRED else None, "quotation", one.pk, **facts)


def letterhead(stage: Stage) -> None:
    """Who the demo company is on its papers, with a logo."""
    copy(Letterhead, [row_of(Letterhead(
        name="澄泰智能装备集团有限公司", name_en="Chengtai Intelligent Equipment Group Co., Ltd.", address="苏州工业园区星湖街 328 号",
        address_en="328 Xinghu Street, Suzhou Industrial Park, Jiangsu, China", phone="0512-6280 0000", website="https://chengtai.example",
        tax_number="91320594MA1XXXXX0T", bank="中国银行苏州工业园区支行", bank_en="Bank of China, Suzhou Industrial Park Sub-Branch",
        account="4563 5100 0000 0000", logo=keep(io.BytesIO(LOGO.read_bytes()), "logo.png"), logo_name="logo.png",
        created_at=stage.at(stage.today - dt.timedelta(days=700), 9), updated_at=stage.at(stage.today - dt.timedelta(days=700), 9)))])  # fmt: skip
