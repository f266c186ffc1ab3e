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
from .rows import NOTHING, dim_of, inside, rows_of, since, until, value

PARTIES = ("party_new", "party_back", "party_lost")
ITEMS = ("item_new", "item_gone")
PAIRS = ("volume", "mix", "price", "fx", "cost")
ORDER = ("party_new", "party_back", "item_new", "volume", "mix", "price", "cost", "fx", "no_quantity", "item_gone", "party_lost")
KIND = "(ARRAY['kept', 'party_lost', '', 'party_back', 'party_new'])[code]"  # numbers are grouped by with less work than words
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
    sql, params = known_sql(actor, one, replace(asked, by=""), today)
    found = _fetch(f"""{sql} {SUMS}
        UNION ALL (SELECT 'p', p, kind, v0, v1, q0, q1, 0, 0 FROM kinds WHERE kind <> '' ORDER BY ABS(v1 - v0) DESC, p LIMIT {MOST})
        UNION ALL (SELECT 'i', i, '', SUM(v0), SUM(v1), SUM(q0), SUM(q1), 0, 0 FROM items GROUP BY i
                    ORDER BY ABS(SUM(v1 - v0)) DESC, i LIMIT {MOST})""", params)  # fmt: skip
    bridge = next(iter(_bridges(found)), Bridge(None, ZERO, ZERO, ()))
    listed = {tag: tuple(Line(key, part, v0, v1, q0, q1, v1 - v0) for t, key, part, v0, v1, q0, q1, *_n in found if t == tag and v1 != v0)
              for tag in ("p", "i")}  # fmt: skip
    return Told(bridge, listed["p"], listed["i"])


def by_value(actor: Actor, one: Causes, asked: Compared, today: dt.date | None = None) -> list[Bridge]:
    """A way for each value of a dimension, as if the question were filtered by it; those whose figures are largest first."""
    sql, params = known_sql(actor, one, asked, today)
    found = _bridges(_fetch(f"{sql} {SUMS}", params))
    return sorted(found, key=lambda b: (-max(abs(b.opening), abs(b.closing)), str(b.value)))


def behind(
    actor: Actor, one: Causes, asked: Compared, part: str, of: str, *, limit: int = 50, offset: int = 0, today: dt.date | None = None
) -> list[Line]:
    """The parties or the items of a part, those it comes from most first. "" is everything that differs."""
    sql, params = known_sql(actor, one, replace(asked, by=""), today)
    differing = "v1 - v0" if part in PAIRS and of == "party" else "effect"
    found = _fetch(f"""{sql} SELECT k, %s, SUM(v0), SUM(v1), SUM(q0), SUM(q1), SUM(effect) FROM ({_picked(part, of)}) x GROUP BY k
        HAVING SUM({differing}) <> 0 ORDER BY ABS(SUM({differing})) DESC, k LIMIT %s OFFSET %s""",
                   [*params, part, limit, offset])  # fmt: skip
    return [Line(*row) for row in found]


def _picked(part: str, of: str) -> str:
    """Who or what a part comes from, with figures and effect."""
    if part in PARTIES or not part:
        where = f"kind = '{part}'" if part else "true"
        key, source = ("p", "kinds") if of == "party" else ("i", "items")
        return f"SELECT {key} AS k, v0, v1, q0, q1, v1 - v0 AS effect FROM {source} WHERE {where}"
    if part in PAIRS:  # an effect on a price has no party of its own: their figures alone
        if of == "party":
            return "SELECT p AS k, v0, v1, q0, q1, 0 AS effect FROM bought WHERE class = 'pair'"
        return f"SELECT i AS k, v0, v1, q0, q1, effect FROM effects WHERE part = '{part}'"
    if of == "party":
        return f"SELECT p AS k, v0, v1, q0, q1, v1 - v0 AS effect FROM bought WHERE class = '{part}'"
    return f"SELECT i AS k, v0, v1, q0, q1, v1 - v0 AS effect FROM items WHERE class = '{part}'"


# The parts with their parties and items, then both ends. What was bought by whom is read for items taken up and dropped only: there are few.
SUMS = f"""SELECT 's' AS tag, e.g, e.kind AS part, e.v0, e.v1, e.v1 - e.v0 AS effect, 0 AS q, n.parties, e.items
    FROM ends e JOIN (SELECT g, {KIND} AS kind, parties FROM (SELECT g, code, COUNT(*) AS parties FROM coded GROUP BY g, code) c) n
     ON n.g IS NOT DISTINCT FROM e.g AND n.kind = e.kind WHERE e.kind NOT IN ('', 'kept')
 UNION ALL SELECT 's', g, class, SUM(v0), SUM(v1), SUM(v1 - v0), 0, COUNT(DISTINCT p), COUNT(DISTINCT i) FROM bought WHERE class <> 'pair'
    AND EXISTS (SELECT 1 FROM items WHERE class NOT IN ('', 'pair')) GROUP BY g, class
 UNION ALL SELECT 's', g, part, SUM(v0), SUM(v1), SUM(effect), 0, 0, COUNT(DISTINCT i) FROM effects GROUP BY g, part
 UNION ALL SELECT 's', g, '', SUM(v0), SUM(v1), SUM(v1) - SUM(v0), 0, 0, 0 FROM ends GROUP BY g"""


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


def known_sql(actor: Actor, one: Causes, asked: Compared, today: dt.date | None = None) -> tuple[str, list[Any]]:
    """The common tables of every question, each as small as it can be: `kinds` (what became of each party, with its sums), `items` (sums by
    kind of party and item, and what became of the item for those that were kept), `ends` (sums by kind of party), `bought`
    (who bought what of the kept), `effects` (of pairs).
    What was sold is never below zero, so that a row tells whether its party bought; only with returns this takes the sums by party and item."""
    demand_of(actor, read_by(one, asked.metric, asked.filters, asked.by))
    today = today or days.today()
    parts, params = [], []
    for ds in sets_of(one, asked.metric):
        sql, more = _as_sql(_rows(actor, one, asked, ds, today))
        parts.append(f"({sql})")
        params += more
    before, before_params = _as_sql(_earlier(actor, one, asked, today))
    profit = asked.metric == one.profit
    v, by = ("(a - c)" if profit else "a"), "g, " if asked.by else ""
    same = "{0}.g IS NOT DISTINCT FROM {1}.g AND " if asked.by else ""

    def sides(sums: dict[str, str]) -> str:
        return ", ".join(f"COALESCE(SUM({what}) FILTER (WHERE in{n}), 0) AS {name}{n}" for name, what in sums.items() for n in "01")

    netted = "sold" if len(parts) == 1 else "(SELECT g, p, i, u, in0, in1, SUM(q) AS q, SUM(a) AS a FROM sold GROUP BY g, p, i, u, in0, in1)"
    summed = {"q": "q", "a": "a"} | ({"c": "c"} if profit else {})
    names = [f"{name}{n}" for name in summed for n in "01"]
    margin = ("a0 - c0", "a1 - c1") if profit else ("a0", "a1")
    cost = ", ('cost', ROUND(c0 * q1 / q0, 2) - c1)" if profit else ""
    less = "- ROUND(c0 * q1 / q0, 2)" if profit else ""
    return f"""
    WITH sold AS MATERIALIZED ({" UNION ALL ".join(parts)}),
    parties AS (
      SELECT {"g" if asked.by else "0 AS g"}, p, {sides({"v": v, "q": "q"})}, BOOL_OR(in0 AND (q <> 0 OR a <> 0)) AS was,
          BOOL_OR(in1 AND (q <> 0 OR a <> 0)) AS is_now
        FROM {netted} n GROUP BY {by}p),
    coded AS MATERIALIZED (
      SELECT g, p, v0, v1, q0, q1, CASE WHEN was AND is_now THEN 1 WHEN was THEN 2 WHEN NOT is_now THEN 3
         WHEN EXISTS (SELECT 1 FROM ({before}) e WHERE {same.format("e", "y")}e.p = y.p) THEN 4 ELSE 5 END AS code
        FROM parties y),
    kinds AS (SELECT g, p, v0, v1, q0, q1, {KIND} AS kind FROM coded),
    cells AS MATERIALIZED (
      SELECT s.g, k.code, s.i, s.u, s.cur, {sides(summed)}, SUM(f) FILTER (WHERE in0) AS f0, SUM(f) FILTER (WHERE in1) AS f1
        FROM sold s JOIN coded k ON {same.format("k", "s")}k.p = s.p GROUP BY s.g, k.code, s.i, s.u, s.cur),
    rated AS (SELECT *, {KIND} AS kind, SUM(a0) OVER w / NULLIF(SUM(f0) OVER w, 0) AS rate FROM cells WINDOW w AS (PARTITION BY {by}cur)),
    items AS MATERIALIZED (
      SELECT *, {margin[0]} AS v0, {margin[1]} AS v1, CASE WHEN kind <> 'kept' THEN '' WHEN q0 > 0 AND q1 > 0 THEN 'pair' WHEN q1 > 0 THEN 'item_new'
           WHEN q0 > 0 THEN 'item_gone' ELSE 'no_quantity' END AS class
        FROM (SELECT g, kind, i, u, {", ".join(f"SUM({c}) AS {c}" for c in names)}, SUM(COALESCE(ROUND(f1 * rate, 2), a1)) AS b1
                FROM rated GROUP BY g, kind, i, u) x),
    ends AS (SELECT g, kind, SUM(v0) AS v0, SUM(v1) AS v1, COUNT(DISTINCT i) AS items FROM items GROUP BY g, kind),
    bought AS (
      SELECT s.g, s.p, s.i, t.class, {sides({"v": v, "q": "q"})} FROM sold s
        JOIN items t ON {same.format("t", "s")}COALESCE(t.i, 0) = COALESCE(s.i, 0) AND COALESCE(t.u, 0) = COALESCE(s.u, 0) AND t.class <> ''
        JOIN kinds k ON {same.format("k", "s")}k.p = s.p AND k.kind = 'kept' GROUP BY s.g, s.p, s.i, t.class),
    pairs AS (
      SELECT *, ROUND(v0 * SUM(q1) OVER w / SUM(q0) OVER w, 2) AS t1, ROUND(a0 * q1 / q0, 2) AS ta
        FROM items WHERE class = 'pair' WINDOW w AS (PARTITION BY {by}u)),
    effects AS (
      SELECT g, s.part, i, v0, v1, q0, q1, s.effect FROM pairs CROSS JOIN LATERAL (VALUES
        ('volume', t1 - v0), ('mix', ta {less} - t1), ('price', b1 - ta), ('fx', a1 - b1){cost}) s (part, effect))
    """, [*params, *before_params]


def _rows(actor: Actor, one: Causes, asked: Compared, ds: Dataset, today: dt.date) -> tuple[QuerySet[Any], dict[str, Any]]:
    """The rows of both windows with what is summed of them; what came back counts against."""
    first = min(w.first or EVER for w in (asked.now, asked.before))
    last = max(w.until for w in (asked.now, asked.before) if w.until)
    ctx = Ctx(Days(first, last), asked.asof, today, asked.reported)
    rows = rows_of(ds, actor, Ask((), filters=asked.filters, reported=asked.reported), ctx, "flow")
    then, now = (inside(ds, ds.axis, w) for w in (asked.before, asked.now))
    if (turn := asked.now.first) and turn == asked.before.until:  # every row is in one of them
        then, now = until(ds, ds.axis, turn - dt.timedelta(days=1)), since(ds, ds.axis, turn)
    else:
        rows = rows.filter(then | now)
    own = ds.name == one.dataset
    if own and asked.metric == one.profit:
        rows = rows.filter(**{f"{one.cost}__isnull": False})
    amount, quantity = (F(path) if own else F(path) * Value(-1) for path in (one.amount, one.quantity))
    item = dim_of(ds, one.item).expr
    counted = Case(When(**{f"{item}__isnull": True}, then=Value(0)), default=quantity, output_field=NUMBER)
    flags = {key: Case(When(test, then=True), default=False, output_field=BooleanField()) for key, test in (("in0", then), ("in1", now))}
    agreed = bool(own and one.currency)
    return rows, {
        "g": value(dim_of(ds, asked.by).expr, ctx) if asked.by else Value(0), "p": F(str(dim_of(ds, one.party).expr)), "i": F(str(item)),
        "u": F(str(dim_of(ds, one.uom).expr)), **flags, "q": counted, "a": amount,
        "cur": F(one.currency) if agreed else Cast(Value(None), CharField()), "f": F(one.foreign) if agreed else Cast(Value(None), NUMBER),
        **({"c": F(one.cost)} if asked.metric == one.profit else {}),
    }  # fmt: skip


def _earlier(actor: Actor, one: Causes, asked: Compared, today: dt.date) -> tuple[QuerySet[Any], dict[str, Any]]:
    """Who there was before the window, within the same filters. It is asked of those only that were not there in the earlier window, so that
    what adjoins need not be read again; with returns, what was sold in it may have come back, and of profit what has no cost was not seen."""
    ds, whole = datasets[one.dataset], len(sets_of(one, asked.metric)) == 1 and asked.metric != one.profit
    adjoins = whole and asked.before.first and asked.before.until == asked.now.first
    ctx = Ctx(Days(EVER, asked.before.first if adjoins else asked.now.first), asked.asof, today, asked.reported)
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
