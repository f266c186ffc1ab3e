"""The audit as an administrator searches it: who changed what of which record, when, by which action."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin
from pellucid.kernel.events import bus
from pellucid.kernel.events.bus import EventKind, declare, publish
from pellucid.kernel.history.tracked import models_with_past, tracked_of
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.records.translated import say

from ..declare import registry
from ..fields import masked, readable
from ..happened import QUIET_COLUMNS, said
from ..marks import titled

OPS = {"I": t("created"), "U": t("changed"), "D": t("removed"), "C": t("corrected"), "E": t("erased")}
MOST = 100_000
# What the kernel's own tables and columns are called; those of resources name themselves.
TABLES = {
    "access_user": t("Login"),
    "access_unit": t("Unit of the company"),
    "access_membership": t("Membership"),
    "access_role": t("Role"),
    "access_roleright": t("Right of a role"),
    "access_fieldright": t("Right on a field"),
    "access_grant": t("Role given"),
    "access_share": t("Team member"),
    "access_token": t("API token"),
    "access_calendarday": t("Day of a calendar"),
    "access_proxy": t("Standing in"),
    "collaboration_documentlink": t("Document of a record"),
    "records_term": t("Dictionary value"),
    "records_setting": t("Setting"),
    "resources_customfield": t("Custom field"),
    "resources_layout": t("Layout of a field"),
}
COLUMNS = {
    "user": t("Colleague"),
    "unit": t("Unit of the company"),
    "role": t("Role"),
    "resource": t("Object"),
    "record_id": t("Which one"),
    "level": t("Level"),
    "note": t("Note"),
    "key": t("Key"),
    "value": t("Value"),
    "label": t("Label"),
    "scope": t("How far"),
    "verb": t("May"),
    "field": t("Field"),
    "kind": t("Kind"),
    "name": t("Full name"),
    "head": t("Head"),
    "catcher": t("Catcher"),
    "parent": t("Above"),
    "position": t("Place"),
    "required": t("Required"),
    "starts_on": t("From"),
    "ends_on": t("Until"),
    "primary": t("Primary"),
    "is_active": t("Active"),
    "code": t("Code"),
    "retired_at": t("Retired"),
}
HOLE = re.compile(r"\{\w+(?::\w+)?\}")
INSIDE = frozenset({"sort_key", "seeded", "token_hash", "dictionary", "created_by"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for; empty means all of it."""

    person: int | None = None
    table: str = ""
    record: int | None = None
    action: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@dataclass(slots=True)
class Line:
    """One change: when, who, what of which record, by which action, from what to what."""

    seq: int
    at: dt.datetime
    who: str
    object: str
    record: int
    title: str
    href_key: str
    what: str
    changes: list[tuple[str, str, str]]


def tables() -> list[tuple[str, str]]:
    """(table, name) of everything that keeps a past."""
    found = [(tracked_of(m).table, _called(m)) for m in models_with_past()]
    return sorted(found, key=lambda row: row[1])


def _called(model: type[models.Model]) -> str:
    return str(TABLES.get(model._meta.db_table) or model._meta.verbose_name)


def actions() -> list[tuple[str, str]]:
    """(event, words) of every action that leaves one; what is called the same on many objects stands once, under its first event."""
    first: dict[str, str] = {}
    for name in sorted(bus.kinds):
        if label := _did(bus.kinds[name]):
            first.setdefault(label, name)
    return sorted(((name, label) for label, name in first.items()), key=lambda row: row[1])


def _did(kind: EventKind) -> str:
    """An event in a few words: its action's label, or its sentence without who did it and with dots for what differs each time."""
    said = HOLE.sub("…", str(kind.options.get("label") or kind.sentence).replace("{actor}", "")).strip(" :：…")
    return said[:1].upper() + said[1:]


def _alike(name: str) -> list[str]:
    """All events that are called as this one is."""
    label = _did(bus.kinds[name]) if name in bus.kinds else ""
    return [k.name for k in bus.kinds.values() if _did(k) == label]


def search(asked: Asked, actor: Actor, show: Show, *, before: int | None = None, limit: int = 50) -> list[Line]:
    """The newest lines that fit; `before` is the `seq` of the last one of the page before."""
    return _lines(_rows(asked, before, limit), actor, show)


def walk(asked: Asked, actor: Actor, show: Show, chunk: int = 1000) -> Iterator[Line]:
    """Every line that fits, newest first, up to a hundred thousand."""
    before, given = None, 0
    while given < MOST:
        found = search(asked, actor, show, before=before, limit=chunk)
        yield from found
        given += len(found)
        if len(found) < chunk:
            return
        before = found[-1].seq


def _rows(asked: Asked, before: int | None, limit: int) -> list[tuple[Any, ...]]:
    where, values = ["TRUE"], []
    for condition, value in (
        ("a.actor = %s", asked.person),
        ("a.tbl = %s", asked.table),
        ("a.row_id = %s", asked.record),
        ("a.seq < %s", before),
        ("a.at >= %s", asked.since),
        ("a.at < %s", asked.until),
        ("e.name = ANY(%s)", _alike(asked.action) if asked.action else ""),
    ):
        if value not in (None, ""):
            where.append(condition)
            values.append(value)
    join = "JOIN" if asked.action else "LEFT JOIN"
    query = (
        f"SELECT a.seq, a.at, a.actor, a.tbl, a.row_id, a.op, a.old, a.new, e.name, e.reason, e.on_behalf_of"  # noqa: S608
        f" FROM history.audit a {join} events_event e ON e.id = a.event WHERE {' AND '.join(where)} ORDER BY a.seq DESC LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [*values, limit])
        return cursor.fetchall()


def _model_of() -> dict[str, type[models.Model]]:
    return {m._meta.db_table: m for m in apps.get_models()}


def _lines(rows: list[tuple[Any, ...]], actor: Actor, show: Show) -> list[Line]:
    known = _model_of()
    keys = {table: (model._meta.model_name or "") for table, model in known.items()}
    names = titled([(keys[r[3]], r[4]) for r in rows if keys.get(r[3]) in registry], actor)
    out = []
    for seq, at, who, table, pk, op, old, new, event, reason, owner in rows:
        model, key = known.get(table), keys.get(table, "")
        kind = bus.kinds.get(event or "")
        label = str(kind.options.get("label") or "") if kind else ""
        before, after = (json.loads(side, parse_float=Decimal) if isinstance(side, str) else side or {} for side in (old, new))
        title = names.get((key, pk), "")
        out.append(
            Line(
                seq,
                at,
                directory.doer_name(who, owner) or (_("The system") if who is None else f"#{who}"),
                _called(model) if model else table,
                pk,
                title or f"#{pk}",
                key if title else "",
                " · ".join(p for p in (label or str(OPS.get(op, op)), reason or "") if p),
                _changes(model, key, before, after, op, actor, show),
            )
        )
    return out


def _changes(
    model: type[models.Model] | None, key: str, before: dict[str, Any], after: dict[str, Any], op: str, actor: Actor, show: Show
) -> list[tuple[str, str, str]]:
    """(field, before, after) in words; what the reader may not read is left out, what he sees masked stays masked."""
    may: dict[str, Spec] = readable(key, actor) if key in registry else {}
    columns = {f.column: f for f in model._meta.local_concrete_fields} if model else {}
    out = []
    for name in dict.fromkeys([*before, *after]):
        field = columns.get(name)
        shown = field.name if field else name
        old, new = before.get(name), after.get(name)
        if shown in QUIET_COLUMNS or name == "id" or old == new or (op == "I" and new in (None, "", [], {})):
            continue
        if key in registry:
            spec = may.get(shown)
            if spec is None:
                continue
            hidden = masked(key, shown, actor)
            values = [_word(spec, field, value, show, hidden) for value in (old, new)]
            out.append((str(spec.label), values[0], values[1]))
        else:
            if shown not in INSIDE:
                label = str(COLUMNS.get(shown) or (field.verbose_name if field else name))
                out.append((label, _plain(shown, old), _plain(shown, new)))
    return out


def _word(spec: Spec, field: models.Field | None, value: Any, show: Show, hidden: bool) -> str:
    if value in (None, ""):
        return ""
    try:
        typed = field.to_python(value) if field is not None and not isinstance(value, (list, dict)) else value
    except Exception:  # what an erasure left in its place stays as it is
        typed = value
    return said(spec, typed, show, {}, hidden)


def _plain(name: str, value: Any) -> str:
    """A value of one of the kernel's own tables in words."""
    if value is None:
        return ""
    if isinstance(value, dict) and {"zh-hans", "en"} & set(value):
        return say(value)
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)[:200]
    match name:
        case "user" | "head" | "catcher":
            return directory.user_name(value) or f"#{value}"
        case "unit" | "parent":
            return directory.unit_name(value) or f"#{value}"
        case "role":
            return next((say(r.label) for r in directory.roles() if r.id == value), f"#{value}")
        case "resource" if value in registry:
            return str(registry[value].model._meta.verbose_name)
    return str(value)[:200]


declare(
    EventKind(
        "audit.exported", t("{actor} exported the audit log"), icon="download", options={"label": t("Export the audit log")}
    )
)


def taken(actor: Actor, asked: dict[str, str]) -> None:
    """Write down that somebody took the log along."""
    with transaction.atomic():
        publish(
            "audit.exported",
            event_id=begin(actor),
            actor_id=actor.user_id,
            door=actor.door,
            resource="audit",
            payload={"filter": asked},
        )
