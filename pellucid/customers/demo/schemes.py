"""A scheme for every class, and for two other kinds of customers: under way, carried through, dropped."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pellucid.collaboration.demo import carrying
from pellucid.collaboration.models import Plan, PlanStep
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.records import terms, versions
from pellucid.kernel.records.copying import copy, reserve, row_of

from ..models import Customer, Scheme

# name, for the class, to the class, goal, level, starts by itself, steps: (what, days, counted, doer, how, materials)
SCHEMES: tuple[tuple[Any, ...], ...] = (
    ("待识别客户 · 判别方案", 1, 2, "十个工作日内弄清是不是我们的客户：行业、规模、有没有设备需求。", "", True, (
        ("核对工商登记与联系方式", 2, "working", "owner", "查统一社会信用代码、注册地址、总机。", ""),
        ("首次电话判别", 4, "working", "owner", "按判别提纲问：产线、瓶颈、今年有没有预算、谁管设备。", "客户判别提纲"),
        ("补齐行业、规模、来源", 6, "working", "owner", "三项都有才能升为潜在客户。", ""),
        ("给出判别结论", 10, "working", "owner", "潜在、机会或无效，写明依据。", ""),
    )),
    ("潜在客户 · 培育方案", 2, 3, "两个月内让客户愿意谈具体项目：送案例、请进来、走出去。", "", True, (
        ("寄送同行业案例", 3, "working", "owner", "选同工艺的样板客户。", "同行业案例集"),
        ("回访案例反馈", 10, "working", "owner", "问三个问题：像不像你们的线、哪里不一样、谁还要看。", "培育回访提纲"),
        ("邀请参加技术开放日", 25, "calendar", "owner", "请上工艺和设备两个人。", "开放日邀请函"),
        ("免费节拍测算", 40, "calendar", "owner", "现场量一次，出一页纸结论。", "节拍测算表"),
        ("提交初步改造建议", 55, "calendar", "owner", "带投资回收期。", "改造建议模板"),
    )),
    ("机会客户 · 推进与跟踪方案", 3, 4, "每个在跟机会都有下一步、有决策人、有方案，不冷场。", "", False, (
        ("画出决策链", 3, "working", "owner", "谁提、谁审、谁签、谁反对。", "决策链模板"),
        ("主管陪访一次", 10, "working", "manager", "见到能拍板的人。", ""),
        ("技术方案评审", 20, "working", "owner", "工艺、节拍、接口三项都过。", "评审清单"),
        ("商务复盘", 35, "calendar", "owner", "价格、付款、交期对照竞争对手。", "竞品对比表"),
    )),
    ("订单客户 · 交付陪伴方案", 4, 5, "从签约到终验收不失联：每个节点客户先听到我们说。", "", False, (
        ("签约后一周拜访", 5, "working", "owner", "介绍项目组，确认验收标准。", "项目启动函"),
        ("发货前电话确认", 30, "calendar", "owner", "到货、吊装、电源、气源。", "进场条件清单"),
        ("安装调试陪同", 45, "calendar", "owner", "第一天到现场。", ""),
        ("收集验收资料", 75, "calendar", "owner", "终验收单、培训签到、照片。", "验收资料清单"),
    )),
    ("用户 · 关怀方案", 5, None, "每季度有人问候，备件和升级想在客户前面。", "", False, (
        ("季度回访", 15, "calendar", "owner", "开机率、故障、易损件。", "季度回访表"),
        ("易损件提醒", 45, "calendar", "owner", "按运行小时估算更换时间。", "备件清单"),
        ("满意度调查", 80, "calendar", "owner", "五个问题，低于四分当天回电。", "满意度问卷"),
        ("升级改造建议", 110, "calendar", "owner", "结合产能变化给一条建议。", ""),
    )),
    ("A 类战略客户 · 经营方案", None, None, "高层每半年见一次，份额年年有数。", "A", False, (
        ("更新客户年度计划", 10, "working", "owner", "份额、项目、风险、目标。", "客户年度计划模板"),
        ("高层互访", 60, "calendar", "head", "分公司负责人出面。", ""),
        ("联合技术交流", 100, "calendar", "owner", "请客户工艺和质量参加。", ""),
    )),
)
REASONS = ("客户今年没有预算", "联系人离职，重新找人", "客户选了别家", "负责人判断暂不投入", "客户停产整顿")
RESULTS = ("已完成", "客户反馈不错", "约了下次", "资料已发", "")
RUNNING, THROUGH, LEFT = 34, 20, 11  # runs of each scheme, of each kind, at full scale


def fill(stage: Stage) -> None:
    """Draw and write."""
    people = list(Customer._base_manager.filter(deleted_at=None, merged_into=None, pool=None).order_by("id"))
    carried: list[carrying.Carried] = []
    with versions.using(versions.read()):  # calendars do not change meanwhile: not asked for each step
        for facts in SCHEMES:
            scheme, steps = _scheme(stage, facts)
            carried += _runs(stage, scheme, steps, people)
        carrying.write(stage, carried)


def _scheme(stage: Stage, facts: tuple[Any, ...]) -> tuple[Scheme, list[PlanStep]]:
    name, of, goal, aim, level, by_rule, steps = facts
    since = stage.now - dt.timedelta(days=210)
    plan = Plan(pk=reserve(Plan, 1)[0], name=name, kind=Plan.Kind.SCHEME, about="customer", created_at=since)
    copy(Plan, [row_of(plan)])
    ids = reserve(PlanStep, len(steps))
    rows = [PlanStep(pk=pk, plan=plan, position=10 * (n + 1), name=what, days=within, counted=counted, doer=doer, note=how, materials=materials,
                     created_at=since)
            for n, ((what, within, counted, doer, how, materials), pk) in enumerate(zip(steps, ids, strict=True))]  # fmt: skip
    copy(PlanStep, [row_of(row) for row in rows])
    conditions = f"f.level=in:{terms.find('customer_level', level)}" if level else ""
    scheme = Scheme(name=name, customer_class=of, goal_class=goal, goal=aim, conditions=conditions, by_rule=by_rule,
                    since=stage.now if by_rule else None, plan=plan, created_at=since)  # fmt: skip
    copy(Scheme, [row_of(scheme)])
    return scheme, rows


def _runs(stage: Stage, scheme: Scheme, steps: list[PlanStep], people: list[Customer]) -> list[carrying.Carried]:
    chance, now = stage.chance, stage.now
    level = terms.find("customer_level", "A")
    fits = [c for c in people if (c.customer_class == scheme.customer_class if scheme.customer_class else c.level_id == level)]
    risen = [c for c in people if scheme.goal_class and c.customer_class >= scheme.goal_class and c.class_since and (now - c.class_since).days < 170
             and (c.class_since - c.created_at).days > 45]  # fmt: skip
    n = max(1, round(RUNNING * stage.scale)), max(1, round(THROUGH * stage.scale)), max(1, round(LEFT * stage.scale))
    chosen = chance.sample(fits, min(len(fits), n[0] + n[2] + (n[1] if not scheme.goal_class else 0)))
    chosen.sort(key=lambda c: c.created_at, reverse=True)  # who is through with it has been here the longest
    whole = max(step.days for step in steps) * 7 // 5 + 14
    out = []
    for at, customer in enumerate(chosen):
        ago = (2, 95) if at < n[0] else (2, 150) if at < n[0] + n[2] else (whole, whole + 90)
        began = carrying.working(stage, now - dt.timedelta(days=chance.randint(*ago)))
        began = max(began, customer.created_at + dt.timedelta(hours=2))
        if began > now - dt.timedelta(days=1):
            continue
        how = "running" if at < n[0] else "stopped" if at < n[0] + n[2] else "finished"
        out.append(_run(stage, scheme, steps, customer, began, how, None))
    for customer in chance.sample(risen, min(len(risen), n[1])):
        rose = customer.class_since
        assert rose is not None
        out.append(_run(stage, scheme, steps, customer, carrying.working(stage, rose - dt.timedelta(days=chance.randint(12, 40))), "reached", rose))
    return out


def _run(stage: Stage, scheme: Scheme, steps: list[PlanStep], customer: Customer, began: dt.datetime, how: str,
         ended: dt.datetime | None) -> carrying.Carried:  # fmt: skip
    """One customer's way through the scheme: most steps in their time, some late, the last ones not at all where it was left."""
    chance, now = stage.chance, stage.now
    about = carrying.About("customer", customer.pk, customer.name, customer.owner_id, customer.unit_id, customer.branch_id)
    times = []
    for step in steps:
        planned = began + dt.timedelta(days=step.days * (1.4 if step.counted == "working" else 1))
        times.append(carrying.working(stage, planned + dt.timedelta(days=chance.choice((-3, -2, -1, -1, -1, 0, 0, 2, 5)))))
    goes = len(steps) if how == "finished" else chance.randint(0, len(steps) - 1)
    if how == "finished":
        ended = max(times)
    elif how == "stopped":
        ended = carrying.working(stage, (times[goes - 1] if goes else began) + dt.timedelta(days=chance.randint(4, 20)))
    if ended is not None and ended >= now:
        how, ended = "running", None
    reason = chance.choice(REASONS) if how == "stopped" else f"已进入“{customer.get_customer_class_display()}”" if how == "reached" else ""
    made = carrying.begun(scheme.plan, about, began, state=how, ended=ended, reason=reason)
    for n, (step, at) in enumerate(zip(steps, times, strict=True)):
        at = max(at, began + dt.timedelta(hours=3))
        kept = n < goes if how == "stopped" else how != "running" or n < len(steps) - 1 and chance.random() < 0.86
        done = kept and at < (ended or now)
        if how == "finished":
            done, at = True, min(at, ended or at)
        carrying.step_of(made, step, began, at if done else None, now=now, result=chance.choice(RESULTS))
    return made
