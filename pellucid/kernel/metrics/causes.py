"""Why a sum of one window differs from that of another: who came, came back and left, what was taken up and dropped, how much, of what, at which
price, at which rate, at which cost. The way from one figure to the other is cut at rounded points, so that the parts add up to the cent.
"""
# ruff: noqa: S608  every name in this SQL comes from a declaration, none from a user

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Case, CharField, DecimalField, F, QuerySet, Value, When
from django.db.models.functions import Cast

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days

from .declare import EVER, Ask, Causes, Ctx, Dataset, Filters, datasets
from .needs import demand_of, of_dim, standing_paths
from .paths import fields_read
from .rows import NOTHING, dim_of, inside, rows_of, value

PARTIES = ("party_new", "party_back", "party_lost")
ITEMS = ("item_new", "item_gone")
PAIRS = ("volume", "mix", "price", "fx", "cost")
ORDER = ("party_new", "party_back", "item_new", "volume", "mix", "price", "cost", "fx", "no_quantity", "item_gone", "party_lost")
ZERO, MOST = Decimal(0), 8
NUMBER = DecimalField(max_digits=30, decimal_places=8)


@dataclass(frozen=True, slots=True)
class Compared:
    """A question about causes: the window, the one it is compared with, both as of one day, within filters, in one measure."""

    now: Days
    before: Days
    metric: str
    asof: dt.date
    filters: Filters = field(default_factory=dict)
    reported: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One step of the way: what it adds, how many parties and items it concerns."""

    name: str
    effect: Decimal
    parties: int
    items: int


@dataclass(frozen=True, slots=True)
class Bridge:
    """The way from the one figure to the other, of everything or of one value of a dimension."""

    value: Any
    opening: Decimal
    closing: Decimal
    parts: tuple[Part, ...]

    def effect(self, *names: str) -> Decimal:
        """What these parts add."""
        return sum((p.effect for p in self.parts if p.name in names), start=ZERO)


@dataclass(frozen=True, slots=True)
class Line:
    """One party or item: its figures in either window, what it adds to the part."""

    id: int | None
    part: str
    value0: Decimal
    value1: Decimal
    quantity0: Decimal
    quantity1: Decimal
    effect: Decimal


@dataclass(frozen=True, slots=True)
class Told:
    """The whole way, with the parties and items whose figures differ most."""

    bridge: Bridge
    parties: tuple[Line, ...]
    items: tuple[Line, ...]


def read_by(one: Causes, metric: str, filters: Iterable[str] = (), by: str = "") -> Iterator[Iterable[tuple[str, str]]]:
    """Every field the question reads, for the rights."""
    for ds in sets_of(one, metric):
        own = ds.name == one.dataset
        more = (one.currency, one.foreign, one.cost if metric == one.profit else "") if own else ()
        for path in filter(None, (*standing_paths(ds), ds.axis, one.quantity, one.amount, *more)):
            yield [(ds.resource, ""), *fields_read(ds.model, path)]
        for name in filter(None, (one.party, one.item, one.uom, *filters, by)):
            yield of_dim(ds, name)


def sets_of(one: Causes, metric: str) -> list[Dataset]:
    """The datasets whose rows are summed."""
    return [datasets[name] for name in (one.dataset, one.returned if metric == one.net else "") if name]


def told(actor: Actor, one: Causes, asked: Compared, today: dt.date | None = None) -> Told:
    """The way of everything. Forbidden, before any query, when a field may not be read. One query."""
    sql, params = effects_sql(actor, one, replace(asked, by=""), today)
    most = """UNION ALL (SELECT '{0}', {0}, {1}, SUM(v0), SUM(v1), SUM(q0), SUM(q1), 0, 0 FROM {2} GROUP BY {0}{3}
        ORDER BY ABS(SUM(v1 - v0)) DESC, {0} LIMIT {4})"""
    found = _fetch(f"{sql} {SUMS} {most.format('p', 'kind', 'sorted', ', kind', MOST)} {most.format('i', "''", 'held', '', MOST)}", params)
    bridge = next(iter(_bridges(found)), Bridge(None, ZERO, ZERO, ()))
    listed = {tag: tuple(Line(key, part, v0, v1, q0, q1, v1 - v0) for t, key, part, v0, v1, q0, q1, *_n in found if t == tag and v1 != v0)
              for tag in ("p", "i")}  # fmt: skip
    return Told(bridge, listed["p"], listed["i"])


def by_value(actor: Actor, one: Causes, asked: Compared, today: dt.date | None = None) -> list[Bridge]:
    """A way for each value of a dimension, as if the question were filtered by it; those whose figures are largest first."""
    sql, params = effects_sql(actor, one, asked, today)
    found = _bridges(_fetch(f"{sql} {SUMS}", params))
    return sorted(found, key=lambda b: (-max(abs(b.opening), abs(b.closing)), str(b.value)))


def behind(
    actor: Actor, one: Causes, asked: Compared, part: str, of: str, *, limit: int = 50, offset: int = 0, today: dt.date | None = None
) -> list[Line]:
    """The parties or the items of a part, those it comes from most first. "" is everything that differs."""
    sql, params = effects_sql(actor, one, replace(asked, by=""), today)
    key, differing = "p" if of == "party" else "i", "effect"
    if part:
        picked, more = f"(SELECT {key} AS k, v0, v1, q0, q1, effect FROM effects WHERE part = %s)", [part]
        if part in PAIRS and of == "party":  # an effect on a price has no party of its own: their figures alone
            picked, more = "(SELECT p AS k, v0, v1, q0, q1, 0 AS effect FROM sorted WHERE kind = 'kept' AND iq0 > 0 AND iq1 > 0)", []
            differing = "v1 - v0"
    else:
        picked, more = f"(SELECT {key} AS k, v0, v1, q0, q1, v1 - v0 AS effect FROM held)", []
    found = _fetch(f"""{sql} SELECT k, %s, SUM(v0), SUM(v1), SUM(q0), SUM(q1), SUM(effect) FROM {picked} x GROUP BY k
        HAVING SUM({differing}) <> 0 ORDER BY ABS(SUM({differing})) DESC, k LIMIT %s OFFSET %s""",
                   [*params, part, *more, limit, offset])  # fmt: skip
    return [Line(*row) for row in found]


SUMS = """SELECT 's' AS tag, g, part, SUM(v0), SUM(v1), SUM(effect), 0, COUNT(DISTINCT p), COUNT(DISTINCT i) FROM effects GROUP BY g, part
 UNION ALL SELECT 's', g, '', SUM(v0), SUM(v1), SUM(v1 - v0), 0, 0, 0 FROM held GROUP BY g"""


def _fetch(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _bridges(found: list[tuple[Any, ...]]) -> list[Bridge]:
    """Ways from sums. What does not add up to the cent is a fault of this file, not something to show."""
    ways: dict[Any, dict[str, Part]] = {}
    ends: dict[Any, tuple[Decimal, Decimal]] = {}
    for tag, g, part, v0, v1, effect, _q, parties, items in found:
        if tag != "s":
            continue
        if part:
            ways.setdefault(g, {})[part] = Part(part, effect, parties, items)
        else:
            ends[g] = (v0, v1)
    out = [Bridge(g, v0, v1, tuple(parts[name] for name in ORDER if name in (parts := ways.get(g, {})))) for g, (v0, v1) in ends.items()]
    for bridge in out:
        if bridge.closing - bridge.opening != sum((p.effect for p in bridge.parts), start=ZERO):
            raise AssertionError(f"parts of {bridge} do not add up")
    return out


def effects_sql(actor: Actor, one: Causes, asked: Compared, today: dt.date | None = None) -> tuple[str, list[Any]]:
    """The common tables of every question: `held` (sums by party and item), `sorted` (with what became of the party), `effects`."""
    demand_of(actor, read_by(one, asked.metric, asked.filters, asked.by))
    today = today or days.today()
    parts, params = [], []
    for ds in sets_of(one, asked.metric):
        sql, more = _as_sql(_rows(actor, one, asked, ds, today))
        parts.append(f"({sql})")
        params += more
    before, before_params = _as_sql(_earlier(actor, one, asked, today))
    v, same = ("({a} - {c})" if asked.metric == one.profit else "{a}"), "e.g IS NOT DISTINCT FROM y.g AND " if asked.by else ""
    v0, v1, by = v.format(a="a0", c="c0"), v.format(a="a1", c="c1"), "g, " if asked.by else ""
    sides = ", ".join(f"COALESCE(SUM({c}) FILTER (WHERE in{n}), 0) AS {c}{n}" for c in "qac" for n in "01")
    sums = ", ".join(f"SUM({c}{n}) AS {c}{n}" for c in "qac" for n in "01")
    cost = ", ('cost', tc - c1)" if asked.metric == one.profit else ""
    profit = "- ROUND(c0 * q1 / q0, 2)" if asked.metric == one.profit else ""
    return f"""
    WITH cells AS (
      SELECT g, p, i, u, cur, {sides}, SUM(f) FILTER (WHERE in0) AS f0, SUM(f) FILTER (WHERE in1) AS f1
        FROM ({" UNION ALL ".join(parts)}) r GROUP BY g, p, i, u, cur),
    rated AS (SELECT *, SUM(a0) OVER w / NULLIF(SUM(f0) OVER w, 0) AS rate FROM cells WINDOW w AS (PARTITION BY {by}cur)),
    summed AS (SELECT g, p, i, u, {sums}, SUM(COALESCE(ROUND(f1 * rate, 2), a1)) AS b1 FROM rated GROUP BY g, p, i, u),
    held AS (SELECT *, {v0} AS v0, {v1} AS v1 FROM summed),
    known AS (
      SELECT *, CASE WHEN was AND is_now THEN 'kept' WHEN was THEN 'party_lost'
                     WHEN EXISTS (SELECT 1 FROM ({before}) e WHERE {same}e.p = y.p) THEN 'party_back' ELSE 'party_new' END AS kind
        FROM (SELECT *, BOOL_OR(q0 <> 0 OR a0 <> 0) OVER w AS was, BOOL_OR(q1 <> 0 OR a1 <> 0) OVER w AS is_now
                FROM held WINDOW w AS (PARTITION BY {by}p)) y
       WHERE was OR is_now),
    sorted AS (
      SELECT *, SUM(q0) FILTER (WHERE kind = 'kept') OVER w AS iq0, SUM(q1) FILTER (WHERE kind = 'kept') OVER w AS iq1
        FROM known WINDOW w AS (PARTITION BY {by}i, u)),
    pairs AS (
      SELECT *, ROUND(v0 * SUM(q1) OVER w / SUM(q0) OVER w, 2) AS t1, ROUND(a0 * q1 / q0, 2) AS ta, ROUND(c0 * q1 / q0, 2) AS tc
        FROM (SELECT g, i, u, {sums}, SUM(b1) AS b1, SUM(v0) AS v0, SUM(v1) AS v1 FROM sorted
               WHERE kind = 'kept' AND iq0 > 0 AND iq1 > 0 GROUP BY g, i, u) x WINDOW w AS (PARTITION BY {by}u)),
    effects AS (
      SELECT g, kind AS part, p, i, v0, v1, q0, q1, v1 - v0 AS effect FROM sorted WHERE kind <> 'kept'
      UNION ALL
      SELECT g, CASE WHEN iq1 > 0 THEN 'item_new' WHEN iq0 > 0 THEN 'item_gone' ELSE 'no_quantity' END, p, i, v0, v1, q0, q1, v1 - v0
        FROM sorted WHERE kind = 'kept' AND NOT (iq0 > 0 AND iq1 > 0)
      UNION ALL
      SELECT g, s.part, NULL, i, v0, v1, q0, q1, s.effect FROM pairs CROSS JOIN LATERAL (VALUES
        ('volume', t1 - v0), ('mix', ta {profit} - t1), ('price', b1 - ta), ('fx', a1 - b1){cost}) s (part, effect))
    """, [*params, *before_params]


def _rows(actor: Actor, one: Causes, asked: Compared, ds: Dataset, today: dt.date) -> tuple[QuerySet[Any], dict[str, Any]]:
    """The rows of both windows with what is summed of them; what came back counts against."""
    first = min(w.first or EVER for w in (asked.now, asked.before))
    last = max(w.until for w in (asked.now, asked.before) if w.until)
    ctx = Ctx(Days(first, last), asked.asof, today, asked.reported)
    rows = rows_of(ds, actor, Ask((), filters=asked.filters, reported=asked.reported), ctx, "flow")
    then, now = (inside(ds, ds.axis, w) for w in (asked.before, asked.now))
    own = ds.name == one.dataset
    if own and asked.metric == one.profit:
        rows = rows.filter(**{f"{one.cost}__isnull": False})
    sign = Value(1 if own else -1)
    item = dim_of(ds, one.item).expr
    counted = Case(When(**{f"{item}__isnull": True}, then=Value(0)), default=F(one.quantity) * sign, output_field=NUMBER)
    flags = {key: Case(When(test, then=True), default=False, output_field=BooleanField()) for key, test in (("in0", then), ("in1", now))}
    agreed = bool(own and one.currency)
    return rows.filter(then | now), {
        "g": value(dim_of(ds, asked.by).expr, ctx) if asked.by else Value(0), "p": F(str(dim_of(ds, one.party).expr)), "i": F(str(item)),
        "u": F(str(dim_of(ds, one.uom).expr)), **flags, "q": counted, "a": F(one.amount) * sign,
        "cur": F(one.currency) if agreed else Cast(Value(None), CharField()), "f": F(one.foreign) if agreed else Cast(Value(None), NUMBER),
        "c": F(one.cost) if own and asked.metric == one.profit else Value(0, NUMBER),
    }  # fmt: skip


def _earlier(actor: Actor, one: Causes, asked: Compared, today: dt.date) -> tuple[QuerySet[Any], dict[str, Any]]:
    """Who there was before the window, within the same filters."""
    ds = datasets[one.dataset]
    ctx = Ctx(Days(EVER, asked.now.first), asked.asof, today, asked.reported)
    rows = rows_of(ds, actor, Ask((), filters=asked.filters, reported=asked.reported), ctx, "flow").exclude(**{one.amount: 0})
    by = {"g": value(dim_of(ds, asked.by).expr, ctx)} if asked.by else {}
    return rows, {"p": F(str(dim_of(ds, one.party).expr)), **by}


def _as_sql(made: tuple[QuerySet[Any], dict[str, Any]]) -> tuple[str, list[Any]]:
    """Rows as SQL. What can hold nothing, Django refuses to write: then the same columns of no rows."""
    rows, columns = made
    try:
        sql, params = rows.values(**columns).query.sql_with_params()
    except EmptyResultSet:
        sql, params = rows.model._base_manager.order_by().filter(NOTHING).values(**columns).query.sql_with_params()
    return sql, list(params)
