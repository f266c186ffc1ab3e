"""Absences: said in advance, with who stands in; the rights of the proxy begin and end with them."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t
from django.utils.translation import pgettext_lazy

from pellucid.kernel.access import directory, proxies
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Proxy
from pellucid.kernel.access.rights import rights_of
from pellucid.kernel.actions.declare import action, follows, prepares
from pellucid.kernel.notices.tell import notify
from pellucid.kernel.records import days, versions
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.verbs import write

from .. import absences
from ..models import Absence, AbsenceCover
from ..resources import AbsenceResource
from ..selectors import line_of, owned_counts

LONGEST = 366  # days; whoever is away for longer hands his work over


@prepares(Absence)
def complete(records: list[Absence], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """The days make sense and do not meet another absence; who looks after records has somebody who stands in."""
    versions.alone("access")  # two absences of one person entered at the same moment
    for absence in records:
        if changed is not None and "owner" in changed:
            raise Invalid({"owner": [_("An absence stays with the person; enter another one.")]})
        if actor.user_id is not None:  # what the program itself brings in is as it was
            _check(absence, changed)
        absence.name = f"{directory.user_name(absence.owner_id)} {absence.starts_on:%Y-%m-%d} – {absence.ends_on:%Y-%m-%d}"


def _check(absence: Absence, changed: frozenset[str] | None) -> None:
    if changed is None or changed & {"starts_on", "ends_on"}:
        _check_days(absence)
    _check_proxy(absence, absence.proxy_id, "proxy")
    if absence.proxy_id is None and absence.back_at is None:
        covered = absences.covers_of(absence.pk or 0)
        held = sum(found.get(absence.owner_id, 0) for kind, found in owned_counts([absence.owner_id]).items() if kind not in covered)
        if held:
            said = _("%(name)s looks after %(n)s records: say who stands in.")
            raise Invalid({"proxy": [said % {"name": directory.user_name(absence.owner_id), "n": f"{held:,}"}]})


def _check_days(absence: Absence) -> None:
    if absence.ends_on < absence.starts_on:
        raise Invalid({"ends_on": [_("The end lies before the beginning.")]})
    if (absence.ends_on - absence.starts_on).days >= LONGEST:
        raise Invalid({"ends_on": [_("Longer than a year is no absence any more: hand the work over.")]})
    other = absences.overlapping(absence.owner_id, absence.starts_on, absence.ends_on, absence.pk)
    if other is not None:
        raise Invalid({"starts_on": [_("Another absence lies in these days: %(name)s") % {"name": other.name}]})


def _check_proxy(absence: Absence, proxy: int | None, field: str) -> None:
    """Who stands in works here, may do something here, and is somebody else."""
    if proxy is None:
        return
    somebody = directory.users().get(proxy)
    if somebody is None or not somebody.active:
        raise Invalid({field: [_("This colleague no longer works here.")]})
    if proxy == absence.owner_id:
        raise Invalid({field: [_("Please choose somebody else.")]})
    if not rights_of(proxy).roles:
        raise Invalid({field: [_("%(name)s holds no role and could do nothing.") % {"name": somebody.name}]})


@prepares(AbsenceCover)
def cover_complete(records: list[AbsenceCover], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """The same is asked of who stands in for one kind."""
    for cover in records if actor.user_id is not None else ():
        _check_proxy(cover.absence, cover.proxy_id, "proxy")


@follows(Absence)
def keep_proxies(records: list[Absence], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """The rows that rights are read from say what the absence says."""
    for absence in records:
        keep(absence)
        if changed is None or changed & {"proxy", "starts_on", "ends_on", "owner"}:
            _tell(absence, actor)


@follows(AbsenceCover)
def keep_covers(records: list[AbsenceCover], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """The same for one kind."""
    for absence in {c.absence_id: c.absence for c in records}.values():
        keep(absence)
    for cover in records:
        if cover.deleted_at is None and (changed is None or "proxy" in changed):
            _told([cover.proxy_id], "people.standing_in", cover.absence, actor)


def _tell(absence: Absence, actor: Actor) -> None:
    if absence.deleted_at is None and absence.back_at is None:
        _told([absence.proxy_id], "people.standing_in", absence, actor)
        _told([*line_of(absence.owner_id)[:1], absence.owner_id], "people.away", absence, actor, but=absence.proxy_id)


def _told(users: list[int | None], kind: str, absence: Absence, actor: Actor, but: int | None = None) -> None:
    notify([u for u in users if u and u != but], kind, actor_id=actor.user_id, name=directory.user_name(absence.owner_id),
           proxy=directory.user_name(absence.proxy_id), first=f"{absence.starts_on:%m-%d}", last=f"{absence.ends_on:%m-%d}")  # fmt: skip


def keep(absence: Absence) -> None:
    """Bring the proxies in line: what has been stays, what runs goes on or ends now, what is to come is written anew."""
    now = days.now()
    wanted: dict[str, int] = {}
    if absence.deleted_at is None and absence.merged_into is None:
        wanted = absences.covers_of(absence.pk) | ({proxies.EVERY: absence.proxy_id} if absence.proxy_id else {})
    begins, ends = days.start_of(absence.starts_on), absence.back_at or days.end_of(absence.ends_on)
    held = Proxy.objects.select_for_update().filter(asked_by=absence.pk, ends_at__gt=now)
    for row in held:
        same = wanted.get(row.resource) == row.proxy_id
        if row.starts_at >= now:
            row.delete()
        elif same and ends > now:
            if row.ends_at != ends:
                row.ends_at = ends
                row.save(update_fields=("ends_at",))
            del wanted[row.resource]
        else:
            row.ends_at = now
            row.save(update_fields=("ends_at",))
    since = max(begins, now)
    for resource, proxy in wanted.items():
        if proxy != absence.owner_id and since < ends:
            Proxy.objects.create(owner_id=absence.owner_id, proxy_id=proxy, resource=resource, starts_at=since, ends_at=ends,
                                 asked_by=absence.pk)  # fmt: skip


def _running(absence: Absence) -> bool:
    return absence.back_at is None and absence.starts_on <= days.today() <= absence.ends_on


@action(Absence, label=pgettext_lazy("from absence", "Back"), icon="user-check", tone="ok", shown=_running,
        sentence=t("{actor} ended the absence early"), did=t("“{name}” is back"))
def absence_back(absence: Absence, *, actor: Actor) -> None:
    """He is back before the last day: from now on he acts for himself again."""
    if not _running(absence):
        raise Refused(_("This absence does not run now."))
    absence.back_at = days.now()
    write(AbsenceResource, absence, {"back_at"}, actor=actor)
    _told([absence.proxy_id, absence.owner_id], "people.back", absence, actor)


def end_absences(user: int, *, actor: Actor) -> None:
    """Who leaves is not away any more, and stands in for nobody."""
    now = days.now()
    for absence in absences.living().select_for_update().filter(owner=user, ends_on__gte=days.today(), back_at=None):
        absence.back_at = now
        absence.save(update_fields=("back_at",))
        keep(absence)
    Proxy.objects.filter(proxy_id=user, starts_at__gte=now).delete()
    Proxy.objects.filter(proxy_id=user, ends_at__gt=now).update(ends_at=now)


def say_ended(day: dt.date) -> int:
    """Tell those who were away until this day, and who stood in for them, that it is over; how many were told."""
    told = 0
    for absence in absences.ended_on(day):
        told += notify([u for u in (absence.owner_id, absence.proxy_id) if u], "people.back", name=directory.user_name(absence.owner_id),
                       proxy=directory.user_name(absence.proxy_id))  # fmt: skip
    return told
