"""What shows that the customer has decided for us though the opportunity is still in progress: an accepted quotation, and what areas above
know. The opportunity's page, the pages that show it and the workbench then propose to win it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.records import words
from pellucid.kernel.resources.fields import clear

from . import gates, stages
from .models import Opportunity, Quotation


@dataclass(frozen=True, slots=True)
class Sign:
    """What was agreed: in words, on which day, and where to see it, as far as the reader may."""

    text: str
    on: dt.date
    href: str = ""


By = Callable[[QuerySet[Opportunity], Actor], dict[int, Sign]]
_known: dict[int, By] = {}


def shown_by(rank: int) -> Callable[[By], By]:
    """Let an area show what was agreed of opportunities; the highest rank is said."""

    def keep(by: By) -> By:
        _known[rank] = by
        return by

    return keep


def signs(rows: QuerySet[Opportunity], actor: Actor) -> dict[int, Sign]:
    """What shows that these opportunities are won, of those in progress."""
    found: dict[int, Sign] = {}
    for rank in sorted(_known):
        found |= _known[rank](rows.filter(state=Opportunity.State.OPEN), actor)
    return found


def day(on: dt.date, actor: Actor) -> str:
    """A day as a sentence says it."""
    show = show_for(actor)
    return words.relative_day(on, show.today, show.language)


def seen_of(model: type[Any], rows: QuerySet[Any], actor: Actor) -> set[int]:
    """Those of these records that the reader may see, with their number."""
    if not clear(model._meta.model_name, actor, "number"):
        return set()
    return set(scoped(model, actor).filter(pk__in=rows.values("pk")).values_list("pk", flat=True))


@shown_by(10)
def accepted(rows: QuerySet[Opportunity], actor: Actor) -> dict[int, Sign]:
    """An accepted quotation."""
    found = Quotation._base_manager.filter(opportunity__in=rows.order_by(), state=Quotation.State.ACCEPTED, deleted_at=None)
    found = found.filter(decided_on__isnull=False)
    if not found:
        return {}
    seen = seen_of(Quotation, found, actor)
    out = {}
    for one in found.order_by("decided_on", "pk"):
        assert one.opportunity_id is not None and one.decided_on is not None
        text = _("%(day)s: the customer accepted quotation %(number)s") if one.pk in seen else _("%(day)s: the customer accepted a quotation")
        out[one.opportunity_id] = Sign(text % {"number": one.number, "day": day(one.decided_on, actor)}, one.decided_on,
                                       f"/quotations/{one.pk}" if one.pk in seen else "")  # fmt: skip
    return out


def winning(one: Opportunity, on: dt.date) -> str:
    """The dialog that wins it, on the day the customer decided."""
    begun = f"?closed_on={on}" if one.opened_on is None or on >= one.opened_on else ""
    return f"/opportunities/{one.pk}/do/opportunity_win{begun}"


def proposed(one: Opportunity, actor: Actor) -> dict[str, Any] | None:
    """What the page of an opportunity says once the customer has decided: win it, or what is missing for that."""
    sign = signs(Opportunity._base_manager.filter(pk=one.pk), actor).get(one.pk)
    here, end = stages.stages().get(one.stage_id), stages.end_of(one.pipeline_id, "won")
    if sign is None or here is None or end is None:
        return None
    may = actor.may("opportunity", "edit") and not actor.read_only
    out = {"lead": sign.text, "text": _("Still at “%(stage)s”") % {"stage": here.label(actor.language)}}
    if lacking := gates.lacking(one, stages.passed(here, end)):
        n = len(lacking)
        said = ngettext("One thing is missing before it is won: ", "%(n)s things are missing before it is won: ", n) % {"n": n}
        out["warn"] = " " + said + gates.said(lacking, actor.language)
        fill = any(name for name, _label in lacking)
        return out | ({"act": {"label": _("Fill in"), "drawer": f"/opportunities/{one.pk}/edit"}} if may and fill else {})
    return out | ({"act": {"label": _("Won"), "dialog": winning(one, sign.on)}} if may else {})


def still_open(opportunity_id: int | None, actor: Actor) -> dict[str, Any] | None:
    """What a page that shows the decision says of its opportunity, if that is still in progress and the reader's to see."""
    if not opportunity_id or not clear("opportunity", actor, "name", "stage"):
        return None
    one = scoped(Opportunity, actor).filter(pk=opportunity_id, state=Opportunity.State.OPEN).first()
    guide = proposed(one, actor) if one is not None else None
    if one is None or guide is None:
        return None
    named = _("The opportunity “%(name)s” is still at “%(stage)s”") % {
        "name": one.name, "stage": stages.stages()[one.stage_id].label(actor.language)}  # fmt: skip
    open_it = {"label": _("Open"), "href": f"/opportunities/{one.pk}"}
    return {"lead": named, "warn": guide.get("warn", ""), "act": guide.get("act") if not guide.get("warn") else open_it}
