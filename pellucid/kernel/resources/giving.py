"""Records are given to somebody else: one, a set, and what is in work with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import Ask, Shown, follow
from pellucid.kernel.actions.run import because, noted, told_apart
from pellucid.kernel.events.bus import publish
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.models import OwnedRecord
from pellucid.kernel.records.spec import Spec

from . import along as belonging
from .declare import registry

MOVED = frozenset({"owner", "unit"})  # what followers are told when records are given to somebody else
ALONG = Ask(gettext_lazy("What is in work goes along"), help=gettext_lazy("What belongs to it and was looked after by the same person."))


def place_of(record: OwnedRecord, actor: Actor) -> None:
    """Fill owner, unit and branch of a root: the owner's primary unit, and the branch above it."""
    if record.owner_id is None:
        if actor.user_id is None:
            raise Invalid({"owner": [_("Please fill in.")]})
        record.owner_id = actor.user_id
    if record.unit_id is None:
        home = directory.home_of(record.owner_id)
        if home is None:
            raise Invalid({"owner": [_("%(name)s belongs to no unit yet.") % {"name": directory.user_name(record.owner_id)}]})
        record.unit_id = home
    record.branch_id = tree().branch(record.unit_id)


def hand(records: Sequence[Any], owner: int, unit: int, *, was: int, actor: Actor) -> None:
    """Locked records of one kind go from one colleague to another, told apart from what brought it about."""
    model, key, branch, ids = type(records[0]), records[0]._meta.model_name, tree().branch(unit), [r.pk for r in records]
    with told_apart(actor) as event:  # the change and what is told of it are one line of each record's history
        model._base_manager.filter(pk__in=ids).update(owner=owner, unit=unit, branch=branch)
        for record in records:
            record.owner_id, record.unit_id, record.branch_id = owner, unit, branch
        follow(model, list(records), actor=actor, changed=MOVED)
        publish(f"{key}.reassigned", event_id=event, by=because(actor), resource=key, payload={"owner": owner, "was": was}, items=ids)


def carry(key: str, whose: Mapping[int, int | None], owner: int, unit: int, *, actor: Actor) -> None:
    """What is in work with records that have just been given away goes to the same colleague; what is beyond the actor's reach stays."""
    goes, stays = belonging.within(belonging.going(key, whose), actor)
    moved: dict[str, int] = {}
    for name, ids in goes.items():
        lock: Any = registry[name].model._base_manager.filter(pk__in=list(ids), deleted_at=None).order_by("pk")
        by_owner: dict[int, list[Any]] = defaultdict(list)
        for record in lock.select_for_update(of=("self",), no_key=True):
            if record.owner_id == ids[record.pk] != owner:  # else somebody else has it by now
                by_owner[record.owner_id].append(record)
        for was, records in sorted(by_owner.items()):
            hand(records, owner, unit, was=was, actor=actor)
            moved[name] = moved.get(name, 0) + len(records)
    if moved or stays:
        noted(**({"moved": moved} if moved else {}), **({"stayed": dict(stays)} if stays else {}))


def reassign(
    record: OwnedRecord,
    *,
    actor: Actor,
    owner: Annotated[int, Ask(gettext_lazy("New owner"), kind="user")],
    along: Annotated[bool, ALONG] = True,
    reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)] = "",
) -> None:
    """Give a record to somebody else; it moves to the new owner's unit, and what is in work goes along with it."""
    somebody = directory.users().get(owner)
    if somebody is None or not somebody.active:
        raise Invalid({"owner": [_("This colleague no longer works here.")]})
    if owner == record.owner_id:
        raise Refused(_("It already belongs to %(name)s.") % {"name": somebody.name})
    whose = {record.pk: record.owner_id}
    record.owner_id = owner
    record.unit_id = None  # type: ignore[assignment] # place_of fills it
    place_of(record, actor)
    record.save(update_fields=("owner", "unit", "branch"))
    follow(type(record), [record], actor=actor, changed=MOVED)
    if along and record.takes_along:
        carry(record._meta.model_name or "", whose, owner, record.unit_id, actor=actor)


def reassign_many(records: Sequence[OwnedRecord], *, actor: Actor, owner: int, along: bool = True, reason: str = "") -> None:
    """Give records to somebody else; they move to the new owner's unit, and what is in work goes along with them."""
    somebody = directory.users().get(owner)
    if somebody is None or not somebody.active or any(r.owner_id == owner for r in records):
        raise Refused("")
    first, whose = records[0], {r.pk: r.owner_id for r in records}
    first.owner_id = owner
    first.unit_id = None  # type: ignore[assignment] # place_of fills it
    place_of(first, actor)
    type(first)._base_manager.filter(pk__in=[r.pk for r in records]).update(owner=owner, unit=first.unit_id, branch=first.branch_id)
    for record in records:
        record.owner_id, record.unit_id, record.branch_id = first.owner_id, first.unit_id, first.branch_id
    follow(type(first), list(records), actor=actor, changed=MOVED)
    if along and first.takes_along:
        carry(first._meta.model_name or "", whose, owner, first.unit_id, actor=actor)


# ------------------------------------------------------------------------------------------------ said before
def shown(record: OwnedRecord, actor: Actor, given: dict[str, Any]) -> Shown | None:
    """What of its is in work, before it is given away."""
    return foreseen([record.pk], actor, given, type(record)._meta.model_name or "")


def asked(record: OwnedRecord, actor: Actor, inputs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    """Whether anything goes along is asked only where there is something."""
    said = shown(record, actor, {})
    return inputs if said is not None and said.context["goes"] else tuple(s for s in inputs if s.name != "along")


def foreseen(ids: list[int], actor: Actor, given: dict[str, Any], key: str) -> Shown | None:
    """How much goes along with these records, before they are given away."""
    said = belonging.told(key, ids, actor)
    stays = given.get("along", True) in (False, "", "0", "false")
    return Shown("parts/along.html", said | {"left": stays}) if said["goes"] or said["stays"] else None
