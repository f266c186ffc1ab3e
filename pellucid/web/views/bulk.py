"""Actions on a selection, or on everything a list shows: what would be skipped and why comes before the start."""
from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from pellucid.kernel.actions.declare import Action, Shown, actions
from pellucid.kernel.actions.many import Batch, apart, run_many
from pellucid.kernel.actions.run import right_words, scoped
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.fields import resource_title
from pellucid.kernel.resources.lists.run import rows
from pellucid.kernel.resources.undo import reversible

from .. import answers, forms
from ..finding import resource_at
from ..links import part
from ..opened import open_list
from .lists import asked

AT_ONCE = 200                           # more than this is the work of a job
MOST = 10_000
SHOWN = 20


def bulk_action(resource: Any, name: str) -> Action:
    """The action of this name that may be done to a selection. Missing otherwise."""
    found = actions.get(name)
    key = resource.key()
    if found is None or found.model is not resource.model or not (found.bulk or name in (f"{key}_update", f"{key}_restore")):
        raise Missing("")
    return found


def chosen(request: Any, resource: Any) -> list[int]:
    """The ids of the selection: those ticked, or all that the list's address finds."""
    given = request.POST if request.method == "POST" else request.GET
    if given.get("all") == "1":
        opened = open_list(resource, request.actor, request.show, asked(request))
        query = replace(opened.listing.query, columns=opened.listing.query.columns[:2], limit=MOST + 1, offset=0, after=None, before=None)
        return [row[0] for row in rows(connection, query)]
    text = ",".join(given.getlist("ids"))
    return [int(i) for i in dict.fromkeys(text.split(",")) if is_whole(i) and len(i) < 18][:MOST + 1]


@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: Any, path: str, name: str) -> HttpResponse:
    """GET: the dialog. POST: first what would happen, then, once confirmed, the run."""
    resource = resource_at(path, request.actor)
    what = bulk_action(resource, name)
    if not request.actor.may(resource.key(), "delete" if what.verb == "restore" else what.verb) or request.actor.read_only:
        raise Forbidden(what.right, right_words(what))
    ids = chosen(request, resource)
    if not ids:
        raise Invalid(_("Nothing is selected."))
    if len(ids) > MOST:
        raise Invalid(_("At most %(n)s records at once; narrow the list first.") % {"n": f"{MOST:,}"})
    if request.method != "POST":
        return preview(request, resource, what, ids, {}, {}) if what.name in apart else dialog(request, resource, what, ids)
    try:
        typed, extra = inputs_of(request, resource, what)
        if request.POST.get("sure") != "1":
            return preview(request, resource, what, ids, typed, extra)
        return start(request, resource, what, ids, typed, extra)
    except Invalid as error:
        if what.name in apart:
            return preview(request, resource, what, ids, {}, {}, error)
        return dialog(request, resource, what, ids, error)


def inputs_of(request: Any, resource: Any, what: Action) -> tuple[dict[str, Any], dict[str, Any]]:
    """(inputs, extra) as run_many takes them; a bulk edit sends only the fields that were switched on."""
    if what.name != f"{resource.key()}_update":
        return forms.raw_values({s.name: s for s in what.inputs}, request.POST), {}
    asked_ = forms.asked_fields(resource, request.actor)
    on = [n for n in request.POST.getlist("set") if n in asked_]
    if not on:
        raise Invalid({"": [_("Choose at least one field to change.")]})
    typed = forms.raw_values({n: asked_[n] for n in on}, request.POST)
    return {}, {"values": {n: typed.get(n, "") for n in on}}


def counted(what: Action, resource: Any, n: int) -> str:
    """What the button says: the act and how many it touches."""
    meta = resource.model._meta
    noun = ngettext("%(one)s", "%(many)s", n) % {"one": meta.verbose_name, "many": meta.verbose_name_plural}
    return _("%(action)s: %(n)s %(noun)s") % {"action": what.label, "n": f"{n:,}", "noun": noun}


def hidden_of(request: Any, ids: list[int]) -> dict[str, str]:
    """The selection as it travels through the dialog."""
    given = request.POST if request.method == "POST" else request.GET
    return {"all": "1"} if given.get("all") == "1" else {"ids": ",".join(map(str, ids))}


def dialog(request: Any, resource: Any, what: Action, ids: list[int], error: Invalid | None = None) -> HttpResponse:
    """The inputs, for all of the selection."""
    update = what.name == f"{resource.key()}_update"
    asked_ = forms.asked_fields(resource, request.actor) if update else {s.name: s for s in what.inputs if not s.options.get("hidden")}
    if update:
        asked_ = {n: s.changed(required=False, unique=False) for n, s in asked_.items() if s.custom or not own(resource, s)}
    typed = forms.raw_values(asked_, request.POST) if request.method == "POST" else None
    wrong = forms.errors_of(error) if error else {}
    values = {n: None if update else s.default for n, s in asked_.items()}
    fields = forms.drawn(asked_, request.show, request.actor, values, typed, wrong)
    query = request.GET.urlencode() if request.GET.get("all") == "1" or request.POST.get("all") == "1" else ""
    on = set(request.POST.getlist("set")) if request.method == "POST" else set()
    form = {"title": counted(what, resource, len(ids)), "action": f"/{resource.path}/bulk/{what.name}" + (f"?{query}" if query else ""),
            "submit": _("Continue"), "target": "dialog", "columns": 1, "hidden": hidden_of(request, ids), "more": [], "errors": [],
            "sections": [] if update else [{"title": "", "fields": list(fields.values())}],
            "failure": forms.in_a_row(forms.in_a_row(m) for n, m in wrong.items() if n not in fields or update),
            "preview": answers.drawn("bulk_fields.html", {"fields": [(f, f["name"] in on) for f in fields.values()]}) if update else None}
    if not update and not what.inputs and request.method != "POST":
        return preview(request, resource, what, ids, {}, {})
    return answers.fragment(request, "form_drawer.html", {"form": form}, status=422 if error else 200)


def own(resource: Any, spec: Any) -> bool:
    """Whether each record has a value of its own: by which it is searched and recognised, or which follows from others."""
    typed = {name for name, how in resource.search.items() if how != "link"}
    return spec.unique or spec.name in {resource.title, *typed, *resource.match, *getattr(resource.model, "unaudited", ())}


def preview(request: Any, resource: Any, what: Action, ids: list[int], typed: dict[str, Any], extra: dict[str, Any],
            error: Invalid | None = None) -> HttpResponse:  # fmt: skip
    """What would happen: how many, who is skipped and why. Above the limit the first ones stand for all. What is done one by one says here what
    it is done to, and takes its inputs here."""
    sample = ids[:AT_ONCE]
    batch = run_many(what, sample, request.actor, typed, rehearse=True, **extra)
    ready = len(ids) - len(batch.skipped)
    query = request.GET.urlencode() if request.POST.get("all") == "1" or request.GET.get("all") == "1" else ""
    kept = [(k, v) for k in request.POST for v in request.POST.getlist(k) if k not in ("csrfmiddlewaretoken", "sure")]
    if request.method != "POST":
        kept = list(hidden_of(request, ids).items())
    apiece: dict[str, Any] = {}
    all_of_them = len(ids)
    if what.name in apart:
        left = {pk for pk, _name, _why in batch.skipped}
        ids, query = [pk for pk in ids if pk not in left], ""
        names, apiece = one_by_one(request, what, ids, error)
        kept = [(k, v) for k, v in kept if k not in ("ids", "all", *names)] + [("ids", ",".join(map(str, ids)))]
    good = round(100 * ready / all_of_them)
    ahead = what.foresee(ids, request.actor, typed) if what.foresee else None
    context = {"bulk": {"parts": [{"share": good, "tone": "acc"}, {"share": 100 - good, "tone": "bad"}],
                        "title": counted(what, resource, all_of_them),
                        "action": f"/{resource.path}/bulk/{what.name}" + (f"?{query}" if query else ""),
                        "ready": ready, "skipped": len(batch.skipped), "sample": len(sample) if len(sample) < all_of_them else None,
                        "rows": [{"name": name, "reason": reason} for _pk, name, reason in batch.skipped[:SHOWN]],
                        "rest": max(0, len(batch.skipped) - SHOWN), "submit": counted(what, resource, ready), "danger": what.tone == "bad",
                        "hidden": [*kept, ("sure", "1")], "total": all_of_them,
                        "outcomes": ahead if isinstance(ahead, list) else [],
                        "ahead": answers.drawn(ahead.template, ahead.context) if isinstance(ahead, Shown) and ready else "", **apiece}}
    return answers.fragment(request, "bulk_preview.html", context, status=422 if error else 200)


def one_by_one(request: Any, what: Action, ids: list[int], error: Invalid | None) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Of what is done one by one: the names of what is asked with it, and the same as fields below those it will be done to."""
    asked_ = {s.name: s for s in what.inputs if not s.options.get("hidden")}
    typed = forms.raw_values(asked_, request.POST) if request.method == "POST" else None
    values, wrong = {n: s.default for n, s in asked_.items()}, forms.errors_of(error) if error else {}
    fields = forms.drawn(asked_, request.show, request.actor, values, typed, wrong)
    shown = apart[what.name].listed(ids, request.actor)
    return tuple(asked_), {"drawn": answers.drawn(shown.template, shown.context), "fields": list(fields.values())}


def start(request: Any, resource: Any, what: Action, ids: list[int], typed: dict[str, Any], extra: dict[str, Any]) -> HttpResponse:
    """Do it now, or hand it to a job."""
    here = f"/{resource.path}/"
    if len(ids) > AT_ONCE and part("pellucid.kernel.jobs.bulk"):
        import_module("pellucid.kernel.jobs.bulk").start_bulk(request.actor, what.name, ids, typed, extra)
        text = _("Begun: %(what)s. You will be told when it is done.") % {"what": counted(what, resource, len(ids))}
        return answers.again(request, here, text=text)
    batch: Batch = run_many(what, ids, request.actor, typed, **extra)
    if what.name in apart and batch.skipped:
        return each(request, resource, what, batch)
    meta, n = resource.model._meta, len(batch.done)
    noun = ngettext("%(one)s", "%(many)s", n) % {"one": meta.verbose_name, "many": meta.verbose_name_plural}
    text = what.past(_("%(n)s %(noun)s") % {"n": f"{n:,}", "noun": noun}, several=True).strip()
    if batch.skipped:
        text += " · " + ngettext("%(n)s skipped", "%(n)s skipped", len(batch.skipped)) % {"n": len(batch.skipped)}
    undo = f"/undo/{batch.events[0]}" if len(batch.events) == 1 and reversible(what.event) else ""
    return answers.again(request, here, text=text, tone="" if batch.done else "bad", undo=undo)


def each(request: Any, resource: Any, what: Action, batch: Batch) -> HttpResponse:
    """What became of each where not all went well; the page behind is loaded anew from here."""
    names = {r.pk: resource_title(resource, r) for r in scoped(resource.model, request.actor).filter(pk__in=batch.done)}
    refused = {pk: (name, why) for pk, name, why in batch.skipped}
    rows = [{"name": refused[pk][0] if pk in refused else names.get(pk, f"#{pk}"), "reason": refused.get(pk, ("", ""))[1]}
            for pk in (*refused, *batch.done)]  # fmt: skip
    seen = urlsplit(request.headers.get("Referer", ""))
    back = answers.inside(seen.path + (f"?{seen.query}" if seen.query else ""), f"/{resource.path}/")
    total = len(batch.done) + len(batch.skipped)
    context = {"bulk": {"title": counted(what, resource, total), "done": len(batch.done), "rows": rows, "back": back, "refused": len(batch.skipped)}}
    return answers.fragment(request, "bulk_done.html", context)
