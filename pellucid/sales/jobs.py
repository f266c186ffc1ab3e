"""What sales needs by the clock."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin, run
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Failure

from . import selectors, stages
from .actions.playbooks import look
from .actions.quoting import floors_moved


@every("04:20")
@job("sales.mine", label=_("Look for what goes with winning"), queue="long", tells=False)
def mine_job(ctx: Context) -> dict[str, int]:
    """Once a night, every pipeline in use."""
    found = 0
    for way in stages.pipelines().values():
        if way.active:
            with ctx.chunk():
                found += look(way.id)
    return {"found": found}


def expire_due() -> int:
    """Quotations whose last day is over; how many expired."""
    done = 0
    for pk in selectors.overdue_quotations(days.today()):
        try:
            run("quotation_expire", pk, Actor.system("rule"))
        except Failure:  # decided since it was asked
            continue
        done += 1
    return done


@every("00:20")
@job("sales.expire", label=_("Let quotations expire"), tells=False)
def expire_job(ctx: Context) -> dict[str, int]:
    """Once a day, soon after it has begun; and drafts older than the floors are seen against them."""
    with ctx.chunk():
        begin(Actor.system("job"))
        floors_moved()
    return {"expired": expire_due()}
