"""Under which headings other programs keep what we know of opportunities, and what a row says about its past."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from pellucid.kernel.actions.run import run
from pellucid.kernel.exchange.guessing import also_called
from pellucid.kernel.exchange.making import also_fills, makes, unmakes
from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Spec
from pellucid.people.importing import knows_colleagues

also_called(
    "opportunity",
    number=("商机编号", "编号", "opportunity id", "opportunity number", "deal id"),
    name=("商机", "商机名称", "项目名称", "项目", "opportunity", "opportunity name", "deal", "deal name"),
    customer=("客户", "客户名称", "公司", "公司名称", "account", "account name", "company"),
    product=("产品", "产品名称", "主要产品", "product"),
    stage_id=("阶段", "销售阶段", "deal stage", "stage", "sales stage"),
    amount=("金额", "预计金额", "商机金额", "close value", "amount", "value", "deal value"),
    probability=("成功率", "赢率", "概率", "probability"),
    opened_on=("开始日期", "立项日期", "创建日期", "engage date", "open date", "start date"),
    expected_on=("预计成交", "预计成交日期", "预计签约日期", "expected close", "expected close date"),
    closed_on=("成交日期", "关闭日期", "结束日期", "close date", "closed date"),
    owner=("负责人", "销售", "业务员", "sales agent", "sales rep", "owner"),
    loss_reason_id=("丢单原因", "输单原因", "loss reason", "lost reason"),
    lost_to_id=("输给", "输给谁", "中标方", "竞争对手", "competitor", "lost to"),
    lost_price=("中标价", "对手成交价", "winning price"),
    origin=("来源", "source", "lead source"),
    note=("备注", "说明", "remark"),
)
knows_colleagues("opportunity")
# a new row may have ended already; what is here already is moved by actions only. One that names its lead converts it
also_fills(
    "opportunity",
    Spec("stage_id", gettext_lazy("Stage"), kind("stage"), null=True),
    Spec("stage_before", gettext_lazy("Stage before it was closed"), kind("stage"), null=True),
    Spec("closed_on", gettext_lazy("Closed on"), kind("date"), null=True),
    Spec("loss_reason_id", gettext_lazy("Why lost"), kind("term"), dictionary="loss_reason", null=True),
    Spec("lead_id", gettext_lazy("Lead"), kind("link"), target="lead", null=True),
    Spec("lead_judged_by", gettext_lazy("Who judged the lead"), kind("user"), null=True),
    Spec("lost_to_id", gettext_lazy("Lost to"), kind("competitor"), null=True),
    Spec("lost_price", gettext_lazy("Price of the winner"), kind("money"), null=True),
)
also_called(
    "competitor",
    name=("竞争对手", "名称", "公司名称", "对手", "competitor", "name", "company"),
    short_name=("简称", "short name"),
    website=("网站", "官网", "website"),
    profile=("简介", "概况", "profile"),
    strengths=("优势", "strengths"),
    weaknesses=("劣势", "弱点", "weaknesses"),
    strategy=("策略", "打法", "strategy"),
    employees=("人数", "员工人数", "employees"),
    revenue=("年营收", "年营业额", "revenue"),
)
also_called("competitorproduct", competitor=("竞争对手", "厂家", "competitor"), name=("产品", "型号", "product"),
            against=("对应我方产品", "our product"))  # fmt: skip
also_called("competitorprice", product=("竞品", "产品", "product"), price=("价格", "单价", "price"), valid_from=("日期", "起始日期", "from"),
            valid_until=("截止日期", "until"), source=("来源", "source"))  # fmt: skip
also_called("competitorquote", opportunity=("商机", "项目", "opportunity"), competitor=("竞争对手", "competitor"), amount=("报价", "金额", "amount"),
            quoted_on=("报价日期", "日期", "date"), source=("来源", "source"))  # fmt: skip


@makes("opportunity", "competitor")
@makes("competitorproduct", "competitor")
@makes("competitorquote", "competitor")
@makes("opportunitycompetitor", "competitor")
def make_competitor(word: str, values: Mapping[str, Any], *, actor: Any) -> int:
    """A competitor nobody has named yet."""
    return int(run("competitor_create", None, actor, values={"name": word}).record.pk)


@unmakes("opportunity", "competitor")
@unmakes("competitorproduct", "competitor")
@unmakes("competitorquote", "competitor")
@unmakes("opportunitycompetitor", "competitor")
def unmake_competitor(pk: int, *, actor: Any) -> None:
    """Into the bin with it, as long as nothing else speaks of it."""
    run("competitor_delete", pk, actor)
