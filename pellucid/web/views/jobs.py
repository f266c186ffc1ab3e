"""Long work: the tray's lines, cancelling, trying again, fetching what came of it."""
from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from pellucid.kernel.access import directory
from pellucid.kernel.exchange.models import ImportRun
from pellucid.kernel.exchange.running import run_of
from pellucid.kernel.exchange.undoing import undoable
from pellucid.kernel.jobs import selectors
from pellucid.kernel.jobs.actions import job_cancel, job_retry
from pellucid.kernel.jobs.selectors import TrayLine
from pellucid.kernel.records import words
from pellucid.kernel.records.errors import Missing
from pellucid.kernel.resources.attachments import opened
from pellucid.kernel.resources.declare import registry

from .. import answers
from .files import sent

ICONS = {"exchange.import": "upload", "exchange.export": "download", "exchange.undo": "arrow-back-up"}
STATES = {"queued": "waiting", "running": "running", "done": "done", "failed": "failed", "cancelled": "failed"}


def drawn(line: TrayLine, request: Any) -> dict[str, Any]:
    """A line of the tray as parts/job.html draws it."""
    failed = int(line.result.get("failed") or 0)
    state = "partial" if line.state == "done" and failed else STATES[line.state]
    out: dict[str, Any] = {"id": line.id, "label": line.title, "icon": ICONS.get(line.name, "clock"), "state": state, "percent": line.percent,
                           "src": f"/jobs/{line.id}", "figures": [], "note": line.error or line.message, "right": "", "buttons": []}
    if line.state == "running":
        if line.total:
            out["figures"].append(_("%(done)s / %(total)s rows") % {"done": f"{line.done:,}", "total": f"{line.total:,}"})
        if line.rate:
            out["figures"].append(_("%(n)s rows a second") % {"n": f"{line.rate:,.0f}"})
        if line.seconds_left is not None:
            out["right"] = _("about %(time)s") % {"time": words.duration(max(1, line.seconds_left), request.show.language)}
    elif line.state != "done":
        out["figures"].append(_("Being cancelled") if line.cancelling else line.state_words)
    else:
        out["figures"] += ended(line.result)
        if line.finished_at:
            out["right"] = words.ago(line.finished_at, request.show.now, request.show.language)
    run = imported(line, request)
    if run is not None and run.undone_at:
        zone, language = request.show.zone, request.show.language
        when = words.appointed(run.undone_at.astimezone(zone), request.show.now.astimezone(zone), language)
        who = directory.user_name(run.undone_by_id) or _("the program")
        out |= {"state": "taken", "icon": "arrow-back-up", "right": "", "note": _("Taken back by %(who)s, %(when)s") % {"who": who, "when": when}}
    out["buttons"] = buttons(line, failed, run)
    return out


def ended(result: dict[str, Any]) -> list[str]:
    """What a finished job says of itself."""
    named = ((_("%(n)s new"), "imported"), (_("%(n)s updated"), "updated"), (_("%(n)s skipped"), "skipped"), (_("%(n)s failed"), "failed"),
             (_("%(n)s taken back"), "taken"), (_("%(n)s left, changed since"), "stayed"))
    said = [text % {"n": f"{int(result[name]):,}"} for text, name in named if result.get(name)]
    if "export" in result:
        said.append(ngettext("%(n)s row", "%(n)s rows", int(result["rows"])) % {"n": f"{int(result['rows']):,}"})
    return said


def imported(line: TrayLine, request: Any) -> ImportRun | None:
    """The import behind a job that has ended, if the reader may see it."""
    if line.name != "exchange.import" or line.state not in ("done", "cancelled") or not (number := line.result.get("run")):
        return None
    try:
        return run_of(number, request.actor)
    except Missing:
        return None


def buttons(line: TrayLine, failed: int, run: ImportRun | None) -> list[dict[str, Any]]:
    """What one may do about a job."""
    out = []
    if line.may_cancel:
        out.append({"label": _("Cancel"), "quiet": True, "post": f"/jobs/{line.id}/cancel"})
    if line.may_retry:
        out.append({"label": _("Try again"), "quiet": True, "post": f"/jobs/{line.id}/retry"})
    if line.result_name:
        label = ngettext("%(n)s faulty row", "%(n)s faulty rows", failed) % {"n": failed} if failed else _("Download")
        out.append({"label": label, "icon": "download", "href": f"/jobs/{line.id}/file"})
    if run is not None and undoable(run) and run.resource in registry:
        out.append({"label": _("Take back"), "quiet": True, "post": f"/{registry[run.resource].path}/import/{run.pk}/undo",
                    "confirm": _("Take this import back? New records go to the bin, changed ones get their old values.")})
    return out


def lines_of(request: Any) -> list[dict[str, Any]]:
    """The reader's jobs for the tray."""
    return [drawn(line, request) for line in selectors.tray(request.actor)]


@require_safe
def tray(request: Any) -> HttpResponse:
    """The long work of the reader: a fragment, or a page of its own."""
    context = {"title": _("Long work"), "jobs": lines_of(request)}
    if request.htmx:
        return answers.fragment(request, "exchange/jobs_list.html", context)
    return answers.page(request, "exchange/jobs.html", context)


@require_safe
def line(request: Any, pk: int) -> HttpResponse:
    """One job, as it stands now."""
    found = drawn(selectors.line(selectors.job_of(pk, request.actor)), request)
    return answers.fragment(request, "exchange/job.html", {"job": found})


def again(request: Any, pk: int, text: str) -> HttpResponse:
    """Back to where the reader stands."""
    return answers.again(request, "/jobs", text=text)


@require_POST
def cancel(request: Any, pk: int) -> HttpResponse:
    """Cancel a job; what it has done stays."""
    job_cancel(pk, actor=request.actor)
    return again(request, pk, _("Cancelled. What was done so far stays."))


@require_POST
def retry(request: Any, pk: int) -> HttpResponse:
    """Let a failed or cancelled job go on."""
    job_retry(pk, actor=request.actor)
    return again(request, pk, _("It goes on."))


@require_safe
def file(request: Any, pk: int) -> FileResponse:
    """The file that came of a job."""
    found = selectors.job_of(pk, request.actor)
    if found.result_file is None:
        raise Missing(_("The file is not kept any more."))
    return sent(FileResponse(opened(found.result_file)), "application/octet-stream", found.result_name)
