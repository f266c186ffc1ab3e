"""The list planner: scopes x filters x sorts x pages, the rule's choice against every other plan and a plain query."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import sql

from bench.machine import cost
from bench.standalone import World
from pellucid.kernel.access.scopes import Scope, where_sql
from pellucid.kernel.resources.lists import plan, run
from pellucid.kernel.resources.lists.plan import Facts
from pellucid.kernel.resources.lists.query import ListQuery
from pellucid.kernel.resources.lists.stats import table_stats

TIMEOUT = 250  # ms; a plan expected to take longer than 150 is not run and counts as this
HOPELESS = 150_000.0
S = sql.SQL


@dataclass
class Case:
    scope: str
    filter: str
    sort: str
    page: str
    plan: str
    mine: float  # Python ms of the rule's choice
    theirs: float  # database ms of it
    facts: Facts | None = None
    others: dict[str, float] = field(default_factory=dict)  # database ms of every plan, and of the plain query

    @property
    def best(self) -> float:
        return min([self.theirs, *self.others.values()])


class Bench:
    def __init__(self, world: World) -> None:
        self.world, self.connection = world, world.connection
        self.connection.prepare_threshold = 5
        self.backend = self.connection.info.backend_pid
        self.stats = table_stats(self.connection, world.table)
        self.base = ListQuery(world.resource, world.table, world.columns, world.sorts[0], Scope(1))

    def scopes(self) -> dict[str, frozenset[int]]:
        """Sets of units, from one to nearly all."""
        tree, r = self.world.tree, random.Random(5)
        size = dict(zip(tree.parent, self.stats.sizes(tree.parent), strict=True))
        large = sorted(tree.parent, key=lambda u: -size[u])
        branches = sorted(
            (u for u in tree.parent if tree.kind[u] == "branch"), key=lambda u: -sum(size[x] for x in tree.below(u))
        )
        sets = {
            "1 unit": [large[0]],
            "3 units": r.sample(large, 3),
            "10 random": r.sample(large, 10),
            "64 small": r.sample(large[200:], 64),
            "10 large": large[:10],
            "399 units": large[:-1],
        }
        found = {name: frozenset(ids) for name, ids in sets.items()}
        for i in (7, 2, 0):
            found[f"branch of {len(tree.below(branches[i]))}"] = tree.below(branches[i])
        return dict(sorted(found.items(), key=lambda item: sum(size[u] for u in item[1])))

    def share(self, ids: frozenset[int]) -> float:
        return sum(self.stats.sizes(ids)) / max(self.stats.total, 1)

    def grid(self) -> Iterator[Case]:
        for name, ids in self.scopes().items():
            for label, conditions in self.world.filters:
                for sort in (self.world.sorts[0], self.world.sorts[2]):
                    query = replace(self.base, scope=Scope(1, units=ids), where=conditions, sort=sort)
                    deep = self.deep(query)
                    pages = {
                        "page 1": query,
                        "page 20": replace(query, offset=950),
                        **({"deep": replace(query, after=deep)} if deep else {}),
                    }
                    for page, asked in pages.items():
                        yield self.case(f"{name}, {self.share(ids):.1%}", label, page, asked)

    def deep(self, query: ListQuery) -> tuple[Any, int] | None:
        """A row in the middle of the scope's list."""
        text = S("SELECT {}::text, c.id FROM {} c WHERE {} ORDER BY 1 {}, 2 LIMIT 1 OFFSET {}").format(
            query.sort.of(S("c")), sql.Identifier(query.table), where_sql(query.scope, "c", query.resource),
            S("DESC" if query.sort.desc else "ASC"), sql.Literal(int(self.share(query.scope.units) * self.stats.total * 0.5)),
        )  # fmt: skip
        return self.connection.execute(text).fetchone()  # type: ignore[return-value]

    def case(self, scope: str, label: str, page: str, query: ListQuery) -> Case:
        known = run._known(self.connection, query, None)
        facts = run.facts(query, known, "units")
        chosen = run.steps(query, known)[0].plan
        rows = run.rows(self.connection, query)
        self.warm(query)
        mine, theirs = cost(lambda: run.rows(self.connection, query), self.backend)
        case = Case(scope, label, query.sort.name, page, chosen, mine, theirs, facts)
        for name, expected in plan.estimate(facts).items():
            if name != chosen:
                case.others[name] = self.forced(query, name, rows) if expected < HOPELESS else float(TIMEOUT)
        case.others["plain"] = self.plain(query)
        return case

    def warm(self, query: ListQuery) -> None:
        """Until the statement is prepared."""
        for _ in range(6):
            run.rows(self.connection, query)

    def forced(self, query: ListQuery, name: str, rows: list[Any]) -> float:
        def once() -> None:
            found = run.rows(self.connection, query, force=name)
            if found != rows:
                raise AssertionError(f"{name} answers otherwise: {query}")

        return self.timed(once, warm=True)

    def plain(self, query: ListQuery) -> float:
        """The query as one would write it: WHERE, ORDER BY, LIMIT."""
        d, key = S("DESC" if query.sort.desc else "ASC"), query.sort.of(sql.Identifier("c"))
        values = [p for c in query.where for p in c.params]
        past: sql.Composable = S("true")
        if query.after:
            past = S("({}, c.id) {} (%s::{}, %s)").format(key, S("<" if query.sort.desc else ">"), S(query.sort.type))
            values += query.after
        tests = [*(c.sql for c in query.where), past, where_sql(query.scope, "c", query.resource)]
        text = S(
            "SELECT {} FROM {} c WHERE deleted_at IS NULL AND merged_into IS NULL AND {} ORDER BY {} {}, c.id {} LIMIT {} OFFSET {}"
        ).format(
            S(", ").join(query.columns), sql.Identifier(query.table), S(" AND ").join(tests), key, d, d,
            sql.Literal(query.limit), sql.Literal(query.offset),
        )  # fmt: skip
        cursor = psycopg.ClientCursor(self.connection)
        return self.timed(lambda: cursor.execute(text, values).fetchall(), warm=False)

    def timed(self, work: Any, warm: bool) -> float:
        """Database ms; a statement that runs into the limit counts as the limit."""
        self.connection.execute(S("SET statement_timeout = {}").format(sql.Literal(TIMEOUT)))
        try:
            if warm:
                work()
            return cost(work, self.backend, times=2)[1]
        except psycopg.errors.QueryCanceled:
            return float(TIMEOUT)
        finally:
            self.connection.execute("RESET statement_timeout")

    # -------------------------------------------------------------------------------------------- other figures
    def six_kinds(self) -> Iterator[tuple[str, ...]]:
        """Page 1, count and sum of what each kind of scope sees; a filter at the far end of the sort; shares."""
        tree = self.world.tree
        size = dict(zip(tree.parent, self.stats.sizes(tree.parent), strict=True))
        branches = sorted(
            (u for u in tree.parent if tree.kind[u] == "branch"), key=lambda u: -sum(size[x] for x in tree.below(u))
        )
        department = next(u for u in tree.parent if tree.kind[u] == "department" and tree.parent[u] == branches[2])
        (owner,) = self.connection.execute(
            "SELECT owner_id FROM account GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        ).fetchone() or (0,)
        below, few = tree.below(department), tree.below(branches[7])
        kinds = {
            "own": Scope(owner, own=True),
            "unit": Scope(owner, units=frozenset({max(size, key=size.__getitem__)})),
            f"unit and below ({len(below)} units)": Scope(owner, units=below),
            f"branch ({len(tree.below(branches[0]))} units)": Scope(owner, units=tree.below(branches[0])),
            "all": Scope(owner, all=True),
            **{f"shared ({n})": Scope(user, shared=True) for user, n in self.world.members},
            **{
                f"{len(few)} units + own + shared ({n})": Scope(user, units=few, own=True, shared=True)
                for user, n in self.world.members
            },
        }
        asked = [*self.world.filters[:4], ("0.5 %, far end", self.world.far_end)]
        for name, scope in kinds.items():
            for label, conditions in asked:
                query = replace(self.base, scope=scope, where=conditions)
                self.warm(query)
                page = cost(lambda q=query: run.rows(self.connection, q), self.backend)
                count = cost(lambda q=query: run.count(self.connection, q), self.backend)
                both = cost(lambda q=query: run.totals(self.connection, q, (S("c.amount"),)), self.backend)
                steps = run.steps(query, run._known(self.connection, query, None))
                yield (name, label, "+".join(s.plan for s in steps), pair(page), pair(count), pair(both))


def pair(split: tuple[float, float]) -> str:
    return f"{split[0]:.1f} + {split[1]:.1f}"


def worse(cases: list[Case], slack: float) -> float:
    return sum(c.theirs > 2 * c.best and c.theirs - c.best > slack for c in cases) / len(cases)


def summary(cases: list[Case]) -> list[tuple[str, ...]]:
    """The rule and each single plan, had it been taken always."""
    out: list[tuple[str, ...]] = []

    def row(name: str, times: list[float]) -> None:
        times.sort()
        beaten = [t > 2 * c.best and t - c.best > 1 for t, c in zip(unsorted, cases, strict=True)]
        cut = statistics.quantiles(times, n=100)
        out.append((name, f"{cut[49]:.1f}", f"{cut[89]:.1f}", f"{times[-1]:.0f}", f"{sum(beaten) / len(cases):.1%}"))

    for name in ("rule", plan.LATERAL, plan.WALK, plan.SORT, "plain"):
        unsorted = [c.theirs if name in ("rule", c.plan) else c.others.get(name, c.theirs) for c in cases]
        row("the rule" if name == "rule" else f"always {name}", list(unsorted))
    return out


def fit(cases: list[Case], rounds: int = 800) -> plan.Costs:
    """Constants that choose best on these cases (a starting point for plan.Costs, not taken over by itself)."""
    r = random.Random(1)

    def loss(costs: plan.Costs) -> float:
        total = 0.0
        for case in cases:
            assert case.facts is not None
            chosen = plan.choose(case.facts, costs)
            took = case.theirs if chosen == case.plan else case.others[chosen]
            total += min(took, 200) / max(case.best, 0.4) + 5 * (took > 2 * case.best and took - case.best > 1)
        return total

    best = plan.COSTS
    lost = loss(best)
    for _ in range(rounds):
        name = r.choice(["descent", "only", "row", "walk_only", "walk_row", "entry", "page", "scan", "sort"])
        tried = replace(best, **{name: getattr(best, name) * r.choice((0.6, 0.8, 0.9, 1.1, 1.25, 1.6))})
        if (found := loss(tried)) < lost:
            best, lost = tried, found
    return best
