"""What a step of a plan may hang on besides a stage: a day of the record it counts from, parts of the record it is made once for each, and a fact
that completes it. Areas declare theirs for their records; a step stores them as "<resource>:<key>"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol


class Part(NamedTuple):
    """One thing a step is made for: what tells it from others, what it is called beside the step, and whose it is if somebody is named."""

    key: str
    name: str
    person: int | None = None


WHOLE = Part("", "")


class Course(Protocol):
    """How far a record is, asked once for all its steps."""

    def day(self, key: str, part: str) -> dt.date | None:
        """When it was, or is to be; None counts from the beginning."""

    def parts(self, key: str) -> list[Part]:
        """What there is of this kind."""


_courses: dict[str, Callable[[Any], Course]] = {}
_days: dict[str, Any] = {}
_parts: dict[str, Any] = {}
_facts: dict[str, Any] = {}


def declare(resource: str, course: Callable[[Any], Course], *, days: dict[str, Any], parts: dict[str, Any], facts: dict[str, Any]) -> None:
    """Steps of plans for these records may count from these days, be made for each of these parts, and be completed by these facts: the area
    does that, nobody does by hand. Each with its label."""
    _courses[resource] = course
    for known, added in ((_days, days), (_parts, parts), (_facts, facts)):
        for key, label in added.items():
            known[f"{resource}:{key}"] = label


def days() -> dict[str, Any]:
    """The label of every day, by stored text."""
    return _days


def kinds_of_parts() -> dict[str, Any]:
    """The label of everything a step may be made for, by stored text."""
    return _parts


def facts() -> dict[str, Any]:
    """The label of every fact, by stored text."""
    return _facts


def course_of(record: Any) -> Course | None:
    """How far a record is; None where its area declares nothing."""
    found = _courses.get(record._meta.model_name or "")
    return found(record) if found else None


def day_of(since: str, course: Course | None, part: str) -> dt.date | None:
    """The day a step counts from; None: from the beginning of the plan."""
    return course.day(since.partition(":")[2], part) if course is not None and since in _days else None


def parts_of(each: str, course: Course | None) -> list[Part]:
    """What a step is made for: its parts, or the record as a whole."""
    return course.parts(each.partition(":")[2]) if course is not None and each in _parts else [WHOLE]
