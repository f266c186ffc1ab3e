"""What a follow-up brings with it: last contact on customer and person, the next step, word to colleagues who are named.

The next step is planned for what the follow-up was about, and for the customer where it was about nothing in particular."""

from __future__ import annotations

from typing import Any

from django.db.models import Max, Q

from pellucid.collaboration.actions.next_steps import keeps, open_step, plannable, set_step
from pellucid.collaboration.actions.plans import startable
from pellucid.kernel.actions.declare import follows
from pellucid.kernel.actions.run import noted
from pellucid.kernel.resources.together import mentioned
from pellucid.people.actions.transfers import contacted

from ..models import Contact, Customer, FollowUp
from . import schemes

keeps(Customer)
startable(Customer, proposes=schemes.proposed)


@follows(FollowUp)
def follow_up_counts(follow_ups: list[FollowUp], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The latest follow-up is the customer's last contact; a next step in a new one is planned, and planned anew where it is changed."""
    if changed is not None:
        if changed & {"at", "kind", "customer", "contact", "deleted_at"}:
            left = {f.came_from for f in follow_ups if f.came_from}
            recount(sorted({f.customer_id for f in follow_ups} | left))
        if changed & {"next_step", "next_step_at"}:
            for follow_up in follow_ups:
                replanned(follow_up, actor)
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
    last_words: dict[tuple[int, str, int | None], FollowUp] = {}
    for follow_up in sorted(follow_ups, key=lambda f: f.at):
        if follow_up.next_step_at:
            last_words[follow_up.customer_id, follow_up.about_resource, follow_up.about_id] = follow_up
    for follow_up in last_words.values():
        if not outdated(follow_up):
            planned(follow_up, actor)
    for customer_id, follow_up in latest.items():
        contacted("customer", customer_id, follow_up.author_id, follow_up.at)
    if len(follow_ups) == 1:
        noted(customer=follow_ups[0].customer_id, text=follow_ups[0].text, mentions=mentioned(follow_ups[0].text))


def outdated(follow_up: FollowUp) -> bool:
    """Whether something else was said later of what comes next, as when a follow-up is entered afterwards."""
    later = Q(at__gt=follow_up.at) | Q(at=follow_up.at, pk__gt=follow_up.pk)
    rows = FollowUp._base_manager.filter(later, customer=follow_up.customer_id, about_resource=follow_up.about_resource, about_id=follow_up.about_id)
    return rows.filter(next_step_at__isnull=False, deleted_at=None).exists()


def planned(follow_up: FollowUp, actor: Any) -> None:
    """What comes next is the next step of what it was about, as long as there is something to plan there, else of the customer."""
    record = plannable(follow_up.about_resource, follow_up.about_id) or Customer._base_manager.get(pk=follow_up.customer_id)
    set_step(record, follow_up.next_step, follow_up.next_step_at, actor=actor, owner_id=follow_up.author_id)


def replanned(follow_up: FollowUp, actor: Any) -> None:
    """A next step that is said otherwise afterwards is otherwise, unless it is done or replaced by now."""
    where = (follow_up.about_resource, follow_up.about_id) if follow_up.about_id else ("customer", follow_up.customer_id)
    if follow_up.next_step_at and not outdated(follow_up) and open_step(where[0], where[1] or 0):
        planned(follow_up, actor)


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
