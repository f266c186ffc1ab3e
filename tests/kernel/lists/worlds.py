"""Random worlds for the list engine, and what a naive reader would see in them."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import sql

from pellucid.kernel.access import scopes
from pellucid.kernel.access.tree import Tree
from pellucid.kernel.resources.lists import conditions, run
from pellucid.kernel.resources.lists.indexes import index_sql
from pellucid.kernel.resources.lists.query import Condition, ListQuery, SortKey, Via
from pellucid.kernel.resources.lists.stats import Stats

S = sql.SQL
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SORTS = (
    SortKey("contact", "last_contact_at", "timestamptz", desc=True, default=True),
    SortKey("oldest", "last_contact_at", "timestamptz", desc=False, default=True),
    SortKey("pinyin", "pinyin", "text", desc=False),
    SortKey("worth", "worth", "numeric", desc=True),
    SortKey("level", "level", "integer", desc=False, default=True),
    SortKey("next", "next_at", "timestamptz", desc=False, nullable=True, indexed=False),
    SortKey("last", "next_at", "timestamptz", desc=True, nullable=True, indexed=False),
    SortKey("odd", S("({}.level % 2)"), "integer", desc=True, indexed=False),
)
INDEXED = tuple(s for s in SORTS if s.indexed and s.name != "oldest")
CHILD_SORTS = (SortKey("score", "score", "integer", desc=True),)
PLANS = (None, "lateral", "walk", "sort")
TABLES = """
CREATE TABLE account(id bigint PRIMARY KEY, owner_id bigint, unit_id bigint, partner_id bigint, pinyin text COLLATE "C" NOT NULL,
  level int NOT NULL, worth numeric(18,2) NOT NULL, amount numeric(18,2), last_contact_at timestamptz NOT NULL,
  next_at timestamptz, deleted_at timestamptz, merged_into bigint);
CREATE TABLE person(id bigint PRIMARY KEY, account_id bigint, score int NOT NULL, deleted_at timestamptz, merged_into bigint);
CREATE TABLE access_share(resource text NOT NULL, record_id bigint NOT NULL, user_id bigint NOT NULL,
  level smallint NOT NULL DEFAULT 1, sort_key timestamptz NOT NULL, UNIQUE (resource, record_id, user_id));
CREATE INDEX ON access_share(user_id, resource, sort_key DESC, record_id DESC);
CREATE INDEX ON account(level)
"""
ID = (sql.Identifier("c", "id"),)


def prepare(connection: psycopg.Connection) -> None:
    connection.execute(TABLES)
    for _, text, _, _ in [*index_sql("account", INDEXED, owned=True), *index_sql("person", CHILD_SORTS, owned=False)]:
        connection.execute(text)


@dataclass
class World:
    units: list[tuple[int, int | None, str]]
    rows: list[dict[str, Any]]
    people: list[dict[str, Any]]
    shares: dict[tuple[int, int], int]  # level by (user, account)
    share_level: int
    grants: list[tuple[str, int | None]]
    user: int
    differences: list[Any] = field(default_factory=list)
    checks: int = 0

    def check(self, what: Any, got: Any, expected: Any) -> None:
        self.checks += 1
        if got != expected:
            self.differences.append((what, "got", got, "expected", expected))

    def sees(self, row: dict[str, Any]) -> bool:
        """Grant by grant, row by row, as the glossary says it."""
        parent = {u: p for u, p, _ in self.units}
        kind = {u: k for u, _, k in self.units}

        def branch(unit: int) -> int:
            while kind[unit] not in ("branch", "hq") and parent[unit] is not None:
                unit = parent[unit]  # type: ignore[assignment]
            return unit

        def upwards(unit: int | None) -> set[int]:
            found = set()
            while unit is not None:
                found.add(unit)
                unit = parent[unit]
            return found

        unit = row["unit_id"]
        answers = {
            "all": lambda a: True,
            "own": lambda a: row["owner_id"] == self.user,
            "shared": lambda a: self.shares.get((self.user, row["id"]), 0) >= self.share_level,
            "unit": lambda a: unit is not None and unit == a,
            "unit_below": lambda a: unit is not None and a in upwards(unit),
            "branch": lambda a: unit is not None and a in parent and branch(unit) == branch(a),
            "partner": lambda a: row["partner_id"] is not None and row["partner_id"] == a,
        }
        # Everything the units can name is everything, rows without a unit included: the normal form says so.
        named = [
            u
            for u, _, _ in self.units
            if any(
                k in ("unit", "unit_below", "branch") and answers_for(k, u, a, upwards, branch, parent) for k, a in self.grants
            )
        ]
        return len(named) == len(self.units) or any(answers[k](a) for k, a in self.grants)


def answers_for(kind: str, unit: int, anchor: int | None, upwards: Any, branch: Any, parent: Any) -> bool:
    if anchor not in parent:
        return False
    return {"unit": unit == anchor, "unit_below": anchor in upwards(unit), "branch": branch(unit) == branch(anchor)}[kind]


def make(r: random.Random) -> World:
    units: list[tuple[int, int | None, str]] = [(1, None, r.choice(("hq", "hq", "company")))]
    for i in range(2, r.randint(2, 25) + 1):
        parent = units[-1] if r.random() < 0.5 else r.choice(units)
        units.append(
            (i * r.choice((1, 1, 40)) if i > 20 else i, parent[0], r.choice(("branch", "department", "team", "team", "hq")))
        )
    ids = [u for u, _, _ in units]
    rows = []
    for i in range(1, r.randint(1, 60)):
        rows.append({
            "id": i * 3,
            "owner_id": None if r.random() < 0.1 else r.randint(1, 5),
            "unit_id": None if r.random() < 0.03 else r.choice(ids),
            "partner_id": r.choice((None, 1, 2, 3)),
            "pinyin": r.choice("abc") * r.randint(1, 2),
            "level": r.randint(1, 4),
            "worth": r.randint(0, 6),
            "amount": None if r.random() < 0.2 else r.randint(0, 99),
            "last_contact_at": START + dt.timedelta(days=r.randint(0, 9)),
            "next_at": None if r.random() < 0.4 else START + dt.timedelta(days=r.randint(0, 9)),
            "deleted_at": START if r.random() < 0.08 else None,
            "merged_into": 3 if r.random() < 0.05 else None,
        })  # fmt: skip
    people = [
        {
            "id": i * 2,
            "account_id": r.choice(rows)["id"] if rows and r.random() < 0.95 else None,
            "score": r.randint(0, 5),
            "deleted_at": START if r.random() < 0.1 else None,
            "merged_into": None,
        }
        for i in range(1, r.randint(1, 50))
    ]
    shares = {(user, row["id"]): r.randint(1, 2) for row in rows for user in range(1, 6) if r.random() < 0.2}
    kinds = ["own", "shared", "unit", "unit_below", "branch", "unit", "unit_below", "partner"] + (
        ["all"] if r.random() < 0.2 else []
    )
    grants = []
    for _ in range(r.randint(0, 5)):
        kind = r.choice(kinds)
        grants.append((kind, r.randint(1, 3) if kind == "partner" else r.choice([*ids, 999])))
    return World(units, rows, people, shares, r.randint(1, 2), grants, r.randint(1, 5))


def load(connection: psycopg.Connection, world: World) -> None:
    connection.execute("DELETE FROM account; DELETE FROM person; DELETE FROM access_share")
    for table, rows in (("account", world.rows), ("person", world.people)):
        if rows:
            columns = sql.SQL(", ").join(map(sql.Identifier, rows[0]))
            with connection.cursor().copy(S("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)) as copy:
                for row in rows:
                    copy.write_row(tuple(row.values()))
    connection.execute(
        "INSERT INTO access_share SELECT 'account', s.record, s.member, s.level, a.last_contact_at"
        " FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[]) s(record, member, level) JOIN account a ON a.id = s.record",
        ([i for _, i in world.shares], [u for u, _ in world.shares], list(world.shares.values())),
    )
    # A share of another resource with the same record id must not let anybody in.
    connection.execute(
        "INSERT INTO access_share SELECT 'other', id, u, 2, last_contact_at"
        " FROM account, generate_series(1, 5) u WHERE id % 2 = 0"
    )


def lying_stats(r: random.Random, world: World) -> Stats:
    """Statistics that are right, or wrong by any amount: no plan may depend on them for its answer."""
    true = {u: float(sum(row["unit_id"] == u for row in world.rows)) for u, _, _ in world.units}
    wrong = {u: n if r.random() < 0.7 else float(r.randint(0, 40)) for u, n in true.items()}
    return Stats(float(r.choice((0, len(world.rows), len(world.rows), 5000))), {}, r.choice((1.0, 50.0)), wrong)


def filters(r: random.Random) -> tuple[tuple[Condition, ...], Any]:
    low = START + dt.timedelta(days=4)
    options: list[tuple[tuple[Condition, ...], Any]] = [
        ((), lambda row: True),
        ((conditions.equals("c", "level", 1, indexed=True),), lambda row: row["level"] == 1),
        ((conditions.any_of("c", "level", [3, 4], type="integer"),), lambda row: row["level"] in (3, 4)),
        ((conditions.none_of("c", "partner_id", [1, 2], type="bigint"),), lambda row: row["partner_id"] not in (1, 2)),
        ((conditions.between("c", "last_contact_at", low),), lambda row: row["last_contact_at"] >= low),
        (
            (conditions.empty("c", "amount", False), conditions.equals("c", "level", 2)),
            lambda row: row["amount"] is not None and row["level"] == 2,
        ),
        (
            (conditions.none_of("c", "level", [2], type="integer"), conditions.between("c", "worth", 1, 5)),
            lambda row: row["level"] != 2 and 1 <= row["worth"] < 5,
        ),
        ((conditions.contains("c", "pinyin", "A"),), lambda row: "a" in row["pinyin"]),
        (
            (conditions.any_condition([conditions.equals("c", "level", 1), conditions.between("c", "worth", None, 3)]),),
            lambda row: row["level"] == 1 or row["worth"] < 3,
        ),
    ]
    chosen, keep = r.choice(options)
    sel, known = r.choice((None, 0.001, 0.3, 1.0)), r.random() < 0.8
    return tuple(replace(c, selectivity=sel if sel or known else 0.5, indexed=r.random() < 0.5) for c in chosen), keep


def sort_key(sort: SortKey, row: dict[str, Any]) -> Any:
    return row["level"] % 2 if not isinstance(sort.column, str) else row[sort.column]


def in_order(sort: SortKey, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By key and id in one direction, rows without a key at the end."""
    keyed = [row for row in rows if sort_key(sort, row) is not None]
    empty = [row for row in rows if sort_key(sort, row) is None]
    keyed.sort(key=lambda row: (sort_key(sort, row), row["id"]), reverse=sort.desc)
    return keyed + sorted(empty, key=lambda row: row["id"], reverse=sort.desc)


def compare(connection: psycopg.Connection, r: random.Random, world: World) -> None:
    """Everything the list engine answers against the naive reader; differences are collected in the world."""
    tree = Tree(world.units)
    scope = replace(scopes.scope(world.user, world.grants, tree), share_level=world.share_level)
    stats = lying_stats(r, world)
    conditions_, keep = filters(r)
    alive = [row for row in world.rows if row["deleted_at"] is None and row["merged_into"] is None]
    seen = [row for row in alive if world.sees(row)]
    wanted = [row for row in seen if keep(row)]
    for row in world.rows:
        shared = world.shares.get((world.user, row["id"]), 0) >= world.share_level
        why = scopes.contains(scope, row["owner_id"], row["unit_id"], shared, row)
        world.check(("contains", row["id"]), bool(why), world.sees(row))
    base = ListQuery("account", "account", ID, SORTS[0], scope, conditions_)
    for sort in r.sample(SORTS, 4):
        compare_list(
            connection, r, world, replace(base, sort=sort), in_order(sort, wanted), lambda row, s=sort: sort_key(s, row), stats
        )
    deleted = [row for row in world.rows if row["deleted_at"] is not None and row["merged_into"] is None]
    gone = [row for row in deleted if world.sees(row) and keep(row)]
    found = run.rows(connection, replace(base, bin=True, limit=100), stats=stats)
    world.check("bin", [i for (i,) in found], [row["id"] for row in in_order(SORTS[0], gone)])
    compare_sums(connection, r, world, base, wanted, stats)
    compare_scope_sql(connection, world, scope, alive, seen)
    compare_children(connection, r, world, scope, alive, stats)


def compare_list(
    connection: Any, r: random.Random, world: World, query: ListQuery, rows: list[dict[str, Any]], key: Any, stats: Stats
) -> None:
    expected = [row["id"] for row in rows]
    by_id = {row["id"]: row for row in rows}
    for plan in r.sample(PLANS, 3):
        n = r.randint(1, 9)
        paged = replace(query, limit=n)
        what = (query.sort.name, plan, n, query.scope, [c.sql.as_string(None) for c in query.where])
        got: list[int] = []
        after = before = None
        while page := [i for (i,) in run.rows(connection, replace(paged, after=after), stats=stats, force=plan)]:
            got += page
            if len(page) < n or len(got) > len(expected) + n:
                break
            last = by_id.get(page[-1])
            if last is None:
                break
            after = (key(last), page[-1])
        world.check(("forward", *what), got, expected)
        if rows:
            before = (key(rows[-1]), rows[-1]["id"])
            got = [rows[-1]["id"]]
            while page := [i for (i,) in run.rows(connection, replace(paged, before=before), stats=stats, force=plan)]:
                got = page + got
                if len(page) < n or page[0] not in by_id or len(got) > len(expected) + n:
                    break
                before = (key(by_id[page[0]]), page[0])
            world.check(("backward", *what), got, expected)
        offset = r.randint(0, max(len(expected), 1))
        got = [i for (i,) in run.rows(connection, replace(paged, offset=offset), stats=stats, force=plan)]
        world.check(("offset", offset, *what), got, expected[offset : offset + n])
    if world.rows:
        row = r.choice(rows or world.rows)
        at = expected.index(row["id"]) if row["id"] in by_id else None
        near = run.neighbours(connection, query, row["id"], stats=stats)
        if at is not None:
            wanted = (expected[at - 1] if at else None, expected[at + 1] if at + 1 < len(expected) else None, at + 1)
            world.check(("neighbours", query.sort.name), (near.previous, near.next, near.position), wanted)
        else:
            world.check(("no position", query.sort.name), near.position, None)


def compare_sums(
    connection: Any, r: random.Random, world: World, query: ListQuery, rows: list[dict[str, Any]], stats: Stats
) -> None:
    amounts = [row["amount"] for row in rows if row["amount"] is not None]
    sums = (sum(amounts) if amounts else None, sum(row["worth"] for row in rows) if rows else None)
    columns = (S("c.amount"), S("c.worth"))
    world.check("count", run.count(connection, query, stats=stats), (len(rows), True))
    limit = r.randint(1, 20)
    found, exact = run.count(connection, query, limit, stats=stats)
    world.check(
        ("bounded count", limit),
        (exact, found if exact else found >= limit),
        (len(rows) < limit, len(rows) if len(rows) < limit else True),
    )
    for bound in (None, 10_001):
        total = run.totals(connection, query, columns, bound, stats=stats)
        world.check(("totals", bound), (total.count, total.exact, total.sums), (len(rows), True, sums))
    total = run.totals(connection, query, columns, limit, stats=stats)
    world.check(("bounded totals", limit), (total.exact, total.sums), (True, sums) if len(rows) < limit else (False, None))


def compare_scope_sql(
    connection: Any, world: World, scope: scopes.Scope, alive: list[dict[str, Any]], seen: list[dict[str, Any]]
) -> None:
    text = S("SELECT id FROM account c WHERE {} AND deleted_at IS NULL AND merged_into IS NULL").format(
        scopes.where_sql(scope, "c", "account")
    )
    world.check("where_sql", sorted(i for (i,) in connection.execute(text)), [row["id"] for row in seen])
    found: list[int] = []
    for _, part in scopes.disjoint_sql(scope, "c", "account"):
        found += [i for (i,) in connection.execute(S("SELECT id FROM account c WHERE {}").format(part))]
    living = {row["id"] for row in alive}
    world.check("disjoint", sorted(i for i in found if i in living), [row["id"] for row in seen])


def compare_children(
    connection: Any, r: random.Random, world: World, scope: scopes.Scope, alive: list[dict[str, Any]], stats: Stats
) -> None:
    roots = {row["id"] for row in alive if world.sees(row)}
    people = [row for row in world.people if row["account_id"] in roots and row["deleted_at"] is None]
    sort = r.choice((CHILD_SORTS[0], replace(CHILD_SORTS[0], desc=False)))
    query = ListQuery("account", "person", ID, sort, scope, via=Via("account", "account_id"))
    compare_list(connection, r, world, query, in_order(sort, people), lambda row: row["score"], stats)
    world.check("children counted", run.count(connection, query, stats=stats), (len(people), True))
    total = run.totals(connection, query, (S("c.score"),), stats=stats)
    world.check("children summed", total.sums, (sum(row["score"] for row in people) if people else None,))
