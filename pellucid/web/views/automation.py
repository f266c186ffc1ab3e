"""The editor of rules: a sentence of three parts that is drawn anew whenever its shape changes."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pellucid.kernel.actions.run import fetch, run
from pellucid.kernel.automation import checking, facts, past, saying, selectors
from pellucid.kernel.automation.definition import read
from pellucid.kernel.automation.models import Rule
from pellucid.kernel.records import words
from pellucid.kernel.records.errors import Failure, Forbidden, Invalid, Missing
from pellucid.kernel.records.whole import whole
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.marks import titled

from .. import answers, composing, filters

HOME = "/p/automation"
LINES = 20  # of what it would have done, the newest


def _may(request: Any, verb: str) -> None:
    if not request.actor.may("rule", verb):
        raise Forbidden(f"rule.{verb}", _("The right “%(right)s” is missing.") % {"right": _("Automation")})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Any) -> HttpResponse:
    """GET: an empty sentence. POST: keep it as a draft, or publish and switch it on at once."""
    _may(request, "create")
    if request.method != "POST":
        if request.htmx:
            return answers.go(request, "/rules/new")
        return _page(request, None, composing.begun(request.GET))
    return _save(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Any, pk: int) -> HttpResponse:
    """GET: the draft, else what is published. POST: keep the draft, or publish it."""
    rule = fetch(Rule, pk, request.actor, "edit")
    if request.method == "POST":
        return _save(request, rule)
    version = selectors.draft_of(rule) or rule.active
    if version is None:
        raise Missing("")
    return _page(request, rule, composing.of_body(rule.name, read(version.body)))


@require_POST
def compose(request: Any) -> HttpResponse:
    """The sentence drawn anew from what is typed, in the shape just asked for."""
    _may(request, "view")
    found = composing.of_post(request.POST, request.actor)
    context = {"rule": composing.drawn(found, request.actor, request.show), "problems": []}
    return answers.fragment(request, "automation_form.html", context)


@require_POST
def rehearse(request: Any) -> HttpResponse:
    """What the rule as it is typed would have done within thirty days, with the facts as they were then."""
    _may(request, "view")
    found = composing.of_post(request.POST, request.actor)
    try:
        if not found.resource or not any(step.kind for step in found.steps):
            raise Invalid({"": [_("Say what is to be done.")]})
        body = read(found.body())
        if wrong := checking.problems(body):
            raise Invalid({"": wrong})
        if missing := checking.lacking(body, request.actor):
            raise Forbidden("rule.view", _("You may not do yourself what the rule would do: %(names)s.") % {"names": "、".join(missing)})
        result = past.tried(body, request.actor, request.show)
    except Failure as refusal:
        said = [str(m) for ms in refusal.errors.values() for m in ms] if isinstance(refusal, Invalid) else [refusal.message]
        return answers.fragment(request, "automation_tried.html", {"wrong": " ".join(said)})
    shown = result.met[:LINES]
    titles = titled(list({(body.resource, o.record_id) for o, _facts in shown}), request.actor)
    path, show = registry[body.resource].path, request.show
    lines = [{"title": titles.get((body.resource, o.record_id), f"#{o.record_id}"), "href": f"/{path}/{o.record_id}", "at": o.at,
              "ago": words.ago(o.at, show.now, show.language), "facts": facts.in_words(body.resource, body.if_, kept, show, request.actor)}
             for o, kept in shown]  # fmt: skip
    context = {"lines": lines, "looked": result.looked, "met": len(result.met), "cut": result.cut, "then": saying.steps(body, show)}
    return answers.fragment(request, "automation_tried.html", context)


@require_safe
def condition(request: Any, key: str, when: str) -> HttpResponse:
    """One condition, for a field just chosen or a new line."""
    _may(request, "view")
    if key not in dict(checking.about()):
        raise Missing("")
    i, group = whole(request.GET.get("i"), 999) or 0, whole(request.GET.get("g"), 99) or 0
    found = composing.Composed(resource=key, when={"type": when})
    typed = [v for v in request.GET.getlist(f"v.{i}") if v]
    row = filters.row(registry[key], request.actor, request.show, i, group, request.GET.get(f"n.{i}", ""), request.GET.get(f"o.{i}", ""), typed,
                      beside=composing.former(found), href=f"/rules/condition/{key}/{when}")  # fmt: skip
    return answers.fragment(request, "list_filter_row.html", {"row": row})


def _page(request: Any, rule: Rule | None, found: composing.Composed, problems: list[str] | None = None, status: int = 200) -> HttpResponse:
    draft = rule is None or rule.active_id is None
    context = {
        "title": rule.name if rule else _("New rule"), "record": rule, "on": bool(rule and rule.is_on), "draft": draft,
        "rule": composing.drawn(found, request.actor, request.show), "problems": problems or [],
        "action": f"/rules/{rule.pk}/compose" if rule else "/rules/new", "back": f"/rules/{rule.pk}" if rule else HOME,
    }  # fmt: skip
    return answers.page(request, "automation_edit.html", context, status=status)


def _save(request: Any, rule: Rule | None) -> HttpResponse:
    found = composing.of_post(request.POST, request.actor)
    try:
        if not found.resource:
            raise Invalid({"": [_("Choose what the rule is about.")]})
        if not found.name:
            raise Invalid({"": [_("Give it a name.")]})
        if not found.steps:
            raise Invalid({"": [_("Say what is to be done.")]})
        given = {"name": found.name, "body": json.dumps(found.body())}
        if rule is None:
            rule = run("rule_draft", None, request.actor, given, show=request.show).record
        else:
            run("rule_redraft", rule.pk, request.actor, given, show=request.show)
        text = _("Kept as a draft.")
        if request.POST.get("then") in ("publish", "on"):
            run("rule_publish", rule.pk, request.actor, {"note": request.POST.get("note", "")[:200]}, show=request.show)
            text = _("Published.")
            if request.POST["then"] == "on" and not rule.is_on:
                run("rule_switch_on", rule.pk, request.actor, show=request.show)
                text = _("Published and switched on.")
    except Invalid as error:
        said = [str(m) for messages in error.errors.values() for m in messages]
        return _page(request, rule, found, said, 422)
    except Failure as refusal:
        return _page(request, rule, found, [refusal.message], refusal.status)
    assert rule is not None
    return answers.go(request, f"/rules/{rule.pk}", text=text)
