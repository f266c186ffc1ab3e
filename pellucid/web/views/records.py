"""The page of a record, its panels, timeline and marks."""
from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from django.db import connection
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import Outcome, run
from pellucid.kernel.notices.selectors import mark_read
from pellucid.kernel.processes.waiting import waits_for
from pellucid.kernel.records.errors import Missing
from pellucid.kernel.records.kinds import html
from pellucid.kernel.records.models import Blob, OwnedRecord, Record
from pellucid.kernel.resources import marks, undo
from pellucid.kernel.resources.attachments import keep, put_on
from pellucid.kernel.resources.declare import registry, related
from pellucid.kernel.resources.fields import readable
from pellucid.kernel.resources.lists.run import count, neighbours
from pellucid.kernel.resources.params import ListParams
from pellucid.kernel.resources.query import listing
from pellucid.kernel.resources.reach import seers, team_of

from .. import answers
from ..finding import Moved, record_at
from ..record import (
    Sheet,
    buttons,
    card,
    composing,
    drawn_panel,
    facts,
    groups,
    identity,
    list_suffix,
    more,
    path,
    shown_panels,
    strip,
    tabs,
)
from ..related import table
from ..timeline import timeline_of

TEAM = 5                                # members a card names; the others stand in the list of who sees it
FAR = 1001                              # so far the place in a list is counted


def sheet_at(request: Any, path_: str, pk: int) -> Sheet:
    """The record of an address with all its values."""
    resource, record = record_at(path_, pk, request.actor)
    return Sheet(resource, record, request.actor, request.show, request.GET.get("list", "")[:1500])


@require_safe
def show(request: Any, path: str, pk: int) -> HttpResponse:
    """The page of a record."""
    try:
        sheet = sheet_at(request, path, pk)
    except Moved as moved:
        return answers.go(request, moved.href, text=_("This record was merged into this one."))
    record = whole(request, sheet)
    response = answers.page(request, "record.html", {"record": record, "title": record["title"]})
    if "notice" in request.GET:
        mark_read(request.actor, record=(sheet.key, pk))
    return response


def whole(request: Any, sheet: Sheet) -> dict[str, Any]:
    """Everything record.html asks for."""
    base = answers.base_context(request)
    starred, watched = marks.visited(sheet.key, sheet.record.pk, request.actor)
    acts = buttons(sheet)
    return identity(sheet) | {
        "pager": pager(sheet), "star": None if request.actor.read_only else {"on": starred, "post": f"{sheet.href}/star"},
        "note": note(sheet), "buttons": acts, "more": more(sheet, starred, watched), "facts": strip(sheet), "path": path(sheet),
        "head": [drawn for p in shown_panels(sheet, "head") if (drawn := drawn_panel(sheet, p, base))],
        "groups": groups(sheet), "tabs": tabs(sheet), "composer": composer(sheet),
        "timeline": timeline_of(sheet, base=f"{sheet.href}/timeline"),
        "cards": [drawn for drawn in (team_card(sheet), *(card(sheet, p, base) for p in shown_panels(sheet, "side"))) if drawn],
        "phone": acts,
    }


def pager(sheet: Sheet) -> dict[str, Any] | None:
    """The records before and after this one in the list it was opened from."""
    if not sheet.list_state:
        return None
    params = ListParams.parse(parse_qsl(sheet.list_state, keep_blank_values=True))
    query = listing(sheet.resource, sheet.actor, params, sheet.show, (sheet.resource.title,)).query
    near = neighbours(connection, query, sheet.record.pk)
    tail, base = list_suffix(sheet.list_state), f"/{sheet.resource.path}/"
    position = ""
    if near.position:
        n, exact = count(connection, query, FAR)
        position = f"{near.position:,} / " + (f"{n:,}" if exact else f"{FAR - 1:,}+")
    return {"position": position, "previous": f"{base}{near.previous}{tail}" if near.previous else "",
            "next": f"{base}{near.next}{tail}" if near.next else ""}


def note(sheet: Sheet) -> dict[str, Any] | None:
    """The line above a record that is in the bin, or waits for somebody's decision."""
    if sheet.alive:
        return waits_for(sheet.key, sheet.record.pk, sheet.actor) if sheet.decided else None
    who = directory.user_name(sheet.record.deleted_by_id)
    button = {"label": _("Restore"), "icon": "restore", "post": f"{sheet.href}/do/{sheet.key}_restore"} if sheet.reach.may("restore") else None
    return {"tone": "warn", "text": _("%(who)s put this record into the bin; after 30 days it is gone.") % {"who": who}, "button": button}


def composer(sheet: Sheet) -> dict[str, Any] | None:
    """What one may write on the record itself: what an area offers, else a comment."""
    if not sheet.alive or sheet.actor.read_only:
        return None
    panel, context = composing(sheet)
    if panel is not None:
        return {"key": f"{sheet.key}:{sheet.record.pk}", "action": f"{sheet.href}/compose/{panel.key}"} | context
    return {"key": f"{sheet.key}:{sheet.record.pk}", "action": f"{sheet.href}/comment", "placeholder": _("Say something; @ tells a colleague"),
            "kinds": [{"value": "comment", "label": _("Comment"), "icon": "message-circle", "selected": True}], "plain": True}


def team_card(sheet: Sheet) -> Markup:
    """The colleagues a record is shared with."""
    if not issubclass(sheet.resource.model, OwnedRecord):
        return Markup("")
    
    members = []
    for share in team_of(sheet.record):
        may = sheet.alive and sheet.reach.may("edit")
        act = {"label": _("Remove"), "icon": "x", "hidden_label": True, "quiet": True,
               "post": f"{sheet.href}/do/{sheet.key}_unshare?user={share.user_id}"}
        members.append({"label": directory.user_name(share.user_id), "person": directory.user_name(share.user_id), "tint": share.user_id,
                        "sub": share.note or (_("May work on it") if share.level == 2 else _("May read")), "act": act if may else None})
    if not members:
        return Markup("")
    rest = len(members) - TEAM if len(members) > TEAM + 1 else 0
    link = {"label": _("Add to team"), "icon": "plus", "dialog": f"{sheet.href}/do/{sheet.key}_share"} if sheet.reach.may("edit") else None
    return answers.drawn("record_team.html", {
        "members": members[:TEAM] if rest else members, "n": len(members), "rest": rest, "all": f"{sheet.href}/seers", "link": link})


@require_safe
def peek(request: Any, path: str, pk: int) -> HttpResponse:
    """A record at a glance, in a drawer."""
    sheet = sheet_at(request, path, pk)
    context = identity(sheet) | {"facts": facts(sheet), "groups": groups(sheet)[:2], "buttons": buttons(sheet),
                                 "timeline": timeline_of(sheet, base=f"{sheet.href}/timeline", limit=6) | {"filters": [], "more": None}}
    return answers.fragment(request, "record_peek.html", {"record": context})


@require_safe
def timeline(request: Any, path: str, pk: int) -> HttpResponse:
    """The timeline, filtered, or its next page."""
    sheet = sheet_at(request, path, pk)
    before = request.GET.get("before", "")
    try:
        moment = dt.datetime.fromisoformat(before) if before else None
    except ValueError as wrong:
        raise Missing("") from wrong
    if moment is not None and moment.tzinfo is None:
        raise Missing("")
    found = timeline_of(sheet, base=f"{sheet.href}/timeline", only=request.GET.get("only", "")[:40], before=moment)
    return answers.fragment(request, "record_timeline.html", {"timeline": found, "page": moment is not None})


@require_safe
def panel(request: Any, path: str, pk: int, key: str) -> HttpResponse:
    """One panel of an area."""
    sheet = sheet_at(request, path, pk)
    for place in ("tab", "side", "head"):
        for found in shown_panels(sheet, place):
            if found.key == key:
                return HttpResponse(drawn_panel(sheet, found, answers.base_context(request)))
    raise Missing("")


@require_safe
def related_list(request: Any, path: str, pk: int, at: int) -> HttpResponse:
    """The records of another resource that point here, as a tab."""
    sheet = sheet_at(request, path, pk)
    if at >= len(related) or related[at].resource != sheet.key or (found := table(sheet, related[at])) is None:
        raise Missing("")
    child, via = registry[related[at].child], related[at].via
    new = f"/{child.path}/new?{via}={pk}" if request.actor.may(child.key(), "create") and sheet.alive and child.form else None
    maker = next((a for a in sheet.verbs if a.name == related[at].made_by), None) if new else None
    if maker is not None:
        new = f"{sheet.href}/do/{maker.name}"
    context = found | {"new": new, "asked": maker is not None, "noun": child.model._meta.verbose_name, "nouns": child.model._meta.verbose_name_plural}
    return answers.fragment(request, "record_related.html", context)


@require_POST
def star(request: Any, path: str, pk: int) -> HttpResponse:
    """Put at hand, or away again."""
    resource, _record = record_at(path, pk, request.actor)
    on = marks.star(resource.key(), pk, request.actor)
    return answers.toast(answers.nothing(), _("Put among your favourites") if on else _("No longer a favourite"))


@require_POST
def watch(request: Any, path: str, pk: int) -> HttpResponse:
    """Hear of every change, or no longer."""
    resource, _record = record_at(path, pk, request.actor)
    on = run(f"{resource.key()}_watch", pk, request.actor).value
    return answers.again(request, f"/{path}/{pk}", text=_("You will hear of every change.") if on else _("You will not hear of changes any more."))


@require_POST
def comment(request: Any, path: str, pk: int) -> HttpResponse:
    """Say something about a record; the answer is the entry itself."""
    sheet = sheet_at(request, path, pk)
    given = {"text": request.POST.get("text", ""), "about": request.POST.get("about", "")}
    outcome = run(f"{sheet.key}_comment", pk, request.actor, given)
    if not request.htmx:
        return answers.go(request, sheet.href)
    return answers.toast(newest(request, sheet, outcome.event_id), _("Saved."))


def newest(request: Any, sheet: Sheet, event_id: int | None = None) -> HttpResponse:
    """The latest entry of the timeline alone (or that of an event), to be put in front."""
    found = timeline_of(sheet, base=f"{sheet.href}/timeline", limit=5) | {"more": None}
    entries = [e for g in found["groups"] for e in g["entries"]]
    mine = next((e for e in entries if event_id and e["id"] == event_id), entries[0] if entries else None)
    shown = found | {"groups": [{"label": found["groups"][0]["label"], "entries": [mine]}] if mine else []}
    return answers.fragment(request, "record_timeline.html", {"timeline": shown, "page": True})


@require_POST
def compose(request: Any, path: str, pk: int, key: str) -> HttpResponse:
    """What was written into an area's composer: its action makes a record of it."""
    sheet = sheet_at(request, path, pk)
    for panel_ in shown_panels(sheet, "composer"):
        context = panel_.select(sheet.record, sheet.actor) if panel_.key == key else None
        if context is None:
            continue
        names = context.get("fields") or {}
        values = {field: request.POST[name] for field, name in names.items() if request.POST.get(name)} | dict(context.get("values") or {})
        kept = [(file.name or "", keep(file, file.name or "")) for file in request.FILES.getlist("files")[:20]]
        keyed = partial(attach_all, kept, request.actor)
        chosen = next((s for s in context.get("subjects") or () if s["value"] == request.POST.get("subject")), context)
        if chosen.get("on"):  # written on something, which makes a record of it
            run(chosen["run"], chosen["on"], request.actor, {k: v for k, v in values.items() if k not in (context.get("values") or {})}, keyed=keyed)
        else:
            run(context["run"], None, request.actor, values=values, keyed=keyed)
        return answers.again(request, sheet.href, text=_("Saved."))  # the head, the tasks and the figures changed too
    raise Missing("")


def attach_all(kept: list[tuple[str, Blob]], actor: Actor, outcome: Outcome) -> None:
    """Files that came with a text go onto the record it makes, with it or not at all: one that is not taken is refused before anything is
    written, so that nothing is sent, and there, twice."""
    record = outcome.value if isinstance(outcome.value, Record) else outcome.record
    for name, blob in kept:
        put_on(record, name, blob, actor)


@require_safe
def seers_of(request: Any, path: str, pk: int) -> HttpResponse:
    """Who sees this, and why."""
    sheet = sheet_at(request, path, pk)
    reasons = {"own": _("owner"), "shared": _("in the team"), "units": _("by unit"), "all": _("sees everything"), "own_of": _("stands in"),
               "shared_of": _("stands in")}
    joint = "、" if request.show.chinese else ", "
    found = [{"label": directory.user_name(s.user_id), "person": directory.user_name(s.user_id), "tint": s.user_id,
              "sub": directory.unit_name(directory.users()[s.user_id].unit, full=True) if s.user_id in directory.users() else "",
              "right": joint.join(reasons.get(r, r) for r in s.reasons), "tag": {"label": _("may edit"), "tone": "acc"} if s.edits else None}
             for s in seers(sheet.record)]
    return answers.fragment(request, "record_seers.html", {"people": found, "title": _("Who sees this, and why"), "name": sheet.title})


@require_POST
def reveal(request: Any, path: str, pk: int, name: str) -> HttpResponse:
    """The full value of a masked field; it is written down who looked."""
    resource, _record = record_at(path, pk, request.actor)
    value = marks.reveal(resource, pk, name, request.actor)
    spec = readable(resource.key(), request.actor)[name]
    if spec.kind.key == "link":
        return HttpResponse(html.text(value))
    return HttpResponse(spec.kind.cell(spec, request.show)(value))


@require_POST
def take_back(request: Any, event_id: int) -> HttpResponse:
    """Undo what one did."""
    done, stayed = undo.undo(event_id, request.actor)
    text = _("Taken back.") if not stayed else _("%(n)s taken back, %(m)s stay as they are.") % {"n": done, "m": len(stayed)}
    return answers.again(request, answers.inside(request.POST.get("next", "/")), text=text)
