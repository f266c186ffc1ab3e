"""The grade a customer was published with, and that of its credit, as dimensions of everything that is counted by customer; as of any day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.history.span_models import span_model
from pellucid.kernel.metrics.declare import Ctx, Dataset, Dim, dimension
from pellucid.kernel.records import days

from .models import CreditProfile, ValueGrade
from .models.trust import Grade

GRADES = tuple((grade, grade) for grade in "ABCD")


def grade_at(path: str) -> Callable[[Ctx], Any]:
    """The grade that stood at the end of the day, by the model that leads."""

    def made(ctx: Ctx) -> Any:
        stood = Q(since__lte=ctx.day) & (Q(until=None) | Q(until__gt=ctx.day))
        rows = ValueGrade._base_manager.filter(stood, customer=OuterRef(path), model__leading=True, model__deleted_at=None)
        return Subquery(rows.order_by("-since").values("grade")[:1])

    return made


def by_grade(ds: Dataset) -> Dim | None:
    """For a dataset that knows the customer by a path."""
    customer = next((d for d in ds.fixed if d.name == "customer"), None)
    if customer is None or not isinstance(customer.expr, str):
        return None
    return Dim("value_grade", _("Value grade"), grade_at(customer.expr), GRADES, uses=(customer.expr,), by_day=True, none=_("Not graded"),
               reads=(("customervalue", "grade"),))  # fmt: skip


def trusted_at(path: str) -> Callable[[Ctx], Any]:
    """The credit grade that stood at the end of the day in the customer's own profile."""

    def made(ctx: Ctx) -> Any:
        end = days.end_of(ctx.day)
        stood = Q(record__customer=OuterRef(path), valid_from__lt=end, valid_to__gte=end)
        rows = span_model(CreditProfile)._base_manager.filter(ctx.believed(), stood)
        return Subquery(rows.order_by("-valid_from").values("grade")[:1])

    return made


def by_credit(ds: Dataset) -> Dim | None:
    """For a dataset that knows the customer by a path."""
    customer = next((d for d in ds.fixed if d.name == "customer"), None)
    if customer is None or not isinstance(customer.expr, str):
        return None
    return Dim("credit_grade", _("Credit grade"), trusted_at(customer.expr), tuple(Grade.choices), uses=(customer.expr,), by_day=True,
               none=_("Not graded"), reads=(("creditprofile", "grade"),))  # fmt: skip


dimension(by_grade)
dimension(by_credit)
