"""The letter of a dunning level, filled in for one case, in Chinese or English; as text and as a paper."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from pellucid.collaboration import workdays
from pellucid.customers.models import Contact
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.exchange.papers import paper
from pellucid.kernel.records import days, words
from pellucid.kernel.records.company import CURRENCIES
from pellucid.kernel.resources.fields import clear
from pellucid.products.models import company_currency
from pellucid.sales.quotation_paper import company, logo_of
from pellucid.sales.selectors import letterhead_of

from . import dunning
from .models import DunningCase, DunningLevel, Instalment

TEMPLATE = Path(__file__).parent / "templates" / "orders" / "letter.typ"
LANGUAGES = {"zh-hans": "中文", "en": "English"}
GRACE = 5  # working days until the money is to be there


def level_name(level: int, language: str, known: dict[int, DunningLevel]) -> str:
    """What a level is called."""
    found = known.get(level)
    if found is None:
        return str(level)
    return found.name_en if language == "en" and found.name_en else found.name


def known_levels() -> dict[int, DunningLevel]:
    """Every level by its number, those out of use too."""
    return {one.level: one for one in DunningLevel._base_manager.filter(deleted_at=None)}


def level_of(case: DunningCase) -> DunningLevel | None:
    """The level a case stands at."""
    return known_levels().get(case.level)


def contact_of(customer: int) -> str:
    """Whom to write to: the contact spoken with last, else the first one."""
    found = Contact._base_manager.filter(customer=customer, deleted_at=None).order_by("-last_contact_at", "pk")
    return str(next(iter(found.values_list("name", flat=True)[:1]), ""))


def listed(part: Instalment, today: dt.date, language: str) -> tuple[str, ...]:
    """One overdue instalment: of which order, what for, due when, how many days late, how much."""
    assert part.due_on is not None
    currency = part.order.currency if part.order.currency in CURRENCIES else company_currency()
    return (part.order.number, part.name, part.due_on.isoformat(), str((today - part.due_on).days),
            words.money_exact(part.balance, language, currency))  # fmt: skip


def filled(case: DunningCase, language: str) -> str:
    """The letter of its level in words; "" where the level has none."""
    level, today = level_of(case), days.today()
    text = (level.text_en or level.text) if level is not None and language == "en" else level.text if level is not None else ""
    if level is None or not text:
        return ""
    with translation.override(language):
        debt = dunning.debt_of(case.customer_id, today)
        parts = [p for p in dunning.overdue_parts(case.customer_id, today) if not p.disputed]
        head = letterhead_of(case.customer.unit_id)
        line = _("%(order)s · %(name)s, due %(day)s, %(days)s days overdue: %(amount)s")
        rows = [listed(p, today, language) for p in parts]
        return text.format(
            customer=case.customer.name, contact=contact_of(case.customer_id) or case.customer.name,
            amount=words.money_exact(debt.asked, language, company_currency()), since=(debt.since or today).isoformat(), days=debt.late(today),
            deadline=workdays.after(today, GRACE).isoformat(), company=company(head, language)["name"],
            collector=directory.user_name(case.collector_id), today=today.isoformat(),
            list="\n".join(line % {"order": r[0], "name": r[1], "day": r[2], "days": r[3], "amount": r[4]} for r in rows))  # fmt: skip


def made(case: DunningCase, language: str) -> bytes:
    """The letter as a PDF under the letterhead."""
    level, text = level_of(case), filled(case, language)
    with translation.override(language):
        head = letterhead_of(case.customer.unit_id)
        logo, ours = logo_of(head), company(head, language)
        data: dict[str, Any] = {
            "title": level_name(case.level, language, {case.level: level} if level else {}), "number": f"CK-{case.pk:06d}-{case.level}",
            "language": language[:2], "company": ours, "logo": "logo.png" if logo else "", "paragraphs": text.split("\n"),
            "date": days.today().isoformat(), "to": case.customer.name}  # fmt: skip
        return paper(TEMPLATE, data, {"logo.png": logo} if logo else None)


def printed(case: DunningCase, actor: Actor, language: str) -> tuple[str, bytes] | None:
    """The letter of a case as a PDF, for who may read what it says."""
    if not clear("dunningcase", actor, "level", "overdue", "since", "collector") or not filled(case, language):
        return None
    return f"CK-{case.pk:06d}-{case.level}.{language[:2]}.pdf", made(case, language)
