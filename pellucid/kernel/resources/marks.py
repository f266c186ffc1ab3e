"""What a reader leaves on records: visits, stars; what he was shown in full of a masked field; his own preferences."""
from __future__ import annotations

import json
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Reveal, User
from pellucid.kernel.actions.run import fetch, scoped
from pellucid.kernel.records import prepared
from pellucid.kernel.records.errors import Forbidden, Missing
from pellucid.kernel.records.models import Star, Visit, Watch

from .declare import Resource, registry
from .fields import masked, readable, resource_title, value_of

PREFERENCES = frozenset({"home", "views"})
_VISIT = """WITH seen AS (INSERT INTO records_visit (resource, record_id, user_id, at) VALUES (%(key)s, %(pk)s, %(user)s, now())
 ON CONFLICT (user_id, resource, record_id) DO UPDATE SET at = now()) """
_MARKS = """SELECT EXISTS (SELECT FROM records_star WHERE user_id = %(user)s AND resource = %(key)s AND record_id = %(pk)s),
 EXISTS (SELECT FROM records_watch WHERE user_id = %(user)s AND resource = %(key)s AND record_id = %(pk)s)"""


def recent(actor: Actor, limit: int = 8) -> list[tuple[str, int, str]]:
    """(resource key, id, title) of the records last opened that the reader may still see."""
    seen = list(Visit.objects.filter(user_id=actor.user_id).order_by("-at").values_list("resource", "record_id")[:limit * 3])
    titles = titled(seen, actor)
    return [(key, pk, titles[key, pk]) for key, pk in seen if (key, pk) in titles][:limit]


def titled(wanted: list[tuple[str, int]], actor: Actor, gone: bool = False) -> dict[tuple[str, int], str]:
    """Titles of records (with `gone`, of deleted ones) by (resource key, id), those in reach only; one query per resource."""
    out: dict[tuple[str, int], str] = {}
    by_key: dict[str, list[int]] = {}
    for key, pk in wanted:
        by_key.setdefault(key, []).append(pk)
    for key, ids in by_key.items():
        if key in registry and actor.may(key, "view"):
            for record in scoped(registry[key].model, actor, gone=gone).filter(pk__in=ids).only("id", registry[key].title):
                out[key, record.pk] = resource_title(registry[key], record)
    return out


def remembered(wanted: list[tuple[str, int]], actor: Actor) -> tuple[dict[tuple[str, int], str], set[tuple[str, int]]]:
    """What the past calls records: their titles, and of those deleted since, that they are; and which are there to be opened. More queries
    only where one is missing."""
    found = titled(wanted, actor)
    missing = [at for at in wanted if at not in found and hasattr(getattr(registry.get(at[0]), "model", None), "deleted_at")]
    gone = titled(missing, actor, gone=True)
    return found | {at: _("%(name)s (deleted)") % {"name": title} for at, title in gone.items()}, set(found)


def star(key: str, pk: int, actor: Actor) -> bool:
    """Put a record at hand, or away again; returns whether it is starred now."""
    _writing(actor)
    where = {"resource": key, "record_id": pk, "user_id": actor.user_id}
    if Star.objects.filter(**where).delete()[0]:
        return False
    Star.objects.create(**where)
    return True


def visited(key: str, pk: int, actor: Actor) -> tuple[bool, bool]:
    """Remember that the reader opened a record; answers whether he has (starred, watched) it. Who looks as somebody else leaves no trace."""
    silent = actor.user_id is None or actor.read_only or not registry[key].model.visits_kept
    found: tuple[bool, bool] | None = prepared.ask(_MARKS if silent else _VISIT + _MARKS, {"user": actor.user_id, "key": key, "pk": pk}).fetchone()
    return found or (False, False)


def watchers(key: str, pk: int) -> list[int]:
    """Ids of the users who watch a record."""
    return list(Watch.objects.filter(resource=key, record_id=pk).order_by("created_at").values_list("user_id", flat=True))


def reveal(resource: type[Resource], pk: int, name: str, actor: Actor) -> Any:
    """The full value of a field the reader sees masked; who saw what is written down."""
    key = resource.key()
    record = fetch(resource.model, pk, actor)
    spec = readable(key, actor).get(name)
    if spec is None:
        raise Missing(_("There is no field “%(name)s” to show.") % {"name": name})
    _writing(actor)
    if masked(key, name, actor):
        Reveal.objects.create(user_id=actor.user_id, resource=key, record_id=pk, field=name)
    return value_of(record, spec)


def prefer(actor: Actor, name: str, value: Any) -> None:
    """Keep one of the reader's own settings."""
    _writing(actor)
    if name not in PREFERENCES:
        raise Missing(_("There is no such setting."))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_user SET preferences = jsonb_set(preferences, ARRAY[%s], %s::jsonb) WHERE id = %s",
                       [name, json.dumps(value), actor.user_id])


def set_language(actor: Actor, language: str) -> None:
    """The language the reader's pages are in."""
    _writing(actor)
    User.objects.filter(pk=actor.user_id).update(language=language)


def _writing(actor: Actor) -> None:
    if actor.read_only or actor.user_id is None:
        raise Forbidden("preferences", _("You are looking as somebody else: nothing can be changed."))
