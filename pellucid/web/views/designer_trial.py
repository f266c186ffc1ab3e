"""What a process would do, before it does it: a try on a real record, what publishing would change, and the versions so far."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pellucid.kernel.access import directory
from pellucid.kernel.actions.run import fetch, run
from pellucid.kernel.processes import drafts, moving
from pellucid.kernel.processes.actions.drafting import RUNNING
from pellucid.kernel.processes.definition import Definition, Plan, read
from pellucid.kernel.processes.designing.cautions import cautions
from pellucid.kernel.processes.designing.differences import differences
from pellucid.kernel.processes.designing.outline import Outline
from pellucid.kernel.processes.designing.trying import latest, replayed, requester_of, tried
from pellucid.kernel.records import words
from pellucid.kernel.records.errors import Failure, Invalid
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import resource_title

from .. import answers
from .designer import Bench, bench, facts, part


def published_of(at: Bench) -> Definition | None:
    """What is in use, to compare with."""
    active = at.process.active
    return read(active.body) if active is not None else None


@require_POST
def trial(request: Any, pk: int) -> HttpResponse:
    """Who would be asked about a record, and the tree with the way it takes."""
    at = bench(request, pk)
    desk = at.desk
    resource = registry[desk.definition.subject]
    typed = request.POST.get("record", "")
    asked = int(typed) if is_whole(typed) and len(typed) < 18 else None
    records = [fetch(resource.model, asked, request.actor, "view")] if asked else latest(desk.definition, request.actor, 1)
    outline = Outline(desk.definition, request.actor)
    side: dict[str, Any] = {"base": desk.base, "src": f"/options/{resource.key()}", "record": None, "wrong": bool(outline.faults), "may": at.may}
    went = None
    if records and not outline.faults:
        record = records[0]
        chosen = request.POST.get("requester", "")
        requester = int(chosen) if is_whole(chosen) and len(chosen) < 18 and int(chosen) in directory.users() else requester_of(record, request.actor)
        if requester is not None:
            done = tried(desk.definition, record, requester, request.actor, at.process)
            numbers = {r["id"]: r["number"] for r in flat(outline.rows())}
            went = done.went
            lines = [x | {"n": numbers.get(x["id"], "")} for x in done.lines]
            side |= {"record": {"value": record.pk, "label": resource_title(resource, record)}, "lines": lines,
                     "requester": {"value": requester, "label": directory.user_name(requester)}, "through": done.through, "copied": done.copied,
                     "expected": done.expected, "veiled": done.veiled}  # fmt: skip
    context = {"design": facts(at, went), "try": side}
    return JsonResponse({"side": part(request, "try", context), "tree": part(request, "tree", context)})


def flat(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every step of the tree."""
    return [x for row in rows for x in (row, *(s for p in row["parts"] for s in flat(p["steps"])))]


@require_POST
def replay(request: Any, pk: int) -> HttpResponse:
    """How the latest records would go, compared with what is in use."""
    at = bench(request, pk)
    definition = at.desk.definition
    faults = Outline(definition, request.actor).faults
    rows = [] if faults else replayed(definition, published_of(at), request.actor)
    return answers.fragment(request, "processes/designer_replay.html", {"rows": rows, "all": sum(r["n"] for r in rows), "wrong": bool(faults)})


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: Any, pk: int) -> HttpResponse:
    """GET: what would become of it. POST: publish it."""
    at = bench(request, pk, "process.edit")
    sheet = drafts.opened(at.process)
    wrong: list[str] = []
    if request.method == "POST":
        given = {n: request.POST.get(n, "") for n in ("revision", "note", "use", "running") if n in request.POST}
        try:
            run("process_publish_draft", pk, request.actor, given)
        except Invalid as error:
            wrong = [m for found in error.errors.values() for m in found]
        except Failure as error:
            wrong = [error.message]
        else:
            text = _("Version %(n)s of “%(name)s” is published.") % {"n": drafts.next_number(at.process) - 1, "name": at.process}
            return answers.go(request, f"/settings/processes/{pk}", text=text)
    new, old = read(sheet.body), published_of(at)
    outline = Outline(new, request.actor)
    names = {row: outline.said.title(node) for row, node in outline.said.plan.node.items()}
    faults = [f"“{names[f.at]}”{_(': ')}{f.text}" if f.at in names else f.text for f in outline.faults]
    context = {"publish": {"base": f"/settings/processes/{pk}", "revision": sheet.revision, "number": drafts.next_number(at.process),
                           "wrong": wrong or faults, "runs": sum(drafts.running(at.process).values()), "on": at.process.is_on,
                           "ways": [] if faults else ways(at, new),
                           "cautions": [] if faults else cautions(new, request.actor), "old": old is not None,
                           "differences": differences(old, new, request.actor) if old else []}}  # fmt: skip
    return answers.fragment(request, "processes/designer_publish.html", context, status=422 if wrong else 200)


def ways(at: Bench, new: Definition) -> list[dict[str, Any]]:
    """What may become of what runs, with how many could go along and which could not."""
    if not drafts.running(at.process):
        return []
    movable, stays = moving.preview(at.process, Plan(new))
    reasons = [f"{row.name}{_(': ')}{why}" for row, why in stays[:5]]
    said = {moving.STAY: "", moving.RESTART: _("back to who asked for it; everybody is asked again"),
            moving.MOVE: _("%(n)s can, %(m)s cannot and stay") % {"n": movable, "m": len(stays)}}  # fmt: skip
    return [{"value": key, "label": label, "note": said[key], "reasons": reasons if key == moving.MOVE else []} for key, label in RUNNING]


@require_POST
def versions(request: Any, pk: int) -> HttpResponse:
    """Every published version: who, when, why, and what it changed."""
    at = bench(request, pk)
    show, runs = request.show, drafts.running(at.process)
    rows = []
    for version, before in drafts.published(at.process):
        changed = differences(read(before.body), read(version.body), request.actor) if before else []
        moment = version.published_at
        rows.append({"number": version.number, "state": version.get_state_display(), "now": version.pk == at.process.active_id, "note": version.note,
                     "who": directory.user_name(version.published_by_id), "changed": changed, "runs": runs.get(version.number, 0),
                     "at": words.moment(moment.astimezone(show.zone), show.now.astimezone(show.zone), show.language) if moment else ""})  # fmt: skip
    return answers.fragment(request, "processes/designer_versions.html", {"versions": rows, "design": {"base": at.desk.base, "may": at.may},
                                                                          "draft": drafts.opened(at.process).revision})  # fmt: skip
