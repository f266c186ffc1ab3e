"""How the demo company sells by its playbook: most steps done, some left out; trials and visits at the top go with winning, as they do in life."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

from pellucid.collaboration.demo import carrying
from pellucid.collaboration.models import Plan, PlanRun, PlanStep
from pellucid.kernel.access import directory
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.history.selectors import FOREVER
from pellucid.kernel.history.span_models import span_model
from pellucid.kernel.records import versions
from pellucid.kernel.records.copying import copy, reserve, row_of

from .. import stages
from ..actions.playbooks import keep
from ..models import Opportunity, Playbook

CLOSED, LATELY = 1_000, 420  # closed opportunities that were worked by the playbook, of the last so many days
# stage -> (what, within days, how, materials)
STEPS: dict[str, tuple[tuple[str, int, str, str], ...]] = {
    "Confirmed": (("确认预算与时间表", 5, "谁批、批多少、什么时候要用。", "线索确认表"), ("查清现有设备与供应商", 8, "品牌、年限、痛点。", "")),
    "Needs analysis": (
        ("现场勘察", 7, "带节拍表，拍工位照片。", "勘察记录表"),
        ("高层拜访", 12, "见到能拍板的人，谈投资回收。", "高层拜访提纲"),
    ),
    "Proposal": (
        ("样件试做", 12, "客户的工件，在我们的样机上做一次。", "样件试做流程"),
        ("方案评审会", 14, "工艺、质量、设备都到。", "方案评审清单"),
    ),
    "Negotiation": (
        ("对照竞品谈价值", 8, "不先降价，先谈产能和质量损失。", "竞品对比表"),
        ("确认付款与交期", 10, "写进会议纪要。", "商务条款底线"),
    ),
    "Contract approval": (("合同会签跟催", 6, "每个签字人、预计日期。", "合同会签表"),),
}
USUAL = 0.7
PLANTED = {"样件试做": (0.78, 0.34), "高层拜访": (0.7, 0.42)}  # done by those that were won, and by those that were lost
EAST = "华东"


def fill(stage: Stage) -> None:
    """Draw and write, then look for what goes with winning."""
    pipeline = stages.first_pipeline()
    assert pipeline is not None
    company = _book(stage, "标准打法", pipeline, None, None)
    east = next((u.id for u in directory.units().values() if u.short_name == EAST), None)
    books = [company] + ([_book(stage, "华东打法", pipeline, east, company[0])] if east else [])
    region = tree().below(east) if east else frozenset()
    rows = Opportunity._base_manager.filter(pipeline=pipeline, deleted_at=None).select_related("customer").order_by("id")
    since = stage.today - dt.timedelta(days=LATELY)
    over = list(rows.filter(closed_on__gte=since).exclude(opened_on=None))
    chosen = stage.chance.sample(over, min(len(over), max(20, round(CLOSED * stage.scale))))
    chosen += [one for one in rows.filter(state="open") if stage.chance.random() < 0.7]
    ways: dict[int, list[tuple[dt.datetime, int, str]]] = {}
    spans = span_model(Opportunity)._base_manager.filter(recorded_to=FOREVER, id__in=[one.pk for one in chosen]).order_by("id", "valid_from")
    for pk, at, here, state in spans.values_list("id", "valid_from", "stage_id", "state"):
        way = ways.setdefault(pk, [])
        if not way or way[-1][1] != here:
            way.append((at, here, state))
    with versions.using(versions.read()):  # calendars do not change meanwhile: not asked for each step
        carried = [_run(stage, books[len(books) > 1 and one.unit_id in region], one, ways[one.pk]) for one in chosen if one.pk in ways]
        carrying.write(stage, carried)
        keep(pipeline)


Book = tuple[Playbook, dict[int, list[PlanStep]]]


def _book(stage: Stage, name: str, pipeline: int, unit: int | None, copied: Playbook | None) -> Book:
    since = stage.now - dt.timedelta(days=LATELY + 200 if copied is None else 150)
    plan = Plan(pk=reserve(Plan, 1)[0], name=name, kind=Plan.Kind.PLAYBOOK, about="opportunity", unit_id=unit, created_at=since,
                copied_from=copied.plan if copied else None)  # fmt: skip
    copy(Plan, [row_of(plan)])
    known = {s.name_en: s.id for s in stages.of_pipeline(pipeline)}
    facts = [(known[where], *step) for where, steps in STEPS.items() if where in known for step in steps]
    rows = [PlanStep(pk=pk, plan=plan, position=10 * (n + 1), phase=f"opportunity:{where}", name=what, days=days, counted="working", note=how,
                     materials=materials, created_at=since)
            for n, ((where, what, days, how, materials), pk) in enumerate(zip(facts, reserve(PlanStep, len(facts)), strict=True))]  # fmt: skip
    copy(PlanStep, [row_of(row) for row in rows])
    book = Playbook(pk=reserve(Playbook, 1)[0], name=name, pipeline_id=pipeline, unit_id=unit, plan=plan, copied_from=copied, created_at=since,
                    note="按阶段做，每一步都有资料；做不到的写明原因。" if copied is None else "复制自标准打法，样件试做排在报价之前。")  # fmt: skip
    copy(Playbook, [row_of(book)])
    by_stage: dict[int, list[PlanStep]] = {}
    for (where, *_rest), row in zip(facts, rows, strict=True):
        by_stage.setdefault(where, []).append(row)
    return book, by_stage


def _run(stage: Stage, book: Book, one: Opportunity, way: list[tuple[dt.datetime, int, str]]) -> carrying.Carried:
    """One opportunity by the book: the steps of each stage it came to."""
    chance, now = stage.chance, stage.now
    playbook, steps = book
    ended = next((at for at, _stage, state in reversed(way) if state != "open"), None) if one.state != "open" else None
    state = {"won": PlanRun.State.REACHED, "lost": PlanRun.State.STOPPED}.get(one.state, PlanRun.State.RUNNING)
    about = carrying.About("opportunity", one.pk, one.name, one.owner_id, one.unit_id, one.branch_id)
    reason = {"won": "赢单", "lost": "输单"}.get(one.state, "")
    made = carrying.begun(playbook.plan, about, way[0][0], state=state, ended=ended, reason=reason)
    came: dict[int, dt.datetime] = {}
    for at, where, _state in way:
        came.setdefault(where, at)
    total = sum(map(len, steps.values()))
    for where, at in came.items():
        for step in steps.get(where, ()):
            done = _done(chance, step, one.state, at)
            late = done is None or done >= (ended or now) or (ended is None and len(made.tasks) == total - 1)
            carrying.step_of(made, step, at, None if late else done, now=now, result=chance.choice(("已完成", "客户认可", "资料已归档", "")))
    made.run.steps = total
    return made


def _done(chance: Random, step: PlanStep, state: str, at: dt.datetime) -> Any:
    won, lost = PLANTED.get(step.name, (USUAL, USUAL))
    if chance.random() > (won if state == "won" else lost if state == "lost" else (won + lost) / 2):
        return None
    return at + dt.timedelta(days=min(13.0, max(0.4, chance.triangular(0.5, 13, 4))), hours=chance.choice((1, 2, 5)))
