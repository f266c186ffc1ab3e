"""What customers, people and leads keep of their follow-ups, compared with them every night."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max

from pellucid.kernel.jobs.copies import copied

from .models import Contact, Customer, FollowUp, Lead, LeadFollowUp


@copied("customers.last_contact", Customer, ("last_contact_at", "last_contact_kind", "last_contact_by"), (None, "", None))
def last_contacts() -> dict[int, tuple[Any, ...]]:
    """The last contact of a customer is the latest of what was told about it."""
    latest = FollowUp._base_manager.filter(deleted_at=None).order_by("customer", "-at", "-id").distinct("customer")
    return {pk: (at, kind, by) for pk, at, kind, by in latest.values_list("customer", "at", "kind", "author")}


@copied("customers.contact_last_contact", Contact, ("last_contact_at",), (None,))
def contacts_last() -> dict[int, tuple[Any, ...]]:
    """The last contact of a person is the latest follow-up that names him."""
    rows = FollowUp._base_manager.filter(deleted_at=None).exclude(contact=None).order_by().values_list("contact").annotate(Max("at"))
    return {pk: (at,) for pk, at in rows}


@copied("customers.lead_told", Lead, ("told", "last_contact_at"), (0, None))
def leads_told() -> dict[int, tuple[Any, ...]]:
    """How often, and when last, somebody dealt with a lead."""
    rows = LeadFollowUp._base_manager.filter(deleted_at=None).order_by().values_list("lead").annotate(Count("pk"), Max("at"))
    return {pk: (n, at) for pk, n, at in rows}
