"""The people of the demo company: a machine builder with four branches, their departments and teams, and who works there."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Grant, Membership, Role, Unit, User, WorkCalendar
from pellucid.kernel.actions.demo import Stage, step
from pellucid.kernel.actions.run import run
from pellucid.kernel.history.writes import load_spans
from pellucid.kernel.records import versions
from pellucid.kernel.records.copying import copy, reserve
from pellucid.kernel.records.models import Setting
from pellucid.kernel.search.pinyin import pinyin

from .models import Handover, Staff

STAFF = Path(__file__).parent / "data" / "demo_staff.csv"
PASSWORD = "pellucid"  # noqa: S105  printed at the start, for the sample company only
COMPANY, DOMAIN = "澄泰智能装备集团", "chengtai.example"
FOUNDED = 12 * 365  # days ago
CATCHER = "exec"  # holds what nobody else does

# code, kind, name, short name, parent; a unit's head is the first person the file names there (teams have none)
UNITS = (
    ("hq", "hq", COMPANY, "总部", ""),
    ("marketing", "department", "总部市场部", "市场部", "hq"),
    ("support", "department", "技术支持中心", "技术支持", "hq"),
    ("finance", "department", "财务部", "财务", "hq"),
    ("it", "department", "信息部", "信息", "hq"),
    ("audit", "department", "审计部", "审计", "hq"),
    ("east", "branch", "华东分公司", "华东", "hq"),
    ("south", "branch", "华南分公司", "华南", "hq"),
    ("north", "branch", "华北分公司", "华北", "hq"),
    ("west", "branch", "西南分公司", "西南", "hq"),
    *(
        (f"{code}_sales", "department", f"{name}销售部", "销售部", code)
        for code, name in (("east", "华东"), ("south", "华南"), ("north", "华北"), ("west", "西南"))
    ),
    *(
        (f"{code}_market", "department", f"{name}市场部", "市场部", code)
        for code, name in (("east", "华东"), ("south", "华南"), ("north", "华北"), ("west", "西南"))
    ),
    *(
        (f"{code}_service", "department", f"{name}服务部", "服务部", code)
        for code, name in (("east", "华东"), ("south", "华南"), ("north", "华北"), ("west", "西南"))
    ),
    ("east_store", "department", "华东仓储部", "仓储部", "east"),
    ("south_store", "department", "华南仓储部", "仓储部", "south"),
    *(
        (code, "team", f"{name}办", name, parent)
        for code, name, parent in (
            ("suzhou", "苏州", "east_sales"),
            ("hangzhou", "杭州", "east_sales"),
            ("shanghai", "上海", "east_sales"),
            ("hefei", "合肥", "east_sales"),
            ("shenzhen", "深圳", "south_sales"),
            ("guangzhou", "广州", "south_sales"),
            ("changsha", "长沙", "south_sales"),
            ("beijing", "北京", "north_sales"),
            ("qingdao", "青岛", "north_sales"),
            ("shenyang", "沈阳", "north_sales"),
            ("chengdu", "成都", "west_sales"),
            ("chongqing", "重庆", "west_sales"),
            ("kunming", "昆明", "west_sales"),
        )
    ),
)


@step(1, "组织与员工")
def organisation(stage: Stage) -> None:
    """Units, people with their logins and roles, and who leads whom."""
    with STAFF.open(encoding="utf-8", newline="") as lines:
        people: list[dict[str, Any]] = list(csv.DictReader(lines))
    for person, user_id in zip(people, reserve(User, len(people)), strict=True):
        person["id"] = user_id
        person["login"] = person["login"] or pinyin(person["name"], person=True).full
        person["since"] = stage.at(stage.today - dt.timedelta(days=int(person["joined"])), 9)
        person["left_on"] = stage.today - dt.timedelta(days=int(person["left"])) if person["left"] else None
    _users(people)
    units = _units(stage, people)
    roles = {r.code: r.pk for r in Role._base_manager.all()}
    copy(
        Membership,
        [
            {"user_id": p["id"], "unit_id": units[p["unit"]], "starts_on": p["since"].date(), "ends_on": p["left_on"]}
            for p in people
        ],
    )
    copy(
        Grant,
        [{"user_id": p["id"], "role_id": roles[p["role"]], "unit_id": units[p["unit"]]} for p in people if not p["left_on"]],
    )
    _staff(stage, people, units)
    copy(Setting, [{"key": "company.name", "unit_id": None, "value": COMPANY}])


def _users(people: list[dict[str, Any]]) -> None:
    password = make_password(PASSWORD)  # once: a slow hash is what makes it worth having
    copy(
        User,
        [
            {
                "id": p["id"],
                "username": p["login"],
                "name": p["name"],
                "pinyin": pinyin(p["name"], person=True).key[:200],
                "email": f"{p['login']}@{DOMAIN}",
                "password": password,
                "is_active": not p["left_on"],
                "created_at": p["since"],
            }
            for p in people
        ],
    )


def _heads(people: list[dict[str, Any]]) -> dict[str, int]:
    """Who leads each unit; teams are led by the head of their department."""
    teams = {code for code, kind, *_ in UNITS if kind == "team"}
    heads: dict[str, int] = {}
    for person in people:
        if person["unit"] not in teams:
            heads.setdefault(person["unit"], person["id"])
    return heads


def _units(stage: Stage, people: list[dict[str, Any]]) -> dict[str, int]:
    heads = _heads(people)
    catcher = next(p["id"] for p in people if p["login"] == CATCHER)
    ids = dict(zip((u[0] for u in UNITS), reserve(Unit, len(UNITS)), strict=True))
    copy(
        Unit,
        [
            {
                "id": ids[code],
                "kind": kind,
                "name": name,
                "short_name": short,
                "parent_id": ids.get(parent),
                "head_id": heads.get(code),
                "catcher_id": catcher if not parent else None,
                "position": position,
                "created_at": stage.at(
                    stage.today - dt.timedelta(days=FOUNDED - 200 * (kind != "hq") - 500 * (kind == "team")), 9
                ),
            }
            for position, (code, kind, name, short, parent) in enumerate(UNITS)
        ],
    )
    return ids


def _staff(stage: Stage, people: list[dict[str, Any]], units: dict[str, int]) -> None:
    parents = {code: parent for code, _, _, _, parent in UNITS}
    heads = _heads(people)

    def manager(person: dict[str, Any]) -> int | None:
        unit = person["unit"]
        while unit and heads.get(unit, person["id"]) == person["id"]:
            unit = parents[unit]
        return heads.get(unit)

    rows = []
    order = sorted(people, key=lambda p: p["since"])  # whoever came first has the lowest number
    for n, (person, pk) in enumerate(zip(order, reserve(Staff, len(order)), strict=True), 1):
        first, last = (stage.chance.randrange(1000, 9999) for _ in range(2))
        rows.append({
            "id": pk, "user_id": person["id"], "number": f"CT{n:04d}", "name": person["name"],
            "pinyin": pinyin(person["name"], person=True).key[:200], "position": person["position"], "unit_id": units[person["unit"]],
            "manager_id": manager(person), "email": f"{person['login']}@{DOMAIN}", "phone": f"13{stage.chance.choice('5678')} {first} {last}",
            "entry_on": person["since"].date(), "leave_on": person["left_on"], "created_at": person["since"],
        })  # fmt: skip
    copy(Staff, rows)
    load_spans(Staff, (period for row in rows if row["leave_on"] for period in (
        _period(row, row["created_at"], None), _period(row, stage.at(row["leave_on"], 18), row["leave_on"]))))  # fmt: skip


def _period(row: dict[str, Any], since: dt.datetime, left: dt.date | None) -> dict[str, Any]:
    return {
        "id": row["id"],
        "valid_from": since,
        "unit": row["unit_id"],
        "manager": row["manager_id"],
        "position": row["position"],
        "leave_on": left,
    }


SHIFT = "08:30-12:00 13:00-17:30"


@step(5, "工作日历")
def calendars(stage: Stage) -> None:
    """Service works on Saturdays, too; the company's day in spring is free, and a stock-taking Saturday is worked."""
    company = WorkCalendar._base_manager.get(is_default=True)
    week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), SHIFT)
    made = run("calendar_create", None, stage.actor, {"name": "服务六天制", "holidays": "cn", **week, "saturday": "09:00-12:00"}).record
    for unit in Unit._base_manager.filter(name__endswith="服务部"):
        run("calendar_assign", made.pk, stage.actor, {"unit": unit.pk})
    year = stage.today.year
    run("calendar_day_set", company.pk, stage.actor, {"day": f"{year}-03-18", "hours": "", "note": "公司成立纪念日"})
    stock = stage.today + dt.timedelta(days=(5 - stage.today.weekday()) % 7 + 14)
    run("calendar_day_set", company.pk, stage.actor, {"day": stock.isoformat(), "hours": "09:00-12:00", "note": "年终盘点"})


@step(50, "请假、代理与离职交接")
def changes_of_staff(stage: Stage) -> None:
    """A colleague on leave whose work Lin does meanwhile; another who leaves today, his customers in new hands, some files signed."""
    people = {u.username: u for u in User._base_manager.filter(is_active=True)}
    lin, admin = people["lin"], Actor.of(people["admin"])
    homes = {s.user_id: s for s in Staff._base_manager.filter(user__is_active=True, position__contains="客户经理").select_related("user")}
    known = {"lin", "chen", "manager"}
    away = next(s for s in homes.values() if s.unit.name == "杭州办" and s.user.username not in known)
    run("absence_create", None, Actor.of(away.user), values={
        "owner": away.user_id, "kind": "leave", "starts_on": stage.today.isoformat(), "proxy": lin.pk, "note": "年假，紧急事项请电话",
        "ends_on": (stage.today + dt.timedelta(days=7)).isoformat()})  # fmt: skip
    later = stage.today + dt.timedelta(days=12)
    run("absence_create", None, Actor.of(people["chen"]), values={
        "owner": people["chen"].pk, "kind": "training", "starts_on": later.isoformat(), "proxy": lin.pk, "note": "新品培训",
        "ends_on": (later + dt.timedelta(days=2)).isoformat()})  # fmt: skip
    leaver = next(s for s in homes.values() if s.unit.name == "苏州办" and s.user.username not in known)
    transfer = run("transfer_create", None, admin, values={"owner": leaver.user_id, "kind": "departure", "note": "个人原因离职"}).record
    parts: tuple[dict[str, Any], ...] = (
        {"resource": "customer", "rule": "balanced"}, {"resource": "opportunity", "rule": "follows"}, {"resource": "task", "rule": "follows"},
        {"rule": "person", "receiver": lin.pk},
    )  # fmt: skip
    for n, line in enumerate(parts):
        run("transferline_create", None, admin, values={"transfer": transfer.pk, "position": n, **line})
    run("transfer_run", transfer.pk, admin)
    run("staff_deactivate", leaver.pk, admin, {"receiver": people["manager"].pk, "reason": "个人原因离职"})
    versions.forget()
    mine = list(Handover._base_manager.filter(owner=lin).order_by("id").values_list("pk", flat=True))
    for pk in mine[: len(mine) // 2]:
        run("handover_sign", pk, Actor.of(lin), {"remark": "已核对，无疑问"})
