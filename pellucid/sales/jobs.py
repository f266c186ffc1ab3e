"""What sales needs by the clock."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job

from . import stages
from .actions.playbooks import look


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
