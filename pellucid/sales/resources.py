"""What the program shows of pipelines, stages and opportunities."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.resources.declare import Board, Calendar, Related, Resource, Section, Sort, Sum, View, place, register

from . import stages
from .models import Opportunity, OpportunityContact, OpportunityLine, Pipeline, Stage

GRANTS = {"admin": "manage", "executive": "manage", "branch_manager": "manage", "sales_manager": "manage", "sales": "work", "marketing": "read",
          "service": "read", "finance": "read", "warehouse": "none", "auditor": "read"}  # fmt: skip
RULES = {"admin": "manage:all", "executive": "manage:all", "branch_manager": "read:all", "sales_manager": "read:all", "sales": "read:all",
         "marketing": "read:all", "service": "read:all", "finance": "read:all", "warehouse": "none", "auditor": "read:all"}  # fmt: skip


def mover(one: Opportunity, stage: int) -> str:
    """What brings an opportunity into a stage."""
    if one.state != Opportunity.State.OPEN:
        return "opportunity_reopen"
    found = stages.stages().get(stage)
    return {"won": "opportunity_win", "lost": "opportunity_lose"}.get(found.kind if found else "", "opportunity_move_stage")


@register
class PipelineResource(Resource):
    """The ways a sale may go."""

    model = Pipeline
    path = "pipelines"
    icon = "filter"
    columns = ("name", "name_en", "position", "active")
    sections = (Section(_("Pipeline"), ("name", "name_en", "position", "active", "note")),)
    form = ("name", "name_en", "position", "active")
    filters = ("active",)
    sorts = (Sort("position", "position"), Sort("created_at", "created_at", desc=True))
    grants = RULES


@register
class StageResource(Resource):
    """The stages of the pipelines, with what each asks for."""

    model = Stage
    path = "stages"
    icon = "route"
    columns = ("name", "pipeline", "position", "kind", "probability", "rotting_days", "gates", "active")
    more = ("name_en", "guidance", "checklist")
    sections = (
        Section(_("Stage"), ("name", "name_en", "pipeline", "position", "kind", "probability", "active")),
        Section(_("Patience and guidance"), ("rotting_days", "guidance")),
        Section(_("Gate"), ("gates", "checklist")),
    )
    form = ("pipeline", "name", "name_en", "position", "probability", "rotting_days", "guidance", "gates", "checklist", "active")
    filters = ("pipeline", "kind", "active")
    sorts = (Sort("position", "position"), Sort("created_at", "created_at", desc=True))
    grants = RULES


@register
class OpportunityResource(Resource):
    """Possible sales."""

    model = Opportunity
    path = "opportunities"
    icon = "target"
    columns = ("name", "customer", "stage", "amount", "expected_on", "next_step", "rots_on", "owner")
    more = ("number", "state", "pipeline", "probability", "forecast", "product", "customer_level", "competitors", "opened_on", "closed_on",
            "stage_since", "loss_reason", "lost_to", "lost_price", "win_reason", "uncontested", "origin", "lead", "needs",
            "currency", "rate", "amount_base", "unit", "branch",
            "incomplete", "created_at", "updated_at")  # fmt: skip
    sections = (
        Section(_("Sale"), ("customer", "amount", "product", "expected_on", "probability", "forecast", "pipeline")),
        Section(_("Needs"), ("needs", "needs_note", "origin", "lead")),
        Section(_("Competition"), ("competitors", "uncontested")),
        Section(_("Days"), ("opened_on", "stage_since", "closed_on")),
        Section(_("How it ended"), ("win_reason", "loss_reason", "lost_to", "lost_price", "closing_note")),
        Section(_("Whose"), ("owner", "unit", "customer_level")),
        Section(_("More"), ("name", "number", "state", "currency", "rate", "amount_base", "note")),
    )
    form = ("customer", "name", "product", "amount", "expected_on", "forecast", "needs", "needs_note", "owner")
    filters = ("state", "stage", "pipeline", "forecast", "customer", "customer_level", "product", "amount", "probability", "expected_on",
               "opened_on", "closed_on", "rots_on", "next_step_at", "loss_reason", "win_reason", "lost_to", "competitors", "uncontested", "origin",
               "lead", "needs", "owner", "unit", "branch", "incomplete", "created_at")  # fmt: skip
    sorts = (
        Sort("next_step", "next_step_key"),
        Sort("amount", "amount", desc=True),
        Sort("expected_on", "expected_key"),
        Sort("stage_since", "stage_since"),
        Sort("created_at", "created_at", desc=True),
    )
    search = {"name": "text", "number": "code"}
    sums = (Sum("amount_base", _("Amount")),)
    views = (
        View("open", _("In progress"), {"f.state": "in:open"}),
        View("mine", pgettext_lazy("owned", "Mine"), {"f.owner": "me", "f.state": "in:open"}),
        View("quarter", _("Expected this quarter"), {"f.state": "in:open", "f.expected_on": "within:this_quarter"}),
        View("stalled", _("Stalled"), {"f.state": "in:open", "f.rots_on": "within:overdue"}),
        View("unplanned", _("Without a next step"), {"f.state": "in:open", "f.next_step_at": "empty"}),
        View("key", _("Key customers"), {"f.state": "in:open", "f.customer_level": "in:A"}),
        View("incomplete", _("Incomplete"), {"f.incomplete": "is:1"}),
        View("all", _("All"), {}),
    )
    party = "customer"
    facts = ("amount", "probability", "expected_on", "next_step")
    managed = ("stage", "stage_since", "rots_on", "state", "closed_on", "loss_reason", "win_reason", "lost_to", "lost_price", "competitors",
               "customer_level", "incomplete", "next_step", "next_step_at", "number", "lead", "owner", "unit")  # fmt: skip
    importable = ("name", "customer", "product", "pipeline", "probability", "forecast", "amount", "currency", "rate", "opened_on",
                  "expected_on", "origin", "needs", "needs_note", "note")  # fmt: skip
    match = ("number",)
    calendar = Calendar(start="expected_on", text="name")
    board = Board("stage", above=("customer", "rots_on"), card=("amount", "expected_on", "competitors"), foot="next_step", folded=stages.over,
                  mover=mover,
                  sums=(Sum("amount_base", _("Amount")), Sum("amount_base", _("Weighted"), weight="probability")))  # fmt: skip
    grants = GRANTS
    number = "SJ"


@register
class OpportunityLineResource(Resource):
    """What is sold within opportunities, read through the opportunity."""

    model = OpportunityLine
    path = "opportunity-lines"
    icon = "list-details"
    title = "product"
    columns = ("product", "opportunity", "quantity", "unit_price", "discount", "amount")
    more = ("note", "created_at")
    sections = (Section(_("Product line"), ("opportunity", "product", "quantity", "unit_price", "discount", "amount", "note")),)
    form = ("opportunity", "product", "quantity", "unit_price", "discount", "note")
    filters = ("opportunity", "product", "quantity", "amount")
    sorts = (Sort("created_at", "created_at", desc=True),)
    managed = ("amount",)
    importable = ("opportunity", "product", "quantity", "unit_price", "discount", "note")
    grants = GRANTS


@register
class OpportunityContactResource(Resource):
    """Who decides, read through the opportunity."""

    model = OpportunityContact
    path = "opportunity-contacts"
    icon = "users"
    title = "contact"
    columns = ("contact", "opportunity", "role", "attitude", "note")
    more = ("created_at",)
    sections = (Section(_("Person"), ("opportunity", "contact", "role", "attitude", "note")),)
    form = ("opportunity", "contact", "role", "attitude", "note")
    filters = ("opportunity", "contact", "role", "attitude")
    sorts = (Sort("created_at", "created_at", desc=True),)
    grants = GRANTS


place(
    Related("lead", "opportunity", "lead", ("name", "customer", "stage", "amount", "owner"), position=10),
    Related("customer", "opportunity", "customer", ("name", "stage", "amount", "expected_on", "owner"), position=15),
    Related("opportunity", "opportunityline", "opportunity", ("product", "quantity", "unit_price", "discount", "amount"), position=10),
    Related("opportunity", "opportunitycontact", "opportunity", ("contact", "role", "attitude", "note"), position=20),
    Related("product", "opportunity", "product", ("name", "customer", "stage", "amount", "owner"), position=20),
)
