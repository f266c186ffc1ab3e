"""Everything one person tracks, of every kind, on one page: what is his now, what was his before he left or gave it away, and who has it since."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import days, words
from pellucid.kernel.records.errors import Missing
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.declare import Page, Panel, place, registry
from pellucid.kernel.resources.fields import readable

from . import absences, selectors
from .models import Staff
from .standing_in import label_of

SHOWN = 200


def page(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """One person: a tab per kind the reader may see, what is his and what was, with where it is now."""
    asked = params.get("person", "")
    user = int(asked) if is_whole(asked) and len(asked) < 12 else actor.user_id or 0
    staff = selectors.staff_of_user(user)
    if staff is None or user not in directory.users():
        raise Missing(_("This record does not exist, or it is not yours to see."))
    show, here = show_for(actor), directory.users()[user].active
    kinds = [r.key() for r in selectors.owned_models() if actor.may(r.key(), "view")]
    counts = {key: selectors.track_counts(key, user, actor) for key in kinds}
    kinds = sorted((k for k in kinds if counts[k].now or counts[k].before), key=first_of_all)
    kind = next((k for k in kinds if k == params.get("kind")), next(iter(kinds), ""))
    away = absences.current([user]).get(user)
    base = f"/p/tracks?person={user}"
    return {
        "person": {"name": staff.name, "tint": user, "href": f"/staff/{staff.pk}", "position": staff.position,
                   "unit": directory.unit_name(staff.unit_id, full=True), "left": staff.leave_on if not here else None,
                   "away": f"{away.ends_on:%m-%d}" if away else ""},
        "facts": [{"label": label_of(k), "href": f"{base}&kind={k}", "now": counts[k].now, "late": counts[k].late, "before": counts[k].before,
                   "current": k == kind} for k in kinds],
        "kind": kind,
        "title": _("What %(name)s tracks") % {"name": staff.name},
        "rows": [_row(row, kind, actor, show) for row in selectors.tracked(kind, user, actor, SHOWN)] if kind else [],
        "all": f"/{registry[kind].path}/?view=all&f.owner=in:{user}" if kind else "",
        "more": bool(kind) and counts[kind].now + counts[kind].before > SHOWN,
        "made": [{"label": label_of(k), "n": n, "href": by(user, k)} for k, n in selectors.written_by(user, actor)],
        "transfers": [{"label": tr.name, "href": f"/transfers/{tr.pk}", "done": tr.done_at is not None}
                      for tr in selectors.transfers_of(user, actor)],
    }  # fmt: skip


def by(user: int, key: str) -> str:
    """The list of what somebody wrote."""
    return f"/{registry[key].path}/?view=all&f.author=in:{user}" if "author" in registry[key].filters else ""


def first_of_all(key: str) -> tuple[bool, int, str]:
    """Whom one looks after stands before what one does about it."""
    model = registry[key].model
    return bool(model.record_refs), model.lock_rank, key


def _row(row: selectors.Tracked, kind: str, actor: Actor, show: Show) -> dict[str, Any]:
    may = readable(kind, actor)
    record = row.record

    def moment(name: str) -> dt.datetime | None:
        return getattr(record, name, None) if name in may else None

    step, last = moment("next_step_at") or moment("due_at"), moment("last_contact_at")
    return {
        "title": row.title,
        "about": row.about,
        "href": f"/{registry[kind].path}/{record.pk}",
        "since": f"{days.day_of(row.since):%Y-%m-%d}" if row.since else "",
        "until": f"{days.day_of(row.until):%Y-%m-%d}" if row.until else "",
        "owner": directory.user_name(record.owner_id),
        "tint": record.owner_id,
        "his": row.until is None,
        "step": getattr(record, "next_step", "") if "next_step" in may else "",
        "due": words.due(step.astimezone(show.zone), show.now.astimezone(show.zone), show.language) if step else "",
        "late": bool(step and step < show.now),
        "last": words.ago(last, show.now, show.language) if last else "",
        "file": {"label": row.file.get_state_display(), "href": f"/handovers/{row.file.pk}", "tone": "ok" if row.file.signed_at else "warn"}
        if row.file else None,
    }  # fmt: skip


def of_staff(staff: Staff, actor: Actor) -> dict[str, Any] | None:
    """On a colleague's page: the way to everything of his."""
    href = f"/p/tracks?person={staff.user_id}"
    return {"rows": [{"icon": "list-check", "label": _("Every kind of record, before and now"), "href": href}]}


place(
    Page("tracks", t("What somebody tracks"), "people/tracks.html", page, needs="staff.view"),
    Panel("staff", "tracked", t("Tracks"), "people/rows.html", of_staff, position=15),
)
