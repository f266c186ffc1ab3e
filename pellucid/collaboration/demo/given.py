"""Tasks that leaders gave their people: to be begun, being done, to be checked, done, late; reports that come again; a colleague who watches."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pellucid.kernel.access import directory
from pellucid.kernel.access.models import Share
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.demo import Stage, step
from pellucid.kernel.history.writes import load_spans
from pellucid.kernel.records.copying import copy, reserve, row_of
from pellucid.kernel.resources.declare import resource_of
from pellucid.kernel.resources.fields import resource_title
from pellucid.people.models import Staff

from ..actions.lateness import passed
from ..actions.next_steps import kept
from ..models import Task

State = Task.State
# what is asked for about a customer, with its list; "" for none
ABOUT = (
    ("约客户高层见面", "确认对方日程\n准备议题与参会人\n预定会议室"),
    ("补齐客户开票与地址资料", ""),
    ("整理该客户的竞争对手报价", "去年中标价\n今年报价\n交期与付款"),
    ("送样件并取回试用意见", "样件出库\n现场试装\n客户签字确认"),
    ("出具节拍测算与改造方案", "现场节拍复测\n方案初稿\n技术负责人复核"),
    ("核对在途合同的交付节点", ""),
    ("跟进上次拜访承诺的三件事", "技术答疑\n付款方式答复\n参观样板线"),
)
ERRANDS = (
    ("下季度重点客户名单", "A 类逐户过一遍\n标出决策人\n写明本季目标"),
    ("展会接待排班", ""),
    ("新员工带教两周", "产品基础\n陪访三家\n写一份带教小结"),
    ("区域价格执行自查", "抽查十份报价\n列出特价原因"),
    ("整理样板客户案例一篇", "客户同意\n数据核对\n图片"),
)
WEEKLY = ("本周工作小结", "写明完成、未完成与原因；下周计划三条。", "拜访小结\n商机变化\n下周计划")
RESULTS = ("已完成，资料在附件", "客户已确认", "已当面沟通，结论见备注", "已提交，请过目")
CHANCE = ((State.TODO, 34), (State.DOING, 26), (State.CHECK, 14), (State.DONE, 26))


@step(46, "布置的任务、检查与逾期记录")
def given(stage: Stage) -> None:
    """Draw and write; then put on record who was late with anything."""
    users, places, chance = directory.users(), tree(), stage.chance
    team: dict[int, list[Any]] = {}
    for staff in Staff._base_manager.filter(leave_on=None, manager__isnull=False).order_by("id"):
        if staff.user_id in users and staff.manager_id in users:
            team.setdefault(staff.manager_id, []).append(staff)
    rows: list[Task] = []
    for leader, people in team.items():
        for staff in people:
            records = _records(staff.user_id)
            for _n in range(chance.choice((1, 1, 2, 3))):
                rows.append(_task(stage, leader, staff, chance.choice(records) if records and chance.random() < 0.6 else None))
            if chance.random() < 0.5:
                rows += _weekly(stage, leader, staff)
    for row, pk in zip(rows, reserve(Task, len(rows)), strict=True):
        row.pk = pk
        row.branch_id = places.branch(row.unit_id)
    before: Task | None = None
    for row in rows:
        if row.occurrence and before is not None:
            row.series_id = before.series_id or before.pk
        before = row
    copy(Task, [row_of(row) for row in rows])
    load_spans(Task, (period for row in rows if row.done_at for period in _periods(row)))
    copy(Share, [{"resource": "task", "record_id": row.pk, "user_id": row.giver_id, "level": 2, "sort_key": row.due_at,
                  "created_at": row.created_at, "created_by_id": row.giver_id} for row in rows])  # fmt: skip
    for row in rows:
        _tell(stage, row)
    passed(most=100_000)


def _records(user: int) -> list[tuple[str, int, str]]:
    found = []
    for key, model in kept().items():
        if key != "lead":
            for record in model._base_manager.filter(owner=user, deleted_at=None, merged_into=None).order_by("-updated_at")[:12]:
                found.append((key, record.pk, resource_title(resource_of(model), record)))
    return found


def _task(stage: Stage, leader: int, staff: Any, about: tuple[str, int, str] | None) -> Task:
    chance = stage.chance
    name, things = chance.choice(ABOUT if about else ERRANDS)
    state = chance.choices([s for s, _w in CHANCE], [w for _s, w in CHANCE])[0]
    over = state in (State.CHECK, State.DONE)
    days = chance.choice((-30, -24, -17, -12, -9, -6, -4, -3, -2)) if over else chance.choice((-6, -3, -2, 0, 1, 2, 3, 5, 7, 9, 12, 16))
    day = stage.today + dt.timedelta(days=days)
    day -= dt.timedelta(days=max(0, day.weekday() - 4))
    due = stage.at(day, chance.choice((11, 14, 17, 18)))
    since = min(due, stage.now) - dt.timedelta(days=chance.randint(3, 12), hours=chance.randint(0, 6))
    ended = due + dt.timedelta(hours=chance.choice((-50, -30, -26, -9, -4, -2, 3, 22, 47)))
    done = min(ended, stage.now - dt.timedelta(minutes=30)) if over else None
    lines = things.splitlines()
    return Task(
        name=name, state=state, priority=chance.choice(("high", "normal", "normal", "normal", "low")), due_at=due, done_at=done, giver_id=leader,
        to_check=state == State.CHECK or chance.random() < 0.35, about_resource=about[0] if about else "", about_id=about[1] if about else None,
        about_title=about[2][:200] if about else "", checklist=things, ticked=lines if over else lines[: chance.randint(0, len(lines))],
        result=chance.choice(RESULTS) if over else "", owner_id=staff.user_id, unit_id=staff.unit_id, created_by_id=leader, created_at=since,
        updated_at=done or since,
    )  # fmt: skip


def _weekly(stage: Stage, leader: int, staff: Any) -> list[Task]:
    """The report of the last weeks, and of this one."""
    name, note, things = WEEKLY
    friday = stage.today + dt.timedelta(days=(4 - stage.today.weekday()) % 7)
    first = stage.at(friday - dt.timedelta(weeks=3), 17)
    out: list[Task] = []
    for n in range(4):
        due = first + dt.timedelta(weeks=n)
        ended = due + dt.timedelta(hours=stage.chance.choice((-5, -3, -2, -1, -1, 1, 18)))
        done = min(ended, stage.now - dt.timedelta(minutes=20)) if n < 3 else None
        since = out[-1].done_at if out else due - dt.timedelta(days=7)
        out.append(Task(
            name=name, note=note, checklist=things, ticked=things.splitlines() if done else [], state=State.DONE if done else State.TODO, due_at=due,
            done_at=done, giver_id=leader, repeat="weekly", occurrence=n, series_from=first, owner_id=staff.user_id, unit_id=staff.unit_id,
            created_by_id=leader, created_at=since, updated_at=done or since))  # fmt: skip
    return out


def _periods(row: Task) -> list[dict[str, Any]]:
    facts = {"id": row.pk, "owner": row.owner_id, "unit": row.unit_id, "due_at": row.due_at}
    done = max(row.done_at, row.created_at + dt.timedelta(minutes=1))  # type: ignore[type-var]
    return [facts | {"valid_from": row.created_at, "done_at": None}, facts | {"valid_from": done, "done_at": row.done_at}]


def _tell(stage: Stage, row: Task) -> None:
    """The events that its timeline shows."""
    stage.happened(row.created_at, "task.created", row.giver_id, "task", row.pk)
    if row.done_at:
        stage.happened(row.done_at, "task.completed", row.owner_id, "task", row.pk)
        if row.state == State.DONE and row.to_check:
            stage.happened(min(row.done_at + dt.timedelta(hours=5), stage.now), "task.accepted", row.giver_id, "task", row.pk)
