"""The designer of processes: the tree and its drawer. The page holds the definition; each change is worked out here, kept and drawn anew."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pellucid.kernel.actions.run import fetch, run
from pellucid.kernel.processes import drafts
from pellucid.kernel.processes.actions.drafting import Overtaken, parsed
from pellucid.kernel.processes.definition import read
from pellucid.kernel.processes.designing.operations import NEW, OPERATIONS, Body, part_of, put, step_of
from pellucid.kernel.processes.designing.outline import Outline
from pellucid.kernel.processes.designing.sayings import KINDS
from pellucid.kernel.processes.designing.trying import taken
from pellucid.kernel.processes.form import form_specs
from pellucid.kernel.processes.models import Process
from pellucid.kernel.processes.offered import templates
from pellucid.kernel.records import words
from pellucid.kernel.records.errors import Failure, Invalid, Missing
from pellucid.kernel.records.models import OwnedRecord
from pellucid.kernel.records.translated import say
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.declare import registry

from .. import administration, answers, filters, stepsheets
from ..stepforms import Desk, who_row

PROCESS = "process"
MOST = 200_000  # characters of a definition


@dataclass
class Bench:
    """One process as its designer has it before him."""

    request: Any
    process: Process
    body: Body
    revision: int

    @property
    def desk(self) -> Desk:
        return Desk(self.process, read(self.body), self.request.actor, self.request.show)

    @property
    def may(self) -> bool:
        return bool(self.request.actor.may("process", "edit"))


def bench(request: Any, pk: int, need: str = "process.view") -> Bench:
    """The process; with the definition that was sent along, or the one that is kept."""
    administration.need(request.actor, need)
    process = fetch(Process, pk, request.actor, need.partition(".")[2])
    sheet = drafts.opened(process)
    text, revision = request.POST.get("body", ""), request.POST.get("revision", "")
    if len(text) > MOST:
        raise Invalid(_("This process is too large."))
    body = parsed(text) if text else sheet.body
    return Bench(request, process, body, int(revision) if is_whole(revision) and len(revision) < 9 else sheet.revision)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Any) -> HttpResponse:
    """A new process, empty or from a template."""
    administration.need(request.actor, "process.edit")
    typed = {n: request.POST.get(n, "") or request.GET.get(n, "") for n in ("name", "template", "subject")}
    failure = ""
    if request.method == "POST":
        try:
            made = run("process_begin", None, request.actor, typed).value
        except Invalid as error:
            failure = error.message
        else:
            return answers.go(request, f"/settings/processes/{made.pk}")
    owned = [(key, str(r.model._meta.verbose_name)) for key, r in registry.items()
             if issubclass(r.model, OwnedRecord) and request.actor.may(key, "view")]  # fmt: skip
    context = {"new": typed | {"failure": failure, "templates": [{"value": x.key, "label": x.name} for x in templates().values()],
                               "subjects": [{"value": k, "label": said, "selected": k == typed["subject"]} for k, said in owned]}}  # fmt: skip
    return answers.fragment(request, "processes/designer_new.html", context, status=422 if failure else 200)


@require_safe
def show(request: Any, pk: int) -> HttpResponse:
    """The page."""
    at = bench(request, pk)
    context = {"title": str(at.process), "design": facts(at), "kinds": [(k, *KINDS[k]) for k in NEW], "hints": hints()}
    return answers.page(request, "processes/designer.html", context)


def hints() -> dict[str, str]:
    """What each kind of step is for."""
    return {
        "approval": _("Somebody agrees or refuses"), "task": _("Somebody does something and fills it in"), "notify": _("Somebody learns of it"),
        "condition": _("One of several ways, by the values of the record"), "parallel": _("Several ways at the same time"),
        "wait": _("Some time, or until a day"), "action": _("The system does something with the record"),
        "set": _("The system fills in fields of the record"), "create": _("The system makes another record, with what this one holds"),
        "webhook": _("Another program is told, signed"),
        "subprocess": _("Another process runs and is waited for"), "end": _("The process ends here"),
    }  # fmt: skip


def facts(at: Bench, went: frozenset[str] | None = None) -> dict[str, Any]:
    """What the page draws of the definition."""
    desk = at.desk
    outline = Outline(desk.definition, at.request.actor, went)
    rows, sheet, show_ = outline.rows(), drafts.opened(at.process), at.request.show
    wrong = len(outline.faults)
    runs = drafts.running(at.process)
    saved = words.moment(sheet.changed_at.astimezone(show_.zone), show_.now.astimezone(show_.zone), show_.language) if sheet.changed_at else ""
    moves = dict(stepsheets.moves_of(desk))
    resource = registry[at.process.resource]
    when = outline.said.condition(desk.definition.when)
    return {
        "rows": rows, "whole": outline.of_whole(), "wrong": wrong, "steps": outline.count, "may": at.may, "base": desk.base,
        "name": say(at.body["name"]) or at.process.key, "body": json.dumps(at.body, ensure_ascii=False), "revision": at.revision,
        "number": sheet.number if sheet.revision else drafts.next_number(at.process) - 1, "draft": bool(sheet.revision),
        "saved": saved if sheet.revision else "", "on": at.process.is_on,
        "published": at.process.active_id is not None, "subject": str(resource.model._meta.verbose_name), "when": when,
        "gate": str(moves.get(desk.definition.gate, "")), "runs": [{"n": n, "number": number} for number, n in runs.items()],
        "went": went is not None, "switch": f"/{registry[PROCESS].path}/{at.process.pk}/do/process_switch",
    }  # fmt: skip


def drawn(at: Bench, stand: str, status: int = 200, **more: Any) -> HttpResponse:
    """The tree anew, with the definition it was drawn from."""
    context = {"design": facts(at), "may": at.may}
    return JsonResponse({"body": at.body, "revision": at.revision, "at": stand, "tree": part(at.request, "tree", context),
                         "bar": part(at.request, "bar", context), "head": part(at.request, "head", context), **more}, status=status)  # fmt: skip


def part(request: Any, name: str, context: dict[str, Any]) -> str:
    return answers.fragment(request, f"processes/designer_{name}.html", context).content.decode()


def kept(at: Bench, stand: str) -> HttpResponse:
    """Save the draft and draw it; who was overtaken keeps what he did and chooses."""
    try:
        at.revision = run("process_keep_draft", at.process.pk, at.request.actor,
                          {"body": json.dumps(at.body, ensure_ascii=False), "revision": at.revision}).value  # fmt: skip
    except Overtaken as overtaken:
        return drawn(at, stand, 409, told=overtaken.message, theirs=overtaken.sheet.revision)
    return drawn(at, stand)


@require_POST
def change(request: Any, pk: int) -> HttpResponse:
    """Insert, remove, move; or, without an operation, the definition as it is sent (a step taken back)."""
    at = bench(request, pk, "process.edit")
    stand = request.POST.get("at", "")
    operation = OPERATIONS.get(request.POST.get("op", ""))
    if operation is not None:
        at.body, stand = operation(at.body, at=stand, kind=request.POST.get("kind", ""), by=request.POST.get("by", "1"))
    return kept(at, stand)


@require_POST
def step(request: Any, pk: int) -> HttpResponse:
    """The drawer of a step; with what was chosen in it so far, where that asks for more."""
    at = bench(request, pk)
    where = request.POST.get("at", "")
    if request.POST.get("again"):
        at.body = put(at.body, at=where, given=stepsheets.read(at.desk, at.body, where, stepsheets.kind_at(at.body, where), request.POST))
    return drawer(at, where)


def drawer(at: Bench, where: str, wrong: str = "", status: int = 200) -> HttpResponse:
    desk, kind = at.desk, stepsheets.kind_at(at.body, where)
    thing = at.body if not where else step_of(at.body, where)[0] if kind not in ("branch", "lane") else part_of(at.body, where)[0]
    label, icon, tone = stepsheets.title_of(kind)
    tabs = stepsheets.sheet(desk, thing, kind)
    outline = Outline(desk.definition, at.request.actor)
    faults = [f.text for f in outline.faults if f.at == where]
    share = taken(desk.definition, thing.get("when", ""), at.request.actor) if kind == "branch" else ""
    context = {"step": {"at": where, "kind": kind, "icon": icon, "tone": tone, "title": say(thing.get("name")) or label, "tabs": tabs,
                        "wrong": faults, "failure": wrong, "first": kind == "start", "share": share,
                        "fixed": kind == "branch" and "when" not in thing},
               "design": {"base": desk.base, "may": at.may}}  # fmt: skip
    return answers.fragment(at.request, "processes/designer_step.html", context, status=status)


@require_POST
def fill(request: Any, pk: int) -> HttpResponse:
    """What was filled in into the drawer of a step."""
    at = bench(request, pk, "process.edit")
    where = request.POST.get("at", "")
    kind = stepsheets.kind_at(at.body, where)
    try:
        given = stepsheets.read(at.desk, at.body, where, kind, request.POST)
        changed = put(at.body, at=where, given=given)
        read(changed)
    except Failure as error:
        return drawer(at, where, error.message, 422)
    at.body = changed
    return kept(at, where)


@require_safe
def condition(request: Any, pk: int) -> HttpResponse:
    """One condition, for a field just chosen or a new line."""
    at = bench(request, pk)
    i, group = (request.GET.get(n, "0") for n in "ig")
    if not all(is_whole(x) and len(x) < 4 for x in (i, group)):
        raise Missing("")
    desk = at.desk
    given = [v for v in request.GET.getlist(f"v.{i}") if v]
    row = filters.row(desk.resource, request.actor, request.show, int(i), int(group), request.GET.get(f"n.{i}", ""), request.GET.get(f"o.{i}", ""),
                      given, form_specs(desk.definition), f"{desk.base}/condition")  # fmt: skip
    return answers.fragment(request, "list_filter_row.html", {"row": row})


@require_safe
def who(request: Any, pk: int) -> HttpResponse:
    """One more way to name people."""
    at = bench(request, pk)
    prefix = request.GET.get("prefix", "who")
    if prefix not in ("who", "admins", "see"):
        raise Missing("")
    row = who_row(at.desk, prefix, fresh(request), {}, request.GET.get("node", ""))
    return answers.fragment(request, "processes/designer_who.html", {"row": row})


@require_safe
def field(request: Any, pk: int) -> HttpResponse:
    """One more field of the form."""
    bench(request, pk)
    return answers.fragment(request, "processes/designer_field.html", {"row": stepsheets.form_row(fresh(request), {})})


def fresh(request: Any) -> int:
    """A number no row of the form has."""
    n = request.GET.get("n", "")
    return int(n) if is_whole(n) and len(n) < 5 else 100
