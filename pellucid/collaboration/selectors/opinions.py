"""Questions about opinions."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped

from ..models import Opinion, OpinionSupport


def listed(actor: Actor, state: str, mine: bool = False) -> QuerySet[Opinion]:
    """Opinions, those with most voices first."""
    found = scoped(Opinion, actor)
    if mine:
        joined = OpinionSupport.objects.filter(user_id=actor.user_id).values("opinion")
        return found.filter(Q(author_id=actor.user_id) | Q(pk__in=joined)).order_by("-pk")
    if state:
        found = found.filter(state=state)
    return found.order_by("-supports", "-created_at", "-pk") if state in ("", "open") else found.order_by("-answered_at", "-pk")


def supported(actor: Actor, ids: list[int]) -> set[int]:
    """Which of these somebody supports."""
    return set(OpinionSupport.objects.filter(user_id=actor.user_id, opinion_id__in=ids).values_list("opinion_id", flat=True))


def supporters(opinion_id: int) -> list[int]:
    """Who supports an opinion."""
    return list(OpinionSupport.objects.filter(opinion_id=opinion_id).order_by("at", "pk").values_list("user_id", flat=True))


def waiting(actor: Actor) -> QuerySet[Opinion]:
    """Open opinions somebody has to answer, the loudest first."""
    return scoped(Opinion, actor, "edit").filter(state=Opinion.State.OPEN).order_by("-supports", "created_at", "pk")
