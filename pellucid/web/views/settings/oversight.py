"""Sign-ins and tokens of everybody, the bin, jobs; looking as somebody else."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pellucid.kernel.jobs import selectors as jobs_of
from pellucid.kernel.jobs.declare import kinds, schedules
from pellucid.kernel.jobs.models import Job
from pellucid.kernel.records import words
from pellucid.kernel.resources.admin import logins, overview

from ... import administration, answers
from ...menu import label_of


def ago(request: Any, at: Any) -> str:
    """How long ago, in words."""
    return words.ago(at, request.show.now, request.show.language) if at else ""


def browser_of(agent: str) -> str:
    """A browser in two words."""
    name = next(
        (
            n
            for key, n in (
                ("Edg/", "Edge"),
                ("MicroMessenger", "微信"),
                ("DingTalk", "钉钉"),
                ("Firefox/", "Firefox"),
                ("Chrome/", "Chrome"),
                ("Safari/", "Safari"),
            )
            if key in agent
        ),
        "",
    )
    system = next(
        (
            n
            for key, n in (
                ("iPhone", "iPhone"),
                ("Android", "Android"),
                ("Windows", "Windows"),
                ("Mac OS", "macOS"),
                ("Linux", "Linux"),
            )
            if key in agent
        ),
        "",
    )
    return " · ".join(p for p in (name, system) if p) or agent[:40]


@require_safe
def sessions(request: Any) -> HttpResponse:
    """Who is signed in where."""
    administration.need(request.actor, "user.view")
    rows = [
        {
            "id": s.pk,
            "name": s.user.name,
            "tint": s.user_id,
            "browser": browser_of(s.agent),
            "address": s.address,
            "since": ago(request, s.created_at),
            "seen": ago(request, s.seen_at),
            "as": s.viewing_as.name if s.viewing_as else "",
            "mine": s.pk == request.identity.session_id,
        }
        for s in logins.sessions_of_all()
    ]
    return administration.page(
        request, "sessions", "settings/sessions.html", {"rows": rows, "may": request.actor.may("user", "edit")}
    )


@require_POST
def end_session(request: Any, pk: int) -> HttpResponse:
    """Sign somebody out."""
    logins.end(pk, request.actor)
    return answers.again(request, "/settings/sessions", text=_("Signed out."))


@require_safe
def tokens(request: Any) -> HttpResponse:
    """Everybody's API tokens."""
    administration.need(request.actor, "token.view")
    now = timezone.now()
    rows = [
        {
            "id": k.pk,
            "name": k.name,
            "who": k.user.name,
            "tint": k.user_id,
            "hint": k.hint,
            "scopes": _("Read and change") if "write" in k.scopes else _("Read"),
            "made": ago(request, k.created_at),
            "used": ago(request, k.used_at) or _("never"),
            "ends": k.expires_at.astimezone(request.show.zone).strftime("%Y-%m-%d") if k.expires_at else _("never"),
            "over": k.revoked_at is not None or (k.expires_at is not None and k.expires_at < now),
        }
        for k in logins.tokens_of_all()
    ]
    return administration.page(
        request, "tokens", "settings/tokens.html", {"rows": rows, "may": request.actor.may("token", "edit")}
    )


@require_POST
def revoke(request: Any, pk: int) -> HttpResponse:
    """Make a token worthless."""
    logins.revoke(pk, request.actor)
    return answers.again(request, "/settings/tokens", text=_("The token is worthless now."))


@require_safe
def bin_overview(request: Any) -> HttpResponse:
    """What lies in the bin, by object."""
    administration.need(request.actor, "audit.view")
    rows = [
        {"label": label_of(r), "icon": r.icon, "href": f"/{r.path}/?bin=1", "count": n, "last": ago(request, at)}
        for r, n, at in overview.in_the_bin(request.actor)
    ]
    return administration.page(request, "bin", "settings/bin.html", {"rows": rows})


@require_safe
def jobs(request: Any) -> HttpResponse:
    """What runs in the background, and what runs by itself."""
    administration.need(request.actor, "job.view")
    failed = request.GET.get("which") == "failed"
    found = jobs_of.recent(request.actor, 100, failed=failed)
    tones = {Job.State.DONE: "ok", Job.State.FAILED: "bad", Job.State.RUNNING: "info"}
    rows = [
        {
            "title": str(j),
            "who": j.user.name if j.user else "",
            "state": str(j.get_state_display()),
            "tone": tones.get(j.state, ""),
            "at": ago(request, j.created_at),
            "note": (j.error or j.message or "").splitlines()[0][:160] if (j.error or j.message) else "",
        }
        for j in found
    ]
    plan = [
        {
            "label": str(kinds[s.job].label or s.job),
            "when": s.at.strftime("%H:%M") if s.at else _("every %(n)s min") % {"n": s.minutes},
            "last": ago(request, s.slot(timezone.now())),
        }
        for s in schedules.values()
        if s.job in kinds
    ]
    tabs = [
        {"label": _("All"), "href": "/settings/jobs", "current": not failed},
        {"label": _("Failed"), "href": "/settings/jobs?which=failed", "current": failed},
    ]
    return administration.page(request, "jobs", "settings/jobs.html", {"rows": rows, "plan": plan, "tabs": tabs})


@require_POST
def view_as(request: Any, user: int) -> HttpResponse:
    """See the program as somebody else does."""
    name = logins.view_as(request.identity.session_id, user, request.actor)
    return answers.go(request, "/", text=_("You see what %(name)s sees; nothing can be changed.") % {"name": name})


@require_POST
def stop_viewing(request: Any) -> HttpResponse:
    """Back to one's own eyes."""
    logins.stop_viewing(request.identity.session_id)
    return answers.go(request, "/settings")
