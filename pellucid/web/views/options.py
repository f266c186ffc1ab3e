"""What comboboxes offer: colleagues, units, terms, records of a resource, each within the reader's reach."""
from __future__ import annotations

from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pellucid.kernel.access import directory
from pellucid.kernel.access.rights import tree
from pellucid.kernel.records import terms
from pellucid.kernel.records.errors import Forbidden, Missing
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import readable
from pellucid.kernel.resources.lists.run import rows
from pellucid.kernel.resources.params import Filter, ListParams
from pellucid.kernel.resources.query import listing, text_search

from .. import answers
from ..shell import reach

MOST = 20


def answer(request: Any, found: list[dict[str, Any]]) -> HttpResponse:
    """The options as parts/options.html draws them."""
    prefix = "".join(c for c in request.GET.get("prefix", "o") if c.isalnum() or c in "-_")[:60] or "o"
    return answers.fragment(request, "parts/options.html", {"options": found[:MOST], "prefix": prefix})


def fits(asked: str, *texts: str) -> bool:
    """Whether what was typed stands in one of the texts."""
    return not asked or any(asked in text.casefold() for text in texts if text)


def typed(request: Any) -> str:
    """What was typed so far."""
    return request.GET.get("q", "").strip()[:80]


@require_safe
def users(request: Any) -> HttpResponse:
    """Colleagues by name, pinyin, initials or login; those of one's own unit first."""
    asked = typed(request).casefold()
    home = directory.home_of(request.actor.user_id)
    found = [u for u in directory.users().values() if u.active and u.kind == "staff"
             and (fits(asked, u.name, u.username, u.pinyin.replace(" ", "")) or fits(asked, "".join(p[:1] for p in u.pinyin.split())))]
    found.sort(key=lambda u: (u.unit != home, u.pinyin or u.name))
    return answer(request, [{"value": u.id, "label": u.name, "note": directory.unit_name(u.unit, full=True)} for u in found])


@require_safe
def units(request: Any) -> HttpResponse:
    """Units within reach."""
    asked, within = typed(request).casefold(), reach(request.actor)
    known = directory.units()
    return answer(request, [{"value": u, "label": known[u].name, "note": directory.unit_name(known[u].parent)} for u in tree().walk()
                            if not known[u].closed and (within is None or u in within) and fits(asked, known[u].name, known[u].short_name)])


@require_safe
def dictionary(request: Any, name: str) -> HttpResponse:
    """Values of a long dictionary."""
    asked = typed(request).casefold()
    found = [t for t in terms.options(name, request.show.language) if fits(asked, str(t[1]))]
    return answer(request, [{"value": value, "label": label, "note": ""} for value, label, _tone in found])


@require_safe
def records(request: Any, key: str) -> HttpResponse:
    """Records of a resource by their title, or by everything that is searched."""
    resource, actor = registry.get(key), request.actor
    if resource is None:
        raise Missing("")
    if not actor.may(key, "view"):
        raise Forbidden(f"{key}.view", _("You have no right to see %(what)s.") % {"what": resource.model._meta.verbose_name_plural})
    asked, may = typed(request), readable(key, actor)
    if resource.title not in may:
        raise Missing("")
    searched = bool(text_search) and bool(resource.search)
    filters = (Filter(resource.title, "contains", (asked,)),) if asked and not searched else ()
    params = ListParams(filters=filters, q=asked if searched else "", size=20)
    second = [n for n in ("number", "owner") if n in may][:1] + [n for n, s in may.items() if s.kind.key == "link" and s.required][:1]
    found = listing(resource, actor, params, request.show, (resource.title, *second))
    out = []
    for row in rows(connection, found.query):
        words = [c.spec.kind.words(c.spec, c.pick(row), request.show) for c in found.columns]
        out.append({"value": row[0], "label": words[0][:120] or f"#{row[0]}", "note": " · ".join(w for w in words[1:] if w)})
    return answer(request, out)
