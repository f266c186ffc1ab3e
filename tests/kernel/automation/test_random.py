"""Random rule sets that set each other off, their events handed over twice: everything comes to rest, and nothing is done twice."""

from __future__ import annotations

import random
import threading
from collections import Counter, deque

import pytest
from django.db import connection

from pellucid.kernel.actions.run import run
from pellucid.kernel.automation import guard, running
from pellucid.kernel.automation.models import RuleRun
from pellucid.kernel.events.models import Delivery
from pellucid.kernel.jobs.perform import deliveries, work_off
from pellucid.kernel.notices.models import Notice
from tests.counts import count

from .rules import ruled


def settle(seed: int) -> int:
    """One world of rules in memory, with the guard of the product; returns how many events there were."""
    chance = random.Random(seed)
    rules = [(n, chance.choice("abc"), [(chance.randint(1, 5), chance.choice("abc")) for _ in range(chance.randint(1, 3))])
             for n in range(chance.randint(2, 12))]  # fmt: skip
    queue: deque[tuple[int, str, int, tuple[str, ...], int]] = deque()
    claims: set[tuple[int, int]] = set()
    acted: set[tuple[int, int, int]] = set()
    spent: Counter[int] = Counter()
    events = 0

    def say(name: str, record: int, chain: tuple[str, ...] = (), root: int = 0) -> None:
        nonlocal events
        events += 1
        queue.append((events, name, record, chain, root or events))

    first = chance.randint(1, 10)
    for _n in range(first):
        say(chance.choice("abc"), chance.randint(1, 5))
    while queue:
        event, name, record, chain, root = queue.popleft()
        for _time in range(2 if chance.random() < 0.2 else 1):  # handed over twice
            for rule, on, does in rules:
                own = guard.link(rule, "x", record)
                if on != name or (rule, event) in claims:
                    continue
                claims.add((rule, event))
                if guard.why_not(own, chain, acted=(rule, root, record) in acted, spent=spent[root]):
                    continue
                assert (rule, root, record) not in acted
                acted.add((rule, root, record))
                spent[root] += 1
                if chance.random() < 0.05:
                    continue  # it failed: nothing of it remains
                for to, then in does:
                    say(then, to, (*chain, own), root)
        assert events <= first * (guard.SPENT * 3 + 1), "does not come to rest"
    assert max(spent.values(), default=0) <= guard.SPENT
    return events


def test_every_random_set_of_rules_comes_to_rest():
    most = max(settle(seed) for seed in range(count(300, 20_000)))
    assert most > 50, "they did set each other off"


CHANGES = {"amount": lambda c: str(c.randint(1, 9) * 100_000), "expected_on": lambda c: f"2027-0{c.randint(1, 9)}-01",
           "name": lambda c: c.choice(["甲项目", "乙项目", "丙项目"])}  # fmt: skip


def drawn(chance: random.Random) -> tuple[dict, list[dict], str]:
    """A rule: when, what it does, conditions."""
    field = chance.choice(list(CHANGES))
    when = chance.choice([{"type": "changed", "fields": [field]}, {"type": "changed"}, {"type": "created"}])
    does = []
    for _n in range(chance.randint(1, 3)):
        name = chance.choice(list(CHANGES))
        made = {"kind": "create", "on": "opportunity", "inputs": {"name": "衍生商机", "customer": {"field": "customer"}, "amount": "100000"}}
        change = {"kind": "set", "inputs": {name: CHANGES[name](chance)}}
        does.append(made if chance.random() < 0.3 else change)
    return when, does, "f.amount=gte:300000" if chance.random() < 0.3 else ""


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(count(2, 120)))
def test_random_rules_on_the_real_outbox(world, seed):
    chance = random.Random(seed)
    for n in range(chance.randint(2, 5)):
        when, does, if_ = drawn(chance)
        ruled(world, f"规则{n}", "opportunity", when, *does, if_=if_)
    values = {"name": "起点", "customer": world.customer("澄泰实业").pk, "amount": "100000"}
    row = run("opportunity_create", None, world.actor("alice"), values=values).record
    run("opportunity_update", row.pk, world.actor("alice"), values={"amount": "700000"}, version=row.version)
    for _round in range(60):
        if not work_off() and not RuleRun.objects.filter(state="due").exists() and not Delivery.objects.filter(delivered_at=None).exists():
            break
        if chance.random() < 0.5:
            Delivery.objects.filter(handler__contains="automation").update(delivered_at=None)
    assert not RuleRun.objects.filter(state="due").exists()
    acted = RuleRun.objects.filter(state__in=RuleRun.ACTED)
    assert acted.exists()
    assert max(Counter(acted.values_list("root", flat=True)).values()) <= guard.SPENT
    assert max(Counter(acted.values_list("rule", "root", "record_id")).values()) == 1
    assert all(len(chain) < guard.DEPTH for chain in acted.values_list("chain", flat=True))
    assert set(acted.values_list("state", flat=True)) <= {"done", "refused"}, sorted(set(acted.values_list("why", flat=True)))


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_everything_once(world):
    ruled(world, "通知", "customer", {"type": "created"}, {"kind": "notify", "inputs": {"who": "owner", "text": "{name}"}})
    ruled(world, "任务", "customer", {"type": "created"},
          {"kind": "action", "on": "customer_add_task", "inputs": {"name": "回访", "due_at": {"days": 1}, "owner": {"field": "owner"}}})  # fmt: skip
    rows = [world.customer(f"客户{n}") for n in range(count(6, 40))]
    wrong: list[BaseException] = []

    def worker() -> None:
        try:
            for _n in range(200):
                if not deliveries() + running.due() and not RuleRun.objects.filter(state="due").exists():
                    break
        except BaseException as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work_off()
    assert not wrong
    assert Counter(RuleRun.objects.values_list("state", flat=True)) == {"done": 2 * len(rows)}
    assert Notice.objects.filter(kind="rule_says").count() == len(rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT about_id, count(*) FROM collaboration_task WHERE about_resource = 'customer' GROUP BY 1")
        assert dict(cursor.fetchall()) == {row.pk: 1 for row in rows}
