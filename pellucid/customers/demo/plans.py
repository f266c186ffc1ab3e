"""What comes next with each customer: every seller has overdue steps, today's and coming ones; when the last contact was follows from that."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pellucid.collaboration.models import Task
from pellucid.kernel.actions.demo import Stage

from .courses import Course, off, then, working
from .notes import IN_ORDER, about, numbers, progress
from .words import filled, phrases

LIVELY = ("lin", "chen", "manager")  # logins that people try first
OPEN = {1: 0.42, 2: 0.74, 3: 0.94, 4: 0.86, 5: 0.6}  # share of customers with a next step
KEPT_DAYS = 75  # done steps are shown that far back
RESULTS = ("已联系", "已拜访", "已发送，客户确认收到", "客户改期，已另约", "已完成，详见跟进", "已沟通", "")


def plan(stage: Stage, courses: list[Course]) -> dict[int, dt.datetime]:
    """Give the customers of one seller their next steps; returns when each was last spoken to, by id."""
    chance = stage.chance
    lively = bool(courses) and courses[0].owner.login in LIVELY
    order = chance.sample(courses, len(courses))
    order.sort(key=lambda c: (stage.now - c.since).days < 8)  # brand-new ones last: they cannot be overdue
    open_ones = [c for c in order if chance.random() < OPEN[c.customer_class]]
    today, late = (5, 2) if lively else (chance.randint(1, 3), chance.randint(1, 4))
    today, late = (min(n, max(1, len(open_ones) // 4)) for n in (today, late))  # something lies ahead of everybody
    last: dict[int, dt.datetime] = {}
    for n, course in enumerate(open_ones):
        days = 0 if n < today else _late(stage) if n < today + late else _ahead(stage)
        hour = chance.choice((9, 10, 10, 11, 14, 14, 15, 16, 17))
        due = stage.at(stage.today + dt.timedelta(days=days), hour, chance.choice((0, 0, 30)))
        course.step = ("", due)
        gap = chance.randint(2, 24) + max(0, -days)
        if n >= today + late and lively and n < today + late + 4:
            gap = 0
        last[course.id] = _spoken(stage, course, gap)
    for course in courses:
        if course.id not in last:
            gap = (
                int(chance.triangular(1, 45 if course.customer_class > 2 else 110, 9))
                if chance.random() < 0.8
                else chance.randint(31, 200)
            )
            last[course.id] = _spoken(stage, course, gap)
    return last


def _ahead(stage: Stage) -> int:
    """Some days from now, on a working day."""
    days = stage.chance.choice((1, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 16, 20, 21, 28, 35, 45))
    while off(stage.today + dt.timedelta(days=days)):
        days += 1
    return days


def _late(stage: Stage) -> int:
    """Some days ago, on a working day."""
    days = -stage.chance.choice((1, 1, 2, 2, 3, 4, 5, 7, 9, 12))
    while off(stage.today + dt.timedelta(days=days)):
        days -= 1
    return days


def _spoken(stage: Stage, course: Course, gap: int) -> dt.datetime:
    """The last contact some days ago, this morning for a gap of none; never before the customer was there."""
    morning = stage.at(stage.today, 8, 40)
    if gap == 0 and stage.now > morning + dt.timedelta(minutes=40):
        minutes = int((min(stage.now, stage.at(stage.today, 18, 30)) - morning).total_seconds() // 60) - 10
        at = morning + dt.timedelta(minutes=stage.chance.randrange(minutes))
    else:
        at = working(stage, stage.today - dt.timedelta(days=max(1, gap)), stage.chance)
    return max(at, min(course.since + dt.timedelta(minutes=40), stage.now - dt.timedelta(minutes=3)))


def settle(stage: Stage, course: Course) -> None:
    """Put words to the next step and let the last follow-up speak of it."""
    if course.step is None:
        return
    last = course.notes[-1] if course.notes else None
    who = last["contact"]["call"] if last else course.contacts[0]["call"]
    near = progress(stage, course, stage.now) if course.customer_class in IN_ORDER else None
    said = about(stage.chance, phrases(f"next {course.customer_class}"), near)
    text = filled(said, course.story | {"who": who}, numbers(stage.chance))[:200]
    course.step = (text, course.step[1])
    if last is not None and last["at"] < course.step[1]:
        last["next_step"], last["next_step_at"] = text, course.step[1]


def tasks(stage: Stage, course: Course) -> list[dict[str, Any]]:
    """The open next step, and the done ones of the last weeks."""
    out = []
    oldest = stage.now - dt.timedelta(days=KEPT_DAYS)
    for note, following in zip(course.notes, course.notes[1:], strict=False):
        if note["next_step"] and note["next_step_at"] and following["at"] > oldest:
            out.append(_task(stage, course, note["next_step"], note["next_step_at"], note["created_at"], following["created_at"]))
    if course.step:
        since = course.notes[-1]["created_at"] if course.notes else course.since
        out.append(_task(stage, course, *course.step, since, None))
    return out


def _task(
    stage: Stage, course: Course, text: str, due: dt.datetime, since: dt.datetime, done: dt.datetime | None
) -> dict[str, Any]:
    done = max(done, since + dt.timedelta(minutes=5)) if done else None
    owner = then(course.owners, done) if done else course.owner
    important = course.row["strategic"] and stage.chance.random() < 0.5
    return {
        "name": text,
        "kind": Task.Kind.NEXT_STEP,
        "priority": Task.Priority.HIGH if important else Task.Priority.NORMAL,
        "due_at": due,
        "state": Task.State.DONE if done else Task.State.TODO,
        "done_at": done,
        "about_resource": "customer",
        "about_id": course.id,
        "about_title": course.company.name[:200],
        "result": stage.chance.choice(RESULTS) if done else "",
        "owner_id": owner.id,
        "unit_id": owner.unit,
        "branch_id": owner.branch,
        "created_by_id": owner.id,
        "created_at": since,
        "updated_at": done or since,
    }
