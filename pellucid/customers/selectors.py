"""Questions about customers."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Grant
from pellucid.kernel.actions.run import scope_of, scoped
from pellucid.kernel.records import days, prepared, terms
from pellucid.kernel.records.models import Attachment, Comment
from pellucid.kernel.records.versions import versioned
from pellucid.kernel.search.text import bigrams, normalise, phone_digits, plain

from .likeness import Likeness, Party, likeness
from .models import AllocationRule, ClassFall, Contact, Customer, FollowUp, KeptApart, Lead, LeadFollowUp, Scheme
from .names import company_key

log = logging.getLogger(__name__)
WORTH_A_LOOK = 60
CANDIDATES = 40


@dataclass(frozen=True, slots=True)
class Alike:
    """A customer that may be the same: the record when the asker may see it, else only that somebody works on it."""

    customer: Customer | None
    likeness: Likeness


def duplicates(
    actor: Actor,
    *,
    name: str = "",
    phone: str = "",
    credit_code: str = "",
    address: str = "",
    website: str = "",
    exclude: int | None = None,
    limit: int = 5,
) -> list[Alike]:
    """Customers of the whole group that are probably the same as what is being typed, likeliest first."""
    found = candidates(name, phone, credit_code, exclude)
    if not found:
        return []
    typed = Party(name, credit_code, [phone] if phone else [], address, website)
    scored = [
        (likeness(typed, Party(c.name, c.credit_code, [c.phone] if c.phone else [], c.address, c.website)), c) for c in found
    ]
    near = sorted(((how, c) for how, c in scored if how.score >= WORTH_A_LOOK), key=lambda pair: -pair[0].score)[:limit]
    visible = set(scoped(Customer, actor).filter(pk__in=[c.pk for _how, c in near]).values_list("pk", flat=True))
    hidden = [c.pk for _how, c in near if c.pk not in visible]
    if hidden:
        log.info("disclosed to user %s that customers %s exist", actor.user_id, hidden)
    return [Alike(c if c.pk in visible else None, how) for how, c in near]


def namesake(actor: Actor, name: str, key: str) -> tuple[bool, Customer | None]:
    """Whether a customer of exactly this name (as it is spoken, not as it is spelt) is there, and which, if the asker may see it."""
    rows = Customer._base_manager.filter(deleted_at=None, merged_into=None).filter(Q(company_key=key) if key else Q(name=name.strip()))
    wanted = plain(normalise(name))
    same = [pk for pk, other in rows.order_by("pk").values_list("pk", "name")[:CANDIDATES] if plain(normalise(other)) == wanted]
    seen = scoped(Customer, actor).filter(pk__in=same).order_by("pk").first() if same else None
    if same and seen is None:
        log.info("disclosed to user %s that customers %s exist", actor.user_id, same)
    return bool(same), seen


def candidates(name: str, phone: str, credit_code: str, exclude: int | None) -> list[Customer]:
    """Rows that share the key of the name, its pairs of characters, the code or the phone."""
    rows = Customer._base_manager.filter(deleted_at=None, merged_into=None).exclude(pk__in=[exclude or 0, *apart_from(exclude)])
    any_of = Q(pk__in=[])
    if len(name.strip()) >= 2:
        key = company_key(name)
        any_of |= Q(company_key=key) if key else Q(pk__in=[])
        if len(key) >= 2:
            any_of |= Q(pk__in=by_grams(key))
    if credit_code.strip():
        any_of |= Q(credit_code=credit_code.strip().upper())
    digits = phone_digits(phone)
    if len(digits) >= 7:
        any_of |= Q(pk__in=by_phone(digits))
    return list(
        rows.filter(any_of).only("id", "name", "credit_code", "phone", "address", "website", "customer_class", "owner_id")[
            :CANDIDATES
        ]
    )


def apart_from(customer_id: int | None) -> set[int]:
    """Customers found to be others than this one."""
    if not customer_id:
        return set()
    two = KeptApart._base_manager.filter(Q(one=customer_id) | Q(other=customer_id)).values_list("one", "other")
    return {pk for pair in two for pk in pair} - {customer_id}


def by_grams(key: str) -> list[int]:
    """Ids of customers whose searched text holds every pair of characters of a name's key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM search_customer WHERE grams @> %s::text[] LIMIT %s", [bigrams(key), CANDIDATES])
        return [row[0] for row in cursor.fetchall()]


def by_phone(digits: str) -> list[int]:
    """Ids of customers, and of those whose contacts have it, with this phone number."""
    found: set[int] = set()
    for table, column in (("search_customer", "id"), ("search_contact", "root_id")):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {column} FROM {table} WHERE grams @> %s::text[] AND digits LIKE %s LIMIT %s",  # noqa: S608  fixed names
                [[f"p{digits[-4:]}"], f"%{digits[-11:]}%", CANDIDATES],
            )
            found |= {row[0] for row in cursor.fetchall()}
    return sorted(found)


def quiet(actor: Actor, by_level: dict[str, int], *, owner_id: int | None = None) -> QuerySet[Customer]:
    """Customers not contacted for the days of their level ("" for the others); those never contacted count from their entry (AN05)."""
    levels = {level: terms.find("customer_level", level) for level in by_level if level}
    now, known = timezone.now(), [pk for pk in levels.values() if pk]
    late = Q(pk__in=[])
    for level, n in by_level.items():
        before = now - dt.timedelta(days=n)
        whose = Q(level=levels[level]) if level else Q(level=None) | ~Q(level__in=known)
        late |= whose & Q(last_contact_key__lt=before) & (Q(last_contact_at__isnull=False) | Q(created_at__lt=before))
    rows = scoped(Customer, actor).filter(late)
    return (rows.filter(owner_id=owner_id) if owner_id else rows).order_by("last_contact_key", "id")


def without_step(actor: Actor, *, owner_id: int | None = None) -> QuerySet[Customer]:
    """Customers nobody has planned anything for."""
    rows = scoped(Customer, actor).filter(next_step_at=None)
    return (rows.filter(owner_id=owner_id) if owner_id else rows).order_by("last_contact_key", "id")


def arrived(actor: Actor, since: dt.datetime, limit: int = 5) -> list[Customer]:
    """The customers entered last."""

    def asked(since: dt.datetime) -> QuerySet[Customer]:
        return scoped(Customer, actor).filter(created_at__gte=since).order_by("-created_at")[:limit]

    return prepared.rows(("arrived", limit, scope_of(Customer, actor)), asked, since)


def told_lately(actor: Actor, since: dt.datetime, limit: int = 6) -> list[FollowUp]:
    """The latest follow-ups of colleagues with customers in reach."""

    def asked(since: dt.datetime, user_id: int) -> QuerySet[FollowUp]:
        rows = scoped(FollowUp, actor).filter(at__gte=since).exclude(author=user_id)
        return rows.select_related("customer").order_by("-at", "-id")[:limit]

    return prepared.rows(("told_lately", limit, scope_of(FollowUp, actor)), asked, since, actor.user_id or 0)


def follow_ups_of(customer_id: int, before: dt.datetime | None, limit: int) -> list[FollowUp]:
    """Follow-ups of a customer, latest first; whoever asks has read the customer within scope."""

    def asked(customer_id: int, before: dt.datetime | None = None) -> QuerySet[FollowUp]:
        rows = FollowUp._base_manager.filter(customer_id=customer_id, deleted_at=None).select_related("contact")
        return (rows.filter(at__lt=before) if before else rows).order_by("-at", "-id")[:limit]

    return prepared.rows(("follow_ups", limit), asked, customer_id, *([before] if before else ()))


def follow_ups_about(customer_id: int, key: str, pk: int, before: dt.datetime | None, since: dt.datetime | None, until: dt.datetime | None,
                     limit: int) -> list[FollowUp]:  # fmt: skip
    """Follow-ups about one thing of a customer's, and of those days those about nothing in particular, latest first; whoever asks has read both."""
    wanted = Q(about_resource=key, about_id=pk)
    if since is not None:
        wanted |= Q(about_id=None, at__gte=since, **({"at__lt": until} if until else {}))
    rows = FollowUp._base_manager.filter(wanted, customer_id=customer_id, deleted_at=None)
    rows = rows.filter(at__lt=before) if before else rows
    return list(rows.select_related("contact").order_by("-at", "-id")[:limit])


def files_of(follow_ups: list[FollowUp]) -> dict[int, list[Attachment]]:
    """Files by follow-up."""
    out: dict[int, list[Attachment]] = {}

    def asked(*ids: int) -> QuerySet[Attachment]:
        return Attachment._base_manager.filter(resource="followup", record_id__in=ids, deleted_at=None).select_related("blob")

    for file in prepared.rows("files_of_follow_ups", asked, *(f.pk for f in follow_ups)):
        out.setdefault(file.record_id, []).append(file)
    return out


def remarks_on(customer_id: int, follow_ups: list[FollowUp]) -> dict[str, list[Comment]]:
    """Comments under follow-ups, by what they are about, oldest first."""
    out: dict[str, list[Comment]] = {}

    def asked(customer_id: int, *wanted: str) -> QuerySet[Comment]:
        rows = Comment._base_manager.filter(resource="customer", record_id=customer_id, about__in=wanted, deleted_at=None)
        return rows.order_by("created_at")

    for found in prepared.rows("remarks_on_follow_ups", asked, customer_id, *(remark_key(f.pk) for f in follow_ups)):
        out.setdefault(found.about, []).append(found)
    return out


def remark_key(follow_up_id: int) -> str:
    """How a comment names the follow-up it is about."""
    return f"follow_up:{follow_up_id}"


def people_of(customer: Customer, actor: Actor, limit: int = 30) -> list[Contact]:
    """The people at a customer, the main one first."""

    def asked(customer_id: int) -> QuerySet[Contact]:
        return scoped(Contact, actor).filter(customer_id=customer_id).order_by("-is_primary", "role__position", "id")[:limit]

    shape = ("people_of", limit, scope_of(Contact, actor))
    return list(prepared.once(customer, "people", lambda: prepared.rows(shape, asked, customer.pk)))


def tracked_by(user_id: int, actor: Actor) -> dict[str, int]:
    """What a person looks after and has written, as far as the reader reaches (R108): address of the list -> how many."""
    mine, late = Q(owner_id=user_id), Q(owner_id=user_id, next_step_at__lt=days.start_of(days.today()))
    first = Q(account_contact_id=user_id)
    found = scoped(Customer, actor).filter(mine | first).aggregate(
        mine=Count("pk", filter=mine), late=Count("pk", filter=late), first=Count("pk", filter=first)
    )
    return {
        f"/customers/?view=all&f.owner=in:{user_id}": found["mine"],
        f"/customers/?view=all&f.owner=in:{user_id}&f.next_step_at=within:overdue": found["late"],
        f"/customers/?view=all&f.account_contact=in:{user_id}": found["first"],
        f"/follow-ups/?view=all&f.author=in:{user_id}": scoped(FollowUp, actor).filter(author_id=user_id).count(),
    }


@versioned("access")
def with_role(*codes: str) -> frozenset[int]:
    """The users who have one of these roles somewhere."""
    return frozenset(Grant.objects.filter(role__code__in=codes).values_list("user_id", flat=True))


def schemes_for(customer_class: int) -> list[Scheme]:
    """The schemes for customers of a class, and those for any; those in use first."""
    rows = Scheme._base_manager.filter(Q(customer_class=customer_class) | Q(customer_class=None), deleted_at=None).select_related("plan")
    return list(rows.order_by("-active", "-customer_class", "id"))


def falls_of(customer_class: int) -> list[ClassFall]:
    """The rules in use by which customers of a class fall."""
    return list(ClassFall._base_manager.filter(from_class=customer_class, active=True, deleted_at=None).order_by("months"))


def told_of(lead: Lead) -> QuerySet[LeadFollowUp]:
    """The follow-ups of a lead that is before the reader: who reaches it reaches what hangs on it."""
    return LeadFollowUp._base_manager.filter(lead=lead, deleted_at=None)


def all_rules() -> list[AllocationRule]:
    """Every allocation rule in the order they are tried, for who may see the preview: a rule belongs to nobody."""
    return list(AllocationRule._base_manager.filter(deleted_at=None).order_by("position", "id").select_related("pool"))


def names_of_leads(ids: Iterable[int]) -> dict[int, str]:
    """What leads of the preview are called: the rules go through all that wait, whoever looks at them."""
    return dict(Lead._base_manager.filter(pk__in=set(ids)).values_list("pk", "name"))
