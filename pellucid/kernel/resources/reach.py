"""How far a reader's verbs reach over one record, and who else sees it, and why."""
from __future__ import annotations

from dataclasses import dataclass, field

from django.db import models

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Grant, Share
from pellucid.kernel.access.rights import READING, rights_of
from pellucid.kernel.access.scopes import Scope, contains
from pellucid.kernel.records import prepared


def root_of(record: models.Model) -> models.Model:
    """The owned record whose rights this one has: itself, or the one it hangs on."""
    via = getattr(record, "scope_via", "")
    return getattr(record, via) if via else record


@dataclass(slots=True)
class Reach:
    """What the actor may do to one record; shares are asked for once."""

    record: models.Model
    actor: Actor
    _level: int | None = field(default=None, repr=False)
    _known: dict[str, bool] = field(default_factory=dict, repr=False)

    def may(self, verb: str) -> bool:
        """Whether the verb reaches this record."""
        if self.actor.rights is None:
            return True
        verb = "delete" if verb == "restore" else verb
        if verb not in self._known:
            self._known[verb] = not (self.actor.read_only and verb not in READING) and self._reaches(verb)
        return self._known[verb]

    def _reaches(self, verb: str) -> bool:
        scope = self.actor.rights.scope(self.record._meta.model_name or "", verb)  # type: ignore[union-attr]
        root = root_of(self.record)
        plain = contains(scope, getattr(root, "owner_id", None), getattr(root, "unit_id", None), columns=held_by(scope, root))
        return bool(plain) or scope.shared and self._shared(root) >= scope.share_level

    def _shared(self, root: models.Model) -> int:
        if self._level is None:
            self._level = Share.objects.filter(resource=root._meta.model_name, record_id=root.pk, user_id=self.actor.user_id).values_list(
                "level", flat=True).first() or 0
        return self._level


def held_by(scope: Scope, root: models.Model) -> dict[str, int | None]:
    """What the columns of a record hold that registered kinds of scope look at."""
    return {part.column: getattr(root, part.column, None) for part in scope.by}


def team_of(record: models.Model) -> list[Share]:
    """The colleagues a record is shared with, in the order they came."""

    def asked(key: str, pk: int) -> models.QuerySet[Share]:
        return Share.objects.filter(resource=key, record_id=pk).order_by("created_at")

    return prepared.rows("team_of", asked, record._meta.model_name, record.pk)


@dataclass(frozen=True, slots=True)
class Seer:
    """Somebody who sees a record: by which of his roles, through which parts of their scope, and whether he may edit it."""

    user_id: int
    roles: tuple[str, ...]
    reasons: tuple[str, ...]
    edits: bool


def seers(record: models.Model) -> list[Seer]:
    """Everybody who sees a record, those with the narrowest reason first."""
    key, root = record._meta.model_name or "", root_of(record)
    owner, unit = getattr(root, "owner_id", None), getattr(root, "unit_id", None)
    shares = dict(Share.objects.filter(resource=root._meta.model_name, record_id=root.pk).values_list("user_id", "level"))
    out = []
    for user_id in Grant.objects.filter(user__is_active=True).values_list("user_id", flat=True).distinct():
        rights = rights_of(user_id)
        view, edit = rights.scope(key, "view"), rights.scope(key, "edit")
        sees = contains(view, owner, unit, shares.get(user_id, 0) >= 1, held_by(view, root))
        if sees:
            edits = bool(contains(edit, owner, unit, shares.get(user_id, 0) >= 2, held_by(edit, root)))
            out.append(Seer(user_id, tuple(sorted(rights.roles)), sees, edits))
    width = {"own": 0, "shared": 1, "units": 2, "all": 4}
    return sorted(out, key=lambda s: (min(width.get(r, 3) for r in s.reasons), directory.user_name(s.user_id)))
