"""Transfers carried out in one go, and the files of successors: signed, and the customer spoken with in time."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import calendars, directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, Shown, action, prepares
from pellucid.kernel.actions.run import noted, scoped, show_for
from pellucid.kernel.notices.tell import notify
from pellucid.kernel.records import days, settings
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.conditions import filters_of, parted
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import resource_title
from pellucid.kernel.resources.giving import hand
from pellucid.kernel.resources.query import conditions
from pellucid.kernel.resources.verbs import insert, write

from .. import handing, transfers
from ..models import Handover, Moved, Transfer, TransferLine
from ..resources import HandoverResource, TransferResource
from ..responsible import responsible
from ..selectors import line_of, owned_rows, unit_of

RELEASED = 1000  # records written and told of in one go


@prepares(Transfer)
def transfer_complete(records: list[Transfer], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """A transfer is called after the person and the day; the person does not change."""
    for transfer in records:
        if changed is not None and "owner" in changed:
            raise Invalid({"owner": [_("A transfer stays with the person; begin another one.")]})
        if changed is None:
            transfer.name = f"{directory.user_name(transfer.owner_id)} {days.today():%Y-%m-%d} {transfer.get_kind_display()}"


@prepares(TransferLine)
def line_complete(records: list[TransferLine], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """Somebody who is here receives; a filter is one of the kind's list; what was carried out stays as it was."""
    for line in records:
        if line.transfer.done_at is not None:
            raise Refused(_("This transfer was carried out; begin another one."))
        if line.rule != TransferLine.Rule.PERSON:
            line.receiver = None
        elif actor.user_id is not None:  # what the program itself brings in is as it was
            receivable(line.receiver_id, line.transfer.owner_id)
        line.conditions = _conditions(line.resource, line.conditions, actor)


def receivable(receiver: int | None, person: int, field: str = "receiver") -> int:
    """The unit of somebody who can receive records. Raises Invalid."""
    somebody = directory.users().get(receiver or 0)
    if somebody is None:
        raise Invalid({field: [_("Say who receives it.")]})
    if not somebody.active:
        raise Invalid({field: [_("This colleague no longer works here.")]})
    if receiver == person:
        raise Invalid({field: [_("Please choose somebody else.")]})
    if somebody.unit is None:
        raise Invalid({field: [_("%(name)s belongs to no unit yet.") % {"name": somebody.name}]})
    return somebody.unit


def _conditions(key: str, typed: str, actor: Actor) -> str:
    about, text = parted(typed)
    if not text:
        return ""
    if not key or about not in ("", key):
        raise Invalid({"conditions": [_("These conditions are about another kind of record.")]})
    try:
        conditions(registry[key], filters_of(text), actor, show_for(actor))
    except Invalid as error:
        raise Invalid({"conditions": [str(m) for messages in error.errors.values() for m in messages]}) from error
    return f"{key}?{text}"


def _open(transfer: Transfer) -> bool:
    return transfer.done_at is None


def _going(transfer: Transfer, actor: Actor, given: dict[str, Any]) -> Shown:
    """How much goes to whom, and what stays, before it does."""
    lines = transfers.lines_of(transfer)
    found = transfers.plan(transfer, lines, actor)
    to = Counter(receiver for _line, receiver in found.goes.values())
    people = [{"name": directory.user_name(user), "tint": user, "n": n} for user, n in to.most_common()]
    return Shown("people/going.html", {"people": people, "total": len(found.goes), "stays": sum(len(ids) for ids in found.left.values()),
                                       "planned": bool(lines)})


@action(Transfer, label=t("Carry out"), verb="transfer", icon="transfer", tone="ok", shown=_open, leaves_scope=True,
        confirm=t("Everything planned goes to its receivers at once."), sentence=t("{actor} carried out the transfer"),
        shows=_going, did=t("Carried out “{name}”"))  # fmt: skip
def transfer_run(transfer: Transfer, *, actor: Actor) -> None:
    """Give everything planned to its receivers, each with a file to sign."""
    if transfer.done_at is not None:
        raise Refused(_("This was done already."))
    lines = transfers.lines_of(transfer)
    if not lines:
        raise Refused(_("Say first what goes to whom."))
    carry_out(transfer, lines, actor=actor)


def carry_out(transfer: Transfer, lines: list[TransferLine], *, actor: Actor) -> Counter[str]:
    """Do it, inside a running action; how many records of each kind went."""
    found = transfers.plan(transfer, lines, actor)
    if found.nobody:
        raise Refused(_("In the unit there is nobody who could take over; name somebody."))
    groups: dict[tuple[str, int], list[int]] = {}
    for (key, pk), (_line, receiver) in found.goes.items():
        groups.setdefault((key, receiver), []).append(pk)
    moved: Counter[str] = Counter()
    files: Counter[int] = Counter()
    for (key, receiver), planned in sorted(groups.items(), key=lambda g: (registry[g[0][0]].model.lock_rank, g[0])):
        ids = give(key, planned, receiver, person=transfer.owner_id, actor=actor)
        found.stay(key, set(planned) - set(ids))
        moved[key] += len(ids)
        if key in handing.filed():
            files[receiver] += _files(transfer, key, ids, receiver, actor)
    counts = found.counts()
    transfer.done_at = days.now()
    write(TransferResource, transfer, {"done_at"}, actor=actor)
    Moved.objects.bulk_create([Moved(line_id=line, resource=key, receiver_id=to, n=n)
                               for line, by in counts.items() for (key, to), n in by.items()])  # fmt: skip
    stayed = {key: len(ids) for key, ids in found.left.items()}
    noted(moved=dict(moved), **({"stayed": stayed} if stayed else {}))
    for receiver, n in files.items():
        notify([receiver, *line_of(receiver)[:1]], "people.handed_over", resource="transfer", record_id=None, actor_id=actor.user_id,
               giver=directory.user_name(transfer.owner_id), receiver=directory.user_name(receiver), count=1, files=n)  # fmt: skip
    return moved


def give(key: str, ids: list[int], receiver: int, *, person: int, actor: Actor) -> list[int]:
    """Records of one kind go to one colleague: owner, unit and branch, what follows from it, and the event that tells. Returns those that
    went: what is no longer the person's once it is locked, is finished, or has left the actor's reach stays where it is; what came along with
    its record is with the colleague already."""
    unit, resource = receivable(receiver, person), registry[key]
    model, given = resource.model, []
    for at in range(0, len(ids), RELEASED):
        lock = owned_rows(resource, person).select_for_update(of=("self",), no_key=True)
        records: list[Any] = list(lock.filter(pk__in=ids[at : at + RELEASED]).order_by("pk"))
        if actor.rights is not None:
            within = set(scoped(model, actor, "transfer").filter(pk__in=[r.pk for r in records]).values_list("pk", flat=True))
            records = [r for r in records if r.pk in within]
        part = [r.pk for r in records]
        given += [*part, *owned_rows(resource, receiver).filter(pk__in=ids[at : at + RELEASED]).values_list("pk", flat=True)]
        if not part:
            continue
        hand(records, receiver, unit, was=person, actor=actor)
    return given


def _files(transfer: Transfer, key: str, ids: list[int], receiver: int, actor: Actor) -> int:
    """A file per record for its successor; the time for the first contact runs by his unit's working hours."""
    unit = receivable(receiver, transfer.owner_id)
    minutes = int(settings.get("people.first_contact_hours", unit)) * 60
    due = calendars.due(unit, days.now(), minutes)
    resource = registry[key]
    for record in resource.model._base_manager.filter(pk__in=ids).order_by("pk"):
        file = Handover(name=resource_title(resource, record)[:200], transfer=transfer, giver_id=transfer.owner_id, about_resource=key,
                        about_id=record.pk, due_at=due, owner_id=receiver)  # fmt: skip
        insert(HandoverResource, file, actor=actor)
    return len(ids)


def depart(person: int, receiver: int, *, actor: Actor, note: str = "") -> Counter[str]:
    """Somebody leaves: whatever he looks after still goes to one colleague, as a transfer like any other."""
    unit = unit_of(person)
    if unit is None:
        raise Invalid({"receiver": [_("%(name)s belongs to no unit yet.") % {"name": directory.user_name(person)}]})
    receivable(receiver, person)
    transfer = Transfer(owner_id=person, unit_id=unit, kind=Transfer.Kind.DEPARTURE, note=note)
    insert(TransferResource, transfer, actor=actor)
    line = TransferLine.objects.create(transfer=transfer, receiver_id=receiver)
    return carry_out(transfer, [line], actor=Actor.system(actor.door, actor.cause) if actor.rights is None else _all(actor))


def _all(actor: Actor) -> Actor:
    """Who may close a login may give away what it owns, whatever the kind."""
    return Actor(actor.user_id, actor.name, None, door=actor.door, cause=actor.cause, reason=actor.reason, language=actor.language)


# ------------------------------------------------------------------------------------------------ the successor's file
def _unsigned(file: Handover) -> bool:
    return file.signed_at is None


@action(Handover, label=t("Sign"), icon="signature", tone="ok", shown=_unsigned, bulk=True, sentence=t("{actor} signed the handover"),
        did=t("Signed for “{name}”"))
def handover_sign(file: Handover, *, actor: Actor, remark: Annotated[str, Ask(t("Remark"), max_length=200)] = "") -> None:
    """The successor has read the file and takes over."""
    if file.signed_at is not None:
        raise Refused(_("This was done already."))
    file.state, file.signed_at, file.signed_by_id, file.remark = Handover.State.SIGNED, days.now(), actor.user_id, remark or ""
    file.done_at = file.signed_at if file.contacted_at else None
    write(HandoverResource, file, {"state", "signed_at", "signed_by", "remark", "done_at"}, actor=actor)
    notify(line_of(file.owner_id)[:1], "people.signed", resource="handover", record_id=file.pk, actor_id=actor.user_id)


def contacted(key: str, pk: int, by: int | None, at: dt.datetime) -> None:
    """An area tells that somebody has spoken with whom a record is about: the successor's first contact is made."""
    for file in handing.living().select_for_update(of=("self",), no_key=True).filter(about_resource=key, about_id=pk, contacted_at=None):
        if by != file.giver_id and at >= file.created_at:
            file.contacted_at = at
            file.done_at = at if file.signed_at else None
            file.save(update_fields=("contacted_at", "done_at"))


def name_late() -> int:
    """First contacts that are overdue: who was responsible when the time ran out is written down, he and his manager are told."""
    named = 0
    for file in handing.overdue():
        late = responsible(file, file.due_at)
        named += handing.living().filter(pk=file.pk, late_by=None, contacted_at=None).update(late_by=late)
        notify([late, *line_of(late)[:1]], "people.late", resource="handover", record_id=file.pk, who=directory.user_name(late))
    return named
