"""The records behind the figures of a change: exactly those that are counted, with what each of them adds."""
# ruff: noqa: S608  every name in this SQL comes from a declaration, none from a user

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records import days
from pellucid.kernel.resources.declare import registry

from .change import IN, THERE, Between, moved_sql, of_day, read_by
from .declare import Change, datasets
from .needs import demand_of

CAME = f"part IN ({', '.join(repr(name) for name in IN)})"
PASSED = "passed-"  # before the name of an ending: what came and went in between


@dataclass(frozen=True, slots=True)
class Moved:
    """One record in its part: its place, value and factor on either day, and what it adds to the figure."""

    id: int
    part: str
    before: Any
    after: Any
    value0: Decimal
    value1: Decimal
    weighted0: Decimal
    weighted1: Decimal
    effect: Decimal


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records of a change: a part, or a cell of the matrix, and in which figure it is told."""

    part: str = ""
    before: str | None = None
    after: str | None = None
    metric: str = "value"


def moved(
    actor: Actor, change: Change, asked: Between, part: str = "", *, before: Any = None, after: Any = None, metric: str = "value",
    limit: int = 50, offset: int = 0, today: dt.date | None = None,
) -> list[Moved]:  # fmt: skip
    """The records of a part, those that moved most first: the same rows that are counted. "raised", "lowered" and the like are parts too."""
    wanted = Wanted(part, before, after, metric)
    sql, params, effect = chosen(actor, change, asked, wanted, today)
    with connection.cursor() as cursor:
        columns = f"id, part, p0, p1, v0, v1, v0 * f0, v1 * f1, {effect}"
        cursor.execute(f"SELECT {columns} FROM {sql} ORDER BY ABS({effect}) DESC, id LIMIT %s OFFSET %s", [*params, limit, offset])
        return [Moved(*row) for row in cursor.fetchall()]


def summed(actor: Actor, change: Change, asked: Between, wanted: Wanted, today: dt.date | None = None) -> tuple[int, Decimal]:
    """How many records a figure stands for, and what they come to."""
    sql, params, effect = chosen(actor, change, asked, wanted, today)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*), COALESCE(SUM({effect}), 0) FROM {sql}", params)
        count, total = cursor.fetchone()
    return count, total


def chosen(actor: Actor, change: Change, asked: Between, wanted: Wanted, today: dt.date | None) -> tuple[str, list[Any], str]:
    """The rows a figure stands for as SQL, and what each adds."""
    if wanted.part.startswith(PASSED):
        sql, params = gone_sql(actor, change, asked, today)
        return f"({sql}) m WHERE part = %s", [*params, wanted.part.removeprefix(PASSED)], "v0"
    sql, params = moved_sql(actor, change, asked, today)
    where, more = condition(change, wanted)
    return f"({sql}) m WHERE {where}", [*params, *more], effect_of(wanted)


def condition(change: Change, wanted: Wanted) -> tuple[str, list[Any]]:
    """Which rows are in a part, or in a cell of the matrix, or in one of its totals."""
    grew, shrank = {"count": ("FALSE", "FALSE"), "value": ("v1 > v0", "v1 < v0"),
                    "weighted": ("(v1 > v0 OR f1 > f0)", "(v1 < v0 OR f1 < f0)")}[wanted.metric]  # fmt: skip
    good = ", ".join(repr(e.name) for e in change.endings if e.good) or "''"
    likelier = " OR f1 <> f0" if wanted.metric == "weighted" else ""
    known = {
        "": f"part <> 'stay' OR v1 <> v0{likelier}", "every": "TRUE", "kept": THERE, "came": CAME, "was": f"NOT {CAME}",
        "is": f"{CAME} OR {THERE}",
        "raised": f"{THERE} AND v1 > v0", "lowered": f"{THERE} AND v1 < v0", "along": "part IN ('up', 'down')",
        "likelier": f"{THERE} AND f1 > f0", "unlikelier": f"{THERE} AND f1 < f0",
        "in": f"{CAME} OR {THERE} AND {grew}", "out": f"NOT {CAME} AND NOT {THERE} AND part NOT IN ({good}) OR {THERE} AND {shrank}",
    }  # fmt: skip
    said, params = (known[wanted.part], []) if wanted.part in known else ("part = %s", [wanted.part])
    said = f"({said})"
    for column, place in (("p0", wanted.before), ("p1", wanted.after)):
        if place is not None:
            said += f" AND {column}::text = %s"
            params.append(str(place))
    return said, params


def effect_of(wanted: Wanted) -> str:
    """What a row adds to the figure: all it is worth where the figure is of one day, else what became of it."""
    weighted = wanted.metric == "weighted"
    before, after = ("v0 * f0", "v1 * f1") if weighted else ("v0", "v1")
    if wanted.part in ("was", "is"):
        return before if wanted.part == "was" else after
    kept = f"{after} - {before}"
    if wanted.part in ("in", "out"):
        bound = "GREATEST" if wanted.part == "in" else "LEAST"
        kept = f"{bound}(v1 - v0, 0) * f1 + v0 * {bound}(f1 - f0, 0)" if weighted else f"{bound}(v1 - v0, 0)"
    elif weighted and wanted.part in ("raised", "lowered"):
        kept = "(v1 - v0) * f1"
    elif weighted and wanted.part in ("likelier", "unlikelier"):
        kept = "v0 * (f1 - f0)"
    return f"(CASE WHEN {THERE} THEN {kept} WHEN {CAME} THEN {after} ELSE -({before}) END)"


@dataclass(frozen=True, slots=True)
class Passed:
    """What came and went between the days, so that it is in no part."""

    ending: str
    count: int
    value: Decimal


def passed(actor: Actor, change: Change, asked: Between, today: dt.date | None = None) -> list[Passed]:
    """Records not yet there on the first day that had left the stock again by the last, by the way they left."""
    if not change.endings:
        return []
    sql, params = gone_sql(actor, change, asked, today)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT part, COUNT(*), SUM(v0) FROM ({sql}) m GROUP BY part", params)
        return [Passed(*row) for row in cursor.fetchall()]


def gone_sql(actor: Actor, change: Change, asked: Between, today: dt.date | None = None) -> tuple[str, list[Any]]:
    """One row per record that came and went between the days."""
    demand_of(actor, read_by(change, asked.filters))
    today = today or days.today()
    last = min(asked.last, today)
    then, now = (of_day(actor, change, asked, day, today) for day in (min(asked.first, last), last))
    gone, params = now.gone(after=days.end_of(min(asked.first, last)))
    known, known_params = then.others(everything=True)
    sql = f"""SELECT g.id, g.e AS part, NULL AS p0, NULL AS p1, g.v AS v0, g.v AS v1, 0 AS f0, 0 AS f1 FROM ({gone}) g
               WHERE NOT EXISTS (SELECT FROM ({known}) q WHERE q.id = g.id)"""
    return sql, [*params, *known_params]


def titles_of(actor: Actor, one: Change, found: Iterable[Moved]) -> dict[int, str]:
    """What the records that moved are called; those were found within the actor's reach as it was then. Forbidden if their name may not be read."""
    ds = datasets[one.dataset]
    title = registry[ds.resource].title
    demand_of(actor, [[(ds.resource, title)]])
    rows = registry[ds.resource].model._base_manager.filter(pk__in=[m.id for m in found])
    return {pk: str(said) for pk, said in rows.values_list("pk", title)}
