"""What must be known and done before an opportunity leaves a stage forwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.records import terms
from pellucid.kernel.resources.fields import specs, value_of

from .kinds import COMPETITORS, DECIDER, QUOTED
from .models import CompetitorQuote, Opportunity, OpportunityCompetitor, OpportunityContact
from .stages import Known


def mark(stage: int, thing: str) -> str:
    """How a thing that was done is remembered; the words change, and it is to be done anew."""
    return f"{stage}:{thing}"[:200]


def lacking(one: Opportunity, left: Iterable[Known]) -> list[tuple[str, str]]:
    """(field, label) of what the gates of these stages still ask for; things to be done have no field."""
    known, out = specs("opportunity"), []
    for stage in left:
        for name in stage.gates:
            if name == DECIDER:
                if not _decider(one):
                    out.append(("", _("A decision maker")))
            elif name == COMPETITORS:
                out += unnamed(one)
            elif name == QUOTED:
                out += unquoted(one)
            elif name in known and value_of(one, known[name]) in (None, "", [], 0):
                out.append((name, str(known[name].label)))
        out += [("", thing) for thing in stage.things if mark(stage.id, thing) not in one.ticked]
    return list(dict.fromkeys(out))


def unnamed(one: Opportunity) -> list[tuple[str, str]]:
    """What is lacking as long as nobody says who competes, or that nobody does."""
    return [] if one.competitors or one.uncontested else [("", _("Competitors, or that there are none"))]


def unquoted(one: Opportunity) -> list[tuple[str, str]]:
    """What is lacking of the competitors in the race: each has a product and a quote."""
    if found := unnamed(one):
        return found
    racing = OpportunityCompetitor._base_manager.filter(opportunity=one, deleted_at=None).exclude(standing=OpportunityCompetitor.Standing.OUT)
    quoted = set(CompetitorQuote._base_manager.filter(opportunity=one, deleted_at=None).values_list("competitor", flat=True))
    out = []
    for row in racing.select_related("competitor").order_by("id"):
        if row.product_id is None:
            out.append(("", _("The product of %(name)s") % {"name": row.competitor.name}))
        if row.competitor_id not in quoted:
            out.append(("", _("The quote of %(name)s") % {"name": row.competitor.name}))
    return out


def _decider(one: Opportunity) -> bool:
    role = terms.find("decision_role", "decides")
    return OpportunityContact._base_manager.filter(opportunity=one, role=role, deleted_at=None).exists()


def said(found: Iterable[tuple[str, Any]], language: str) -> str:
    """What is lacking, in one line."""
    return ("、" if language.startswith("zh") else ", ").join(str(label) for _name, label in found)
