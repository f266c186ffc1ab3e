"""Tell people something: only who may see the record, once per event, floods folded."""
from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.run import reaches
from pellucid.kernel.records import prepared
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.switches import enabled

from .declare import APP, channels, kinds
from .models import Dispatch, Notice
from .wishes import due, wanted

FLOOD, FLOOD_WITHIN = 5, dt.timedelta(minutes=10)
FOLD_WITHIN = dt.timedelta(hours=1)
FEW = 4  # people looked up one by one, by statements that are kept; more of them by one statement

INSERT = """
INSERT INTO notices_notice (user_id, kind, event_id, actor_id, resource, record_id, params, count, shown, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, now()) ON CONFLICT DO NOTHING RETURNING id"""


def notify(users: Iterable[int], kind: str, *, resource: str = "", record_id: int | None = None, actor_id: int | None = None,
           event_id: int | None = None, count: int = 1, **params: Any) -> int:
    """Tell users (ids) about a record, or about nothing in particular; returns how many were told. Left out: the actor himself, who may
    not see the record, who was told of this event already, and who does not want to hear of this kind."""
    what = kinds[kind]
    ids = [u for u in dict.fromkeys(users) if u and (what.to_self or u != actor_id)]
    if not ids or (resource and not enabled(resource)):
        return 0
    if len(ids) > FEW:
        found = {user.pk: user for user in User.objects.filter(pk__in=ids, is_active=True)}
    else:
        found = {u: user for u in ids for user in prepared.rows("notices.user", lambda pk: User.objects.filter(pk=pk, is_active=True), u)}
    if event_id:
        for known in Notice.objects.filter(event_id=event_id, user_id__in=ids).values_list("user_id", flat=True):
            found.pop(known, None)
    told = 0
    with transaction.atomic(savepoint=False):
        for user_id, ways in wanted(list(found), kind).items():
            user = found[user_id]
            if ways and (not resource or record_id is None or may_see(user, resource, record_id)):
                notice = Notice(user=user, kind=kind, event_id=event_id, actor_id=actor_id, resource=resource, record_id=record_id,
                                params=params, count=count, shown=APP in ways)
                told += _fold(notice) or _insert(notice, ways)
    return told


def may_see(user: User, resource: str, record_id: int) -> bool:
    """Whether the record is within the user's sight now."""
    if resource not in registry:
        return False
    actor = Actor.of(user, "rule")
    return actor.may(resource, "view") and reaches(registry[resource].model, record_id, actor)


def _fold(notice: Notice) -> bool:
    """Add this one to an unread notice instead, where its kind allows."""
    fold, now = kinds[notice.kind].fold, timezone.now()
    if not fold:
        return False
    unread = Notice.objects.filter(user=notice.user, kind=notice.kind, read_at=None).order_by("-id")
    if fold == "record":
        into = unread.filter(resource=notice.resource, record_id=notice.record_id, created_at__gte=now - FOLD_WITHIN)
    else:
        into = unread.filter(actor_id=notice.actor_id, created_at__gte=now - FLOOD_WITHIN)
        if into.count() < FLOOD:
            return False
    last = into.select_for_update().first()
    if last is None or (last.event_id and notice.event_id and last.event_id >= notice.event_id):
        return last is not None              # an older event delivered once more
    Notice.objects.filter(pk=last.pk).update(
        count=F("count") + notice.count, event_id=notice.event_id, actor_id=notice.actor_id, created_at=now, params=notice.params,
        shown=last.shown or notice.shown)
    return True


def _insert(notice: Notice, ways: set[str]) -> bool:
    row = prepared.ask(INSERT, [notice.user_id, notice.kind, notice.event_id, notice.actor_id, notice.resource, notice.record_id,
                                json.dumps(notice.params, cls=DjangoJSONEncoder), notice.count, notice.shown]).fetchone()
    if row is None:
        return False
    if reaching := [way for way in sorted(ways - {APP}) if channels[way].reaches(notice.user)]:
        moment = due(notice.user, timezone.now())
        Dispatch.objects.bulk_create([Dispatch(notice_id=row[0], channel=way, due_at=moment) for way in reaching])
    return True
