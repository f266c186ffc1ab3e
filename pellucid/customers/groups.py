"""Groups of companies: a customer, the companies above it, and those below."""

from __future__ import annotations

from .models import Customer


def upwards(customer: int) -> list[int]:
    """A customer, its parent company, that one's, and so on to the topmost; a circle ends where it began."""
    out = [customer]
    while (parent := Customer._base_manager.filter(pk=out[-1]).values_list("parent_id", flat=True).first()) and parent not in out:
        out.append(parent)
    return out


def below(customer: int) -> set[int]:
    """A customer and every company of its group below it; one statement for each level."""
    found, latest = {customer}, {customer}
    while latest:
        latest = set(Customer._base_manager.filter(parent__in=latest, deleted_at=None).values_list("pk", flat=True)) - found
        found |= latest
    return found


def group_of(customer: int) -> set[int]:
    """Everybody in the customer's group, itself among them."""
    line = upwards(customer)
    return below(line[-1]) | set(line)
