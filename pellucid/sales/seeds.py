"""What ships with sales: why deals are lost, and a first pipeline."""

from __future__ import annotations

from pellucid.customers.actions import classes
from pellucid.kernel.records.seeds import Shipped as T
from pellucid.kernel.records.seeds import dictionary, seeds

from .actions.pipelines import ship
from .documents import stages_as_steps
from .models import Stage


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


@seeds
def pipeline() -> None:
    """The pipeline of a company that has none yet, and a step for every stage."""
    ship()
    stages_as_steps(list(Stage._base_manager.filter(deleted_at=None).order_by("position", "pk")))


@seeds
def class_rules() -> None:
    """Who wants something is an opportunity customer; who bought orders."""
    classes.ship({"opportunity_opened": 3, "opportunity_won": 4})
