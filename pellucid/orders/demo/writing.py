"""From deals to rows: contracts, orders, lines, instalments, deliveries, receipts and the ledger, each table in one go."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any

from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.history.writes import load_spans
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.copying import copy, reserve, row_of
from pellucid.kernel.records.models import Numbering
from pellucid.kernel.records.numbers import draw_many
from pellucid.sales.models import Quotation

from ..actions.instalments import said
from ..actions.ledger import lateness_kept
from ..actions.receipts import legal
from ..models import Contract, Delivery, Instalment, Order, OrderLine, Posting, Receipt
from .drawing import TAX, Deal

ZERO = Decimal(0)
FULFILLED = dt.timedelta(days=21)  # after the last payment it is looked through and put away
FRAMES = 4  # from so many orders on a customer has a framework contract
FRAMED = ("价格：按签约时的年度价格执行，单笔订单以双方确认的订单为准。", "交货：每笔订单单独约定交期；逾期每周按订单金额的 0.5% 承担违约金。",
          "质保：自验收之日起 12 个月。", "争议：协商不成的，由卖方所在地人民法院管辖。")  # fmt: skip
SINGLE = ("交货：按订单约定的批次与日期；逾期每周按合同金额的 0.5% 承担违约金，最多 5%。", "验收：到货安装后按技术协议在买方现场验收。",
          "质保：自验收之日起 12 个月。", "争议：协商不成的，由卖方所在地人民法院管辖。")  # fmt: skip
K = Posting.Kind
TEMPORAL = ("state", "amount", "amount_base", "owner", "unit", "branch")


def write(stage: Stage, deals: list[Deal]) -> None:
    """Everything, and what timelines say of it."""
    contracts, of = _contracts(stage, deals)
    orders = _orders(stage, deals, contracts, of)
    ended = _ended(stage, deals, contracts, of)
    copy(Contract, [row_of(c) for c in contracts.values()])
    copy(Order, [row_of(o) for o in orders])
    load_spans(Contract, (p for c in contracts.values() for p in _spans(stage, c, _contract_way(stage, c, ended.get(c.pk)))))
    load_spans(Order, (p for o, d in zip(orders, deals, strict=True) for p in _spans(stage, o, _way(stage, d))))
    lines = _lines(deals, orders)
    _deliveries(stage, deals, orders, lines)
    _money(stage, deals, orders)
    for order, deal in zip(orders, deals, strict=True):
        stage.happened(order.created_at, "order.created", order.owner_id, "order", order.pk)
        for at, state in _way(stage, deal)[1:]:
            name = {Order.State.SIGNED: "order.confirmed", Order.State.PENDING: "order.submitted"}.get(Order.State(state))
            if name:
                stage.happened(at, name, order.owner_id, "order", order.pk)


def _noon(stage: Stage, day: dt.date) -> dt.datetime:
    return min(stage.at(day, 12), stage.now)


def _ended(stage: Stage, deals: list[Deal], contracts: dict[int, Contract], of: dict[int, int]) -> dict[int, dt.date]:
    """Contracts whose one order was delivered and paid long enough ago are fulfilled: which, and since when."""
    out: dict[int, dt.date] = {}
    for at, deal in enumerate(deals):
        one, last = contracts[of[at]], deal.fulfilled_on
        if one.kind != Contract.Kind.FRAMEWORK and last is not None and last + FULFILLED <= stage.today:
            out[one.pk], one.state = last + FULFILLED, Contract.State.ENDED
            stage.happened(_noon(stage, out[one.pk]), "contract.ended", one.owner_id, "contract", one.pk)
    return out


def _contract_way(stage: Stage, one: Contract, ended: dt.date | None) -> list[tuple[dt.datetime, str]]:
    """The states a contract went through, since when each."""
    if one.signed_on is None:
        return [(_noon(stage, stage.today), one.state)]
    signed = (_noon(stage, one.signed_on), Contract.State.ACTIVE.value)
    return [signed, (_noon(stage, ended), Contract.State.ENDED.value)] if ended is not None else [signed]


def _contracts(stage: Stage, deals: list[Deal]) -> tuple[dict[int, Contract], dict[int, int]]:
    """The contracts by id, and which one each deal is under."""
    often = Counter(d.sale.customer_id for d in deals if d.signed)
    frames: dict[int, Contract] = {}
    contracts: dict[int, Contract] = {}
    of: dict[int, int] = {}
    accepted = Quotation._base_manager.filter(state=Quotation.State.ACCEPTED, latest=True, deleted_at=None, opportunity__isnull=False)
    offers = dict(accepted.values_list("opportunity", "pk"))
    ids = iter(reserve(Contract, len(deals)))
    for at, deal in enumerate(deals):
        sale, who = deal.sale, deal.sale.customer_id or 0
        framed = deal.signed is not None and often[who] >= FRAMES
        if framed and who in frames:
            frame = frames[who]
            frame.amount += deal.amount
            frame.amount_base = frame.amount
            of[at] = frame.pk
            continue
        assert sale.customer is not None
        began = stage.at(deal.signed - dt.timedelta(days=3), 10) if deal.signed else stage.now - dt.timedelta(days=stage.chance.randint(1, 9))
        name = f"{sale.customer.short_name or sale.customer.name}年度框架合同" if framed else sale.name
        kind = Contract.Kind.FRAMEWORK if framed else Contract.Kind.SPECIAL if stage.chance.random() < 0.05 else Contract.Kind.SINGLE
        one = Contract(id=next(ids), name=name, kind=kind, customer_id=who, opportunity_id=None if framed else sale.pk,
                       quotation_id=None if framed else offers.get(sale.pk),
                       state=Contract.State.ACTIVE if deal.signed else Contract.State.DRAFT, amount=deal.amount, amount_base=deal.amount,
                       signed_on=deal.signed, starts_on=deal.signed, ends_on=deal.signed + dt.timedelta(days=730) if framed and deal.signed else None,
                       terms=_terms(deal, framed), owner_id=sale.owner_id, unit_id=sale.unit_id, branch_id=sale.branch_id, created_at=began,
                       updated_at=began, created_by_id=sale.owner_id)  # fmt: skip
        if framed:
            frames[who] = one
        contracts[one.pk], of[at] = one, one.pk
    drawn: Counter[tuple[int, int]] = Counter()
    for one in sorted((c for c in contracts.values() if c.signed_on), key=lambda c: (c.signed_on, c.pk)):
        assert one.signed_on is not None
        one.issued_by_id = tree().branch(one.unit_id)
        one.number = _number("HT", one.issued_by_id, one.signed_on.year, drawn)
    _keep("HT", drawn)
    return contracts, of


def _terms(deal: Deal, framed: bool) -> str:
    """What a contract says of payment, acceptance and warranty, as such contracts do."""
    paid = "，".join(f"{said(part.basis, part.grace)}付 {part.share}%" for part in deal.parts)
    return "\n".join(f"{n}. {text}" for n, text in enumerate((f"付款：{paid}。", *(FRAMED if framed else SINGLE)), 1))


def _number(prefix: str, branch: int, year: int, drawn: Counter[tuple[int, int]]) -> str:
    drawn[branch, year] += 1
    return legal(prefix, branch, year, drawn[branch, year])


def _keep(prefix: str, drawn: Counter[tuple[int, int]]) -> None:
    copy(Numbering, [{"key": f"{prefix}:{branch}:{year}", "last": n} for (branch, year), n in drawn.items()])


def _orders(stage: Stage, deals: list[Deal], contracts: dict[int, Contract], of: dict[int, int]) -> list[Order]:
    numbers, ids, seen = draw_many("order", "DD", len(deals)), reserve(Order, len(deals)), set()
    out = []
    for at, (deal, number, pk) in enumerate(zip(deals, numbers, ids, strict=True)):
        sale, contract = deal.sale, contracts[of[at]]
        costs = [line.product.cost for line in deal.lines]
        cost = sum((Decimal(c) * line.quantity for c, line in zip(costs, deal.lines, strict=True) if c is not None), ZERO)
        paid = sum((a for p in deal.parts for _day, a in p.paid), ZERO)
        owed = sum((p.amount for p in deal.parts if p.owed_on), ZERO)
        began = stage.at(deal.signed - dt.timedelta(days=3), 10) if deal.signed else contract.created_at
        year = (deal.signed or stage.today).year
        out.append(Order(
            id=pk, number=f"DD-{year}-{number.rpartition('-')[2]}", name=sale.name, contract_id=contract.pk, customer_id=sale.customer_id,
            state=deal.state, signed_on=deal.signed,
            promised_on=deal.promised, accepted_on=deal.accepted, net=sum((a[0] for a in deal.amounts), ZERO),
            tax=sum((a[1] for a in deal.amounts), ZERO), amount=deal.amount, amount_base=deal.amount,
            cost=cents(cost) if None not in costs else None, planned=deal.amount,
            delivered=sum((o.amount for o in deal.out), ZERO), received=paid, receivable=owed - paid,
            sold_by_id=sale.owner_id if deal.signed else None, sold_unit_id=sale.unit_id if deal.signed else None,
            sold_branch_id=sale.branch_id if deal.signed else None, is_first=deal.signed is not None and sale.customer_id not in seen,
            owner_id=sale.owner_id, unit_id=sale.unit_id, branch_id=sale.branch_id,
            created_at=began, updated_at=began, created_by_id=sale.owner_id))  # fmt: skip
        if deal.signed:
            seen.add(sale.customer_id)
    return out


def _way(stage: Stage, deal: Deal) -> list[tuple[dt.datetime, str]]:
    """The states it went through, since when each."""
    S = Order.State
    if deal.signed is None:
        began = stage.now - dt.timedelta(days=1)
        return [(began, S.DRAFT)] if deal.state == S.DRAFT else [(began, S.DRAFT), (stage.now - dt.timedelta(hours=20), S.PENDING)]
    way = [(stage.at(deal.signed - dt.timedelta(days=3), 10), S.DRAFT), (_noon(stage, deal.signed), S.SIGNED)]
    moves = sorted([(o.day, "out") for o in deal.out] + [(day, "in") for p in deal.parts for day, _amount in p.paid])
    if deal.state != S.SIGNED and moves:
        way.append((_noon(stage, moves[0][0]) + dt.timedelta(hours=1), S.RUNNING))
    if deal.state in (S.DELIVERED, S.SETTLED):
        way.append((_noon(stage, max(o.day for o in deal.out)) + dt.timedelta(hours=2), S.DELIVERED))
    if deal.state == S.SETTLED:
        way.append((max(_noon(stage, moves[-1][0]), way[-1][0]) + dt.timedelta(hours=3), S.SETTLED))
    return [(min(at, stage.now - dt.timedelta(minutes=len(way) - n)), s) for n, (at, s) in enumerate(way)]


def _spans(stage: Stage, row: Any, way: list[tuple[dt.datetime, str]]) -> list[dict[str, Any]]:
    fixed = {f: getattr(row, f"{f}_id" if f in ("owner", "unit", "branch") else f) for f in TEMPORAL}
    return [{"id": row.pk, "valid_from": at, **fixed, "state": state} for at, state in way]


def _lines(deals: list[Deal], orders: list[Order]) -> list[list[int]]:
    rows, out = [], []
    for deal, order in zip(deals, orders, strict=True):
        ids = reserve(OrderLine, len(deal.lines))
        for at, (line, pk) in enumerate(zip(deal.lines, ids, strict=True)):
            net, tax, amount = deal.amounts[at]
            cost = line.product.cost
            worth = cents(Decimal(cost) * line.quantity) if cost is not None else None
            rows.append({"id": pk, "order_id": order.pk, "product_id": line.product_id, "name": line.product.name, "uom_id": line.product.uom_id,
                         "quantity": line.quantity, "unit_price": line.unit_price, "discount": line.discount, "tax_rate": TAX, "net": net, "tax": tax,
                         "amount": amount, "unit_cost": cost, "cost": worth, "cost_base": worth,
                         "net_base": net, "signed_on": deal.signed, "promised_on": deal.promised,
                         "delivered": sum((o.quantity for o in deal.out if o.line == at), ZERO),
                         "created_at": order.created_at, "updated_at": order.created_at, "created_by_id": order.owner_id})  # fmt: skip
        out.append(ids)
    copy(OrderLine, rows)
    return out


def _deliveries(stage: Stage, deals: list[Deal], orders: list[Order], lines: list[list[int]]) -> None:
    carriers = ("顺丰 SF", "德邦 DPK", "跨越 KY", "自有车队 ZY")
    copy(Delivery, [
        {"order_id": order.pk, "line_id": lines[at][o.line], "batch": o.batch, "quantity": o.quantity, "amount": o.amount,
         "net_base": cents(o.amount * 100 / (100 + TAX)), "delivered_on": o.day,
         "promised_on": deal.promised, "executor_id": order.owner_id,
         "carrier": f"{stage.chance.choice(carriers)}-{stage.chance.randint(10**7, 10**8)}",
         "created_at": _noon(stage, o.day), "updated_at": _noon(stage, o.day), "created_by_id": order.owner_id}
        for at, (deal, order) in enumerate(zip(deals, orders, strict=True)) for o in deal.out])  # fmt: skip


def _money(stage: Stage, deals: list[Deal], orders: list[Order]) -> None:
    """Instalments, a receipt for each payment, and the ledger of both."""
    instalments: list[dict[str, Any]] = []
    postings: list[dict[str, Any]] = []
    paid: list[tuple[dt.date, Order, int, dt.date | None, Decimal]] = []
    method = [terms.find("payment_method", code) for code in ("transfer", "transfer", "transfer", "draft", "commercial")]
    for deal, order in zip(deals, orders, strict=True):
        ids = reserve(Instalment, len(deal.parts))
        for n, (part, pk) in enumerate(zip(deal.parts, ids, strict=True), 1):
            got = sum((a for _day, a in part.paid), ZERO)
            late = part.due_on is not None and part.due_on < stage.today - dt.timedelta(days=60) and got < part.amount
            instalments.append({
                "id": pk, "order_id": order.pk, "position": n, "name": said(part.basis, part.grace), "basis": part.basis, "days": part.grace,
                "share": Decimal(part.share), "amount": part.amount, "due_on": part.due_on, "owed": part.amount if part.owed_on else ZERO,
                "allocated": got, "settled_on": max(day for day, _amount in part.paid) if part.owed_on and got == part.amount else None,
                "disputed": late and stage.chance.random() < 0.3, "in_charge_id": order.owner_id, "created_at": order.created_at,
                "updated_at": order.created_at, "created_by_id": order.owner_id})  # fmt: skip
            if part.owed_on:
                postings.append(_posting(stage, order, pk, K.DUE, part.amount, part.owed_on, part.due_on, None))
            paid += [(day, order, pk, part.due_on, amount) for day, amount in part.paid]
    copy(Instalment, instalments)
    paid.sort(key=lambda p: (p[0], p[2]))
    drawn: Counter[tuple[int, int]] = Counter()
    receipts = []
    for (day, order, pk, due, amount), receipt in zip(paid, reserve(Receipt, len(paid)), strict=True):
        branch = tree().branch(order.unit_id)
        receipts.append({
            "id": receipt, "number": _number("SK", branch, day.year, drawn), "issued_by_id": branch, "kind": Receipt.Kind.RECEIPT,
            "customer_id": order.customer_id, "received_on": day, "amount": amount, "amount_base": amount, "method_id": stage.chance.choice(method),
            "reference": f"{day:%Y%m%d}{stage.chance.randint(10**5, 10**6 - 1)}", "allocated": amount, "created_at": _noon(stage, day),
            "updated_at": _noon(stage, day)})  # fmt: skip
        postings.append(_posting(stage, order, pk, K.RECEIPT, -amount, day, due, receipt))
    copy(Receipt, receipts)
    settled = {i["id"]: i["settled_on"] for i in instalments}
    copy(Posting, [p | {"settled_on": settled[p["instalment_id"]]} for p in postings])
    lateness_kept(settled)
    _keep("SK", drawn)


def _posting(stage: Stage, order: Order, instalment: int, kind: str, amount: Decimal, on: dt.date, due: dt.date | None,
             receipt: int | None) -> dict[str, Any]:  # fmt: skip
    at = min(days.start_of(on) + dt.timedelta(hours=12), stage.now)
    return {"order_id": order.pk, "instalment_id": instalment, "receipt_id": receipt, "kind": kind, "amount": amount, "amount_base": amount,
            "posted_on": on, "due_on": due, "customer_id": order.customer_id, "sold_by_id": order.owner_id, "sold_unit_id": order.unit_id,
            "sold_branch_id": order.branch_id, "created_at": at, "updated_at": at}  # fmt: skip
