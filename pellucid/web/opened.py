"""A list as it was asked for: the resource, the view, the state that the address and the view make together, the query."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from psycopg import Cursor

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records.errors import Missing
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources import saved
from pellucid.kernel.resources.declare import Resource, View
from pellucid.kernel.resources.lists.run import COUNT_LIMIT, count, rows
from pellucid.kernel.resources.models import SavedView
from pellucid.kernel.resources.params import ListParams
from pellucid.kernel.resources.query import Listing, encode, listing

NEAR = 2000                             # up to this row pages have numbers; further on they follow each other by key


@dataclass(slots=True)
class Opened:
    """A list ready to be drawn."""

    resource: type[Resource]
    actor: Actor
    show: Show
    params: ListParams
    kept: SavedView | None
    views: tuple[SavedView, ...]
    listing: Listing
    notice: str = ""

    @property
    def key(self) -> str:
        return self.resource.key()

    @property
    def path(self) -> str:
        return f"/{self.resource.path}/"

    @property
    def suffix(self) -> str:
        """The state without its page, as records keep it to know where they were opened from."""
        return self.params.url()[1:]

    def page(self) -> tuple[list[tuple[Any, ...]], bool]:
        """The rows of this page, and whether more follow."""
        found = rows(connection, self.listing.query)
        if self.params.before:
            return found[-self.params.size:], True
        return found[:self.params.size], len(found) > self.params.size

    def cursor(self, pk: int) -> str:
        """Where a row stands in the order, for the page after or before it."""
        from psycopg import sql

        query = self.listing.query
        alias = sql.Identifier(query.alias)
        text = sql.SQL("SELECT {} FROM {} {} WHERE {}.id = %s").format(query.sort.of(alias), sql.Identifier(query.table), alias, alias)
        connection.ensure_connection()
        found = Cursor(connection.connection).execute(text, [pk]).fetchone()
        return encode(found[0] if found else None, pk)


def builtin(resource: type[Resource]) -> tuple[View, ...]:
    """The views that ship with a resource; one of them shows everything in reach."""
    if any(not v.params for v in resource.views):
        return resource.views
    return (*resource.views, View("all", _("All")))


def default_view(resource: type[Resource], actor: Actor) -> View:
    """The view a list opens in: one's own records, or everything for those who look after others'."""
    views = builtin(resource)
    scope = actor.rights.scope(resource.key(), "view") if actor.rights is not None else None
    wide = scope is None or scope.all or bool(scope.units)
    return next((v for v in views if not wide or "me" not in v.params.values()), views[0])


def view_params(view: View) -> ListParams:
    """The state a shipped view stands for."""
    return ListParams.parse([*view.params.items(), ("view", view.key)])


def open_list(resource: type[Resource], actor: Actor, show: Show, asked: ListParams) -> Opened:
    """Put the address over its view and make the query. Raises Forbidden, Invalid."""
    key = resource.key()
    views = saved.views_of(key, actor)
    kept, params, notice = None, asked, ""
    if not asked.view and not asked.filters and not asked.q and not asked.bin and not asked.bare:
        kept = next((v for v in views if v.is_default and v.owner_id == actor.user_id), None)
        asked = replace(asked, view=str(kept.pk) if kept else default_view(resource, actor).key)
    if is_whole(asked.view):
        kept = kept or next((v for v in views if str(v.pk) == asked.view), None)
        if kept is None:
            raise Missing(_("This view does not exist any more."))
        params = asked.over(saved.params_of(kept))
    elif asked.view:
        shipped = next((v for v in builtin(resource) if v.key == asked.view), None)
        if shipped is None:
            shipped = next(v for v in builtin(resource) if not v.params)
            asked = replace(asked, view=shipped.key)
            notice = _("There is no such view here; this is “%(name)s”.") % {"name": shipped.label}
        params = asked.over(view_params(shipped))
    else:
        params = replace(asked, bare=True, scene=())
    found = listing(resource, actor, params, show)
    if not found.declared and count(connection, found.query)[0] >= COUNT_LIMIT:
        params = replace(params, sort="")
        found = listing(resource, actor, params, show)
        notice = _("More than 10,000 rows cannot be sorted by this column; narrow the list first.")
    return Opened(resource, actor, show, params, kept, views, found, notice)
