"""What flows in and back in the demo company: a form on its site and what came by it, clocks that run, run out and ran out, customers and
leads in pools with whose they were and why."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from pellucid.kernel.access import calendars, directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days, versions
from pellucid.kernel.records.copying import copy, reserve, row_of

from .. import pools
from ..jobs import watch_clocks
from ..models import ConsentText, Customer, Lead, Pool, WebForm
from .companies import Companies, Terms
from .contacts import mobile
from .courses import working
from .words import words
from .writing import sellers

CONSENT = ("我同意澄泰智能为答复本次咨询而使用以上信息。", "我同意澄泰智能为答复本次咨询及提供相关产品资料而使用以上信息，并可随时要求删除。")
PAGES = ("https://www.chengtai.example/solutions/line", "https://www.chengtai.example/cases", "https://www.chengtai.example/products/vision")
ASKED = ("想做一条压装检测线，年产 20 万件，请报个大概。", "视觉检测能不能识别微小划痕？", "旧线改造，停机不能超过三天。",
         "有没有汽车座椅行业的案例？", "AGV 与现有 MES 怎么对接？", "需要一台伺服压机，交期多久？")  # fmt: skip
TOLD = ("电话回访，对方在出差，约下周再谈。", "发了新样本，对方说先看看。", "微信问候，项目还在走内部流程。")
AGREED = "官网表单“官网咨询”，同意文本第 2 版"
MINUTES = 480
# whose clock: (login, working minutes until it ends, below zero since it ended)
CLOCKS = (("lin", 35), ("lin", 170), ("chen", -95), ("chen", 400))
RULED = 60                              # days for which there has been a rule that sends customers back
WAITING = 6                             # that came by the form and nobody has been given


def fill(stage: Stage) -> None:
    """Pools first; clocks last, so that the watch finds them as the night would have left them."""
    terms = Terms()
    here = {u.username: u for u in directory.users().values()}
    made = WebForm._base_manager.order_by("id").first() or form(stage, terms, here["market"].id)
    _customers_back(stage)
    for kind in pools.MODELS:
        _spoken_with(stage, kind)
    _arrivals(stage, terms, made, here)
    versions.forget()
    watch_clocks()


def form(stage: Stage, terms: Terms, keeper: int) -> WebForm:
    """The form of the company's site, its consent in the second version."""
    begun = stage.now - dt.timedelta(days=365)
    made = WebForm(
        id=reserve(WebForm, 1)[0], name="官网咨询", key=hashlib.sha256(b"pellucid demo").hexdigest()[:16], title="说说您的产线",
        title_en="Tell us about your line", intro="留下联系方式和需求，工程师一个工作日内答复。",
        intro_en="Leave your contact details; an engineer answers within one working day.", asks=["name", "contact_name", "mobile", "needs_note"],
        musts=["name", "mobile"], consent=CONSENT[1], consent_version=2, origin_id=terms("origin", "form"), keeper_id=keeper,
        sites="https://www.chengtai.example", created_at=begun, updated_at=begun)  # fmt: skip
    copy(WebForm, [row_of(made)])
    copy(ConsentText, [{"form_id": made.pk, "version": n, "text": text, "text_en": "", "since": stage.now - dt.timedelta(days=age)}
                       for n, (text, age) in enumerate(zip(CONSENT, (365, 120), strict=True), 1)])  # fmt: skip
    return made


def came_by(made: WebForm, row: Lead) -> None:
    """A lead came by the form, from one of the site's pages."""
    n = row.pk % len(PAGES)
    row.web_form, row.landing_page, row.utm_source = made, PAGES[n], ("baidu", "wechat", "")[n]
    row.consent_source = AGREED


def _customers_back(stage: Stage) -> None:
    """Potential customers nobody spoke with for four months are in the pool since the night the rule said so."""
    pool = Pool._base_manager.filter(kind="customer").order_by("id").first()
    if pool is None:
        return
    run("customerrecall_create", None, stage.actor, values={
        "name": "潜在客户 120 天未跟进退回公海", "pool": pool.pk, "quiet_days": 120, "active": True,
        "conditions": "f.customer_class=in:1,2"})  # fmt: skip
    versions.forget()
    free = set(Customer._base_manager.filter(next_step_at=None, deleted_at=None).values_list("pk", flat=True))
    for due in pools.due_back("customer"):
        if due.record_id in free:
            night = max(due.on, stage.today - dt.timedelta(days=RULED - due.record_id % 14))  # quiet for longer than that
            at = days.start_of(night) + dt.timedelta(hours=2, minutes=20)
            run("customer_recall", due.record_id, stage.actor, valid_at=at, at=at)


def _spoken_with(stage: Stage, kind: str) -> None:
    """What else the rules would send back tonight was spoken with within the last weeks, so that only some go back within days."""
    child = "leadfollowup" if kind == "lead" else "followup"
    people = User._base_manager.in_bulk()
    for due in pools.due_back(kind):
        record: Any = pools.MODELS[kind]._base_manager.get(pk=due.record_id)
        ago = due.rule.quiet_days - 1 - due.record_id % 25
        at = working(stage, stage.today - dt.timedelta(days=ago), stage.chance)
        run(f"{child}_create", None, Actor.of(people[record.owner_id], "demo"), values={
            kind: record.pk, "kind": "call", "text": TOLD[due.record_id % len(TOLD)], "at": at})  # fmt: skip


def _arrivals(stage: Stage, terms: Terms, made: WebForm, here: dict[str, Any]) -> None:
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
        run("lead_create", None, Actor.system("demo"), valid_at=came, filled=Lead(
            name=company.name, contact_name=chance.choice(words("surnames")) + chance.choice(words("given male")), mobile=mobile(chance),
            industry_id=company.values["industry_id"], region_id=company.values["region_id"], size_id=company.values["size_id"],
            origin_id=made.origin_id, channel=Lead.Channel.WEB, web_form=made, landing_page=chance.choice(PAGES), needs_note=chance.choice(ASKED),
            consent="given", consent_source=AGREED, received_at=came, created_at=came, owner_id=user.id,
            assigned_at=since if login else None, allocated_because="规则“华东按地区与能力分配”" if login else "",
            plan_since=since if login else None, plan_due_at=calendars.due(user.unit, since, MINUTES) if login else None))  # fmt: skip
