"""The steps of the rights grid: wherever a role is granted, its holder reaches what he makes himself."""

from __future__ import annotations

import pytest

from pellucid.kernel.access.scopes import contains, scope
from pellucid.kernel.access.tree import Tree
from pellucid.kernel.resources.admin.roles import STEPS

TREE = Tree([(1, None, "hq"), (2, 1, "branch"), (3, 1, "branch"), (4, 3, "team")])


@pytest.mark.parametrize("step", STEPS[1:])
@pytest.mark.parametrize("anchor", [1, 2, 4])
def test_a_maker_reaches_what_he_makes_in_his_own_unit(step: frozenset[str], anchor: int) -> None:
    """Without that a new record would be refused after the form was filled in: it would be out of its maker's sight."""
    reach = scope(7, [(kind, anchor) for kind in step], TREE)
    assert contains(reach, owner_id=7, unit_id=4)
