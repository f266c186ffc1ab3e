"""Documents given to customers: what the program shows of them, and the tab that says stage by stage what was given and what is missing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pellucid.collaboration import plan_pages
from pellucid.collaboration.models import Plan
from pellucid.collaboration.selectors import documents as document_selectors
from pellucid.collaboration.selectors import plans as plan_selectors
from pellucid.collaboration.sight import seen, shown
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import words
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.declare import Panel, Resource, Section, Sort, place, register
from pellucid.kernel.resources.marks import titled

from . import selectors, stages
from .models import GivenDocument, Opportunity
from .resources import GRANTS


@register
class GivenDocumentResource(Resource):
    """What customers were given, read through the opportunity."""

    model = GivenDocument
    path = "given-documents"
    icon = "file-export"
    columns = ("name", "opportunity", "stage", "given_on", "given_by", "contact", "document", "note")
    more = ("edition", "file", "file_name", "created_at")
    sections = (Section(_("Given"), ("opportunity", "stage", "given_on", "given_by", "contact", "note")),
                Section(_("What it was"), ("name", "document", "edition", "file")))  # fmt: skip
    form = ("opportunity", "document", "file", "name", "stage", "given_on", "contact", "note")
    filters = ("opportunity", "stage", "document", "given_on", "given_by", "contact")
    sorts = (Sort("given_on", "given_on", desc=True), Sort("created_at", "created_at", desc=True))
    search = {"name": "text"}
    importable = ("opportunity", "stage", "document", "name", "given_on", "given_by", "note")
    grants = GRANTS


def handed_over(one: Opportunity, actor: Actor) -> dict[str, Any] | None:
    """Stage by stage: what was given to the customer, when, by whom and to whom; and the stage's materials that were not."""
    known, may = stages.stages(), seen("givendocument", actor)
    here_now, order = known.get(one.stage_id), {pk: n for n, pk in enumerate(known)}
    way = [s.id for s in stages.way_of(here_now)] if here_now else []
    edits = actor.may("givendocument", "create") and not actor.read_only and one.alive
    given = list(selectors.given(one.pk))
    names = titled([("contact", g.contact_id) for g in given if g.contact_id], actor)
    missing = lacking(one, given, actor) if one.state == Opportunity.State.OPEN else {}
    reached = set(way[: way.index(one.stage_id) + 1]) if one.stage_id in way else set()
    blocks, shown_stages = [], {g.stage_id for g in given} | (reached & missing.keys())
    for stage in sorted(shown_stages, key=lambda pk: order.get(pk, len(order))):
        here = [row(g, may, names, actor) for g in given if g.stage_id == stage]
        wanted = [m | {"act": give(one, stage, m) if edits else None} for m in missing.get(stage, ())] if stage in reached else []
        n, label = len(wanted), known[stage].label(actor.language) if stage in known else "—"
        blocks.append({"label": label, "rows": here, "missing": wanted, "now": stage == one.stage_id,
                       "note": ngettext("%(n)s still to be given", "%(n)s still to be given", n) % {"n": n} if n else ""})  # fmt: skip
    return {"blocks": blocks, "new": f"/given-documents/new?opportunity={one.pk}&stage={one.stage_id}" if edits else ""}


def row(given: GivenDocument, may: frozenset[str], names: dict[tuple[str, int], str], actor: Actor) -> dict[str, Any]:
    """One thing that was given."""
    show = show_for(actor)
    who = directory.user_name(shown(given, "given_by_id", may if "given_by" not in may else may | {"given_by_id"}, None))
    to = names.get(("contact", given.contact_id or 0), "") if "contact" in may else ""
    version = shown(given, "edition", may, None)
    said = [f"{who} → {to}" if who and to else who or to, f"V{version}" if version else "", shown(given, "note", may)]
    file = f"/given-documents/{given.pk}/held/file" if given.file_id and "file" in may else ""
    return {"label": shown(given, "name", may, f"#{given.pk}"), "href": f"/given-documents/{given.pk}", "sub": " · ".join(filter(None, said)),
            "icon": "file-text" if given.file_id else "book-2" if given.document_id else "note", "file": file,
            "right": words.relative_day(given.given_on, show.today, show.language) if "given_on" in may else ""}  # fmt: skip


def give(one: Opportunity, stage: int, material: dict[str, Any]) -> dict[str, Any]:
    """The form for giving what is missing, filled in."""
    what = {"document": material["document"]} if material.get("document") else {"name": material["label"][:200]}
    return {"label": _("Given"), "drawer": f"/given-documents/new?{urlencode({'opportunity': one.pk, 'stage': stage} | what)}"}


def lacking(one: Opportunity, given: list[GivenDocument], actor: Actor) -> dict[int, list[dict[str, Any]]]:
    """By stage, the materials its playbook lays down that were not given; what is said by name is known by name."""
    runs = [r for r in plan_selectors.runs_about("opportunity", one.pk) if r.kind == Plan.Kind.PLAYBOOK]
    if not runs or not actor.may("planrun", "view"):
        return {}
    steps, out = list(plan_selectors.steps_of(runs[0].plan_id)), dict[int, list[dict[str, Any]]]()
    documents, may = document_selectors.by_record("planstep", [s.pk for s in steps], actor), seen("document", actor)
    had = {g.document_id for g in given} | {g.name.casefold() for g in given}
    for step in steps:
        stage = step.phase.partition(":")[2]
        if is_whole(stage) and int(stage) in stages.stages():
            out.setdefault(int(stage), []).extend(
                m for m in plan_pages.materials_of(step, documents, may)
                if m.get("document") not in had - {None} and m["label"].casefold() not in had)  # fmt: skip
    return {stage: found for stage, found in out.items() if found}


place(Panel("opportunity", "given", _("Given to the customer"), "sales/given.html", handed_over, place="tab", needs="givendocument.view",
            position=44))  # fmt: skip
