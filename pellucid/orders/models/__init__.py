"""Contracts, orders and what is owed and paid for them."""

from __future__ import annotations

from .change import OrderChange
from .contract import Contract
from .credit import CreditDecision, CreditGrade, CreditProfile
from .delivery import Delivery, ReturnedGoods
from .dunning import DunningCase, DunningLevel, DunningStep, PaymentPromise
from .executing import ExecutionPlan, OrderStep
from .instalment import Instalment, Posting
from .invoice import Invoice, InvoicePart
from .order import Order, OrderLine
from .party import ContractParty
from .plan import PaymentPlan, PaymentPlanStep
from .receipt import Receipt
from .value import CustomerValue, ValueGrade, ValueIndicator, ValueModel
from .warning import PaymentLook, PaymentWarning

__all__ = ["Contract", "ContractParty", "CreditDecision", "CreditGrade", "CreditProfile", "CustomerValue", "Delivery",
           "DunningCase", "DunningLevel", "DunningStep",
           "ExecutionPlan", "Instalment", "Invoice", "InvoicePart", "Order", "OrderChange", "OrderLine", "OrderStep", "PaymentLook", "PaymentPlan",
           "PaymentPlanStep", "PaymentPromise", "PaymentWarning", "Posting", "Receipt", "ReturnedGoods",
           "ValueGrade", "ValueIndicator", "ValueModel"]  # fmt: skip
