
"""Fills the product's tables set-wise: 400 units at depth 5, 1,200 people, and customers with all that hangs on them.

60 of the people cover every built-in role x scope: for each a role that has the built-in's rights, all of them in this one scope.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection as owner
from django.db.models import Model

from bench import standalone
from pellucid.collaboration.models import Task
from pellucid.customers.models import Contact, Customer, FollowUp, Lead
from pellucid.kernel.access.models import FieldRight, Grant, Membership, Role, RoleRight, Unit, User
from pellucid.kernel.access.roles import BUILTIN
from pellucid.kernel.access.tree import Tree
from pellucid.kernel.history import audit_sql
from pellucid.kernel.history.tracked import tracked_of
from pellucid.kernel.records import derived
from pellucid.kernel.records.models import OwnedRecord, root_model
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.search.derived import undo_sql
from pellucid.kernel.search.pinyin import syllables
from pellucid.orders.models import Contract, Delivery, Instalment, Order, OrderLine, Posting, Receipt
from pellucid.sales.models import Opportunity

SCOPES = ("own", "shared", "unit", "unit_below", "branch", "all")
FILLED: tuple[type[Model], ...] = (
    Customer, Contact, FollowUp, Task, Lead, Opportunity, Contract, Order, OrderLine, Delivery, Instalment, Receipt, Posting,
)  # fmt: skip
PEOPLE = 1200
ORDERS = 200_000  # at most: a million lines, five of an order, is the largest company the budgets of money speak of
HANDS = 2  # sessions that build at once
WORDS = Path(__file__).resolve().parents[2] / "pellucid" / "customers" / "demo" / "data"


def build(admin: psycopg.Connection[Any], rows: int) -> list[tuple[str, float]]:
    """Fills the migrated database that Django's connection (the owner's) and `admin` (the superuser's) point at; seconds by step."""
    took: list[tuple[str, float]] = []

    def clocked(name: str, started: float) -> None:
        took.append((name, time.monotonic() - started))
        print(f"  {name}: {took[-1][1]:.1f} s", flush=True)

    started = time.monotonic()
    tree = units()
    slots, places = people(admin, tree)
    members(admin, tree, places)
    words(admin)
    clocked(f"{len(tree.parent)} units, {PEOPLE} people, {slots:,} places of work", started)
    hasty(admin)
    for resource in registry.values():
        if resource.search and resource.model in FILLED:
            admin.execute(undo_sql(resource))
    again = [texts for table in tables() if (texts := stripped(admin, table))]
    strict = eased(admin)
    admin.execute("SELECT setseed(0.5)")
    for name, text in steps(rows):
        started = time.monotonic()
        admin.execute(text)
        clocked(name, started)
        if name == "months":
            started = time.monotonic()
            for model in FILLED:
                admin.execute(audit_lines(model))
            clocked("audit lines", started)
    started = time.monotonic()
    for text in strict:
        admin.execute(text)
    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(indexed, again))
    clocked(f"{sum(map(len, again))} indexes", started)
    started = time.monotonic()
    searchable()
    derived.sync(owner, print)
    clocked("search tables", started)
    started = time.monotonic()
    admin.execute("VACUUM (FREEZE, ANALYZE)")
    admin.execute("CHECKPOINT")
    clocked("vacuum", started)
    return took


def hasty(admin: psycopg.Connection[Any]) -> None:
    """No triggers, much memory, no waiting for the disk."""
    for setting in ("session_replication_role = replica", "maintenance_work_mem = '1GB'", "work_mem = '256MB'", "synchronous_commit = off"):
        admin.execute(f"SET {setting}")


def eased(admin: psycopg.Connection[Any]) -> list[str]:
    """Gives every column that must not be empty something to start with, so that fields of later days need no line here; answers with what
    takes that away again."""
    plain = {"character varying": "''", "text": "''", "ARRAY": "'{}'", "boolean": "false", "integer": "0", "smallint": "0", "numeric": "0"}
    found = admin.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND is_nullable = 'NO'"
        " AND column_default IS NULL AND is_generated = 'NEVER' AND is_identity = 'NO' AND split_part(table_name, '_', 1) = ANY (%s)",
        [["customers", "sales", "products", "collaboration", "orders"]],
    ).fetchall()
    columns = [(table, column, plain[kind]) for table, column, kind in found if kind in plain]
    for table, column, value in columns:
        admin.execute(f'ALTER TABLE public."{table}" ALTER COLUMN "{column}" SET DEFAULT {value}')
    return [f'ALTER TABLE public."{table}" ALTER COLUMN "{column}" DROP DEFAULT' for table, column, _value in columns]


def indexed(texts: list[str]) -> None:
    """Brings the indexes of one table back."""
    with psycopg.connect(os.environ["BENCH_ADMIN"], autocommit=True) as admin:
        hasty(admin)
        for text in texts:
            admin.execute(text)


def searchable() -> None:
    """Makes the search tables anew, two at a time, as the product would one after the other."""
    items = derived.declared(owner)
    places = {item.name: place for place, item in enumerate(items)}

    def make(item: derived.Derived) -> None:
        owner.ensure_connection()
        derived._make(owner, item, places[item.name], print, False)
        owner.close()

    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(make, [item for item in derived.pending(owner, items)[0] if item.name.startswith("search.table:")]))


def units() -> Tree:
    """The tree of the list planner's bench, as units."""
    kinds = {"group": "department"}
    found = standalone.units()
    catcher = User.objects.create(username="catcher", name="受理人", password="!")  # the headquarters have one from the beginning
    Unit.objects.bulk_create(
        Unit(id=i, parent_id=parent, kind=kinds.get(kind, kind), name=f"{'总部' if parent is None else '单位'}{i}", position=i,
             catcher=None if parent else catcher)
        for i, parent, kind, _ in found
    )  # fmt: skip
    with owner.cursor() as cursor:
        cursor.execute("SELECT setval('access_unit_id_seq', (SELECT max(id) FROM access_unit))")
    return Tree((i, parent, kinds.get(kind, kind)) for i, parent, kind, _ in found)


def people(admin: psycopg.Connection[Any], tree: Tree) -> tuple[int, dict[int, int]]:
    """Users at their units, as many as the unit's share of the rows, and the slots that say who works where: user -> unit."""
    User.objects.bulk_create(User(username=f"p{n}", name=f"员工{n}", password="!") for n in range(PEOPLE))
    ids = sorted(User.objects.filter(username__startswith="p").values_list("id", flat=True))
    found = standalone.units()
    total = sum(weight for *_, weight in found)
    admin.execute("CREATE UNLOGGED TABLE bench_slot (i int PRIMARY KEY, owner_id bigint, unit_id bigint, branch_id bigint)")
    homes: dict[int, int] = {}
    i, before = 0, 0.0
    with admin.cursor() as cursor, cursor.copy("COPY bench_slot FROM STDIN") as copy:
        for unit, _, _, weight in found:
            places = max(1, round(weight / total * 20_000))
            for n in range(places):
                person = ids[min(int((before + weight * n / places) / total * PEOPLE), PEOPLE - 1)]
                homes.setdefault(person, unit)
                copy.write_row((i, person, unit, tree.branch(unit)))
                i += 1
            before += weight
    for person in ids:
        homes.setdefault(person, 1)
    Membership.objects.bulk_create(Membership(user_id=p, unit_id=u, starts_on=dt.date(2024, 1, 1)) for p, u in homes.items())
    return i, homes


def members(admin: psycopg.Connection[Any], tree: Tree, homes: dict[int, int]) -> None:
    """Sixty of the people: each built-in role in each scope, at a unit where the scope is large."""
    rows = admin.execute("SELECT unit_id, count(*) FROM bench_slot GROUP BY 1").fetchall()
    size: dict[int, int] = dict(rows)
    below = {u: sum(size.get(x, 0) for x in tree.below(u)) for u in tree.parent}
    anchors = {
        "unit": max(size, key=lambda u: size[u]),
        "unit_below": max((u for u in tree.parent if 8 <= len(tree.below(u)) <= 20 and tree.kind[u] != "branch"), key=lambda u: below[u]),
        "branch": max((u for u in tree.parent if tree.kind[u] == "branch"), key=lambda u: below[u]),
        "all": next(u for u, parent in tree.parent.items() if parent is None),
    }
    within = {
        "unit": {anchors["unit"]}, "unit_below": set(tree.below(anchors["unit_below"])), "branch": set(tree.branch_units(anchors["branch"])),
    }  # fmt: skip
    free = sorted(homes)
    admin.execute("CREATE UNLOGGED TABLE bench_member (user_id bigint, role text, scope text)")
    presets = {r.code: r for r in Role.objects.filter(builtin=True)}
    for builtin in BUILTIN:
        for scope in SCOPES:
            label = {"zh-hans": f"{builtin.zh} {scope}", "en": f"{builtin.en} {scope}"}
            role = Role.objects.create(code=f"{builtin.code}_{scope}", label=label)
            wide = {"staff", "unit", "user"} | {key for key, resource in registry.items() if not issubclass(root_model(resource.model), OwnedRecord)}
            rights = {(r.resource, r.verb, r.scope if r.resource in wide else scope) for r in presets[builtin.code].rights.all()}
            RoleRight.objects.bulk_create(RoleRight(role=role, resource=k, verb=v, scope=s) for k, v, s in sorted(rights))
            same = presets[builtin.code].field_rights.all()
            FieldRight.objects.bulk_create(FieldRight(role=role, resource=f.resource, field=f.field, level=f.level) for f in same)
            # whose right ends at a unit works there: what he creates lands in his own unit
            place = within.get(scope, within["branch"])
            person = next(p for p in free[len(free) // 3 :] + free if homes[p] in place)
            free.remove(person)
            Grant.objects.create(user_id=person, role=role, unit_id=anchors.get(scope, homes[person]))
            User.objects.filter(pk=person).update(username=f"{builtin.code}.{scope}", name=f"{builtin.zh}·{scope}")
            admin.execute("INSERT INTO bench_member VALUES (%s, %s, %s)", (person, builtin.code, scope))


def words(admin: psycopg.Connection[Any]) -> None:
    """The parts of names and notes with their readings, from the demo's lists."""
    admin.execute("CREATE UNLOGGED TABLE bench_word (kind text, i int, word text, reading text, initials text)")
    with admin.cursor() as cursor, cursor.copy("COPY bench_word FROM STDIN") as copy:
        for kind, found in lists():
            for i, word in enumerate(dict.fromkeys(found)):
                read = syllables(word, person=kind == "surname") if kind not in ("opening", "fact", "ending") else []
                copy.write_row((kind, i, word, " ".join(read), "".join(s[0] for s in read)))
    admin.execute("ANALYZE bench_word")


def lists() -> Iterator[tuple[str, list[str]]]:
    sections = dict(re.findall(r"(?m)^\[(.+?)\]\n([^\[]*)", (WORDS / "words.txt").read_text("utf-8")))
    regions = Path(WORDS.parents[1] / "data" / "regions.csv").read_text("utf-8").splitlines()
    cities = [row["name"].removesuffix("市") for row in csv.DictReader(regions) if row["name"].endswith("市")]
    yield "city", cities
    yield "first", sections["brand first"].split()
    yield "second", sections["brand second"].split()
    with (WORDS / "trades.csv").open(encoding="utf-8") as file:
        yield "trade", [word for row in csv.DictReader(file) for word in row["trades"].split()]
    yield "surname", sections["surnames"].split()
    yield "given", [a + b for a in sections["brand first"].split()[:60] for b in ["", *sections["brand second"].split()[:30]]]
    notes = re.findall(r"(?m)^\[(\w+)[^\]]*\]\n([^\[]*)", (WORDS / "notes.txt").read_text("utf-8"))
    for kind, begins in (("opening", "open"), ("fact", "fact"), ("ending", "end")):
        yield kind, [re.sub(r"\{\w*\}", "", line) for k, text in notes if k == begins for line in text.split("\n") if line]


def steps(rows: int) -> Iterator[tuple[str, str]]:
    """The steps of company.sql, and of what it includes."""

    def read(name: str) -> str:
        text = Path(__file__).with_name(name).read_text("utf-8")
        return re.sub(r"(?m)^-- include: (\S+)$", lambda found: read(found[1]), text)

    text = read("company.sql").replace("{rows}", str(rows)).replace("{orders}", str(min(rows, ORDERS)))
    for part in text.split("-- step: ")[1:]:
        name, _, body = part.partition("\n")
        yield name.strip(), body


def audit_lines(model: type[Model]) -> str:
    """What the audit trigger would have written when the rows were made."""
    t = tracked_of(model)
    line = audit_sql._whole(t, "I", f'public."{t.table}"', "new")
    line = line.replace("SELECT now(),", "SELECT r.created_at,").replace(audit_sql.ACTOR, "r.created_by_id")
    return line + " ORDER BY r.created_at"


def tables() -> list[str]:
    spans = [tracked_of(m).span for m in FILLED if tracked_of(m).temporal]
    return [*(m._meta.db_table for m in FILLED), *spans]


def stripped(admin: psycopg.Connection[Any], table: str) -> list[str]:
    """Takes a table's indexes away, the primary key excepted; answers with what brings them back."""
    again: list[str] = []
    constraints = admin.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('u', 'x')", [table]
    ).fetchall()
    for name, text in constraints:
        admin.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
        again.append(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {text}')
    indexes = admin.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass AND NOT indisprimary", [table]
    ).fetchall()
    for name, text in indexes:
        admin.execute(f"DROP INDEX {name}")
        again.append(text)
    return again
