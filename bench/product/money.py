"""Orders and what is owed for them: their pages for each scope, the questions of a sales director, and what finance and approvers do all day."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import translation

from bench import machine, report
from bench.product.calls import Call, Caller, Cost, cost, measured
from bench.product.company import ORDERS, SCOPES
from bench.product.sales import figure
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.run import Outcome, show_for
from pellucid.kernel.actions.run import run as act
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.causes import Compared, told
from pellucid.kernel.metrics.declare import Ask, Causes, causes
from pellucid.kernel.metrics.windows import compared
from pellucid.kernel.processes.models import Assignment, ProcessInstance
from pellucid.kernel.records import days, versions
from pellucid.kernel.resources.declare import panels, registry, related
from pellucid.kernel.resources.lists.run import rows as list_rows
from pellucid.kernel.resources.params import ListParams
from pellucid.kernel.resources.query import listing
from pellucid.orders.models import Instalment, Order, Receipt

if TYPE_CHECKING:
    from bench.product.measure import Bench

PAGES = {"order page": 25, "its fragments, the dearest": 10, "order list": 15, "receivables page, AN36": None}
ASKED = {"ageing as of a past day": 150, "product ranking": 200, "sales by an attribute": None, "causes of change": 500}
DONE = {"receipt with allocation": 25, "start a process": 10, "approve a step": 20}
TIMES, WARM = 20, 5
def review() -> dict[str, Any]:
    """Two people agree, the second one where it is worth something."""
    def asks(name: str) -> list[dict[str, Any]]:
        return [{"kind": "person", "ids": [User.objects.get(username=name).pk]}]

    later = {"after": "1wd", "remind": ["4wh"], "then": "manager"}
    return {
        "schema": "pellucid.process/1", "key": "bench_review", "name": {"zh-hans": "订单评审", "en": "Review"}, "subject": "order", "gate": "close",
        "admins": [{"kind": "role", "role": "admin"}], "steps": [
            {"id": "start", "type": "start"},
            {"id": "money", "type": "approval", "who": asks("finance.all"), "deadline": later},
            {"id": "size", "type": "condition", "branches": [
                {"id": "big", "when": "f.amount=gte:1", "steps": [
                    {"id": "boss", "type": "approval", "who": asks("executive.all"), "deadline": later}]},
                {"id": "else"}]},
        ],
    }  # fmt: skip


def run(bench: Bench, scopes: tuple[str, ...]) -> str:
    """Two tables: by scope, and what people do."""
    found: dict[str, dict[str, Cost]] = {name: {} for name in (*PAGES, *ASKED)}
    for caller in bench.callers:
        for name, taken in of(bench, caller):
            found[name][caller.scope] = taken
            print(f"    {caller.scope} {name}: {taken.split()}", flush=True)
    budgets = {**PAGES, **ASKED}
    lines = [(name, str(budgets[name] or "–"), *(figure(by.get(s), budgets[name] or float("inf")) for s in scopes)) for name, by in found.items()]
    text = report.table(("operation", "budget", *[s.replace("_", " ") for s in scopes]), lines)
    rows = [(name, str(DONE[name]), figure(taken, DONE[name])) for name, taken in (("receipt with allocation", received()), *approved())]
    return f"{text}\n{report.table(('done by one person', 'budget', 'all'), rows)}"


def of(bench: Bench, caller: Caller) -> list[tuple[str, Cost]]:
    """Every figure of one caller."""
    actor = bench.actor(caller)
    with versions.using(versions.read()):
        query = listing(registry["order"], actor, ListParams(size=100), show_for(actor), ("name",)).query
        found = [row[0] for row in list_rows(connection, query)]
    out = [("order list", measured(caller, [Call("/orders/")] * TIMES, warm=WARM)),
           ("receivables page, AN36", measured(caller, [Call("/analyses/AN36")] * 4, warm=1))]  # fmt: skip
    if ids := (found * TIMES)[:TIMES]:
        out += [("order page", measured(caller, [Call(f"/orders/{i}") for i in ids], warm=WARM)),
                ("its fragments, the dearest", fragments(caller, ids))]  # fmt: skip
    with versions.using(versions.read()), translation.override("zh-hans"):
        out += [(name, timed(lambda ask=ask: answer(actor, ask), 6, 1)) for name, ask in questions().items()]
        out.append(("causes of change", timed(lambda: told(actor, *why()), 3, 1)))
    return out


def fragments(caller: Caller, ids: list[int]) -> Cost:
    """The dearest of what the page loads afterwards."""
    parts = [f"panel/{p.key}" for p in panels if p.resource == "order" and p.place == "tab"]
    parts += [f"related/{at}" for at, r in enumerate(related) if r.resource == "order"] + ["timeline", "history"]
    calls = ([Call(f"/orders/{i}/{name}", fragment=True) for i in ids[:12]] for name in parts)
    return max((measured(caller, some, (200, 403)) for some in calls), key=lambda c: c.median)  # what he may not see is quickly said


def questions() -> dict[str, Ask]:
    """What is owed by age a quarter ago, and what sold best this year."""
    today = days.today()
    year = days.relative("last_12_months", today)
    return {
        "ageing as of a past day": Ask(("receivable", "open_instalments"), by=("due_age",), asof=today - dt.timedelta(days=90), totals=True),
        "product ranking": Ask(("amount", "profit", "margin", "order_count"), by=("product",), period=year, order="amount", top=20,
                               share=("amount",)),
        "sales by an attribute": Ask(("amount", "profit", "margin"), by=("x_power",), period=year, order="amount", share=("amount",)),
    }


def why() -> tuple[Causes, Compared]:
    """Why sales of the last twelve months differ from those before."""
    year = days.relative("last_12_months", days.today())
    assert year is not None
    return causes["AN18"], Compared(year, compared(year, ("previous",), "", days.today())["previous"], "amount", days.today())


def main(rows: int) -> None:
    """Measure, and leave the tables where the section asked for them."""
    from bench.product.measure import HOW, Bench

    load = machine.busy_cores()
    orders = min(rows, ORDERS)
    head = f"### {orders:,} orders, {orders * 5:,} lines\n\n{HOW}{load:.1f} cores were busy with other work. Build: {{built}}."
    text = f"{head}\n\n{run(Bench(rows), SCOPES)}"
    if given := os.environ.get("BENCH_ANSWER"):
        Path(given).write_text(text)


def timed(work: Callable[[], Any], times: int, warm: int) -> Cost:
    total = Cost()
    for n in range(times):
        taken = cost(work)
        if n >= warm:
            total.add(taken)
    return total


def person(name: str) -> Actor:
    return Actor.of(User.objects.get(username=name), "web")


def received() -> Cost:
    """Money comes in and pays the oldest of what is owed: two actions, one of them the allocation."""
    with versions.using(versions.read()):
        finance, total = person("finance.all"), Cost()
        parts = Instalment._base_manager.filter(balance__gt=0, due_on__lt=days.today(), order__deleted_at=None, order__customer__deleted_at=None)
        for n, (customer, owed) in enumerate(parts.order_by("pk").values_list("order__customer", "balance")[:TIMES]):

            def once(customer: int = customer, owed: Decimal = owed) -> None:
                one: Any = act("receipt_create", None, finance, values={"customer": customer, "amount": str(owed)}).record
                act("receipt_allocate_oldest", one.pk, finance)

            taken = cost(once)
            if n >= WARM:
                total.add(taken)
    assert Receipt._base_manager.filter(kind="receipt", received_on=days.today(), allocated__gt=0).count() >= TIMES
    return total


def approved() -> list[tuple[str, Cost]]:
    """A gated move of an order is asked for, and the first of two people agrees; what is owed after a commit is tried as the product does."""
    started, agreed = Cost(), Cost()
    with versions.using(versions.read()):
        admin, boss = person("admin.all"), person("sales_manager.all")
        made: Any = act("process_publish", None, admin, {"body": json.dumps(review())}).value
        act("process_switch_on", made.pk, admin)
    try:
        waiting = ProcessInstance.objects.filter(resource="order", state="running").values("record_id")  # from an earlier run over the same company
        free = Order._base_manager.filter(state="settled", deleted_at=None).exclude(pk__in=waiting)
        for n, pk in enumerate(free.order_by("-pk").values_list("pk", flat=True)[:TIMES]):
            with versions.using(versions.read()):
                asked: list[Outcome] = []
                first = cost(lambda pk=pk, asked=asked: asked.append(act("order_close", pk, boss)))
                row: Any = asked[0].waiting
                one = Assignment.objects.get(instance=row, state="pending")
                finance = Actor.of(User.objects.get(pk=one.person_id), "web")

                def decide(row: Any = row, finance: Actor = finance) -> None:
                    act("processinstance_approve", row.pk, finance)

                second = cost(decide)
            if n >= WARM:
                started.add(first)
                agreed.add(second)
    finally:
        with versions.using(versions.read()):
            act("process_switch_off", made.pk, admin)
    return [("start a process", started), ("approve a step", agreed)]
