"""What ships with sales: why deals are lost, and a first pipeline."""

from __future__ import annotations

from pellucid.customers.actions import classes
from pellucid.kernel.access import roles
from pellucid.kernel.records.seeds import Shipped as T
from pellucid.kernel.records.seeds import dictionary, seeds

from .actions.pipelines import ship
from .documents import stages_as_steps
from .models import Stage
from .quotation_resources import COSTS


@seeds
def dictionaries() -> None:
    """Reasons for losing and winning, how prices become known; an administrator changes them."""
    dictionary("loss_reason", (T("price", "价格", "Price"), T("delivery", "交期", "Delivery time"), T("function", "技术方案", "Technical solution"),
                               T("budget", "预算取消", "Budget cancelled"), T("relation", "关系与信任", "Relationship"),
                               T("competitor", "竞争对手更合适", "Competitor fits better"), T("silent", "客户不再回应", "No answer any more"),
                               T("other", "其他", "Other")))  # fmt: skip
    dictionary("win_reason", (T("solution", "方案更合适", "Better solution"), T("price", "价格", "Price"), T("delivery", "交期", "Delivery time"),
                              T("service", "服务与响应", "Service"), T("reference", "同行案例", "References"),
                              T("relation", "关系与信任", "Relationship"), T("other", "其他", "Other")))  # fmt: skip
    dictionary("price_source", (T("customer", "客户透露", "Told by the customer"), T("tender", "开标公示", "Published in the tender"),
                                T("offer", "看到报价单", "Seen in writing"), T("public", "公开报价", "Published list"),
                                T("channel", "渠道消息", "Heard in the trade"), T("estimate", "我方估计", "Our estimate")))  # fmt: skip
    dictionary("quotation_decline", (T("price", "价格", "Price"), T("competitor", "选择了竞争对手", "Chose a competitor"),
                                     T("solution", "方案不合适", "Solution does not fit"), T("delivery", "交期", "Delivery time"),
                                     T("budget", "预算取消", "Budget cancelled"), T("other", "其他", "Other")))  # fmt: skip


@seeds
def terms_of_quotations() -> None:
    """What quotations usually say of payment, delivery and warranty, in both languages; an administrator changes it."""
    dictionary("quotation_payment", (
        T("advance", "合同签订后 100% 预付，款到发货", "100% in advance, goods are sent on receipt"),
        T("30_60_10", "合同签订 30%，到货验收 60%，质保期满 10%", "30% on signature, 60% on acceptance of the goods, 10% at the end of the warranty"),
        T("30_30_35_5", "合同签订 30%，发货前 30%，终验收 35%，质保期满 5%",
          "30% on signature, 30% before shipment, 35% on final acceptance, 5% at the end of the warranty"),
        T("net_30", "到货验收后 30 天内付清", "30 days after acceptance of the goods")))  # fmt: skip
    dictionary("quotation_delivery", (
        T("stock", "现货，款到 3 个工作日内发出", "From stock, within 3 working days of payment"),
        T("8_weeks", "收到首款后 8 周", "8 weeks after the first payment"), T("16_weeks", "收到首款后 16 周", "16 weeks after the first payment"),
        T("agreed", "按双方约定的计划分批交付", "In batches as agreed")))  # fmt: skip
    dictionary("quotation_warranty", (
        T("12_months", "终验收合格后 12 个月", "12 months after final acceptance"),
        T("24_months", "终验收合格后 24 个月", "24 months after final acceptance"),
        T("on_site", "终验收合格后 12 个月，2 小时响应，24 小时到场",
          "12 months after final acceptance; answer within 2 hours, on site within 24")))  # fmt: skip


@seeds
def costs() -> None:
    """What things cost us is not shown to those who sell, deliver and serve, until an administrator says otherwise."""
    roles.seed_fields("costs", "sales", COSTS)
    for role in ("service", "warehouse"):
        roles.seed_fields(f"costs of {role}", role, COSTS)


@seeds
def pipeline() -> None:
    """The pipeline of a company that has none yet, and a step for every stage."""
    ship()
    stages_as_steps(list(Stage._base_manager.filter(deleted_at=None).order_by("position", "pk")))


@seeds
def class_rules() -> None:
    """Who wants something is an opportunity customer; who bought orders."""
    classes.ship({"opportunity_opened": 3, "opportunity_won": 4})
