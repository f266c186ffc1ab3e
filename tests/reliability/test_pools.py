"""Many colleagues reach into one pool, and many hands share out by the same rule: every lead once, every limit kept."""

from __future__ import annotations

from collections import Counter

import pytest

from pellucid.customers.models import Lead, PoolMove, PoolQuota
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import run
from tests.counts import count
from tests.reliability.clients import CLIENTS, history_agrees, kinds, together

pytestmark = pytest.mark.django_db(transaction=True)
TAKERS = ("alice", "carol", "sam", "mark")
LEADS, LIMIT = 20, 6


def made(world, n: int) -> list[int]:
    return [run("lead_create", None, world.actor("mona"), values={"name": f"公司 {i}", "mobile": f"139{i:08d}"}).record.pk for i in range(n)]


def test_every_lead_is_taken_once_and_limits_are_kept(world):
    for _round in range(count(1, 100)):
        pool = run("pool_create", None, world.actor("admin"), values={
            "name": "华东公海", "kind": "lead", "unit": world.units["east"].pk, "keeper": world.users["mona"].pk, "daily_limit": LIMIT,
            "held_limit": LIMIT, "cooldown_days": 0}).record  # fmt: skip
        Lead.objects.all().delete()
        ids = made(world, LEADS)
        run_many("lead_return", ids, world.actor("mona"), {"pool": pool.pk, "reason": "新一批"})
        answers = together(lambda n: run("lead_take", ids[n % LEADS], world.actor(TAKERS[n // LEADS % len(TAKERS)])))  # noqa: B023
        assert set(kinds(answers)) <= {"done", "Refused"}, kinds(answers)
        taken = [n for n, a in enumerate(answers) if not isinstance(a, Exception)]
        assert len({n % LEADS for n in taken}) == len(taken), "two have the same lead"
        by = Counter(Lead.objects.filter(pool=None).values_list("owner__username", flat=True))
        assert sum(by.values()) == len(taken) == PoolMove.objects.filter(pool=pool, kind="taken").count()
        assert max(by.values()) <= LIMIT and set(by) <= set(TAKERS)
        assert dict(PoolQuota.objects.filter(pool=pool, taken__gt=0).values_list("user__username", "taken")) == dict(by)
        assert Lead.objects.filter(pool=pool, owner=world.users["mona"]).count() == LEADS - len(taken)
    history_agrees()


def test_hands_that_share_out_at_once_take_turns(world):
    run("allocationrule_create", None, world.actor("admin"), values={"name": "轮流", "way": "round", "unit": world.units["east_sales"].pk})
    ids = made(world, CLIENTS)
    answers = together(lambda n: run("lead_allocate", ids[n], world.actor("mona")))
    assert kinds(answers) == {"done": CLIENTS}
    assert Counter(Lead.objects.values_list("owner__username", flat=True)) == {"alice": CLIENTS // 2, "carol": CLIENTS // 2}
    history_agrees()
