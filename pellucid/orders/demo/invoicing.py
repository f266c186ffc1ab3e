"""What the demo company invoiced: parts that fell due, some that wait to be issued, some void, some corrected by red-letter invoices."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any

from django.db import connection

from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.copying import copy, reserve
from pellucid.kernel.records.numbers import draw_gapless

from ..actions.receipts import legal
from ..models import Instalment, Invoice, InvoicePart, Order, OrderLine
from .drawing import TAX, workday

K, S = Invoice.Kind, Invoice.State
RED = ("部分退货，冲减货款", "税率适用有误，重开", "客户抬头变更，重开", "价格折让", "数量与验收单不符")
INVOICED = """UPDATE orders_order o SET invoiced = x.s
FROM (SELECT order_id, sum(amount) AS s FROM orders_invoice WHERE state = 'issued' GROUP BY 1) x WHERE o.id = x.order_id"""


def fill(stage: Stage) -> None:
    """An invoice for most parts that became owed, in the order of their days; then the orders say what of them is invoiced."""
    chance, rows = stage.chance, []
    found = Instalment._base_manager.filter(owed__gt=0, deleted_at=None, order__signed_on__isnull=False).exclude(order__state=Order.State.VOID)
    for part in found.select_related("order", "order__customer").order_by("pk"):
        signed = part.order.signed_on or stage.today
        taken = part.order.accepted_on if part.basis == "warranty" else None
        begun = taken or (signed if part.basis in ("signed", "day") else (part.due_on or stage.today) - dt.timedelta(days=part.days))
        day = workday(max(begun, signed) + dt.timedelta(days=chance.randint(0, 5)))
        if day > stage.today or (stage.today - day).days < 14 and chance.random() < 0.05:
            continue
        asked = (stage.today - day).days < 9 and chance.random() < 0.5
        rows.append(_invoice(stage, part, day, draft=asked))
    rows = _together(rows)
    if rows and all(r["state"] != S.DRAFT for r in rows):  # after quiet days somebody waits for an invoice all the same
        newest = max(rows, key=lambda r: (r["invoiced_on"], r["parts"][-1]["instalment_id"]))
        newest |= {"state": S.DRAFT, "invoiced_on": None, "issued_by_id": None, "fiscal_number": ""}
    rows += _corrected(stage, rows)
    _number(rows)
    for row, pk in zip(rows, reserve(Invoice, len(rows)), strict=True):
        row["id"] = pk
    for row in rows:
        blue = row.pop("blue", None)
        row["corrects_id"] = blue["id"] if blue else None
    parts = {row["id"]: row.pop("parts") for row in rows}
    copy(Invoice, rows)
    _parts(rows, parts)
    with connection.cursor() as cursor:
        cursor.execute(INVOICED)
    for row in rows:
        if row["invoiced_on"]:
            name = "invoice.corrected" if row["corrects_id"] else "invoice.issued"
            about = row["corrects_id"] or row["id"]
            stage.happened(row["updated_at"], name, None, "invoice", about, amount=str(abs(row["amount"])), reason=row["reason"])


def _invoice(stage: Stage, part: Instalment, day: dt.date, *, draft: bool) -> dict[str, Any]:
    customer, order = part.order.customer, part.order
    tax_number = customer.credit_code
    kind = (K.SPECIAL if stage.chance.random() < 0.6 else K.ELECTRONIC) if tax_number else K.GENERAL
    net = cents(part.amount * 100 / (100 + TAX))
    at = min(stage.at(day, stage.chance.randint(9, 16), stage.chance.randint(0, 59)), stage.now)
    fiscal = f"{day:%y}31200{stage.chance.randint(10**12, 10**13 - 1)}" if not draft else ""
    named = {"instalment_id": part.pk, "line_id": None, "name": part.name, "amount": part.amount, "net": net, "tax": part.amount - net}
    return {"order_id": order.pk, "customer_id": customer.pk, "parts": [named], "name": f"{order.number} · {part.name}"[:200], "kind": kind,
            "state": S.DRAFT if draft else S.ISSUED, "amount": part.amount, "net": net, "tax": part.amount - net, "tax_rate": TAX,
            "amount_base": part.amount, "buyer": customer.name, "buyer_tax_number": tax_number, "fiscal_number": fiscal,
            "invoiced_on": None if draft else day, "voided_on": None, "corrected": Decimal(0), "reason": "", "note": "", "number": "",
            "issued_by_id": None if draft else tree().branch(order.unit_id), "created_at": at, "updated_at": at, "created_by_id": order.owner_id,
            "blue": None}  # fmt: skip


def _together(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Two parts of one order that fall into the same month are on one invoice; an order that is paid at once is invoiced by its lines."""
    out: list[dict[str, Any]] = []
    for row in rows:
        before = out[-1] if out else None
        if before and before["order_id"] == row["order_id"] and before["state"] == row["state"] == S.ISSUED and (
                before["invoiced_on"].replace(day=1) == row["invoiced_on"].replace(day=1)):  # fmt: skip
            before["name"] = f"{before['name']} 等 2 项"[:200] if len(before["parts"]) == 1 else before["name"]
            before["parts"] += row["parts"]
            for name in ("amount", "net", "tax", "amount_base"):
                before[name] += row[name]
            for name in ("invoiced_on", "created_at", "updated_at"):
                before[name] = max(before[name], row[name])
        else:
            out.append(row)
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine._base_manager.filter(order__in=[r["order_id"] for r in out], deleted_at=None, amount__gt=0).order_by("pk"):
        lines.setdefault(line.order_id, []).append(line)
    for row in out:
        ordered = lines.get(row["order_id"], [])
        if len(row["parts"]) == 1 and len(ordered) > 1 and sum(line.amount for line in ordered) == row["amount"]:
            row["parts"] = [{"instalment_id": None, "line_id": one.pk, "name": one.name, "amount": one.amount, "net": one.net, "tax": one.tax}
                            for one in ordered]  # fmt: skip
            row["net"], row["tax"] = sum(p["net"] for p in row["parts"]), sum(p["tax"] for p in row["parts"])
    return out


def _parts(rows: list[dict[str, Any]], parts: dict[int, list[dict[str, Any]]]) -> None:
    """The lines of the invoices; those of a red-letter one name the lines they take back."""
    ids = {pk: reserve(InvoicePart, len(of)) for pk, of in parts.items()}
    back = {row["corrects_id"]: row["id"] for row in rows if row["corrects_id"]}
    written = []
    for row in rows:
        blue, red = row["corrects_id"], parts.get(back.get(row["id"], 0), [])
        for n, (pk, part) in enumerate(zip(ids[row["id"]], parts[row["id"]], strict=True)):
            written.append(part | {"id": pk, "order_id": row["order_id"], "invoice_id": row["id"], "tax_rate": TAX,
                                   "corrects_id": ids[blue][n] if blue else None, "corrected": -red[n]["amount"] if red else Decimal(0),
                                   "created_at": row["created_at"], "updated_at": row["updated_at"],
                                   "created_by_id": row["created_by_id"]})  # fmt: skip
    copy(InvoicePart, written)


def _corrected(stage: Stage, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A few invoices of this month that are void, and a few older ones that a red-letter invoice takes back, whole or in part."""
    chance, out = stage.chance, []
    issued = [r for r in rows if r["state"] == S.ISSUED]
    month = [r for r in issued if r["invoiced_on"].replace(day=1) == stage.today.replace(day=1) and r["kind"] != K.ELECTRONIC]
    for row in month[:: max(1, len(month) // 2)][:2]:
        again = {**row, "blue": None, "fiscal_number": f"{row['invoiced_on']:%y}31200{chance.randint(10**12, 10**13 - 1)}"}
        row |= {"state": S.VOID, "voided_on": row["invoiced_on"], "reason": "开票信息有误，作废重开"}
        out.append(again)
    older = [r for r in issued if (stage.today - r["invoiced_on"]).days > 40 and r["state"] == S.ISSUED]
    for at, row in enumerate(chance.sample(older, min(len(older), 8))):
        share = Decimal(1) if at % 4 == 1 else Decimal(chance.choice((5, 8, 10, 15, 20))) / 100
        parts = [_red(part, share) for part in row["parts"]]
        amount, net = (-sum(p[name] for p in parts) for name in ("amount", "net"))
        day = workday(row["invoiced_on"] + dt.timedelta(days=chance.randint(12, 38)))
        moment = min(stage.at(day, 11), stage.now)
        row["corrected"] = amount
        out.append({**row, "blue": row, "parts": parts, "state": S.ISSUED, "amount": -amount, "net": -net, "tax": net - amount,
                    "amount_base": -amount, "invoiced_on": day, "corrected": Decimal(0), "reason": RED[at % len(RED)], "created_at": moment,
                    "updated_at": moment, "fiscal_number": f"{day:%y}31200{chance.randint(10**12, 10**13 - 1)}"})  # fmt: skip
    return out


def _red(part: dict[str, Any], share: Decimal) -> dict[str, Any]:
    """What takes so much of a line back."""
    amount, net = (part[name] if share == 1 else cents(part[name] * share) for name in ("amount", "net"))
    return part | {"amount": -amount, "net": -net, "tax": net - amount}


def _number(rows: list[dict[str, Any]]) -> None:
    """Numbers without gaps by branch and year, in the order of the days."""
    issued = sorted((r for r in rows if r["invoiced_on"]), key=lambda r: (r["invoiced_on"], r["created_at"], r["order_id"], -r["amount"]))
    wanted = Counter((r["issued_by_id"], r["invoiced_on"].year) for r in issued)
    after = {key: draw_gapless(f"FP:{key[0]}:{key[1]}", n) - n for key, n in sorted(wanted.items())}
    for row in issued:
        key = (row["issued_by_id"], row["invoiced_on"].year)
        after[key] += 1
        row["number"] = legal("FP", *key, after[key])
