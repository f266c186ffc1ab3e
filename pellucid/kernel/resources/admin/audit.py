"""The audit as an administrator searches it: who changed what of which record, when, by which action."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

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
from ..marks import remembered

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
    text: str = ""


class Change(NamedTuple):
    """A field from what to what; `target` is the record that it points at now, if the reader may see it."""

    label: str
    before: str
    after: str
    target: tuple[str, int] | None = None


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
    changes: list[Change]


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
    return _lines(_rows(asked, actor, before, limit), actor, show)


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


def _rows(asked: Asked, actor: Actor, before: int | None, limit: int) -> list[tuple[Any, ...]]:
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
    for word in asked.text.split()[:5]:
        found, ids = _told(word, actor)
        where.append(f"({found})")
        values += ids
    join = "JOIN" if asked.action else "LEFT JOIN"
    query = (
        f"SELECT a.seq, a.at, a.actor, a.tbl, a.row_id, a.op, a.old, a.new, e.name, e.reason, e.on_behalf_of"  # noqa: S608
        f" FROM history.audit a {join} events_event e ON e.id = a.event WHERE {' AND '.join(where)} ORDER BY a.seq DESC LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [*values, limit])
        return cursor.fetchall()


def _told(word: str, actor: Actor) -> tuple[str, list[Any]]:
    """A word stands in the reason or in the name of who did it, in what was there before or after, or in the name of the record itself. Who
    may not read every field finds by the first two only: what he cannot see is not guessed by searching it."""
    told = ["e.reason ILIKE %s", "a.actor = ANY(%s)"]
    pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    values: list[Any] = [pattern, [u.id for u in directory.users().values() if word.casefold() in u.name.casefold()]]
    if actor.rights is not None and actor.rights.fields:
        return " OR ".join(told), values
    told += ["a.old::text ILIKE %s", "a.new::text ILIKE %s"]
    values += [pattern, pattern]
    for res in registry.values():
        field = res.model._meta.get_field(res.title)
        if isinstance(field, models.CharField | models.TextField) and not getattr(res.model, "scope_via", ""):
            table = res.model._meta.db_table
            told.append(f"(a.tbl = '{table}' AND a.row_id IN (SELECT id FROM {table} WHERE {field.column} ILIKE %s))")  # noqa: S608
            values.append(pattern)
    return " OR ".join(told), values


def _model_of() -> dict[str, type[models.Model]]:
    return {m._meta.db_table: m for m in apps.get_models()}


def _lines(rows: list[tuple[Any, ...]], actor: Actor, show: Show) -> list[Line]:
    known = _model_of()
    keys = {table: (model._meta.model_name or "") for table, model in known.items()}
    sides = [[json.loads(side, parse_float=Decimal) if isinstance(side, str) else side or {} for side in (r[6], r[7])] for r in rows]
    kept = _kept(known, rows)
    wanted = [(keys[r[3]], r[4]) for r in rows if keys.get(r[3]) in registry]
    for r, both in zip(rows, sides, strict=True):
        for side in both:  # which resource the id beside it belongs to is not written where only the id changed
            for column, about in _pairs(known.get(r[3])).items():
                if column in side and about not in side:
                    side[about] = both[0].get(about) or both[1].get(about) or kept.get((r[3], r[4]), {}).get(about)
        wanted += _links(known.get(r[3]), keys.get(r[3], ""), both, actor)
    names, live = remembered(list(dict.fromkeys(wanted)), actor)
    out = []
    for (seq, at, who, table, pk, op, _old, _new, event, reason, owner), (before, after) in zip(rows, sides, strict=True):
        model, key = known.get(table), keys.get(table, "")
        kind = bus.kinds.get(event or "")
        label = str(kind.options.get("label") or "") if kind else ""
        title = names.get((key, pk), "")
        out.append(
            Line(
                seq,
                at,
                directory.doer_name(who, owner) or (_("The system") if who is None else f"#{who}"),
                _called(model) if model else table,
                pk,
                title or f"#{pk}",
                key if (key, pk) in live else "",
                " · ".join(p for p in (label or str(OPS.get(op, op)), reason or "") if p),
                _changes(model, key, before, after, op, actor, show, names, live),
            )
        )
    return out


def _changes(
    model: type[models.Model] | None,
    key: str,
    before: dict[str, Any],
    after: dict[str, Any],
    op: str,
    actor: Actor,
    show: Show,
    names: dict[tuple[str, int], str],
    live: Collection[tuple[str, int]],
) -> list[Change]:
    """The fields in words; what the reader may not read is left out, what he sees masked stays masked."""
    may: dict[str, Spec] = readable(key, actor) if key in registry else {}
    columns = {f.column: f for f in model._meta.local_concrete_fields} if model else {}
    pairs, out = _pairs(model), []
    for name in dict.fromkeys([*before, *after]):
        if name in pairs.values():
            continue
        if name in pairs:
            sides = [(str(side.get(pairs[name]) or ""), side.get(name)) for side in (before, after)]
            if before.get(name) != after.get(name):
                said_ = ["" if pk is None else names.get((about, pk), f"#{pk}") for about, pk in sides]
                out.append(Change(_("About"), said_[0], said_[1], _seen(sides[1], live)))
            continue
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
            values = [_word(spec, field, value, show, hidden, names) for value in (old, new)]
            target = (spec.target, new) if spec.kind.key == "link" and not hidden else ("", None)
            out.append(Change(str(spec.label), values[0], values[1], _seen(target, live)))
        else:
            if shown not in INSIDE:
                label = str(COLUMNS.get(shown) or (field.verbose_name if field else name))
                out.append(Change(label, _plain(shown, old), _plain(shown, new)))
    return out


def _links(
    model: type[models.Model] | None, key: str, both: list[dict[str, Any]], actor: Actor
) -> Iterator[tuple[str, int]]:
    """The records that the values of a line point at, as far as the reader may read the fields."""
    may = readable(key, actor) if key in registry else {}
    columns = {f.column: f.name for f in model._meta.local_concrete_fields} if model and may else {}
    pairs = _pairs(model)
    for side in both:
        for name, value in side.items():
            spec = may.get(columns.get(name, name))
            target = side.get(pairs[name]) if name in pairs else spec.target if spec and spec.kind.key == "link" else ""
            if target in registry and isinstance(value, int):
                yield target, value


def _pairs(model: type[models.Model] | None) -> dict[str, str]:
    """Column of an id -> column of the resource it belongs to, where a record may point at any other."""
    return {column: about for about, column in getattr(model, "record_refs", ())}


def _kept(known: dict[str, type[models.Model]], rows: list[tuple[Any, ...]]) -> dict[tuple[str, int], dict[str, str]]:
    """What the rows' records say now of the resource their ids belong to."""
    out: dict[tuple[str, int], dict[str, str]] = {}
    for table in {r[3] for r in rows if _pairs(known.get(r[3]))}:
        about = list(_pairs(known[table]).values())
        for pk, *keys in known[table]._base_manager.filter(pk__in=[r[4] for r in rows if r[3] == table]).values_list("pk", *about):
            out[table, pk] = dict(zip(about, keys, strict=True))
    return out


def _seen(target: tuple[str, Any], live: Collection[tuple[str, int]]) -> tuple[str, int] | None:
    """The record, if the reader may see it."""
    return target if target in live else None


def _word(
    spec: Spec, field: models.Field | None, value: Any, show: Show, hidden: bool, names: dict[tuple[str, int], str]
) -> str:
    if value in (None, ""):
        return ""
    try:
        typed = field.to_python(value) if field is not None and not isinstance(value, (list, dict)) else value
    except Exception:  # what an erasure left in its place stays as it is
        typed = value
    return said(spec, typed, show, names, hidden)


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
            by=actor,
            resource="audit",
            payload={"filter": asked},
        )
