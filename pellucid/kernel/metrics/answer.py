"""A question answered: lines with their cells, totals apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import rights_of
from pellucid.kernel.records import days
from pellucid.kernel.records.versions import TOPICS, versioned

from .declare import Ask
from .statement import Statement, statement
from .windows import edges

Cell = int | Decimal | dt.datetime | None
MOST = 50  # statements kept for one reader


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the values of its dimensions (None: not filled in), its bucket, its cells by column."""

    values: tuple[Any, ...]
    cells: dict[str, Any]
    bucket: int | None = None
    level: int = 0  # bits of the dimensions it is a total over
    others: int = 0  # how many rows it stands for, beyond the largest


@dataclass(frozen=True, slots=True)
class Answer:
    """Lines in order, totals, and what was asked."""

    ask: Ask
    lines: tuple[Line, ...]
    totals: tuple[Line, ...]
    asof: dt.date
    starts: tuple[dt.date, ...] = ()  # first days of the buckets

    @property
    def total(self) -> Line | None:
        """The total over everything; without dimensions the one line is it."""
        whole = 2 ** len(self.ask.by) - 1
        return next((line for line in (*self.totals, *self.lines) if line.level == whole), None)

    def cell(self, column: str, *values: Any) -> Any:
        """One cell by its dimension values."""
        return next((line.cells[column] for line in self.lines if line.values == values), None)


def answer(actor: Actor, ask: Ask, today: dt.date | None = None) -> Answer:
    """Ask. One query."""
    made = kept(actor, ask, today or days.today())
    lines: list[Line] = []
    totals: list[Line] = []
    for row in fetch(made):
        g = row.pop("g")
        values = tuple(row.pop(f"d_{name}") for name in ask.by)
        beyond, count = row.pop("o", False), row.pop("n", 0)
        line = Line(values, row, row.pop("k", None), g, count if beyond else 0)
        (totals if g and ask.by else lines).append(line)
    starts = tuple(edges(made.plan.windows[""], ask.grain)) if ask.grain else ()
    return Answer(ask, tuple(lines), tuple(totals), made.plan.asof, starts)


def mean(actor: Actor, ask: Ask, step: str, today: dt.date | None = None) -> Answer:
    """The mean over the ends of the steps (months, weeks) of a period, of what is so on a day: one question per end, as far as they have come."""
    today = today or days.today()
    asof = min(ask.asof or today, today)
    assert ask.period is not None
    starts = edges(days.cut(ask.period, asof), step)
    one_day = dt.timedelta(days=1)
    ends = [*(start - one_day for start in starts[1:]), min(asof, (ask.period.until or asof + one_day) - one_day)]
    found = [answer(actor, replace(ask, period=None, asof=end, compare={}, totals=False, top=0), today) for end in ends]
    sums: dict[tuple[Any, ...], dict[str, Decimal]] = {}
    for one in found:
        for line in one.lines:
            cells = sums.setdefault(line.values, {})
            for name in ask.measures:
                cells[name] = cells.get(name, Decimal(0)) + Decimal(line.cells[name] or 0)
    lines = [Line(values, {name: plain(total / len(ends)) for name, total in cells.items()}) for values, cells in sums.items()]
    lines.sort(key=lambda line: -line.cells[ask.measures[0]])
    return Answer(replace(ask, compare={}, totals=False), tuple(lines), (), asof)


def kept(actor: Actor, ask: Ask, today: dt.date) -> Statement:
    """The statement of a question: making it takes longer than many an answer, and a workbench asks the same all day. It is made anew
    on another day, and when rights, units, settings, terms or fields have changed."""
    if actor.rights is not None and actor.rights is not rights_of(actor.user_id or 0):
        return statement(actor, ask, today)
    made: dict[str, Statement] = _made(actor.user_id, actor.rights is None, today)
    key = repr(ask)
    found = made.get(key)
    if found is None:
        if len(made) >= MOST:
            made.clear()
        found = made[key] = statement(actor, ask, today)
    return found


@versioned(*TOPICS)
def _made(user_id: int | None, everything: bool, today: dt.date) -> dict[str, Statement]:
    return {}


def fetch(made: Statement) -> Iterator[dict[str, Any]]:
    """The rows of a statement by column."""
    with connection.cursor() as cursor:
        cursor.execute(made.sql, made.params)
        names = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            yield dict(zip(names, map(plain, row), strict=True))


def plain(value: Any) -> Any:
    """Whole numbers as such: 3, not 3.00; parts stay decimals."""
    if isinstance(value, Decimal) and value == value.to_integral_value() and value.is_finite():
        return int(value)
    return value
