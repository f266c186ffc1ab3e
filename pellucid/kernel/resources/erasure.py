"""The erasure of a person: every personal value of a record is taken out of the row, its past, events, comments, and whatever other parts
of the program registered that they keep."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.events.bus import unsay
from pellucid.kernel.history.writes import erase_person, personal_fields
from pellucid.kernel.records.models import Attachment, Comment, Record

from .fields import specs, value_of

MARK = "[erased]"
SHORTEST = 2
Eraser = Callable[[str, int, list[str]], None]
_erasers: list[Eraser] = []
Quoter = Callable[[str, Collection[int], list[str]], None]
_quoters: list[Quoter] = []


def erases(function: Eraser) -> Eraser:
    """Register ``function(resource key, record id, words)``: it takes the words out of what its part keeps about the record."""
    _erasers.append(function)
    return function


def quotes(function: Quoter) -> Quoter:
    """Register ``function(resource key, record ids, words)``: it takes the words out of what its part has told about records."""
    _quoters.append(function)
    return function


def words_of(record: Record, more: Sequence[str] = ()) -> list[str]:
    """Names and numbers of a record, and `more`, that may have been quoted elsewhere, longest first. What was noted of somebody is no name."""
    known = [s for s in specs(record._meta.model_name or "").values() if s.personal and s.kind.family == "text" and s.kind.key != "longtext"]
    found = {str(value_of(record, s)) for s in known if value_of(record, s)} | set(more)
    return sorted((w for w in found if len(w) >= SHORTEST and MARK not in w), key=len, reverse=True)


def erase(record: Record, *, actor: Actor, title: str, more: Sequence[str] = ()) -> list[str]:
    """Blank every personal field (the title becomes a mark) and erase them from the past; returns the words that were taken out, `more` among
    them."""
    key, known = record._meta.model_name or "", specs(record._meta.model_name or "")
    words = words_of(record, more)
    columns: set[str] = set()
    erased: set[str] = set()
    for name, spec in known.items():
        if not spec.personal:
            continue
        erased.add(name)
        if spec.custom:
            record.extra = {k: v for k, v in record.extra.items() if k != name}
            columns.add("extra")
        else:
            setattr(record, spec.column, MARK if name == title else None if spec.null else spec.empty)
            columns.add(name)
    for column in ("pinyin", "initials"):
        if hasattr(record, column):
            setattr(record, column, "")
            columns.add(column)
    record.save(update_fields=sorted(columns))
    erased |= {n for n in personal_fields(type(record)) if not getattr(record, n) or MARK in str(getattr(record, n))}
    erase_person(type(record), [record.pk], erased)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE events_event SET payload = '{}'::jsonb, reason = '' WHERE resource = %s AND record_id = %s", [key, record.pk])
    unsay(key, [record.pk])
    redact_quotes(key, [record.pk], words)
    for function in _erasers:
        function(key, record.pk, words)
    return words


def redact(rows: Any, names: Sequence[str], words: list[str]) -> list[int]:
    """Take words out of texts of some rows, and those texts out of the past of these rows; returns the ids of the rows that held one."""
    touched: dict[str, list[int]] = defaultdict(list)
    for row in rows.iterator():
        changed = {n: text for n in names if (text := without(getattr(row, n), words)) != getattr(row, n)}
        if changed:
            rows.model._base_manager.filter(pk=row.pk).update(**changed)
        for name in changed:
            touched[name].append(row.pk)
    for name in touched.keys() & set(personal_fields(rows.model)):
        erase_person(rows.model, touched[name], [name])
    return sorted({pk for ids in touched.values() for pk in ids})


def redact_quotes(key: str, ids: Collection[int], words: list[str]) -> None:
    """Take words out of what is told about some records: remarks, names of files, events, notices."""
    about: dict[str, Any] = {"resource": key, "record_id__in": ids}
    redact(Comment.objects.filter(**about), ("text",), words)
    redact(Attachment.objects.filter(**about), ("name", "note"), words)
    with connection.cursor() as cursor:
        for word in words:
            quoted = json.dumps(word, ensure_ascii=False)[1:-1]
            cursor.execute("UPDATE events_event SET payload = replace(payload::text, %s, %s)::jsonb, reason = replace(reason, %s, %s)"
                           " WHERE (resource = %s AND record_id = ANY (%s) OR id IN (SELECT event_id FROM events_eventitem WHERE resource = %s AND"
                           " record_id = ANY (%s))) AND (strpos(payload::text, %s) > 0 OR strpos(reason, %s) > 0)",
                           [quoted, MARK, word, MARK, key, list(ids), key, list(ids), quoted, word])  # fmt: skip
    for function in _quoters:
        function(key, ids, words)


def without(text: Any, words: list[str]) -> Any:
    """The text, or each of a list of texts, with every one of the words marked as erased."""
    if isinstance(text, list):
        return [without(each, words) for each in text]
    for word in words:
        text = text.replace(word, MARK)
    return text


def sentence() -> str:
    """What a reader of an erased record is told."""
    return _("The personal data of this record was erased on request.")
