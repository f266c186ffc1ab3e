"""What orders and money need by the clock."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import run
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Failure

from . import dunning
from .actions.dunning import bring_up_all
from .actions.using import bring_up


def dun_due(told: Callable[[int, int], None] = lambda at, total: None) -> dict[str, int]:
    """Begin what is to be asked for, and look at every case that moves on today; what another worker did meanwhile stays as it is. Each is
    a transaction of its own: one that begins anew finds only what is left."""
    found, done = dunning.to_look_at(days.today()), {"begun": 0, "looked_at": 0}
    todo = [("begun", "customer_dun", pk) for pk in found.begin] + [("looked_at", "dunning_look", pk) for pk in found.cases]
    for at, (name, action, pk) in enumerate(todo, 1):
        with contextlib.suppress(Failure):  # paid, begun or closed since it was asked
            run(action, pk, Actor.system("rule"))
            done[name] += 1
        told(at, len(todo))
    return done | {"brought_up": bring_up_all(days.today())}


@every("00:10")
@job("orders.credit", label=_("Bring credit profiles up to date"), queue="long", tells=False)
def credit_job(ctx: Context) -> dict[str, int]:
    """Once a day, when more has become overdue."""
    with ctx.chunk():
        return {"brought_up": bring_up()}


@every("06:30")
@job("orders.dunning", label=_("Ask for overdue money"), queue="long", tells=False)
def dunning_job(ctx: Context) -> dict[str, int]:
    """Once a day, before work begins."""
    return dun_due(lambda at, total: ctx.progress(at, total, seen=at))
