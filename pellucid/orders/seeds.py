"""What ships with contracts and orders: ways and terms of payment, why goods come back, how customers rise by buying."""

from __future__ import annotations

from pellucid.customers import happenings
from pellucid.customers.actions import classes
from pellucid.kernel.access import roles
from pellucid.kernel.records.seeds import Shipped as T
from pellucid.kernel.records.seeds import dictionary, seeds

from .actions import crediting, levels, plans, usual_plans, values
from .selectors import last_signed, with_open_order

happenings.declare("order_signed", plans.SIGNED)
happenings.declare("goods_accepted", plans.ACCEPTED)
happenings.count_as_deals(happenings.Deals(with_open_order, last_signed, last_signed))


@seeds
def dictionaries() -> None:
    """Ways of payment, reasons for a return; an administrator changes them."""
    dictionary("payment_method", (T("transfer", "银行转账", "Bank transfer"), T("draft", "银行承兑汇票", "Bank draft"),
                                  T("commercial", "商业承兑汇票", "Commercial draft"), T("cheque", "支票", "Cheque"), T("cash", "现金", "Cash"),
                                  T("letter", "信用证", "Letter of credit"), T("offset", "抵账", "Set off")))  # fmt: skip
    dictionary("return_reason", (T("quality", "质量问题", "Quality"), T("damage", "运输损坏", "Damaged on the way"),
                                 T("wrong", "发错货", "Wrong goods"), T("late", "交货太晚", "Too late"),
                                 T("surplus", "客户多订", "Ordered too much"), T("other", "其他", "Other")))  # fmt: skip


@seeds
def class_rules() -> None:
    """Who signed an order is an ordering customer; who accepted the goods uses them."""
    classes.ship({"order_signed": 4, "goods_accepted": 5})


@seeds
def costs() -> None:
    """What orders cost us is not shown to those who sell, deliver and serve, until an administrator says otherwise."""
    roles.seed_fields("order margin", "sales", {"order": ("margin",)})
    lines = ("unit_cost", "cost", "cost_base")
    roles.seed_fields("order costs", "sales", {"order": ("cost",), "orderline": lines})
    for role in ("service", "warehouse"):
        roles.seed_fields(f"order costs of {role}", role, {"order": ("cost", "margin"), "orderline": lines})


@seeds
def standing() -> None:
    """How far a customer is trusted is not shown to who reads no credit profile."""
    names = ("credit_grade", "over_credit", "terms_beyond_grade")
    for role in ("service", "warehouse"):
        roles.seed_fields(f"credit standing of {role}", role, {"order": names, "contract": names})


@seeds
def terms_of_payment() -> None:
    """Usual terms of payment, for a company that has none yet."""
    plans.ship()


@seeds
def credit_grades() -> None:
    """What the grades of credit give, for a company that has said nothing of it yet."""
    crediting.ship()


@seeds
def dunning_levels() -> None:
    """Levels of dunning, for a company that has none yet."""
    levels.ship()


@seeds
def execution_plans() -> None:
    """Usual obligations of orders by kind of contract, for a company that has none yet."""
    usual_plans.ship()


@seeds
def value_models() -> None:
    """What customers are worth and how far they are trusted, for a company that has no model yet."""
    values.ship()
