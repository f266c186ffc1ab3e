"""What a follow-up brings with it: last contact on customer and person, the next step, word to colleagues who are named."""

from __future__ import annotations

from typing import Any

from django.db.models import Max, Q

from pellucid.collaboration.actions.next_steps import keeps, set_step
from pellucid.collaboration.actions.plans import startable
from pellucid.kernel.actions.declare import follows
from pellucid.kernel.actions.run import noted
from pellucid.kernel.resources.together import mentioned
from pellucid.people.actions.transfers import contacted

from ..models import Contact, Customer, FollowUp

keeps(Customer)
startable(Customer)


@follows(FollowUp)
def follow_up_counts(follow_ups: list[FollowUp], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The latest follow-up is the customer's last contact; a next step in a new one becomes the customer's."""
    if changed is not None:
        if changed & {"at", "kind", "customer", "contact", "deleted_at"}:
            left = {f.came_from for f in follow_ups if f.came_from}
            recount(sorted({f.customer_id for f in follow_ups} | left))
        return
    latest: dict[int, FollowUp] = {}
    for follow_up in follow_ups:
        known = latest.get(follow_up.customer_id)
        if known is None or follow_up.at > known.at:
            latest[follow_up.customer_id] = follow_up
    for customer_id, follow_up in latest.items():
        older = Q(last_contact_at=None) | Q(last_contact_at__lte=follow_up.at)
        Customer._base_manager.filter(older, pk=customer_id).update(
            last_contact_at=follow_up.at, last_contact_kind=follow_up.kind, last_contact_by=follow_up.author_id
        )
    for follow_up in follow_ups:
        if follow_up.contact_id:
            older = Q(last_contact_at=None) | Q(last_contact_at__lt=follow_up.at)
            Contact._base_manager.filter(older, pk=follow_up.contact_id).update(last_contact_at=follow_up.at)
    for follow_up in latest.values():
        if follow_up.next_step_at:
            customer = Customer._base_manager.get(pk=follow_up.customer_id)
            set_step(customer, follow_up.next_step, follow_up.next_step_at, actor=actor, owner_id=follow_up.author_id)
    for customer_id, follow_up in latest.items():
        contacted("customer", customer_id, follow_up.author_id, follow_up.at)
    if len(follow_ups) == 1:
        noted(customer=follow_ups[0].customer_id, text=follow_ups[0].text, mentions=mentioned(follow_ups[0].text))


def recount(customer_ids: list[int]) -> None:
    """Last contact of these customers and of their people from the follow-ups there are: after a change, a merge, a deletion, an undo."""
    held = Customer._base_manager.filter(pk__in=customer_ids).order_by("pk")
    list(held.select_for_update(of=("self",), no_key=True).values_list("pk"))  # two who change what was said at once: one after the other
    for customer_id in customer_ids:
        told = FollowUp._base_manager.filter(customer_id=customer_id, deleted_at=None)
        last = told.order_by("-at", "-id").first()
        Customer._base_manager.filter(pk=customer_id).update(
            last_contact_at=last.at if last else None,
            last_contact_kind=last.kind if last else "",
            last_contact_by=last.author_id if last else None,
        )
        latest = dict(told.exclude(contact=None).order_by().values_list("contact").annotate(Max("at")))
        for pk, at in Contact._base_manager.filter(customer_id=customer_id).values_list("pk", "last_contact_at"):
            if latest.get(pk) != at:
                Contact._base_manager.filter(pk=pk).update(last_contact_at=latest.get(pk))
