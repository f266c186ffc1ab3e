"""Taking back what one did: the event names what changed, the audit what was there before."""
from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Action, actions
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event, EventItem
from pellucid.kernel.records.errors import Failure, Missing, Refused

from .along import hanging
from .declare import registry
from .fields import specs, value_of, writable

WITHIN = dt.timedelta(days=30)
REVERSIBLE = ("updated", "deleted", "restored", "reassigned")
MOST = 2000


def reversible(name: str) -> bool:
    """Whether an event of this name can be taken back."""
    return name.rpartition(".")[2] in REVERSIBLE or taken_back_by(name) is not None


def taken_back_by(name: str) -> Action | None:
    """The action behind an event, if it says itself how it is taken back."""
    return next((a for a in actions.values() if a.event == name and a.back is not None), None)


def undo(event_id: int, actor: Actor) -> tuple[int, list[str]]:
    """Take back an event of one's own: (how many records, reasons of those that stay). A value that changed again meanwhile stays."""
    event = Event.objects.filter(pk=event_id, actor_id=actor.user_id, at__gt=timezone.now() - WITHIN).first()
    if event is None or not reversible(event.name) or event.resource not in registry:
        raise Missing(_("There is nothing here to take back."))
    ids = [event.record_id] if event.record_id else list(
        EventItem.objects.filter(event_id=event.pk).values_list("record_id", flat=True)[:MOST])
    before = _before(event, ids)
    stayed: dict[int, str] = {}
    for pk in ids:
        try:
            _back(event, pk, before.get(pk, ({}, {})), actor)
        except Failure as refusal:
            stayed[pk] = refusal.message
    if len(stayed) == len(ids):
        raise Refused(next(iter(stayed.values()), _("There is nothing here to take back.")))
    return len(ids) - len(stayed), [*stayed.values(), *_also(event, actor, list(stayed))]


def _also(event: Event, actor: Actor, but: list[int]) -> list[str]:
    """Take back what went along, but not what hangs on records that stay themselves: reasons of what else stays."""
    stayed = []
    caused = Event.objects.filter(cause=event.pk, resource__in=list(registry), name__endswith=".reassigned").order_by("-pk")
    went = {one: list(EventItem.objects.filter(event_id=one.pk).values_list("record_id", flat=True)[:MOST]) for one in caused}
    among: dict[str, set[int]] = {}
    for one, ids in went.items():
        among.setdefault(one.resource, set()).update(ids)
    held = hanging(event.resource, but, among) if but else {}
    for one, moved in went.items():
        ids = [pk for pk in moved if pk not in held.get(one.resource, ())]
        before = _before(one, ids)
        for pk in ids:
            try:
                _back(one, pk, before.get(pk, ({}, {})), actor)
            except Failure as refusal:
                stayed.append(refusal.message)
    return stayed


def _before(event: Event, ids: list[int]) -> dict[int, tuple[dict[str, Any], dict[str, Any]]]:
    """What the event's transaction found and left in each row, by column."""
    table = registry[event.resource].model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_id, old, new FROM history.audit WHERE event = %s AND tbl = %s AND op = 'U' AND row_id = ANY(%s) ORDER BY seq",
                       [event.pk, table, ids])
        found: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        for pk, old, new in cursor.fetchall():  # written more than once: what the first found, what the last left
            first, last = found.get(pk, ({}, {}))
            found[pk] = (_read(old) | first, last | _read(new))
        return found


def _read(side: Any) -> dict[str, Any]:
    return json.loads(side, parse_float=Decimal) if isinstance(side, str) else side or {}


def _back(event: Event, pk: int, change: tuple[dict[str, Any], dict[str, Any]], actor: Actor) -> None:
    key, what = event.resource, event.name.rpartition(".")[2]
    old, new = change
    if (own := taken_back_by(event.name)) is not None:
        record = registry[key].model._base_manager.filter(pk=pk).first()
        way = own.back(record, event.facts(pk)) if own.back and record is not None else None
        if way is None:
            raise Refused(_("Somebody has changed it again since."))
        run(way[0], pk, actor, way[1])
        return
    match what:
        case "deleted":
            run(f"{key}_restore", pk, actor)
        case "restored":
            run(f"{key}_delete", pk, actor)
        case "reassigned":
            if "owner_id" not in old:
                raise Refused(_("There is nothing here to take back."))
            more = {"along": False} if getattr(registry[key].model, "takes_along", False) else {}  # what went along is taken back by itself
            run(f"{key}_reassign", pk, actor, {"owner": old["owner_id"], "reason": _("Taken back"), **more})
        case _:
            record = registry[key].model._base_manager.filter(pk=pk).first()
            if record is None:
                raise Missing
            values = _values(record, key, old, new, actor)
            if not values:
                raise Refused(_("Somebody has changed it again since."))
            run(f"{key}_update", pk, actor, values=values, version=record.version)


def _values(record: models.Model, key: str, old: dict[str, Any], new: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Old values of the fields that still hold what the event put there."""
    columns = {f.column: f for f in record._meta.concrete_fields}
    may, found = writable(key, actor), {}
    for name, spec in specs(key).items():
        column = spec.name if spec.custom else spec.column
        if name not in may or column not in new:
            continue
        field = None if spec.custom else columns[column]
        then, put = (_typed(field, side.get(column)) for side in (old, new))
        if value_of(record, spec) == put:
            found[name] = then
    return found


def _typed(field: Any, value: Any) -> Any:
    return value if field is None or value is None else field.target_field.to_python(value) if field.is_relation else field.to_python(value)
