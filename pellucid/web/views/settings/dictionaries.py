"""Dictionaries: their values in order, with how many records hold each."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pellucid.kernel.actions.run import run
from pellucid.kernel.records import terms
from pellucid.kernel.records.translated import say
from pellucid.kernel.records.whole import is_whole, whole
from pellucid.kernel.resources.admin import terms as admin

from ... import administration, answers
from .doing import choices

MOST = 300


@require_safe
def index(request: Any) -> HttpResponse:
    """The first dictionary."""
    administration.need(request.actor, "term.view")
    found = admin.dictionaries()
    if not found:
        return administration.page(
            request, "dictionaries", "settings/dictionaries.html", {"dictionaries": [], "rows": [], "now": None}
        )
    return answers.go(request, f"/settings/dictionaries/{found[0].key}")


@require_safe
def dictionary(request: Any, key: str) -> HttpResponse:
    """One dictionary; a deep one is shown level by level."""
    administration.need(request.actor, "term.view")
    found = admin.dictionary_of(key)
    asked = request.GET.get("below", "")
    below = whole(asked)
    known = [t for t in terms.dictionaries().get(key, ()) if t.merged_into is None]
    ids, children = {t.id for t in known}, {}
    for term in known:
        parent = term.parent if term.parent in ids else None
        children[parent] = children.get(parent, 0) + 1
    rows = [t for t in known if (t.parent if t.parent in ids else None) == below]
    counts = admin.uses(found)
    may = request.actor.may("term", "edit")
    tones = {value: str(label) for value, label in admin.TONES}
    context = {
        "dictionaries": [
            {"label": d.label, "href": f"/settings/dictionaries/{d.key}", "count": d.terms, "current": d.key == key}
            for d in admin.dictionaries()
        ],
        "now": {
            "key": key,
            "label": found.label,
            "below": below,
            "fields": [str(s.label) for _r, s in found.fields],
            "deep": any(k for k in children),
        },
        "crumbs": crumbs(known, below, key),
        "may": may,
        "left": max(0, len(rows) - MOST),
        "rows": [
            {
                "id": t.id,
                "name": say(t.label),
                "other": say(t.label, "en" if request.show.chinese else "zh-hans"),
                "tone": t.tone,
                "colour": tones.get(t.tone, ""),
                "retired": t.retired,
                "uses": counts.get(t.id, 0),
                "children": children.get(t.id, 0),
            }
            for t in rows[:MOST]
        ],
    }
    return administration.page(request, "dictionaries", "settings/dictionaries.html", context)


def crumbs(known: list[Any], below: int | None, key: str) -> list[dict[str, str]]:
    """The way down to the level one looks at."""
    by_id, out, at = {t.id: t for t in known}, [], below
    while at in by_id:
        out.append({"label": say(by_id[at].label), "href": f"/settings/dictionaries/{key}?below={at}"})
        at = by_id[at].parent
    return out[::-1]


@require_POST
def arrange(request: Any, key: str) -> HttpResponse:
    """Keep a new order."""
    order = [int(v) for v in request.POST.getlist("order") if is_whole(v)]
    run("term_arrange", None, request.actor, key=key, order=order)
    return answers.toast(answers.nothing(), _("Saved."))


def others(request: Any, record: Any) -> list[tuple[Any, str]]:
    """The values that may take another's place."""
    return [(v, label) for v, label, _tone in terms.options(record.dictionary, request.show.language) if v != record.pk]


def above(request: Any, record: Any) -> list[tuple[Any, str]]:
    """The values that a new one may stand below."""
    key = request.GET.get("dictionary") or request.POST.get("dictionary", "")
    return [(v, label) for v, label, _tone in terms.options(key, request.show.language)][:2000]


choices["term_merge", "into"] = others
choices["term_create", "parent"] = above
