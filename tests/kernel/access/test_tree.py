"""The unit tree: what is below, which branch, and what a broken tree says."""

from __future__ import annotations

import random

import pytest

from pellucid.kernel.access.tree import Tree

ROWS = [
    (1, None, "hq"),
    (2, 1, "branch"),
    (3, 2, "department"),
    (4, 3, "team"),
    (5, 2, "branch"),
    (6, 5, "team"),
    (7, 1, "department"),
]


def test_below_reaches_to_the_leaves() -> None:
    tree = Tree(ROWS)
    assert tree.below(2) == {2, 3, 4, 5, 6}
    assert tree.below(4) == {4}
    assert tree.below(1) == {1, 2, 3, 4, 5, 6, 7}


def test_a_branch_stops_at_the_branch_inside_it() -> None:
    tree = Tree(ROWS)
    assert tree.branch_units(4) == {2, 3, 4}
    assert tree.branch_units(6) == {5, 6}
    assert tree.branch_units(7) == {1, 7}
    assert [tree.branch(u) for u in (4, 6, 7)] == [2, 5, 1]


def test_ancestors_go_up_to_the_root() -> None:
    assert Tree(ROWS).ancestors(4) == (3, 2, 1)
    assert Tree(ROWS).ancestors(1) == ()


def test_an_unknown_unit_has_nothing_below_it() -> None:
    tree = Tree(ROWS)
    assert tree.below(99) == tree.branch_units(99) == frozenset()
    assert 99 not in tree


@pytest.mark.parametrize("rows", [[(1, None, "hq"), (2, 3, "team"), (3, 2, "team")], [(1, None, "hq"), (2, 9, "team")]])
def test_a_tree_with_a_cycle_or_a_hole_is_refused(rows: list[tuple[int, int | None, str]]) -> None:
    with pytest.raises(ValueError, match="2"):
        Tree(rows)


def test_row_order_does_not_matter() -> None:
    shuffled = list(ROWS)
    random.Random(3).shuffle(shuffled)
    assert all(Tree(shuffled).below(u) == Tree(ROWS).below(u) for u, _, _ in ROWS)
