"""Two customers are one."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.collaboration.actions import plans
from pellucid.collaboration.actions.next_steps import copy_step, open_step
from pellucid.collaboration.models import Task
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, Shown, action
from pellucid.kernel.actions.run import fetch, noted, scoped, show_for
from pellucid.kernel.records import prepared
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.comparing import carried, comparable, differences
from pellucid.kernel.resources.merge import aside, merge, unmerge
from pellucid.kernel.resources.models import MergeRun

from .. import duplicates
from ..joining import joinings
from ..models import Contact, Customer
from . import schemes
from .follow_ups import recount


def beside(customer: Customer, actor: Actor, given: dict[str, Any]) -> Shown | None:
    """The two side by side, once the other is named: whose value stays is chosen field by field."""
    found = duplicates.loaded(scoped(Customer, actor, "delete").filter(pk__in=[customer.pk, given.get("other") or 0]))
    if len(found) < 2:
        return None
    show, gone = show_for(actor), found[given["other"]]
    return Shown("customers/merging.html", {
        "sides": [duplicates.side(found[customer.pk], show), duplicates.side(gone, show)],
        "fields": differences(customer, gone, actor, show, given.get("take") or ()), "carried": carried(gone, actor)}, ("other",))  # fmt: skip


def apart_again(customer: Customer, payload: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """How a merge is taken back, as long as it is the latest into this customer."""
    latest = MergeRun._base_manager.filter(resource="customer", survivor_id=customer.pk, undone_at=None).order_by("-id").first()
    return ("customer_unmerge", {}) if latest is not None and latest.pk == payload.get("merge") else None


@action(Customer, label=gettext_lazy("Merge with another"), icon="arrows-join", verb="delete", event="customer.merged", tone="bad",
        sentence=gettext_lazy("{actor} merged {name} into this customer"),
        shows=beside, back=apart_again, did=gettext_lazy("Merged into “{name}”"),
        confirm=gettext_lazy("Contacts, follow-ups, tasks and files move here. This can be taken back for 30 days."))
def customer_merge(
    customer: Customer,
    *,
    actor: Actor,
    other: Annotated[int, Ask(gettext_lazy("The customer that is the same"), kind="link", target="customer")],
    take: Annotated[list[str] | None, Ask(gettext_lazy("Fields whose value is taken from it"), kind="names", hidden=True)] = None,
) -> None:
    """This customer takes in another; its empty fields, and those named, are filled from it."""
    if strange := set(take or ()) - set(comparable("customer", actor)):
        raise Invalid({"take": [_("There is no field “%(name)s” to fill in.") % {"name": min(strange)}]})
    if other == customer.pk:
        raise Refused(_("A record cannot be merged with itself."))
    gone = fetch(Customer, other, actor, "delete", lock=True)
    also = plans.make_one("customer", customer.pk, gone.pk, schemes.unfit(customer))
    if Contact._base_manager.filter(customer=customer, is_primary=True, deleted_at=None).exists():
        also += aside(Contact._base_manager.filter(customer=gone, is_primary=True), is_primary=False)
    if open_step("customer", customer.pk) and (step := open_step("customer", gone.pk)):
        also += aside(Task._base_manager.filter(pk=step.pk), kind=Task.Kind.TASK.value)
    for one in joinings:
        also += one.aside(customer, gone)
    run = merge(customer, gone, actor=actor, also=also, take=tuple(take or ()), given=parent_of(customer, gone))
    noted(name=gone.name, merge=run.pk, other=gone.pk)
    settled([customer.pk, gone.pk])


def settled(ids: list[int]) -> None:
    """What follows from what moved."""
    for pk in ids:
        copy_step("customer", pk)
    recount(ids)
    for one in joinings:
        one.settled(ids)


def parent_of(customer: Customer, gone: Customer) -> dict[str, int | None]:
    """Where the survivor stands when one of the two belongs to the other: what takes in a parent stands where that stood, what takes in a
    subsidiary stays where it is. Otherwise its own parent, or for want of one the other's, is right."""
    if gone.pk in above(customer):
        return {"parent": gone.parent_id}
    if customer.pk in above(gone):
        return {"parent": customer.parent_id}
    return {}


def above(customer: Customer) -> list[int]:
    """The parents of a customer, the nearest first."""
    found, at = [], customer.parent_id
    while at is not None and at not in found:
        found.append(at)
        at = Customer._base_manager.filter(pk=at).values_list("parent_id", flat=True).first()
    return found


def merged_into(pk: int) -> QuerySet[MergeRun, int]:
    """The merges into a customer that can be taken apart."""
    return MergeRun._base_manager.filter(resource="customer", survivor_id=pk, undone_at=None).values_list("pk", flat=True)[:1]


@action(Customer, confirm=gettext_lazy("What was merged becomes a record of its own again."),
        label=gettext_lazy("Take the merge back"), icon="arrow-back-up", verb="delete", event="customer.unmerged",
        sentence=gettext_lazy("{actor} took a merge apart"),
        shown=lambda c: bool(prepared.rows("customer_merged", merged_into, c.pk)), did=gettext_lazy("“{name}” and the other are two again"))
def customer_unmerge(customer: Customer, *, actor: Actor) -> None:
    """Take the latest merge into this customer apart again."""
    run = MergeRun._base_manager.filter(resource="customer", survivor_id=customer.pk, undone_at=None).order_by("-id").first()
    if run is None:
        raise Refused(_("There is no merge to take back."))
    unmerge(run, actor=actor)
    noted(other=run.merged_id)
    plans.recount_about("customer", [run.survivor_id, run.merged_id])
    settled([run.survivor_id, run.merged_id])
