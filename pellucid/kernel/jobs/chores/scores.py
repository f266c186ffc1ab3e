"""Counts again how complete records are when an administrator changed what counts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import job
from pellucid.kernel.jobs.queue import start
from pellucid.kernel.resources import ladder
from pellucid.kernel.resources.declare import registry


@job("kernel.scores", label=_("Count completeness again"), queue="long", tells=False)
def scores(ctx: Context, key: str) -> dict[str, int]:
    """All records of a resource, chunk by chunk in the order of their keys; goes on where it was broken off."""
    at, done = int(ctx.checkpoint.get("at", 0)), int(ctx.checkpoint.get("changed", 0))
    rows = registry[key].model._base_manager.order_by("pk")
    while ids := list(rows.filter(pk__gt=at).values_list("pk", flat=True)[: ladder.CHUNK]):
        with ctx.chunk():
            begin(Actor.system("job"))
            done += ladder.recount(key, ids)
            at = ids[-1]
            ctx.progress(at=at, changed=done)
    return {"changed": done}


def ask(key: str) -> None:
    """In the same transaction as the new points."""
    start("kernel.scores", Actor.system("job"), key=key)


ladder.changed.append(ask)
