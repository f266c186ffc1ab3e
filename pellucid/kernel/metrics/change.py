"""How a stock moved between two days: every record open on either day falls into exactly one part, and the parts add up.

The rows are those of the dataset on either day; what was not there on one of them is looked up on the other, record by record.
"""
# ruff: noqa: S608  every name in this SQL comes from a declaration, none from a user

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Case, F, Q, QuerySet, TextField, Value, When
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days

from .answer import plain
from .declare import EVER, Ask, Change, Ctx, Dataset, Filters, datasets
from .needs import demand_of, of_dim, standing_paths
from .paths import fields_read, used
from .rows import NOTHING, dim_of, rows_of, value, wanting

IN = ("new", "reopened", "moved_in", "date_in")
OUT = ("date_out", "moved_out", "removed")  # and the endings
KEPT = ("up", "down", "stay", "shifted")  # there on both days: further on, further back, in the same place, in another line
THERE = "part IN ('up', 'down', 'stay', 'shifted')"
WEIGHED = Decimal("0.01")  # a factor is per cent; multiplied, as a division would cut decimals


@dataclass(frozen=True, slots=True)
class Between:
    """A question about a change: from the end of one day to the end of another, within filters."""

    first: dt.date
    last: dt.date
    filters: Filters = field(default_factory=dict)
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one part that stood in one place and now stand in another; None where they were not there."""

    part: str
    before: Any
    after: Any
    count: int
    value0: Decimal
    value1: Decimal
    weighted0: Decimal
    weighted1: Decimal
    raised: Decimal
    raised_count: int
    lowered: Decimal
    lowered_count: int
    likelier: Decimal  # by the factor alone: value before x its change
    unlikelier: Decimal
    likelier_count: int
    unlikelier_count: int
    raised_weighted: Decimal  # by the value alone: its change x factor after
    lowered_weighted: Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """One step of the way from the opening to the closing figure."""

    name: str
    count: int  # how many records it concerns
    effect: Decimal | int  # what it adds


@dataclass(frozen=True)
class Changed:
    """A change taken apart."""

    change: Change
    asked: Between
    groups: tuple[Group, ...]

    def _sum(self, what: str, parts: Iterable[str]) -> Any:
        wanted = set(parts)
        return plain(sum((getattr(g, what) for g in self.groups if g.part in wanted), start=0))

    @property
    def endings(self) -> tuple[str, ...]:
        """The names of the ways out that are no removal."""
        return tuple(e.name for e in self.change.endings)

    def opening(self, metric: str) -> Any:
        """What there was on the first day: "count", "value" or "weighted"."""
        return self._sum("count" if metric == "count" else f"{metric}0", (*KEPT, *OUT, *self.endings))

    def closing(self, metric: str) -> Any:
        """What there is on the last day."""
        return self._sum("count" if metric == "count" else f"{metric}1", (*KEPT, *IN))

    def parts(self, metric: str) -> list[Part]:
        """Every part in the order it is drawn: what came, what grew, what shrank, what went."""
        count, value0, value1 = "count", f"{metric}0", f"{metric}1"
        if metric == "count":
            value0 = value1 = "count"
        out = [Part(name, self._sum(count, [name]), self._sum(value1, [name])) for name in IN]
        if metric == "value":
            out += [Part("raised", self._sum("raised_count", KEPT), self._sum("raised", KEPT)),
                    Part("lowered", self._sum("lowered_count", KEPT), self._sum("lowered", KEPT))]  # fmt: skip
        if metric == "weighted":
            out += [Part("raised", self._sum("raised_count", KEPT), self._sum("raised_weighted", KEPT)),
                    Part("likelier", self._sum("likelier_count", KEPT), self._sum("likelier", KEPT)),
                    Part("unlikelier", self._sum("unlikelier_count", KEPT), self._sum("unlikelier", KEPT)),
                    Part("lowered", self._sum("lowered_count", KEPT), self._sum("lowered_weighted", KEPT))]  # fmt: skip
        return out + [Part(name, self._sum(count, [name]), -self._sum(value0, [name])) for name in (*OUT, *reversed(self.endings))]

    def count(self, *parts: str) -> int:
        """How many records are in these parts."""
        return int(self._sum("count", parts))

    @property
    def moving(self) -> int:
        """How many records are not as they were: in another part or place, or worth something else."""
        return sum(g.count if g.part != "stay" else g.raised_count + g.lowered_count for g in self.groups)

    def matrix(self, metric: str = "count") -> dict[tuple[Any, Any], Any]:
        """(place before, place after) -> figure. Before is "" for what came, after the name of the part for what went."""
        out: dict[tuple[Any, Any], Any] = {}
        for g in self.groups:
            before = "" if g.part in IN else g.before
            after = g.after if g.part in (*IN, *KEPT) else g.part
            amount = g.count if metric == "count" else getattr(g, f"{metric}1" if g.part in (*IN, *KEPT) else f"{metric}0")
            out[before, after] = out.get((before, after), 0) + amount
        return out


def read_by(change: Change, filters: Filters = {}) -> Iterator[Iterable[tuple[str, str]]]:  # noqa: B006  read only
    """Every field the question reads, for the rights."""
    ds = datasets[change.dataset]
    yield [(ds.resource, "")]
    paths = [*standing_paths(ds), *used(change.counted), *(p for e in change.endings for p in used(e.where))]
    for path in (*paths, *filter(None, (change.rank, change.line, change.value, change.factor))):
        yield fields_read(ds.model, path)
    for name in (change.place, *filters):
        yield of_dim(ds, name)


def taken_apart(actor: Actor, change: Change, asked: Between, today: dt.date | None = None) -> Changed:
    """The change by part and place. Forbidden, before any query, when a field may not be read. One query."""
    sql, params = moved_sql(actor, change, asked, today)
    signs = (">", "<")
    by_value = [(f"COALESCE(SUM(v1 - v0) FILTER (WHERE v1 {s} v0), 0)", f"COUNT(*) FILTER (WHERE v1 {s} v0)") for s in signs]
    by_factor = [f"COALESCE(SUM(v0 * (f1 - f0)) FILTER (WHERE f1 {s} f0), 0)" for s in signs]
    so_many = [f"COUNT(*) FILTER (WHERE f1 {s} f0)" for s in signs]
    weighted = [f"COALESCE(SUM((v1 - v0) * f1) FILTER (WHERE v1 {s} v0), 0)" for s in signs]
    sums = ["SUM(v0)", "SUM(v1)", "SUM(v0 * f0)", "SUM(v1 * f1)", *(term for pair in by_value for term in pair), *by_factor, *so_many, *weighted]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT part, p0, p1, COUNT(*), {', '.join(sums)} FROM ({sql}) m GROUP BY part, p0, p1", params)
        return Changed(change, asked, tuple(Group(*row) for row in cursor.fetchall()))


def words(change: Change) -> dict[str, str]:
    """Every part there can be, in words."""
    return {
        "new": _("Added"), "reopened": _("Reopened"), "moved_in": _("Moved in"), "date_in": _("Brought in by date"),
        "raised": _("Raised"), "likelier": _("More likely"), "unlikelier": _("Less likely"), "lowered": _("Lowered"),
        "date_out": _("Put off by date"), "moved_out": _("Moved out"), "removed": _("Removed"), **{e.name: str(e.label) for e in change.endings},
        "in": _("Came in"), "out": _("Went out"), "was": _("There at the beginning"), "is": _("There at the end"), "every": _("All of them"),
        "came": _("Came"), "along": _("Further on or back"), "up": _("Further on"), "down": _("Further back"),
        "stay": _("In the same place"), "shifted": _("In another line"), "kept": _("Still there"),
    }  # fmt: skip


def moved_sql(actor: Actor, change: Change, asked: Between, today: dt.date | None = None) -> tuple[str, list[Any]]:
    """One row per record that is in the stock, within the filters, on either day."""
    demand_of(actor, read_by(change, asked.filters))
    today = today or days.today()
    last = min(asked.last, today)
    first = min(asked.first, last)
    before, after = (of_day(actor, change, asked, day, today) for day in (first, last))
    a, a_params = before.stock()
    b, b_params = after.stock()
    columns = ", ".join(f"a.{c} AS {c}0, b.{c} AS {c}1" for c in ("p", "r", "l"))
    sums = ", ".join(f"COALESCE({side}.{c}, 0) AS {c}{n}" for n, side in enumerate("ab") for c in ("v", "f"))
    both = f"""
      SELECT COALESCE(a.id, b.id) AS id, a.id IS NOT NULL AS at0, b.id IS NOT NULL AS at1, a.m AND a.t AS in0, b.m AND b.t AS in1,
             a.m AS m0, b.m AS m1, {columns}, {sums}
        FROM ({a}) a FULL JOIN ({b}) b ON a.id = b.id
       WHERE (a.m AND a.t) OR (b.m AND b.t)"""
    params: list[Any] = []
    came, went = "'new'", "'removed'"
    if change.counted:  # what is not in the stock can be there all the same; most that came have no earlier period at all, which costs little to see
        known, known_params = before.others()
        ended, ended_params = after.others()
        spans = connection.ops.quote_name(before.ds.model._meta.db_table)
        came = f"""CASE WHEN (SELECT 1 FROM {spans} z WHERE z.id = u.id AND z.valid_from < %s LIMIT 1) IS NULL THEN 'new'
                        WHEN (SELECT 1 FROM ({known}) q WHERE q.id = u.id LIMIT 1) IS NULL THEN 'new' ELSE 'reopened' END"""
        went = f"COALESCE((SELECT q.e FROM ({ended}) q WHERE q.id = u.id LIMIT 1), 'removed')"
        params += [days.end_of(first), *known_params, *ended_params]
    params += [*a_params, *b_params]
    sql = f"""
    SELECT u.id, at0, at1, in1, p0, p1, v0, v1, f0, f1, CASE
        WHEN at0 AND at1 AND in0 AND in1 THEN
          CASE WHEN l0 IS DISTINCT FROM l1 THEN 'shifted' WHEN r1 > r0 THEN 'up' WHEN r1 < r0 THEN 'down' ELSE 'stay' END
        WHEN at0 AND at1 AND in1 THEN CASE WHEN m0 THEN 'date_in' ELSE 'moved_in' END
        WHEN at0 AND at1 THEN CASE WHEN m1 THEN 'date_out' ELSE 'moved_out' END
        WHEN at1 THEN {came} ELSE {went} END AS part
      FROM ({both}) u"""
    return sql, params


@dataclass(frozen=True, slots=True)
class _Day:
    """The dataset at the end of one day."""

    change: Change
    ds: Dataset
    rows: QuerySet[Any]
    ctx: Ctx
    passing: Filters  # filters whose dimension may differ from one day to the other

    def stock(self) -> tuple[str, list[Any]]:
        """What is in the stock, with its place, order, line, value and factor, and whether it is within the passing filters: dated or not."""
        change, rows = self.change, self.rows.filter(self.change.counted)
        tests: dict[str, Q] = {"m": Q(), "t": Q()}
        for name, wanted in self.passing.items():
            rows = rows.alias(**{f"f_{name}": value(dim_of(self.ds, name).expr, self.ctx)})
            tests["t" if name in change.dated else "m"] &= wanting(f"f_{name}", wanted)
        flags = {key: Case(When(test, then=True), default=False, output_field=BooleanField()) if test else Value(True) for key, test in tests.items()}
        place = value(dim_of(self.ds, change.place).expr, self.ctx)
        columns = {"p": place, "r": F(change.rank) if change.rank else place, "l": F(change.line) if change.line else Value(0),
                   "v": F(change.value) if change.value else Value(0), "f": F(change.factor) * WEIGHED if change.factor else Value(0)}  # fmt: skip
        return _sql(rows, {**columns, **flags}, {**columns, **dict.fromkeys(tests, Value(True))})

    def others(self, *, everything: bool = False) -> tuple[str, list[Any]]:
        """What is there and not in the stock, with the way it ended."""
        columns = {"e": self._ending()}
        return _sql(self.rows if everything else self.rows.exclude(self.change.counted), columns, columns)

    def gone(self, after: dt.datetime) -> tuple[str, list[Any]]:
        """What has left the stock since a moment, within every filter, and what it was worth."""
        rows = self.rows.filter(functools.reduce(operator.or_, (e.where for e in self.change.endings)), valid_from__gte=after)
        for name, wanted in self.passing.items():
            rows = rows.alias(**{f"f_{name}": value(dim_of(self.ds, name).expr, self.ctx)}).filter(wanting(f"f_{name}", wanted))
        columns = {"e": self._ending(), "v": F(self.change.value) if self.change.value else Value(0)}
        return _sql(rows, columns, columns)

    def _ending(self) -> Case:
        cases = [When(e.where, then=Value(e.name)) for e in self.change.endings]
        return Case(*cases, default=Value("removed"), output_field=TextField())


def of_day(actor: Actor, change: Change, asked: Between, day: dt.date, today: dt.date) -> _Day:
    ds = datasets[change.dataset]
    ctx = Ctx(Days(EVER, day + dt.timedelta(days=1)), day, today, asked.reported)
    fixed = {name: wanted for name, wanted in asked.filters.items() if steady(ds, name)}
    rows = rows_of(ds, actor, Ask((), filters=fixed, reported=asked.reported), ctx, "stock")
    return _Day(change, ds, rows, ctx, {name: wanted for name, wanted in asked.filters.items() if name not in fixed})


def steady(ds: Dataset, name: str) -> bool:
    """Whether a dimension is read from the record as it is now, so that it is the same on every day."""
    dim = dim_of(ds, name)
    paths = (dim.expr,) if isinstance(dim.expr, str) else dim.uses or (dim.like,)
    return all(path == "id" or path.startswith("record__") for path in paths)


def _sql(rows: QuerySet[Any], columns: dict[str, Any], empty: dict[str, Any]) -> tuple[str, list[Any]]:
    """Rows as SQL. What can hold nothing, Django refuses to write: then the same columns of no rows."""
    try:
        sql, params = rows.values("id", **columns).query.sql_with_params()
    except EmptyResultSet:
        sql, params = rows.model._base_manager.order_by().filter(NOTHING).values("id", **empty).query.sql_with_params()
    return sql, list(params)


def previous(asked: Between) -> Between:
    """The same number of days before."""
    return replace(asked, first=asked.first - (asked.last - asked.first), last=asked.first)
