"""What spans should say, told by a step function in Python, and random timelines that compare the two."""

from __future__ import annotations

import bisect
import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = [START + timedelta(days=3 * n) for n in range(20)]
Values = dict[str, Any]
Points = list[tuple[datetime, Values | None]]
OPERATIONS = {
    "update": 30, "back": 22, "noise": 5, "correct": 18, "delete": 6, "delete back": 4, "restore": 9, "purge": 1, "undone": 5,
}  # fmt: skip
CUSTOM = ("'{}'", "extra", """extra || '{"x_a": 1}'""", """extra || '{"x_b": [null]}'""", "extra - 'x_a'")
MICROSECOND = timedelta(microseconds=1)


class Life:
    """One record: from each point on it had these values, or None where it did not live."""

    def __init__(self) -> None:
        self.points: Points = []
        self.row: Values = {}
        self.alive = self.exists = False
        self.believed: list[tuple[datetime, Points]] = []

    @staticmethod
    def at(moment: datetime, points: Points) -> Values | None:
        place = bisect.bisect_right([when for when, _ in points], moment) - 1
        return points[place][1] if place >= 0 else None

    def _set(self, start: datetime, end: datetime | None, change: Callable[[Values | None], Values | None]) -> None:
        cuts = sorted({when for when, _ in self.points} | {start} | ({end} if end else set()))
        inside = [when >= start and (end is None or when < end) for when in cuts]
        said = [self.at(when, self.points) for when in cuts]
        self.points = [(when, change(old) if ours else old) for when, ours, old in zip(cuts, inside, said, strict=True)]

    def insert(self, since: datetime, values: Values) -> None:
        self.row, self.alive, self.exists = dict(values), True, True
        self._set(since, None, lambda _: dict(values))

    def update(self, since: datetime, values: Values) -> None:
        if not self.exists:
            return
        changed = {key: value for key, value in values.items() if self.row[key] != value}
        self.row.update(changed)
        if self.alive and changed:
            self._set(since, None, lambda old: old and {**old, **changed})

    def delete(self, since: datetime, purge: bool = False) -> None:
        if self.exists and self.alive:
            self._set(since, None, lambda _: None)
        self.alive, self.exists = False, self.exists and not purge

    def restore(self, since: datetime) -> None:
        if not self.exists or self.alive:
            return
        ends = [when for n, (when, said) in enumerate(self.points) if said is None and n and self.points[n - 1][1] is not None]
        self.alive = True
        self._set(max([since, *ends[-1:]]), None, lambda _: dict(self.row))

    def correct(self, start: datetime, end: datetime, values: Values) -> None:
        self._set(start, end, lambda old: old and {**old, **values})


class Timelines:
    """Plays random operations on records of the sample and on their lives at once."""

    def __init__(self, session: psycopg.Connection, seed: int, first_id: int = 1) -> None:
        self.session, self.random, self.next_id = session, random.Random(seed), first_id
        self.played: Counter[str] = Counter()
        self.probes = 0
        self.differences: list[str] = []

    def play(self, records: int, steps: int = 10) -> None:
        """One sequence of transactions on some records, then the comparison."""
        ids = list(range(self.next_id, self.next_id + records))
        self.next_id += records
        lives = {i: Life() for i in ids}
        with self.session.transaction():
            now = self._now()
            since = self.random.choice([*DAYS, None, None, None, None])
            self._valid_at(since)
            values = self._values()
            self.session.execute(
                "INSERT INTO thing (id, stage, amount, owner_id) SELECT unnest(%s::bigint[]), %s, %s, %s",
                [ids, values["stage"], values["amount"], values["owner_id"]],
            )
            for life in lives.values():
                life.insert(since or now, values)
        self._remember(lives, now)
        for _ in range(self.random.randint(3, steps)):
            with self.session.transaction():
                now = self._now()
                for _ in range(self.random.choice([1, 1, 1, 2, 3])):
                    self._operate(ids, lives, now)
            self._remember(lives, now)
        self._compare(lives)

    def _now(self) -> datetime:
        return self.session.execute("SELECT now()").fetchone()[0]

    def _valid_at(self, moment: datetime | None) -> None:
        self.session.execute("SELECT set_config('pellucid.valid_at', %s, true)", [moment.isoformat() if moment else ""])

    def _values(self) -> Values:
        return {"stage": self.random.randint(1, 4), "amount": self.random.randint(1, 4), "owner_id": self.random.randint(1, 3)}

    @staticmethod
    def _remember(lives: dict[int, Life], now: datetime) -> None:
        for life in lives.values():
            life.believed.append((now, list(life.points)))

    def _operate(self, ids: list[int], lives: dict[int, Life], now: datetime) -> None:
        [kind] = self.random.choices(list(OPERATIONS), list(OPERATIONS.values()))
        self.played[kind] += 1
        some = ids if len(ids) == 1 else self.random.sample(ids, self.random.randint(1, len(ids)))
        values = {key: value for key, value in self._values().items() if self.random.random() < 0.5}
        values = values or {"stage": self.random.randint(1, 4)}
        sets = ", ".join(f"{key} = {value}" for key, value in values.items())
        day = self.random.choice(DAYS)
        since = day if kind in ("back", "delete back") or (kind == "restore" and self.random.random() < 0.4) else None
        self._valid_at(since)
        where = "WHERE id = ANY (%s)"
        if kind in ("update", "back"):
            self.session.execute(f"UPDATE thing SET {sets} {where}", [some])
            for i in some:
                lives[i].update(since or now, values)
        elif kind == "noise":
            custom = self.random.choice(CUSTOM)
            self.session.execute(f"UPDATE thing SET name = name || 'x', note = 'n', extra = {custom} {where}", [some])
        elif kind == "correct":
            end = day + timedelta(days=self.random.choice([3, 9, 30]))
            for i in some[:3]:
                self.session.execute("SELECT history.thing_span_correct(%s, %s, %s, %s)", [i, day, end, json.dumps(values)])
                lives[i].correct(day, end, values)
        elif kind in ("delete", "delete back"):
            self.session.execute(f"UPDATE thing SET deleted_at = now() {where} AND deleted_at IS NULL", [some])
            for i in some:
                lives[i].delete(since or now)
        elif kind == "restore":
            self.session.execute(f"UPDATE thing SET deleted_at = NULL {where}", [some])
            for i in some:
                lives[i].restore(since or now)
        elif kind == "purge":
            self.session.execute(f"DELETE FROM thing {where}", [some])
            for i in some:
                lives[i].delete(now, purge=True)
        else:
            self.session.execute("SAVEPOINT here")
            self.session.execute(f"UPDATE thing SET {sets} {where}", [some])
            self._valid_at(day)
            self.session.execute(f"UPDATE thing SET stage = 9 {where}", [some])
            self.session.execute("ROLLBACK TO here")

    def _compare(self, lives: dict[int, Life]) -> None:
        """Ask both at every turning point, and just before it, for every belief there was."""
        spans: dict[int, list[tuple[Any, ...]]] = {i: [] for i in lives}
        for i, *span in self.session.execute(
            "SELECT id, valid_from, valid_to, recorded_at, recorded_to, stage, amount, owner_id"
            " FROM thing_span WHERE id = ANY (%s)",
            [list(lives)],
        ):
            spans[i].append(tuple(span))
        for i, life in lives.items():
            if any(recorded_at == recorded_to for _, _, recorded_at, recorded_to, *_ in spans[i]):
                self.differences.append(f"{i}: a span nobody ever believed")
            turns = {when for _, points in life.believed for when, _ in points}
            turns |= {end for span in spans[i] for end in span[:2]}
            for believed_at, points in life.believed:
                for moment in sorted(turns | {turn - MICROSECOND for turn in turns}):
                    if moment <= believed_at:
                        self._probe(i, moment, believed_at, spans[i], life.at(moment, points))

    def _probe(self, i: int, moment: datetime, believed_at: datetime, spans: list[Any], expected: Values | None) -> None:
        self.probes += 1
        found = [
            {"stage": stage, "amount": int(amount), "owner_id": owner}
            for valid_from, valid_to, recorded_at, recorded_to, stage, amount, owner in spans
            if valid_from <= moment < valid_to and recorded_at <= believed_at < recorded_to
        ]
        if found != ([] if expected is None else [expected]):
            self.differences.append(f"{i} at {moment}, as believed at {believed_at}: {found} instead of {expected}")
