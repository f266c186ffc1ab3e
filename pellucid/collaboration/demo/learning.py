"""Learning paths of the demo company, and how far its people have come; what they think, and what was answered."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

from pellucid.kernel.access import directory
from pellucid.kernel.access.models import Grant, Role
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.demo import Stage, step
from pellucid.kernel.records import days
from pellucid.kernel.records.copying import copy, reserve
from pellucid.people.models import Staff

from ..actions.opinions import responsible
from ..models import Document, DocumentRead, LearningItem, LearningPath, Opinion, OpinionSupport

OPINIONS = Path(__file__).parent.parent / "data" / "demo_opinions.toml"
# name, role, days, what one can do afterwards, titles with what to look for
PATHS = (
    ("新销售三十天", "sales", 30, "独立做一次需求调研，写出能让财务看懂的测算，商机填得真实。", (
        ("新员工三十天：产品与行业", "先认得四类工位"), ("CRM 上手十分钟", "当天用起来"), ("客户分级与五阶段说明", "每个阶段的判定标准"),
        ("初次拜访十问", "背下前四问"), ("需求调研表（装配与检测）", "缺项不得报价"), ("商机填写规范", "下一步怎么写"),
        ("投资回报怎么讲给财务听", "五个数"),
        ("宁波项目输单复盘：输在验收口径", "口径为什么要签字"))),
    ("销售经理必读", "sales_manager", 20, "带得出人，谈得住价，复盘得出原因。", (
        ("价格谈判：让步的顺序", "每次让步换回什么"), ("启衡自动化竞争分析", "本季变化"), ("宁波项目输单复盘：输在验收口径", ""),
        ("重庆焊接项目：提前两周拿下的做法", "数据先行"), ("2026 年标准价目与折扣权限", "自己的权限"))),
    ("服务工程师入职", "service", 14, "安全上岗，会做回访与续约。", (
        ("服务工程师现场安全守则", "四步缺一不可"), ("设备验收口径与表格", ""), ("售后回访话术", "第 7 天问什么"), ("维保续约提前 90 天清单", ""))),
)  # fmt: skip


@step(13, "学习路径")
def learning(stage: Stage) -> None:
    """A path for three roles; those who came lately are in the middle of it."""
    roles = dict(Role._base_manager.values_list("code", "id"))
    titles = {d.name: d for d in Document._base_manager.order_by("-pk")}
    entered = dict(Staff._base_manager.filter(leave_on=None).values_list("user_id", "entry_on"))
    begun = stage.at(stage.today - dt.timedelta(days=180), 9)
    reads: list[dict[str, Any]] = []
    done: set[tuple[int, int]] = set()
    for (name, role, length, note, parts), pk in zip(PATHS, reserve(LearningPath, len(PATHS)), strict=True):
        stamp = {"created_at": begun, "updated_at": begun}
        copy(LearningPath, [{"id": pk, "name": name, "role_id": roles[role], "days": length, "note": note, **stamp}])
        found = [(titles[title], hint) for title, hint in parts if title in titles]
        copy(LearningItem, [{"path_id": pk, "document_id": d.pk, "position": 10 * at, "note": hint, **stamp}
                            for at, (d, hint) in enumerate(found, 1)])  # fmt: skip
        for user in Grant._base_manager.filter(role_id=roles[role]).order_by("user_id").values_list("user_id", flat=True):
            here = (stage.today - (entered.get(user) or stage.today)).days
            far = len(found) if here > 200 and stage.chance.random() < 0.6 else stage.chance.randint(0, len(found) - 1)
            for at, (document, _hint) in enumerate(found[:far]):
                if (user, document.pk) in done:
                    continue
                done.add((user, document.pk))
                moment = stage.now - dt.timedelta(days=3 + 4 * (far - at) + stage.chance.randint(0, 3), hours=stage.chance.randint(0, 8))
                reads.append({"document_id": document.pk, "user_id": user, "edition": document.edition, "at": moment})
    copy(DocumentRead, reads)


@step(14, "意见箱")
def opinions(stage: Stage) -> None:
    """Some were carried out, some answered, some wait; two came without a name."""
    with OPINIONS.open("rb") as file:
        kept: list[dict[str, Any]] = tomllib.load(file)["opinion"]
    staff = list(Staff._base_manager.filter(leave_on=None).order_by("id").values_list("user_id", "position"))
    rows, voices = [], []
    for one, pk in zip(kept, reserve(Opinion, len(kept)), strict=True):
        given = stage.at(stage.today - dt.timedelta(days=one["days"]), stage.chance.randint(9, 17), stage.chance.randint(0, 59))
        author = stage.chance.choice([user for user, position in staff if one["by"] in position]) if one["by"] else None
        if author is None:
            given = days.start_of(days.day_of(given))
        owner = responsible(one["kind"]) or staff[0][0]
        unit = directory.home_of(owner) or next(iter(tree().walk()))
        answered = given + dt.timedelta(days=min(6, one["days"] - 1), hours=3) if one["state"] != "open" else None
        rows.append({
            "id": pk, "name": one["name"], "kind": one["kind"], "about": one["about"], "text": one["text"].strip(), "anonymous": author is None,
            "author_id": author, "created_by_id": author, "state": one["state"], "answer": one.get("answer", ""), "answered_at": answered,
            "answered_by_id": owner if answered else None, "owner_id": owner, "unit_id": unit, "branch_id": tree().branch(unit),
            "created_at": given, "updated_at": answered or given,
        })  # fmt: skip
        joined = stage.chance.sample([user for user, _position in staff if user != author], one["voices"])
        rows[-1]["supports"] = len(joined)
        voices += [{"opinion_id": pk, "user_id": user, "at": given + dt.timedelta(hours=5 + at)} for at, user in enumerate(joined)]
        stage.happened(given, "opinion.created", author, "opinion", pk)
        if answered:
            stage.happened(answered, "opinion.carried_out" if one["state"] == "done" else "opinion.answered", owner, "opinion", pk)
    copy(Opinion, rows)
    copy(OpinionSupport, voices)
