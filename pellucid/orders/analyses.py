"""The named analyses of contracts, orders and money."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.metrics.adding import more
from pellucid.kernel.metrics.declare import PICKED, Analysis, Ask, Causes, Choice, Part, declare

NET = "net_base"
SALES, PRODUCTS, ORDERS = _("Sales analyses"), _("Product analyses"), _("Order execution analyses")
WHO = ("unit", "owner", "customer", "product_class", "industry", "region", "level")
declare(
    Analysis("AN12", _("Sales status"), SALES, _("What do we sell, to whom, with what profit, and how does it run?"), (
        Part(_("Over time"), Ask(("amount",), by=("product_class",), grain="month"), "stacked", "last_12_months"),
        Part(_("Customers"), Ask(("amount", "profit", "margin", "order_count"), by=("customer",), order="amount", top=20, share=("amount",))),
        Part(_("Products"), Ask(("amount", "profit", "margin", "order_count"), by=("product",), order="amount", top=20, share=("amount",))),
        Part(_("Product classes"), Ask(("amount", "profit", "margin"), by=("product_class",), order="amount", share=("amount",)), side="left"),
        Part(_("Branches"), Ask(("amount", "profit", "margin"), by=("branch",), order="amount", share=("amount",)), side="right"),
    ), period="this_year", filters=WHO, position=12, figures=("amount", "profit", "margin", "order_count", "buyers", "won_customers"),
       note=_("Sales are without tax, by the day of signing; lines without cost are in no profit.")),
    Analysis("AN17", _("Composition of sales"), SALES, _("Which part of sales, and of profit, does each customer and product bring?"), (
        Part(_("Customers"), Ask(("amount", "profit"), by=("customer",), order="amount", top=20, share=("amount", "profit"))),
        Part(_("Products"), Ask(("amount", "profit"), by=("product",), order="amount", top=20, share=("amount", "profit"))),
        Part(_("Industries"), Ask(("amount", "profit"), by=("industry",), order="amount", share=("amount", "profit"))),
    ), period="this_year", filters=WHO, position=20, figures=("amount", "profit", "margin", "cost_missing")),
    Analysis("AN04", _("Customer ranking"), _("Customer analyses"), _("Which customers bring most?"), (
        Part(_("Ranking"), Ask(("amount", "order_count", "profit", "received", "returned_amount"), by=("customer",), order="amount", top=20,
                               share=("amount",))),
    ), period="this_year", filters=("unit", "owner", "industry", "region", "level"), position=4,
       figures=("amount", "buyers", "received", "order_count")),
    Analysis("R091", _("Contracts"), ORDERS, _("What was signed, of which kind, by whom?"), (
        Part(_("Over time"), Ask(("contract_amount",), by=("contract_kind",), grain="month"), "stacked", "last_12_months"),
        Part(_("Kinds"), Ask(("contract_count", "contract_amount"), by=("contract_kind",), share=("contract_amount",)), side="left"),
        Part(_("Branches"), Ask(("contract_count", "contract_amount"), by=("branch",), order="contract_amount"), side="right"),
        Part(_("By person"), Ask(("contract_count", "contract_amount"), by=("owner",), order="contract_amount")),
    ), period="this_year", filters=("unit", "owner", "customer", "contract_kind"), position=35, figures=("contract_count", "contract_amount")),
    Analysis("AN26", _("Products by sales"), PRODUCTS, _("Which products sell most?"), (
        Part(_("Ranking"), Ask(("amount", "order_count", "buyers"), by=("product",), order="amount", top=20, share=("amount",))),
        Part(_("Product classes"), Ask(("amount",), by=("product_class",), order="amount", share=("amount",))),
    ), period="this_year", filters=WHO, position=26, figures=("amount", "order_count", "buyers")),
    Analysis("AN27", _("Products by quantity"), PRODUCTS, _("Of which products do we sell most, within each unit of measure?"), (
        Part(_("Ranking"), Ask(("qty", "amount"), by=("uom", "product"), order="qty", within="uom"), note=_(
            "Quantities are compared within one unit of measure only.")),
    ), period="this_year", filters=WHO, position=27, figures=("order_count", "buyers")),
    Analysis("AN28", _("Products by profit"), PRODUCTS, _("Which products earn most, which lose?"), (
        Part(_("Ranking"), Ask(("profit", "margin", "amount", "cost_missing"), by=("product",), order="profit"), note=_(
            "Lines without cost are in no profit; how many there are stands beside it.")),
    ), period="this_year", filters=WHO, position=28, figures=("profit", "margin", "cost_missing")),
    Analysis("AN30", _("Products by returns"), PRODUCTS, _("What comes back, how much of what was sold, and why?"), (
        Part(_("Products"), Ask(("returned_amount", "returned_qty", "amount", "return_rate"), by=("product",), order="returned_amount", top=20)),
        Part(_("Reasons"), Ask(("returned_amount",), by=("return_reason",), order="returned_amount", share=("returned_amount",)), tone="warm"),
        Part(_("Over time"), Ask(("returned_amount",), grain="month"), "columns", "last_12_months"),
    ), period="this_year", filters=WHO, position=30, figures=("returned_amount", "return_rate", "net_amount")),
    Analysis("AN31", _("Product attributes"), PRODUCTS,
             _("Which attributes sell, and which earn: what has how much power, which control, which colour?"), (
        Part(_("By value"), Ask(("amount", "profit", "margin", "order_count", "cost_missing"), by=(PICKED,), order="amount", share=("amount",))),
        Part(_("Over time"), Ask(("amount",), by=(PICKED,), grain="month"), "stacked", "last_12_months"),
        Part(pgettext_lazy("goods", "Quantities"), Ask(("qty", "amount"), by=("uom", PICKED), order="qty", within="uom"), note=_(
            "Quantities are compared within one unit of measure only.")),
        Part(_("Who buys what"), Ask(("amount",), by=("industry", PICKED)), "grid"),
    ), period="this_year", filters=WHO, position=31, figures=("amount", "profit", "margin", "cost_missing"),
       note=_("One attribute at a time, with the values products had when their lines were signed; numbers by their bands. Whatever was not filled"
              " in then is a row of its own."),
       choice=Choice("order_lines", _("Attribute"),
                     _("There is no attribute of products yet. Once it is defined, it is asked for on each product, and what is signed from then on"
                       " keeps it."), (_("Define attributes"), "/settings/fields/product", "customfield.edit"))),
    Analysis("AN36", _("Execution: shipping and collection"), ORDERS,
             _("What has become of the orders that were signed, what went out and was paid in the period, and what is owed?"), (
        Part(_("Orders signed in the period, by owner"), Ask(("ordered_gross", "cohort_delivered", "cohort_invoiced", "cohort_received",
                                                             "cohort_returned", "delivered_rate", "received_rate", "due_received_rate"),
                                                            by=("owner",), order="ordered_gross"), note=_(
            "Orders signed in the period, and what had become of them by the day asked about, whenever it happened.")),
        Part(_("By month of signing"), Ask(("ordered_gross", "cohort_delivered", "cohort_invoiced", "cohort_received"), grain="month"),
             "columns", "last_12_months", note=_("Each month stands for the orders signed in it, and what has become of them.")),
        Part(_("By day of event"), Ask(("delivered", "invoiced", "received", "fallen_due", "returned_amount"), grain="month"), "lines",
             "last_12_months", note=_("What went out, was invoiced, paid, fell due and came back in each month, whenever its order was signed.")),
        Part(_("In the period, by person"), Ask(("delivered", "invoiced", "received", "receivable", "overdue", "delivery_in_time_rate"),
                                                by=("owner",), order="receivable"), note=_(
            "What happened in the period, whenever its order was signed, and what is owed at its end.")),
        Part(_("Owed by age"), Ask(("receivable", "open_instalments"), by=("due_age",), order="due_age", share=("receivable",)), tone="warm"),
    ), period="this_year", filters=("unit", "owner", "customer", "contract_kind", "level", "region"), position=36,
       figures=("delivered_rate", "received_rate", "due_received_rate", "promises_kept_rate", "receivable", "dso"),
       note=_("Two views: of the orders signed in the period, and of what happened in it; each part says which. With tax, in the company's"
              " currency.")),
    Analysis("R158", _("How customers pay"), ORDERS, _("Who pays late, how late, and where does what was owed come from?"), (
        Part(_("How customers pay"), Ask(("instalments_owed", "late_instalments", "late_amount", "late_rate", "payment_days", "most_days_late",
                                          "disputed_instalments"), by=("customer",), order="late_amount", top=20)),
        Part(_("Customers that owe most"), Ask(("receivable", "overdue", "open_instalments", "late_instalments", "late_rate"), by=("customer",),
                                               order="overdue", top=20)),
        Part(_("Where what was owed comes from"), Ask(("instalments_owed", "became_owed", "late_rate"), by=("region",), order="became_owed")),
    ), period="this_year", filters=("unit", "owner", "customer", "level", "region"), position=36,
       figures=("became_owed", "instalments_owed", "late_instalments", "late_rate", "overdue", "dso"),
       note=_("By the day since when something was owed, whenever the order was signed; with tax.")),
    Analysis("R056", _("Ageing of receivables"), ORDERS, _("What is owed, how long already, by whom, with whom?"), (
        Part(_("By age"), Ask(("receivable", "open_instalments"), by=("due_age",), order="due_age", share=("receivable",)), tone="warm", side="left"),
        Part(_("Owed at the end of each month"), Ask(("receivable",), grain="month"), "lines", "last_12_months", side="right"),
        Part(_("Customers by age"), Ask(("receivable",), by=("customer", "due_age"), order="due_age"), "grid"),
        Part(_("By owner and age"), Ask(("receivable",), by=("owner", "due_age"), order="due_age"), "grid"),
        Part(_("By branch and age"), Ask(("receivable",), by=("branch", "due_age"), order="due_age"), "grid"),
        Part(_("By industry and age"), Ask(("receivable",), by=("industry", "due_age"), order="due_age"), "grid"),
        Part(_("By region and age"), Ask(("receivable",), by=("region", "due_age"), order="due_age"), "grid"),
    ), period="", filters=("unit", "owner", "collector", "customer", "industry", "region", "level"), position=36,
       figures=("receivable", "overdue", "open_instalments"),
       note=_("By the ledger at the end of the day; what was paid, returned or written off later is owed still on an earlier day.")),
    Analysis("AN37", _("Orders by stage of execution"), ORDERS, _("How far are the orders, by state and by what was delivered and paid?"), (
        Part(_("By state"), Ask(("orders_in_state", "amount_in_state"), by=("order_state",), order="order_state")),
        Part(_("Delivered against paid"), Ask(("orders_standing", "standing_amount"), by=("delivered_far", "paid_far")), "grid"),
        Part(_("Branches"), Ask(("orders_in_state", "amount_in_state"), by=("branch",), order="amount_in_state")),
    ), period="", filters=("unit", "owner", "customer"), position=37, figures=("orders_in_state", "amount_in_state", "receivable", "overdue")),
    Analysis("AN38", _("Executors"), ORDERS, _("Who carried out what, in time, and who collects what is owed?"), (
        Part(_("Steps of the plan"), Ask(("steps_due", "steps_met", "steps_in_time", "steps_delay", "steps_overdue", "steps_done", "steps_amount"),
                                         by=("executor",), order="steps_due")),
        Part(_("What was done how well"), Ask(("steps_due", "steps_in_time", "steps_delay", "steps_overdue"), by=("plan_step",), order="steps_due")),
        Part(_("Deliveries"), Ask(("delivery_count", "delivered", "deliveries_in_time", "delivery_in_time_rate"), by=("executor",),
                                  order="delivered")),
        Part(_("Quantities delivered"), Ask(("delivered_qty", "delivery_count"), by=("uom", "executor"), order="delivered_qty", within="uom")),
        Part(_("Collection"), Ask(("fallen_due", "received", "collected_share", "overdue", "late_rate"), by=("collector",), order="overdue")),
    ), period="this_quarter", filters=("unit", "customer"), position=38,
       figures=("steps_due", "steps_in_time", "steps_delay", "steps_overdue", "delivery_in_time_rate", "received")),
)  # fmt: skip
declare(
    Causes(
        "AN18", _("Why sales changed"), SALES, _("By how much did sales change against the period before or last year, and why?"), "order_lines",
        "amount", "customer", "product", "uom", "quantity", NET, currency="order__currency", foreign="net", cost="cost_base", profit="profit",
        returned="returns", net="net_amount", position=18, noun=_("accounts"), item_noun=pgettext_lazy("count", "products"), filters=WHO,
        by=("branch", "unit", "owner", "product_class", "industry", "region", "level"),
        words={
            "party_new": (pgettext_lazy("cause", "New customers"), _("What customers without any earlier sale bought, all of it.")),
            "party_back": (_("Customers that came back"), _("What customers bought that had bought before, but not in the earlier period.")),
            "party_lost": (_("Customers that stayed away"), _("What customers had bought that bought nothing in this period.")),
            "item_new": (_("Products taken up"), _("Of kept customers: products without a quantity in the earlier period.")),
            "item_gone": (_("Products dropped"), _("Of kept customers: products without a quantity in this period.")),
            "volume": (pgettext_lazy("cause", "Quantity"), _("Of kept customers and of products with a quantity in both periods: everything sold as "
                                                             "before, but more or less of it; within one unit of measure.")),
            "mix": (_("Mix"), _("Of the same: more of the dear, or of the cheap ones, at the old prices.")),
            "price": (pgettext_lazy("cause", "Price"), _("Of the same: the new quantities at new instead of old prices.")),
            "fx": (_("Exchange rates"), _("Of the same: amounts in other currencies at the rates of now, less the same at those of then.")),
            "cost": (pgettext_lazy("cause", "Cost"), _("Of the same: the new quantities at new instead of old costs.")),
            "no_quantity": (_("Without quantity"), _("Of kept customers: lines without a product, and products with a quantity in neither period.")),
        },
        note=_("Both periods as of the same day. Whoever is new within the filters is new here, also if another unit sold to him before. Where the "
               "parts are shown by a dimension, each value is worked out by itself; its parts add up to its own difference."),
    ),
)  # fmt: skip

more("AN03", Part(_("Sales by industry and level"), Ask(("amount",), by=("industry", "level")), "grid"), figures=("amount",))
