"""How many statements a piece of code sends, those beside the ORM included."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent inside, without those of transactions and savepoints."""
    sent: list[str] = []
    original = psycopg.Cursor.execute

    def execute(self, query, *args, **kwargs):
        text = query.decode() if isinstance(query, bytes) else query if isinstance(query, str) else query.as_string(None)
        if not text.lstrip().upper().startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "SET LOCAL", "COMMIT")):
            sent.append(text)
        return original(self, query, *args, **kwargs)

    psycopg.Cursor.execute = execute
    try:
        yield sent
    finally:
        psycopg.Cursor.execute = original
