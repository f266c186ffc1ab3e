"""What waits for whoever keeps the books of the demo company: money that came in and stands on nothing yet, or on a part only."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import connection

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.actions.run import run
from pellucid.kernel.records import terms, versions

from .. import dunning

LOGIN, HEAD = "finance", "方敏"
RENAMED = "UPDATE access_user SET username = %s WHERE name = %s AND is_active AND NOT EXISTS (SELECT FROM access_user WHERE username = %s)"
SURPLUS = Decimal("3500.00")  # more than one customer owes


def login(stage: Stage) -> None:
    """The head of finance signs in as “finance”; in a company that an older release filled in her login was made of her name."""
    with connection.cursor() as cursor:
        cursor.execute(RENAMED, [LOGIN, HEAD, LOGIN])
    versions.forget()


def receipts(stage: Stage) -> None:
    """Receipts of the last days: some as much as is overdue, one a round sum, one more than is owed, allocated as far as it goes."""
    actor = Actor.of(User._base_manager.get(username=LOGIN), "demo")
    found = sorted(dunning.debts(stage.today).items(), key=lambda d: (d[1].overdue, d[0]))
    middle = found[len(found) // 4 :: 3][:5]
    transfer = terms.find("payment_method", "transfer")
    for n, (customer, debt) in enumerate(middle):
        amount = {1: Decimal(20_000), 3: debt.overdue + SURPLUS}.get(n, debt.overdue)
        day = stage.today - dt.timedelta(days=n // 2)
        values = {"customer": customer, "amount": str(amount), "received_on": str(day), "method": transfer,
                  "reference": f"{day:%Y%m%d}{stage.chance.randint(10**5, 10**6 - 1)}"}  # fmt: skip
        made = run("receipt_create", None, actor, values=values).record
        if n == 3:
            run("receipt_allocate_oldest", made.pk, actor)
