"""A manager's view of the people below while work runs (R250): who does what this period, who is late."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.metrics import briefing, evaluate
from pellucid.people.models import Staff
from pellucid.people.selectors import below

from . import selectors
from .home import oversees

SHOWN = 12


def tracks(staff: Staff, actor: Actor) -> dict[str, Any] | None:
    """On a colleague's page: everything he is tracking, so that a manager can go through it (R108)."""
    if not oversees(actor) and staff.user_id != actor.user_id:
        return None
    labels = (_("Customers"), _("Next step overdue"), _("First contact of customers"), _("Follow-ups written"))
    found = selectors.tracked_by(staff.user_id, actor)
    rows = [{"label": label, "href": href, "right": f"{n:,}"} for label, (href, n) in zip(labels, found.items(), strict=True)]
    return {"rows": rows}


def team(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """Each colleague below: follow-ups of the period, customers, what is overdue."""
    users = directory.users()
    people = {u for u in below(actor.user_id or 0) if u in users and users[u].active} if oversees(actor) else set()
    if not people:
        return None
    show = show_for(actor)
    _step, period = briefing.period_of(params, show.today)
    told = evaluate.by("follow_up_count", actor, show, "owner", period)
    owned = evaluate.by("customers", actor, show, "owner")
    late = evaluate.by("overdue_tasks", actor, show, "owner")
    last = (period.until or show.today) - dt.timedelta(days=1)
    rows: list[dict[str, Any]] = []
    for user in sorted(people, key=lambda u: (-late.get(u, 0), -told.get(u, 0)))[:SHOWN]:
        overdue = late.get(user, 0)
        rows.append({
            "label": users[user].name, "person": users[user].name, "tint": user,
            "sub": _("%(f)s follow-ups · %(c)s customers") % {"f": told.get(user, 0), "c": owned.get(user, 0)} if told.get(user) or owned.get(user)
            else directory.unit_name(users[user].unit),
            "href": f"/follow-ups/?view=all&f.author=in:{user}&f.at=between:{period.first},{last}",
            "tag": {"label": _("%(n)s overdue") % {"n": overdue}, "tone": "bad"} if overdue else None,
        })  # fmt: skip
    return {"rows": rows, "note": str(len(people))}

