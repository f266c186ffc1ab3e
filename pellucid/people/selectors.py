"""Questions about people and units."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Case, Count, Q, QuerySet, Value, When

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import CalendarDay, Grant, Unit, User, WorkCalendar
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.events import bus
from pellucid.kernel.events.models import Event
from pellucid.kernel.history.selectors import FOREVER
from pellucid.kernel.history.span_models import span_field, span_model
from pellucid.kernel.records import days
from pellucid.kernel.records.derived_versions import watch
from pellucid.kernel.records.models import OwnedRecord
from pellucid.kernel.records.versions import versioned
from pellucid.kernel.resources.declare import Resource, registry
from pellucid.kernel.resources.fields import resource_title
from pellucid.kernel.resources.marks import titled

from .models import Absence, Handover, Staff, Transfer, TransferLine

watch("people", "people_staff")  # who leads whom is kept in memory


def owned_models() -> list[type[Resource]]:
    """The resources whose records belong to somebody, and go to somebody else when he goes."""
    return [r for r in registry.values() if issubclass(r.model, OwnedRecord) and not r.model.stays]


def owned_rows(resource: type[Resource], user: int) -> QuerySet:
    """What one user owns of a resource and must look after himself: living, not finished, and not his only as long as he keeps the place
    where it waits."""
    rows = resource.model._base_manager.filter(owner=user, deleted_at=None, merged_into=None)
    for empty in filter(None, (getattr(resource.model, "finished", ""), getattr(resource.model, "waits_in", ""))):
        rows = rows.filter(**{empty: None})
    return rows


def owned_counts(users: Iterable[int]) -> dict[str, dict[int, int]]:
    """resource key -> user -> how many living records."""
    wanted, out = list(users), {}
    for resource in owned_models():
        rows = resource.model._base_manager.filter(owner__in=wanted, deleted_at=None, merged_into=None)
        if finished := getattr(resource.model, "finished", ""):
            rows = rows.filter(**{finished: None})
        out[resource.key()] = dict(rows.order_by().values_list("owner").annotate(n=Count("pk")))
    return out


def headcounts() -> Counter[int]:
    """How many people work in each unit and below it."""
    own = Counter(Staff.objects.filter(deleted_at=None, user__is_active=True).values_list("unit_id", flat=True))
    whole: Counter[int] = Counter()
    for unit in tree().walk():
        whole[unit] = sum(own[u] for u in tree().below(unit))
    return whole


def staff_of(actor: Actor, units: Iterable[int], *, left: bool = False) -> list[Staff]:
    """The employees of some units the reader may see, by name."""
    rows = (
        scoped(Staff, actor).filter(unit_id__in=list(units), user__is_active=not left).select_related("user").order_by("pinyin")
    )
    return list(rows[:500])


def staff_of_user(user: int) -> Staff | None:
    """The employee a login belongs to."""
    return Staff.objects.filter(user_id=user, deleted_at=None).first()


def without_password(users: Iterable[int]) -> set[int]:
    """Those of some users who have chosen no password yet: invited, not arrived."""
    return set(
        User.objects.filter(pk__in=list(users), password__startswith=UNUSABLE_PASSWORD_PREFIX).values_list("pk", flat=True)
    )


def path_of(unit: int) -> str:
    """Where a unit stands: the names above it."""
    units = directory.units()
    return " / ".join(units[u].short_name or units[u].name for u in reversed(tree().ancestors(unit)))


@versioned("people", "access")
def _managers() -> dict[int, int]:
    """Whose manager somebody is; who left counts, so that what he was asked finds its way."""
    found = Staff.objects.filter(deleted_at=None, manager__isnull=False).values_list("user_id", "manager_id")
    return {user: manager for user, manager in found if manager is not None}


def manager_of(user: int) -> int | None:
    """The manager the company named for somebody."""
    return _managers().get(user)


def receiver_of(user: int) -> int | None:
    """Who received the work of somebody who left: the first, where different colleagues took parts."""
    lines = TransferLine.objects.filter(transfer__owner_id=user, transfer__kind=Transfer.Kind.DEPARTURE, receiver__isnull=False)
    return lines.order_by("-transfer_id", "resource", "position").values_list("receiver_id", flat=True).first()


def line_of(user: int) -> list[int]:
    """The managers above a user, nearest first."""
    above: dict[int, Any] = dict(Staff.objects.filter(deleted_at=None).values_list("user_id", "manager_id"))
    out, at = [], above.get(user)
    while at is not None and at not in out:
        out.append(at)
        at = above.get(at)
    return out


def below(user: int) -> set[int]:
    """Everybody who reports to a user, directly or through others; himself left out."""
    people: dict[int, list[int]] = {}
    for who, manager in Staff.objects.filter(deleted_at=None, manager__isnull=False).values_list("user_id", "manager_id"):
        people.setdefault(manager, []).append(who)
    found, todo = set(), list(people.get(user, ()))
    while todo:
        at = todo.pop()
        if at not in found and at != user:
            found.add(at)
            todo += people.get(at, ())
    return found


def employs(unit: int) -> bool:
    """Whether anybody who is not in the bin belongs to a unit."""
    return Staff.objects.filter(unit_id=unit, deleted_at=None).exists()


def employee(user: int) -> Staff | None:
    """The living employee behind a login."""
    return Staff.objects.filter(user_id=user, deleted_at=None).first()


# ------------------------------------------------------------------------------------------------ working calendars
def calendars() -> list[WorkCalendar]:
    """Every working calendar, the company's first."""
    return list(WorkCalendar.objects.all())


def days_of(calendar: int) -> list[CalendarDay]:
    """The days on which a calendar differs, by date."""
    return list(CalendarDay.objects.filter(calendar=calendar))


def units_by(calendar: int) -> list[int]:
    """The open units that name this calendar themselves."""
    return list(Unit.objects.filter(calendar=calendar, closed_at=None).values_list("pk", flat=True))


def administrators() -> list[int]:
    """Who may administer this installation."""
    return sorted(set(Grant.objects.filter(role__code="admin", user__is_active=True).values_list("user_id", flat=True)))


# ------------------------------------------------------------------------------------------------ absences and standing in
def absences_to_come(actor: Actor, owner: int | None = None) -> list[Absence]:
    """Absences that run or are to come, the nearest first; those in reach, or one person's own."""
    rows = scoped(Absence, actor) if owner is None else Absence._base_manager.filter(deleted_at=None, owner=owner)
    return list(rows.filter(ends_on__gte=days.today(), back_at=None).order_by("starts_on", "id")[:100])


def waiting(key: str, owner: int, actor: Actor) -> tuple[int, int, str]:
    """(how many unfinished records of a kind a person looks after, how many are overdue, the list's filter for those)."""
    model = registry[key].model
    rows = scoped(model, actor).filter(owner=owner)
    if finished := getattr(model, "finished", ""):
        rows = rows.filter(**{finished: None})
    names = {f.name for f in model._meta.fields}
    due = next((n for n in ("next_step_at", "due_at") if n in names), "")
    if not due:
        return rows.count(), 0, ""
    found = rows.aggregate(n=Count("pk"), late=Count("pk", filter=Q(**{f"{due}__lt": days.start_of(days.today())})))
    done = f"&f.{finished}=empty" if finished else ""
    return found["n"], found["late"], f"f.{due}=within:overdue{done}"


class Deed(NamedTuple):
    """Something done in somebody's name."""

    at: dt.datetime
    actor_id: int
    what: str
    title: str
    href: str


def done_for(owner: int, since: dt.datetime, until: dt.datetime, actor: Actor, limit: int) -> list[Deed]:
    """What colleagues did in an owner's name in a time, newest first; what was done to records the reader cannot see is left out."""
    events = list(Event.objects.filter(on_behalf_of=owner, at__gte=since, at__lt=until, record_id__isnull=False).order_by("-at")[: limit * 2])
    names = titled([(e.resource, e.record_id) for e in events if e.resource in registry], actor)
    out = []
    for e in events:
        kind = bus.kinds.get(e.name)
        if kind is not None and (title := names.get((e.resource, e.record_id or 0))):
            out.append(Deed(e.at, e.actor_id or 0, str(kind.options.get("label") or kind.sentence), title,
                            f"/{registry[e.resource].path}/{e.record_id}"))  # fmt: skip
    return out[:limit]


# ------------------------------------------------------------------------------------------------ transfers
def unit_of(user: int) -> int | None:
    """Where somebody belongs, or belonged when he left."""
    home = directory.home_of(user)
    return home or Staff.objects.filter(user_id=user).values_list("unit_id", flat=True).first()


def owner_of(key: str, pk: int) -> int | None:
    """Who owns a living record."""
    rows = registry[key].model._base_manager.filter(pk=pk, deleted_at=None, merged_into=None)
    return rows.values_list("owner_id", flat=True).first()


def handovers_to_do(actor: Actor, limit: int) -> tuple[list[Handover], int]:
    """The reader's own files that are not signed, or whose customer was not spoken with yet, and how many they are: late ones first, then
    those to be signed, then by the day the first contact is due."""
    rows = Handover._base_manager.filter(owner=actor.user_id, done_at=None, deleted_at=None)
    late = Case(When(contacted_at=None, due_at__lt=days.now(), then=Value(0)), When(signed_at=None, then=Value(1)), default=Value(2))
    return list(rows.order_by(late, "due_at", "id")[:limit]), rows.count()


# ------------------------------------------------------------------------------------------------ what somebody tracks
class Tracks(NamedTuple):
    """How many records of a kind are a person's now, how many of them are overdue, how many were his before."""

    now: int
    late: int
    before: int


class Tracked(NamedTuple):
    """A record somebody tracks or tracked: what it is about, if it is about another; since when, until when (None: still), and the file of
    its last handover from him."""

    record: Any
    title: str
    about: str
    since: dt.datetime | None
    until: dt.datetime | None
    file: Handover | None


def once_owned(model: Any, user: int) -> QuerySet | None:
    """The ids of records whose owner somebody was at some time, by the spans; None where no past is kept."""
    if "owner" not in model.temporal:
        return None
    return span_model(model).objects.filter(**{span_field(model, "owner"): user}, recorded_to=FOREVER).values("id")


def track_counts(key: str, user: int, actor: Actor) -> Tracks:
    """The figures of one kind, as far as the reader reaches."""
    now, late, _filter = waiting(key, user, actor)
    past = once_owned(registry[key].model, user)
    before = scoped(registry[key].model, actor).filter(pk__in=past).exclude(owner=user).count() if past is not None else 0
    return Tracks(now, late, before)


def tracked(key: str, user: int, actor: Actor, limit: int) -> list[Tracked]:
    """What is his first, then what was, the latest first; in the reader's reach."""
    resource, model = registry[key], registry[key].model
    mine = scoped(model, actor).filter(owner=user)
    if finished := getattr(model, "finished", ""):
        mine = mine.filter(**{finished: None})
    records = list(mine.order_by("-updated_at", "-id")[:limit])
    past = once_owned(model, user)
    if past is not None:
        records += list(scoped(model, actor).filter(pk__in=past).exclude(owner=user).order_by("-updated_at", "-id")[: limit - len(records)])
    ids = [r.pk for r in records]
    spans: dict[int, tuple[dt.datetime, dt.datetime]] = {}
    if past is not None:
        field = span_field(model, "owner")
        for pk, start, end in span_model(model).objects.filter(id__in=ids, recorded_to=FOREVER, **{field: user}).values_list(
                "id", "valid_from", "valid_to"):  # fmt: skip
            first, last = spans.get(pk, (start, end))
            spans[pk] = (min(first, start), max(last, end))
    named = {r.pk: (getattr(r, kind), getattr(r, column)) for r in records for kind, column in getattr(model, "record_refs", ())
             if getattr(r, kind) and getattr(r, column)}  # fmt: skip
    abouts = titled(list(named.values()), actor)
    files = {h.about_id: h for h in Handover._base_manager.filter(about_resource=key, about_id__in=ids, giver=user, deleted_at=None).order_by("id")}
    out = []
    for record in records:
        since, until = spans.get(record.pk, (None, None))
        gone = record.owner_id != user
        ended = until if gone and until != FOREVER else None
        title, about = resource_title(resource, record), abouts.get(named.get(record.pk, ("", 0)), "")
        out.append(Tracked(record, title, about if about != title else "", since, ended, files.get(record.pk)))
    return out


def written_by(user: int, actor: Actor) -> list[tuple[str, int]]:
    """(kind, how many) of what hangs on records and has an author: what somebody wrote, in the reader's reach."""
    out = []
    for key, resource in registry.items():
        names = {f.name for f in resource.model._meta.fields}
        if getattr(resource.model, "scope_via", "") and "author" in names and actor.may(key, "view"):
            n = scoped(resource.model, actor).filter(author=user).count()
            out += [(key, n)] if n else []
    return out


def transfers_of(user: int, actor: Actor) -> list[Transfer]:
    """The transfers of somebody's work that are planned or moved something, the latest first."""
    if not actor.may("transfer", "view"):
        return []
    moved = TransferLine._base_manager.filter(moved__isnull=False).values("transfer")
    return list(scoped(Transfer, actor).filter(Q(done_at=None) | Q(pk__in=moved), owner=user).order_by("-created_at")[:5])


def signed_counts(users: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Who handed over -> (how many of his files are signed, how many there are)."""
    rows = Handover._base_manager.filter(giver__in=list(users), deleted_at=None).order_by().values_list("giver")
    return {user: (signed, n) for user, signed, n in rows.annotate(Count("signed_at"), Count("pk"))}
