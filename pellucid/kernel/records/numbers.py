"""Numbers of records: from a sequence (no doubles, gaps allowed), or gapless for legal documents."""

from __future__ import annotations

from django.db import connection

from .days import today


def sequence(key: str) -> str:
    """The sequence that numbers a resource."""
    return f"number_{key}"


def draw(key: str, prefix: str) -> str:
    """The next number of a resource, such as KH-2026-000042."""
    return draw_many(key, prefix, 1)[0]


def draw_many(key: str, prefix: str, n: int) -> list[str]:
    """The next n numbers of a resource."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence(key), n])
        return [f"{prefix}-{today().year}-{row[0]:06d}" for row in cursor.fetchall()]


def draw_gapless(key: str, n: int = 1) -> int:
    """The next number of a legal document, or the last of the next n; the last statement before commit, for it holds the row until then."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO records_numbering (key, last) VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET last ="
            " records_numbering.last + EXCLUDED.last RETURNING last",
            [key, n],
        )
        return cursor.fetchone()[0]
