"""Ten thousand leads shared out by rule: written, allocated through the action that people use, and taken back."""

from __future__ import annotations

import random
import time

from django.db import transaction
from django.utils import timezone

from pellucid.customers.models import AllocationRule, Lead, Pool
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.records import versions

LEADS = 10_000


def allocate(actor: Actor, n: int = LEADS) -> float:
    """How many seconds it takes; the company is afterwards as it was before."""
    with versions.using(versions.read()), transaction.atomic():
        rules(actor)
        ids = leads(actor, n)
        started = time.monotonic()
        done = run_many("lead_allocate", ids, actor)
        seconds = time.monotonic() - started
        if len(done.done) != n:
            raise RuntimeError(f"allocated {len(done.done)} of {n}: {done.skipped[:3]}")
        transaction.set_rollback(True)
    return seconds


def rules(actor: Actor) -> None:
    """Rules of every kind for the whole company, instead of its own: the last one places what the others could not."""
    AllocationRule._base_manager.update(active=False)
    root = next(u.id for u in directory.units().values() if u.parent is None)
    pool = Pool._base_manager.create(name="bench", kind="lead", unit_id=root, keeper_id=actor.user_id)
    made = [("owner", ""), ("least", "f.budget=gte:400000"), ("round", "f.channel=in:web"), ("weighted", "")]
    for at, (way, conditions) in enumerate(made):
        AllocationRule._base_manager.create(name=way, way=way, position=at, conditions=conditions, unit_id=None if way == "owner" else root)
    AllocationRule._base_manager.create(name="rest", way="pool", position=9, pool=pool)


def leads(actor: Actor, n: int) -> list[int]:
    """Leads nobody works on yet, all in one person's hands."""
    chance, home = random.Random(5), directory.home_of(actor.user_id)
    home = home or next(u.id for u in directory.units().values() if u.parent is None)
    branch = tree().branch(home)
    rows = [Lead(name=f"宁波恒鼎{i}机械", number=f"bench-{i}", mobile=f"139{i:08d}", owner_id=actor.user_id, unit_id=home, branch_id=branch,
                 channel=chance.choice(("web", "phone", "face")), budget=chance.choice((None, 100_000, 500_000)), received_at=timezone.now())
            for i in range(n)]  # fmt: skip
    return [lead.pk for lead in Lead._base_manager.bulk_create(rows, batch_size=1000)]
