"""Saved views: scenes that a reader keeps, shares with his unit or, as an administrator, with everybody. Deleting one can be undone."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing
from pellucid.kernel.records.whole import is_whole

from .models import SavedView
from .params import ListParams

KEPT = dt.timedelta(days=30)
MOST = 100


def around(actor: Actor) -> list[int]:
    """The units whose views a reader sees: his own and those above it."""
    home = directory.home_of(actor.user_id)
    return [home, *tree().ancestors(home)] if home else []


def seen_by(user_id: int | None, units: Sequence[int]) -> Q:
    """The views somebody sees: his own, his unit's, everybody's."""
    return Q(owner_id=user_id) | Q(audience="all") | Q(audience="unit", unit_id__in=units)


def views_of(key: str, actor: Actor) -> tuple[SavedView, ...]:
    """The saved views of a resource for this reader, in order; from memory, not to be changed."""
    return _views_of(key, actor.user_id, tuple(around(actor)))


@versions.versioned("views")
def _views_of(key: str, user_id: int | None, units: tuple[int, ...]) -> tuple[SavedView, ...]:
    return tuple(SavedView.objects.filter(seen_by(user_id, units), resource=key, deleted_at=None)[:MOST])


def favourites(actor: Actor) -> tuple[SavedView, ...]:
    """The reader's favourite views of all resources; from memory, not to be changed."""
    return _favourites(actor.user_id)


@versions.versioned("views")
def _favourites(user_id: int | None) -> tuple[SavedView, ...]:
    return tuple(SavedView.objects.filter(owner_id=user_id, favourite=True, deleted_at=None)[:20])


def view(pk: Any, actor: Actor) -> SavedView:
    """One view this reader sees. Missing otherwise."""
    mine = SavedView.objects.filter(seen_by(actor.user_id, around(actor)), deleted_at=None)
    found = mine.filter(pk=pk).first() if is_whole(str(pk)) and len(str(pk)) < 18 else None
    if found is None:
        raise Missing(_("This view does not exist any more."))
    return found


def params_of(kept: SavedView) -> ListParams:
    """The state of the list that a view stands for."""
    return ListParams.parse([(k, v) for k, v in kept.params] + [("view", str(kept.pk))])


def changeable(kept: SavedView, actor: Actor) -> bool:
    """Whether this reader may change the view: his own, or a shared one as an administrator."""
    return kept.owner_id == actor.user_id or kept.audience != "private" and administrator(actor)


def administrator(actor: Actor) -> bool:
    """Whether somebody may publish views for everybody."""
    return actor.rights is None or "admin" in actor.rights.roles


def keep(key: str, name: str, params: ListParams, actor: Actor, *, audience: str = "private", favourite: bool = False,
         is_default: bool = False, kept: SavedView | None = None) -> SavedView:
    """Keep a list's state under a name, as a new view or over an old one. Raises Invalid, Forbidden."""
    _writing(actor)
    name = name.strip()
    errors: dict[str, list[str]] = {}
    if not 1 <= len(name) <= 60:
        errors["name"] = [_("Please give it a name of at most 60 characters.")]
    if audience not in SavedView.Audience.values:
        errors["audience"] = [_("Please choose from the list.")]
    if kept is None and SavedView.objects.filter(owner_id=actor.user_id, deleted_at=None).count() >= MOST:
        errors["name"] = [_("You have %(n)s views already; delete one first.") % {"n": MOST}]
    if errors:
        raise Invalid(errors)
    if audience == "all" and not administrator(actor):
        raise Forbidden("view.all", _("Only an administrator may publish a view for everybody."))
    if kept is not None and not changeable(kept, actor):
        raise Forbidden("view.edit", _("Only its owner or an administrator may change this view."))
    row = kept or SavedView(resource=key, owner_id=actor.user_id)
    row.name, row.audience, row.favourite, row.is_default = name, audience, favourite, is_default
    row.unit_id = directory.home_of(actor.user_id) if audience == "unit" else None
    row.params, row.columns, row.density = state(params), list(params.columns), params.density
    if is_default:
        SavedView.objects.filter(owner_id=actor.user_id, resource=key, is_default=True).update(is_default=False)
    row.save()
    versions.forget()
    return row


def state(params: ListParams) -> list[tuple[str, str]]:
    """What of a list's address a view keeps: not the page, not the name of the view it came from."""
    left = ("view", "page", "after", "before", "unit", "bin", "bare")
    return [(k, v) for k, v in params.pairs() if k not in left and (k, v) != ("as", "table")]


def differs(kept: Sequence[Sequence[str]], params: ListParams) -> bool:
    """Whether the list no longer shows what the view says."""
    return sorted((k, v) for k, v in kept if k != "view") != sorted(state(params))


def discard(kept: SavedView, actor: Actor) -> None:
    """Take a view away; it can be brought back for 30 days."""
    _writing(actor)
    if not changeable(kept, actor):
        raise Forbidden("view.edit", _("Only its owner or an administrator may change this view."))
    SavedView.objects.filter(pk=kept.pk).update(deleted_at=timezone.now())
    versions.forget()


def restore(pk: int, actor: Actor) -> SavedView:
    """Bring a deleted view of one's own back."""
    _writing(actor)
    found = SavedView.objects.filter(pk=pk, owner_id=actor.user_id, deleted_at__gt=timezone.now() - KEPT)
    if not found.update(deleted_at=None):
        raise Missing(_("This view does not exist any more."))
    versions.forget()
    return SavedView.objects.get(pk=pk)


def _writing(actor: Actor) -> None:
    if actor.read_only:
        raise Forbidden("view.edit", _("You are looking as somebody else: nothing can be changed."))
