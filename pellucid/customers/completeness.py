"""How complete a customer's record is, and what its class requires (R245)."""

from __future__ import annotations

from typing import Any

from .models import Customer, CustomerClass

WEIGHTS = {
    "short_name": 5, "phone": 15, "address": 10, "region_id": 15, "industry_id": 15, "size_id": 10, "level_id": 10, "origin_id": 10,
    "website": 5, "credit_code": 5,
}  # fmt: skip
# What a customer must have from a class on; each class includes those below.
REQUIRED: dict[int, tuple[str, ...]] = {
    CustomerClass.UNIDENTIFIED: (),
    CustomerClass.POTENTIAL: ("industry_id", "origin_id"),
    CustomerClass.OPPORTUNITY: ("region_id", "level_id"),
    CustomerClass.ORDERING: ("address", "phone"),
    CustomerClass.USER: (),
}


def completeness(customer: Customer) -> int:
    """0 to 100: the weights of the fields that are filled in."""
    return round(sum(w for name, w in WEIGHTS.items() if getattr(customer, name)) * 100 / sum(WEIGHTS.values()))


def required(customer_class: int) -> tuple[str, ...]:
    """Columns that a customer of this class must have."""
    return tuple(name for level, names in REQUIRED.items() if level <= customer_class for name in names)


def missing(customer: Customer, customer_class: int) -> list[Any]:
    """Labels of what the class requires and the record lacks."""
    fields = {f.attname: f for f in Customer._meta.concrete_fields}
    return [fields[name].verbose_name for name in required(customer_class) if not getattr(customer, name)]
