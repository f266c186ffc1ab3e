"""Documents in sales: the stages are their steps, and how the deals ended is what proves them."""

from __future__ import annotations

from typing import Any

from pellucid.collaboration.actions.linking import recount_for
from pellucid.collaboration.documents import uses_documents
from pellucid.kernel.events.bus import subscribe
from pellucid.kernel.events.models import Event
from pellucid.kernel.records import terms
from pellucid.kernel.records.seeds import Shipped, dictionary

from . import stages
from .models import Opportunity, Stage

STEP = "document_step"


def steps_of(one: Opportunity) -> list[int]:
    """The step a sale is at: the value called like its stage."""
    stage = stages.stages().get(one.stage_id)
    found = terms.find(STEP, stage.name) if stage else None
    return [found] if found else []


def near_of(one: Opportunity) -> list[tuple[str, int]]:
    """Whom and what a sale is about."""
    pairs = (("product", one.product_id), ("customer", one.customer_id))
    return [(key, pk) for key, pk in pairs if pk is not None]


def ended(ids: list[int]) -> dict[int, bool]:
    """Which of these sales were won, and which were lost."""
    rows = Opportunity._base_manager.filter(pk__in=ids, state__in=("won", "lost")).values_list("pk", "state")
    return {pk: state == "won" for pk, state in rows}


def stages_as_steps(found: list[Any]) -> None:
    """Every stage in progress has a step of its name; one name in two pipelines is one step."""
    new = {s.name: s for s in found if s.kind == Stage.Kind.OPEN and terms.find(STEP, s.name) is None}
    dictionary(STEP, [Shipped(s.name, s.name, s.name_en or s.name) for s in new.values()])


@subscribe("opportunity.won", "opportunity.lost", "opportunity.reopened", "opportunity.deleted", "opportunity.restored")
def documents_follow(event: Event) -> None:
    """How a sale ended counts for the documents that were used in it."""
    if event.record_id is not None:
        recount_for("opportunity", [event.record_id])


uses_documents(Opportunity, steps=steps_of, near=near_of, ended=ended)
