"""What the program shows of contracts, orders, what is owed for them and what was paid."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.resources.declare import Board, Calendar, Related, Resource, Section, Sort, Sum, View, place, register

from .models import (
    Contract,
    ContractParty,
    Delivery,
    Instalment,
    Order,
    OrderLine,
    PaymentPlan,
    PaymentPlanStep,
    PaymentWarning,
    Posting,
    Receipt,
    ReturnedGoods,
)

GRANTS = {"admin": "manage", "executive": "manage", "branch_manager": "manage", "sales_manager": "manage", "sales": "work", "marketing": "none",
          "service": "read", "finance": "read", "warehouse": "read", "auditor": "read"}  # fmt: skip
MONEY = {**GRANTS, "finance": "manage", "warehouse": "none"}
GOODS = {**GRANTS, "service": "read", "warehouse": "work"}
TAKEN = {"admin": "manage", "executive": "manage", "branch_manager": "read", "sales_manager": "read", "sales": "read", "marketing": "none",
         "service": "none", "finance": "manage", "warehouse": "none", "auditor": "read"}  # fmt: skip
LEDGER = {role: "none" if level == "none" else "read" for role, level in MONEY.items()}
RULES = {"admin": "manage:all", "executive": "manage:all", "branch_manager": "read:all", "sales_manager": "read:all", "sales": "read:all",
         "marketing": "none", "service": "none", "finance": "manage:all", "warehouse": "none", "auditor": "read:all"}  # fmt: skip


@register
class ContractResource(Resource):
    """Contracts."""

    model = Contract
    path = "contracts"
    icon = "file-text"
    columns = ("name", "number", "customer", "kind", "state", "amount", "signed_on", "owner")
    more = ("opportunity", "quotation", "currency", "rate", "amount_base", "starts_on", "ends_on", "warranty_months", "voided_on",
            "credit_grade", "over_credit", "terms_beyond_grade", "issued_by", "unit", "branch", "created_at")
    sections = (
        Section(_("Contract"), ("customer", "name", "kind", "opportunity", "amount", "signed_on", "starts_on", "ends_on",
                                "warranty_months", "terms")),
        Section(_("Whose"), ("owner", "unit")),
        Section(_("More"), ("number", "issued_by", "quotation", "state", "currency", "rate", "amount_base", "voided_on", "note")),
    )
    form = ("customer", "opportunity", "name", "kind", "starts_on", "ends_on", "warranty_months", "owner")
    filters = ("state", "kind", "customer", "amount", "signed_on", "starts_on", "ends_on", "opportunity", "credit_grade", "over_credit",
               "terms_beyond_grade", "owner", "unit", "branch", "created_at")  # fmt: skip
    sorts = (Sort("created_at", "created_at", desc=True), Sort("amount", "amount", desc=True))
    search = {"name": "text", "number": "code", "customer": "link"}
    sums = (Sum("amount_base", _("Amount")),)
    views = (
        View("active", _("In force"), {"f.state": "in:active"}),
        View("mine", pgettext_lazy("owned", "Mine"), {"f.owner": "me"}),
        View("draft", _("Drafts"), {"f.state": "in:draft"}),
        View("ending", _("Ending within 90 days"), {"f.state": "in:active", "f.ends_on": "within:next_90_days"}),
        View("all", _("All"), {}),
    )
    party = "customer"
    facts = ("amount", "signed_on", "ends_on")
    managed = ("state", "number", "issued_by", "signed_on", "voided_on", "amount", "amount_base", "credit_grade", "over_credit", "terms_beyond_grade",
               "owner", "unit")  # fmt: skip
    importable = ("name", "customer", "kind", "currency", "rate", "starts_on", "ends_on", "warranty_months", "terms", "note")
    match = ("name",)
    calendar = Calendar(start="ends_on", text="name", told=True)
    grants = GRANTS


@register
class ContractPartyResource(Resource):
    """Who else has a part in a contract, read through it."""

    model = ContractParty
    path = "contract-parties"
    icon = "users-group"
    title = "customer"
    columns = ("customer", "part", "contract", "note")
    more = ("created_by", "created_at")
    sections = (Section(_("Party of a contract"), ("contract", "part", "customer", "note")),)
    form = ("contract", "part", "customer", "note")
    filters = ("contract", "part", "customer")
    sorts = (Sort("created_at", "created_at", desc=True),)
    search = {"customer": "link"}
    grants = GRANTS


@register
class OrderResource(Resource):
    """Orders under contracts."""

    model = Order
    path = "orders"
    icon = "package"
    columns = ("name", "number", "customer", "state", "amount", "received", "receivable", "promised_on", "owner")
    more = ("contract", "special_reason", "signed_on", "accepted_on", "warranty_months", "voided_on",
            "net", "tax", "cost", "planned", "remainder", "margin",
            "credit_grade", "over_credit", "terms_beyond_grade", "delivered", "returned", "is_first", "sold_by", "sold_unit", "currency", "rate",
            "amount_base", "unit", "branch", "created_at")  # fmt: skip
    sections = (
        Section(_("Customer order"), ("customer", "contract", "name", "amount", "net", "tax", "signed_on", "promised_on", "accepted_on",
                                      "warranty_months")),
        Section(pgettext_lazy("order", "Carried out"), ("delivered", "returned", "received", "receivable")),
        Section(_("Whose"), ("owner", "unit")),
        Section(_("Credit check"), ("credit_grade", "over_credit", "terms_beyond_grade")),
        Section(_("More"), ("number", "state", "special_reason", "planned", "remainder", "cost", "margin", "currency", "rate", "amount_base",
                            "is_first", "voided_on", "note")),
    )  # fmt: skip
    form = ("contract", "name", "promised_on", "warranty_months", "special_reason", "owner")
    filters = ("state", "customer", "contract", "amount", "received", "receivable", "margin", "credit_grade", "over_credit", "terms_beyond_grade",
               "special_reason", "signed_on", "promised_on", "accepted_on", "is_first", "owner", "unit", "branch", "created_at")  # fmt: skip
    sorts = (Sort("created_at", "created_at", desc=True), Sort("amount", "amount", desc=True), Sort("promised_on", "promised_key"))
    search = {"name": "text", "number": "code", "customer": "link"}
    sums = (Sum("amount_base", _("Amount")), Sum("receivable", _("Receivable")))
    views = (
        View("running", _("In execution"), {"f.state": "in:signed,running,delivered"}),
        View("mine", pgettext_lazy("owned", "Mine"), {"f.owner": "me"}),
        View("pending", _("To be confirmed"), {"f.state": "in:pending"}),
        View("special", _("Wait for a credit decision"), {"f.state": "in:draft,pending", "f1.over_credit": "is:1", "f1.terms_beyond_grade": "is:1"}),
        View("late", _("Delivery late"), {"f.state": "in:signed,running", "f.promised_on": "within:overdue"}),
        View("owing", _("Money owed"), {"f.receivable": "gte:0.01"}),
        View("all", _("All"), {}),
    )
    party = "customer"
    facts = ("amount", "delivered", "received", "receivable")
    managed = ("state", "signed_on", "accepted_on", "voided_on", "customer", "currency", "rate", "net", "tax", "amount", "amount_base", "cost",
               "margin", "credit_grade", "over_credit", "terms_beyond_grade", "planned", "remainder", "delivered", "returned", "received",
               "receivable", "is_first", "sold_by", "sold_unit", "sold_branch", "number", "owner", "unit")  # fmt: skip
    importable = ("contract", "name", "promised_on", "special_reason", "note")
    match = ("number", "name")
    calendar = Calendar(start="promised_on", text="name", told=True)
    board = Board("state", above=("customer",), card=("amount", "receivable"), foot="promised_on", folded=("closed", "void"),
                  sums=(Sum("amount_base", _("Amount")),))  # fmt: skip
    grants = GRANTS
    number = "DD"


@register
class OrderLineResource(Resource):
    """What is ordered, read through the order."""

    model = OrderLine
    path = "order-lines"
    icon = "list-details"
    columns = ("name", "order", "product", "quantity", "uom", "unit_price", "discount", "tax_rate", "amount", "delivered")
    more = ("net", "net_base", "tax", "unit_cost", "cost", "cost_base", "promised_on", "returned", "signed_on", "voided_on", "note", "created_at")
    sections = (
        Section(_("Order line"), ("order", "product", "name", "quantity", "uom", "unit_price", "discount", "tax_rate", "net", "tax", "amount")),
        Section(pgettext_lazy("order", "Carried out"), ("promised_on", "delivered", "returned")),
        Section(_("More"), ("unit_cost", "cost", "note")),
    )
    form = ("order", "product", "name", "quantity", "unit_price", "discount", "tax_rate", "promised_on", "note")
    filters = ("order", "product", "quantity", "amount", "promised_on")
    sorts = (Sort("created_at", "created_at", desc=True),)
    managed = ("net", "net_base", "tax", "amount", "cost", "cost_base", "delivered", "returned", "signed_on", "voided_on")
    importable = ("order", "product", "name", "quantity", "uom", "unit_price", "discount", "tax_rate", "unit_cost", "promised_on", "note")
    grants = GRANTS


@register
class InstalmentResource(Resource):
    """When orders are owed, read through the order."""

    model = Instalment
    path = "instalments"
    icon = "calendar-due"
    columns = ("name", "customer", "order", "due_on", "amount", "allocated", "balance", "disputed", "in_charge")
    more = ("position", "basis", "days", "share", "owed", "credited", "note", "created_at")
    sections = (
        Section(_("Instalment"), ("customer", "order", "name", "basis", "days", "share", "amount", "due_on", "in_charge",
                                      "disputed")),
        Section(pgettext_lazy("order", "Carried out"), ("owed", "allocated", "credited", "balance")),
        Section(_("More"), ("position", "note")),
    )
    form = ("order", "basis", "days", "share", "amount", "due_on", "in_charge", "note")
    filters = ("customer", "order", "due_on", "amount", "balance", "basis", "disputed", "in_charge")
    sorts = (Sort("due_on", "due_key"), Sort("created_at", "created_at", desc=True))
    search = {"customer": "link", "order": "link"}
    sums = (Sum("amount", _("Amount")), Sum("balance", _("Still owed")))
    views = (
        View("overdue", _("Overdue"), {"f.balance": "gte:0.01", "f.due_on": "within:overdue"}),
        View("owed", _("Owed"), {"f.balance": "gte:0.01"}),
        View("mine", _("To be collected by me"), {"f.in_charge": "me", "f.balance": "gte:0.01"}),
        View("all", _("All"), {}),
    )
    facts = ("amount", "due_on", "allocated", "balance")
    managed = ("customer", "position", "owed", "allocated", "credited", "balance")
    calendar = Calendar(start="due_on", text="name", person="in_charge", told=True)
    grants = MONEY


@register
class ReceiptResource(Resource):
    """Money received, read through the payer."""

    model = Receipt
    path = "receipts"
    icon = "cash"
    title = "number"
    columns = ("number", "customer", "kind", "amount", "received_on", "method", "allocated", "free")
    more = ("currency", "rate", "amount_base", "came_in", "refunded", "reference", "issued_by", "counters", "reversed_on", "note", "created_by",
            "created_at")  # fmt: skip
    sections = (
        Section(_("Receipt"), ("customer", "amount", "received_on", "method", "reference", "kind", "counters")),
        Section(_("Where it went"), ("allocated", "refunded", "free", "reversed_on")),
        Section(_("More"), ("number", "issued_by", "currency", "rate", "amount_base", "note")),
    )
    form = ("customer", "amount", "received_on", "method", "reference", "note")
    filters = ("customer", "kind", "amount", "received_on", "method", "free", "reversed_on", "issued_by")
    sorts = (Sort("created_at", "created_at", desc=True),)
    search = {"number": "code", "reference": "code", "customer": "link"}
    sums = (Sum("came_in", pgettext_lazy("money", "Came in")), Sum("free", _("Prepaid")))
    views = (
        View("month", _("This month"), {"f.received_on": "within:this_month"}),
        View("free", _("To be allocated"), {"f.free": "gte:0.01"}),
        View("all", _("All"), {}),
    )
    party = "customer"
    facts = ("amount", "allocated", "free")
    managed = ("number", "issued_by", "kind", "allocated", "refunded", "free", "counters", "reversed_on", "amount_base", "came_in")
    importable = ("customer", "amount", "received_on", "currency", "rate", "method", "reference", "note")
    grants = TAKEN


@register
class PostingResource(Resource):
    """The ledger, read through the order. It is written by what happens, never by hand."""

    model = Posting
    path = "postings"
    icon = "book-2"
    title = "kind"
    columns = ("kind", "posted_on", "order", "instalment", "amount", "receipt", "reason")
    more = ("due_on", "amount_base", "customer", "sold_by", "sold_unit", "sold_branch", "created_by", "created_at")
    sections = (Section(_("Posting"), ("kind", "posted_on", "order", "instalment", "amount", "receipt", "reason", "due_on", "sold_by", "sold_unit")),)
    filters = ("kind", "posted_on", "order", "instalment", "receipt", "amount", "customer")
    sorts = (Sort("created_at", "created_at", desc=True),)
    sums = (Sum("amount_base", _("Amount")),)
    managed = ("kind", "posted_on", "order", "instalment", "amount", "amount_base", "receipt", "reason", "due_on", "customer", "sold_by", "sold_unit",
               "sold_branch")  # fmt: skip
    grants = LEDGER


@register
class DeliveryResource(Resource):
    """What went out, read through the order."""

    model = Delivery
    path = "deliveries"
    icon = "truck-delivery"
    title = "line"
    columns = ("line", "order", "batch", "quantity", "amount", "delivered_on", "promised_on", "executor", "carrier")
    more = ("warehouse", "note", "created_at")
    sections = (Section(_("Delivery"), ("order", "line", "batch", "quantity", "amount", "delivered_on", "promised_on", "executor", "warehouse",
                                        "carrier", "note")),)  # fmt: skip
    form = ("order", "line", "quantity", "delivered_on", "warehouse", "carrier", "note")
    filters = ("order", "line", "delivered_on", "promised_on", "executor", "warehouse")
    sorts = (Sort("created_at", "created_at", desc=True),)
    managed = ("batch", "amount", "net_base", "promised_on")
    grants = GOODS


@register
class ReturnedGoodsResource(Resource):
    """What came back, read through the order."""

    model = ReturnedGoods
    path = "returns"
    icon = "truck-return"
    title = "line"
    columns = ("line", "order", "quantity", "amount", "returned_on", "reason")
    more = ("note", "created_by", "created_at")
    sections = (Section(_("Return"), ("order", "line", "quantity", "amount", "returned_on", "reason", "note")),)
    form = ("order", "line", "quantity", "returned_on", "reason", "note")
    filters = ("order", "line", "returned_on", "reason")
    sorts = (Sort("created_at", "created_at", desc=True),)
    managed = ("amount", "net_base")
    grants = GOODS


@register
class PaymentWarningResource(Resource):
    """Who may stop paying; made every night, read through the customer."""

    model = PaymentWarning
    path = "payment-warnings"
    icon = "alert-triangle"
    title = "customer"
    columns = ("customer", "stake", "owed", "chance", "reason", "since")
    more = ("created_at", "updated_at")
    sections = (Section(_("Payment warning"), ("customer", "stake", "owed", "chance", "reason", "since")),)
    filters = ("reason", "stake", "chance", "owed", "since", "customer")
    sorts = (Sort("stake", "stake", desc=True),)
    search = {"customer": "link"}
    sums = (Sum("stake", _("At stake")), Sum("owed", pgettext_lazy("warning", "Owed")))
    views = (View("all", _("All"), {}),)
    managed = ("customer", "stake", "chance", "reason", "owed", "since")
    grants = {role: "none" if level == "none" else "read" for role, level in TAKEN.items()}


@register
class PaymentPlanResource(Resource):
    """Terms of payment."""

    model = PaymentPlan
    path = "payment-terms"
    icon = "chart-pie"
    columns = ("name", "name_en", "active")
    sections = (Section(_("Terms of payment"), ("name", "name_en", "active")),)
    form = ("name", "name_en", "active")
    filters = ("active",)
    sorts = (Sort("created_at", "created_at", desc=True),)
    grants = RULES


@register
class PaymentPlanStepResource(Resource):
    """Their parts, read through them."""

    model = PaymentPlanStep
    path = "payment-term-parts"
    icon = "chart-pie"
    columns = ("name", "plan", "position", "share", "basis", "days")
    sections = (Section(pgettext_lazy("payment", "Part"), ("plan", "position", "share", "basis", "days", "name")),)
    form = ("plan", "position", "share", "basis", "days", "name")
    filters = ("plan", "basis")
    sorts = (Sort("created_at", "created_at", desc=True),)
    grants = RULES


place(
    Related("customer", "contract", "customer", ("name", "kind", "state", "amount", "signed_on", "owner"), position=16),
    Related("customer", "order", "customer", ("name", "state", "amount", "received", "receivable", "owner"), position=17),
    Related("customer", "receipt", "customer", ("number", "amount", "received_on", "allocated", "free"), position=18),
    Related("opportunity", "contract", "opportunity", ("name", "kind", "state", "amount", "signed_on"), position=30),
    Related("contract", "contractparty", "contract", ("customer", "part", "note"), position=20),
    Related("customer", "contractparty", "customer", ("contract", "part", "note"), position=19),
    Related("contract", "order", "contract", ("name", "number", "state", "amount", "delivered", "received", "receivable"), position=10),
    Related("order", "orderline", "order", ("name", "quantity", "uom", "unit_price", "discount", "tax_rate", "amount", "delivered"), position=10,
            paper=True),
    Related("order", "instalment", "order", ("name", "amount", "due_on", "allocated", "credited", "balance", "in_charge"), position=20),
    Related("order", "delivery", "order", ("line", "batch", "quantity", "delivered_on", "carrier", "executor"), position=30),
    Related("order", "returnedgoods", "order", ("line", "quantity", "amount", "returned_on", "reason"), position=40),
    Related("order", "posting", "order", ("kind", "posted_on", "instalment", "amount", "receipt", "reason"), position=50),
    Related("receipt", "posting", "receipt", ("kind", "posted_on", "order", "instalment", "amount"), position=10),
    Related("instalment", "posting", "instalment", ("kind", "posted_on", "amount", "receipt", "reason"), position=10),
    Related("paymentplan", "paymentplanstep", "plan", ("position", "share", "basis", "days", "name"), position=10),
    Related("product", "orderline", "product", ("name", "order", "quantity", "amount"), position=30),
)
