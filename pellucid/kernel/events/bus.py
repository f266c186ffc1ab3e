"""Publish in the transaction of the effect; deliver after commit, at least once, in order per record."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone

from pellucid.kernel.records import prepared

from .models import EACH, MUTED, Chain, Delivery, Event

log = logging.getLogger(__name__)
Handler = Callable[[Event], None]
Listener = Callable[[str], list[str]]
listeners: list[Listener] = []  # what else hears an event of this name now: dotted names of handlers
_handlers: dict[str, Handler] = {}
_by_event: dict[str, list[str]] = {}
MAX_TRIES = 12


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event: its name and the sentence a timeline prints, with {actor} and keys of the payload."""

    name: str
    sentence: Any
    icon: str = "history"
    tone: str = ""
    personal: tuple[str, ...] = ()
    quiet: bool = False  # not in timelines: the changed fields say it all
    options: dict[str, Any] = field(default_factory=dict)


class Signer(Protocol):
    """Whoever does something, with all that an event says of him."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def on_behalf_of(self) -> int | None: ...
    @property
    def door(self) -> str: ...
    @property
    def cause(self) -> int | None: ...


_chain: ContextVar[Chain] = ContextVar("pellucid_chain", default=Chain())  # noqa: B039  it is frozen
kinds: dict[str, EventKind] = {}


def chain() -> Chain:
    """What led to the events published from here."""
    return _chain.get()


@contextmanager
def following(led: Chain) -> Iterator[None]:
    """What is published inside follows from this."""
    token = _chain.set(led)
    try:
        yield
    finally:
        _chain.reset(token)


def after(event_id: int | None) -> Any:
    """What is published inside follows from what led to this event, if something did: for work that is taken up later."""
    if not event_id:
        return following(Chain())
    with connection.cursor() as cursor:
        cursor.execute("SELECT root, chain FROM events_event WHERE id = %s", [event_id])
        root, links = cursor.fetchone() or ("", [])
    return following(Chain(root, tuple(links)))


def muted() -> Any:
    """No rule hears of what is published inside, nor of what follows from it."""
    return following(Chain(MUTED))


def declare(kind: EventKind) -> EventKind:
    """Make a kind of event known."""
    kinds[kind.name] = kind
    return kind


def subscribe(*names: str) -> Callable[[Handler], Handler]:
    """Call the function for each event of these names ("*.created": all that end so, "*": all), after commit, maybe twice. Its dotted
    name is its identity."""

    def keep(handler: Handler) -> Handler:
        key = f"{handler.__module__}.{handler.__name__}"
        _handlers[key] = handler
        for name in names:
            _by_event.setdefault(name, []).append(key)
        return handler

    return keep


def handlers_of(name: str) -> list[str]:
    """Dotted names of the handlers that hear this event, each once."""
    heard = (name, f"*.{name.rpartition('.')[2]}", "*")
    known = [key for pattern in heard for key in _by_event.get(pattern, ())]
    if not chain().muted:
        known += [key for listener in listeners for key in listener(name)]
    return list(dict.fromkeys(known))


def number() -> int:
    """The id of an event to come, for what has to name it first."""
    found: int = prepared.ask("SELECT nextval('events_event_id')").fetchall()[0][0]
    return found


SAID = """
INSERT INTO events_event (id, at, name, actor_id, on_behalf_of, door, cause, reason, resource, record_id, many, payload, root, chain)
VALUES (coalesce(%s, nextval('events_event_id')), coalesce(%s, now()), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::text[])"""
HEARD = f"""
WITH made AS ({SAID} RETURNING id)
INSERT INTO events_delivery (event_id, handler, resource, record_id, created_at, next_try_at, tries, error)
SELECT made.id, handler, %s::text, %s::bigint, now(), now(), 0, '' FROM made, unnest(%s::text[]) handler RETURNING event_id"""  # noqa: S608  a text of ours


def publish(
    name: str,
    *,
    by: Signer | None = None,
    event_id: int | None = None,
    actor_id: int | None = None,
    on_behalf_of: int | None = None,
    door: str = "system",
    cause: int | None = None,
    reason: str = "",
    resource: str = "",
    record_id: int | None = None,
    payload: dict[str, Any] | None = None,
    items: list[int] | None = None,
    at: dt.datetime | None = None,
) -> int:
    """Write the event and one delivery per handler into the running transaction; returns the event's id. It is signed `by` an actor: who,
    in whose name, by which door, because of what; the parts by themselves are for what has no such actor. `items` makes it a batch."""
    if by is not None:
        actor_id, on_behalf_of, door, cause = by.user_id, by.on_behalf_of, by.door, by.cause
    led, waiting = chain(), handlers_of(name)
    signed = [
        event_id, at, name, actor_id, on_behalf_of, door, cause, reason, resource, record_id, len(items or ()),
        json.dumps(payload or {}, cls=DjangoJSONEncoder, ensure_ascii=False), led.root, list(led.links),
    ]  # fmt: skip
    if waiting:
        made: int = prepared.ask(HEARD, [*signed, resource, record_id, waiting]).fetchall()[0][0]
    else:
        made = prepared.ask(f"{SAID} RETURNING id", signed).fetchall()[0][0]
    if items:
        prepared.ask(
            "INSERT INTO events_eventitem (event_id, resource, record_id) SELECT %s::bigint, %s::text, unnest(%s::bigint[])",
            [made, resource, list(items)],
        )
    return made


def unsay(resource: str, ids: list[int]) -> None:
    """What batches say of these records only is said no more."""
    prepared.ask(
        "UPDATE events_event e SET payload = e.payload #- ARRAY[%s, i.record_id::text] FROM events_eventitem i"
        " WHERE i.event_id = e.id AND i.resource = %s AND i.record_id = ANY (%s::bigint[])",
        [EACH, resource, ids],
    )


def deliver(limit: int = 100) -> int:
    """Hand out deliveries that are due; returns how many were taken. An older open delivery of the same record and handler goes first."""
    taken = 0
    while taken < limit:
        with transaction.atomic():
            row = Delivery.objects.raw(
                "SELECT d.* FROM events_delivery d WHERE d.delivered_at IS NULL AND d.next_try_at <= clock_timestamp() AND d.tries < %s"
                " AND NOT EXISTS (SELECT FROM events_delivery e WHERE e.delivered_at IS NULL AND e.tries < %s AND e.handler = d.handler"
                " AND e.resource = d.resource AND e.record_id = d.record_id AND e.id < d.id)"
                " ORDER BY d.next_try_at, d.id LIMIT 1 FOR UPDATE SKIP LOCKED",
                [MAX_TRIES, MAX_TRIES],
            )
            found = next(iter(row), None)
            if found is None:
                return taken
            _hand_over(found)
        taken += 1
    return taken


def _hand_over(delivery: Delivery) -> None:
    handler = _handlers.get(delivery.handler)
    try:
        with transaction.atomic():
            if handler is not None:
                event = Event.objects.get(pk=delivery.event_id)
                with following(event.led):
                    handler(event)
    except Exception as error:  # a handler's failure is kept and tried again, whatever it is
        log.exception("handler %s failed on event %s", delivery.handler, delivery.event_id)
        delivery.tries += 1
        delivery.error = f"{type(error).__name__}: {error}"[:2000]
        delivery.next_try_at = timezone.now() + dt.timedelta(seconds=min(3600, 2**delivery.tries))
    else:
        delivery.delivered_at = timezone.now()
    delivery.save(update_fields=("delivered_at", "tries", "error", "next_try_at"))
