"""The requester chooses who decides, within bounds, where the move waits and by hand; the start's form is asked there, too; lists are ticked off."""

from __future__ import annotations

import json

import pytest
from django.utils import translation

from pellucid.kernel.actions.declare import actions, inputs_of
from pellucid.kernel.actions.run import run
from pellucid.kernel.processes import gate
from pellucid.kernel.processes.definition import read
from pellucid.kernel.processes.designing.differences import differences
from pellucid.kernel.processes.designing.portable import exported, imported
from pellucid.kernel.processes.designing.trying import tried
from pellucid.kernel.processes.models import ProcessInstance, Step
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Invalid, Refused

from .test_approved_wins import approval, asked, deal, definition, key_deal, say, won  # noqa: F401  (fixtures and helpers)

pytestmark = pytest.mark.django_db
FORM = [{"name": "why", "label": {"zh-hans": "理由", "en": "Why"}}]
START = {"id": "start", "type": "start", "fields": {"edit": ["why"], "require": ["why"]}}


def picked(**who: object) -> dict:
    return {"id": "pick", "type": "approval", "name": {"zh-hans": "会签", "en": "Sign"}, "mode": "all", "who": [{"kind": "chosen", "max": 2, **who}]}


def under(process, **values: object) -> dict:
    return {f"p{process.pk}_{name}": value for name, value in values.items()}


def ids(world, *names: str) -> list[str]:
    return [str(world.users[n].pk) for n in names]


def test_where_a_move_waits_the_people_and_the_form_are_asked_with_it(world, key_deal, approval):  # noqa: F811
    process = approval(picked(among="role", role="finance"), form=FORM, steps=[START, picked(among="role", role="finance")])
    one = key_deal()
    names = {s.name: s for s in inputs_of(actions["opportunity_win"], one, world.actor("alice"))}
    spec = names[f"p{process.pk}_who_pick"]
    assert spec.required and str(spec.label) == "会签：由谁" and [c[0] for c in spec.choices] == [world.users["fay"].pk]
    with pytest.raises(Invalid) as lacking:
        won(world, one)
    assert set(lacking.value.errors) == {f"p{process.pk}_form_why", f"p{process.pk}_who_pick"}
    with pytest.raises(Invalid) as wrong:
        won(world, one, **under(process, form_why="急", who_pick=ids(world, "walt")))
    assert wrong.value.errors == {f"p{process.pk}_who_pick": ["不能选择吴涛。"]}
    row = won(world, one, **under(process, form_why="急", who_pick=ids(world, "fay"))).waiting
    assert (asked(row), row.form, row.chosen) == (["fay"], {"why": "急"}, {"pick": [world.users["fay"].pk]})
    assert not [n for n in row.inputs if n.startswith("p")], "what the process asked is no input of the move"
    say(world, row, "approve", "fay")
    one.refresh_from_db()
    assert one.state == "won"


@pytest.mark.parametrize(
    ("bound", "chosen", "fits"),
    [
        ({}, ("bob", "walt"), True), ({}, ("bob", "walt", "fay"), False), ({}, ("bob", "bob"), False), ({}, ("alice",), False), ({}, (), False),
        ({"min": 2}, ("bob",), False), ({"among": "role", "role": "finance"}, ("fay",), True),
        ({"among": "role", "role": "finance"}, ("bob",), False), ({"among": "unit"}, ("sam",), True), ({"among": "unit"}, ("fay",), False),
    ],
)  # fmt: skip
def test_whom_one_may_choose_and_how_many(world, key_deal, approval, bound, chosen, fits):  # noqa: F811
    if bound.get("among") == "unit":
        bound = bound | {"ids": [world.units["east"].pk]}
    process = approval(picked(**bound))
    one = key_deal()
    if fits:
        assert set(asked(won(world, one, **under(process, who_pick=ids(world, *chosen))).waiting)) == set(chosen)
    else:
        with pytest.raises(Invalid):
            won(world, one, **under(process, who_pick=ids(world, *chosen)))
        assert not ProcessInstance.objects.exists()


def test_what_it_never_comes_to_need_not_be_chosen(world, key_deal, approval):  # noqa: F811
    size = {"id": "size", "type": "condition", "branches": [{"id": "big", "when": "f.amount=gte:1000000", "steps": [picked()]}, {"id": "else"}]}
    process = approval(size)
    assert won(world, key_deal("1000")).waiting.outcome in ("", "approved")
    large = key_deal("2000000", name="无锡众成机电有限公司")
    with pytest.raises(Invalid) as lacking:
        won(world, large)
    assert list(lacking.value.errors) == [f"p{process.pk}_who_pick"]
    assert asked(won(world, large, **under(process, who_pick=ids(world, "bob"))).waiting) == ["bob"]


def test_by_hand_it_is_asked_in_the_same_dialog(world, key_deal, approval):  # noqa: F811
    process = approval(picked(), gate="", key="by_hand")
    one = key_deal()
    with pytest.raises(Invalid) as lacking:
        run("opportunity_request", one.pk, world.actor("alice"), {"process": str(process.pk)})
    assert list(lacking.value.errors) == [f"p{process.pk}_who_pick"]
    row = run("opportunity_request", one.pk, world.actor("alice"), {"process": str(process.pk), **under(process, who_pick=ids(world, "bob"))}).value
    assert asked(row) == ["bob"]


def test_a_list_is_ticked_off_before_it_is_done(world, key_deal, approval):  # noqa: F811
    seal = {"id": "seal", "type": "task", "who": [{"kind": "role", "role": "finance"}],
            "checklist": [{"zh-hans": "用印", "en": "Sealed"}, {"zh-hans": "归档", "en": "Filed"}]}  # fmt: skip
    approval(seal)
    row = won(world, key_deal()).waiting
    spec = next(s for s in inputs_of(actions["processinstance_submit"], row, world.actor("fay")) if s.name == "checklist")
    assert [label for _n, label, _tone in spec.choices] == ["用印", "归档"]
    with pytest.raises(Invalid):
        say(world, row, "submit", "fay")
    with pytest.raises(Refused) as left:
        say(world, row, "submit", "fay", checklist=["0"])
    assert left.value.message == "还有未勾选：归档"
    say(world, row, "submit", "fay", checklist=["0", "1"])
    assert Step.objects.get(instance=row, node="seal").data["ticked"] == 2 and row.outcome == "approved"


def test_the_designer_says_it_tries_it_and_carries_it_in_a_file(world, key_deal, approval):  # noqa: F811
    east = world.units["east"]
    body = definition(picked(among="unit", ids=[east.pk]), {"id": "seal", "type": "task", "who": [{"kind": "requester"}]})
    with translation.override("en"):
        old = read(definition(picked(), {"id": "seal", "type": "task", "who": [{"kind": "requester"}], "checklist": [{"en": "Sealed"}]}))
        said = differences(old, read(body), world.actor("admin"))
    assert f"“Sign”: who: Whom the requester chooses → Whom the requester chooses, among: {east.name}" in said
    assert "“seal”: to be ticked off: Sealed → –" in " ".join(said).replace("Something to do", "seal")
    file = exported(body)
    assert file["process"]["steps"][1]["who"][0]["names"] == [east.name] and imported(file, {}) == body
    one = key_deal()
    trial = tried(read(body), one, world.users["alice"].pk, world.actor("admin"), approval(picked()))
    assert trial.through and trial.lines[0]["notes"][0] == "由发起人选定"


@pytest.mark.parametrize("who", [{"min": 3}, {"among": "role"}, {"among": "unit"}])
def test_a_choice_without_sense_is_not_published(world, approval, who):  # noqa: F811
    with pytest.raises(Invalid):
        approval(picked(**who))


def test_whoever_gets_it_back_may_choose_others_and_else_they_stay(world, key_deal, approval):  # noqa: F811
    process = approval(picked(), form=FORM, steps=[START, picked()])
    row = won(world, key_deal(), **under(process, form_why="急", who_pick=ids(world, "bob", "walt"))).waiting
    say(world, row, "return", "bob", target="start", comment="请换财务看")
    assert asked(row) == ["alice"]
    row.refresh_from_db()
    names = {s.name: s for s in inputs_of(actions["processinstance_submit"], row, world.actor("alice"))}
    assert names["form_why"].default == "急" and names["who_pick"].default == ids(world, "bob", "walt")
    with pytest.raises(Invalid) as wrong:
        say(world, row, "submit", "alice", who_pick=ids(world, "alice"))
    assert list(wrong.value.errors) == ["who_pick"]
    say(world, row, "submit", "alice", form_why="不急", who_pick=ids(world, "fay"))
    row.refresh_from_db()
    assert (asked(row), row.form, row.chosen) == (["fay"], {"why": "不急"}, {"pick": [world.users["fay"].pk]})
    say(world, row, "return", "fay", target="start", comment="再补充")
    say(world, row, "submit", "alice", form_why="已补充")
    assert asked(row) == ["fay"]


@pytest.mark.parametrize(("kind", "typed"), [("date", "2026-12-01"), ("datetime", "2026-12-01T10:00"), ("bool", "true"), ("decimal", "5")])
def test_what_was_filled_in_stands_there_when_it_comes_back(world, key_deal, approval, browser, kind, typed):  # noqa: F811
    field = {"name": "risk", "label": {"zh-hans": "风险", "en": "Risk"}, "kind": kind}
    process = approval(picked(), form=[field], steps=[{"id": "start", "type": "start", "fields": {"edit": ["risk"]}}, picked()])
    row = won(world, key_deal(), **under(process, form_risk=typed, who_pick=ids(world, "bob"))).waiting
    say(world, row, "return", "bob", target="start", comment="请补充")
    page = browser("alice").get(f"/approvals/{row.pk}/do/processinstance_submit", headers={"HX-Request": "true"})
    assert page.status_code == 200 and (kind == "bool" or typed[:10] in page.content.decode())


def test_a_request_is_seen_as_running_though_its_process_stands_before_nothing_any_more(world, key_deal, approval):  # noqa: F811
    approval()
    one = key_deal()
    won(world, one)
    assert gate.being_decided("opportunity", one.pk) == {"win"}
    run("process_publish", None, world.actor("admin"), {"body": json.dumps(definition(gate="", when=""))})
    versions.forget()
    assert gate.being_decided("opportunity", one.pk) == {"win"} and gate.undecided("opportunity", one.pk)
