"""Conditions kept as data: the filters of a list, written into a rule by an administrator and asked of many records at once.

Stored as the list's own parameters ("f.region=in:32&f1.score=gte:60"), so that a rule can say whatever a list can.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import fields
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.records.kinds.base import BadValue, Kind, register
from pellucid.kernel.records.spec import Show, Spec

from .columns import ALIAS
from .declare import registry
from .params import Filter, ListParams
from .query import conditions
from .telling import told


class Conditions(fields.LongText):
    """Which records of another resource a rule speaks about; empty: all of them. `of` names the resource; where it differs from row to row,
    `by` names the field that holds it, and what is stored begins with it ("task?f.kind=in:call"): it can be read by itself."""

    kind = "conditions"

    def __init__(self, *args: Any, of: str = "", by: str = "", **kwargs: Any) -> None:
        self.of, self.by = of, by
        super().__init__(*args, **kwargs)


def parted(text: str) -> tuple[str, str]:
    """(the resource that stored conditions name, or nothing, the filters as text)."""
    key, mark, rest = (text or "").partition("?")
    return (key, rest) if mark and key in registry else ("", text or "")


def filters_of(text: str) -> tuple[Filter, ...]:
    """The filters of stored conditions."""
    return ListParams.parse(parse_qsl(parted(text)[1], keep_blank_values=True)).filters


def text_of(filters: Iterable[Filter]) -> str:
    """Filters as they are stored."""
    return urlencode([f.pair() for f in filters], safe=":,-.", quote_via=quote)


ALONE = ("empty", "filled", "me")  # what is asked for without a value


@register
class ConditionsKind(Kind):
    """Filters of the resource that `options["of"]` names, or that they name themselves."""

    key, control, operators = "conditions", "conditions", ("empty", "filled")

    def parse(self, spec: Spec, raw: Any, show: Show) -> str | None:
        text = str(raw or "").strip()
        if text.startswith(("/", "http://", "https://")):  # the address of a filtered list
            text = urlsplit(text).query
        key, rest = parted(text)
        key, text = spec.options.get("of") or key, rest.removeprefix("?")
        if not text:
            return None
        found = filters_of(text)
        if not found:
            raise BadValue(_("These are no conditions."))
        if any(f.op not in ALONE and not any(f.operands) for f in found):  # it would mean all of them
            raise BadValue(_("A condition has no value yet: choose one, or take the condition away."))
        if not key:  # the record they belong to knows what they are about
            return text_of(found)
        try:
            conditions(registry[key], found, Actor.system(), show)
        except Invalid as error:
            raise BadValue(" ".join(str(m) for messages in error.errors.values() for m in messages)) from error
        return text_of(found) if spec.options.get("of") else f"{key}?{text_of(found)}"

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        if not value:
            return _("All")
        of = registry.get(spec.options.get("of") or parted(value)[0])
        return told(filters_of(value), of, show, Actor.system()) if of else str(value)


def matching(key: str, text: str, ids: Collection[int] | None = None, *, limit: int | None = None) -> list[int]:
    """Ids of the living records of a resource (among `ids`, if given) that meet stored conditions, in the order of their ids."""
    if ids is not None and not ids:
        return []
    resource, actor = registry[key], Actor.system()
    asked = conditions(resource, filters_of(text), actor, show_for(actor))
    where = [f"{ALIAS}.deleted_at IS NULL", "c.merged_into IS NULL", *(f"({c.sql.as_string(None)})" for c in asked)]
    values: list[Any] = [p for c in asked for p in c.params]
    if ids is not None:
        where.append(f"{ALIAS}.id = ANY(%s)")
        values.append(list(ids))
    table = connection.ops.quote_name(resource.model._meta.db_table)
    cut = f" LIMIT {int(limit)}" if limit else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT c.id FROM {table} {ALIAS} WHERE {' AND '.join(where)} ORDER BY c.id{cut}", values)  # noqa: S608  names of ours
        return [row[0] for row in cursor.fetchall()]


def holding(
    key: str,
    texts: Sequence[str],
    pk: int,
    beside: Mapping[str, tuple[Spec, Any]] | None = None,
    *,
    row: Mapping[str, Any] | None = None,
) -> list[bool] | None:
    """Which of several stored conditions one record meets, asked in one statement; None when there is no such record. `beside` are
    values that are asked about as if they were columns of it; `row` holds its columns as they are to be taken, instead of those that stand
    there now. Raises Invalid when any of the conditions cannot be answered."""
    resource, actor = registry[key], Actor.system()
    given = beside or {}
    own = {name: spec for name, (spec, _value) in given.items()}
    asked = [conditions(resource, filters_of(text), actor, show_for(actor), own) for text in texts]
    columns = "".join(f", %s::{spec.options['sql']} AS {connection.ops.quote_name(spec.column)}" for spec in own.values())
    answers = ", ".join("(" + (" AND ".join(f"({c.sql.as_string(None)})" for c in each) or "true") + ") IS TRUE" for each in asked) or "true"
    values = [p for each in asked for c in each for p in c.params] + [value for _spec, value in given.values()]
    table = connection.ops.quote_name(resource.model._meta.db_table)
    rows = f"{table} r WHERE r.id = %s" if row is None else f"jsonb_populate_record(NULL::{table}, %s::jsonb) r"
    values.append(pk if row is None else json.dumps(row, cls=DjangoJSONEncoder))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {answers} FROM (SELECT r.*{columns} FROM {rows}) {ALIAS}", values)  # noqa: S608  names of ours
        found = cursor.fetchone()
    return None if found is None else list(found[: len(asked)])


def matches(key: str, text: str, pk: int) -> bool:
    """Whether one record meets stored conditions."""
    return not text or bool(matching(key, text, [pk]))
