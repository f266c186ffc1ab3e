"""Execution plans that ship with the program, one for each kind of contract; a company changes them."""

from __future__ import annotations

from typing import NamedTuple

from pellucid.collaboration.models import Plan, PlanStep

from ..models import Contract, ExecutionPlan
from ..obligations import ACCEPTED, DELIVERY, INVOICED, RECEIPT

KIND = Contract.Kind


class S(NamedTuple):
    """A step: its names, the day it counts from, days, who does it; once for each of what, completed by what, whom to remind how early."""

    zh: str
    en: str
    since: str
    days: int
    doer: str
    each: str = ""
    fact: str = ""
    remind: int = 3
    also: str = ""
    counted: str = "calendar"


READY = S("备货完成", "Goods ready", "promised", -5, "warehouse", "batch", also="head", counted="working")
DELIVER = S("发货", "Delivery", "promised", 0, "warehouse", "batch", DELIVERY, also="head")
INVOICE = S("开票", "Invoice", "due", -3, "finance", "instalment", INVOICED)
COLLECT = S("收款", "Collection", "due", 0, "part", "instalment", RECEIPT, 5, "finance")
ACCEPT = S("客户验收", "Acceptance", "delivered", 15, "owner", fact=ACCEPTED, also="service")
WARRANTY = S("质保期满回访", "End of warranty", "warranty", 0, "service", remind=15, also="owner")
SHIPPED: tuple[tuple[str, str, str, tuple[S, ...]], ...] = (
    ("单次合同执行计划", "Single contract", KIND.SINGLE, (
        READY, DELIVER, S("安装调试", "Installation", "delivered", 10, "service", also="owner"), ACCEPT, INVOICE, COLLECT, WARRANTY)),
    ("特殊合同执行计划", "Special contract", KIND.SPECIAL, (
        S("技术协议确认", "Technical agreement", "signed", 5, "owner", also="manager", counted="working"),
        S("方案评审", "Design review", "signed", 15, "manager", also="head", counted="working"),
        READY, S("出厂预验收", "Factory acceptance", "promised", -3, "service", "batch", also="owner", counted="working"), DELIVER,
        S("安装调试", "Installation", "delivered", 12, "service", also="owner"), S("操作培训", "Training", "delivered", 14, "service"),
        ACCEPT, INVOICE, COLLECT, WARRANTY)),
    ("框架订单执行计划", "Order under a framework", KIND.FRAMEWORK, (
        READY, DELIVER, S("对账确认", "Statement agreed", "delivered", 7, "owner", also="finance"), INVOICE, COLLECT)),
)  # fmt: skip


def ship() -> None:
    """Make them where a company has none."""
    if ExecutionPlan._base_manager.exists():
        return
    for name, name_en, kind, steps in SHIPPED:
        plan = Plan._base_manager.create(name=name, kind=Plan.Kind.PLAN, about="order")
        ExecutionPlan._base_manager.create(name=name, name_en=name_en, contract_kind=kind, plan=plan)
        PlanStep._base_manager.bulk_create(
            PlanStep(plan=plan, position=10 * n, name=s.zh, name_en=s.en, since=f"order:{s.since}", days=s.days, counted=s.counted, doer=s.doer,
                     each=f"order:{s.each}" if s.each else "", fact=s.fact, remind=s.remind, also=s.also)
            for n, s in enumerate(steps, 1))  # fmt: skip
