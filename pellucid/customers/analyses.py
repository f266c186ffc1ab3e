"""The named analyses of customers, and the steps customers take between classes."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.history.selectors import FOREVER
from pellucid.kernel.history.span_models import span_model
from pellucid.kernel.metrics.declare import Analysis, Ask, Change, Ctx, Derived, Dim, Measure, Part, declare, history
from pellucid.kernel.metrics.dims import people

from .measures import of_customer
from .models import Customer

GROUP = _("Customer analyses")
CONTACTS = ("follow_up_count", "visits", "visit_frequency", "visits_per_day", "decision_maker_rate", "coverage")


def before() -> Any:
    """The period of the same customer that ended when this one began."""
    return span_model(Customer)._base_manager.filter(recorded_to=FOREVER, pk=OuterRef("pk"), valid_to=OuterRef("valid_from"))


def after() -> Any:
    """The period of the same customer that began when this one ended."""
    return span_model(Customer)._base_manager.filter(recorded_to=FOREVER, pk=OuterRef("pk"), valid_from=OuterRef("valid_to"))


def class_before(ctx: Ctx) -> Any:
    """The class a customer came from; nothing for one that has just come."""
    return Subquery(before().values("customer_class")[:1])


DIMS = (*people(), *of_customer("record__"), Dim("customer", _("Customer"), "id", target="customer"))
declare(
    history("customer_moves", _("Steps between classes"), Customer,
            (*DIMS, Dim("class_from", _("From class"), class_before, like="customer_class"),
             Dim("class_to", _("To class"), "customer_class")),
            life=None, where=Q(~Exists(before().filter(customer_class=OuterRef("customer_class")))), title="record__name"),
    history("customer_losses", _("Customers removed"), Customer, (*DIMS, Dim("class_from", _("From class"), "customer_class")),
            axis="valid_to", life=None, where=Q(valid_to__lt=FOREVER) & Q(~Exists(after())), title="record__name"),
    Measure("class_moves", _("Steps between classes"), "customer_moves",
            _("Every step of a customer into another class, by day; from nothing: it has just come"), noun=_("times"), good=""),
    Measure("removed_customers", _("Removed customers"), "customer_losses", _("Customers by the day they were removed"),
            noun=_("accounts"), good="down"),
    Derived("follow_ups_per_customer", _("Follow-ups per customer"), "follow_up_count / customers",
            _("Follow-ups in the period, divided by the customers at its end"), unit="number"),
)  # fmt: skip

declare(
    Analysis("AN01", _("Customers by class"), GROUP, _("How many customers are in each class, now and on any day?"), (
        Part(_("Classes"), Ask(("customers",), by=("customer_class_then",), order="customer_class_then", share=("customers",))),
        Part(_("Over time"), Ask(("customers",), by=("customer_class_then",), grain="month"), "stacked", "last_12_months"),
    ), period="", position=1),
    Analysis("AN02", _("Change of customer resources"), GROUP, _("How did the number of customers move, and through which steps?"), (
        Part(_("Came and went"), Ask(("customers", "new_customers", "removed_customers"), by=("level",))),
        Part(_("Over time"), Ask(("customers",), by=("customer_class_then",), grain="month"), "stacked", "last_12_months"),
        Part(_("From class to class"), Ask(("customers",), by=("customer_class_then",)), "moves", change="AN02-change",
             note=_("Beginning, what came and went, end: every class adds up.")),
        Part(_("Steps between classes"), Ask(("class_moves",), by=("class_from", "class_to")), "grid", note=_("Every step, there and back as well.")),
    ), filters=("unit", "owner", "level", "industry", "origin"), position=2, change="AN02-change"),
    Analysis("AN03", _("Cross analysis of customers"), GROUP, _("Which customers are they: two dimensions against each other?"), (
        Part(_("Industry and level"), Ask(("customers",), by=("industry", "level")), "grid"),
        Part(_("Class and level"), Ask(("customers",), by=("customer_class_then", "level")), "grid"),
        Part(_("New customers by origin"), Ask(("new_customers",), by=("industry", "origin")), "grid"),
    ), period="this_year", filters=("unit", "owner", "level", "industry", "origin"), figures=("customers", "new_customers"), position=3,
        note=_("Any other two dimensions, with any figures, are in the cross analysis.")),
    Analysis("AN05", _("Contact situation"), GROUP, _("Whom have we left alone?"), (
        Part(_("By owner"), Ask(("quiet_customers", "follow_ups_per_customer", "last_contact"), by=("owner",))),
        Part(_("By level"), Ask(("quiet_customers", "follow_ups_per_customer"), by=("level",))),
    ), note=_("Contacts by any colleague count. A number opens the list."), position=5),
    Analysis("AN13", _("Sales contacts"), _("Sales analyses"), _("Who speaks with whom, how often, and with whom it counts?"), (
        Part(_("By person"), Ask(CONTACTS, by=("owner",))),
        Part(_("By kind"), Ask(("follow_up_count", "contacted_customers"), by=("follow_up_kind",))),
        Part(_("Over time"), Ask(("follow_up_count",), by=("follow_up_kind",), grain="week"), "stacked", "last_90_days"),
        Part(_("Weekday and person"), Ask(("follow_up_count",), by=("owner", "weekday")), "grid"),
    ), position=13),
)  # fmt: skip

declare(
    Change("AN02-change", _("Customers from class to class"), GROUP,
           _("In which class were customers on one day, in which on another?"), "customer_history", ("customers",), "customer_class_then",
           filters=("unit", "owner", "level", "industry", "origin"), noun=_("accounts"), position=2,
           note=_("Who went there and back in between has not moved.")),
)  # fmt: skip
