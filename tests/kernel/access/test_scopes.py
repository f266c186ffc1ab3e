"""Scopes in normal form, as Q and as SQL, on the product's own tables."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q
from psycopg import sql

from pellucid.kernel.access.models import Share, Unit, User
from pellucid.kernel.access.scopes import (
    OWN_OF,
    SHARED_OF,
    ByColumn,
    Scope,
    bits,
    contains,
    kinds,
    register,
    scope,
    where_q,
    where_sql,
)
from pellucid.kernel.access.tree import Tree
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.lists import conditions, run
from pellucid.kernel.resources.lists.query import ListQuery, SortKey, Via
from pellucid.kernel.resources.lists.stats import forget
from tests.counts import count

TREE = Tree([(1, None, "hq"), (2, 1, "branch"), (3, 2, "team"), (4, 1, "branch"), (5, 4, "team")])
ROOT, CHILD = "customer", "contact"


def test_the_six_kinds_have_one_normal_form() -> None:
    assert kinds()[:6] == ("own", "shared", "unit", "unit_below", "branch", "all")
    assert scope(7, [("own", 3)], TREE) == Scope(7, own=True)
    assert scope(7, [("shared", 3)], TREE) == Scope(7, shared=True)
    assert scope(7, [("unit", 2)], TREE).units == {2}
    assert scope(7, [("unit_below", 2)], TREE).units == {2, 3}
    assert scope(7, [("branch", 3)], TREE).units == {2, 3}
    assert scope(7, [("own", 3), ("all", 1), ("unit", 2)], TREE) == Scope(7, all=True)


def test_all_units_are_everything_and_none_is_nothing() -> None:
    assert scope(7, [("unit_below", 1), ("own", 1)], TREE) == Scope(7, all=True)
    assert not scope(7, [], TREE) and scope(7, [], TREE).parts == ()
    assert not scope(7, [("unit", 99), ("branch", 99), ("unit_below", None)], TREE)
    assert not scope(7, [("unit_below", 1)], Tree([]))


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="galaxy"):
        scope(7, [("galaxy", 1)], TREE)


def test_a_later_kind_joins_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.kernel.access.scopes._registered", {})
    register("portal")(lambda user, anchor, tree: ByColumn("portal", "parent_id", frozenset({anchor})) if anchor else None)
    found = scope(7, [("portal", 3), ("portal", 4), ("own", None)], TREE)
    assert found.parts == ("own", "portal") and found.by[0].ids == {3, 4}
    assert contains(found, None, None, columns={"parent_id": 4}) == ("portal",)
    with pytest.raises(ValueError, match="already"):
        register("unit")(lambda user, anchor, tree: None)


def test_contains_names_every_reason() -> None:
    both = Scope(7, units=frozenset({2}), own=True, shared=True)
    assert contains(both, 7, 2, True) == ("units", "own", "shared")
    assert contains(both, 8, 3) == contains(Scope(7), 7, 2, True) == ()
    assert contains(Scope(7, own=True, units=frozenset({2})), None, None) == ()
    assert contains(Scope(7, all=True), None, None) == ("all",)


def test_only_everything_is_an_empty_condition() -> None:
    model = registry[ROOT].model
    assert where_q(Scope(7, all=True), model) == Q()
    assert where_q(Scope(7), model) == Q(pk__in=[])
    assert where_sql(Scope(7), "c", ROOT).as_string(None) == "false"


def test_bits_say_which_units_are_in() -> None:
    data = bits(frozenset({0, 9, 17}))
    assert [i for i in range(len(data) * 8) if data[i >> 3] >> (i & 7) & 1] == [0, 9, 17]


@pytest.fixture
def people(db: None) -> list[User]:
    return [User.objects.create(username=f"scoped{n}", name=f"S{n}") for n in range(4)]


def plant(r: random.Random, people: list[User]) -> tuple[list[Unit], Tree]:
    """Units, customers, contacts and shares, thrown anywhere."""
    root, child = registry[ROOT].model, registry[CHILD].model
    top = Unit.objects.filter(parent=None).first() or Unit.objects.create(name="top", kind="hq", catcher=people[0])
    units = [top]
    for n in range(r.randint(1, 9)):
        units.append(Unit.objects.create(parent=r.choice(units), kind=r.choice(("branch", "department", "team")), name=f"u{n}"))
    tree = Tree(Unit.objects.values_list("id", "parent_id", "kind"))
    moment = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)

    def thrown(n: int) -> Any:
        unit, day = r.choice(units), moment + dt.timedelta(days=r.randint(0, 5))
        gone = moment if r.random() < 0.1 else None
        return root(
            name=f"r{n}", owner=r.choice(people), unit=unit, branch_id=tree.branch(unit.pk), created_at=day, deleted_at=gone
        )

    roots = root._base_manager.bulk_create([thrown(n) for n in range(r.randint(5, 40))])
    child._base_manager.bulk_create([child(name=f"c{n}", customer=r.choice(roots)) for n in range(30)])
    for user in people[:2]:
        for row in r.sample(roots, r.randint(0, min(5, len(roots)))):
            Share.objects.create(resource=ROOT, record_id=row.pk, user=user, level=r.randint(1, 2), sort_key=row.created_at)
            Share.objects.get_or_create(resource="other", record_id=row.pk + 1, user=user)
    return units, tree


SORT = SortKey("created_at", "created_at", default=True)
ID = (sql.Identifier("c", "id"),)


@pytest.mark.parametrize("seed", range(count(8, 60)))
def test_q_sql_and_lists_let_in_the_same_rows(seed: int, people: list[User]) -> None:
    r = random.Random(seed)
    units, tree = plant(r, people)
    root, child = registry[ROOT].model, registry[CHILD].model
    user = people[0].pk
    for _ in range(6):
        grants = [
            (r.choice(("own", "shared", "unit", "unit_below", "branch")), r.choice(units).pk) for _ in range(r.randint(0, 3))
        ]
        grants += [(kind, r.choice(people[1:]).pk) for kind in (OWN_OF, SHARED_OF) for _ in range(r.choice((0, 0, 1, 2)))]
        seen = scope(user, grants, tree)
        shared = set(Share.objects.filter(user_id=user, resource=ROOT).values_list("record_id", flat=True))
        theirs = set(Share.objects.filter(user_id__in=seen.shares_of, resource=ROOT).values_list("record_id", flat=True))
        want = {
            row.pk
            for row in root._base_manager.all()
            if contains(seen, row.owner_id, row.unit_id, row.pk in shared, {"owner_id": row.owner_id}, row.pk in theirs)
        }
        by_q = set(root._base_manager.filter(where_q(seen, root)).values_list("pk", flat=True))
        with connection.cursor() as cursor:
            condition = where_sql(seen, "c", ROOT).as_string(None)
            cursor.execute(f"SELECT id FROM {root._meta.db_table} c WHERE {condition}")
            by_sql = {pk for (pk,) in cursor.fetchall()}
        assert by_q == by_sql == want
        children = set(child._base_manager.filter(where_q(seen, child, "customer__")).values_list("pk", flat=True))
        assert children == set(child._base_manager.filter(customer_id__in=want).values_list("pk", flat=True))
        alive = root._base_manager.filter(pk__in=want, deleted_at=None, merged_into=None)
        query = ListQuery(ROOT, root._meta.db_table, ID, SORT, seen, limit=100)
        listed = [pk for (pk,) in run.rows(connection, query)]
        assert listed == list(alive.order_by("-created_at", "-id").values_list("pk", flat=True))
        through = ListQuery(ROOT, child._meta.db_table, ID, SORT, seen, via=Via(root._meta.db_table, "customer_id"), limit=100)
        expected = child._base_manager.filter(customer__in=alive, deleted_at=None, merged_into=None)
        assert [pk for (pk,) in run.rows(connection, through)] == list(
            expected.order_by("-created_at", "-id").values_list("pk", flat=True)
        )


@pytest.mark.django_db(transaction=True)
def test_a_list_leaves_the_session_as_it_was() -> None:
    """Prepared again and again, in and out of a transaction, and behind a pooler where nothing is prepared."""
    forget()
    root = registry[ROOT].model
    query = ListQuery(
        ROOT,
        root._meta.db_table,
        ID,
        SORT,
        Scope(1, units=frozenset({1, 2, 3})),
        (conditions.equals("c", "version", 1),),
        limit=5,
    )

    def settings() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT setting FROM pg_settings WHERE name IN ('enable_sort', 'enable_incremental_sort', 'plan_cache_mode')"
            )
            return sorted(value for (value,) in cursor.fetchall())

    for threshold in (5, None):
        connection.ensure_connection()
        connection.connection.prepare_threshold = threshold
        before = settings()
        for _ in range(8):
            assert run.rows(connection, query, force="lateral") == []
        with transaction.atomic():
            assert run.rows(connection, query, force="lateral") == []
            assert settings() == before
        assert settings() == before
        assert connection.get_autocommit() and connection.connection.info.transaction_status.name == "IDLE"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["own", "unit", "branch", "shared"])
def test_a_right_that_looks_at_what_is_not_there_reaches_nothing(world, browser, kind):
    """A role may say "own" of what belongs to nobody: lists, records and search answer as if nothing were in reach, and none fails."""
    from pellucid.kernel.access.models import Role, RoleRight
    from tests.samples import record_of

    rival = record_of("competitor", world, name="启衡自动化")
    record_of("competitorproduct", world)
    role = Role.objects.get(code="sales")
    RoleRight.objects.filter(role=role, resource__in=("competitor", "competitorproduct")).delete()
    RoleRight.objects.bulk_create(
        RoleRight(role=role, resource=key, verb="view", scope=kind) for key in ("competitor", "competitorproduct")
    )
    alice = browser("alice")
    assert alice.get("/competitors/?view=all").status_code == 200
    assert "启衡" not in alice.get("/search/palette?q=启衡").content.decode()
    assert alice.get(f"/competitors/{rival.pk}").status_code == 404
    assert alice.get("/analyses/AN21").status_code in (200, 403)
