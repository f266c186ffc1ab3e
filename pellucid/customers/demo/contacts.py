"""The people at a customer: names, positions, their part in decisions, how to reach them."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.search.pinyin import pinyin

from ..models import Contact
from .companies import DOMAIN, Terms
from .courses import Course, working
from .words import table, words

NUMBER = {1: (1, 2), 2: (1, 3), 3: (2, 4), 4: (2, 4), 5: (2, 4)}
HABITS = (
    "喜欢电话沟通，微信回得慢。",
    "每周二上午有例会，别打电话。",
    "老家湖南，爱喝茶。",
    "技术出身，看重数据。",
    "下午四点后在车间，手机没信号。",
    "儿子今年高考，避开六月拜访。",
    "只认样板工厂，说得再好不如看一眼。",
    "英语好，外资厂出来的。",
)


def people(stage: Stage, course: Course, terms: Terms) -> None:
    """Give a customer its contacts; the first is the main one, known from the beginning."""
    chance = stage.chance
    positions = list(table("positions.csv"))
    for n in range(chance.randint(*NUMBER[course.customer_class])):
        fits = positions if n else [p for p in positions if int(p["seniority"]) > 1]
        place = chance.choice(fits)
        positions = [p for p in positions if p["position"] != place["position"]]
        course.contacts.append(_person(stage, course, terms, place, n == 0))


def _person(stage: Stage, course: Course, terms: Terms, place: dict[str, str], main: bool) -> dict[str, Any]:
    chance = stage.chance
    woman = chance.random() < 0.34
    surname = chance.choice(words("surnames"))
    name = surname + chance.choice(words("given female" if woman else "given male"))
    since = (
        course.since
        if main
        else working(
            stage, stage.today - dt.timedelta(days=int((stage.now - course.since).days * chance.random() ** 0.6)), chance
        )
    )
    since = max(since, course.since)
    agreed = chance.choices(("given", "unknown", "withdrawn"), (56, 42, 2))[0]
    domain = course.company.values["website"].removeprefix("https://www.") or f"{pinyin(course.company.brand).full}.{DOMAIN}"
    return {
        "customer_id": course.id,
        "name": name,
        "gender": Contact.Gender.FEMALE if woman else Contact.Gender.MALE,
        "department": place["department"],
        "position": place["position"],
        "role_id": terms("decision_role", place["role"]) if chance.random() < 0.8 else None,
        "is_primary": main,
        "mobile": mobile(chance) if chance.random() < 0.93 else "",
        "phone": course.company.values["phone"] + (f" #{chance.randrange(800, 899)}" if chance.random() < 0.5 else "")
        if chance.random() < 0.3
        else "",
        "email": f"{pinyin(name, person=True).full}@{domain}" if chance.random() < 0.55 else "",
        "wechat": f"wx_{pinyin(name, person=True).initials}{chance.randrange(100, 9999)}" if chance.random() < 0.35 else "",
        "birthday": dt.date(chance.randint(1966, 1998), chance.randint(1, 12), chance.randint(1, 28))
        if chance.random() < 0.2
        else None,
        "consent": agreed,
        "consent_source": chance.choice(("名片交换", "展会扫码", "官网表单", "微信添加", "会议签到"))
        if agreed == "given"
        else "",
        "consent_on": since.date() if agreed == "given" else None,
        "note": chance.choice(HABITS) if chance.random() < 0.12 else "",
        "created_at": since,
        "updated_at": since,
        "created_by_id": course.owners[0][1].id,
        # what notes call this person, and whether he decides; taken out again before the row is written
        "call": f"{surname}{place['call']}",
        "decides": place["role"] == "decides",
    }


def mobile(chance: Random) -> str:
    """A mobile number as people write it."""
    second = chance.choice(("38", "39", "36", "37", "58", "59", "86", "77", "33", "51"))
    return f"1{second} {chance.randrange(1000, 9999)} {chance.randrange(1000, 9999)}"
