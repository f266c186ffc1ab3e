"""Random processes in a random company, and everything that can happen to them."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter

from pellucid.kernel.processes.definition import Plan
from pellucid.kernel.processes.machine.deciding import decide
from pellucid.kernel.processes.machine.elapsing import done, failed, fire, leaves, urge, withdraw
from pellucid.kernel.processes.machine.entering import begin
from pellucid.kernel.processes.machine.foreseeing import foresee
from pellucid.kernel.processes.machine.rows import Instance
from pellucid.kernel.processes.machine.run import Run
from pellucid.kernel.processes.publishing import Known
from pellucid.kernel.records.errors import Missing, Refused

from .company import APPROVERS, FIELDS, NOON, Company, defined
from .invariants import check

CONDITIONS = ("f.amount=gte:100", "f.amount=gte:1000", "f.amount=empty", "f.level=in:A", "f.level=notin:B,C", "f.requester_unit=in:2",
              "f.form_note=empty", "f1.amount=gte:5000&f1.level=in:A", "f.amount=gte:100&f.level=in:A,B")  # fmt: skip
KNOWN = Known(fields=FIELDS, approvers=APPROVERS, moves=("win",))


def who(r: random.Random) -> dict:
    kind = r.choice(["person", "person", "role", "manager", "managers", "head", "field", "requester", "chosen", "unit"])
    more = {
        "person": lambda: {"ids": r.sample(range(1, 31), r.randint(1, 4))},
        "unit": lambda: {"ids": [r.randint(2, 4)]},
        "role": lambda: {"role": r.choice(["finance", "legal", "service", "nobody", "gm"]), "scope": r.choice(["any", "unit"])},
        "manager": lambda: {"level": r.randint(1, 4)},
        "managers": lambda: {"level": r.randint(1, 4)},
        "field": lambda: {"field": "owner"},
    }
    return {"kind": kind, **more.get(kind, dict)()}


class Drawn:
    """A random definition, nested up to three deep."""

    def __init__(self, r: random.Random) -> None:
        self.r, self.count = r, 0

    def steps(self, depth: int = 0, parallel: bool = False) -> list[dict]:
        r, out = self.r, []
        for _step in range(r.randint(1, 4 if depth < 2 else 2)):
            self.count += 1
            deep = 3 if depth < 3 else 0
            kinds = ["approval", "task", "notify", "condition", "parallel", "wait", "action"]
            kind = r.choices(kinds, [9, 3, 1, deep, deep, 1, 2])[0]
            out.append({"id": f"n{self.count}", "type": kind, **getattr(self, kind)(depth, parallel)})
        if not parallel and depth and r.random() < 0.15:
            self.count += 1
            out.append({"id": f"n{self.count}", "type": "end", "outcome": r.choice(["approved", "rejected"])})
        return out

    def deadline(self) -> dict:
        r = self.r
        if r.random() < 0.5:
            return {}
        then = r.choice(["notify", "manager", "return", "reject", "approve", "admin"])
        return {"deadline": {"after": "2wd", "remind": ["4wh"], "then": then, "every": r.choice([None, "1wd"])}}

    def approval(self, depth: int, parallel: bool) -> dict:
        r = self.r
        return {
            "who": [who(r) for _ in range(r.randint(1, 3))], "mode": r.choice(["any", "all", "n", "sequence"]), "need": r.randint(1, 3),
            "veto": r.random() < 0.7, "dedupe": r.choice(["never", "adjacent", "any"]), "empty": r.choice(["admin", "pass", "reject"]),
            "on_reject": r.choice(["end", "start", "prev"] + ["lane"] * 2 * parallel), "after_return": r.choice(["again", "back"]),
            **self.deadline(),
        }  # fmt: skip

    def task(self, depth: int, parallel: bool) -> dict:
        r = self.r
        return {"who": [who(r)], "mode": r.choice(["any", "all"]), "empty": r.choice(["admin", "pass"]), **self.deadline()}

    def notify(self, depth: int, parallel: bool) -> dict:
        return {"who": [who(self.r)]}

    def condition(self, depth: int, parallel: bool) -> dict:
        r = self.r
        told = [{"id": f"b{n}", "when": r.choice(CONDITIONS), "steps": self.steps(depth + 1, parallel) if r.random() < 0.8 else []}
                for n in range(r.randint(1, 2))]  # fmt: skip
        return {"branches": [*told, {"id": "else", "steps": self.steps(depth + 1, parallel) if r.random() < 0.6 else []}]}

    def parallel(self, depth: int, parallel: bool) -> dict:
        r = self.r
        lanes = [{"id": f"l{n}", "steps": self.steps(depth + 1, True)} for n in range(r.randint(2, 4))]
        rejects = r.choice(["end", "start", "prev"] + ["lane"] * parallel)
        return {"lanes": lanes, "join": r.choice(["all", "any", "n"]), "need": r.randint(1, len(lanes)), "on_reject": rejects}

    def wait(self, depth: int, parallel: bool) -> dict:
        return {"after": "1d"}

    def action(self, depth: int, parallel: bool) -> dict:
        return {"call": "do_it", "on_fail": self.r.choice(["hold", "continue"])}


def drawn(r: random.Random) -> Plan:
    withdraw = r.choice(["never", "undecided", "running"])
    return defined(*Drawn(r).steps(), gate=r.choice(["", "win"]), withdraw=withdraw)


class Life:
    """One instance from its beginning to its end, checked after everything that happens to it."""

    def __init__(self, seed: int, stats: Counter[str]) -> None:
        self.seed, self.stats, self.r = seed, stats, random.Random(seed)
        r = self.r
        self.plan = drawn(r)
        self.company = Company(amount=r.choice([None, 50, 500, 10_000]), level=r.choice("ABC"), owner=r.randint(1, 30))
        if r.random() < 0.2:  # a field is deleted under the running process
            del self.company.fields[r.choice(["amount", "level"])]
        chosen = {n: r.sample(range(1, 31), 2) for n in self.plan.node}
        self.run = Run(self.plan, Instance(r.randint(1, 30), NOON, chosen=chosen), self.company)

    def live(self) -> None:
        if self.r.random() < 0.5:
            foresee(self.plan, self.run.i, self.company)
        begin(self.run)
        self.check(0)
        calm = self.r.randint(0, 60)  # from here on everybody agrees: it must end
        for turn in range(1, 4000):
            if not self.run.i.running:
                break
            self.run.i.now += dt.timedelta(hours=self.r.choice([0, 1, 5]))
            self.stats["commands"] += 1
            try:
                self.agree() if turn > calm else self.something()
            except (Refused, Missing):
                self.stats["refused"] += 1
            self.check(turn)
        assert not self.run.i.running, (self.seed, "does not end")
        self.stats["ended " + self.run.i.outcome] += 1
        self.stats["steps"] += len(self.run.i.steps)

    def check(self, turn: int) -> None:
        check(self.run, set(self.company.fields), (self.seed, turn))

    def agree(self) -> None:
        i = self.run.i
        work = [w for w in i.work.values() if w.state == "due"]
        clocks = [c for c in i.clocks.values() if c.state == "armed" and c.kind == "wait"]
        if work:
            return done(self.run, work[0].no)
        if clocks:
            return fire(self.run, clocks[0].no)
        pending = [a for a in i.asked.values() if a.state == "pending"]
        for row in [a for a in pending if a.origin != "held"]:
            try:
                return decide(self.run, row.no, row.person, "approve" if i.steps[row.step].kind == "approval" else "submit")
            except (Refused, Missing):
                continue
        held = [a for a in pending if a.origin == "held"]
        assert held, (self.seed, "nobody can act")
        return decide(self.run, held[0].no, held[0].person, self.r.choice(["skip", "end"]))

    def something(self) -> None:
        r, i, run, x = self.r, self.run.i, self.run, self.r.random()
        pending = [a for a in i.asked.values() if a.state == "pending"]
        if x < 0.60 and pending:
            self.decide(r.choice(pending))
        elif x < 0.66 and pending:
            decide(run, r.choice(list(i.asked)), r.randint(1, 32), r.choice(["approve", "submit", "reject"]))
        elif x < 0.76 and (armed := [c for c in i.clocks.values() if c.state == "armed"]):
            fire(run, min(armed, key=lambda c: c.at).no)
            self.stats["timers"] += 1
        elif x < 0.88 and (due := [w for w in i.work.values() if w.state == "due"]):
            no = r.choice(due).no
            done(run, no) if r.random() < 0.6 else failed(run, no, "broken")
        elif x < 0.94 and len(self.company.gone) < 24:
            self.somebody_leaves()
        elif x < 0.97 and pending:
            self.company.away[r.choice(pending).person] = (r.choice([r.randint(1, 30), r.choice(pending).person]),)
        elif x < 0.98:
            urge(run, i.requester)
        elif x < 0.985:
            withdraw(run, i.requester)
            self.stats["withdrawn"] += 1

    def decide(self, row: object) -> None:
        r, run = self.r, self.run
        actor = row.person if r.random() < 0.6 else r.choice([*self.company.proxies(row.person), r.randint(1, 32)])
        kinds = ["approve", "reject", "return", "transfer", "add", "submit"]
        verdict = r.choice(["retry", "skip", "end"]) if row.origin == "held" else r.choices(kinds, [5, 1, 1, 1, 1, 3])[0]
        back = self.plan.earlier(run.i.steps[row.step].node)
        people = r.sample(range(1, 31), 1 if verdict == "transfer" else r.randint(1, 2))
        how, target = r.choice(["with", "before", "after"]), r.choice(back) if back else ""
        decide(run, row.no, actor, verdict, target=target, people=people, how=how)
        self.stats[verdict] += 1

    def somebody_leaves(self) -> None:
        company = self.company
        person = self.r.choice([p for p in range(1, 33) if company.active(p)])
        if [p for p in company.administrators() if company.active(p)] == [person]:
            return  # the last administrator cannot be deactivated
        company.gone.add(person)
        if self.r.random() < 0.5:
            company.next[person] = self.r.randint(1, 32)
        leaves(self.run, person)
        self.stats["leavers"] += 1
