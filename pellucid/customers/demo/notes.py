"""Follow-ups that read like a salesperson's own notes: each customer has one story, and its notes tell of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from random import Random
from typing import Any

from pellucid.kernel.actions.demo import Stage

from .companies import Terms
from .courses import Course, then, working
from .words import Bag, filled, phrases, words

KINDS = {
    1: ("call", "wechat", "email", "visit", "sms", "letter"),
    2: ("visit", "call", "wechat", "email", "meeting", "letter"),
    3: ("visit", "call", "wechat", "email", "meeting", "sms"),
    4: ("visit", "call", "wechat", "email", "meeting", "sms"),
    5: ("visit", "call", "wechat", "email", "meeting", "sms"),
}
KIND_WEIGHTS = {
    1: (48, 24, 8, 12, 4, 4),
    2: (27, 34, 25, 7, 5, 2),
    3: (32, 25, 22, 8, 11, 2),
    4: (30, 28, 25, 7, 8, 2),
    5: (24, 34, 28, 7, 4, 3),
}
RESULTS = ("progress", "continue", "quote", "wait", "absent", "refused", "")
RESULT_WEIGHTS = {
    1: (12, 44, 1, 11, 17, 5, 10),
    2: (26, 38, 8, 10, 9, 1, 8),
    3: (38, 24, 17, 6, 6, 0, 9),
    4: (50, 30, 1, 2, 5, 0, 12),
    5: (40, 34, 5, 2, 5, 0, 14),
}
NUMBER = {1: (1, 4), 2: (4, 10), 3: (7, 15), 4: (9, 20), 5: (11, 24)}
MINUTES = {"visit": (30, 150), "call": (3, 25), "meeting": (45, 150)}
ABSENT = ("visit", "call", "wechat")
SPOKEN = ("progress", "continue")
CARS, OF_CARS = "36", ("主机厂", "车型")
IN_ORDER = (2, 3, 4)  # classes whose facts and steps follow one another


def numbers(chance: Random) -> dict[str, Callable[[], Any]]:
    """Figures that a phrase may ask for."""
    return {
        "n": lambda: chance.randint(2, 6),
        "minor": lambda: chance.randint(2, 7),
        "pct": lambda: chance.randint(3, 12),
        "weeks": lambda: chance.randint(3, 8),
        "swap": lambda: chance.choice((20, 30, 40, 45, 60, 90)),
        "ppm": lambda: chance.choice((300, 500, 800, 1200, 2000)),
        "rate": lambda: chance.choice((92, 94, 95.6, 96, 97.2, 98, 98.5, 99.1)),
        "stop": lambda: chance.choice((18, 25, 40, 65, 90)),
        "score": lambda: chance.choice((8, 8.5, 9, 9.5)),
        "qty": lambda: chance.choice((2, 3, 4, 6, 10, 20)),
        "small": lambda: chance.choice((1.8, 2.6, 3.5, 4.8, 6.2, 8.5)),
        "w": lambda: chance.randint(6, 14),
        "l": lambda: chance.randint(18, 60),
        "weekday": lambda: chance.choice("二三四五"),
        "event": lambda: chance.choice(words("events")),
        "minutes": lambda: chance.randint(10, 40),
    }


def story(stage: Stage, course: Course) -> None:
    """What this customer's project is about: one line, one product, one need, one competitor, one budget."""
    chance, trade = stage.chance, course.company.trade
    need = chance.choice(trade["needs"].split()[:4])
    cycle = chance.randint(14, 95)
    people = chance.randint(4, 26)
    budget = chance.choice((36, 48, 58, 68, 85, 96, 120, 150, 168, 186, 220, 260, 320, 420, 560, 780))
    course.story = {
        "need": need,
        "part": chance.choice(trade["parts"].split()),
        "line": chance.choice(words("lines")),
        "rival": chance.choice(words("rivals")),
        "thing": chance.choice(phrases(f"things {need}")),
        "a": cycle,
        "b": round(cycle * chance.uniform(0.62, 0.86)),
        "people": people,
        "less": max(1, round(people * chance.uniform(0.3, 0.6))),
        "sum": budget,
        "mid": f"{budget * 0.3:g}",
        "month": chance.choice((3, 4, 5, 6, 9, 10)),
        "year_qty": chance.choice((8, 12, 20, 35, 50, 80, 120, 300)),
        "city": course.company.city,
        "version": 1,
        "nth": 1,
    }


def boss(course: Course, chance: Random) -> str:
    """Who decides there: a contact, or somebody we only hear of."""
    known = next((c["call"] for c in course.contacts if c["decides"]), "")
    return known or f"{chance.choice(words('surnames'))}总"


def phrase(stage: Stage, course: Course, section: str, **more: Any) -> str:
    """One phrase of the customer's story."""
    return filled(stage.chance.choice(phrases(section)), course.story | more, numbers(stage.chance))


class Notes:
    """Writes the follow-ups of one customer, oldest first."""

    def __init__(self, stage: Stage, course: Course, terms: Terms) -> None:
        self.stage, self.chance, self.course, self.terms = stage, stage.chance, course, terms
        self.numbers = numbers(self.chance)
        self.bags: dict[str, Bag] = {}

    def draw(self, section: str, **given: Any) -> str:
        """A phrase this customer has not had lately."""
        return filled(self.bag(section).draw(), given, self.numbers)

    def bag(self, section: str) -> Bag:
        """The phrases of a section that fit this customer."""
        if section not in self.bags:
            cars = self.course.company.trade["industry"] == CARS
            self.bags[section] = Bag(self.chance, [p for p in phrases(section) if cars or not any(word in p for word in OF_CARS)])
        return self.bags[section]

    def write(self, last: dt.datetime, more: float = 1.0) -> None:
        """All follow-ups from the beginning to `last`."""
        course, chance = self.course, self.chance
        course.story["boss"] = boss(course, chance)
        moments = self._moments(last, round(chance.randint(*NUMBER[course.customer_class]) * more))
        self._align(moments)
        rises = [at for at, _ in course.classes[1:]]
        for n, at in enumerate(moments):
            following = moments[n + 1] if n + 1 < len(moments) else None
            rise = any(at < r <= (following or self.stage.now) for r in rises)
            course.notes.append(self._note(at, following, rise))

    def _align(self, moments: list[dt.datetime]) -> None:
        """A class is changed after talking to the customer, and in each class there was talk."""
        classes = self.course.classes
        begin = self.course.told_from(self.stage)
        quiet = sum(at < begin for at, _ in classes[1:])  # what rose before what is told began
        rises = len(classes) - 1 - quiet
        if rises and len(moments) > rises:
            after = sorted(self.chance.sample(range(len(moments) - 1), rises)) if len(moments) > rises + 1 else range(rises)
            minute = dt.timedelta(minutes=1)
            for place, n in enumerate(after, 1 + quiet):
                classes[place] = (
                    min(moments[n] + self.chance.randint(5, 90) * minute, moments[n + 1] - minute),
                    classes[place][1],
                )

    def _moments(self, last: dt.datetime, n: int) -> list[dt.datetime]:
        chance, stage, since = self.chance, self.stage, self.course.told_from(self.stage)
        days = (last - since).days
        if days < 1:
            return [last] if last > since else []
        first = (
            since + dt.timedelta(minutes=chance.randint(15, 90))
            if chance.random() < 0.5
            else working(stage, days_before(stage, since) + dt.timedelta(days=chance.randint(1, min(6, days))), chance)
        )
        found = {first, last}
        for _ in range(n - 2):
            at = working(stage, days_before(stage, since) + dt.timedelta(days=chance.randint(0, max(0, days - 1))), chance)
            found.add(at)
        return sorted(at for at in found if since < at <= last)

    def _note(self, at: dt.datetime, following: dt.datetime | None, rise: bool) -> dict[str, Any]:
        chance, course = self.chance, self.course
        level = then(course.classes, at)
        kind = chance.choices(KINDS[level], KIND_WEIGHTS[level])[0]
        result = chance.choices(("progress", "quote"), (3, 1))[0] if rise else chance.choices(RESULTS, RESULT_WEIGHTS[level])[0]
        if result == "absent" and kind not in ABSENT:
            result = "continue"
        known = [c for c in course.contacts if c["created_at"] <= at]
        contact = chance.choices(known, [4 if c["is_primary"] else 2 for c in known])[0]
        minutes = chance.randint(*MINUTES[kind]) if kind in MINUTES and result != "absent" else None
        near = progress(self.stage, course, at) if level in IN_ORDER else None
        step = filled(about(chance, phrases(f"next {level}"), near), course.story | {"who": contact["call"]}, self.numbers)
        text, said = self._text(level, near, kind, result, contact, step, minutes)
        owner = then(course.owners, at)
        if kind == "visit":
            course.story["nth"] += 1
        if level == 3 and chance.random() < 0.4:
            course.story["version"] += 1
        planned = following is not None and (said or chance.random() < 0.35) and result != "refused"
        written = min(at + dt.timedelta(minutes=chance.randint(3, 240)), self.stage.now - dt.timedelta(minutes=2))
        return {
            "customer_id": course.id,
            "contact": contact,
            "kind": kind,
            "at": at,
            "text": text,
            "result_id": self.terms("follow_up_result", result) if result else None,
            "met_decision_maker": contact["decides"] and result != "absent" and kind in ("visit", "meeting", "call"),
            "minutes": minutes,
            "author_id": owner.id,
            "author_unit_id": owner.unit,
            "created_by_id": owner.id,
            "created_at": written,
            "updated_at": written,
            "next_step": step if planned else "",
            "next_step_at": self._planned(at, following) if planned and following else None,
            "place": course.company.values["address"] if kind == "visit" and chance.random() < 0.6 else "",
            "owner": owner,
        }

    def _planned(self, at: dt.datetime, following: dt.datetime) -> dt.datetime:
        """What was arranged came about, or slipped by some days."""
        slip = dt.timedelta(days=self.chance.choice((0, 0, 0, 1, 2)))
        return max(following - slip, at + dt.timedelta(hours=2)).replace(minute=self.chance.choice((0, 30)), second=0)

    def _text(
        self, level: int, near: float | None, kind: str, result: str, contact: dict[str, Any], step: str, minutes: int | None
    ) -> tuple[str, bool]:
        """The note, and whether it names the next step."""
        chance = self.chance
        given = self.course.story | {"who": contact["call"], "next": step}
        if minutes:
            given["minutes"] = minutes
        if result == "absent":
            return self.draw(f"absent {kind}", **given), False
        they = {"female": "她", "male": "他"}[contact["gender"]] if chance.random() < 0.8 else "对方"
        if given["boss"] == contact["call"]:
            given["boss"] = "董事长" if contact["call"].endswith("总") else "老板"
        after = given | {"who": they}
        parts = [self.draw(f"open {kind}", **given), filled(self.bag(f"fact {level}").draw(near), after, self.numbers)]
        need = f"need {self.course.story['need']}"
        if level in (2, 3) and chance.random() < 0.3 and (need not in self.bags or self.bags[need].left):
            parts.append(self.draw(need, **after))
        elif chance.random() < 0.22:
            parts.append(filled(self.bag(f"fact {level}").draw(near), after, self.numbers))
        ending = ""
        if result and (result not in SPOKEN or chance.random() < 0.55):
            late = f"end {result} late"
            ending = self.bag(late if level > 3 and phrases(late) else f"end {result}").draw()
            parts.append(filled(ending, after, self.numbers))
        return "".join(parts), "{next}" in ending


def progress(stage: Stage, course: Course, at: dt.datetime) -> float:
    """How far the customer was on the way through the class he was in: 0 at its beginning, 1 at its end."""
    begin = max(since for since, _ in course.classes if since <= at)
    end = min((since for since, _ in course.classes if since > at), default=stage.now + dt.timedelta(days=10))
    return (at - begin) / (end - begin)


def about(chance: Random, items: tuple[str, ...], near: float | None) -> str:
    """One of the items; with `near`, one that stands about there."""
    if near is None:
        return chance.choice(items)
    return items[min(len(items) - 1, max(0, round(near * (len(items) - 1) + chance.uniform(-1, 1))))]


def days_before(stage: Stage, at: dt.datetime) -> dt.date:
    """The company's day of a moment."""
    return stage.today - dt.timedelta(days=(stage.at(stage.today, 0) + dt.timedelta(days=1) - at).days)
