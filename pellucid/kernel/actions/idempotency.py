"""One effect per key: the answer to a keyed request is written in the transaction of its effect, so that it survives with it or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, transaction

from .again import TRIES, again
from .models import IdempotencyKey


@dataclass(frozen=True, slots=True)
class Kept:
    """What a request with this key was answered; `same` tells whether it was the same request."""

    status: int
    body: bytes
    same: bool
    replayed: bool


def once(user_id: int | None, key: str, fingerprint: bytes, work: Callable[[], tuple[int, bytes]]) -> Kept:
    """Do the work and keep its (status, body), or hand back what was kept. Others with the key wait until the first has committed.
    Answers from 500 on are not kept: their transaction is rolled back. A lost race is run again, the key with its effect."""
    for attempt in range(1, TRIES + 1):
        try:
            return _kept(user_id or 0, key, fingerprint, work)
        except _Failed as failed:
            return Kept(failed.status, failed.body, True, False)
        except DatabaseError as error:
            if not again(error, attempt):
                raise
    raise AssertionError("unreachable")


def _kept(user_id: int, key: str, fingerprint: bytes, work: Callable[[], tuple[int, bytes]]) -> Kept:
    with transaction.atomic():
        row, new = IdempotencyKey.objects.get_or_create(user_id=user_id, key=key, defaults={"fingerprint": fingerprint})
        if not new:
            return Kept(row.status, bytes(row.body), bytes(row.fingerprint) == fingerprint, True)
        row.status, row.body = work()
        if row.status >= 500:
            raise _Failed(row.status, row.body)
        row.save(update_fields=("status", "body"))
        return Kept(row.status, bytes(row.body), True, False)


class _Failed(Exception):
    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.body = status, body
