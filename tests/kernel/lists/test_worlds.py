"""The list engine against a naive reader, on random worlds; and the proof that this comparison notices faults."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from pellucid.kernel.access import scopes
from pellucid.kernel.resources.lists import plan, run
from pellucid.kernel.resources.lists.sql import Composer
from tests.counts import count
from tests.kernel.lists import worlds


@pytest.fixture(autouse=True)
def partner_scope() -> Iterator[None]:
    """A kind of scope that a later area brings."""
    scopes.register("partner")(
        lambda user, anchor, tree: scopes.ByColumn("partner", "partner_id", frozenset({anchor})) if anchor else None
    )
    yield
    scopes._registered.pop("partner")


def explore(
    connection: psycopg.Connection, seeds: range, monkeypatch: pytest.MonkeyPatch, until_found: bool = False
) -> list[Any]:
    """Differences in these worlds. Walks are bounded tightly, so that their fallback is used all the time."""
    found: list[Any] = []
    checks = 0
    for seed in seeds:
        r = random.Random(seed)
        monkeypatch.setattr(plan, "walk_bound", lambda facts, r=r: r.choice((1, 2, 5, 1024)))
        world = worlds.make(r)
        worlds.load(connection, world)
        if seed % 3:
            worlds.compare(connection, r, world)
        else:
            with connection.transaction():  # the order settings are taken back inside a transaction
                worlds.compare(connection, r, world)
                enabled = connection.execute("SHOW enable_sort").fetchone()
                world.check("settings", enabled, ("on",))
        checks += world.checks
        found += [(seed, *difference) for difference in world.differences]
        if found and until_found:
            break
    assert until_found or checks > 20 * len(seeds)
    return found


def test_every_answer_equals_the_naive_one(lists_database: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    differences = explore(lists_database, range(count(40, 2500)), monkeypatch)
    assert not differences, "\n".join(map(str, differences[:4]))


def spoil(method: str, old: str, new: str) -> Callable[[pytest.MonkeyPatch], None]:
    """A fault in the text that one method of the composer writes."""
    original = getattr(Composer, method)

    def apply(patch: pytest.MonkeyPatch) -> None:
        def wrong(self: Composer, *args: Any, **kwargs: Any) -> sql.Composable:
            return sql.SQL(original(self, *args, **kwargs).as_string(None).replace(old, new))

        patch.setattr(Composer, method, wrong)

    return apply


def unequal_bits(patch: pytest.MonkeyPatch) -> None:
    right = scopes.bits
    patch.setattr(scopes, "bits", lambda ids: bytes(b & 0b11101111 for b in right(ids)))


FAULTS = {
    "a page repeats its last row": spoil("beyond", ", %(ai)s::bigint)", ", %(ai)s::bigint + 1)"),
    "a page forgets ties": spoil("beyond", ", %(ai)s::bigint)", ", 0)"),
    "merged rows are listed": spoil("alive", "IS NULL AND \"c\".merged_into IS NULL", "IS NULL"),
    "rows in two parts are listed twice": spoil("page", " UNION ", " UNION ALL "),
    "the second round loses the bound itself": spoil("lateral", ">= (coalesce", "> (coalesce"),
    "the second round skips units": spoil("lateral", "unnest(%(units)s::bigint[]) u(id)", "unnest('{1,2}'::bigint[]) u(id)"),
    "shares of other resources count": spoil("shares", "share.resource = %(resource)s", "true"),
    "a share reaches further than it says": spoil("of_user", "share.level >=", "0 <="),
    "shared rows are counted twice": spoil("aggregate", "IS NOT TRUE", "IS NOT NULL"),
    "rows without an owner fall out": spoil("aggregate", ") IS NOT TRUE", ") = false"),
    "children of deleted roots are listed": spoil("alive", "\"root\".deleted_at IS NULL", "true"),
    "a unit is missing from the bits": unequal_bits,
    "a walk that ends early is believed": lambda patch: patch.setattr(run, "_page", _believing(run._page)),
}  # fmt: skip


def _believing(page: Any) -> Any:
    return lambda *args: (page(*args)[0], False)


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_noticed(fault: str, lists_database: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    run._texts.clear()
    scopes.bits.cache_clear()
    FAULTS[fault](monkeypatch)
    try:
        assert explore(lists_database, range(1000, 1080), monkeypatch, until_found=True)
    finally:
        run._texts.clear()
        scopes.bits.cache_clear() if hasattr(scopes.bits, "cache_clear") else None
