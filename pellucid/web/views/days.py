"""An entry of a calendar on its way to another day."""
from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pellucid.kernel.actions.declare import Action, actions
from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Missing, Refused
from pellucid.kernel.resources.undo import reversible

from .. import answers
from ..calendars import day_words
from ..record import Sheet
from .inline import raw_of
from .records import sheet_at


@require_POST
def move(request: Any, path: str, pk: int) -> HttpResponse:
    """Onto the day `to`, at the same time of day; `was` says which day it was dragged from."""
    sheet = sheet_at(request, path, pk)
    plan, show = sheet.resource.calendar, request.show
    if plan is None or plan.told or plan.start not in sheet.columns:
        raise Missing("")
    what = actions.get(plan.mover or f"{sheet.key}_update")
    at = raw_of(sheet, plan.start)
    done = plan.done in sheet.columns and raw_of(sheet, plan.done)
    if what is None or at is None or done or not (plan.mover or plan.start in sheet.writable):
        raise Refused(_("This cannot be put on another day."))
    moment = at.astimezone(show.zone) if isinstance(at, dt.datetime) else at
    here = moment.date() if isinstance(moment, dt.datetime) else moment
    try:
        day = dt.date.fromisoformat(request.POST.get("to", ""))
    except ValueError:
        raise Refused(_("This is not a day.")) from None
    if request.POST.get("was", here.isoformat()) != here.isoformat():
        raise Refused(_("Somebody moved it meanwhile; load the page again."))
    if day == here:
        return answers.nothing()
    typed = dt.datetime.combine(day, moment.time()).strftime("%Y-%m-%dT%H:%M") if isinstance(moment, dt.datetime) else day.isoformat()
    if plan.mover:
        outcome = run(what, pk, request.actor, inputs(what, sheet, typed), show=show)
    else:
        outcome = run(what, pk, request.actor, values={plan.start: typed}, version=sheet.record.version, show=show)
    undo = f"/undo/{outcome.event_id}" if outcome.state != "waiting" and reversible(what.event) else ""
    text = _("Sent for approval.") if outcome.state == "waiting" else _("Now on %(day)s.") % {"day": day_words(day, show)}
    return answers.toast(answers.nothing(), text, undo=undo)


def inputs(what: Action, sheet: Sheet, typed: str) -> dict[str, str]:
    """What the mover asks for: the new moment, and what the entry says as it stands."""
    plan = sheet.resource.calendar
    says = str(raw_of(sheet, plan.text) or "") if plan is not None and plan.text in sheet.columns else ""
    return {one.name: typed if one.kind.key in ("date", "datetime") else says for one in what.inputs if one.required}
