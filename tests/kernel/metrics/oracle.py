"""A second reading of the declared measures: plain Python over the raw tables.

It shares nothing with the compiler but the declarations: it reads the tables, follows paths row by row, and knows scopes, time and
grouping by its own words. What a declaration says by a function is described here once more by hand.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, Q

from pellucid.customers.models import FollowUp
from pellucid.customers.settings import quiet_days
from pellucid.kernel.access.models import User
from pellucid.kernel.history.selectors import FOREVER
from pellucid.kernel.history.span_models import Span, span_model
from pellucid.kernel.metrics.declare import Dataset, Dim, Measure, datasets, measures
from pellucid.kernel.records import days, settings, terms
from pellucid.kernel.records.days import Days
from pellucid.orders.models import CreditProfile, ValueGrade, ValueModel
from pellucid.people.models import Staff
from pellucid.sales import stages
from pellucid.sales.models import Opportunity

Row = dict[str, Any]


class Oracle:
    """The numbers by hand: raw rows, paths followed one by one."""

    def __init__(self, world: Any) -> None:
        self.world, self.tables, self.known, self.spans = world, {}, {}, defaultdict(list)
        self.day = days.today()
        east = {world.units[u].pk for u in ("east", "east_sales", "east_market", "east_service", "east_team")}
        self.branch = dict.fromkeys(east, world.units["east"].pk) | {world.units[u].pk: world.units["west"].pk for u in ("west", "west_sales")}
        self.branch[world.units["hq"].pk] = world.units["hq"].pk
        self.reach = {"erin": lambda owner, unit: True, "mona": lambda owner, unit: unit in east,
                      "alice": lambda owner, unit: owner == world.users["alice"].pk,
                      "bob": lambda owner, unit: owner == world.users["bob"].pk}  # fmt: skip

    def rows(self, model: Any) -> list[Row]:
        if model not in self.tables:
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
                names = [c[0] for c in cursor.description]
                self.tables[model] = [dict(zip(names, line, strict=True)) for line in cursor.fetchall()]
            if issubclass(model, Span):
                for row in self.tables[model]:
                    if row["recorded_to"] == FOREVER:
                        self.spans[model, row["id"]].append(row)
                for found in self.spans.values():
                    found.sort(key=lambda r: r["valid_from"])
        return self.tables[model]

    def one(self, model: Any, pk: Any) -> Row | None:
        if model not in self.known:
            self.known[model] = {r["id"]: r for r in self.rows(model)}
        return self.known[model].get(pk)

    def get(self, model: Any, row: Row | None, path: str) -> Any:
        """What stands at a path, None where the way ends."""
        name, _sep, rest = path.partition("__")
        if row is None:
            return None
        if name == "pk":
            return row["id"]
        try:
            field = model._meta.get_field(name)
        except Exception:
            field = model._meta.get_field(name.removesuffix("_id"))
        if name == "record" and issubclass(model, Span):
            return self.get(model.of, self.one(model.of, row["id"]), rest) if rest else row["id"]
        if field.auto_created and field.one_to_one:
            there = next((r for r in self.rows(field.related_model) if r[field.field.column] == row["id"]), None)
            return self.get(field.related_model, there, rest)
        value = row[field.column]
        return self.get(field.related_model, self.one(field.related_model, value), rest) if rest else value

    def holds(self, model: Any, row: Row, said: Q) -> bool:
        """A condition of plain comparisons."""
        found = [self.holds(model, row, c) if isinstance(c, Q) else self.compares(model, row, *c) for c in said.children]
        result = (any(found) if said.connector == "OR" else all(found)) if found else True
        return result != said.negated

    def compares(self, model: Any, row: Row, name: str, wanted: Any) -> bool:
        path, lookup = name, "exact"
        head, _sep, last = name.rpartition("__")
        if last in ("in", "gt", "gte", "lt", "lte", "isnull", "exact"):
            path, lookup = head, last
        value = self.get(model, row, path)
        wanted = self.get(model, row, wanted.name) if isinstance(wanted, F) else getattr(wanted, "pk", wanted)
        if lookup == "isnull" or wanted is None:
            return (value is None) == (wanted is not False)
        if value is None:
            return False
        return {"exact": lambda: value == wanted, "in": lambda: value in wanted, "gt": lambda: value > wanted, "gte": lambda: value >= wanted,
                "lt": lambda: value < wanted, "lte": lambda: value <= wanted}[lookup]()  # fmt: skip

    # time

    def by_end(self, value: Any, day: dt.date) -> bool:
        return value is not None and (value < days.end_of(day) if isinstance(value, dt.datetime) else value <= day)

    def in_window(self, value: Any, window: Days) -> bool:
        if value is None:
            return False
        day = days.day_of(value) if isinstance(value, dt.datetime) else value
        return (window.first is None or window.first <= day) and (window.until is None or day < window.until)

    def alive(self, ds: Dataset, row: Row, day: dt.date) -> bool:
        for start, stop in (*((ds.life,) if ds.life else ()), *ds.within):
            if start and not self.by_end(self.get(ds.model, row, start), day):
                return False
            if stop and self.by_end(self.get(ds.model, row, stop), day):
                return False
        return True

    def counted(self, m: Measure, ds: Dataset, user: str, window: Days, asof: dt.date) -> list[Row]:
        """The rows of a measure."""
        out = []
        last = min(asof, window.until - dt.timedelta(days=1)) if window.until else asof
        for row in self.rows(ds.model):
            root = f"{ds.scope}__" if ds.scope else ""
            if ds.is_history and row["recorded_to"] != FOREVER:
                continue
            merged = [self.get(ds.model, row, path) for path in {f"{root}merged_into", *(("record__merged_into",) if ds.is_history else ())}
                      if self.has(ds.model, path)]  # fmt: skip
            if any(merged) or not self.reach[user](self.get(ds.model, row, root + "owner"), self.get(ds.model, row, root + "unit")):
                continue
            if ds.name in MORE:
                if not MORE[ds.name](self, row):
                    continue
            elif not self.holds(ds.model, row, ds.where):
                continue
            at = self.get(ds.model, row, m.axis or ds.axis)
            if m.time == "flow" and not (self.in_window(at, window) and self.alive(ds, row, asof)):
                continue
            if m.time in ("stock", "balance") and not self.alive(ds, row, last) or m.time == "balance" and not self.by_end(at, last):
                continue
            if m.name in WHERE:
                if not WHERE[m.name](self, row, window, last, asof):
                    continue
            elif not self.holds(ds.model, row, m.where):
                continue
            out.append(row)
        return out

    def has(self, model: Any, path: str) -> bool:
        try:
            self.get(model, None, path)
            rest = model
            for name in path.split("__"):
                field = rest._meta.get_field(name)
                rest = field.related_model if field.is_relation else None
            return True
        except Exception:
            return False

    def dim(self, ds: Dataset, dim: Dim, row: Row) -> Any:
        if isinstance(dim.expr, str):
            return self.get(ds.model, row, dim.expr)
        return (DIMS.get((ds.name, dim.name)) or DIMS[dim.name])(self, ds, row)

    def aggregate(self, m: Measure, ds: Dataset, found: list[Row], last: dt.date, asof: dt.date) -> Any:
        if m.agg == "count" and m.expr is None:
            return len(found)
        if m.name in VALUE:
            values = [VALUE[m.name](self, row, last, asof) for row in found]
        else:
            values = [self.get(ds.model, row, m.expr) for row in found]
        values = [v for v in values if v is not None]
        if m.agg in ("sum", "count", "distinct"):
            return sum(values) if m.agg == "sum" else len(values) if m.agg == "count" else len(set(values))
        if not values:
            return None
        return {"max": max, "value": max, "min": min, "avg": lambda v: sum(v) / len(v), "median": statistics.median}[m.agg](values)

    # opportunities by hand

    def way(self, row: Row) -> list[Row]:
        self.rows(OPPORTUNITIES)
        return self.spans[OPPORTUNITIES, row["id"]]

    def position(self, row: Row) -> int:
        return stages.stages()[row["stage_id"]].position

    def ahead(self, row: Row, asof: dt.date) -> bool:
        return any(r["valid_from"] > row["valid_from"] and self.by_end(r["valid_from"], asof) and (
            r["state"] == "won" or r["state"] == "open" and self.position(r) > self.position(row)) for r in self.way(row))  # fmt: skip

    def stands(self, row: Row, asof: dt.date) -> str:
        end = days.end_of(asof)
        return next((r["state"] for r in self.way(row) if r["valid_from"] < end <= r["valid_to"]), "")


OPPORTUNITIES = datasets["opportunity_history"].model
CUSTOMERS = datasets["customer_history"].model


def neighbour(o: Oracle, model: Any, row: Row, *, before: bool) -> Row | None:
    o.rows(model)
    ends = ("valid_to", "valid_from") if before else ("valid_from", "valid_to")
    return next((r for r in o.spans[model, row["id"]] if r[ends[0]] == row[ends[1]]), None)


def stepped(o: Oracle, row: Row) -> bool:
    last = neighbour(o, CUSTOMERS, row, before=True)
    return last is None or last["customer_class"] != row["customer_class"]


def quiet(o: Oracle, row: Row, window: Days, last: dt.date, asof: dt.date) -> bool:
    by_level = {terms.find("customer_level", level) if level else None: n for level, n in quiet_days().items()}
    limit = days.start_of(last - dt.timedelta(days=by_level.get(row["level_id"], by_level[None])))
    told = any(f["customer_id"] == row["id"] and limit <= f["at"] < days.end_of(last) and not (
        f["deleted_at"] and (last >= days.today() or f["deleted_at"] < days.end_of(last))) for f in o.rows(FollowUp))  # fmt: skip
    return row["created_at"] < limit and not told and row["pool_id"] is None


def age(o: Oracle, row: Row, last: dt.date, asof: dt.date) -> Any:
    since = row["valid_from"]
    for r in reversed([r for r in o.way(row) if r["valid_from"] < row["valid_from"]]):
        if r["state"] != "open" or r["stage_id"] != row["stage_id"]:
            since = r["valid_to"]
            break
        since = r["valid_from"]
    return Decimal((days.end_of(last) - since).total_seconds()) / 86400


def length(o: Oracle, row: Row, last: dt.date, asof: dt.date) -> Any:
    later = [r for r in o.way(row) if r["valid_from"] > row["valid_from"] and o.by_end(r["valid_from"], asof)]
    gone = next((r for r in later if r["state"] != "open" or r["stage_id"] != row["stage_id"]), None)
    return Decimal((gone["valid_from"] - row["valid_from"]).total_seconds()) / 86400 if gone else None


def took(o: Oracle, row: Row, last: dt.date, asof: dt.date) -> Any:
    opened = o.one(Opportunity, row["id"])["opened_on"]
    return Decimal((row["closed_on"] - opened).days) if opened and row["closed_on"] else None


def lost_from(o: Oracle, ds: Dataset, row: Row) -> Any:
    earlier = [r for r in o.way(row) if r["valid_from"] < row["valid_from"] and r["state"] == "open"]
    return earlier[-1]["stage_id"] if earlier else None


MORE: dict[str, Callable[..., bool]] = {
    "customer_moves": stepped,
    "customer_losses": lambda o, row: row["valid_to"] < FOREVER and neighbour(o, CUSTOMERS, row, before=False) is None,
    "stage_entries": lambda o, row: row["state"] == "open" and not any(
        r["valid_from"] < row["valid_from"] and r["state"] == "open" and r["stage_id"] == row["stage_id"] for r in o.way(row)),
}  # fmt: skip
def unattended(o: Oracle, r: Row, w: Days, last: dt.date, asof: dt.date) -> bool:
    """In no pool, and its owner left by then, or by today has no login any more."""
    staff = next((s for s in o.rows(Staff) if s["user_id"] == r["owner_id"]), None)
    left = staff is not None and staff["leave_on"] is not None and staff["leave_on"] <= last
    return r["pool_id"] is None and (left or last >= days.today() and not o.one(User, r["owner_id"])["is_active"])


WHERE: dict[str, Callable[..., bool]] = {
    "unattended_customers": unattended,
    "quiet_customers": quiet,
    "closable_amount": lambda o, r, w, last, asof: r["state"] == "open" and (r["probability"] or 0) >= settings.get("sales.closable_from"),
    "forecast_commit": lambda o, r, w, last, asof: r["state"] == "open" and r["forecast"] == "commit" and o.in_window(r["expected_on"], w),
    "stage_reached": lambda o, r, w, last, asof: o.ahead(r, asof),
    "stage_lost": lambda o, r, w, last, asof: not o.ahead(r, asof) and o.stands(r, asof) == "lost",
    "stage_won": lambda o, r, w, last, asof: o.stands(r, asof) == "won",
    "stage_ended_lost": lambda o, r, w, last, asof: o.stands(r, asof) == "lost",
    "moved_up": lambda o, r, w, last, asof: any(x["valid_from"] < r["valid_from"] and x["state"] == "open" and o.position(x) < o.position(r)
                                                for x in o.way(r)),
}  # fmt: skip
VALUE: dict[str, Callable[..., Any]] = {
    "weighted_amount": lambda o, r, last, asof: r["amount_base"] * r["probability"] / 100,
    "stage_age": age, "stage_length": length, **dict.fromkeys(("cycle_days", "cycle_days_mean", "lost_days", "lost_days_mean"), took),
}  # fmt: skip
def graded(o: Oracle, ds: Dataset, row: Row) -> str | None:
    """The grade of the row's customer that stood at the end of the last day that counts, by the model that leads."""
    customer = next(d.expr for d in ds.fixed if d.name == "customer")
    leads = {m["id"] for m in o.rows(ValueModel) if m["leading"]}
    found = [g for g in o.rows(ValueGrade) if g["customer_id"] == o.get(ds.model, row, customer) and g["model_id"] in leads
             and g["since"] <= o.day and (g["until"] is None or g["until"] > o.day)]  # fmt: skip
    return max(found, key=lambda g: g["since"])["grade"] if found else None


def trusted(o: Oracle, ds: Dataset, row: Row) -> str | None:
    """The credit grade of the row's customer at the end of the last day that counts, in its own profile."""
    customer, end = next(d.expr for d in ds.fixed if d.name == "customer"), days.end_of(o.day)
    of = {p["id"] for p in o.rows(CreditProfile) if p["customer_id"] == o.get(ds.model, row, customer)}
    found = [s for s in o.rows(span_model(CreditProfile)) if s["id"] in of and s["recorded_to"] == FOREVER and s["valid_from"] < end <= s["valid_to"]]
    return found[0]["grade"] if found else None


DIMS: dict[Any, Callable[..., Any]] = {
    "credit_grade": trusted,
    "value_grade": graded,
    "weekday": lambda o, ds, r: days.day_of(r["at"]).isoweekday(),
    ("follow_ups", "branch"): lambda o, ds, r: o.branch[r["author_unit_id"]],
    ("closings", "branch"): lambda o, ds, r: o.branch.get(o.get(ds.model, r, "record__closed_unit")),
    ("customer_moves", "class_from"): lambda o, ds, r: (neighbour(o, CUSTOMERS, r, before=True) or {}).get("customer_class"),
    "stage_from": lost_from,
    "expected_month": lambda o, ds, r: r["expected_on"] and r["expected_on"].replace(day=1),
}  # fmt: skip


def same(a: Any, b: Any) -> bool:
    if a is None or b is None or isinstance(a, dt.datetime):
        return a == b
    return abs(Decimal(a) - Decimal(b)) <= Decimal("0.000001")


def expected(o: Oracle, name: str, user: str, window: Days, asof: dt.date, by: str = "") -> dict[Any, Any]:
    m: Any = measures[name]
    ds = datasets[m.dataset]
    last = min(asof, window.until - dt.timedelta(days=1)) if window.until else asof
    groups: dict[Any, list[Row]] = defaultdict(list)
    o.day = last
    dim = ds.dim(by) if by else None
    for row in o.counted(m, ds, user, window, asof):
        groups[o.dim(ds, dim, row) if dim else None].append(row)
    return {key: o.aggregate(m, ds, found, last, asof) for key, found in groups.items()}
