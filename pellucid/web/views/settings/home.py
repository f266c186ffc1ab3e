"""The first page of the settings, and the pages that areas bring."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from pellucid.kernel.records.errors import Missing
from pellucid.kernel.resources.admin import overview
from pellucid.kernel.resources.declare import pages

from ... import administration


@require_safe
def index(request: Any) -> HttpResponse:
    """What there is to set, and how it stands."""
    groups = administration.groups(request.actor, "")
    if not groups:
        administration.need(request.actor, "setting.view")
    return administration.page(request, "", "settings/index.html", {"facts": overview.figures(request.actor)})


@require_safe
def area_page(request: Any, group: str, name: str) -> HttpResponse:
    """A page of an area."""
    key = f"{group}/{name}"
    page = pages.get(administration.PREFIX + key)
    if page is None:
        raise Missing("")
    administration.need(request.actor, page.needs)
    params = {k: v for k, v in request.GET.items() if len(v) < 500}
    return administration.page(request, key, page.template, {"page": page, "params": params} | page.select(request.actor, params))
