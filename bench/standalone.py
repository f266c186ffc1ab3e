"""A world without the product's tables: one owned root, its shares and a unit tree, made set-wise in the database.

400 units at depth 5; eight branches with 40, 18, 12, 9, 7, 5, 4 and 3 % of the rows; about 1,200 owners.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from pellucid.kernel.access.tree import Tree
from pellucid.kernel.resources.lists import conditions
from pellucid.kernel.resources.lists.indexes import index_sql
from pellucid.kernel.resources.lists.query import Condition, SortKey

BRANCHES = ((150, 40), (70, 18), (50, 12), (40, 9), (30, 7), (25, 5), (18, 4), (10, 3))  # units, per cent of the rows
OWNERS = 1200
SLOTS = 100_000
SCHEMA = """
CREATE TABLE unit(id bigint PRIMARY KEY, parent_id bigint, kind text, weight float);
CREATE TABLE slot(i int PRIMARY KEY, owner_id bigint, unit_id bigint, branch_id bigint);
CREATE TABLE account(
  id bigint PRIMARY KEY, owner_id bigint NOT NULL, unit_id bigint NOT NULL, branch_id bigint NOT NULL,
  name text NOT NULL, pinyin text COLLATE "C" NOT NULL, phone text, address text,
  lifecycle smallint NOT NULL, level smallint NOT NULL, origin smallint NOT NULL, campaign int,
  stale boolean NOT NULL, amount numeric(18,2) NOT NULL, last_contact_at timestamptz NOT NULL, next_step_key timestamptz NOT NULL,
  created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, deleted_at timestamptz, merged_into bigint);
CREATE TABLE access_share(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, resource text NOT NULL, record_id bigint NOT NULL,
  user_id bigint NOT NULL, level smallint NOT NULL DEFAULT 1, sort_key timestamptz NOT NULL)
"""
ROWS = """
INSERT INTO account SELECT g, owner_id, unit_id, branch_id, '上海精密机械有限公司' || g, substr(md5(g::text), 1, 14),
  '138' || lpad((g %% 100000000)::text, 8, '0'), '上海市浦东新区张江路' || g || '号' || repeat('x', 60),
  (ARRAY[1,1,1,2,2,3,3,3,4,4])[1 + floor(r1 * 10)::int], CASE WHEN r2 < .08 THEN 1 ELSE 2 + floor(r2 * 5)::int END,
  floor(r3 * 200)::int, floor(r4 * 10000)::int, r5 < .005, round((r1 * r2 * 1000000)::numeric, 2),
  CASE WHEN r5 < .005 THEN timestamptz '2020-01-01' + r6 * interval '60 days'
   ELSE timestamptz '2023-01-01' + r6 * interval '1400 days' END,
  CASE WHEN r7 < .6 THEN timestamptz '2026-06-01' + r8 * interval '365 days' ELSE timestamptz '9999-01-01' END,
  timestamptz '2019-01-01' + g * interval '60 seconds', timestamptz '2024-01-01' + r3 * interval '1000 days',
  CASE WHEN r9 < .01 THEN timestamptz '2026-01-01' END, CASE WHEN r9 > .998 THEN 1 END
 FROM (SELECT g, floor(random() * %(slots)s)::int AS k, random() r1, random() r2, random() r3, random() r4, random() r5, random() r6,
   random() r7, random() r8, random() r9 FROM generate_series(1, %(rows)s) g) x JOIN slot ON i = k"""
SHARES = """
INSERT INTO access_share (resource, record_id, user_id, sort_key) SELECT 'account', id, %s, last_contact_at
 FROM account WHERE id %% %s = 7 ORDER BY id LIMIT %s"""
COLUMNS = (
    "id",
    "name",
    "pinyin",
    "phone",
    "lifecycle",
    "level",
    "origin",
    "amount",
    "last_contact_at",
    "next_step_key",
    "owner_id",
    "unit_id",
)


@dataclass
class World:
    """What a bench needs to know about a set of tables; the product's own can take this one's place."""

    connection: psycopg.Connection[Any]
    tree: Tree
    resource: str = "account"
    table: str = "account"
    columns: tuple[sql.Composable, ...] = tuple(sql.Identifier("c", name) for name in COLUMNS)
    sorts: tuple[SortKey, ...] = (
        SortKey("contact", "last_contact_at", default=True),
        SortKey("next", "next_step_key", desc=False),
        SortKey("pinyin", "pinyin", "text", desc=False),
        SortKey("created", "created_at"),
        SortKey("updated", "updated_at"),
        SortKey("amount", "amount", "numeric"),
    )
    filters: tuple[tuple[str, tuple[Condition, ...]], ...] = (
        ("none", ()),
        ("50 %", (conditions.any_of("c", "lifecycle", [3, 4], type="smallint"),)),
        ("8 %", (conditions.equals("c", "level", 1, indexed=True),)),
        ("0.5 %", (conditions.equals("c", "origin", 77, indexed=True),)),
        ("0.01 %", (conditions.equals("c", "campaign", 4711, indexed=True),)),
    )
    # Half a per cent, all of it at the far end of the default sort: what a walk cannot foresee.
    far_end: tuple[Condition, ...] = (conditions.equals("c", "stale", True, indexed=True),)
    members: tuple[tuple[int, int], ...] = ((900_001, 40), (900_002, 2000), (900_003, 20_000))


def units() -> list[tuple[int, int | None, str, float]]:
    """The tree with the share of rows of every unit."""
    r = random.Random(7)
    found: list[tuple[int, int | None, str, float]] = [(1, None, "hq", 0.6)]

    def add(parent: int, kind: str, weight: float = 0.0) -> int:
        found.append((len(found) + 1, parent, kind, weight))
        return len(found)

    for _ in range(6):
        add(1, "department", 0.2)
    for size, share in BRANCHES:
        branch = add(1, "branch")
        departments = [add(branch, "department") for _ in range(max(2, int(size**0.5 / 1.5)))]
        groups = [add(r.choice(departments), "group") for _ in range(min(size - 1 - len(departments), len(departments) * 3))]
        teams = [add(r.choice(groups), "team") for _ in range(size - 1 - len(departments) - len(groups))]
        own = [branch, *departments, *groups, *teams]
        weights = [r.paretovariate(1.2) * (3 if u in set(teams) else 0.6) for u in own]
        for unit, weight in zip(own, weights, strict=True):
            i, parent, kind, _ = found[unit - 1]
            found[unit - 1] = (i, parent, kind, share * weight / sum(weights))
    return found


def build(connection: psycopg.Connection[Any], rows: int) -> World:
    """Tables, rows, shares and the thirteen indexes."""
    connection.execute(SCHEMA)
    tree_rows = units()
    tree = Tree((i, parent, kind) for i, parent, kind, _ in tree_rows)
    world = World(connection, tree)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.executemany("INSERT INTO unit VALUES (%s, %s, %s, %s)", tree_rows)
        branch_of = [(i, tree.branch(i)) for i in tree.parent]
        total = sum(weight for *_, weight in tree_rows)
        # Owners and rows follow the weights: every unit gets its stretch of the slots and of the owners' numbers.
        cursor.execute(
            "INSERT INTO slot SELECT row_number() OVER (ORDER BY u.id, n) - 1,"
            " 1000 + floor((before + weight * random()) / %(total)s * %(owners)s), u.id, b.branch"
            " FROM (SELECT *, sum(weight) OVER (ORDER BY id) - weight AS before FROM unit) u"
            " JOIN unnest(%(ids)s::bigint[], %(branches)s::bigint[]) b(id, branch) USING (id),"
            " generate_series(1, greatest(1, round(weight / %(total)s * %(slots)s)::int)) n",
            {
                "total": total,
                "owners": OWNERS,
                "slots": SLOTS,
                "ids": [i for i, _ in branch_of],
                "branches": [b for _, b in branch_of],
            },
        )
        (slots,) = cursor.execute("SELECT count(*) FROM slot").fetchone() or (0,)
        cursor.execute(ROWS, {"slots": slots, "rows": rows})
        for user, shares in world.members:
            cursor.execute(SHARES, (user, max(rows // shares // 2, 10), shares))
        for _, text, _, _ in index_sql(world.table, world.sorts, owned=True):
            cursor.execute(text)
        for column in ("level", "origin", "campaign"):
            cursor.execute(sql.SQL("CREATE INDEX ON account({})").format(sql.Identifier(column)))
        cursor.execute("CREATE INDEX ON account(stale) WHERE stale")
        cursor.execute("CREATE INDEX ON access_share(user_id, resource, sort_key DESC, record_id DESC)")
        cursor.execute("CREATE UNIQUE INDEX ON access_share(resource, record_id, user_id)")
        cursor.execute("VACUUM (FREEZE, ANALYZE) account")
        cursor.execute("VACUUM ANALYZE access_share")
        cursor.execute("CHECKPOINT")
    return world


def opened(connection: psycopg.Connection[Any]) -> World:
    """A world built before."""
    return World(connection, Tree(connection.execute("SELECT id, parent_id, kind FROM unit").fetchall()))
