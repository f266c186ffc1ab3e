"""What orders and money need by the clock."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import run
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Failure

from . import dunning
from .actions.dunning import bring_up_all


def dun_due() -> dict[str, int]:
    """Begin what is to be asked for, and look at every case that moves on today; what another worker did meanwhile stays as it is."""
    found, done = dunning.to_look_at(days.today()), {"begun": 0, "looked_at": 0}
    for name, action, ids in (("begun", "customer_dun", found.begin), ("looked_at", "dunning_look", found.cases)):
        for pk in ids:
            try:
                run(action, pk, Actor.system("rule"))
            except Failure:  # paid, begun or closed since it was asked
                continue
            done[name] += 1
    return done | {"brought_up": bring_up_all(days.today())}


@every("06:30")
@job("orders.dunning", label=_("Ask for overdue money"), queue="long", tells=False)
def dunning_job(ctx: Context) -> dict[str, int]:
    """Once a day, before work begins."""
    return dun_due()
