"""The course of each deal: when it was signed, what went out, when what was owed was paid, or not."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from pellucid.customers.demo.courses import off
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.records.amounts import cents, split
from pellucid.kernel.records.days.ranges import add_months
from pellucid.products.models import Product
from pellucid.sales.models import Opportunity, OpportunityLine

from ..models.instalment import Basis
from ..models.order import Order

TAX = Decimal(13)
SMALL = (("款到发货", ((100, Basis.SIGNED, 3),)), ("货到 30 天", ((100, Basis.DELIVERED, 30),)))
WARRANTY = 12  # months
CALLERS, CALLED = 6, 720  # customers that order every quarter, and since how many days
CALLS, CALLED_FOR = ("框架内年初批次", "框架内年中批次", "产线备件与单机批次", "年度追加批次"), ("SJ-M4", "CL-30", "YZ-60", "NJ-08")
LARGE = (("30/60/10", ((30, Basis.SIGNED, 7), (60, Basis.DELIVERED, 30), (10, Basis.WARRANTY, 0))),
         ("30/30/35/5", ((30, Basis.SIGNED, 7), (30, Basis.DELIVERED, 0), (35, Basis.ACCEPTED, 30), (5, Basis.WARRANTY, 0))))  # fmt: skip
# how a customer pays: share of customers, days after the due day
HABITS = ((58, (-4, 3)), (27, (4, 28)), (11, (30, 95)), (4, (100, 260)))


@dataclass(slots=True)
class Part:
    """An instalment: what it waits for, what became of it."""

    basis: str
    grace: int
    share: int
    amount: Decimal
    owed_on: dt.date | None = None
    due_on: dt.date | None = None
    paid: list[tuple[dt.date, Decimal]] = field(default_factory=list)


@dataclass(slots=True)
class Out:
    """A batch of one line."""

    line: int
    quantity: Decimal
    amount: Decimal
    day: dt.date
    batch: int


@dataclass(slots=True)
class Deal:
    """One order to be."""

    sale: Opportunity
    lines: list[OpportunityLine]
    signed: dt.date | None
    state: str
    promised: dt.date
    amounts: list[tuple[Decimal, Decimal, Decimal]] = field(default_factory=list)  # of each line: net, tax, with tax
    parts: list[Part] = field(default_factory=list)
    out: list[Out] = field(default_factory=list)
    accepted: dt.date | None = None

    @property
    def fulfilled_on(self) -> dt.date | None:
        """Since when nothing is owed on either side."""
        if self.state != Order.State.SETTLED:
            return None
        return max([o.day for o in self.out] + [day for part in self.parts for day, _amount in part.paid])

    @property
    def amount(self) -> Decimal:
        return sum((a[2] for a in self.amounts), Decimal(0))


def workday(day: dt.date) -> dt.date:
    """That day, or the next one on which people work."""
    while off(day):
        day += dt.timedelta(days=1)
    return day


def deals(stage: Stage) -> list[Deal]:
    """Every won opportunity becomes an order; some that are nearly won have one waiting."""
    chance = stage.chance
    won = list(Opportunity._base_manager.filter(state="won", deleted_at=None, customer__isnull=False).select_related("customer").order_by(
        "closed_on", "id"))
    near = list(Opportunity._base_manager.filter(state="open", deleted_at=None, customer__isnull=False, probability__gte=75).order_by("id"))
    lines: dict[int, list[OpportunityLine]] = {}
    found = OpportunityLine._base_manager.filter(opportunity__in=[o.pk for o in won + near], deleted_at=None).select_related("product")
    for line in found.order_by("id"):
        lines.setdefault(line.opportunity_id, []).append(line)
    habits: dict[int, tuple[int, int]] = {}
    out = []
    for sale in sorted([*won, *calls(stage, won)], key=lambda o: (o.closed_on or stage.today, o.pk or 0)):
        own = lines.get(sale.pk) if sale.pk else called(stage)
        signed = workday((sale.closed_on or stage.today) + dt.timedelta(days=chance.randint(0, 6)))
        if own and signed <= stage.today and (sale.amount > 0 or not sale.pk):
            who = sale.customer_id or 0
            habit = habits.setdefault(who, chance.choices([h[1] for h in HABITS], [h[0] for h in HABITS])[0])
            out.append(course(stage, sale, own, signed, habit))
    for sale in chance.sample(near, min(len(near), 14)):
        if lines.get(sale.pk) and sale.amount > 0:
            waiting = Deal(sale, lines[sale.pk], None, chance.choice((Order.State.DRAFT, Order.State.PENDING, Order.State.PENDING)),
                           stage.today + dt.timedelta(days=chance.randint(30, 90)))  # fmt: skip
            priced(waiting, chance)
            out.append(waiting)
    return out


def calls(stage: Stage, won: list[Opportunity]) -> list[Opportunity]:
    """What a few customers of long standing order every quarter under their framework contracts, with no deal behind it: two years of it.
    None of these is ever saved."""
    since = stage.now - dt.timedelta(days=CALLED)
    known = {o.customer_id: o for o in won if o.customer is not None and o.customer.created_at < since}
    often = [pk for pk, _n in Counter(o.customer_id for o in won).most_common() if pk in known][: max(1, round(CALLERS * stage.scale))]
    out = []
    for pk in often:
        like = known[pk]
        for n, ago in enumerate(range(CALLED, 10, -80)):
            name = CALLS[n % len(CALLS)]
            out.append(Opportunity(name=name, customer=like.customer, owner_id=like.owner_id, unit_id=like.unit_id, branch_id=like.branch_id,
                                   closed_on=stage.today - dt.timedelta(days=ago - stage.chance.randint(0, 20)), state="won"))  # fmt: skip
    return out


def called(stage: Stage) -> list[OpportunityLine]:
    """The lines of such an order: one or two machines, at the price of the year."""
    product = stage.chance.choice(Product._base_manager.filter(active=True, deleted_at=None, number__in=CALLED_FOR).order_by("number"))
    quantity, off = Decimal(stage.chance.randint(2, 4)), Decimal(6)
    return [OpportunityLine(product=product, quantity=quantity, unit_price=product.list_price, discount=off,
                            amount=cents(quantity * Decimal(product.list_price or 0) * (100 - off) / 100))]  # fmt: skip


def priced(deal: Deal, chance: random.Random) -> None:
    """Its amounts, and its instalments."""
    for line in deal.lines:
        net = cents(Decimal(line.amount))
        tax = cents(net * TAX / 100)
        deal.amounts.append((net, tax, net + tax))
    _name, steps = chance.choice(SMALL if deal.amount < 200_000 else LARGE)
    amounts = split(deal.amount, [Decimal(s) for s, _basis, _days in steps])
    deal.parts = [Part(basis, grace, share, amount) for (share, basis, grace), amount in zip(steps, amounts, strict=True)]


def course(stage: Stage, sale: Opportunity, lines: list[OpportunityLine], signed: dt.date, habit: tuple[int, int]) -> Deal:
    """From the signature to the last payment, as far as today."""
    chance, today = stage.chance, stage.today
    equipment = any(line.product.product_class and line.product.product_class.code == "equipment" for line in lines)
    promised = workday(signed + dt.timedelta(days=chance.randint(35, 95) if equipment else chance.randint(5, 25)))
    deal = Deal(sale, lines, signed, Order.State.SIGNED, promised)
    priced(deal, chance)
    went_out(stage, deal)
    complete = sum((o.quantity for o in deal.out), Decimal(0)) == sum((Decimal(line.quantity) for line in lines), Decimal(0))
    last = max((o.day for o in deal.out), default=None)
    if complete and last is not None and chance.random() < 0.92:
        accepted = workday(last + dt.timedelta(days=chance.randint(3, 18)))
        deal.accepted = accepted if accepted <= today else None
    for part in deal.parts:
        since = {Basis.SIGNED: signed, Basis.DELIVERED: last if complete else None}.get(Basis(part.basis), deal.accepted)
        if since is None:
            continue
        begins = add_months(since, WARRANTY) if part.basis == Basis.WARRANTY else since
        part.owed_on, part.due_on = since, begins + dt.timedelta(days=part.grace)
        pay(stage, part, habit)
    deal.state = state_of(deal, complete)
    return deal


def went_out(stage: Stage, deal: Deal) -> None:
    """Each line in one batch or two, mostly in time."""
    chance, batch = stage.chance, 0
    for at, line in enumerate(deal.lines):
        quantity = Decimal(line.quantity)
        first = (quantity / 2).to_integral_value() if quantity >= 3 and chance.random() < 0.6 else quantity
        before, day = Decimal(0), workday(deal.promised + dt.timedelta(days=chance.choice((-9, -5, -3, -2, 0, 0, 1, 6, 14))))
        day = max(day, (deal.signed or stage.today) + dt.timedelta(days=1))
        for part in (first, quantity - first):
            if part <= 0 or day > stage.today:
                break
            batch += 1
            whole = deal.amounts[at][2]
            amount = cents(whole * (before + part) / quantity) - cents(whole * before / quantity)
            deal.out.append(Out(at, part, amount, day, batch))
            before, day = before + part, workday(day + dt.timedelta(days=chance.randint(8, 25)))


def pay(stage: Stage, part: Part, habit: tuple[int, int]) -> None:
    """In time or as late as this customer usually is; at times in two goes."""
    chance = stage.chance
    assert part.due_on is not None and part.owed_on is not None
    day = max(workday(part.due_on + dt.timedelta(days=chance.randint(*habit))), part.owed_on)
    pieces = [part.amount] if chance.random() < 0.9 else split(part.amount, [Decimal(60), Decimal(40)])
    for piece in pieces:
        if day <= stage.today and piece > 0:
            part.paid.append((day, piece))
        day = workday(day + dt.timedelta(days=chance.randint(15, 45)))


def state_of(deal: Deal, complete: bool) -> str:
    """What the facts come to."""
    paid = sum((a for p in deal.parts for _day, a in p.paid), Decimal(0))
    if complete and paid == deal.amount:
        return Order.State.SETTLED
    return Order.State.DELIVERED if complete else Order.State.RUNNING if deal.out or paid else Order.State.SIGNED
