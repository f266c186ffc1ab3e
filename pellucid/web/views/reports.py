"""Questions of the cross analysis kept under a name: the dialog that keeps one, and what was changed put back into it."""
from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pellucid.kernel.actions.run import run
from pellucid.kernel.metrics import reports
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing
from pellucid.kernel.resources.declare import registry

from .. import answers, forms


@require_http_methods(["GET", "HEAD", "POST"])
def keep(request: Any) -> HttpResponse:
    """The dialog that keeps a question under a name, for oneself or for others. POST: keep it."""
    actor = request.actor
    if not actor.may("report", "create"):
        raise Forbidden("report.create")
    question = reports.question_of(request.GET.items())
    if request.method != "POST":
        return dialog(request, question)
    asked = forms.asked_fields(registry["report"], actor)
    typed = forms.raw_values({n: s for n, s in asked.items() if n != reports.QUESTION}, request.POST)
    try:
        made = run("report_create", None, actor, values={n: v for n, v in typed.items() if v != ""} | {reports.QUESTION: question}).record
    except Invalid as error:
        return dialog(request, question, typed, error)
    return answers.go(request, reports.address(made), text=_("Report “%(name)s” was saved.") % {"name": made.name})


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: Any, pk: int) -> HttpResponse:
    """GET: the dialog in which it is called otherwise and shared. POST: put the question as it stands into it."""
    kept = reports.opened(request.actor, str(pk))
    if kept is None:
        raise Missing("")
    if request.method != "POST":
        form = shortened(forms.form_of(registry["report"], request.actor, request.show, record=kept), request)
        return answers.fragment(request, "form_drawer.html", {"form": form | {"title": _("Rename and share"), "target": "dialog", "columns": 1}})
    question = reports.question_of(request.GET.items())
    made = run("report_update", pk, request.actor, values={reports.QUESTION: question}, version=kept.version).record
    return answers.go(request, reports.address(made), text=_("Report “%(name)s” was saved.") % {"name": made.name})


def dialog(request: Any, question: str, typed: dict[str, Any] | None = None, error: Invalid | None = None) -> HttpResponse:
    """The form of a new report; its question is the page's."""
    sheet = forms.form_of(registry["report"], request.actor, request.show, typed=typed, errors=forms.errors_of(error) if error else None)
    form = shortened(sheet, request) | {"title": _("Save as a report"), "action": f"/analyses/report?{question}", "target": "dialog", "next": "",
                                        "draft": "", "columns": 1}  # fmt: skip
    return answers.fragment(request, "form_drawer.html", {"form": form}, status=422 if error else 200)


def shortened(sheet: dict[str, Any], request: Any) -> dict[str, Any]:
    """The form without its question, which is the page's, and without what would be refused."""
    choices, when = reports.on_the_page(request.actor)
    for section in sheet["sections"]:
        section["fields"] = [f for f in section["fields"] if f["name"] != reports.QUESTION]
        for field in section["fields"]:
            if (offered := choices.get(field["name"])) is not None:
                field["options"] = [o for o in field["options"] if o["value"] in offered]
            if (asked := when.get(field["name"])) is not None:
                field["when"] = asked
    return sheet | {"more": []}
