"""The numbers of this area: datasets of customers, their past and follow-ups, and what is counted over them."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.metrics.declare import Ctx, Derived, Dim, Measure, dataset, declare, history
from pellucid.kernel.metrics.dims import people, weekday
from pellucid.kernel.records import days, terms

from .models import Customer, CustomerClass, FollowUp
from .settings import quiet_days


def of_customer(via: str) -> tuple[Dim, ...]:
    """What a customer is today; `via` is the path to it."""
    return (
        Dim("customer_class", _("Class"), f"{via}customer_class", whole=True),
        Dim("level", _("Level"), f"{via}level"),
        Dim("industry", _("Industry"), f"{via}industry"),
        Dim("region", _("Region"), f"{via}region"),
        Dim("origin", _("Origin"), f"{via}origin"),
        Dim("customer_size", _("Size"), f"{via}size"),
        Dim("business", _("Line of business"), f"{via}business"),
        Dim("customer_kind", _("Kind of customer"), f"{via}kind"),
    )


def quiet(ctx: Ctx) -> Q:
    """Nobody has spoken with the customer for longer than its level allows, by the end of the day; the never contacted count from their entry."""
    levels = {level: terms.find("customer_level", level) for level in quiet_days() if level}
    found = Q(pk__in=[])
    for level, n in quiet_days().items():
        since = days.start_of(ctx.day - dt.timedelta(days=n))
        told = FollowUp._base_manager.filter(customer=OuterRef("pk"), at__gte=since, at__lt=days.end_of(ctx.day)).filter(ctx.not_yet("deleted_at"))
        whose = Q(level=levels[level]) if level else Q(level=None) | ~Q(level__in=[pk for pk in levels.values() if pk])
        found |= whose & Q(created_at__lt=since) & Q(~Exists(told))
    return found & Q(pool__isnull=True)


declare(
    dataset("customers", _("Customers"), Customer, (*people(), *of_customer(""), Dim("customer", _("Customer"), "id", target="customer")),
            title="name", usual=("industry", "level"), daily=("new_customers",)),
    history("customer_history", _("Customers over time"), Customer, (
        *people(), *of_customer("record__"),
        Dim("customer_class_then", _("Class then"), "customer_class", whole=True),
        Dim("level_then", _("Level then"), "level"),
        Dim("owner_now", _("Owner today"), "record__owner"),
        Dim("unit_now", _("Unit today"), "record__unit"),
        Dim("customer", _("Customer"), "id", target="customer"),
    ), title="record__name", usual=("industry", "level")),
    dataset("follow_ups", _("Follow-ups"), FollowUp, (
        *people("author", "author_unit", ""), *of_customer("customer__"),
        Dim("owner_now", _("Owner today"), "customer__owner"),
        Dim("unit_now", _("Unit today"), "customer__unit"),
        Dim("customer", _("Customer"), "customer"),
        Dim("follow_up_kind", _("How"), "kind"),
        Dim("follow_up_result", _("Result"), "result"),
        Dim("decision_maker_met", _("Met the decision maker"), "met_decision_maker"),
        weekday("at"),
    ), axis="at", title="text", usual=("follow_up_kind", "owner"), daily=("follow_up_count", "visits", "decision_maker_meetings")),
)  # fmt: skip

declare(
    Measure("customers", _("Customers"), "customer_history", _("Customers that are there at the end of the day, each once"),
            time="stock", noun=_("accounts")),
    Measure("target_customers", _("Target customers"), "customer_history", _("Customers not yet identified, or potential, at the end of the day"),
            time="stock", where=Q(customer_class__in=(CustomerClass.UNIDENTIFIED, CustomerClass.POTENTIAL)), noun=_("accounts")),
    Measure("new_customers", _("New customers"), "customers", _("Customers by the day they were entered"), noun=_("accounts")),
    Measure("quiet_customers", _("Not contacted recently"), "customers",
            _("Customers nobody has spoken with for longer than their level allows; those never contacted count from the day of entry"),
            time="stock", where=quiet, uses=("level", "pool", "last_contact_at"), noun=_("accounts"), good="down"),
    Measure("customer_class_value", _("Class"), "customer_history", _("The class of a customer at the end of the day"), "value",
            "customer_class", time="stock", unit="number"),
    Measure("follow_up_count", _("Follow-ups"), "follow_ups", _("Follow-ups by the day they took place"), noun=_("times")),
    Measure("visits", _("Visits"), "follow_ups", _("Follow-ups of the kind visit, by day"), where=Q(kind="visit"), noun=_("times")),
    Measure("decision_maker_meetings", _("Met decision makers"), "follow_ups", _("Follow-ups in which the decision maker was met, by day"),
            where=Q(met_decision_maker=True), noun=_("times")),
    Measure("visited_customers", _("Customers visited"), "follow_ups", _("Different customers with a visit"), "distinct", "customer_id",
            where=Q(kind="visit"), noun=_("accounts")),
    Measure("contacted_customers", _("Customers contacted"), "follow_ups", _("Different customers with a follow-up of any kind"), "distinct",
            "customer_id", noun=_("accounts")),
    Measure("last_contact", _("Last contact"), "follow_ups", _("The latest follow-up up to the end of the day"), "max", "at", time="balance",
            unit="moment"),
    Derived("visit_frequency", _("Visits per customer visited"), "visits / visited_customers",
            _("Visits divided by the different customers visited"), unit="number"),
    Derived("decision_maker_rate", _("Visits with the decision maker"), "visits_with_decision_maker / visits",
            _("Visits in which the decision maker was met, divided by all visits")),
    Derived("visits_per_day", _("Visits per working day"), "visits / working_days",
            _("Visits divided by the working days of the people in the period"), unit="number"),
    Derived("coverage", _("Coverage"), "contacted_customers / customers",
            _("Different customers contacted, divided by the customers at the end of the period")),
    Derived("quiet_rate", _("Share not contacted recently"), "quiet_customers / customers",
            _("Customers not contacted recently, divided by all customers at the end of the day"), good="down"),
    Measure("visits_with_decision_maker", _("Visits with the decision maker, number"), "follow_ups",
            _("Follow-ups of the kind visit in which the decision maker was met"), where=Q(kind="visit", met_decision_maker=True), noun=_("times")),
)  # fmt: skip
