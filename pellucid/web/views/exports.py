"""Taking a list out: at once when it is short, else in a job whose file waits in the tray."""
from __future__ import annotations

import tempfile
from io import BytesIO
from typing import Any

from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from pellucid.kernel.exchange import exporting
from pellucid.kernel.records.errors import Invalid, Missing

from .. import answers
from ..finding import record_at, resource_at
from ..menu import label_of
from ..opened import open_list
from .files import sent
from .lists import asked

KINDS = ("xlsx", "csv", "vcf")


@require_safe
def card(request: Any, path: str, pk: int) -> FileResponse:
    """One record as a card for a telephone."""
    resource, record = record_at(path, pk, request.actor)
    if not resource.card:
        raise Missing("")
    file = BytesIO(exporting.taken(resource, record, request.actor))
    return sent(FileResponse(file), "text/vcard; charset=utf-8", f"{str(record)[:60] or pk}.vcf")


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: Any, path: str) -> HttpResponse:
    """GET: what would be taken out, and how. POST: take it."""
    resource = resource_at(path, request.actor, "export")
    params = open_list(resource, request.actor, request.show, asked(request)).params
    rows = exporting.size(resource, request.actor, params)
    if request.method != "POST":
        return dialog(request, resource, params, rows)
    kind, reason = request.POST.get("kind", "xlsx"), request.POST.get("reason", "").strip()
    if kind not in KINDS or (kind == "vcf" and not resource.card):
        raise Invalid({"kind": [_("“%(value)s” is not in the list.") % {"value": kind[:20]}]})
    everything = request.POST.get("fields") == "all"
    if rows > exporting.INLINE:
        exporting.start(resource, request.actor, params, kind, everything=everything, reason=reason)  # type: ignore[arg-type]
        text = _("The export has begun; its file will wait under “Long work”.")
        return answers.go(request, f"/{resource.path}/{params.url()}", text=text)
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the answer
    exporting.take(resource, request.actor, params, file, kind, everything=everything, reason=reason)  # type: ignore[arg-type]
    file.seek(0)
    return sent(FileResponse(file), "application/octet-stream", exporting.name_of(resource, kind))


def dialog(request: Any, resource: Any, params: Any, rows: int) -> HttpResponse:
    """The form."""
    here = f"/{resource.path}/"
    count = ngettext("%(n)s row", "%(n)s rows", rows) % {"n": f"{rows:,}"}
    book = [{"value": "vcf", "label": _("Address book (vCard)"), "selected": False}] if resource.card else []
    fields = [
        {"name": "kind", "kind": "chips", "label": _("As"), "required": True, "options": [
            {"value": "xlsx", "label": _("Excel workbook"), "selected": True}, {"value": "csv", "label": "CSV (UTF-8)", "selected": False}, *book]},
        {"name": "fields", "kind": "chips", "label": _("Fields"), "required": True, "options": [
            {"value": "shown", "label": _("The columns of the list"), "selected": True},
            {"value": "all", "label": _("All fields I may read"), "selected": False}]},
        {"name": "reason", "kind": "text", "label": _("What for"), "wide": True, "maxlength": 200,
         "help": _("Kept with the record of this export, which names you, the filter and the fields.")},
    ]
    form = {"title": _("Export %(what)s") % {"what": resource.model._meta.verbose_name_plural}, "note": count,
            "action": f"{here}export{params.url()}", "cancel": here + params.url(), "sections": [{"title": "", "fields": fields}], "columns": 1,
            "submit": _("Export %(rows)s") % {"rows": count}, "crumbs": [{"label": label_of(resource), "href": here}]}
    return answers.page(request, "form.html", {"form": form, "title": form["title"]})
