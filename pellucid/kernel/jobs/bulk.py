"""An action on more records than a request should wait for."""
from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.actions.many import Batch, run_many

from .context import Context
from .declare import job
from .models import Job
from .queue import start

CHUNK = 500
KEPT = 200


def start_bulk(actor: Actor, action: str, ids: list[int], given: dict[str, Any], extra: dict[str, Any]) -> Job:
    """Ask for an action on many records."""
    return start("actions.many", actor, title=str(actions[action].label), action=action, ids=ids, given=given, extra=extra)


@job("actions.many", label=_("Action on many records"), queue="long")
def many(ctx: Context, action: str, ids: list[int], given: dict[str, Any], extra: dict[str, Any]) -> str:
    """Do it chunk by chunk; what was left out is kept with its reason."""
    at, left = int(ctx.checkpoint.get("at", 0)), list(ctx.checkpoint.get("left", ()))
    while at < len(ids):
        with ctx.chunk():
            batch: Batch = run_many(action, ids[at:at + CHUNK], ctx.actor, given, chunk=CHUNK, **extra)
            at = min(at + CHUNK, len(ids))
            left = [*left, *([name, reason] for _pk, name, reason in batch.skipped)][:KEPT]
            ctx.progress(at, len(ids), at=at, left=left)
    return "; ".join(f"{name}: {reason}" for name, reason in left[:20])
