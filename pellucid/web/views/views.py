"""Saved views: keep, change, put in order, delete, bring back, put at hand."""
from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.resources import marks, saved
from pellucid.kernel.resources.params import ListParams

from .. import answers, forms
from ..finding import resource_at
from ..opened import open_list
from .lists import asked, views_of


@require_http_methods(["GET", "HEAD", "POST"])
def save_as(request: Any, path: str) -> HttpResponse:
    """The dialog that keeps a list's state under a name."""
    resource = resource_at(path, request.actor)
    params = open_list(resource, request.actor, request.show, asked(request)).params
    action = f"/{path}/view{params.url()}"
    if request.method != "POST":
        return dialog(request, action, None)
    try:
        kept = saved.keep(resource.key(), request.POST.get("name", ""), params, request.actor, audience=request.POST.get("audience", "private"),
                          favourite=bool(request.POST.get("favourite")), is_default=bool(request.POST.get("is_default")))
    except Invalid as error:
        return dialog(request, action, None, error)
    return answers.go(request, f"/{path}/?view={kept.pk}", text=_("View “%(name)s” was saved.") % {"name": kept.name})


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: Any, path: str, pk: int) -> HttpResponse:
    """Name, audience and place of a view."""
    resource, kept = resource_at(path, request.actor), saved.view(pk, request.actor)
    action = f"/{path}/view/{pk}"
    if request.method != "POST":
        return dialog(request, action, kept)
    try:
        post = request.POST
        saved.keep(resource.key(), post.get("name", ""), saved.params_of(kept), request.actor, audience=post.get("audience", "private"),
                   favourite=bool(post.get("favourite")), is_default=bool(post.get("is_default")), kept=kept)
    except Invalid as error:
        return dialog(request, action, kept, error)
    return answers.go(request, f"/{path}/?view={pk}", text=_("Saved."))


@require_http_methods(["GET", "HEAD", "POST"])
def arrange(request: Any, path: str) -> HttpResponse:
    """GET: the dialog in which a reader puts the views in his own order. POST: keep it, from there or from the tabs dragged."""
    resource = resource_at(path, request.actor)
    opened = open_list(resource, request.actor, request.show, ListParams(bare=True))
    kept = dict(request.identity.preferences.get("views") or {})
    shown = views_of(opened, kept.get(opened.key, ()))
    if request.method == "POST":
        known = {v["key"] for v in shown}
        order = dict.fromkeys(k for given in request.POST.getlist("order") for k in given.split(","))  # tabs come joined, fields one by one
        marks.prefer(request.actor, "views", kept | {opened.key: [k for k in order if k in known]})
        dragged = answers.toast(answers.nothing(), _("Saved."))
        return dragged if request.POST.get("dragged") else answers.again(request, f"/{path}/", text=_("Saved."))
    return answers.fragment(request, "view_order.html", {"views": shown, "action": f"/{path}/views"})


@require_POST
def keep_changes(request: Any, path: str, pk: int) -> HttpResponse:
    """Put the list's present state into its view."""
    resource, kept = resource_at(path, request.actor), saved.view(pk, request.actor)
    params = open_list(resource, request.actor, request.show, asked(request)).params
    saved.keep(resource.key(), kept.name, params, request.actor, audience=kept.audience, favourite=kept.favourite,
               is_default=kept.is_default, kept=kept)
    return answers.go(request, f"/{path}/?view={pk}", text=_("View “%(name)s” was saved.") % {"name": kept.name})


@require_POST
def delete(request: Any, path: str, pk: int) -> HttpResponse:
    """Take a view away."""
    resource_at(path, request.actor)
    kept = saved.view(pk, request.actor)
    saved.discard(kept, request.actor)
    return answers.go(request, f"/{path}/", text=_("View “%(name)s” was deleted.") % {"name": kept.name}, undo=f"/{path}/view/{pk}/restore")


@require_POST
def restore(request: Any, path: str, pk: int) -> HttpResponse:
    """Bring a view back."""
    resource_at(path, request.actor)
    kept = saved.restore(pk, request.actor)
    return answers.toast(answers.nothing(), _("View “%(name)s” is back.") % {"name": kept.name})


def dialog(request: Any, action: str, kept: Any, error: Invalid | None = None) -> HttpResponse:
    """The form of a view."""
    wrong = forms.errors_of(error) if error else {}
    post = request.POST if request.method == "POST" else None
    audience = post.get("audience") if post else kept.audience if kept else "private"
    choices = [("private", _("Only me")), ("unit", _("My unit"))] + ([("all", _("Everybody"))] if saved.administrator(request.actor) else [])
    fields = [
        {"name": "name", "label": _("Name"), "kind": "text", "required": True, "maxlength": 60, "wide": True,
         "error": " ".join(wrong.get("name", ())),
         "value": post.get("name", "") if post else kept.name if kept else ""},
        {"name": "audience", "label": _("Who sees it"), "kind": "chips", "options": [{"value": v, "label": label, "selected": v == audience}
                                                                                      for v, label in choices]},
        {"name": "favourite", "label": _("Show in the side menu"), "kind": "bool",
         "value": bool(post.get("favourite") if post else kept and kept.favourite)},
        {"name": "is_default", "label": _("Open the list with this view"), "kind": "bool",
         "value": bool(post.get("is_default") if post else kept and kept.is_default)},
    ]
    form = {"title": _("Change the view") if kept else _("Save as view"), "action": action, "target": "dialog",
            "submit": _("Save"), "columns": 1, "hidden": {},
            "sections": [{"title": "", "fields": fields}], "more": [], "errors": [{"label": _("Name"), "id": "f-name", "text": ""}] if wrong else [],
            "failure": ""}
    return answers.fragment(request, "form_drawer.html", {"form": form}, status=422 if error else 200)
