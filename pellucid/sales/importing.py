"""Under which headings other programs keep what we know of opportunities, and what a row says about its past."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from pellucid.kernel.exchange.guessing import also_called
from pellucid.kernel.exchange.making import also_fills
from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Spec

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
    lost_to=("输给", "竞争对手", "competitor"),
    origin=("来源", "source", "lead source"),
    note=("备注", "说明", "remark"),
)
# a new row may have ended already; what is here already is moved by actions only
also_fills(
    "opportunity",
    Spec("stage_id", gettext_lazy("Stage"), kind("stage"), null=True),
    Spec("stage_before", gettext_lazy("Stage before it was closed"), kind("stage"), null=True),
    Spec("closed_on", gettext_lazy("Closed on"), kind("date"), null=True),
    Spec("loss_reason_id", gettext_lazy("Why lost"), kind("term"), dictionary="loss_reason", null=True),
    Spec("lost_to", gettext_lazy("Lost to"), kind("text"), max_length=120, null=True),
)
