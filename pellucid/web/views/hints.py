"""What areas say while one types into a form."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from pellucid.kernel.records.whole import whole
from pellucid.kernel.resources.declare import hints

from .. import answers
from ..finding import resource_at


@require_safe
def hint(request: Any, path: str) -> HttpResponse:
    """The hints that listen to the field being typed; empty when there is nothing to say."""
    resource = resource_at(path, request.actor)
    about, record = request.GET.get("about", ""), request.GET.get("record", "")
    for found in hints:
        if found.resource == resource.key() and about in found.fields:
            values = {name: request.GET.get(name, "").strip()[:200] for name in found.fields}
            context = found.select(request.actor, values, whole(record))
            if context is not None:
                return answers.fragment(request, found.template, context)
    return HttpResponse("")
