"""The choice of a plan: pure, and as the measurements of docs/figures.md say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from pellucid.kernel.access.scopes import Scope
from pellucid.kernel.resources.lists import conditions, plan, run, stats
from pellucid.kernel.resources.lists.indexes import index_name, index_sql
from pellucid.kernel.resources.lists.plan import LATERAL, ONE, SORT, WALK, Facts
from pellucid.kernel.resources.lists.query import Condition, ListQuery, SortKey
from pellucid.kernel.resources.lists.sql import renumber
from pellucid.kernel.resources.lists.stats import ColumnStats, Stats
from tests.kernel.lists import worlds

MILLION = 1_000_000.0
RARE = {"selectivity": 0.0005, "by_index": 0.0005, "filtered": True}
COMMON = {"selectivity": 0.5, "filtered": True}


def facts(units: int, share: float, **more: object) -> Facts:
    return Facts(MILLION, tuple([MILLION * share / units] * units), 51, pages=36_000, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (facts(1, 0.05), ONE),
        (facts(3, 0.003), LATERAL),
        (facts(10, 0.015), LATERAL),
        (facts(150, 0.4), WALK),
        (facts(399, 0.99), WALK),
        (facts(10, 0.015, **COMMON), LATERAL),
        (facts(150, 0.4, **COMMON), WALK),
        (facts(3, 0.003, **RARE), SORT),
        (facts(150, 0.4, **RARE), SORT),
        (Facts(MILLION, (), 51, whole=True, pages=36_000), WALK),
        (Facts(MILLION, (), 51, whole=True, pages=36_000, **RARE), SORT),  # type: ignore[arg-type]
        (facts(10, 0.015, through_root=True), WALK),
    ],
)
def test_the_measured_best_plan_is_chosen(told: Facts, expected: str) -> None:
    assert plan.choose(told) == expected


def test_estimates_survive_empty_and_absurd_statistics() -> None:
    for told in (
        Facts(0, (), 51, whole=True),
        Facts(0, (0.0, 0.0), 51),
        Facts(5, (900.0,), 1, selectivity=0.0),
        Facts(1, (1.0,) * 400, 10**6),
    ):
        assert all(cost >= 0 for cost in plan.estimate(told).values())
        assert plan.walk_bound(told) >= 1024


def test_a_walk_reads_more_than_expected_but_no_more_than_sorting_would_cost() -> None:
    told = facts(150, 0.4, **COMMON)
    sorting = plan.estimate(told)[SORT] / plan.stride(told)
    assert 51 / 0.2 < sorting <= plan.walk_bound(told) <= 2 * sorting
    assert plan.walk_bound(facts(3, 0.00001)) <= 2 * MILLION


def test_a_filter_on_the_sorts_own_column_does_not_lengthen_the_walk() -> None:
    """Its rows stand side by side: the walk begins there."""
    narrow = Facts(MILLION, (), 51, selectivity=0.02, filtered=True, whole=True, pages=36_000, span=0.02)
    assert plan.estimate(narrow)[WALK] == pytest.approx(plan.COSTS.start + 51 * plan.stride(narrow))


def test_fair_shares_add_up_to_more_than_a_page() -> None:
    assert sum(plan.fair_shares([1.0, 2.0, 997.0], 51)) >= 51
    assert plan.fair_shares([10.0] * 100, 51) == [2] * 100


def test_placeholders_get_names_in_order() -> None:
    assert renumber([]) == "true"
    assert (
        renumber(["a = %s", "b LIKE 'x%%' AND c BETWEEN %s AND %s"])
        == "(a = %(f0)s) AND (b LIKE 'x%%' AND c BETWEEN %(f1)s AND %(f2)s)"
    )


def test_frequencies_come_from_common_values_and_the_rest() -> None:
    column = ColumnStats(nulls=0.1, distinct=12, common={"1": 0.5, "t": 0.2})
    assert column.frequency(1) == 0.5 and column.frequency(True) == 0.2
    assert column.frequency(99) == pytest.approx(0.02)
    known = Stats(1000, {"level": column})
    assert known.hinted(conditions.any_of("c", "level", [1, 99], type="integer")) == pytest.approx(0.52)
    assert known.hinted(conditions.contains("c", "name", "x")) is None
    assert known.hinted(Condition(sql.SQL("true"), selectivity=0.3)) == 0.3


@pytest.fixture(scope="module")
def analysed(lists_database: psycopg.Connection) -> Iterator[psycopg.Connection]:
    lists_database.execute(
        "TRUNCATE account, access_share; INSERT INTO account (id, owner_id, unit_id, pinyin, level, worth, last_contact_at)"
        " SELECT g, g % 50, g % 20 + 1, 'p' || g, g % 4, g, now() - g * interval '1 hour'"
        " FROM generate_series(1, 4000) g; ANALYZE account"
    )
    stats.forget()
    yield lists_database
    lists_database.execute("TRUNCATE account")
    stats.forget()


BASE = ListQuery("account", "account", worlds.ID, worlds.SORTS[0], Scope(1, all=True))


def test_statistics_are_read_and_kept(analysed: psycopg.Connection) -> None:
    known = stats.table_stats(analysed, "account")
    assert known.total == 4000 and known.sizes([1, 20]) == pytest.approx((200, 200), rel=0.01)
    assert known.owned_by(7) == pytest.approx(80, rel=0.05)
    assert stats.table_stats(analysed, "account") is known
    with pytest.raises(LookupError):
        stats.read_stats(analysed, "no_such_table")


def test_postgresql_is_asked_where_frequencies_do_not_tell(analysed: psycopg.Connection) -> None:
    query = replace(BASE, where=(conditions.between("c", "worth", None, 1000), conditions.equals("c", "level", 1, indexed=True)))
    share, by_index, span = stats.selectivity(analysed, query, stats.table_stats(analysed, "account"))
    assert share == pytest.approx(0.0625, rel=0.2) and by_index == pytest.approx(0.25, rel=0.1) and span == 1.0
    by_worth = replace(query, sort=SortKey("worth", "worth", "numeric"))
    assert stats.selectivity(analysed, by_worth, stats.table_stats(analysed, "account"))[2] == pytest.approx(0.25, rel=0.1)


def test_counts_above_the_limit_are_estimated_for_one_part_only(analysed: psycopg.Connection) -> None:
    units = replace(BASE, scope=Scope(1, units=frozenset(range(1, 11))))
    assert run.count(analysed, units) == (2000, True)
    found, exact = run.count(analysed, units, 100)
    assert not exact and found == pytest.approx(2000, rel=0.05)
    assert run.count(analysed, replace(units, scope=replace(units.scope, own=True)), 100) == (100, False)
    assert run.estimate_count(analysed, units) == pytest.approx(2000, rel=0.05)
    assert run.estimate_count(analysed, replace(units, scope=Scope(1, own=True, shared=True))) is None
    assert run.estimate_count(analysed, replace(units, scope=Scope(1))) == 0


def test_a_position_far_down_is_not_counted_out(analysed: psycopg.Connection) -> None:
    assert run.neighbours(analysed, BASE, 500) == run.Neighbours(499, 501, 500)
    assert run.neighbours(analysed, BASE, 3000) == run.Neighbours(2999, 3001, None)
    assert run.neighbours(analysed, BASE, 4001) == run.Neighbours(None, None, None)


FETCH = run._fetch


def explained(connection: psycopg.Connection, query: ListQuery, force: str | None, monkeypatch: pytest.MonkeyPatch) -> str:
    """The plan PostgreSQL makes of a list."""
    texts: list[str] = []

    def explain(raw: psycopg.Connection, text: str, values: dict, ordered: bool, prepare: bool | None) -> list:
        texts.extend(line for (line,) in FETCH(raw, "EXPLAIN (COSTS off) " + text, values, ordered, prepare))
        return FETCH(raw, text, values, ordered, prepare)

    monkeypatch.setattr(run, "_fetch", explain)
    run.rows(connection, query, force=force)
    return "\n".join(texts)


def test_walks_and_laterals_read_the_index_in_order(analysed: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    analysed.execute("VACUUM ANALYZE account")
    some = replace(BASE, scope=Scope(1, units=frozenset(range(1, 11))), limit=5)
    text = explained(analysed, some, WALK, monkeypatch)
    assert "Index Only Scan using account_by_contact_all" in text and "Seq Scan" not in text
    text = explained(analysed, some, LATERAL, monkeypatch)
    assert text.count("Index Only Scan using account_by_contact_unit") == 2
    filtered = replace(some, where=(conditions.equals("c", "level", 1, indexed=True),))
    text = explained(analysed, filtered, LATERAL, monkeypatch)
    if analysed.info.server_version >= 160000:
        assert text.count("Index Scan using account_by_contact_unit") == 2 and "Bitmap" not in text.split("Join")[0]
    else:  # PostgreSQL 15 reads one of the two rounds by a bitmap: the same rows, some microseconds later
        assert text.count("Index Scan using account_by_contact_unit") >= 1
    own = replace(BASE, scope=Scope(7, own=True), limit=5)
    assert "account_by_contact_owner" in explained(analysed, own, None, monkeypatch)


def test_indexes_of_a_root_and_of_a_child() -> None:
    sorts = [SortKey(f"s{n}", f"k{n}", default=n == 0) for n in range(6)]
    root = index_sql("thing", sorts, owned=True)
    assert len([text for _, text, _, _ in root if text.startswith("CREATE INDEX")]) == 13
    assert all("WHERE deleted_at IS NULL AND merged_into IS NULL" in text for _, text, _, _ in root if "INDEX" in text)
    assert len(index_sql("thing", sorts, owned=False)) == 6
    assert index_sql("thing", [SortKey("x", "x", indexed=False)], owned=False) == []
    long = index_name("a" * 50, "b" * 30, "unit")
    assert len(long) == 63 and long == index_name("a" * 50, "b" * 30, "unit") != index_name("a" * 50, "b" * 30, "all")


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match="no such type"):
        conditions.any_of("c", "x", [1, 2], type="int); DROP TABLE x; --")


def test_a_table_never_analysed_is_taken_by_its_size(lists_database: psycopg.Connection) -> None:
    lists_database.execute("CREATE TABLE fresh AS SELECT g AS id, 1 AS unit_id, repeat('x', 150) AS text FROM generate_series(1, 5000) g")
    try:
        known = stats.read_stats(lists_database, "fresh")
        assert 2500 < known.total < 10_000 and known.sizes([1, 2]) == (known.total / 10, known.total / 10)
    finally:
        lists_database.execute("DROP TABLE fresh")
