"""How long the audit stays in the database. A month that leaves is written into a file first; the periods of records never leave."""

from __future__ import annotations

import gzip
import hashlib
import tempfile
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from pellucid.kernel.records import settings

LEAST_MONTHS = 6
MARK = "[personal]"  # no erasure can reach into a file that somebody has taken along, so personal values do not go there
FOLDER = "archive"
settings.section("history", _("History"), 45)
settings.declare(
    settings.Setting("history.audit_months", _("Months of audit kept in the database"), "integer", 36, section="history",
                     least=LEAST_MONTHS, most=1200, position=1,
                     help=_("Older months leave into a file, without personal values. Past states stay for ever."))
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Archive:
    """The file of a month that left."""

    month: date
    lines: int
    name: str
    sha256: str


def first_kept() -> date:
    """The first day of the oldest month that stays."""
    today = timezone.now().date()
    months = today.year * 12 + today.month - 1 - max(settings.get("history.audit_months"), LEAST_MONTHS)
    return date(months // 12, months % 12 + 1, 1)


def leaving() -> list[date]:
    """The first days of the months that are older, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_date(right(c.relname, 6), 'YYYYMM') AS month FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'history.audit'::regclass AND c.relname ~ '^audit_[0-9]{6}$'"
            " AND to_date(right(c.relname, 6), 'YYYYMM') < %s ORDER BY month",
            [first_kept()],
        )
        return [month for (month,) in cursor.fetchall()]


def archive(month: date, personal: list[tuple[str, str]]) -> Archive:
    """Write a month into its file. `personal`: table and key of custom fields whose values stay out, beside the declared ones."""
    name = f"{FOLDER}/audit-{month:%Y-%m}.csv.gz"
    with tempfile.TemporaryFile() as file:
        lines = _write(file, month, personal)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        if default_storage.exists(name):  # of a pass that did not come to its end
            default_storage.delete(name)
        name = default_storage.save(name, File(file))
    with default_storage.open(name, "rb") as kept:
        if hashlib.file_digest(kept, "sha256").hexdigest() != digest:
            raise OSError(f"{name} cannot be read back as it was written")
    return Archive(month, lines, name, digest)


def drop(archive: Archive) -> bool:
    """Let a month go whose file is kept; a line of the audit says so. False when it was gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT history.drop_month(%s, %s, %s, %s)", [archive.month, archive.lines, archive.name, archive.sha256])
        return bool(cursor.fetchone()[0])


def _write(file: BinaryIO, month: date, personal: list[tuple[str, str]]) -> int:
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    side = sql.SQL(
        "CASE WHEN a.{0} ?| p.keys THEN a.{0} || coalesce((SELECT jsonb_object_agg(k, {1}) FROM unnest(p.keys) k WHERE a.{0} ->> k <> ''), '{{}}')"
        " ELSE a.{0} END AS {0}"
    )
    query = sql.SQL(
        "COPY (WITH p AS (SELECT tbl, array_agg(key) AS keys FROM (SELECT tbl, key FROM history.personal WHERE key <> ''"
        " UNION SELECT * FROM unnest({tables}::text[], {keys}::text[])) x (tbl, key) GROUP BY tbl)"
        " SELECT a.at, a.seq, a.tbl, a.row_id, a.op, a.actor, a.event, e.name AS action, e.door, e.on_behalf_of, a.version, {old}, {new}"
        " FROM history.audit a LEFT JOIN p ON p.tbl = a.tbl LEFT JOIN public.events_event e ON e.id = a.event"
        " WHERE a.at >= {first} AND a.at < {after}) TO STDOUT WITH (FORMAT csv, HEADER)"
    ).format(
        tables=sql.Literal([table for table, _key in personal]),
        keys=sql.Literal([key for _table, key in personal]),
        old=side.format(sql.Identifier("old"), sql.Literal(MARK)),
        new=side.format(sql.Identifier("new"), sql.Literal(MARK)),
        first=sql.Literal(f"{month:%Y-%m-%d} 00:00+00"),
        after=sql.Literal(f"{after:%Y-%m-%d} 00:00+00"),
    )
    connection.ensure_connection()
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed, connection.connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # a year ago somebody may have loaded millions of rows
        with cursor.copy(query) as out:
            for part in out:
                packed.write(part)
        return int(cursor.rowcount)
