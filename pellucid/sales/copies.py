"""What opportunities keep of their lines, customers and competitors, compared with them every night."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Sum

from pellucid.kernel.jobs.copies import copied
from pellucid.kernel.records.amounts import cents

from .actions.competing import RANKED
from .models import CompetitorQuote, Opportunity, OpportunityCompetitor, OpportunityLine


@copied("sales.amounts", Opportunity, ("amount", "amount_base"), None)
def amounts() -> dict[int, tuple[Any, ...]]:
    """The lines of an open opportunity are its amount."""
    lines = OpportunityLine._base_manager.filter(deleted_at=None, opportunity__state=Opportunity.State.OPEN)
    rows = lines.order_by().values_list("opportunity", "opportunity__rate").annotate(Sum("amount"))
    return {pk: (total, cents(total * Decimal(rate))) for pk, rate, total in rows}


@copied("sales.customer_levels", Opportunity, ("customer_level",), (None,))
def customer_levels() -> dict[int, tuple[Any, ...]]:
    """An opportunity is listed under the level its customer has."""
    return {pk: (level,) for pk, level in Opportunity._base_manager.exclude(customer=None).values_list("pk", "customer__level")}


@copied("sales.competitors", Opportunity, ("competitors",), None)
def competitors() -> dict[int, tuple[Any, ...]]:
    """Who competes in an opportunity, whoever stands best first."""
    rows = OpportunityCompetitor._base_manager.filter(opportunity=OuterRef("pk"), deleted_at=None).order_by(RANKED, "pk")
    return {pk: (found,) for pk, found in Opportunity._base_manager.annotate(true=ArraySubquery(rows.values("competitor"))).values_list("pk", "true")}


@copied("sales.last_quotes", OpportunityCompetitor, ("quote", "quote_on"), (None, None))
def last_quotes() -> dict[int, tuple[Any, ...]]:
    """The last quote of a competitor in a deal stands on its line there."""
    latest = CompetitorQuote._base_manager.filter(deleted_at=None).order_by("opportunity", "competitor", "-quoted_on", "-id")
    known = {(deal, who): (amount, on) for deal, who, amount, on in
             latest.distinct("opportunity", "competitor").values_list("opportunity", "competitor", "amount", "quoted_on")}  # fmt: skip
    rows = OpportunityCompetitor._base_manager.filter(deleted_at=None).values_list("pk", "opportunity", "competitor")
    return {pk: known[deal, who] for pk, deal, who in rows if (deal, who) in known}
