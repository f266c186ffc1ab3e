"""Contracts, orders and what is owed and paid for them."""

from __future__ import annotations

from .contract import Contract
from .credit import CreditProfile
from .delivery import Delivery, ReturnedGoods
from .instalment import Instalment, Posting
from .order import Order, OrderLine
from .plan import PaymentPlan, PaymentPlanStep
from .receipt import Receipt

__all__ = ["Contract", "CreditProfile", "Delivery", "Instalment", "Order", "OrderLine", "PaymentPlan", "PaymentPlanStep", "Posting", "Receipt",
           "ReturnedGoods"]  # fmt: skip
