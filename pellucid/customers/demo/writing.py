"""From courses to rows: customers with their past, people, follow-ups and next steps, each table in one go."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pellucid.collaboration.models import Task
from pellucid.kernel.access import directory
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import prepare
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.history.writes import load_spans
from pellucid.kernel.records.copying import copy, reserve, row_of
from pellucid.kernel.records.numbers import draw_many
from pellucid.people.models import Staff

from ..models import Contact, Customer, FollowUp
from ..resources import CustomerResource
from .companies import Companies, Company, Terms
from .contacts import people
from .courses import Course, Seller, course, periods, tell
from .notes import Notes, phrase, story
from .plans import LIVELY, plan, settle, tasks

CUSTOMERS = 2000
LIVELY_CUSTOMERS = 100
TAGS = (("export", 0.1), ("price", 0.16), ("tender", 0.08))


def sellers(stage: Stage) -> list[Seller]:
    """Everybody who sells or has sold, in the order of joining."""
    places, users, units = tree(), directory.users(), directory.units()
    out = []
    for staff in Staff._base_manager.order_by("entry_on", "id"):
        place = units[staff.unit_id]
        if place.kind == "team" and staff.entry_on:
            above = units[place.parent]  # type: ignore[index]
            out.append(
                Seller(
                    staff.user_id,
                    staff.name,
                    users[staff.user_id].username,
                    place.id,
                    place.name,
                    places.branch(place.id),
                    stage.at(staff.entry_on, 9),
                    stage.at(staff.leave_on, 17) if staff.leave_on else None,
                    above.head or staff.user_id,
                )
            )
    return out


def shares(stage: Stage, here: list[Seller]) -> dict[int, int]:
    """How many customers each seller has today: more the longer he has been here."""
    total = max(len(here), round(CUSTOMERS * stage.scale))
    fixed = {s.id: max(4, round(LIVELY_CUSTOMERS * stage.scale)) for s in here if s.login in LIVELY}
    rest = [s for s in here if s.id not in fixed]
    weights = [min(900, (stage.now - s.since).days) ** 0.5 * stage.chance.uniform(0.75, 1.25) for s in rest]
    open_ones = max(0, total - sum(fixed.values()))
    counts = {s.id: int(open_ones * w / sum(weights)) for s, w in zip(rest, weights, strict=True)}
    for s in rest[: open_ones - sum(counts.values())]:
        counts[s.id] += 1
    return fixed | counts


def draw(stage: Stage, terms: Terms) -> list[Course]:
    """Every customer's course, oldest customer first."""
    everybody = sellers(stage)
    here = [s for s in everybody if s.left is None]
    teams: dict[str, list[Seller]] = {}
    for seller in everybody:
        teams.setdefault(seller.team, []).append(seller)
    makes, counts = Companies(stage.chance, terms), shares(stage, here)
    drawn: list[tuple[Company, Seller]] = [(makes.make(s.team, 0.3), s) for s in here for _ in range(counts[s.id])]
    courses = [course(stage, 0, company, seller, teams[seller.team]) for company, seller in drawn]
    courses.sort(key=lambda c: c.since)
    for each, pk in zip(courses, reserve(Customer, len(courses)), strict=True):
        each.id = pk
    return courses


def fill(stage: Stage) -> None:
    """The customers of the demo company and everything about them."""
    terms = Terms()
    courses = draw(stage, terms)
    by_seller: dict[int, list[Course]] = {}
    for each in courses:
        by_seller.setdefault(each.owner.id, []).append(each)
    last: dict[int, dt.datetime] = {}
    for mine in by_seller.values():
        last |= plan(stage, mine)
    for each in courses:
        people(stage, each, terms)
        story(stage, each)
        # the youngest often have nothing but their name
        if each.customer_class > 1 or (stage.now - each.since).days > 2 and stage.chance.random() < 0.93:
            Notes(stage, each, terms).write(last[each.id], 1.35 if each.owner.login in LIVELY else 1.0)
        each.story.setdefault("boss", "老板")
        each.reasons = [
            _reason(stage, each, old, new) for (_, old), (_, new) in zip(each.classes, each.classes[1:], strict=False)
        ]
    for each in courses:
        each.row = _values(stage, each, terms)
        settle(stage, each)
    _customers(stage, courses, terms)
    _contacts(stage, courses)
    copy(FollowUp, [_note(note) for each in courses for note in each.notes])
    _tasks(stage, courses)
    for each in courses:
        tell(stage, each)


def _reason(stage: Stage, course: Course, old: int, new: int) -> str:
    return phrase(stage, course, f"class {new}" if new > old else "class back", who=course.contacts[0]["call"])


def _values(stage: Stage, course: Course, terms: Terms) -> dict[str, Any]:
    chance, given = stage.chance, dict(course.company.values)
    if course.customer_class == 1:  # nobody has asked yet
        for name, often in (
            ("industry_id", 0.3),
            ("business_id", 0.5),
            ("size_id", 0.45),
            ("employees", 0.6),
            ("region_id", 0.15),
            ("address", 0.4),
            ("phone", 0.3),
            ("credit_code", 0.7),
            ("founded", 0.7),
            ("revenue", 0.8),
            ("website", 0.4),
        ):
            if chance.random() < often:
                given[name] = "" if isinstance(given[name], str) else None
    level, reached = course.levels[-1][1], course.customer_class
    tags = [code for code, often in TAGS if chance.random() < often]
    tags += ["strategic"] * (level == "A" and chance.random() < 0.7) + ["reference"] * (reached == 5 and chance.random() < 0.18)
    needs = [course.story["need"]] if reached > 1 or chance.random() < 0.3 else []
    needs += [n for n in course.company.trade["needs"].split() if n not in needs and needs and chance.random() < 0.18]
    return given | {
        "origin_id": terms("origin", course.origin),
        "level_id": terms("customer_level", level) if level else None,
        "tags": [terms("customer_tag", t) for t in tags],
        "needs": [terms("need", n) for n in needs],
        "needs_note": phrase(stage, course, "about needs") if reached > 1 and chance.random() < 0.55 else "",
        "is_partner": chance.random() < 0.015,
        "strategic": "strategic" in tags,
    }


def _customers(stage: Stage, courses: list[Course], terms: Terms) -> None:
    rows = []
    for each, number in zip(courses, draw_many("customer", CustomerResource.number, len(courses)), strict=True):
        last = each.notes[-1] if each.notes else None
        owner, (since_class, reached) = each.owner, each.classes[-1]
        text, at = each.step or ("", None)
        prefix, _, serial = number.rpartition("-")
        changed = max([each.since, since_class, each.owners[-1][0], *([last["created_at"]] if last else [])])
        rows.append(
            Customer(
                id=each.id,
                number=f"{prefix.partition('-')[0]}-{each.since.year}-{serial}",
                name=each.company.name,
                customer_class=reached,
                class_since=since_class,
                owner_id=owner.id,
                unit_id=owner.unit,
                branch_id=owner.branch,
                next_step=text,
                next_step_at=at,
                last_contact_at=last["at"] if last else None,
                last_contact_kind=last["kind"] if last else "",
                last_contact_by_id=last["author_id"] if last else None,
                created_at=each.since,
                updated_at=changed,
                created_by_id=each.owners[0][1].id,
                **{name: value for name, value in each.row.items() if name != "strategic"},
            )
        )
    prepare(Customer, rows, actor=stage.actor, changed=None)
    copy(Customer, [row_of(row) for row in rows])
    levels = {code: terms("customer_level", code) for code in "ABC"} | {"": None}
    load_spans(Customer, (period for each in courses for period in periods(each, levels)))


def _contacts(stage: Stage, courses: list[Course]) -> None:
    everybody = [contact for each in courses for contact in each.contacts]
    for contact, pk in zip(everybody, reserve(Contact, len(everybody)), strict=True):
        contact["id"] = pk
    for each in courses:
        for note in each.notes:  # oldest first
            note["contact"]["last_contact_at"] = note["at"]
    rows = [Contact(**{k: v for k, v in contact.items() if k not in ("call", "decides")}) for contact in everybody]
    prepare(Contact, rows, actor=stage.actor, changed=None)
    copy(Contact, [row_of(row) for row in rows])


def _note(note: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in note.items() if k not in ("contact", "owner")} | {"contact_id": note["contact"]["id"]}


def _tasks(stage: Stage, courses: list[Course]) -> None:
    rows = [task for each in courses for task in tasks(stage, each)]
    for row, pk in zip(rows, reserve(Task, len(rows)), strict=True):
        row["id"] = pk
    copy(Task, rows)
    load_spans(
        Task,
        (
            period
            for row in rows
            if row["done_at"]
            for period in (
                _span(row, row["created_at"], None),
                _span(row, max(row["done_at"], row["created_at"] + dt.timedelta(seconds=1)), row["done_at"]),
            )
        ),
    )


def _span(row: dict[str, Any], since: dt.datetime, done: dt.datetime | None) -> dict[str, Any]:
    return {
        "id": row["id"],
        "valid_from": since,
        "owner": row["owner_id"],
        "unit": row["unit_id"],
        "due_at": row["due_at"],
        "done_at": done,
    }
