"""Random processes, people, decisions, leavers, proxies, deleted fields, failing work, timers, returns: nothing ever gets stuck or doubled."""

from __future__ import annotations

from collections import Counter

from pellucid.kernel.processes.publishing import problems
from tests.counts import count

from .worlds import KNOWN, Life


def lives(first: int, last: int) -> Counter[str]:
    stats: Counter[str] = Counter()
    for seed in range(first, last):
        life = Life(seed, stats)
        if problems(life.plan.definition, KNOWN):
            stats["refused definitions"] += 1
            continue
        stats["definitions"] += 1
        life.live()
    return stats


def test_whatever_happens_every_promise_holds() -> None:
    number = count(400, 15_000)
    stats = lives(0, number)
    print(dict(stats))
    assert stats["definitions"] > 0.9 * number
    for seen in ("return", "transfer", "add", "retry", "skip", "leavers", "timers", "withdrawn", "ended approved", "ended rejected"):
        assert stats[seen], f"no {seen} in all of them"


