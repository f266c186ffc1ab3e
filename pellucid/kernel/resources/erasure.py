"""The erasure of a person: every personal value of a record is taken out of the row, its past, events, comments, and whatever other parts
of the program registered that they keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.history.writes import erase_person, personal_fields
from pellucid.kernel.records.models import Comment, Record

from .fields import specs, value_of

MARK = "[erased]"
SHORTEST = 2
Eraser = Callable[[str, int, list[str]], None]
_erasers: list[Eraser] = []


def erases(function: Eraser) -> Eraser:
    """Register ``function(resource key, record id, words)``: it takes the words out of what its part keeps about the record."""
    _erasers.append(function)
    return function


def words_of(record: Record) -> list[str]:
    """Personal texts of a record that may have been quoted elsewhere, longest first."""
    known = specs(record._meta.model_name or "")
    found = {str(value_of(record, s)) for s in known.values() if s.personal and s.kind.family == "text" and value_of(record, s)}
    return sorted((w for w in found if len(w) >= SHORTEST and MARK not in w), key=len, reverse=True)


def erase(record: Record, *, actor: Actor, title: str) -> list[str]:
    """Blank every personal field (the title becomes a mark) and erase them from the past; returns the words that were taken out."""
    key, known = record._meta.model_name or "", specs(record._meta.model_name or "")
    words = words_of(record)
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
    erase_person(type(record), [record.pk], erased | set(personal_fields(type(record))))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE events_event SET payload = '{}'::jsonb, reason = '' WHERE resource = %s AND record_id = %s", [key, record.pk])
    redact(Comment.objects.filter(resource=key, record_id=record.pk), "text", words)
    for function in _erasers:
        function(key, record.pk, words)
    return words


def redact(rows: Any, field: str, words: list[str]) -> list[int]:
    """Take words out of a text of some rows; returns the ids of those that held one."""
    touched = []
    for row in rows.iterator():
        text = without(getattr(row, field), words)
        if text != getattr(row, field):
            setattr(row, field, text)
            row.save(update_fields=(field,))
            touched.append(row.pk)
    return touched


def without(text: str, words: list[str]) -> str:
    """The text with every one of the words marked as erased."""
    for word in words:
        text = text.replace(word, MARK)
    return text


def sentence() -> str:
    """What a reader of an erased record is told."""
    return _("The personal data of this record was erased on request.")
