"""What the bell opens, and the page of all notices."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.notices.selectors import MOST, NoticeLine, mark_read, notices, path_of, unread_count
from pellucid.kernel.records import words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.whole import whole

from .. import answers, shell
from .jobs import lines_of

IN_TRAY, ON_PAGE = 8, 40


def waiting(actor: Actor) -> str:
    """How many wait; empty for none."""
    found = unread_count(actor.user_id) if actor.user_id else 0
    return "" if not found else f"{MOST}+" if found > MOST else str(found)


shell.bells[:] = [shell.Bell("/notices/tray", "/notices", waiting)]


def row(line: NoticeLine, show: Show) -> dict[str, Any]:
    """One notice as the tray lists it."""
    return {
        "icon": line.icon, "tone": line.tone, "label": line.text, "text": line.quote, "unread": not line.read,
        "at": words.ago(line.created_at, show.now, show.language), "href": f"/notices/{line.id}",
    }  # fmt: skip


@require_safe
def tray(request: Any) -> HttpResponse:
    """Long work and the latest notices."""
    return drawn(request)


def drawn(request: Any) -> HttpResponse:
    """The tray as it stands."""
    found = [row(n, request.show) for n in notices(request.actor, limit=IN_TRAY)]
    context = {"jobs": lines_of(request), "notices": found, "all": "/notices", "read_all": "/notices/read"}
    return answers.fragment(request, "tray.html", {"tray": context})


@require_safe
def index(request: Any) -> HttpResponse:
    """Every notice, newest first, a page at a time."""
    before = request.GET.get("before", "")
    found = notices(request.actor, limit=ON_PAGE + 1, before=whole(before))
    context = {
        "title": _("Notices"), "rows": [row(n, request.show) for n in found[:ON_PAGE]],
        "more": f"/notices?before={found[ON_PAGE - 1].id}" if len(found) > ON_PAGE else None,
    }  # fmt: skip
    return answers.page(request, "notices.html", context)


@require_safe
def follow(request: Any, pk: int) -> HttpResponse:
    """From a notice to its record."""
    found = next(iter(notices(request.actor, limit=1, before=pk + 1)), None)
    if found is None or found.id != pk:
        return answers.go(request, "/notices")
    return answers.go(request, path_of(found.target) + f"?notice={pk}" if found.target else "/notices")


@require_POST
def read(request: Any) -> HttpResponse:
    """All are read."""
    mark_read(request.actor)
    return drawn(request) if request.htmx else answers.go(request, "/notices")
