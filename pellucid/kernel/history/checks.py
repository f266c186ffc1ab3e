# ruff: noqa: S608  every name in this SQL comes from a declaration, none from a user
"""What a nightly job asks: does the past still say what the rows say, and is everything in place that keeps it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils.translation import gettext, gettext_noop

from . import audit_sql
from .tracked import FAR, Tracked, models_with_past, tracked_of


@dataclass(frozen=True)
class Finding:
    """Something that should not be: which check, which table, how often, and some ids to look at."""

    check: str
    table: str
    count: int
    sample: list[Any] = field(default_factory=list)

    def __str__(self) -> str:
        some = ", ".join(map(str, self.sample))
        return gettext("%(table)s: %(check)s (%(count)s, such as %(some)s)") % {
            "table": self.table, "check": gettext(self.check), "count": self.count, "some": some,
        }  # fmt: skip


def check() -> list[Finding]:
    """Every finding; an empty list is right."""
    tables = [tracked_of(model) for model in models_with_past()]
    return [*_of_audit(), *(finding for t in tables for finding in _of_table(t))]


def _of_audit() -> Iterator[Finding]:
    yield from _found(gettext_noop("lines that no month holds"), "history.audit", "SELECT seq FROM history.audit_default")
    yield from _found(
        gettext_noop("months not made ahead"),
        "history.audit",
        "SELECT to_char(m, 'YYYYMM') FROM generate_series(date_trunc('month', now()), now() + interval '1 month', '1 month') m"
        " WHERE to_regclass('history.audit_' || to_char(m AT TIME ZONE 'UTC', 'YYYYMM')) IS NULL",
    )


def _of_table(t: Tracked) -> Iterator[Finding]:
    wanted = list(audit_sql.names(t)) + [f"{t.table}_span_{event}" for event in ("ins", "upd", "del") if t.temporal]
    yield from _found(
        gettext_noop("triggers gone or switched off"),
        t.table,
        "SELECT w FROM unnest(%s::text[]) w WHERE NOT EXISTS (SELECT FROM pg_trigger"
        " WHERE tgrelid = to_regclass(%s) AND tgname = w AND tgenabled IN ('O', 'A'))",
        [wanted, f"public.{t.table}"],
    )
    if t.temporal:
        said, says = (", ".join(f'{row}."{c}"' for c in t.temporal) for row in "sr")
        pk = f'r."{t.pk}"'
        alive = " AND ".join(f'r."{c}" IS NULL' for c in t.alive) or "true"
        yield from _found(
            gettext_noop("last period and row differ"),
            t.table,
            f"SELECT coalesce({pk}, s.id) FROM (SELECT * FROM public.{t.table} r WHERE {alive}) r"
            f" FULL JOIN (SELECT * FROM public.{t.span} WHERE recorded_to = '{FAR}' AND valid_to = '{FAR}') s ON s.id = {pk}"
            f" WHERE ({said}) IS DISTINCT FROM ({says}) OR s.id IS NULL OR {pk} IS NULL",
        )
        never = f"SELECT id FROM public.{t.span} WHERE recorded_to <= recorded_at"
        yield from _found(gettext_noop("periods nobody ever believed"), t.table, never)


def _found(name: str, table: str, sql: str, values: list[Any] | None = None) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), (array_agg(x ORDER BY x))[:5] FROM ({sql}) AS found (x)", values)
        count, sample = cursor.fetchone()
    if count:
        yield Finding(name, table, count, sample)
