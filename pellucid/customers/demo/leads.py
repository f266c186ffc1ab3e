"""Leads of the demo company: a year of traces from fairs, forms and telephones, what became of each, and the rules that shared them out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pellucid.collaboration.models import Task
from pellucid.kernel.access import directory
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import prepare
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.history.writes import load_spans
from pellucid.kernel.records.copying import copy, reserve, row_of
from pellucid.kernel.records.numbers import draw_many
from pellucid.kernel.records.terms import label

from ..actions.scores import rescore
from ..models import AllocationRule, Customer, Lead, LeadFollowUp, LeadRecall, Pool, PoolMove, ScoreRule
from ..resources import LeadResource
from . import flowing
from .companies import Companies, Terms
from .contacts import mobile
from .courses import Seller, working
from .words import words
from .writing import sellers

LEADS, DAYS, WAITS = 460, 365, 30         # how long a lead waits in the pool of a branch
S = Lead.State
WAYS_IN = (("fair", "face", 24), ("form", "web", 26), ("search", "web", 12), ("ads", "phone", 10), ("customer", "phone", 12), ("seminar", "face", 8),
           ("cold", "phone", 8))  # fmt: skip
ASKED = (
    "想了解{need}的交期和大概预算。",
    "现有产线节拍不够，问{need}能提高多少。",
    "明年扩产，准备上{need}，先比较几家。",
    "老板在展会看过样机，让先发一份{need}资料。",
    "问有没有同行业的{need}案例可以参观。",
    "旧设备停产，问{need}能否替换。",
    "要求月底前报一个{need}的框架价。",
)
SPOKEN = (
    ("call", "电话通了，对方在开会，约明天再打。"),
    ("wechat", "加了微信，发了公司介绍和两个案例。"),
    ("call", "问清了产能和节拍，还没有立项。"),
    ("call", "没人接，下午换时间再打。"),
    ("email", "发了资料清单，等对方确认图纸。"),
    ("call", "对方说预算要等到下季度。"),
    ("visit", "顺路拜访，看了现场，需求是真的。"),
)
JUDGED: dict[str, tuple[str, dict[str, str]]] = {S.INVALID: ("lead.invalidated", {}), S.NURTURED: ("lead.nurtured", {"note": "今年没有预算"})}
STEPS = ("再打电话确认需求", "发同行业案例", "约现场考察", "问清预算与立项时间", "安排技术交流")
WHY = ("两周未跟进", "客户要等明年预算", "区域调整，不归我管", "联系不上采购，先放一放", "项目推迟到下半年")
PROVINCES = {"华东": ("31", "32", "33", "34", "37"), "华南": ("35", "36", "42", "43", "44", "45"), "华北": ("11", "12", "13", "21", "22", "23", "41"),
             "西南": ("50", "51", "52", "53", "61")}  # fmt: skip
NEEDS = ("line", "assembly", "vision", "weld", "agv", "mes", "spare")


@dataclass(slots=True)
class Course:
    """What happened with one lead: rows of the timeline between which nothing changed."""

    row: Lead
    periods: list[dict[str, Any]]
    told: list[LeadFollowUp]
    seller: int
    step: tuple[str, dt.datetime] | None = None


def fill(stage: Stage) -> None:
    """Pools and rules first, then a year of leads."""
    terms, everybody = Terms(), sellers(stage)
    here = [s for s in everybody if s.left is None]
    market = next(u for u in directory.users().values() if u.username == "market")
    pools, site = _pools(stage), flowing.form(stage, terms, market.id)
    rules = _rules(stage, terms, pools)
    n = max(12, round(LEADS * stage.scale))
    numbers, ids = draw_many("lead", LeadResource.number, n), reserve(Lead, n)
    makes, known = Companies(stage.chance, terms), set(Customer._base_manager.values_list("name", flat=True))
    won = list(Customer._base_manager.filter(created_at__gte=stage.now - dt.timedelta(days=DAYS), customer_class__gte=2).order_by("id"))
    stage.chance.shuffle(won)
    courses = []
    for pk, number in zip(ids, numbers, strict=True):
        age = min(DAYS, stage.chance.expovariate(1 / 110))
        courses.append(_course(stage, terms, pk, number, here, market, age, won, makes, known, rules, pools))
    rows = [c.row for c in courses]
    for row in rows:
        if row.origin_id == site.origin_id:
            flowing.came_by(site, row)
    prepare(Lead, rows, actor=stage.actor, changed=None)
    copy(Lead, [row_of(row) for row in rows])
    load_spans(Lead, [period for c in courses for period in c.periods])
    copy(LeadFollowUp, [row_of(f) for c in courses for f in c.told])
    copy(PoolMove, [move for c in courses if c.row.pool_id for move in _moves(c, {p.pk: p for p in pools.values()})])
    _steps(stage, courses)
    rescore()


def _moves(course: Course, pools: dict[int, Pool]) -> Iterator[dict[str, Any]]:
    """How a lead came into its pool: given back by its seller; into the group's pool, because nobody took it from the branch's."""
    before = None
    for period in course.periods:
        pool = pools.get(period.get("pool", 0))
        if pool is None or pool == before:
            continue
        move = {"pool_id": pool.pk, "resource": "lead", "record_id": course.row.pk, "at": period["valid_from"], "user_id": course.seller}
        if before is None:
            yield move | {"kind": PoolMove.Kind.RETURNED, "reason": WHY[course.row.pk % len(WHY)], "by_id": course.seller}
        else:
            yield move | {"kind": PoolMove.Kind.FLOWED, "reason": f"在“{before.name}”里 {WAITS} 天无人领取", "by_id": None}
        before = pool


def _kept(rows: list[Any]) -> list[Any]:
    """Write rows of one model in one go; they get their ids."""
    for row, pk in zip(rows, reserve(type(rows[0]), len(rows)), strict=True):
        row.id = pk
    copy(type(rows[0]), [row_of(row) for row in rows])
    return rows


def _pools(stage: Stage) -> dict[str, Pool]:
    units, users = directory.units(), directory.users()
    root = next(u for u in units.values() if u.parent is None)
    keeper = next(u.id for u in users.values() if u.username == "market")
    made = {"": Pool(name="集团线索公海", kind="lead", unit_id=root.id, keeper_id=keeper, daily_limit=5, held_limit=40)}
    _kept([made[""]])
    for branch in (u for u in units.values() if u.kind == "branch" and u.head):
        name = f"{branch.short_name or branch.name}线索公海"
        made[str(branch.id)] = Pool(name=name, kind="lead", unit_id=branch.id, keeper_id=branch.head, daily_limit=5, held_limit=30,
                                    flows_into=made[""], flow_days=WAITS)  # fmt: skip
    made["customers"] = Pool(name="集团客户公海", kind="customer", unit_id=root.id, keeper_id=keeper, daily_limit=3, cooldown_days=30)
    _kept([pool for key, pool in made.items() if key])
    return made


def _rules(stage: Stage, terms: Terms, pools: dict[str, Pool]) -> dict[str, AllocationRule]:
    """The rules that the company works by."""
    units = directory.units()
    out = {"owner": AllocationRule(name="老客户归原负责人", position=10, way="owner")}
    if market := next((u for u in units.values() if "市场" in u.name), None):
        out["nurture"] = AllocationRule(name="潜在线索由市场部培育", position=20, way="head", unit_id=market.id, role="marketing",
                                        conditions="f.state=in:nurtured")  # fmt: skip
    for at, branch in enumerate(u for u in units.values() if u.kind == "branch"):
        name = f"{branch.short_name or branch.name}按地区与能力分配"
        places = ",".join(str(terms("region", f"{code}0000")) for code in PROVINCES.get(branch.name[:2], ()))
        conditions = f"f.region=below:{places}" if places else f"f.unit=below:{branch.id}"
        out[str(branch.id)] = AllocationRule(name=name, position=30 + at, way="weighted", unit_id=branch.id, conditions=conditions)
    out["rest"] = AllocationRule(name="其余进集团公海", position=90, way="pool", pool=pools[""])
    _kept(list(out.values()))
    _kept([ScoreRule(name=name, points=points, conditions=conditions, position=10 * (at + 1)) for at, (name, points, conditions) in enumerate((
        ("官网主动留资", 30, "f.channel=in:web"), ("展会现场交流", 25, "f.channel=in:face"), ("说明了需求", 20, "f.needs_note=filled"),
        ("预算 50 万以上", 25, "f.budget=gte:500000"), ("老客户推荐", 20, f"f.origin=in:{terms('origin', 'customer')}"),
        ("跟进两次以上", 10, "f.told=gte:2"), ("一个月前的线索", -20, "f.received_at=within:over_30_days_ago"),
    ))])  # fmt: skip
    _kept([LeadRecall(name="30 天未跟进退回公海", pool=pools[""], quiet_days=30, position=10, active=True, conditions="f.state=in:new,qualified")])
    return out


def _course(stage: Stage, terms: Terms, pk: int, number: str, here: list[Seller], market: Any, age: float, won: list[Customer], makes: Companies,
            known: set[str], rules: dict[str, AllocationRule], pools: dict[str, Pool]) -> Course:  # fmt: skip
    chance = stage.chance
    seller = chance.choice(here)
    origin, channel, _n = chance.choices(WAYS_IN, [w[2] for w in WAYS_IN])[0]
    customer = won.pop() if won and age > 20 and chance.random() < 0.34 else None
    since = working(stage, stage.today - dt.timedelta(days=int(age)), chance)
    if customer is not None:
        since = min(since, customer.created_at - dt.timedelta(days=chance.randint(2, 25)))
        seller = next((s for s in here if s.id == customer.owner_id), seller)
    company = makes.make(seller.team, 0.25)
    name = customer.name if customer else company.name
    while customer is None and name in known:
        company = makes.make(seller.team, 0.25)
        name = company.name
    known.add(name)
    need = chance.choice(NEEDS)
    asked = chance.choice(ASKED).format(need=label(terms("need", need), "zh-hans")) if chance.random() < 0.7 else ""
    given = min(since + dt.timedelta(hours=chance.choice((1, 2, 3, 20, 26))), since + (stage.now - since) / 2)
    row = Lead(
        id=pk, number=number, name=name, contact_name=chance.choice(words("surnames")) + chance.choice(words("given male")), mobile=mobile(chance),
        position=chance.choice(("设备主管", "生产经理", "采购", "总经理助理", "工艺工程师", "")), industry_id=company.values["industry_id"],
        region_id=company.values["region_id"], size_id=company.values["size_id"], origin_id=terms("origin", origin), channel=channel,
        needs=[terms("need", need)], needs_note=asked, budget=chance.choice((None, None, 120_000, 380_000, 600_000, 1_500_000)), received_at=since,
        created_at=since, updated_at=given, assigned_at=given, created_by_id=market.id, owner_id=seller.id,
        unit_id=seller.unit, branch_id=seller.branch, rule=rules.get(str(seller.branch)) or rules["rest"],
        consent="given" if channel == "web" else "unknown", consent_source="官网表单" if channel == "web" else "",
    )  # fmt: skip
    row.allocated_because = f"规则“{row.rule}”"
    changes: list[tuple[dt.datetime, dict[str, Any]]] = [(since, {"state": S.NEW, "owner": market.id, "unit": market.unit}),
                                                         (given, {"owner": seller.id, "unit": seller.unit})]  # fmt: skip
    _fate(stage, terms, row, customer, age, market, pools, changes)
    state: dict[str, Any] = {"origin": row.origin_id}
    periods: list[dict[str, Any]] = []
    for moment, change in sorted(changes, key=lambda c: c[0]):
        if moment > stage.now:
            continue
        state |= change
        state["branch"] = tree().branch(state["unit"])
        if periods and periods[-1]["valid_from"] == moment:
            periods.pop()
        periods.append({"id": pk, "valid_from": moment, **state})
    stage.happened(since, "lead.created", market.id, "lead", pk)
    if row.qualified_at:
        verb, facts = JUDGED.get(row.state, ("lead.qualified", {}))
        stage.happened(row.qualified_at, verb, seller.id, "lead", pk, **facts)
    course = Course(row, periods, _told(stage, terms, row, seller), seller.id)
    if row.state in Lead.OPEN and row.pool_id is None and row.state != S.NURTURED and chance.random() < 0.7:
        when = working(stage, stage.today, chance) + dt.timedelta(days=chance.choice((-3, -1, 0, 0, 1, 1, 2, 4, 7)), hours=chance.randint(0, 3))
        course.step = (chance.choice(STEPS), when)
        row.next_step, row.next_step_at = course.step
    return course


def _fate(stage: Stage, terms: Terms, row: Lead, customer: Customer | None, age: float, market: Any, pools: dict[str, Pool],
          changes: list[tuple[dt.datetime, dict[str, Any]]]) -> None:  # fmt: skip
    """What became of a lead: the older, the more are settled."""
    chance = stage.chance
    assert row.assigned_at is not None
    judged = row.assigned_at + dt.timedelta(days=chance.randint(0, 6), hours=chance.randint(1, 6))
    if customer is not None:
        row.state, row.customer, row.qualified_at, row.converted_at = S.CONVERTED, customer, min(judged, customer.created_at), customer.created_at
        changes += [(row.qualified_at, {"state": S.QUALIFIED}), (row.converted_at, {"state": S.CONVERTED})]
        return
    if judged > stage.now or age < 8 and chance.random() < 0.6:
        return
    row.qualified_at = judged
    luck = chance.random()
    if luck < 0.42:
        row.state = S.INVALID
        row.invalid_reason_id = terms("lead_invalid_reason", chance.choices(
            ("unreachable", "no_need", "no_money", "competitor", "double", "wrong"), (22, 26, 18, 14, 9, 11))[0])  # fmt: skip
        changes.append((judged, {"state": S.INVALID}))
    elif luck < 0.64:
        row.state, row.owner_id, row.unit_id, row.branch_id = S.NURTURED, market.id, market.unit, tree().branch(market.unit)
        changes.append((judged, {"state": S.NURTURED, "owner": market.id, "unit": market.unit}))
    elif luck < 0.82 or age < 30:
        row.state = S.QUALIFIED
        changes.append((judged, {"state": S.QUALIFIED}))
    else:
        pool = pools.get(str(row.branch_id)) or pools[""]
        back = min(stage.now, judged + dt.timedelta(days=14))
        changes.append((back, {"owner": pool.keeper_id, "unit": pool.unit_id, "pool": pool.pk}))
        if pool.flow_days and back + dt.timedelta(days=WAITS + 1) < stage.now:
            pool, back = pools[""], back + dt.timedelta(days=WAITS + 1)
        row.state, row.pool, row.owner_id, row.unit_id, row.branch_id = S.QUALIFIED, pool, pool.keeper_id, pool.unit_id, tree().branch(pool.unit_id)
        row.updated_at = back
        changes += [(judged, {"state": S.QUALIFIED}), (back, {"owner": pool.keeper_id, "unit": pool.unit_id, "pool": pool.pk})]


def _told(stage: Stage, terms: Terms, row: Lead, seller: Seller) -> list[LeadFollowUp]:
    chance, at = stage.chance, row.assigned_at or row.received_at
    out: list[LeadFollowUp] = []
    for _n in range(chance.choices((0, 1, 2, 3), (25, 35, 25, 15))[0]):
        at += dt.timedelta(days=chance.randint(0, 9), hours=chance.randint(1, 5))
        if at > stage.now or (row.converted_at and at > row.converted_at):
            break
        kind, text = chance.choice(SPOKEN)
        out.append(LeadFollowUp(lead_id=row.pk, kind=kind, text=text, at=at, author_id=seller.id, author_unit_id=seller.unit, created_at=at,
                                updated_at=at, created_by_id=seller.id, minutes=chance.choice((None, 5, 10, 20))))  # fmt: skip
    row.told, row.last_contact_at = len(out), out[-1].at if out else None
    return out


def _steps(stage: Stage, courses: list[Course]) -> None:
    """The open next steps, as tasks of their owners."""
    rows = []
    for course in courses:
        if course.step:
            row = course.row
            name, due = course.step
            rows.append(Task(name=name, kind=Task.Kind.NEXT_STEP, due_at=due, about_resource="lead", about_id=row.pk, about_title=row.name,
                             owner_id=row.owner_id, unit_id=row.unit_id, branch_id=row.branch_id, created_at=row.assigned_at,
                             updated_at=row.assigned_at, created_by_id=row.owner_id))  # fmt: skip
    copy(Task, [row_of(row) for row in rows])
