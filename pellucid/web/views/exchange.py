"""The import wizard: the file, its columns and what a check says of them, the decision, the run."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pellucid.kernel.exchange import failures, reporting, running, undoing
from pellucid.kernel.exchange.lines import FAILED
from pellucid.kernel.exchange.mapping import Plan, targets
from pellucid.kernel.exchange.models import ImportRun
from pellucid.kernel.exchange.readers import Sheetbook, Unreadable
from pellucid.kernel.jobs import selectors
from pellucid.kernel.records.errors import Invalid, Missing, Refused
from pellucid.kernel.records.kinds.base import BadValue
from pellucid.kernel.resources.declare import Resource

from .. import answers, controls
from .. import importing as drawn
from ..finding import resource_at
from ..menu import label_of
from . import jobs
from .files import sent

BOTH = ["GET", "HEAD", "POST"]
SHORT = 198  # rows that are counted, not guessed, before anything is checked
LOOKED_AT = 20_000                      # rows a check on a page reads; the import itself reads all


def frame(request: Any, resource: type[Resource], now: int, run: ImportRun | None = None, **more: Any) -> dict[str, Any]:
    """What every page of the wizard has."""
    labels = [_("Upload"), _("Columns and check"), _("Confirm"), _("Import")]
    steps = [{"label": label, "state": "done" if at < now else "now" if at == now else ""} for at, label in enumerate(labels)]
    note = ""
    if run is not None:
        note = f"{run.file_name} · {rows_of(run)}"
    return {"imp": {"title": _("Import %(what)s") % {"what": resource.model._meta.verbose_name_plural}, "note": note, "steps": steps,
                    "crumbs": [{"label": label_of(resource), "href": f"/{resource.path}/"}], **more}}


def rows_of(run: ImportRun) -> str:
    """How many rows the file has: of a long one only about, until all of them were looked at."""
    if run.checked.get("whole"):
        n = int(run.checked["rows"])
        return ngettext("%(n)s row", "%(n)s rows", n) % {"n": f"{n:,}"}
    if run.rows_about > SHORT:
        return _("about %(n)s rows") % {"n": f"{run.rows_about:,}"}
    return ngettext("%(n)s row", "%(n)s rows", run.rows_about) % {"n": f"{run.rows_about:,}"}


def draft(request: Any, path: str, pk: int) -> tuple[type[Resource], ImportRun]:
    """An import of one's own into this resource."""
    resource = resource_at(path, request.actor)
    run = running.run_of(pk, request.actor)
    if run.resource != resource.key():
        raise Missing("")
    return resource, run


def home(resource: type[Resource], run: ImportRun, tail: str = "") -> str:
    """The address of an import, or of one of its steps."""
    return f"/{resource.path}/import/{run.pk}{tail}"


# ------------------------------------------------------------------------------------------------ 1 the file
@require_http_methods(BOTH)
def upload(request: Any, path: str) -> HttpResponse:
    """Take a file."""
    resource = resource_at(path, request.actor)
    running.allowed(resource, request.actor)
    failure = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None:
                raise Invalid(_("Choose a file first."))
            run, _book, _guesses = running.open_file(resource, request.actor, file, file.name or "table")
            return answers.go(request, home(resource, run))
        except (Unreadable, Invalid) as bad:
            failure = str(bad)
    recent = [{"label": r.file_name, "sub": r.get_state_display(), "href": home(resource, r, "/run"), "right": said_counts(r)}
              for r in running.recent(resource.key(), request.actor)]
    context = frame(request, resource, 0, step="upload", action=f"/{resource.path}/import", accept=accepted(resource), failure=failure,
                    limits=_("Excel or CSV, up to 500 columns and 300 MB. Encoding and delimiter are found and shown before anything is written."),
                    template=f"/{resource.path}/import/template.xlsx", recent=recent, next=_("Next: look at the columns"),
                    back=f"/{resource.path}/")
    return answers.page(request, "import.html", context, status=422 if failure else 200)


def accepted(resource: type[Resource]) -> str:
    """Endings of the files one may choose."""
    return ".xlsx,.xls,.csv,.tsv,.txt" + (",.vcf" if resource.card else "")


def said_counts(run: ImportRun) -> str:
    """What a run did, in a few words."""
    return " · ".join(jobs.ended({"imported": run.imported, "updated": run.updated, "skipped": run.skipped, "failed": run.failed}))


@require_safe
def template(request: Any, path: str) -> FileResponse:
    """An empty table with the right headings."""
    resource = resource_at(path, request.actor)
    running.allowed(resource, request.actor)
    name = _("%(what)s - template.xlsx") % {"what": resource.model._meta.verbose_name_plural}
    return sent(FileResponse(drawn.template(resource, request.actor)), "application/octet-stream", name)


# ------------------------------------------------------------------------------------------------ 2 columns and check
@require_http_methods(BOTH)
def columns(request: Any, path: str, pk: int) -> HttpResponse:
    """Which column becomes which field, and what a check of the rows says."""
    resource, run = draft(request, path, pk)
    if run.state != ImportRun.State.DRAFT:
        return answers.go(request, home(resource, run, "/run"))
    failure = ""
    try:
        if request.method == "POST":
            if drawn.reread(request.POST, run):
                running.look_again(run, request.actor, **drawn.choices(request.POST))
                return answers.go(request, home(resource, run))
            plan = drawn.plan_of(request.POST, run)
            same = plan == running.run_plan(run) and request.POST.get("policy", run.policy) == run.policy
            if same and run.checked:
                return answers.go(request, home(resource, run, "/confirm"))
            running.settle(run, request.actor, plan, request.POST.get("policy", ""), keep_plan="remember" in request.POST)
            reporting.report(run, request.actor, LOOKED_AT)
            return answers.go(request, home(resource, run))
        book = drawn.looked_into(run)
    except (Invalid, Refused) as bad:
        failure, book = bad.message, drawn.looked_into(run)
    except Unreadable as bad:
        return upload_failed(request, resource, bad)
    return answers.page(request, "import.html", mapping_context(request, resource, run, book, failure), status=422 if failure else 200)


def upload_failed(request: Any, resource: type[Resource], bad: Unreadable) -> HttpResponse:
    """Back to the first step, with the reason."""
    context = frame(request, resource, 0, step="upload", action=f"/{resource.path}/import", accept=accepted(resource), failure=bad.message,
                    next=_("Next: look at the columns"))
    return answers.page(request, "import.html", context, status=422)


def mapping_context(request: Any, resource: type[Resource], run: ImportRun, book: Sheetbook, failure: str) -> dict[str, Any]:
    """Everything the second step shows."""
    checked, plan = run.checked, running.run_plan(run)
    if request.method == "POST" and not drawn.reread(request.POST, run):
        plan = drawn.plan_of(request.POST, run)
    rows = drawn.lines(resource, request.actor, run, book, plan, checked)
    matched = sum(row["state"] == "ok" for row in rows)
    unsure = sum(row["state"] == "warn" for row in rows)
    more: dict[str, Any] = {
        "step": "map", "action": home(resource, run), "columns": rows, "remember": "remember", "failure": failure,
        "matched": ngettext("%(n)s column recognised", "%(n)s columns recognised", matched) % {"n": matched} if matched else "",
        "unsure": ngettext("%(n)s column to look at", "%(n)s columns to look at", unsure) % {"n": unsure} if unsure else "",
        "options": drawn.reading_fields(run, book), "policies": drawn.policies(run), "back": f"/{resource.path}/import",
        "foot": " ".join(w.message for w in book.warnings[:3]), "next": pgettext("import", "Check"),
    }
    if checked:
        more |= drawn.result(run, resource)
        n = int(checked["imported"]) + int(checked["updated"])
        more["next"] = ngettext("Next: %(n)s row", "Next: %(n)s rows", n) % {"n": f"{n:,}"} if checked["whole"] else pgettext("step", "Next")
    return frame(request, resource, 1, run, **more)


@require_http_methods(BOTH)
def words(request: Any, path: str, pk: int, at: int) -> HttpResponse:
    """The words of a column that are in no list: what each of them means."""
    resource, run = draft(request, path, pk)
    column = next((name for name, index in run.places.items() if index == at), None)
    plan = running.run_plan(run)
    rule = next((r for r in plan.rules if r.column == column and r.field), None)
    spec = targets(resource, request.actor).get(rule.field) if rule else None
    if rule is None or spec is None or column is None:
        raise Missing("")
    unknown = list(run.checked.get("unknown", {}).get(column, {}).items())
    if request.method == "POST":
        values = dict(rule.values) | {word: request.POST[f"word-{n}"] for n, (word, _count) in enumerate(unknown) if request.POST.get(f"word-{n}")}
        changed = replace(rule, values=values, unknown="empty" if request.POST.get("rest") == "empty" else "error")
        rules = tuple(changed if r.column == column else r for r in plan.rules)
        try:
            for word in values.values():
                spec.kind.parse(spec, word, request.show)
            running.settle(run, request.actor, Plan(rules, plan.defaults))
            reporting.report(run, request.actor, LOOKED_AT)
        except (Invalid, BadValue) as bad:
            return answers.go(request, home(resource, run), text=str(bad), tone="bad")
        return answers.go(request, home(resource, run))
    fields = []
    for n, (word, count) in enumerate(unknown):
        field = controls.control_of(spec.changed(name=f"word-{n}", label=word, required=False, help=""), request.show)
        fields.append(field | {"help": ngettext("%(n)s row", "%(n)s rows", count) % {"n": count}})
    rest = {"name": "rest", "kind": "chips", "label": _("Whatever is left without a meaning"), "options": [
        {"value": "error", "label": _("is an error"), "selected": rule.unknown != "empty"},
        {"value": "empty", "label": _("stays empty"), "selected": rule.unknown == "empty"}]}
    form = {"title": _("Words of “%(column)s”") % {"column": column}, "action": home(resource, run, f"/words/{at}"), "cancel": home(resource, run),
            "sections": [{"title": str(spec.label), "fields": fields}, {"title": "", "fields": [rest]}], "submit": _("Keep and check again"),
            "crumbs": [{"label": label_of(resource), "href": f"/{resource.path}/"}, {"label": _("Import"), "href": home(resource, run)}]}
    return answers.page(request, "form.html", {"form": form, "title": form["title"]})


@require_safe
def faults(request: Any, path: str, pk: int) -> FileResponse:
    """The faulty rows of a check, or of a run, as a table with the reasons."""
    _resource, run = draft(request, path, pk)
    if run.state == ImportRun.State.DRAFT:
        found = ((line.number, line.reason) for part in running.check(run, request.actor) for line in part if line.state == FAILED)
    else:
        found = failures.failed_lines(run)
    return sent(FileResponse(drawn.faulty(run, found)), "application/octet-stream", failures.name_of(run))


# ------------------------------------------------------------------------------------------------ 3 the decision, 4 the run
@require_http_methods(BOTH)
def confirm(request: Any, path: str, pk: int) -> HttpResponse:
    """The last look before anything is written; then it begins."""
    resource, run = draft(request, path, pk)
    if run.state != ImportRun.State.DRAFT:
        return answers.go(request, home(resource, run, "/run"))
    if not run.checked:
        return answers.go(request, home(resource, run))
    if request.method == "POST":
        running.start(run, request.actor, rules=request.POST.get("rules") == "1")
        return answers.go(request, home(resource, run, "/run"))
    n = int(run.checked["imported"]) + int(run.checked["updated"])
    label = ngettext("Import %(n)s row", "Import %(n)s rows", n) % {"n": f"{n:,}"} if run.checked["whole"] else _("Import all rows")
    more = drawn.result(run, resource) | {"table": None, "rules": drawn.rules(resource)}
    more["foot"] = _("It can be taken back within 24 hours; rows that somebody changes meanwhile stay.")
    context = frame(request, resource, 2, run, step="confirm", action=home(resource, run, "/confirm"), back=home(resource, run), next=label, **more)
    return answers.page(request, "import.html", context)


@require_safe
def run_page(request: Any, path: str, pk: int) -> HttpResponse:
    """How far it is, and what came of it."""
    resource, run = draft(request, path, pk)
    if run.state == ImportRun.State.DRAFT or run.job_id is None:
        return answers.go(request, home(resource, run))
    line = jobs.drawn(selectors.line(selectors.job_of(run.job_id, request.actor)), request)
    done = run.state in (ImportRun.State.DONE, ImportRun.State.UNDONE)
    context = frame(request, resource, 4 if done else 3, run, step="run", job=line, action="", back=f"/{resource.path}/")
    return answers.page(request, "import.html", context)


@require_POST
def take_back(request: Any, path: str, pk: int) -> HttpResponse:
    """Take an import back."""
    resource, run = draft(request, path, pk)
    job = undoing.undo(run, request.actor)
    stayed = undoing.stayed(run).count() if job is None else 0
    text = _("The import is being taken back.") if job else _("The import was taken back.")
    if stayed:
        text += " " + ngettext("%(n)s row stays: it was changed since.", "%(n)s rows stay: they were changed since.", stayed) % {"n": stayed}
    return answers.again(request, home(resource, run, "/run"), text=text)
