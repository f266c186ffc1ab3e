"""Questions about learning: whose paths, what was read."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Grant
from pellucid.kernel.actions.run import scoped

from ..models import Document, DocumentRead, LearningItem, LearningPath


def paths_of(actor: Actor) -> list[LearningPath]:
    """The paths of the roles somebody holds, and those for everybody."""
    if not actor.may("learningpath", "view"):
        return []
    mine = Q(role=None) | Q(role__in=Grant.objects.filter(user_id=actor.user_id).values("role"))
    return list(scoped(LearningPath, actor).filter(mine, active=True).order_by("pk"))


def items_of(paths: list[LearningPath], actor: Actor) -> dict[int, list[tuple[LearningItem, Document]]]:
    """By path, its documents in order, as far as the reader sees them."""
    items = list(LearningItem.objects.filter(path__in=paths, deleted_at=None).order_by("position", "pk"))
    seen = {d.pk: d for d in scoped(Document, actor).filter(pk__in={i.document_id for i in items})}
    out: dict[int, list[tuple[LearningItem, Document]]] = {p.pk: [] for p in paths}
    for item in items:
        if item.document_id in seen:
            out[item.path_id].append((item, seen[item.document_id]))
    return out


def read_by(user_id: int | None, documents: list[int]) -> dict[int, DocumentRead]:
    """What somebody has read of these."""
    return {r.document_id: r for r in DocumentRead.objects.filter(user_id=user_id, document_id__in=documents)}


def progress(users: list[int]) -> list[tuple[int, LearningPath, int, int, dt.datetime | None]]:
    """(user, path, read, of how many, last read) of everybody who has a path."""
    paths = list(LearningPath.objects.filter(active=True, deleted_at=None).order_by("pk"))
    items: dict[int, set[int]] = {p.pk: set() for p in paths}
    parts = LearningItem.objects.filter(path__in=paths, deleted_at=None, document__deleted_at=None)
    for path_id, document in parts.values_list("path", "document"):
        items[path_id].add(document)
    holders: dict[int | None, set[int]] = {None: set(users)}
    for user, role in Grant.objects.filter(user_id__in=users).values_list("user_id", "role_id"):
        holders.setdefault(role, set()).add(user)
    reads: dict[int, dict[int, dt.datetime]] = {}
    for user, document, at in DocumentRead.objects.filter(user_id__in=users).values_list("user_id", "document_id", "at"):
        reads.setdefault(user, {})[document] = at
    out = []
    for path in paths:
        for user in holders.get(path.role_id, ()):
            done = {d: at for d, at in reads.get(user, {}).items() if d in items[path.pk]}
            if items[path.pk]:
                out.append((user, path, len(done), len(items[path.pk]), max(done.values(), default=None)))
    return out
