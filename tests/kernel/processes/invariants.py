"""What must hold of every instance after every command, recounted from its rows."""

from __future__ import annotations

from collections import Counter

from pellucid.kernel.processes.machine.foreseeing import waits_for
from pellucid.kernel.processes.machine.rows import LIVE, OWED
from pellucid.kernel.processes.machine.run import Run
from pellucid.kernel.resources.conditions import filters_of


def check(run: Run, known: set[str], where: object) -> None:
    _somebody_is_asked_or_all_is_over(run, where)
    _tree(run, where)
    _decisions(run, where)
    for step in run.i.steps.values():
        if step.kind == "condition" and step.outcome == "done":
            _not_guessed(run, step, known, where)
        if step.kind == "parallel" and step.outcome == "done":
            _joined(run, step, where)
        if step.kind == "approval" and step.outcome == "approved" and step.data.get("epoch", -1) >= 0:
            _approved(run, step, where)


def _somebody_is_asked_or_all_is_over(run: Run, where: object) -> None:
    i = run.i
    opened = [s for s in i.steps.values() if s.state == "open"]
    live = [a for a in i.asked.values() if a.state in LIVE]
    if i.running:
        assert waits_for(run), (where, "stuck", [(s.node, s.data) for s in opened], [(a.person, a.state, a.origin) for a in live])
        return
    assert not opened and not live, (where, "left over")
    assert not [c for c in i.clocks.values() if c.state == "armed"], (where, "a timer left over")
    assert not [w for w in i.work.values() if w.state in OWED and w.wait], (where, "work left over")


def _tree(run: Run, where: object) -> None:
    steps = run.i.steps
    opened = [s for s in steps.values() if s.state == "open"]
    live = [a for a in run.i.asked.values() if a.state in LIVE]
    for s in opened:
        assert s.up is None or steps[s.up].state == "open", (where, "open below closed")
        if s.kind in ("condition", "parallel") and not s.held:
            assert any(x.up == s.no for x in opened), (where, "hollow", s.node)
        if s.kind in ("approval", "task", "start"):
            assert any(a.step == s.no and a.state == "pending" for a in live), (where, "nobody is asked", s.node)
    assert len({s.node for s in opened}) == len(opened), (where, "a step open twice")
    assert all(n == 1 for n in Counter((s.up, s.lane) for s in opened).values()), (where, "two positions in one sequence")
    assert all(steps[a.step].state == "open" for a in live), (where, "asked in a closed step")
    assert len({(a.step, a.person) for a in live}) == len(live), (where, "asked twice")
    assert len({(a.step, a.slot) for a in live}) == len(live), (where, "two holders of a place")


def _decisions(run: Run, where: object) -> None:
    decided = [v.asked for v in run.i.verdicts]
    assert len(decided) == len(set(decided)), (where, "decided twice")
    for v in run.i.verdicts:
        if run.i.steps[v.step].kind == "approval" and v.verdict in ("approve", "reject"):
            assert v.actor != run.i.requester, (where, "decided about the own request")


def _not_guessed(run: Run, step: object, known: set[str], where: object) -> None:
    node = run.plan.node[step.node]
    if any(v.step == step.no for v in run.i.verdicts):
        return  # an administrator chose
    assert "branch" in step.data, (where, "no branch")
    named = {f.name for b in node.branches if b.when for f in filters_of(b.when)}
    assert named <= known, (where, "guessed", named - known)


def _joined(run: Run, step: object, where: object) -> None:
    node, steps = run.plan.node[step.node], run.i.steps.values()
    really = {lane.id for lane in node.lanes
              if any(s.up == step.no and s.lane == lane.id and s.node == lane.steps[-1].id and s.state == "done" for s in steps)}  # fmt: skip
    said = {lane for lane, how in step.data["lanes"].items() if how == "done"}
    assert said <= really and len(said) >= node.wanted, (where, "joined too early")


def _approved(run: Run, step: object, where: object) -> None:
    node = run.plan.node[step.node]
    rows = [a for a in run.i.asked.values() if a.step == step.no]
    base = [a for a in rows if not a.extra and a.origin != "held"]
    people = [a.actor or a.person for a in base if a.state == "approved"]
    places = {a.slot for a in base}
    assert len(people) == len(set(people)), (where, "one person in two places")
    need = {"any": 1, "n": node.need, "all": len(places) if node.veto else len(places) / 2 + 0.01, "sequence": len(places)}[node.mode]
    assert len(people) >= need, (where, "too few", node.mode, len(people), need)
    for row in {a.slot: a for a in rows if a.extra}.values():
        gone = row.state == "superseded" and row.before and run.i.asked[row.before].state in ("superseded", "transferred")
        assert row.state == "approved" or gone, (where, "an added signer passed over", row)
