"""Value models: what is entered is checked, and scores are published: frozen with the edition, the day and how they came about."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import action, prepares
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records import days
from pellucid.kernel.records.copying import copy
from pellucid.kernel.records.errors import Invalid, Refused

from .. import value_facts
from ..models import CreditProfile, CustomerValue, ValueGrade, ValueIndicator, ValueModel
from ..models.value import FIELD, indicators, of_profile
from ..valuing import Scored, grade_of

R = ValueIndicator.Rule
P = ValueModel.Purpose
SHOWN = 12  # values that are named to who mistyped one
SHIPPED: tuple[tuple[str, str, tuple[tuple[str, int, int, str, str, bool], ...]], ...] = (  # measure, months, weight, rule, points, less is better
    ("客户价值", P.VALUE, (("amount", 12, 40, R.RANK, "", False), ("received", 12, 25, R.RANK, "", False), ("order_count", 24, 15, R.RANK, "", False),
                       ("follow_up_count", 6, 10, R.RANK, "", False), ("late_rate", 24, 10, R.LINE, "0:0, 0.5:100", True))),
    ("信用评级", P.CREDIT, (("late_rate", 24, 40, R.LINE, "0:0, 0.6:100", True), ("most_days_late", 24, 25, R.LINE, "0:0, 60:100", True),
                        ("received", 24, 20, R.RANK, "", False), ("orders_standing", 1, 15, R.BAND, "0:40, 1:70, 3:100", False))),
)  # fmt: skip


def ship() -> None:
    """A model of either purpose for a company that has none yet."""
    if ValueModel._base_manager.exists():
        return
    for name, purpose, rows in SHIPPED:
        model = ValueModel._base_manager.create(name=name, purpose=purpose, leading=purpose == P.VALUE)
        ValueIndicator._base_manager.bulk_create(
            ValueIndicator(model=model, measure=measure, months=months, weight=weight, rule=rule, points=points, low_is_good=low)
            for measure, months, weight, rule, points, low in rows)


@prepares(ValueIndicator)
def value_indicator_prepare(rows: list[ValueIndicator], *, actor: Any, changed: frozenset[str] | None) -> None:
    """A measure that can be asked by customer, or a field of the customer; limits or values with points where it goes by them."""
    known = {name for name, _label in indicators()}
    for one in rows:
        if one.measure not in known:
            raise Invalid({"measure": [_("Please choose from the list.")]})
        if one.rule == R.RANK:
            one.points = ""
        elif one.peers:
            raise Invalid({"peers": [_("Only a rank is among others.")]})
        chosen = one.measure.startswith(FIELD) and value_facts.numbers(of_profile()[one.measure]) is not None
        if chosen != (one.rule == R.EACH):
            raise Invalid({"rule": [_("What is chosen from a list goes by its value.") if chosen else _("A number has no points by value.")]})
        fits(one)


def fits(one: ValueIndicator) -> None:
    """Raises Invalid unless limits or values with points can be read."""
    try:
        if one.rule == R.EACH:
            value_facts.each(one.measure, one.points)
        elif one.rule != R.RANK:
            value_facts.limits(one.points)
    except (ValueError, ArithmeticError):
        if one.rule == R.EACH:
            words = "、".join(value_facts.choices(one.measure)[:SHOWN])
            raise Invalid({"points": [_("Write values and points between 0 and 100, the rest as *. The values are: %(values)s") % {
                "values": words}]}) from None  # fmt: skip
        raise Invalid({"points": [_("Write limits and points, rising, points between 0 and 100: 0:0, 100000:60, 500000:100")]}) from None


@action(ValueModel, confirm=gettext_lazy(
            "Every customer gets its score and grade of today; those for credit become the grade of its credit profile."),
        label=gettext_lazy("Publish scores"), icon="send", verb="edit", event="valuemodel.published", position=10,
        sentence=gettext_lazy("{actor} published the scores of {count} customers"), did=gettext_lazy("Published the scores of “{name}”"))
def valuemodel_publish(model: ValueModel, *, actor: Actor) -> None:
    """Every customer gets its score and grade of today; those for credit become the grade of its credit profile."""
    found = value_facts.live(Actor.system("rule"), value_facts.indicators_of(model.pk), days.today())
    if not found:
        raise Refused(_("The model has no indicators, or nobody has a figure for them."))
    publish(model, found, days.today())
    noted(count=len(found))


def publish(model: ValueModel, found: list[Scored], on: dt.date) -> None:
    """A new edition: scores instead of those published before, grades of credit profiles."""
    model.edition += 1
    model.published_on = on
    model.save(update_fields=("edition", "published_on"))
    keep(model, found)
    lasts(model, found, on)
    if model.purpose == ValueModel.Purpose.CREDIT:
        regrade(model)


def keep(model: ValueModel, found: list[Scored]) -> None:
    """Scores instead of those published before."""
    CustomerValue._base_manager.filter(model=model).delete()
    names = {str(i.pk): i.measure for i in value_facts.indicators_of(model.pk)}
    borders = (model.a_from, model.b_from, model.c_from)

    def said(one: Scored) -> str:
        return ";".join(f"{names[s.key]} {'' if s.value is None else f'{s.value:f}'} {'' if s.points is None else f'{s.points:.1f}'} {s.weight:f}"
                        for s in one.steps)  # fmt: skip

    copy(CustomerValue, [{"customer_id": one.id, "model_id": model.pk, "score": one.score, "grade": grade_of(one.score, borders), "rank": one.rank,
                          "edition": model.edition, "asof": model.published_on, "steps": said(one)} for one in found])  # fmt: skip


def lasts(model: ValueModel, found: list[Scored], on: dt.date) -> None:
    """Grades hold from this day on; those that are different now, or gone, held until it. What was published earlier the same day never held."""
    borders = (model.a_from, model.b_from, model.c_from)
    now = {one.id: grade_of(one.score, borders) for one in found}
    kept: set[int] = set()
    over: list[tuple[int, dt.date]] = []
    standing = ValueGrade._base_manager.filter(model=model, until=None).order_by("-since", "-pk")
    for row, pk, grade, since in standing.values_list("pk", "customer", "grade", "since"):
        if now.get(pk) == grade and pk not in kept:
            kept.add(pk)
        else:
            over.append((row, since))
    ValueGrade._base_manager.filter(pk__in=[row for row, since in over if since >= on]).delete()
    ValueGrade._base_manager.filter(pk__in=[row for row, since in over if since < on]).update(until=on)
    copy(ValueGrade, [{"customer_id": pk, "model_id": model.pk, "grade": grade, "since": on} for pk, grade in now.items() if pk not in kept])


def regrade(model: ValueModel) -> None:
    """Credit profiles get the published grade."""
    grades = {pk: one.grade for pk, one in value_facts.published(model.pk).items()}
    for profile in CreditProfile._base_manager.filter(customer__in=list(grades), deleted_at=None).order_by("pk").select_for_update(of=("self",)):
        if profile.grade != grades[profile.customer_id]:
            profile.grade = grades[profile.customer_id]
            profile.save(update_fields=("grade",))
