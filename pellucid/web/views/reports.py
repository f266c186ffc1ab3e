"""Questions of the cross analysis kept under a name: the dialog that keeps one, and what was changed put back into it."""
from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

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
    typed = forms.raw_values({n: s for n, s in asked.items() if n != "question"}, request.POST)
    try:
        made = run("report_create", None, actor, values={n: v for n, v in typed.items() if v != ""} | {"question": question}).record
    except Invalid as error:
        return dialog(request, question, typed, error)
    return answers.go(request, reports.address(made), text=_("Report “%(name)s” was saved.") % {"name": made.name})


@require_POST
def keep_change(request: Any, pk: int) -> HttpResponse:
    """Put the question as it stands into its report."""
    kept = reports.opened(request.actor, str(pk))
    if kept is None:
        raise Missing("")
    question = reports.question_of(request.GET.items())
    made = run("report_update", pk, request.actor, values={"question": question}, version=kept.version).record
    return answers.go(request, reports.address(made), text=_("Report “%(name)s” was saved.") % {"name": made.name})


def dialog(request: Any, question: str, typed: dict[str, Any] | None = None, error: Invalid | None = None) -> HttpResponse:
    """The form of a new report; its question is the page's."""
    sheet = forms.form_of(registry["report"], request.actor, request.show, typed=typed, errors=forms.errors_of(error) if error else None)
    for section in sheet["sections"]:
        section["fields"] = [f for f in section["fields"] if f["name"] != "question"]
        for field in section["fields"]:
            if field["name"] == "audience":
                field["options"] = [o for o in field["options"] if o["value"] in reports.audiences(request.actor)]
            elif when := {"audience_unit": "unit", "audience_role": "role"}.get(field["name"]):
                field["when"] = f"audience {when}"
    form = sheet | {"title": _("Save as a report"), "action": f"/analyses/report?{question}", "target": "dialog", "next": "", "draft": "",
                    "columns": 1, "more": [f for f in sheet["more"] if f["name"] in ("audience_unit", "audience_role")]}  # fmt: skip
    return answers.fragment(request, "form_drawer.html", {"form": form}, status=422 if error else 200)
