"""How a process goes on, by small examples: each rule with exact outcomes."""

from __future__ import annotations

import datetime as dt

import pytest

from pellucid.kernel.processes.machine.deciding import decide, targets_of, verdicts_of
from pellucid.kernel.processes.machine.elapsing import done, failed, fire, leaves, urge, withdraw
from pellucid.kernel.processes.machine.foreseeing import foresee
from pellucid.kernel.processes.machine.rows import Asked, Instance
from pellucid.kernel.processes.machine.run import Run
from pellucid.kernel.records.errors import Missing, Refused

from .company import NOON, Company, defined, started

# 20's manager is 4, whose manager is 1


def asks(*people: int, id: str = "ok", **more: object) -> dict:
    return {"id": id, "type": "approval", "who": [{"kind": "person", "ids": list(people)}], **more}


def pending(run: Run) -> list[int]:
    return [a.person for a in run.i.asked.values() if a.state == "pending"]


def row(run: Run, person: int) -> Asked:
    return next(a for a in run.i.asked.values() if a.person == person and a.state in ("pending", "waiting"))


def say(run: Run, person: int, verdict: str, **more: object) -> None:
    decide(run, row(run, person).no, more.pop("actor", person), verdict, **more)  # type: ignore[arg-type]


def test_one_of_several_is_enough() -> None:
    run = started(defined(asks(5, 6, mode="any")))
    assert pending(run) == [5, 6]
    say(run, 6, "approve")
    assert (run.i.outcome, pending(run)) == ("approved", [])
    assert [a.state for a in run.i.asked.values()] == ["superseded", "approved"]


def test_all_means_everybody_and_one_no_decides() -> None:
    run = started(defined(asks(5, 6, mode="all")))
    say(run, 5, "approve")
    assert run.i.running
    say(run, 6, "reject")
    assert run.i.outcome == "rejected"


def test_without_veto_the_majority_decides() -> None:
    run = started(defined(asks(5, 6, 7, mode="all", veto=False)))
    say(run, 5, "reject")
    say(run, 6, "approve")
    assert run.i.running
    say(run, 7, "approve")
    assert run.i.outcome == "approved"


def test_two_of_three_is_lost_as_soon_as_it_cannot_be_reached() -> None:
    run = started(defined(asks(5, 6, 7, mode="n", need=2)))
    say(run, 5, "reject")
    assert run.i.running
    say(run, 6, "reject")
    assert run.i.outcome == "rejected"


def test_one_after_another() -> None:
    run = started(defined(asks(5, 6, mode="sequence")))
    assert pending(run) == [5]
    with pytest.raises(Refused):
        decide(run, row(run, 6).no, 6, "approve")
    say(run, 5, "approve")
    assert pending(run) == [6]
    say(run, 6, "approve")
    assert run.i.outcome == "approved"


def test_the_requester_is_never_asked_about_his_own_request() -> None:
    run = started(defined(asks(20, 5, mode="all")))
    assert pending(run) == [4, 5]  # his manager takes his place
    assert row(run, 4).source == 20


def test_two_people_stay_two_when_fewer_are_found() -> None:
    run = started(defined(asks(5, mode="n", need=2)))
    assert pending(run) == [5, 31]  # filled up with an administrator


def test_the_same_approver_is_asked_once() -> None:
    run = started(defined(asks(5, id="a"), asks(5, id="b"), asks(6, id="c")))
    say(run, 5, "approve")
    assert pending(run) == [6]
    assert [a.origin for a in run.i.asked.values() if a.person == 5] == ["rule", "dedupe"]


def test_a_binding_step_asks_the_same_person_again() -> None:
    run = started(defined(asks(5, id="a"), asks(5, id="b", binding=True, dedupe="never")))
    say(run, 5, "approve")
    assert pending(run) == [5]


def test_what_a_proxy_approved_does_not_count_for_him_later() -> None:
    company = Company()
    company.away[5] = (9,)
    run = started(defined(asks(5, id="a"), asks(9, id="b")), company)
    say(run, 5, "approve", actor=9)
    assert pending(run) == [9]
    assert (run.i.verdicts[0].actor, run.i.verdicts[0].behalf) == (9, 5)


def test_a_proxy_never_decides_a_request_of_his_own() -> None:
    company = Company()
    company.away[5] = (20,)
    run = started(defined(asks(5)), company)
    with pytest.raises(Refused, match=r"."):
        say(run, 5, "approve", actor=20)
    with pytest.raises(Missing):
        say(run, 5, "approve", actor=11)


def test_a_rejection_may_lead_back_to_the_start() -> None:
    run = started(defined(asks(5, on_reject="start")))
    say(run, 5, "reject")
    assert (run.i.running, pending(run)) == (True, [20])
    say(run, 20, "submit")
    assert pending(run) == [5]  # asked again: what was agreed before the return no longer counts


def test_back_to_a_step_and_straight_to_who_sent_it_back() -> None:
    run = started(defined(asks(5, id="a"), asks(6, id="b"), asks(7, id="c", after_return="back")))
    say(run, 5, "approve")
    say(run, 6, "approve")
    assert targets_of(run, run.i.steps[row(run, 7).step]) == ["b", "a", "start"]
    say(run, 7, "return", target="a", comment="?")
    assert pending(run) == [5]
    say(run, 5, "approve")
    assert pending(run) == [7]


def test_a_lost_lane_decides_as_the_join_says() -> None:
    lanes = [{"id": "x", "steps": [asks(5, id="a", on_reject="lane")]}, {"id": "y", "steps": [asks(6, id="b", on_reject="lane")]}]
    run = started(defined({"id": "both", "type": "parallel", "lanes": lanes, "join": "any"}))
    say(run, 5, "reject")
    assert pending(run) == [6]
    say(run, 6, "approve")
    assert run.i.outcome == "approved"
    run = started(defined({"id": "both", "type": "parallel", "lanes": lanes}))
    say(run, 5, "reject")
    assert (run.i.outcome, pending(run)) == ("rejected", [])  # the other lane waits for nothing


def test_added_signers_must_agree_and_one_no_of_theirs_is_a_no() -> None:
    run = started(defined(asks(5)))
    say(run, 5, "add", people=[6], how="with")
    say(run, 5, "approve")
    assert (run.i.running, pending(run)) == (True, [6])
    say(run, 6, "reject")
    assert run.i.outcome == "rejected"


def test_whoever_asks_somebody_before_waits_for_him() -> None:
    run = started(defined(asks(5)))
    say(run, 5, "add", people=[6], how="before")
    assert pending(run) == [6]
    say(run, 6, "approve")
    assert pending(run) == [5]
    say(run, 5, "approve")
    assert run.i.outcome == "approved"


def test_whoever_asks_somebody_after_has_agreed_himself() -> None:
    run = started(defined(asks(5)))
    say(run, 5, "add", people=[6], how="after")
    assert pending(run) == [6]
    say(run, 6, "approve")
    assert run.i.outcome == "approved"


def test_handing_on_keeps_the_place_and_spares_the_requester() -> None:
    run = started(defined(asks(5, 6, mode="all")))
    for wrong in (20, 6):
        with pytest.raises(Refused):
            say(run, 5, "transfer", people=[wrong])
    say(run, 5, "transfer", people=[7])
    assert pending(run) == [6, 7]
    assert (row(run, 7).slot, row(run, 7).source) == (3, 5)  # the place that was asked as number 3


def test_what_a_step_may_not_is_not_offered() -> None:
    run = started(defined(asks(5, may=["comment"])))
    assert verdicts_of(run, row(run, 5)) == ("approve", "reject")
    with pytest.raises(Refused):
        say(run, 5, "transfer", people=[7])


def test_a_condition_takes_the_first_branch_that_holds() -> None:
    size = {"id": "size", "type": "condition", "branches": [
        {"id": "big", "when": "f.amount=gte:1000", "steps": [asks(5, id="a")]}, {"id": "else", "steps": [asks(6, id="b")]}]}  # fmt: skip
    assert pending(started(defined(size), Company(amount=1000))) == [5]
    assert pending(started(defined(size), Company(amount=999))) == [6]
    assert pending(started(defined(size), Company())) == [6]


def test_a_field_that_is_gone_stops_the_step_instead_of_taking_a_branch() -> None:
    size = {"id": "size", "type": "condition", "branches": [{"id": "big", "when": "f.amount=gte:1000", "steps": [asks(5)]}, {"id": "else"}]}
    company = Company(amount=5)
    del company.fields["amount"]
    run = started(defined(size), company)
    assert run.i.steps[2].data["held"] == {"why": "field_gone", "field": "amount"}
    assert pending(run) == [31, 32]
    company.fields["amount"] = "money"
    say(run, 31, "retry")
    assert run.i.outcome == "approved"


def test_work_that_fails_five_times_waits_for_a_person_and_is_tried_again() -> None:
    run = started(defined(gate="win"))
    (work,) = run.i.work.values()
    for _try in range(5):
        failed(run, work.no, "credit limit")
    assert (work.state, pending(run)) == ("failed", [31, 32])
    assert verdicts_of(run, row(run, 31)) == ("retry", "end")  # what waited cannot be skipped
    say(run, 31, "retry")
    done(run, work.no)
    assert run.i.outcome == "approved"


def test_what_is_late_goes_to_the_manager_and_from_the_fifth_time_to_an_administrator() -> None:
    run = started(defined(asks(20, 21, mode="any", deadline={"after": "1d", "remind": ["4h"], "then": "manager", "every": "1d"})), requester=9)
    assert [(c.kind, c.at - NOON) for c in run.i.clocks.values()] == [("remind", dt.timedelta(hours=20)), ("due", dt.timedelta(days=1))]
    due = next(c for c in run.i.clocks.values() if c.kind == "due")
    fire(run, due.no)
    assert pending(run) == [4, 2]  # whoever leads them
    assert [c.round for c in run.i.clocks.values() if c.state == "armed" and c.kind == "due"] == [1]


def test_a_binding_step_never_passes_by_time() -> None:
    plan = defined(asks(5, binding=True, dedupe="never", deadline={"after": "1d", "then": "approve"}))
    run = started(plan)
    fire(run, next(iter(run.i.clocks)))
    assert (run.i.running, pending(run)) == (True, [31])


def test_who_leaves_is_followed_by_his_successor() -> None:
    company = Company()
    run = started(defined(asks(5, 6, mode="all")), company)
    company.gone.add(5)
    company.next[5] = 9
    leaves(run, 5)
    assert pending(run) == [6, 9]
    assert row(run, 9).source == 5


def test_withdrawing_as_far_as_the_definition_lets() -> None:
    run = started(defined(asks(5, 6, mode="all"), withdraw="undecided"))
    say(run, 5, "approve")
    with pytest.raises(Refused):
        withdraw(run, 20)
    with pytest.raises(Missing):
        withdraw(run, 5)
    run = started(defined(asks(5)))
    withdraw(run, 20)
    assert run.i.outcome == "withdrawn"


def test_urging_at_most_every_two_hours() -> None:
    run = started(defined(asks(5)))
    assert urge(run, 20) == [5]
    with pytest.raises(Refused):
        urge(run, 20)
    run.i.now += dt.timedelta(hours=2)
    assert urge(run, 20) == [5]


def test_a_task_wants_what_it_requires() -> None:
    task = {"id": "do", "type": "task", "who": [{"kind": "person", "ids": [5]}], "fields": {"edit": ["note"], "require": ["note"]}}
    run = started(defined(task))
    with pytest.raises(Refused, match="说明"):
        say(run, 5, "submit", form={"note": "", "other": "x"})
    say(run, 5, "submit", form={"note": "done", "other": "x"})
    assert (run.i.outcome, run.i.form) == ("approved", {"note": "done"})


def test_who_would_be_asked() -> None:
    plan = defined(asks(5, id="a"), asks(20, id="b"), {"id": "w", "type": "wait", "after": "1d"}, asks(7, id="c"))
    stops, end = foresee(plan, Instance(20, NOON), Company())
    assert [(s.node, s.person) for s in stops] == [("a", 5), ("b", 4), ("c", 7)]
    assert end.outcome == "approved"
