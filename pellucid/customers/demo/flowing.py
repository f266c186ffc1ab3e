"""What flows in and back in the demo company: a form on its site and what came by it, clocks that run, run out and ran out, customers and
leads in pools with whose they were and why."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pellucid.kernel.access import calendars, directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days, versions

from .. import pools
from ..jobs import watch_clocks
from ..models import ConsentText, Customer, CustomerRecall, FollowUp, Lead, LeadFollowUp, Pool, PoolMove, WebForm
from .companies import Companies, Terms
from .contacts import mobile
from .courses import working
from .words import words
from .writing import sellers

CONSENT = ("我同意澄泰智能为答复本次咨询而使用以上信息。", "我同意澄泰智能为答复本次咨询及提供相关产品资料而使用以上信息，并可随时要求删除。")
PAGES = ("https://www.chengtai.example/solutions/line", "https://www.chengtai.example/cases", "https://www.chengtai.example/products/vision")
WHY = ("两周未跟进", "客户要等明年预算", "区域调整，不归我管", "联系不上采购，先放一放", "项目推迟到下半年")
ASKED = ("想做一条压装检测线，年产 20 万件，请报个大概。", "视觉检测能不能识别微小划痕？", "旧线改造，停机不能超过三天。",
         "有没有汽车座椅行业的案例？", "AGV 与现有 MES 怎么对接？", "需要一台伺服压机，交期多久？")  # fmt: skip
TOLD = ("电话回访，对方在出差，约下周再谈。", "发了新样本，对方说先看看。", "微信问候，项目还在走内部流程。")
MINUTES = 480
# whose clock: (login, working minutes until it ends, below zero since it ended)
CLOCKS = (("lin", 35), ("lin", 170), ("chen", -95), ("chen", 400))
WAITING = 6                             # that came by the form and nobody has been given


def fill(stage: Stage) -> None:
    """The form and its leads; pools; clocks last, so that the watch finds them as the night would have left them."""
    terms = Terms()
    here = {u.username: u for u in directory.users().values()}
    form = _form(stage, terms, here["market"].id)
    _came_by(form)
    _whose(stage)
    _customers_back(stage)
    _spoken_with(stage, "lead")
    _arrivals(stage, terms, form, here)
    versions.forget()
    watch_clocks()


def _form(stage: Stage, terms: Terms, keeper: int) -> WebForm:
    """The form of the company's site, its consent in the second version."""
    begun = stage.now - dt.timedelta(days=365)
    form = WebForm._base_manager.create(
        name="官网咨询", key=f"{stage.chance.getrandbits(64):016x}", title="说说您的产线", title_en="Tell us about your line",
        intro="留下联系方式和需求，工程师一个工作日内答复。", intro_en="Leave your contact details; an engineer answers within one working day.",
        asks=["name", "contact_name", "mobile", "needs_note"], musts=["name", "mobile"], consent=CONSENT[1], consent_version=2,
        origin_id=terms("origin", "form"), keeper_id=keeper, sites="https://www.chengtai.example", created_at=begun)  # fmt: skip
    for n, (text, age) in enumerate(zip(CONSENT, (365, 120), strict=True), 1):
        ConsentText._base_manager.create(form=form, version=n, text=text, since=stage.now - dt.timedelta(days=age))
    return form


def _came_by(form: WebForm) -> None:
    """The year's leads of its origin came by this form, from three of its pages."""
    rows = Lead._base_manager.filter(origin=form.origin_id, channel=Lead.Channel.WEB)
    for n, page in enumerate(PAGES):
        ids = [pk for pk in rows.values_list("pk", flat=True) if pk % len(PAGES) == n]
        Lead._base_manager.filter(pk__in=ids).update(
            web_form=form, landing_page=page, utm_source=("baidu", "wechat", "")[n], consent_source="官网表单“官网咨询”，同意文本第 2 版")


def _whose(stage: Stage) -> None:
    """Who gave each lead back, and why."""
    moves = list(PoolMove._base_manager.filter(resource="lead", user=None))
    for move in moves:
        last = LeadFollowUp._base_manager.filter(lead=move.record_id).order_by("-at").values_list("author_id", flat=True).first()
        people = sellers(stage)
        move.user_id = last or people[move.record_id % len(people)].id
        move.reason = WHY[move.record_id % len(WHY)]
    PoolMove._base_manager.bulk_update(moves, ("user", "reason"))


def _customers_back(stage: Stage) -> None:
    """Potential customers nobody spoke with for four months are in the pool since the night the rule said so."""
    pool = Pool._base_manager.filter(kind="customer").order_by("id").first()
    if pool is None:
        return
    CustomerRecall._base_manager.create(name="潜在客户 120 天未跟进退回公海", pool=pool, quiet_days=120, position=10, active=True,
                                        conditions="f.customer_class=in:1,2", created_at=stage.now - dt.timedelta(days=300))  # fmt: skip
    versions.forget()
    free = set(Customer._base_manager.filter(next_step_at=None, deleted_at=None).values_list("pk", flat=True))
    for due in pools.due_back("customer"):
        if due.record_id not in free:
            continue
        at = days.start_of(due.on) + dt.timedelta(hours=2, minutes=20)
        run("customer_recall", due.record_id, Actor.system("demo"), valid_at=at)
        PoolMove._base_manager.filter(resource="customer", record_id=due.record_id).update(at=at)
    _spoken_with(stage, "customer")


def _spoken_with(stage: Stage, kind: str) -> None:
    """What else the rules would send back tonight was spoken with within the last weeks, so that only some go back within days."""
    model: Any = pools.MODELS[kind]
    for due in pools.due_back(kind):
        record = model._base_manager.get(pk=due.record_id)
        ago = due.rule.quiet_days - 1 - due.record_id % 25
        at = working(stage, stage.today - dt.timedelta(days=ago), stage.chance)
        facts = {"kind": "call", "text": TOLD[due.record_id % len(TOLD)], "at": at, "author_id": record.owner_id, "author_unit_id": record.unit_id,
                 "created_at": at, "updated_at": at, "created_by_id": record.owner_id}  # fmt: skip
        if kind == "lead":
            LeadFollowUp._base_manager.create(lead=record, **facts)
            model._base_manager.filter(pk=record.pk).update(last_contact_at=at, told=record.told + 1)
        else:
            person = record.contacts.filter(deleted_at=None, created_at__lt=at).order_by("-is_primary", "id").first()
            FollowUp._base_manager.create(customer=record, contact=person, **facts)
            model._base_manager.filter(pk=record.pk).update(last_contact_at=at, last_contact_kind="call", last_contact_by=record.owner_id)


def _arrivals(stage: Stage, terms: Terms, form: WebForm, here: dict[str, Any]) -> None:
    """What came by the form lately: some are given and their clocks run, the latest wait for the rules."""
    makes, chance = Companies(stage.chance, terms), stage.chance
    team = next(s.team for s in sellers(stage) if s.id == here["lin"].id)
    known = set(Lead._base_manager.values_list("name", flat=True))
    for login, minutes in (*CLOCKS, *((None, 0),) * WAITING):
        user = here.get(login or "market")
        if user is None:
            continue
        company = makes.make(team, 0.25)
        while company.name in known:
            company = makes.make(team, 0.25)
        known.add(company.name)
        since = calendars.due(user.unit, stage.now, minutes - MINUTES) if login else stage.now - dt.timedelta(minutes=chance.randint(20, 900))
        came = since - dt.timedelta(minutes=12) if login else since
        lead = run("lead_create", None, Actor.system("demo"), valid_at=came, filled=Lead(
            name=company.name, contact_name=chance.choice(words("surnames")) + chance.choice(words("given male")), mobile=mobile(chance),
            industry_id=company.values["industry_id"], region_id=company.values["region_id"], size_id=company.values["size_id"],
            origin_id=form.origin_id, channel=Lead.Channel.WEB, web_form=form, landing_page=chance.choice(PAGES), needs_note=chance.choice(ASKED),
            consent="given", consent_source="官网表单“官网咨询”，同意文本第 2 版", received_at=came, created_at=came, owner_id=user.id,
            assigned_at=since if login else None, allocated_because="规则“华东按能力分配”" if login else "")).record  # fmt: skip
        if login:
            Lead._base_manager.filter(pk=lead.pk).update(plan_since=since, plan_due_at=calendars.due(lead.unit_id, since, MINUTES))
