"""How a user wants to be told: which kinds through which channels, and when not."""
from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.records import days, prepared, settings
from pellucid.kernel.records.errors import Forbidden, Invalid

from .declare import APP, channels, kinds
from .models import Quiet, Wish


def clock(text: str) -> dt.time:
    """A time of day as typed: 22:00. ValueError otherwise."""
    return dt.datetime.strptime(text.strip().replace("：", ":"), "%H:%M").time()  # noqa: DTZ007  a wall clock has no zone


def wanted(user_ids: list[int], kind: str) -> dict[int, set[str]]:
    """The channels through which each user wants this kind."""
    out = {user: set(kinds[kind].channels) & {APP, *channels} for user in user_ids}
    text = "SELECT user_id, channel, wanted FROM notices_wish WHERE user_id = ANY(%s::bigint[]) AND kind = %s"
    for user, channel, on in prepared.ask(text, [user_ids, kind]).fetchall():
        if channel == APP or channel in channels:
            (out[user].add if on else out[user].discard)(channel)
    return out


def quiet_hours(user_id: int) -> tuple[dt.time, dt.time] | None:
    """The hours in which nothing is sent to a user."""
    own = Quiet.objects.filter(user_id=user_id).first()
    if own is not None:
        return (own.begins, own.ends) if own.begins and own.ends else None
    begins, ends = settings.get("notices.quiet_from"), settings.get("notices.quiet_to")
    return (clock(begins), clock(ends)) if begins and ends else None


def due(user: User, now: dt.datetime) -> dt.datetime:
    """When something may be sent to a user that came up now: at once, or when his quiet hours end."""
    hours = quiet_hours(user.pk)
    if hours is None or hours[0] == hours[1]:
        return now
    begins, ends = hours
    here = now.astimezone(ZoneInfo(user.time_zone) if user.time_zone else days.zone())
    time = here.time()
    quiet = begins <= time < ends if begins < ends else time >= begins or time < ends
    if not quiet:
        return now
    until = dt.datetime.combine(here.date(), ends, here.tzinfo)
    return until if until > here else until + dt.timedelta(days=1)


def preferences(actor: Actor) -> dict[str, Any]:
    """What the profile page shows: {"channels": [(key, label)], "kinds": [(key, label, {channel: wanted})], "quiet": (from, to) or None,
    "own_quiet": whether the hours are his own}."""
    user = actor.user_id or 0
    roles = actor.rights.roles if actor.rights else frozenset()
    rows = [(k.key, k.label, {c: c in on for c in (APP, *channels)}) for k in kinds.values() if not k.roles or roles & set(k.roles)
            for on in [wanted([user], k.key)[user]]]
    return {"channels": [(APP, _("In the program")), *((c.key, c.label) for c in channels.values())], "kinds": rows,
            "quiet": quiet_hours(user), "own_quiet": Quiet.objects.filter(user_id=user).exists()}


def set_preferences(actor: Actor, *, wishes: dict[tuple[str, str], bool] | None = None, quiet: tuple[str, str] | None = None,
                    company_hours: bool = False) -> None:
    """Change the actor's own preferences: (kind, channel) -> wanted; quiet hours as typed (two empty texts: never quiet);
    `company_hours` goes back to the company's."""
    if actor.user_id is None or actor.read_only:
        raise Forbidden("notice.edit", _("You are looking as somebody else: nothing can be changed."))
    if unknown := [pair for pair in wishes or {} if pair[0] not in kinds or (pair[1] != APP and pair[1] not in channels)]:
        raise Invalid({"wishes": [_("There is no such notice: %(name)s.") % {"name": "/".join(unknown[0])}]})
    with transaction.atomic():
        for (kind, channel), on in (wishes or {}).items():
            Wish.objects.update_or_create(user_id=actor.user_id, kind=kind, channel=channel, defaults={"wanted": on})
        if company_hours:
            Quiet.objects.filter(user_id=actor.user_id).delete()
        elif quiet is not None:
            try:
                begins, ends = ((clock(q) if q else None) for q in quiet)
            except ValueError:
                raise Invalid({"quiet": [_("A time of day looks like 22:00.")]}) from None
            Quiet.objects.update_or_create(user_id=actor.user_id, defaults={"begins": begins, "ends": ends})
