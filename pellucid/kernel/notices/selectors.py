"""Notices as their reader sees them: in his language, with what he may see now."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.events.models import Event
from pellucid.kernel.records import prepared
from pellucid.kernel.records.kinds import worded
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import WITHHELD, masked, readable, specs, withheld
from pellucid.kernel.resources.marks import titled
from pellucid.kernel.resources.switches import enabled

from .declare import NoticeKind, kinds
from .models import Notice

MOST = 99


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice in words. `target` is (resource key, id) while the reader may see the record, else None."""

    id: int
    kind: str
    icon: str
    tone: str
    text: str
    quote: str
    target: tuple[str, int] | None
    actor_id: int | None
    actor: str
    created_at: dt.datetime
    read: bool
    count: int
    params: dict[str, Any]


def unread_count(user_id: int) -> int:
    """How many notices wait under the bell; counting stops at a hundred."""
    text = "SELECT count(*) FROM (SELECT FROM notices_notice WHERE user_id = %s AND read_at IS NULL AND shown LIMIT %s) n"
    return int(prepared.ask(text, [user_id, MOST + 1]).fetchone()[0])  # type: ignore[index]


def notices(actor: Actor, *, limit: int = 20, before: int | None = None, unread: bool = False) -> list[NoticeLine]:
    """The actor's own notices, newest first; `before` is the id the page before ended with."""
    rows = Notice.objects.filter(user_id=actor.user_id or 0, shown=True)
    if unread:
        rows = rows.filter(read_at=None)
    if before:
        rows = rows.filter(pk__lt=before)
    return lines(list(rows.order_by("-id")[:limit]), actor)


def lines(found: list[Notice], actor: Actor) -> list[NoticeLine]:
    """Notices in words for their reader, who is the actor; three queries however many there are, and one per resource."""
    about = [(n.resource, n.record_id) for n in found if n.resource and n.record_id and enabled(n.resource)]
    titles = {at: title if _may_name(at[0], actor) else f"#{at[1]}" for at, title in titled(about, actor).items()} if about else {}
    quoting = [n.event_id for n in found if n.event_id and n.kind in kinds and kinds[n.kind].quotes]
    payloads = dict(Event.objects.filter(pk__in=quoting).values_list("id", "payload")) if quoting else {}
    show = show_for(actor)
    return [_line(n, kinds[n.kind], titles, payloads, show, actor) for n in found if n.kind in kinds]


def _may_name(key: str, actor: Actor) -> bool:
    name = registry[key].title
    return name not in specs(key) or (name in readable(key, actor) and not masked(key, name, actor))


def _line(n: Notice, kind: NoticeKind, titles: dict[tuple[str, int], str], payloads: dict[int, dict[str, Any]],
          show: Show, actor: Actor) -> NoticeLine:  # fmt: skip
    target = (n.resource, n.record_id) if n.record_id and (n.resource, n.record_id) in titles else None
    if target:
        record = _("“%(title)s”") % {"title": titles[target]}
    else:
        record = _("a record you cannot see now") if n.record_id else _("several records")
    somebody = directory.user_name(n.actor_id) or _("The program")
    sentence = str(kind.many if n.count > 1 and kind.many else kind.sentence)
    facts = {key: _Fact(_(value) if key == "what" and value else value, show, partial(withheld, n.resource, key, actor=actor))
             for key, value in n.params.items()}
    quote = str(payloads.get(n.event_id or 0, {}).get(kind.quotes) or "") if target and n.count == 1 else ""
    said = _Facts(facts | {"actor": somebody, "record": record, "n": n.count})
    said.show = show
    return NoticeLine(n.pk, n.kind, kind.icon, kind.tone, sentence.format_map(said),
                      quote[:500], target, n.actor_id, somebody, n.created_at, n.read_at is not None, n.count, n.params)


class _Fact:
    """A fact as it is, or in the words of the kind a sentence names: {amount:money}; what the reader may not see stays covered."""

    def __init__(self, value: Any, show: Show, withheld: Callable[[str], bool] = lambda how: False) -> None:
        self.value, self.show, self.withheld = value, show, withheld

    def __format__(self, how: str) -> str:
        if self.value is None:
            return ""
        if self.withheld(how):
            return WITHHELD
        return worded(how, self.value, self.show) if how else str(self.value)


class _Facts(dict):
    """A fact that is not there leaves a gap, no error."""

    show: Show

    def __missing__(self, key: str) -> _Fact:
        return _Fact(None, self.show)


def _own(actor: Actor) -> QuerySet[Notice]:
    return Notice.objects.filter(user_id=0 if actor.read_only else actor.user_id or 0, read_at=None)


def mark_read(actor: Actor, ids: Iterable[int] | None = None, *, record: tuple[str, int] | None = None) -> int:
    """The actor has read these of his notices, all about a record, or (neither given) all; returns how many became read."""
    rows = _own(actor)
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    if record is not None:
        rows = rows.filter(resource=record[0], record_id=record[1])
    return rows.update(read_at=Now())


def path_of(target: tuple[str, int] | None) -> str:
    """The address of a record below the installation's; "" for none."""
    return f"/{registry[target[0]].path}/{target[1]}" if target else ""
