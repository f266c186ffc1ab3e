"""What salespeople and their managers do all day: boards, leads, pools, the workbench, and what analyses ask of five periods a deal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.utils import translation

from bench import report
from bench.product import profile
from bench.product.calls import Call, Caller, Cost, cost, measured
from pellucid.customers.actions.scores import rescore
from pellucid.customers.models import AllocationRule, Lead
from pellucid.customers.pools import open_to, waiting
from pellucid.kernel.access.models import Grant, Membership, Role
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.change import Between, taken_apart
from pellucid.kernel.metrics.declare import Ask, changes
from pellucid.kernel.records import days, versions

if TYPE_CHECKING:
    from bench.product.measure import Bench

PAGES = {"board of 10 stages": 40, "lead list": 15, "take from the pool": 10, "workbench": 40}
SAMPLES = {"board of 10 stages": "/opportunities/?view=all&as=board", "lead list": "/leads/?view=all", "workbench": "/"}
FUNNEL = ("open_count", "open_amount", "weighted_amount")
ALLOCATED, LOOKED, SELLERS = 10_000, 1_000, 150


def run(bench: Bench, scopes: tuple[str, ...]) -> str:
    found: dict[str, dict[str, Cost]] = {name: {} for name in (*PAGES, *questions(bench.rows))}
    for caller in bench.callers:
        for name, taken in of(bench, caller):
            found[name][caller.scope] = taken
            print(f"    {caller.scope} {name}: {taken.split()}", flush=True)
    budgets = PAGES | {name: budget for name, (budget, _ask) in questions(bench.rows).items()}
    lines = [(name, str(budgets[name]), *(figure(by.get(s), budgets[name]) for s in scopes)) for name, by in found.items()]
    heads = [s.replace("_", " ") for s in scopes]
    over = explained(bench, found, budgets)
    why = f"\nWhere it is dearest:\n\n{report.table(('operation', 'scope', 'profile'), over)}" if over else ""
    return report.table(("operation", "budget", *heads), lines) + why + "\n" + allocation(bench)


def explained(bench: Bench, found: dict[str, dict[str, Cost]], budgets: dict[str, float]) -> list[tuple[str, str, str]]:
    """(operation, scope, profile) of what is over its budget and can be asked again."""
    out = []
    for name, by in found.items():
        scope, taken = max(by.items(), key=lambda one: one[1].median if one[1].mine else 0.0)
        if not taken.mine or taken.median <= budgets[name] or name == "take from the pool":
            continue
        caller = next(c for c in bench.callers if c.scope == scope)
        if name in SAMPLES:
            said = profile.told(caller, Call(SAMPLES[name]))
        else:
            actor, ask = bench.actor(caller), questions(bench.rows)[name][1]
            with versions.using(versions.read()), translation.override("zh-hans"):
                said = profile.explained(lambda ask=ask, actor=actor: ask(actor), times=2)
        out.append((name, scope.replace("_", " "), said))
    return out


def figure(taken: Cost | None, budget: float) -> str:
    if taken is None or not taken.mine:
        return "403 or –"
    return f"**{taken.split()}**" if taken.median > budget else taken.split()


def of(bench: Bench, caller: Caller) -> list[tuple[str, Cost]]:
    """Every figure of one caller."""
    out = [
        ("board of 10 stages", measured(caller, [Call(SAMPLES["board of 10 stages"])] * 14, warm=4)),
        ("lead list", measured(caller, [Call(SAMPLES["lead list"])] * 20)),
        ("workbench", measured(caller, [Call(SAMPLES["workbench"])] * 14, warm=4)),
    ]
    if leads := waiting_for(bench, caller, 20):
        rescore(leads)  # filled in any which way; in a company that runs they are what the rules say
        takes = [Call(f"/leads/{pk}/do/lead_take", "POST", (), True) for pk in leads]
        if caller.scope == "shared":  # as with what is new: nobody has shared it with him
            measured(caller, takes[:1], (403,), warm=0)
        else:
            out.append(("take from the pool", measured(caller, takes, (200, 204), warm=4)))
    actor = bench.actor(caller)
    with versions.using(versions.read()), translation.override("zh-hans"):
        for name, (_budget, ask) in questions(bench.rows).items():
            taken = Cost()
            for n in range(6):
                once = cost(lambda ask=ask: ask(actor))
                if n:
                    taken.add(once)
            out.append((name, taken))
    return out


def waiting_for(bench: Bench, caller: Caller, n: int) -> list[int]:
    """Leads which the caller may take."""
    with versions.using(versions.read()):
        pool = next(iter(open_to(bench.actor(caller), "lead")), None)
        return list(waiting(pool).values_list("pk", flat=True)[:n]) if pool else []


def questions(rows: int) -> dict[str, tuple[float, Callable[[Any], Any]]]:
    """Questions to the numbers, with their budgets; the change between two days is allowed more at a million."""
    today = days.today()
    past, later = today - dt.timedelta(days=180), today - dt.timedelta(days=90)
    funnel = Ask(FUNNEL, by=("stage",), filters={"opportunity_state": "open"})
    then = Ask(FUNNEL, by=("stage",), asof=past, filters={"opportunity_state": "open"})
    cross = Ask(("new_opportunities", "new_opportunity_amount"), by=("branch", "opportunity_state"), totals=True)
    return {
        "funnel now": (30, lambda actor: answer(actor, funnel)),
        "funnel as of a past day": (120, lambda actor: answer(actor, then)),
        "change between two days": (250 if rows <= 100_000 else 800, lambda actor: taken_apart(actor, changes["AN14-change"], Between(past, later))),
        "cross table, branch x state": (600, lambda actor: answer(actor, cross)),
    }


def allocation(bench: Bench) -> str:
    """Ten thousand leads given out by a rule, in turn among all who sell."""
    sales = Role.objects.get(code="sales")
    home = dict(Membership.objects.filter(primary=True, ends_on=None).values_list("user_id", "unit_id")[:SELLERS])
    if not Grant.objects.filter(role=sales).exists():
        Grant.objects.bulk_create(Grant(user_id=user, role=sales, unit_id=unit) for user, unit in home.items())
    rule = AllocationRule.objects.filter(name="bench").first() or AllocationRule.objects.create(
        name="bench", way=AllocationRule.Way.LEAST, role="sales", unit_id=1, active=False)
    AllocationRule.objects.filter(pk=rule.pk).update(active=True)
    caller = next(c for c in bench.callers if c.scope == "all")
    ids = list(Lead.objects.filter(state="new", pool=None, deleted_at=None).values_list("pk", flat=True)[:ALLOCATED])
    fresh = Lead.objects.filter(state="new", pool=None, deleted_at=None).exclude(pk__in=ids)
    more = list(fresh.values_list("pk", flat=True)[:LOOKED])
    rescore([*ids, *more])  # filled in any which way, as those in the pools
    try:
        with versions.using(versions.read()):
            taken = cost(lambda: run_many("lead_allocate", ids, bench.actor(caller)))
            why = profile.explained(lambda: run_many("lead_allocate", more, bench.actor(caller)), times=0)
    finally:
        AllocationRule.objects.filter(pk=rule.pk).update(active=False)
    seconds = taken.wall[0] / 1000
    text = f"**{seconds:.1f}**" if seconds > 10 else f"{seconds:.1f}"
    burnt = f"{taken.mine[0] / 1000:.1f} + {taken.theirs[0] / 1000:.1f}"
    return f"Allocation of {len(ids):,} leads among {len(home)} people (budget 10 s): {text} s, CPU {burnt} s. Of {len(more):,} more: {why}.\n"


