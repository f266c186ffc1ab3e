"""What was: the history of a record, its values on any past day; and its page for paper."""
from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pellucid.kernel.history.selectors import state_at
from pellucid.kernel.records import days
from pellucid.kernel.resources.fields import masked
from pellucid.kernel.resources.happened import said
from pellucid.kernel.resources.marks import titled

from .. import answers
from ..record import Sheet, facts, groups, identity
from ..record import path as steps
from ..related import tables
from ..shell import company_name
from ..timeline import timeline_of
from .records import sheet_at

STORY = 300                             # entries of a record's story on paper


def day_of(request: Any) -> dt.date | None:
    """The day asked for, if it is one."""
    text = request.GET.get("on", "")
    try:
        return days.parse_day(text, today=request.show.today) if text else None
    except ValueError:
        return None


def then(sheet: Sheet, day: dt.date) -> list[dict[str, Any]] | None:
    """The kept values at the end of a day beside those of now; None when the record did not live then."""
    model = sheet.resource.model
    state = state_at(model, sheet.record.pk, day) if model.temporal else None
    if state is None:
        return None
    fields = {f.name: c.spec for f in model._meta.concrete_fields if (c := sheet.columns.get(f.name)) is not None}
    wanted = [(s.target, int(v)) for n, v in state.items() if v is not None and n in fields and (s := fields[n]).kind.key == "link"]
    links = titled(wanted, sheet.actor) if wanted else {}
    out = []
    for name, value in state.items():
        spec = fields.get(name)
        if spec is None:
            continue
        was = said(spec, value, sheet.show, links, masked(sheet.key, name, sheet.actor))
        now = sheet.words(name)
        out.append({"label": str(spec.label), "then": was or "–", "now": now or "–", "changed": was != now})
    return out


@require_safe
def history(request: Any, path: str, pk: int) -> HttpResponse:
    """Every change, and the values of any past day."""
    sheet = sheet_at(request, path, pk)
    day = day_of(request)
    context = identity(sheet)
    context |= {"crumbs": [*context["crumbs"], {"label": sheet.title, "href": sheet.href}], "day": day.isoformat() if day else "",
                "then": then(sheet, day) if day else [], "asked": day is not None, "today": sheet.show.today.isoformat(),
                "temporal": bool(sheet.resource.model.temporal),
                "timeline": timeline_of(sheet, base=f"{sheet.href}/timeline", only="system", limit=50) | {"filters": []}}
    return answers.page(request, "record_history.html", {"record": context, "title": _("History of %(name)s") % {"name": sheet.title}})


@require_safe
def paper(request: Any, path: str, pk: int) -> HttpResponse:
    """A record on A4: its fields, what points to it, and its whole story unless that is left out."""
    sheet = sheet_at(request, path, pk)
    shown = [{**g, "edit": None, "fields": [f | {"edit": None} for f in g["fields"]]} for g in groups(sheet)]
    now, told = request.show.now.astimezone(request.show.zone), request.GET.get("story") != "no"
    story = timeline_of(sheet, base="", limit=STORY) | {"filters": []} if told else None
    context = identity(sheet) | {
        "facts": facts(sheet), "path": steps(sheet), "groups": shown, "related": tables(sheet), "story": story and story["groups"],
        "cut": STORY if story and story["more"] else 0, "printed": now.strftime("%Y-%m-%d %H:%M"), "by": request.identity.name,
        "company": company_name(), "back": sheet.href, "ways": [
            {"label": _("With its story"), "href": f"{sheet.href}/print", "current": told},
            {"label": _("Without"), "href": f"{sheet.href}/print?story=no", "current": not told}]}
    return answers.plain(request, "record_print.html", {"record": context, "title": sheet.title})
