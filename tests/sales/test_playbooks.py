"""Playbooks: stage by stage, started with an opportunity and concluded with it, copied; and what mining finds, and does not find."""

from __future__ import annotations

import random

import pytest

from pellucid.collaboration.models import PlanRun, PlanStep, Task
from pellucid.collaboration.selectors import plans as plan_selectors
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.bus import deliver
from pellucid.kernel.metrics.intervals import differ, discoveries
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.sales import finding_words, stages
from pellucid.sales.actions.playbooks import keep, playbook_for
from pellucid.sales.mining import ARM, Deal, comparisons, mined
from pellucid.sales.models import Finding, Opportunity
from pellucid.sales.playbook_pages import page, playing

pytestmark = pytest.mark.django_db
STAGES = ["1", "2", "3"]


def stage(name: str) -> int:
    return next(s.id for s in stages.of_pipeline(stages.first_pipeline()) if s.name_en == name)


@pytest.fixture
def book(world):
    """Two steps for the first stage, one for the second."""
    made = run("playbook_create", None, world.actor("admin"), values={"name": "标准打法", "pipeline": stages.first_pipeline()}).record
    for name, where, days in (("确认预算", "Confirmed", 3), ("现场勘察", "Confirmed", 7), ("技术交流", "Needs analysis", 5)):
        run("planstep_create", None, world.actor("admin"), values={
            "plan": made.plan_id, "name": name, "phase": f"opportunity:{stage(where)}", "days": days, "materials": "勘察清单"})
    return made


def begun(world, by="alice"):
    customer = world.customer("苏州恒砺", by=by)
    one = run("opportunity_create", None, world.actor(by), values={"name": "改造", "customer": customer.pk, "amount": "420000"}).record
    deliver(500)
    return one


def test_a_new_opportunity_is_worked_stage_by_stage(world, book):
    one, alice = begun(world), world.actor("alice")
    assert list(Task.objects.filter(about_id=one.pk).order_by("due_at").values_list("name", "kind")) == [
        ("确认预算", "playbook"), ("现场勘察", "playbook")]  # fmt: skip
    shown = playing(one, alice)
    assert [r["label"] for r in shown["rows"]] == ["确认预算", "现场勘察"] and shown["rows"][0]["materials"][0]["label"] == "勘察清单"
    run("task_complete", Task.objects.get(name="确认预算").pk, alice)
    run("opportunity_move_stage", one.pk, alice, {"stage": stage("Needs analysis")})
    assert Task.objects.filter(name="技术交流").count() == 1
    run("opportunity_move_stage", one.pk, alice, {"stage": stage("Confirmed"), "reason": "预算变了"})
    run("opportunity_move_stage", one.pk, alice, {"stage": stage("Needs analysis")})
    assert Task.objects.filter(about_id=one.pk).count() == 3, "coming back makes no step anew"
    assert playing(one, alice)["note"] == "完成 3 步中的 1 步"
    run("opportunity_lose", one.pk, alice, {"loss_reason": "price"})
    assert list(PlanRun.objects.values_list("state", "reason")) == [("stopped", "输单")]
    assert not Task.objects.filter(done_at=None, kind="playbook").exists()


def test_the_nearest_playbook_starts(world, book):
    copied = run("playbook_copy", book.pk, world.actor("mona"), {"unit": world.units["east"].pk, "name": "华东打法"}).value
    assert [s.name for s in plan_selectors.steps_of(copied.plan_id)] == ["确认预算", "现场勘察", "技术交流"]
    assert [s.phase for s in plan_selectors.steps_of(copied.plan_id)] == [s.phase for s in plan_selectors.steps_of(book.plan_id)]
    east, west = begun(world), begun(world, by="bob")
    assert (playbook_for(east), playbook_for(west)) == (copied, book)
    assert dict(PlanRun.objects.values_list("about_id", "plan")) == {east.pk: copied.plan_id, west.pk: book.plan_id}
    PlanStep.objects.filter(plan=copied.plan_id, name="技术交流").update(name="样件试做")
    assert PlanStep.objects.filter(plan=book.plan_id, name="技术交流").exists(), "the copy changes alone"
    with pytest.raises(Refused):
        run("playbook_copy", book.pk, world.actor("alice"), {"unit": world.units["west"].pk})


def deals(chance, n=600, *, planted=True):
    """Deals through three stages, with five kinds of steps by chance. Planted: a trial in the second stage wins, a visit at once wins, and calling
    before visiting wins."""
    out = []
    for pk in range(n):
        length = chance.uniform(40, 160)
        entered = {"1": 0.0, "2": chance.uniform(2, 8), "3": chance.uniform(20, 34)}
        acts = [(a, chance.uniform(0, 100)) for a in ("mail", "call", "letter", "fair") for _n in range(2) if chance.random() < 0.5]
        odds = 0.35
        if chance.random() < 0.5:
            acts.append(("trial", entered["2"] + chance.uniform(1, 12)))
            odds += 0.3 * planted
        if chance.random() < 0.8:
            quick = chance.random() < 0.5
            acts.append(("visit", chance.uniform(0.2, 2.8) if quick else chance.uniform(3.5, 13)))
            odds += 0.25 * planted * quick
        out.append(Deal(pk, chance.random() < odds, length, entered, acts))
    return out


def test_what_was_planted_is_found():
    found = mined(deals(random.Random(7), 900), STAGES)
    keys = {f.key: f for f in found}
    trial = keys["did|2|trial|"]
    assert trial.with_it.rate > trial.without.rate + 0.15 and trial.worth <= 0.05
    assert trial.with_it.interval[0] > trial.without.rate and min(trial.with_it.n, trial.without.n) >= ARM
    assert "soon|1|visit|" in keys and keys["soon|1|visit|"].with_it.rate > keys["soon|1|visit|"].without.rate
    assert not {k for k in keys if "letter" in k and k.startswith("did")}, found


def test_an_order_that_was_planted_is_found():
    chance, rows = random.Random(3), []
    for pk in range(500):
        first = chance.random() < 0.5
        acts = [("demo", 4.0 if first else 18.0), ("offer", 11.0)]
        rows.append(Deal(pk, chance.random() < (0.62 if first else 0.34), chance.uniform(40, 90), {"1": 0.0}, acts))
    assert {f.key for f in mined(rows, ["1"])} >= {"order||demo|offer"}


def test_on_shuffled_outcomes_hardly_anything_is_found():
    """Outcomes dealt out by chance: of 120 looks at most one in twenty finds anything, give or take what 120 looks allow."""
    chance, looks, hits, tried = random.Random(11), 120, 0, 0
    known = deals(chance, 300)
    for _n in range(looks):
        outcomes = [d.won for d in known]
        chance.shuffle(outcomes)
        shuffled = [Deal(d.id, won, d.length, d.entered, d.acts) for d, won in zip(known, outcomes, strict=True)]
        found = mined(shuffled, STAGES)
        hits += bool(found)
        tried += len(found)
    assert hits <= 0.05 * looks + 5, (hits, tried)


def test_few_deals_find_nothing_and_long_lives_prove_nothing():
    few = [Deal(n, n % 2 == 0, 50, {"1": 0.0}, [("trial", 1.0)] if n % 2 == 0 else []) for n in range(2 * ARM - 2)]
    assert mined(few, ["1"]) == [], "29 on each side are too few, however clear"
    chance = random.Random(5)
    rows = []
    for pk in range(600):  # whoever lives long wins, and has time for a visit: the visit itself does nothing
        lived = chance.expovariate(1 / 12)
        visit = chance.uniform(0, 14)
        acts = [("visit", visit)] if visit < lived and chance.random() < 0.7 else []
        rows.append(Deal(pk, lived > 14 and chance.random() < 0.6, lived, {"1": 0.0}, acts))
    assert mined(rows, ["1"]) == []
    alive = next(c for c in comparisons(rows, ["1"]) if c[0] == "did")
    assert all(d.length > 14 for d in (*alive[5], *alive[6]))


def test_fisher_and_benjamini_hochberg():
    assert differ(3, 4, 1, 4) == pytest.approx(0.485714, abs=1e-6), "the lady tasting tea"
    assert differ(10, 10, 0, 10) == pytest.approx(2 / 184756, rel=1e-6) and differ(0, 0, 5, 9) == 1.0
    assert discoveries([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.02, 0.04, 0.04, 0.02])


def test_a_finding_becomes_a_step(world, book):
    admin = world.actor("admin")
    where = stage("Needs analysis")
    found = Finding.objects.create(key="k", kind="did", pipeline_id=stages.first_pipeline(), stage_id=where, act="task:样件试做", days=14,
                                   with_won=61, with_n=90, without_won=40, without_n=120)  # fmt: skip
    assert finding_words.what(found) == "“需求分析”后 14 天内“样件试做”"
    shown = page(admin, {})["findings"][0]
    assert [(s["share"], s["text"]) for s in shown["sides"]] == [(68, "90 单赢 61 单"), (33, "120 单赢 40 单")]
    with pytest.raises(Invalid) as refused:
        run("finding_adopt", found.pk, world.actor("alice"), {"playbook": book.pk})
    assert refused.value.errors == {"playbook": ["您能看这条记录，但缺少权限“销售打法 · 编辑”。"]}
    step = run("finding_adopt", found.pk, admin, {"playbook": book.pk}).value
    assert (step.plan_id, step.name, step.phase, step.days) == (book.plan_id, "样件试做", f"opportunity:{where}", 14)
    assert "68%" in step.note and "58–77%" in step.note
    with pytest.raises(Refused):
        run("finding_adopt", found.pk, admin, {"playbook": book.pk})
    worse = Finding.objects.create(key="w", kind="did", pipeline_id=stages.first_pipeline(), act="kind:fax", with_won=5, with_n=50, without_won=40,
                                   without_n=60)  # fmt: skip
    with pytest.raises(Refused):
        run("finding_adopt", worse.pk, admin, {"playbook": book.pk})
    other = run("pipeline_create", None, admin, values={"name": "另一条"}).record
    elsewhere = run("playbook_create", None, admin, values={"name": "别处", "pipeline": other.pk}).record
    fresh = Finding.objects.create(key="f", kind="did", pipeline_id=stages.first_pipeline(), act="kind:visit", with_won=40, with_n=50, without_won=5,
                                   without_n=60)  # fmt: skip
    with pytest.raises(Invalid):
        run("finding_adopt", fresh.pk, admin, {"playbook": elsewhere.pk})


def test_what_holds_no_longer_is_marked(world):
    old = Finding.objects.create(key="gone", kind="did", pipeline_id=stages.first_pipeline(), act="kind:visit")
    assert keep(stages.first_pipeline()) == 0 and Opportunity.objects.count() == 0
    old.refresh_from_db()
    assert not old.holds
