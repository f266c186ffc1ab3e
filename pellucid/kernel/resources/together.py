"""Working on a record together: its team, comments, who watches it."""

from __future__ import annotations

from typing import Annotated, Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Share
from pellucid.kernel.actions.declare import Ask
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.records.models import Comment, OwnedRecord, Record, Watch

from .declare import resource_of


def share(
    record: OwnedRecord,
    *,
    actor: Actor,
    user: Annotated[int, Ask(gettext_lazy("Colleague"), kind="user")],
    level: Annotated[
        str, Ask(gettext_lazy("May"), choices=(("1", gettext_lazy("read")), ("2", gettext_lazy("work on it"))))
    ] = "2",
    note: Annotated[str, Ask(gettext_lazy("Part in the team"), max_length=80)] = "",
) -> None:
    """Let a colleague into a record's team."""
    default = resource_of(type(record)).sorts[0].column
    key = getattr(record, default, None)
    Share.objects.update_or_create(
        resource=record._meta.model_name,
        record_id=record.pk,
        user_id=user,
        defaults={
            "level": int(level or 2),
            "note": note or "",
            "created_by_id": actor.user_id,
            **({"sort_key": key} if hasattr(key, "tzinfo") else {}),
        },
    )


def own_now(records: list[Any], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """What was shared with somebody who owns it now is his own: he is on its team no more."""
    if records and changed and "owner" in changed:
        table = records[0]._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM access_share s USING {table} t WHERE s.resource = %s AND s.record_id = ANY(%s) AND t.id = s.record_id"  # noqa: S608  fixed names
                " AND t.owner_id = s.user_id", [records[0]._meta.model_name, [r.pk for r in records]])


def unshare(record: OwnedRecord, *, actor: Actor, user: Annotated[int, Ask(gettext_lazy("Colleague"), kind="user")]) -> None:
    """Take a colleague out of a record's team."""
    if not Share.objects.filter(resource=record._meta.model_name, record_id=record.pk, user_id=user).delete()[0]:
        raise Refused(_("This colleague is not in the team."))


def comment(
    record: Record,
    *,
    actor: Actor,
    text: Annotated[str, Ask(gettext_lazy("Comment"), kind="longtext", max_length=4000)],
    about: Annotated[str, Ask(gettext_lazy("About"), max_length=60, hidden=True)] = "",
) -> Comment:
    """Say something about a record or an entry of its timeline; @name tells a colleague."""
    said = mentioned(text)
    noted(text=text, mentions=said, about=about or "")
    return Comment.objects.create(
        resource=record._meta.model_name or "",
        record_id=record.pk,
        text=text,
        about=about or "",
        created_by_id=actor.user_id,
        on_behalf_of_id=actor.on_behalf_of,
        mentions=said,
    )


def mentioned(text: str) -> list[int]:
    """Ids of the colleagues named after an @; the longest name wins."""
    if "@" not in text:
        return []
    names = sorted(((u.name, u.id) for u in directory.users().values() if u.active and u.name), key=lambda n: -len(n[0]))
    found = []
    for part in text.split("@")[1:]:
        hit = next((i for name, i in names if part.startswith(name)), None)
        if hit and hit not in found:
            found.append(hit)
    return found


def watch(record: Record, *, actor: Actor) -> bool:
    """Start to hear of changes of a record, or stop; returns whether it is watched now."""
    where = {"resource": record._meta.model_name or "", "record_id": record.pk, "user_id": actor.user_id}
    if Watch.objects.filter(**where).delete()[0]:
        return False
    Watch.objects.create(**where)
    return True
