"""Many clients at once: real threads, each with a connection of its own, all starting at the same moment."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import connection

from pellucid.kernel.history.checks import check
from pellucid.kernel.records import versions

CLIENTS = 64


def together(work: Callable[[int], Any], clients: int = CLIENTS) -> list[Any]:
    """What ``work(n)`` answered or raised, client by client. Each sees the counters of its start, as behind a door."""
    gate = threading.Barrier(clients)
    answers: list[Any] = [None] * clients

    def one(n: int) -> None:
        try:
            with versions.using(versions.read()):
                gate.wait(60)
                answers[n] = work(n)
        except Exception as error:
            answers[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(n,), daemon=True) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads), "a client waits for ever"
    return answers


def kinds(answers: list[Any]) -> Counter[str]:
    """How many answers of which kind: the class of what was raised, or "done"."""
    return Counter(type(a).__name__ if isinstance(a, Exception) else "done" for a in answers)


def history_agrees() -> None:
    """The audit and the periods say what the rows say."""
    assert check() == []


def audited(table: str, op: str, row: int | None = None) -> int:
    """How many lines the audit has for a table (and row)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM history.audit WHERE tbl = %s AND op = %s AND (%s::bigint IS NULL OR row_id = %s)",
                       [table, op, row, row])
        return cursor.fetchone()[0]
