"""A process as a file: out, and in again with an answer for everybody who is not known here."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pellucid.kernel.access import directory
from pellucid.kernel.actions.run import run
from pellucid.kernel.processes.definition import read
from pellucid.kernel.processes.designing.portable import FORMAT, exported, imported, unknown
from pellucid.kernel.records.errors import Failure, Invalid
from pellucid.kernel.records.translated import say
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.declare import registry

from .. import administration, answers
from ..stepforms import choice
from .designer import MOST, bench


@require_safe
def download(request: Any, pk: int) -> HttpResponse:
    """The definition as a file: roles by key, persons and units by name."""
    at = bench(request, pk)
    text = json.dumps(exported(at.body), ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": f'attachment; filename="{at.process.key}.json"'}
    return HttpResponse(text + "\n", content_type="application/json", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: Any) -> HttpResponse:
    """GET: the dialog. POST: the file; whom it names and nobody here is called so, is asked for first."""
    administration.need(request.actor, "process.edit")
    facts: dict[str, Any] = {"text": "", "asked": [], "failure": ""}
    status = 200
    if request.method == "POST":
        try:
            file = given(request)
            strange = unknown(file)
            facts["text"] = json.dumps(file, ensure_ascii=False)
            answered = {one: answer for n, one in enumerate(strange) if (answer := answer_of(request, n, one[0]))}
            if strange and request.POST.get("text", "") == "":
                facts["asked"] = [question(n, kind, name) for n, (kind, name) in enumerate(strange)]
            else:
                made = run("process_import", None, request.actor, {"body": json.dumps(imported(file, answered), ensure_ascii=False)}).value
                return answers.go(request, f"/settings/processes/{made.pk}")
        except Failure as error:
            facts["failure"], status = error.message, 422
    return answers.fragment(request, "processes/designer_file.html", {"file": facts}, status=status)


def given(request: Any) -> dict[str, Any]:
    """The file, sent now or kept from the first time. Invalid when it is none of a process."""
    upload_ = request.FILES.get("file")
    if upload_ is not None and upload_.size > MOST:
        raise Invalid(_("This process is too large."))
    raw = upload_.read().decode("utf-8", "replace") if upload_ is not None else request.POST.get("text", "")[:MOST]
    try:
        file = json.loads(raw)
    except json.JSONDecodeError as error:
        if not raw.lstrip().startswith("{"):
            raise Invalid(_("This is no file of a process.")) from None
        raise Invalid(_("The file is damaged or incomplete, in line %(n)s. Export it again.") % {"n": error.lineno}) from None
    if not isinstance(file, dict) or not str(file.get("format")).startswith(FORMAT.partition("/")[0]) or not isinstance(file.get("process"), dict):
        raise Invalid(_("This is no file of a process."))
    if file["format"] != FORMAT:
        raise Invalid(_("The file comes from another version of the program (%(format)s) and cannot be read.") % {"format": file["format"]})
    if (about := file["process"].get("subject")) not in registry:
        raise Invalid(_("The process is about “%(kind)s”; there are no records of this kind here.") % {"kind": about})
    try:
        read(imported(file, {}))
    except (KeyError, TypeError, AttributeError):
        raise Invalid(_("This is no file of a process.")) from None
    return file


def answer_of(request: Any, n: int, kind: str) -> Any:
    """Who is meant by the n-th name that is not known here."""
    typed = request.POST.get(f"answer.{n}", "")
    if kind == "role":
        return typed if typed in {r.code for r in directory.roles()} else None
    return int(typed) if is_whole(typed) and len(typed) < 18 else None


def question(n: int, kind: str, name: str) -> dict[str, Any]:
    """Ask who is meant; left empty, nobody is."""
    label = {"person": _("Colleague “%(name)s”"), "unit": _("Unit “%(name)s”"), "role": _("Role “%(name)s”")}[kind] % {"name": name}
    if kind == "role":
        return choice(f"answer.{n}", label, [("", _("nobody")), *((r.code, say(r.label)) for r in directory.roles())], "", id=f"f-answer-{n}")
    src = "/options/user" if kind == "person" else "/options/unit"
    return {"name": f"answer.{n}", "id": f"f-answer-{n}", "label": label, "kind": "reference", "src": src, "chosen": []}
