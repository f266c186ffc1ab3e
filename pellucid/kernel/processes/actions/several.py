"""Several requests agreed to at once: those that ask for nothing and bind nobody. Whoever decides about money or law looks at each."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.many import set_form
from pellucid.kernel.actions.run import noted
from pellucid.kernel.events.models import EACH
from pellucid.kernel.records.errors import Failure, Refused

from .. import store
from ..definition import AnyNode, Approval
from ..machine.deciding import decide
from ..models import ProcessInstance
from ..publishing import called
from .deciding import chosen


def in_passing(node: AnyNode | None) -> bool:
    """Whether a step may be agreed to together with others."""
    return isinstance(node, Approval) and not node.binding and not node.fields.require


def approve(rows: list[ProcessInstance], *, actor: Actor, comment: str = "", asked: int | None = None, **form: Any) -> dict[int, str]:
    """Agree to each that may be agreed to in passing; answers the others with the reason."""
    left: dict[int, str] = {}
    each: dict[str, dict[str, Any]] = {}
    for row in rows:
        try:
            with transaction.atomic():
                each[str(row.pk)] = _one(row, actor, comment)
        except Failure as refusal:
            left[row.pk] = refusal.message
    noted(**{EACH: each})
    return left


def _one(row: ProcessInstance, actor: Actor, comment: str) -> dict[str, Any]:
    if actor.user_id is None:
        raise Refused(_("A person decides."))
    with store.command(row, actor.user_id) as run:
        found = chosen(run, actor.user_id, "approve", None)
        node = run.node(run.i.steps[found.step])
        if node is None or not in_passing(node):
            raise Refused(_("This is looked at and decided by itself."))
        decide(run, found.no, actor.user_id, "approve", comment or "")
        return {"step": called(node), "behalf": found.person if found.person != actor.user_id else None}


set_form("processinstance_approve", approve)
