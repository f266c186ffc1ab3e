"""Tasks of the demo company that are about no record: reports, plans, errands; some done, some late, some ahead."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pellucid.kernel.access import directory
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.demo import Stage, step
from pellucid.kernel.history.writes import load_spans
from pellucid.kernel.records.copying import copy, reserve
from pellucid.people.models import Staff

from ..models import Task

# a word of the position -> what such a person has to do
ERRANDS = {
    "客户经理": (
        "提交本周拜访计划",
        "整理下周报价清单",
        "报销上月差旅",
        "更新样机视频资料",
        "参加新品培训：协作机器人单元",
        "补录展会名片",
        "核对本月回款明细",
        "准备月度复盘材料",
        "借用演示小车登记",
        "给新同事带访一次",
    ),
    "总经理": ("审阅月度经营简报", "与总部对齐明年指标", "区域大客户走访安排", "季度述职材料", "年度预算初稿"),
    "销售经理": (
        "周会议程与数据",
        "检查逾期下一步",
        "辅导新人拜访一次",
        "复核本月大额报价",
        "更新竞争对手动态",
        "客户分级季度复核",
    ),
    "市场": (
        "工博会展位物料确认",
        "公众号案例文章",
        "研讨会邀请名单",
        "官网表单线索整理",
        "样板客户拍摄脚本",
        "展后名片录入核对",
    ),
    "服务": ("本月巡检排程", "备件安全库存核对", "夜班值守表", "质保到期客户清单", "服务满意度回访", "更新拧紧工位维护手册"),
    "仓库": ("月末盘点", "呆滞备件清理", "发货单据归档"),
    "": ("月度资料归档", "部门周报", "参加安全培训"),
}
NOTES = ("", "", "", "模板在知识库，按最新版填。", "完成后在周会上说明。", "和上次一样，抄送主管。")
PRIORITIES = (Task.Priority.NORMAL, Task.Priority.NORMAL, Task.Priority.NORMAL, Task.Priority.HIGH, Task.Priority.LOW)


@step(10, "日常任务")
def errands(stage: Stage) -> None:
    """A handful for everybody who works here."""
    places, users = tree(), directory.users()
    rows: list[dict[str, Any]] = []
    for staff in Staff._base_manager.filter(leave_on=None).order_by("id"):
        if staff.user_id not in users:
            continue
        names = next(found for word, found in ERRANDS.items() if word in staff.position)
        for name in stage.chance.sample(names, min(len(names), stage.chance.randint(3, 6))):
            unit = staff.unit_id
            manager = staff.manager_id if staff.manager_id and stage.chance.random() < 0.3 else staff.user_id
            rows.append(
                _task(stage, name, manager) | {"owner_id": staff.user_id, "unit_id": unit, "branch_id": places.branch(unit)}
            )
    for row, pk in zip(rows, reserve(Task, len(rows)), strict=True):
        row["id"] = pk
    copy(Task, rows)
    done = [row for row in rows if row["done_at"]]
    load_spans(
        Task,
        (
            period
            for row in done
            for period in (_period(row, row["created_at"], None), _period(row, row["done_at"], row["done_at"]))
        ),
    )


def _task(stage: Stage, name: str, by: int) -> dict[str, Any]:
    chance = stage.chance
    days = chance.choice((-40, -26, -19, -12, -8, -5, -3, -2, 0, 0, 1, 2, 3, 4, 6, 9, 13, 20))
    day = stage.today + dt.timedelta(days=days)
    day += dt.timedelta(
        days=max(0, 7 - day.weekday()) if day.weekday() > 4 and days > 0 else min(0, 4 - day.weekday()) if days < 0 else 0
    )
    due = stage.at(day, chance.choice((10, 12, 15, 17, 18)))
    since = min(due, stage.now) - dt.timedelta(days=chance.randint(2, 12), hours=chance.randint(0, 5))
    done = due - dt.timedelta(hours=chance.randint(1, 30)) if days < 0 and chance.random() < 0.88 else None
    return {
        "name": name,
        "kind": Task.Kind.TASK,
        "priority": chance.choice(PRIORITIES),
        "due_at": due,
        "state": Task.State.DONE if done else Task.State.TODO,
        "done_at": done,
        "note": chance.choice(NOTES),
        "result": "已完成" if done else "",
        "created_at": since,
        "updated_at": done or since,
        "created_by_id": by,
    }


def _period(row: dict[str, Any], since: dt.datetime, done: dt.datetime | None) -> dict[str, Any]:
    return {
        "id": row["id"],
        "valid_from": since,
        "owner": row["owner_id"],
        "unit": row["unit_id"],
        "due_at": row["due_at"],
        "done_at": done,
    }
