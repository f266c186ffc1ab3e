"""What the tests of money do within an installation of its own: make customers that owe and have paid, and compare the books afterwards."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

LATE = 30  # days overdue


def owe(prefix: str, orders: str) -> dict[str, Any]:
    """So many customers with an order of 1,130.00 that was due a month ago, a receipt of as much from each, and who may allocate it."""
    from pellucid.kernel.access.models import User
    from pellucid.kernel.access.sessions import issue_token
    from pellucid.kernel.records import days
    from tests.orders.making import receipt, signed
    from tests.world import World

    world = World(users={user.username: user for user in User.objects.all()})
    since = str(days.today() - dt.timedelta(days=LATE))
    made = [signed(world, "1000", plan="款到发货", on=since, customer=world.customer(f"{prefix} {n} 号欠款户")) for n in range(int(orders))]
    paid = [receipt(world, order, "1130").pk for order in made]
    tokens = [issue_token(world.users["fay"], f"{prefix} {n}", ["write"], None)[1] for n in range(4)]
    return {"orders": [order.pk for order in made], "customers": [order.customer_id for order in made], "receipts": paid, "tokens": tokens}


def ask_for_money() -> dict[str, int]:
    """Ask for the job that asks for overdue money."""
    from django.db import transaction

    from pellucid.kernel.access.actor import Actor
    from pellucid.kernel.jobs.queue import start

    with transaction.atomic():
        return {"job": start("orders.dunning", Actor.system("job")).pk}


def verify_money(given: dict[str, Any]) -> list[str]:
    """Every difference from: one case with one step, one task and one event for each customer; each receipt spent once, and what it paid closed."""
    from django.db.models import Sum

    from pellucid.collaboration.models import Task
    from pellucid.kernel.events.models import Event
    from pellucid.kernel.history.checks import check
    from pellucid.orders.models import DunningCase, DunningStep, Instalment, Order, Posting, Receipt

    wrong = [str(finding) for finding in check()]

    def same(what: str, is_: Any, should: Any) -> None:
        if is_ != should:
            wrong.append(f"{what}: {is_}, should be {should}")

    for customer in given["customers"]:
        cases = list(DunningCase._base_manager.filter(customer=customer))
        same(f"cases of {customer}", len(cases), 1)
        for case in cases:
            same(f"steps of {customer}", list(DunningStep._base_manager.filter(case=case).values_list("level", flat=True)), [1])
            same(f"events of {customer}", Event.objects.filter(name="dunningcase.raised", record_id=case.pk).count(), 1)
            same(f"state of {customer}", case.state, "closed" if given["paid"] else "open")
        tasks = Task._base_manager.filter(about_resource="customer", about_id=customer)
        same(f"tasks of {customer}", (tasks.count(), tasks.filter(done_at=None).count()), (1, 0 if given["paid"] else 1))
    for pk in given["receipts"] if given["paid"] else ():
        postings = list(Posting._base_manager.filter(receipt=pk).values_list("kind", "amount"))
        same(f"postings of receipt {pk}", postings, [("receipt", Decimal("-1130.00"))])
        same(f"receipt {pk}", Receipt._base_manager.values_list("allocated", flat=True).get(pk=pk), Decimal("1130.00"))
        same(f"events of receipt {pk}", Event.objects.filter(name="receipt.allocated", record_id=pk).count(), 1)
    for order in Order._base_manager.filter(pk__in=given["orders"]):
        ledger = Posting._base_manager.filter(order=order).aggregate(s=Sum("amount"))["s"]
        parts = Instalment._base_manager.filter(order=order).aggregate(got=Sum("allocated"), owed=Sum("balance"))
        same(f"books of {order}", (order.received, order.receivable, ledger), (parts["got"], parts["owed"], parts["owed"]))
        same(f"received for {order}", order.received, Decimal("1130.00") if given["paid"] else Decimal("0.00"))
    return wrong
