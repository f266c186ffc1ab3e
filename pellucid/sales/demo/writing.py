"""From courses to rows: opportunities with their past, what is sold, who decides and what comes next, each table in one go."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from pellucid.collaboration.models import Task
from pellucid.customers.demo.courses import off
from pellucid.customers.models import Contact, Customer
from pellucid.kernel.access import directory
from pellucid.kernel.actions.declare import prepare
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.history.selectors import FOREVER
from pellucid.kernel.history.span_models import span_model
from pellucid.kernel.history.writes import load_spans
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.copying import copy, reserve, row_of
from pellucid.kernel.records.numbers import draw_many
from pellucid.products.models import Product

from .. import stages
from ..models import Competitor, Opportunity, OpportunityContact, OpportunityLine
from ..resources import OpportunityResource
from .competition import facing, winner
from .courses import LUCK, PLACES, SKILL, Buyer, Course, course, dealt, forecast, periods, wishes
from .words import ASKED, BACK, NAMES, NEEDS, NOTES, STEPS, WHY_WON

LATE_STEPS, TODAY_STEPS = 0.07, 0.1


def buyers() -> list[Buyer]:
    """Every customer that ever wanted something, with the past of its class and owner."""
    known = {c.pk: c for c in Customer._base_manager.filter(deleted_at=None, merged_into=None, pool=None)}
    span: dict[int, tuple[list[Any], list[Any]]] = {}
    rows = span_model(Customer)._base_manager.filter(recorded_to=FOREVER, pk__in=known).order_by("id", "valid_from")
    for pk, at, customer_class, *whose in rows.values_list("id", "valid_from", "customer_class", "owner", "unit", "branch"):
        classes, owners = span.setdefault(pk, ([], []))
        if not classes or classes[-1][1] != customer_class:
            classes.append((at, customer_class))
        if not owners or owners[-1][1] != tuple(whose):
            owners.append((at, tuple(whose)))
    return [Buyer(pk, c.short_name or c.name, *span[pk], c.level_id, c.origin_id, (c.employees or 0) >= 500) for pk, c in known.items() if pk in span]


def skills(stage: Stage) -> dict[int, float]:
    """How often each seller wins: his branch, and himself."""
    units = directory.units()
    out = {}
    for user in directory.users().values():
        above = units.get(user.unit or 0)
        while above is not None and above.short_name not in PLACES:
            above = units.get(above.parent or 0)
        usual = SKILL[PLACES[above.short_name]] if above else 0.38
        out[user.id] = min(0.8, max(0.12, usual + stage.chance.gauss(0, 0.08)))
    return out


def fill(stage: Stage) -> None:
    """Draw and write."""
    pipeline = stages.first_pipeline()
    assert pipeline is not None
    way = [s for s in stages.of_pipeline(pipeline) if s.kind == "open"]
    ends = {s.kind: s for s in stages.of_pipeline(pipeline) if s.kind != "open"}
    products = list(Product._base_manager.filter(active=True).select_related("product_class").order_by("id"))
    kinds = [p.product_class.code for p in products]
    often = [{"equipment": 5, "software": 4, "spare": 3, "service": 4}[k] for k in kinds]
    skill, courses, cards = skills(stage), [], dealt(stage.chance)
    for buyer in buyers():
        for wish in wishes(stage, buyer, skill):
            product = stage.chance.choices(products, often)[0]
            if wish[2] == "lost" and stage.chance.random() < LUCK[product.product_class.code]:
                product = stage.chance.choices(products, often)[0]
            courses.append(course(stage, buyer, wish, product, way, ends, cards))
    courses.sort(key=lambda c: c.opened)
    _opportunities(stage, courses)
    _lines(courses)
    _people(stage, courses)
    _tasks(stage, courses)
    for each in courses:
        _tell(stage, each)


def _opportunities(stage: Stage, courses: list[Course]) -> None:
    numbers, ids = draw_many("opportunity", OpportunityResource.number, len(courses)), reserve(Opportunity, len(courses))
    order = {s.id: n for n, s in enumerate(s for s in stages.stages().values() if s.kind == "open")}
    against, others = facing(), list(Competitor._base_manager.filter(deleted_at=None).order_by("id").values_list("pk", flat=True))
    for each, number, pk in zip(courses, numbers, ids, strict=True):
        each.row = _row(stage, each, number, pk)
        if each.reason in ("price", "function", "delivery", "competitor", "relation") and others:
            each.row.lost_to_id = winner(stage.chance, against, each.product.id, others)
        if each.here.kind == "open":
            _step(stage, each, order[each.here.id])
    rows = [each.row for each in courses]
    prepare(Opportunity, rows, actor=stage.actor, changed=None)
    for each in courses:
        row, over = each.row, each.here.kind != "open"
        row.stage_since, row.probability = each.since, each.here.probability
        wait = each.here.rotting_days
        row.rots_on = days.day_of(each.since) + dt.timedelta(days=wait) if wait and not over else None
        row.closed_owner_id, row.closed_unit_id = each.owner(each.since)[:2] if over else (None, None)
        row.customer_level_id = each.buyer.level
    copy(Opportunity, [row_of(row) for row in rows])
    load_spans(Opportunity, (period for each in courses for period in periods(each)))


def _row(stage: Stage, each: Course, number: str, pk: int) -> Opportunity:
    chance, kind = stage.chance, each.product.product_class.code
    owner, unit, branch = each.owner(stage.now)
    prefix, _, serial = number.rpartition("-")
    name = chance.choice(NAMES[kind]).format(p=each.product.name, n=max(2, each.quantity), year=each.opened.year + (each.opened.month > 9))
    facts: dict[str, Any] = {}
    numbers = {"a": chance.randint(8, 30), "b": chance.randint(3, 9)}
    if each.here.kind != "open":
        facts["closed_on"] = days.day_of(each.since)
    if each.here.kind == "won":
        facts["win_reason_id"] = terms.find("win_reason", chance.choice(WHY_WON))
    if each.reason:
        facts |= {"loss_reason_id": terms.find("loss_reason", each.reason), "closing_note": NOTES[each.reason].format(**numbers)}
    return Opportunity(
        id=pk, number=f"{prefix.partition('-')[0]}-{each.opened.year}-{serial}", name=name, customer_id=each.buyer.id, pipeline_id=each.here.pipeline,
        stage_id=each.here.id, state=each.here.kind, forecast=forecast(each.here), amount=each.amounts[-1][1], product_id=each.product.id,
        opened_on=days.day_of(each.opened), expected_on=each.expected[-1][1], origin_id=each.buyer.origin,
        needs=[terms.find("need", chance.choice(NEEDS[kind]))], needs_note=chance.choice(ASKED).format(**numbers) if chance.random() < 0.7 else "",
        owner_id=owner, unit_id=unit, branch_id=branch, created_at=each.opened, updated_at=max(each.since, each.amounts[-1][0], each.expected[-1][0]),
        created_by_id=each.owner(each.opened)[0], **facts,
    )  # fmt: skip


def _step(stage: Stage, each: Course, at: int) -> None:
    """What comes next: often planned, at times late, sometimes forgotten."""
    chance = stage.chance
    luck = chance.random()
    if luck > 0.86:
        return
    ahead = -chance.choice((1, 1, 2, 3, 5)) if luck < LATE_STEPS else chance.choice((1, 2, 3, 4, 6, 8, 12, 15))
    if LATE_STEPS <= luck < LATE_STEPS + TODAY_STEPS:
        ahead = 0
    day = stage.today + dt.timedelta(days=ahead)
    while ahead and off(day):
        day += dt.timedelta(days=1 if ahead > 0 else -1)
    each.row.next_step = chance.choice(STEPS[min(at, len(STEPS) - 1)])
    each.row.next_step_at = stage.at(day, chance.choice((9, 10, 11, 14, 15, 16, 17)), chance.choice((0, 0, 30)))


def _lines(courses: list[Course]) -> None:
    rows: list[dict[str, Any]] = []
    for each in courses:
        at, amount = each.amounts[-1]
        price, discount = each.product.list_price, Decimal(0)
        whole = price * each.quantity
        if amount < whole and len(each.amounts) > 1:
            discount = ((whole - amount) / whole * 100).quantize(Decimal("0.01"))
        elif len(each.amounts) == 1:  # a guess so far
            price = (amount / each.quantity).quantize(Decimal("0.0001"))
        rows.append({"opportunity_id": each.row.id, "product_id": each.product.id, "quantity": Decimal(each.quantity), "unit_price": price,
                     "discount": discount, "amount": amount, "created_at": at, "updated_at": at, "created_by_id": each.row.created_by_id})
    copy(OpportunityLine, rows)


def _people(stage: Stage, courses: list[Course]) -> None:
    chance = stage.chance
    of: dict[int, list[tuple[int, int | None]]] = {}
    rows = Contact._base_manager.filter(customer__in={c.buyer.id for c in courses}, deleted_at=None).order_by("id")
    for pk, customer, part in rows.values_list("id", "customer", "role"):
        of.setdefault(customer, []).append((pk, part))
    out = []
    for each in courses:
        here = of.get(each.buyer.id, [])
        for contact, role in here[: chance.choice((1, 2, 2, 3))] if each.here.probability > 10 or chance.random() < 0.4 else ():
            attitude = chance.choices(("for", "neutral", "against"), (50, 40, 10) if each.here.kind == "won" else (30, 50, 20))[0]
            out.append({"opportunity_id": each.row.id, "contact_id": contact, "role_id": role, "attitude": attitude, "created_at": each.opened,
                        "updated_at": each.opened, "created_by_id": each.row.created_by_id})
    copy(OpportunityContact, out)


def _tasks(stage: Stage, courses: list[Course]) -> None:
    rows = []
    for each in courses:
        row = each.row
        if row.next_step_at:
            since = max(each.since, min(row.next_step_at, stage.now) - dt.timedelta(days=6))
            rows.append(Task(name=row.next_step, kind=Task.Kind.NEXT_STEP, due_at=row.next_step_at, about_resource="opportunity", about_id=row.id,
                             about_title=row.name, owner_id=row.owner_id, unit_id=row.unit_id, branch_id=row.branch_id, created_at=since,
                             updated_at=since, created_by_id=row.owner_id))  # fmt: skip
    copy(Task, [row_of(row) for row in rows])


def _tell(stage: Stage, each: Course) -> None:
    """The events that the timeline shows."""
    pk, chance = each.row.id, stage.chance
    before = each.way[0][1]
    stage.happened(each.opened, "opportunity.created", each.owner(each.opened)[0], "opportunity", pk)
    for at, here in each.way[1:]:
        who = each.owner(at)[0]
        if here.kind == "won":
            stage.happened(at, "opportunity.won", who, "opportunity", pk, amount=str(each.row.amount))
        elif here.kind == "lost":
            stage.happened(at, "opportunity.lost", who, "opportunity", pk)
        else:
            reason = {"reason": chance.choice(BACK)} if at in each.reasons_back else {}
            stage.happened(at, "opportunity.moved", who, "opportunity", pk, stage=here.id, old=before.id, **reason)
        before = here
