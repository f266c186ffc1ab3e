"""Sixty-four clients, two of each colleague, take from one pool at once: every lead goes to one, limits are kept, and nothing is left lying
that somebody could still have."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from pellucid.customers.models import Lead, Pool, PoolMove, PoolQuota
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Grant, Membership, Role, User
from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Missing, Refused
from tests.counts import count

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS, CLIENTS, PEOPLE = count(2, 100), 64, 32
FEW, MANY = 8, 80                       # leads of a round: fewer than there are people, and more than all may take
A_DAY, AT_ONCE = 2, 4                   # limits of one person


def crew(world) -> list[User]:
    """Colleagues who sell in the east."""
    role, out = Role.objects.get(code="sales"), []
    for n in range(PEOPLE):
        user = User(username=f"taker{n}", name=f"抢单{n}")
        user.set_unusable_password()
        user.save()
        Membership.objects.create(user=user, unit=world.units["east_sales"], starts_on=dt.date(2024, 1, 1))
        Grant.objects.create(user=user, role=role, unit=world.units["east_sales"])
        out.append(user)
    return out


def waiting(world, pool: Pool, n: int) -> list[int]:
    """Leads that wait in a pool."""
    rows = [Lead(name=f"{pool.name}-{i}", number=f"{pool.pk}-{i}", mobile="13800000000", owner=world.users["mona"], unit=world.units["east"],
                 branch=world.units["east"], pool=pool) for i in range(n)]  # fmt: skip
    return [lead.pk for lead in Lead.objects.bulk_create(rows)]


def test_every_lead_once_and_limits_kept(world):
    people, gate, chance = crew(world), Barrier(CLIENTS), random.Random(64)
    actors = [Actor.of(user, "web") for user in people for _window in range(CLIENTS // PEOPLE)]
    world.actor("mona")                                        # what every process keeps in memory is there before the race

    def client(actor: Actor, order: list[int]) -> list[int]:
        """Take what one can get, whatever the others do."""
        got = []
        try:
            gate.wait(60)
            for pk in order:
                try:
                    run("lead_take", pk, actor)
                    got.append(pk)
                except Missing:
                    raise AssertionError("the slower one hears why") from None
                except Refused as refusal:
                    if "上限" in str(refusal) or "不能超过" in str(refusal):
                        break
        finally:
            connection.close()
        return got

    with ThreadPoolExecutor(CLIENTS) as threads:
        for at in range(ROUNDS):
            pool = Pool.objects.create(name=f"公海{at}", kind="lead", unit=world.units["east"], keeper=world.users["mona"], daily_limit=A_DAY,
                                       held_limit=AT_ONCE, cooldown_days=0)  # fmt: skip
            scarce, before = at % 2 == 0, held(people)
            ids = waiting(world, pool, FEW if scarce else MANY)
            orders = [list(ids) if scarce else chance.sample(ids, len(ids)) for _actor in actors]
            got = list(threads.map(client, actors, orders))
            won = [pk for each in got for pk in each]
            owners = dict(Lead.objects.filter(pk__in=ids, pool=None).values_list("pk", "owner"))
            by = Counter({user.pk: sum(len(got[i]) for i in (2 * n, 2 * n + 1)) for n, user in enumerate(people)})
            could = {user.pk: min(A_DAY, AT_ONCE - before[user.pk]) for user in people}
            assert len(won) == len(set(won)) and set(won) == set(owners), "one winner each, and everybody who won has it"
            assert len(won) == min(len(ids), sum(could.values())), "nothing lies there that somebody could still have"
            assert Counter(owners.values()) == +by and all(by[user] <= n for user, n in could.items()), "limits are kept"
            moves = PoolMove.objects.filter(pool=pool)
            assert sorted(moves.values_list("record_id", "kind", "user")) == sorted((pk, "taken", owner) for pk, owner in owners.items())
            assert dict(PoolQuota.objects.filter(pool=pool, taken__gt=0).values_list("user", "taken")) == dict(+by)
            settled = chance.sample(won, len(won) // 2)
            Lead.objects.filter(pk__in=settled).update(state="converted", converted_at=timezone.now())


def test_what_one_may_hold_holds_over_all_pools(world):
    pools = [Pool.objects.create(name=f"公海{at}", kind="lead", unit=world.units["east"], keeper=world.users["mona"], held_limit=2, cooldown_days=0)
             for at in range(4)]  # fmt: skip
    ids = [pk for pool in pools for pk in waiting(world, pool, 2)]
    gate, actor = Barrier(len(ids)), world.actor("alice")

    def client(pk: int) -> bool:
        try:
            gate.wait(60)
            run("lead_take", pk, actor)
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(ids)) as threads:
        assert sum(threads.map(client, ids)) == 2
    assert Lead.objects.filter(owner=world.users["alice"], pool=None).count() == 2


def held(people: list[User]) -> Counter[int]:
    """How many open leads each has."""
    rows = Lead.objects.filter(owner__in=people, pool=None, state__in=Lead.OPEN)
    return Counter(rows.values_list("owner", flat=True))
