"""Terms of payment that ship with the program."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from ..models import PaymentPlan, PaymentPlanStep
from ..models.instalment import Basis

SIGNED, ACCEPTED = _("An order is signed"), _("Goods are accepted")
B = Basis
SHIPPED: tuple[tuple[str, str, tuple[tuple[int, str, int], ...]], ...] = (
    ("款到发货", "Paid in advance", ((100, B.SIGNED, 0),)),
    ("货到 30 天", "30 days after delivery", ((100, B.DELIVERED, 30),)),
    ("30/60/10", "30/60/10", ((30, B.SIGNED, 7), (60, B.DELIVERED, 30), (10, B.WARRANTY, 0))),
    ("30/30/35/5", "30/30/35/5", ((30, B.SIGNED, 7), (30, B.DELIVERED, 0), (35, B.ACCEPTED, 30), (5, B.WARRANTY, 0))),
)


def ship() -> None:
    """Make them where a company has none."""
    if PaymentPlan._base_manager.exists():
        return
    for zh, en, steps in SHIPPED:
        plan = PaymentPlan._base_manager.create(name=zh, name_en=en)
        PaymentPlanStep._base_manager.bulk_create(
            PaymentPlanStep(plan=plan, position=n, share=Decimal(share), basis=basis, days=days) for n, (share, basis, days) in enumerate(steps, 1))
