"""How far a reader's verbs reach over one record, and who else sees it, and why."""
from __future__ import annotations

from dataclasses import dataclass, field

from django.db import models

from pellucid.kernel.access import directory, proxies
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Grant, Share, Unit
from pellucid.kernel.access.rights import READING, rights_of, shared_with, tree
from pellucid.kernel.access.scopes import BUILT_IN, Scope, contains, scope
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
    _levels: dict[int, int] | None = field(default=None, repr=False)
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
        users = scope.shares_of | ({self.actor.user_id or 0} if scope.shared else set())
        return bool(plain) or bool(users) and any(self._shares(root).get(user, 0) >= scope.share_level for user in users)

    def _shares(self, root: models.Model) -> dict[int, int]:
        if self._levels is None:
            self._levels = shared_with(root._meta.model_name or "", root.pk)
        return self._levels


def held_by(scope: Scope, root: models.Model) -> dict[str, int | None]:
    """What the columns of a record hold that registered kinds of scope look at."""
    return {part.column: getattr(root, part.column, None) for part in scope.by}


def team_of(record: models.Model) -> list[Share]:
    """The colleagues a record is shared with, in the order they came."""

    def asked(key: str, pk: int) -> models.QuerySet[Share]:
        return Share.objects.filter(resource=key, record_id=pk).order_by("created_at")

    return prepared.rows("team_of", asked, record._meta.model_name, record.pk)


def reach_of(shares: dict[int, int], scope: Scope) -> int:
    """How far a record is shared with those somebody stands in for."""
    return max((shares.get(user, 0) for user in scope.shares_of), default=0)


@dataclass(frozen=True, slots=True)
class Seer:
    """Somebody who sees a record: by which of his roles, through which parts of their scope, and whether he may edit it."""

    user_id: int
    roles: tuple[str, ...]
    reasons: tuple[str, ...]
    edits: bool


def seers(record: models.Model) -> list[Seer]:
    """Everybody who sees a record, those with the narrowest reason first. Rights are worked out for those whose grants lead near it only."""
    key, root = record._meta.model_name or "", root_of(record)
    owner, unit = getattr(root, "owner_id", None), getattr(root, "unit_id", None)
    shares, out = shared_with(root._meta.model_name or "", root.pk), []
    for user_id in sorted(_near(key, root, shares)):
        rights = rights_of(user_id)
        view, edit = rights.scope(key, "view"), rights.scope(key, "edit")
        sees = contains(view, owner, unit, shares.get(user_id, 0) >= 1, held_by(view, root), reach_of(shares, view) >= 1)
        if sees:
            edits = bool(contains(edit, owner, unit, shares.get(user_id, 0) >= 2, held_by(edit, root),
                                  reach_of(shares, edit) >= 2))
            out.append(Seer(user_id, tuple(sorted(rights.roles)), sees, edits))
    width = {"own": 0, "shared": 1, "units": 2, "all": 4}
    return sorted(out, key=lambda s: (min(width.get(r, 3) for r in s.reasons), directory.user_name(s.user_id)))


def _near(key: str, root: models.Model, shares: dict[int, int]) -> set[int]:
    """Everybody who may see a record, and some who do not: by a grant that reaches it, by standing in for one of those, by catching for a unit
    above it. In a large company most people are told apart here, without their rights."""
    owner, unit, known = getattr(root, "owner_id", None), getattr(root, "unit_id", None), tree()
    by: dict[tuple[str, int], set[int]] = {}
    granted = Grant.objects.filter(user__is_active=True, role__rights__resource=key, role__rights__verb="view")
    for user, kind, anchor in granted.values_list("user_id", "role__rights__scope", "unit_id").distinct():
        by.setdefault((kind, anchor), set()).add(user)
    near: set[int] = set()
    for (kind, anchor), users in by.items():
        if kind in ("own", "shared"):
            near |= users & ({owner} if kind == "own" else shares.keys())
        elif kind in BUILT_IN:  # the same for everybody
            near |= users if contains(scope(0, ((kind, anchor),), known), owner, unit) else set()
        else:
            for user in users:
                part = scope(user, ((kind, anchor),), known)
                near |= {user} if contains(part, owner, unit, columns=held_by(part, root)) else set()
    above = {unit, *known.ancestors(unit)} if unit is not None and unit in known else set()
    catching = models.Q(pk__in=above) | models.Q(parent=None)
    near |= set(Unit.objects.filter(catching, catcher__is_active=True).values_list("catcher_id", flat=True))
    now = proxies.rows()
    while added := {row.proxy for row in now if row.owner in near} - near:
        near |= added
    return near
