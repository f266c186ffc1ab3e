"""Import and export through the API, and the jobs that carry them out."""

from __future__ import annotations

import hashlib
import json
import tempfile
from typing import Any
from urllib.parse import quote

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.exchange import exporting, reporting, running
from pellucid.kernel.exchange.mapping import Plan, shipped
from pellucid.kernel.exchange.readers import Unreadable
from pellucid.kernel.exchange.remembered import named
from pellucid.kernel.jobs import selectors
from pellucid.kernel.jobs.models import Job
from pellucid.kernel.records.errors import Invalid, Missing
from pellucid.kernel.resources.attachments import opened
from pellucid.kernel.resources.declare import Resource
from pellucid.kernel.resources.params import ListParams

from .answers import answer, jsonable
from .schema import ID, KEY, TEXT, content, parameter, ref, responses
from .writing import keyed

LOOKED_AT = 20_000


def bring(request: HttpRequest, actor: Actor, resource: type[Resource]) -> HttpResponse:
    """POST a table file (multipart): 202 with the job that imports it, or with `check` what would become of its rows."""
    running.allowed(resource, actor)
    return keyed(request, actor, lambda: brought(request, actor, resource), lambda: content_of(request))


def content_of(request: HttpRequest) -> bytes:
    """What tells one multipart call from another with the same key: its fields and the bytes of its file, not the boundary between them."""
    said = [json.dumps(sorted(request.POST.lists()))]
    for name, file in sorted(request.FILES.items()):
        file.seek(0)
        said += [name, file.name or "", hashlib.file_digest(file.file, "sha256").hexdigest()]
        file.seek(0)
    return json.dumps(said).encode()


def brought(request: HttpRequest, actor: Actor, resource: type[Resource]) -> HttpResponse:
    """The import, or what would become of it."""
    file = request.FILES.get("file")
    if file is None:
        raise Invalid({"file": [_("Choose a file first.")]})
    given = request.POST
    try:
        run, _book, _guesses = running.open_file(resource, actor, file, file.name or "table", sheet=given.get("sheet", ""),
                                                 encoding=given.get("encoding", ""), delimiter=given.get("delimiter", "")[:1])
        match = [m for m in given.get("match", "").split(",") if m] or None
        running.settle(run, actor, plan_of(given.get("mapping", ""), resource, actor) or running.run_plan(run), given.get("policy", ""), match)
        if given.get("check") in ("1", "true"):
            found = reporting.report(run, actor, LOOKED_AT)
            return answer({"import": run.pk, "mapping": running.run_plan(run).as_json()} | {n: found[n] for n in (
                "rows", "whole", "imported", "updated", "skipped", "failed", "faults")})
    except Unreadable as bad:
        raise Invalid({"file": [bad.message]}) from bad
    job = running.start(run, actor)
    return answer({"import": run.pk, "job": job.pk, "state": job.state}, 202, Location=f"/api/v1/jobs/{job.pk}")


def plan_of(text: str, resource: type[Resource], actor: Actor) -> Plan | None:
    """The mapping of a call: JSON, or the name of a kept or shipped one; None to have it guessed."""
    if not text:
        return None
    if text.lstrip().startswith("{"):
        try:
            return Plan.from_json(json.loads(text))
        except (ValueError, RecursionError) as bad:
            raise Invalid({"mapping": [_("This is no mapping of columns to fields.")]}) from bad
    found = shipped(text)
    plan = Plan.from_json(found[1]) if found and found[0] == resource.key() else named(resource.key(), actor, text)
    if plan is None:
        raise Invalid({"mapping": [_("“%(value)s” is not in the list.") % {"value": text[:40]}]})
    return plan


def take(request: HttpRequest, actor: Actor, resource: type[Resource]) -> HttpResponse | FileResponse:
    """GET a list as a file; a long one is made by a job (202). Filters and sort as in the list."""
    params = ListParams.parse([(k, v) for k in request.GET for v in request.GET.getlist(k)])
    kind = request.GET.get("kind", "xlsx")
    if kind not in ("xlsx", "csv"):
        raise Invalid({"kind": [_("“%(value)s” is not in the list.") % {"value": kind[:20]}]})
    everything, reason = request.GET.get("fields") == "all", request.GET.get("reason", "")[:200]
    if exporting.size(resource, actor, params) > exporting.INLINE:
        job = exporting.start(resource, actor, params, kind, everything=everything, reason=reason)  # type: ignore[arg-type]
        return answer({"job": job.pk, "state": job.state}, 202, Location=f"/api/v1/jobs/{job.pk}")
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the answer
    exporting.take(resource, actor, params, file, kind, everything=everything, reason=reason)  # type: ignore[arg-type]
    file.seek(0)
    return download(file, exporting.name_of(resource, kind))


def download(file: Any, name: str) -> FileResponse:
    """Bytes to be kept, never shown."""
    response = FileResponse(file, content_type="application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"], response["Cache-Control"] = "nosniff", "private, no-store"
    return response


def job(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """GET how far a job is."""
    return answer(described(selectors.job_of(pk, actor)))


def described(found: Job) -> dict[str, Any]:
    """A job as the API shows it."""
    line = selectors.line(found)
    return {"id": line.id, "name": line.name, "title": line.title, "state": line.state, "done": line.done, "total": line.total,
            "message": line.message, "error": line.error, "result": line.result, "created_at": jsonable(line.created_at),
            "finished_at": jsonable(line.finished_at), "file": f"/api/v1/jobs/{line.id}/file" if line.result_name else None}


def job_file(request: HttpRequest, actor: Actor, pk: int) -> FileResponse:
    """GET the file that came of a job."""
    found = selectors.job_of(pk, actor)
    if found.result_file is None:
        raise Missing(_("The file is not kept any more."))
    return download(opened(found.result_file), found.result_name)


# ------------------------------------------------------------------------------------------------ description
FILE = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
ASKED = {"type": "object", "properties": {"import": ID, "job": ID, "state": TEXT}, "required": ["job", "state"]}
CHECKED = {"type": "object", "properties": {"import": ID, "mapping": {"type": "object"}, "rows": {"type": "integer"}, "whole": {"type": "boolean"},
                                            "imported": {"type": "integer"}, "updated": {"type": "integer"}, "skipped": {"type": "integer"},
                                            "failed": {"type": "integer"}, "faults": {"type": "array"}}}
JOB = {"type": "object", "required": ["id", "state"], "properties": {
    "id": ID, "name": TEXT, "title": TEXT, "state": {"enum": ["queued", "running", "done", "failed", "cancelled"]}, "done": {"type": "integer"},
    "total": {"type": ["integer", "null"]}, "message": TEXT, "error": TEXT, "result": {"type": "object"}, "created_at": TEXT,
    "finished_at": {"type": ["string", "null"]}, "file": {"type": ["string", "null"]}}}
FORM = {"type": "object", "required": ["file"], "properties": {
    "file": {"type": "string", "format": "binary"}, "mapping": {**TEXT, "description": "JSON, or the name of a kept mapping; guessed when left out"},
    "policy": {"enum": ["skip", "fill", "update", "create"]}, "match": {**TEXT, "description": "Names of fields separated by commas"},
    "sheet": TEXT, "encoding": TEXT, "delimiter": TEXT, "check": {"enum": ["1", "true"], "description": "Only say what would happen"}}}


def paths_of(resource: type[Resource]) -> dict[str, Any]:
    """Import and export of a resource."""
    key, base, label = resource.key(), f"/api/v1/{resource.path}", str(resource.model._meta.verbose_name_plural)
    out: dict[str, Any] = {f"{base}/export": {"get": {
        "operationId": f"{key}_export", "summary": f"Export {label}", "tags": [key],
        "parameters": [parameter("kind", "query", {"enum": ["xlsx", "csv"]}, "xlsx by default"),
                       parameter("fields", "query", {"enum": ["shown", "all"]}, "The list's columns, or all one may read"),
                       parameter("reason", "query", {"type": "string", "maxLength": 200}, "What for"),
                       parameter("sort", "query", {"type": "string", "maxLength": 60}, "As in the list")],
        "responses": responses({"200": {"description": "The file", **FILE}, "202": {"description": "A job makes it", **content(ASKED)}}, 422)}}}
    if resource.importable:
        out[f"{base}/import"] = {"post": {
            "operationId": f"{key}_import", "summary": f"Import {label}", "tags": [key], "parameters": [KEY],
            "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": FORM}}},
            "responses": responses({"200": {"description": "What would happen", **content(CHECKED)},
                                    "202": {"description": "A job imports it", **content(ASKED)}}, 400, 409, 422)}}
    return out


def paths() -> dict[str, Any]:
    """Jobs."""
    pk = parameter("pk", "path", ID, "id of the job", True)
    return {
        "/api/v1/jobs/{pk}": {"get": {"operationId": "job_read", "summary": "How far a job is", "tags": ["job"], "parameters": [pk],
                                      "responses": responses({"200": {"description": "The job", **content(ref("Job"))}}, 404)}},
        "/api/v1/jobs/{pk}/file": {"get": {"operationId": "job_file", "summary": "The file a job made", "tags": ["job"], "parameters": [pk],
                                           "responses": responses({"200": {"description": "The file", **FILE}}, 404)}},
    }
