"""What customers are worth: the ranking a model would give now beside the published one, what the best have in common, how much a few carry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pellucid.customers.models import Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.metrics.declare import measures
from pellucid.kernel.metrics.needs import may as may_ask
from pellucid.kernel.records import words
from pellucid.kernel.records.days import Days, add_months
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.declare import Menu, Page, Panel, place
from pellucid.kernel.resources.fields import clear, specs
from pellucid.kernel.resources.marks import titled

from . import value_facts
from .models import CustomerValue, ValueIndicator, ValueModel
from .models.value import FIELD
from .models.value import indicators as choosable
from .valuing import Concentration, Scored, Trait, concentration, grade_of, traits

SHOWN, TRAITS, STABLE = 40, 8, 4  # rows; traits; half-years in which a customer was golden
TONES = {"A": "ok", "B": "acc", "C": "warn", "D": ""}
READ = ("customer", "score", "grade", "rank")


def named(customers: Iterable[int], actor: Actor) -> dict[int, str]:
    """What customers are called."""
    return {pk: name for (_key, pk), name in titled([("customer", c) for c in customers], actor).items()}


def figure(measure: str, value: Decimal | None, show: Show) -> str:
    """A figure, or the value of a field, as it is read."""
    if value is None:
        return "—"
    if measure.startswith(FIELD):
        return value_facts.word(measure, value) or words.number(value.normalize())
    unit = measures[measure].unit if measure in measures else ""
    return words.money(value, show.language) if unit == "money" else words.percent(value) if unit == "percent" else words.number(value)


# ------------------------------------------------------------------------------------------------ models
def page(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """One model: the ranking of now within the reader's reach beside the published one, and what the best are made of."""
    show, found = show_for(actor), value_facts.models()
    now = next((m for m in found if str(m.pk) == params.get("model", "")), found[0] if found else None)
    edits = actor.may("valuemodel", "edit") and not actor.read_only
    tabs = [{"label": m.name, "href": f"/p/orders/values?model={m.pk}", "current": m == now} for m in found]
    out: dict[str, Any] = {"tabs": tabs, "new": "/value-models/new" if edits else "", "model": None}
    if now is None:
        return out
    indicators = value_facts.indicators_of(now.pk)
    out["indicators"] = [
        {"label": str(i), "sub": " · ".join(filter(None, (
            "" if i.measure.startswith(FIELD) else ngettext("last %(n)s month", "last %(n)s months", i.months) % {"n": i.months},
            str(i.get_peers_display()) if i.peers else str(i.get_rule_display()), i.points, _("less is better") if i.low_is_good else "",
            gated(i)))), "weight": f"{i.weight.normalize():f}",
         "edit": f"/value-indicators/{i.pk}/edit" if edits else ""} for i in indicators
    ]  # fmt: skip
    out["add"] = f"/value-indicators/new?model={now.pk}" if edits else ""
    out["model"] = {"name": now.name, "href": f"/value-models/{now.pk}", "note": now.note,
                    "publish": f"/value-models/{now.pk}/do/valuemodel_publish" if edits and indicators else ""}  # fmt: skip
    if not all(may_go_by(actor, i.measure) for i in indicators) or not clear("customervalue", actor, *READ):
        return out | {"refused": True}
    scores = value_facts.live(actor, indicators, show.today)
    before = value_facts.published(now.pk, [s.id for s in scores])
    return out | ranking(now, scores, before, actor, show) | {"traits": composition(before, actor, show)}


def gated(one: ValueIndicator) -> str:
    """From where on it holds the score back."""
    if one.gate is None or one.cap is None:
        return ""
    said = _("above %(gate)s at most %(cap)s") if one.low_is_good else _("below %(gate)s at most %(cap)s")
    return said % {"gate": words.number(one.gate.normalize()), "cap": words.number(one.cap.normalize())}


def may_go_by(actor: Actor, measure: str) -> bool:
    """Whether the actor may ask what an indicator goes by."""
    if measure.startswith(FIELD):
        return clear("customer", actor, measure.removeprefix(FIELD))
    return measure in measures and may_ask(actor, measure, ("customer",))


def ranking(model: ValueModel, scores: list[Scored], before: dict[int, CustomerValue], actor: Actor, show: Show) -> dict[str, Any]:
    """The ranking of now, with how far each would rise or fall against what is published, within the same reach."""
    borders = (model.a_from, model.b_from, model.c_from)
    was = {pk: n for n, pk in enumerate(sorted(before, key=lambda pk: (before[pk].rank, pk)), 1)}
    grades = {s.id: grade_of(s.score, borders) for s in scores}
    moved = [s for s in scores if s.id in before and grades[s.id] != before[s.id].grade]
    names = named((s.id for s in scores[:SHOWN]), actor)
    rows = [{"rank": s.rank, "label": names.get(s.id, f"#{s.id}"), "href": f"/customers/{s.id}", "score": f"{s.score:.1f}", "grade": grades[s.id],
             "tone": TONES[grades[s.id]], "was": before[s.id].grade if s.id in before else "", "was_tone": TONES.get(before[s.id].grade, "")
             if s.id in before else "", "step": was[s.id] - s.rank if s.id in was else None} for s in scores[:SHOWN]]  # fmt: skip
    best = sum(1 for g in grades.values() if g == "A")
    facts = [
        {"label": _("Customers"), "value": f"{len(scores):,}", "note": _("with any figure")},
        {"label": _("Grade A now"), "value": f"{best:,}", "note": words.percent(Decimal(best) / len(scores)) if scores else ""},
        {"label": _("Would change grade"), "value": f"{len(moved):,}", "note": _("if published now"), "tone": "warn" if moved else ""},
        {"label": _("Edition"), "value": str(model.edition or "—"),
         "note": words.relative_day(model.published_on, show.today, show.language) if model.published_on else _("not published yet")},
    ]  # fmt: skip
    return {"facts": facts, "rows": rows, "more": max(0, len(scores) - SHOWN), "list": f"/customer-values/?f.model=in:{model.pk}"}


def composition(before: dict[int, CustomerValue], actor: Actor, show: Show) -> list[dict[str, Any]]:
    """What the published grade A is made of beside all: the traits that stand out, then the most frequent ones."""
    best = [pk for pk, v in before.items() if v.grade == "A"]
    dims = [name for name in value_facts.DIMS if clear("customer", actor, name)]
    if not best or not dims:
        return []
    found = sorted(traits(best, list(before), value_facts.profiles(before, dims)), key=lambda t: (not t.striking, -t.best, t.dim, str(t.value)))
    known = specs("customer")
    labels = {name: str(known[name].label) for name in dims}

    def said(t: Trait) -> str:
        if t.value in (None, ""):
            return _("(not filled in)")
        spec = known[t.dim]
        return named_links(spec, t.value, actor) if spec.kind.key == "link" else spec.kind.words(spec, t.value, show)

    return [{"dim": labels[t.dim], "label": said(t), "n": f"{t.best:,}", "share": words.percent(t.share, 0), "overall": words.percent(t.overall, 0),
             "index": t.index, "striking": t.striking} for t in found[:TRAITS]]  # fmt: skip


def named_links(spec: Spec, pk: int, actor: Actor) -> str:
    """What a record is called that a trait points at."""
    return titled([(spec.target, pk)], actor).get((spec.target, pk), f"#{pk}")


# ------------------------------------------------------------------------------------------------ golden customers
def golden(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """How much a few customers carry, which these are, and who has been among them all along with the best profit."""
    show = show_for(actor)
    possible = [m for m in ("amount", "profit") if may_ask(actor, m, ("customer",))]
    measure = params.get("measure", "") if params.get("measure") in possible else next(iter(possible), "")
    if not measure:
        return {"facts": [], "rows": [], "stable": [], "switch": []}
    values = value_facts.by_customer(actor, measure, value_facts.last_months(12, show.today), show.today)
    found = concentration({c: v for c, v in values.items() if v is not None})
    stable = steady(actor, measure, show.today)
    names = named({*found.golden[:SHOWN], *stable[:SHOWN]}, actor)
    run, rows = Decimal(0), []
    for n, pk in enumerate(found.golden[:SHOWN], 1):
        value = values[pk] or Decimal(0)
        run += value
        rows.append({"rank": n, "href": f"/customers/{pk}", "label": names.get(pk, f"#{pk}"), "value": words.money(value, show.language),
                     "share": words.percent(value / found.total), "run": words.percent(run / found.total), "stable": pk in stable})  # fmt: skip
    profit = value_facts.by_customer(actor, "profit", value_facts.last_months(6 * STABLE, show.today), show.today) if "profit" in possible else {}
    ranked = sorted(stable, key=lambda pk: (-(profit.get(pk) or Decimal(0)), pk))
    return {
        "facts": carried(found, show), "rows": rows, "more": max(0, len(found.golden) - SHOWN), "measure": str(measures[measure].label),
        "switch": [{"label": str(measures[m].label), "href": f"/p/orders/golden?measure={m}", "current": m == measure} for m in possible],
        "stable": [{"label": names.get(pk, f"#{pk}"), "href": f"/customers/{pk}",
                    "right": words.money(profit[pk] or Decimal(0), show.language) if profit.get(pk) is not None else ""} for pk in ranked[:SHOWN]],
    }  # fmt: skip


def carried(found: Concentration, show: Show) -> list[dict[str, Any]]:
    """The three numbers of concentration."""
    def percent(share: Decimal | None) -> str:
        return "—" if share is None else words.percent(share)

    return [
        {"label": _("Golden customers"), "value": f"{len(found.golden):,}", "note": _("together 80 per cent of %(total)s") % {
            "total": words.money(found.total, show.language)}},
        {"label": _("Of all customers"), "value": percent(found.share), "note": _("of %(n)s that bought") % {"n": f"{found.n:,}"}},
        {"label": _("The largest fifth carries"), "value": percent(found.top_fifth), "note": ""},
        {"label": _("Gini coefficient"), "value": "—" if found.gini is None else f"{found.gini:.3f}", "note": _("0: all alike, 1: one has it all")},
    ]  # fmt: skip


def steady(actor: Actor, measure: str, today: dt.date) -> list[int]:
    """Customers that were golden in each of the last half-years."""
    always: set[int] | None = None
    until = today + value_facts.DAY
    for n in range(STABLE):
        window = Days(add_months(until, -6 * (n + 1)), add_months(until, -6 * n))
        values = value_facts.by_customer(actor, measure, window, today)
        now = set(concentration({c: v for c, v in values.items() if v is not None}).golden)
        always = now if always is None else always & now
    return sorted(always or ())


# ------------------------------------------------------------------------------------------------ beside a customer
def beside(customer: Customer, actor: Actor) -> dict[str, Any] | None:
    """What was published of a customer, and how its score came about."""
    if not clear("customervalue", actor, *READ):
        return None
    show, rows, tag = show_for(actor), [], None
    labels = {name: str(label) for name, label in choosable()}
    for one in scoped(CustomerValue, actor).filter(customer=customer.pk).select_related("model").order_by("-model__purpose", "model__name"):
        if tag is None:
            tag = {"label": one.grade, "tone": TONES[one.grade]}
        rows.append({"label": one.model.name, "sub": _("as of %(day)s, rank %(rank)s") % {"day": one.asof, "rank": f"{one.rank:,}"},
                     "href": f"/p/orders/values?model={one.model_id}", "tag": {"label": one.grade, "tone": TONES[one.grade]},
                     "right": f"{one.score:.1f}"})  # fmt: skip
        for measure, value, points, _weight in (part.split(" ") for part in one.steps.split(";") if part):
            if may_go_by(actor, measure):
                rows.append({"label": labels.get(measure, measure), "sub": figure(measure, Decimal(value) if value else None, show),
                             "right": ngettext("%(n)s point", "%(n)s points", round(float(points))) % {"n": points} if points else "—"})  # fmt: skip
    return {"rows": rows, "tag": tag} if rows else None


place(
    Page("orders/values", gettext_lazy("What customers are worth"), "orders/values.html", page, needs="valuemodel.view", icon="trophy"),
    Page("orders/golden", gettext_lazy("Golden customers"), "orders/golden.html", golden, needs="customervalue.view", icon="trophy"),
    Panel("customer", "orders.value", gettext_lazy("Customer value"), "orders/rows.html", beside, needs="customervalue", position=33, lazy=True),
    Menu("customervalue", gettext_lazy("Customer value"), "/p/orders/values", "trophy", group="customers", needs="valuemodel.view", position=67,
         covers=("valuemodel", "valueindicator")),
    Menu("golden", gettext_lazy("Golden customers"), "/p/orders/golden", "star", group="customers", needs="customervalue.view", position=68),
)  # fmt: skip
