"""A board's moving parts: the next cards of a column, and a card on its way into another."""
from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pellucid.kernel.actions.declare import Action
from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Invalid, Missing, Refused
from pellucid.kernel.resources.boards import Column, asks, board_of, columns_of, in_lanes, way
from pellucid.kernel.resources.fields import value_of
from pellucid.kernel.resources.undo import reversible

from .. import answers, boards
from ..finding import record_at, resource_at
from ..opened import open_list
from . import doing
from .lists import asked


@require_safe
def column(request: Any, path: str) -> HttpResponse:
    """The next cards of one column."""
    resource = resource_at(path, request.actor)
    params = asked(request)
    opened = open_list(resource, request.actor, request.show, params)
    found = boards.further(opened, request.GET.get("at", ""), params.after)
    if found is None:
        raise Missing("")
    return answers.fragment(request, "board_cards.html", found)


def asking(request: Any, resource: Any, record: Any, what: Action, preset: dict[str, str]) -> HttpResponse:
    """The action's dialog, because it has to know more; a card that is dragged is answered with its address."""
    if not request.POST.get("drag"):
        return doing.dialog(request, resource, record, what, preset)
    response = answers.nothing()
    response["X-Dialog"] = f"/{resource.path}/{record.pk}/do/{what.name}" + ("?" + urlencode(preset) if preset else "")
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: Any, path: str, pk: int) -> HttpResponse:
    """GET: the columns to choose from. POST: into the column `to`, out of `was` if that is said; a card that is dragged is answered with the
    address of a dialog where the action has to know more."""
    resource, record = record_at(path, pk, request.actor)
    found = board_of(resource, request.actor)
    if found is None:
        raise Missing("")
    board, spec = found
    here = value_of(record, spec)
    columns = in_lanes(columns_of(board, spec, request.actor, request.show), spec, (here,))
    if request.method != "POST":
        if not request.htmx:
            return answers.go(request, f"/{path}/{pk}")
        options = [{"key": c.key, "label": c.label, "current": c.value == here} for c in columns]
        return answers.fragment(request, "board_move.html", {"move": {"options": options, "name": str(record)[:80], "was": Column(here, "").key,
                                                                      "action": f"/{path}/{pk}/move"}})
    target = next((c for c in columns if c.key == request.POST.get("to")), None)
    if target is None:
        raise Refused(_("This column does not exist any more."))
    if target.value == here:
        return answers.nothing()
    if (was := request.POST.get("was")) is not None and was != Column(here, "").key:
        raise Refused(_("Somebody moved it meanwhile; load the page again."))
    what = way(resource, record, spec, board, target.value, request.actor)
    if what is None:
        names = {"from": spec.kind.words(spec, here, request.show) or "–", "to": target.label}
        raise Refused(_("No action leads from “%(from)s” to “%(to)s”.") % names)
    preset = {spec.name: target.key} if any(i.name == spec.name for i in what.inputs) else {}
    if asks(what, spec):
        return asking(request, resource, record, what, preset)
    try:
        if what.name == f"{resource.key()}_update":
            outcome = run(what, pk, request.actor, values={spec.name: target.key}, version=record.version, show=request.show)
        else:
            outcome = run(what, pk, request.actor, preset, show=request.show)
    except Invalid as wrong:
        if not set(wrong.errors) & {i.name for i in what.inputs if i.name != spec.name}:
            raise
        return asking(request, resource, record, what, preset)
    text = _("Sent for approval.") if outcome.state == "waiting" else _("“%(name)s” is now in “%(column)s”.") % {
        "name": str(record)[:60], "column": target.label}
    undo = f"/undo/{outcome.event_id}" if outcome.state != "waiting" and reversible(what.event) else ""
    if not request.POST.get("drag"):
        return answers.again(request, f"/{path}/{pk}", text=text, undo=undo)
    response = answers.toast(answers.nothing(), text, undo=undo)
    if outcome.state == "waiting":
        response["X-Back"] = "1"
    return response
