"""Recognising a lead at the door: the customer, the person or the open lead that it may be, whoever may see those."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.search.text import phone_digits

from .models import Customer, Lead
from .names import company_key

log = logging.getLogger(__name__)
HINTS_A_MINUTE = 60                      # a hint also tells of customers one may not see: not a way to list them


def numbers(lead: Lead) -> set[str]:
    """The lead's telephone numbers, by their last eleven digits."""
    return {digits[-11:] for n in (lead.mobile, lead.phone) if len(digits := phone_digits(n)) >= 7}


def by_number(table: str, wanted: Iterable[str], key: str = "id") -> dict[str, int]:
    """Last eleven digits -> the oldest living row of a searched table that has them."""
    sought = list(dict.fromkeys(wanted))
    if not sought:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.n, min(t.{key}) FROM unnest(%s::text[]) s(n) JOIN {table} t"  # noqa: S608  fixed names
            "    ON t.grams @> ARRAY['p' || right(s.n, 4)] AND t.digits LIKE '%%' || s.n || '%%' GROUP BY s.n",
            [sought],
        )
        return dict(cursor.fetchall())


def recognise(leads: Sequence[Lead]) -> None:
    """Fill `customer` and `same_as` of new leads: by the key of the name, by the numbers of customers and their people."""
    keys = {lead.company_key for lead in leads if lead.company_key}
    known = dict(
        Customer._base_manager.filter(company_key__in=keys, deleted_at=None, merged_into=None).order_by("-id").values_list("company_key", "id")
    )
    wanted = {n for lead in leads for n in numbers(lead)}
    of_customers, of_people = by_number("search_customer", wanted), by_number("search_contact", wanted, "root_id")
    alike = dict(
        Lead._base_manager.filter(company_key__in=keys, state__in=Lead.OPEN, deleted_at=None).order_by("-id").values_list("company_key", "id")
    )
    of_leads = by_number("search_lead", wanted)
    open_ones = set(Lead._base_manager.filter(pk__in=of_leads.values(), state__in=Lead.OPEN, deleted_at=None).values_list("pk", flat=True))
    for lead in leads:
        mine = sorted(numbers(lead))
        if lead.customer_id is None:
            lead.customer_id = next((found[n] for found in (of_customers, of_people) for n in mine if n in found), known.get(lead.company_key))
        if lead.same_as_id is None:
            by_phone = next((of_leads[n] for n in mine if of_leads.get(n) in open_ones), None)
            lead.same_as_id = by_phone or alike.get(lead.company_key)


@dataclass(frozen=True, slots=True)
class Known:
    """Something a lead may be: its resource, the record when the asker may see it (else None: somebody works on it), and why."""

    resource: str
    record: Customer | Lead | None
    because: str


def known(actor: Actor, *, name: str = "", mobile: str = "", phone: str = "", exclude: int | None = None) -> list[Known]:
    """What is being typed may be these customers and open leads; those out of reach give nothing away but that they exist (D5)."""
    asked = Lead(name=name, mobile=mobile, phone=phone, company_key=company_key(name)[:200] if len(name.strip()) >= 2 else "")
    recognise([asked])
    found = []
    for model, pk in ((Customer, asked.customer_id), (Lead, asked.same_as_id)):
        if pk and not (model is Lead and pk == exclude):
            record = scoped(model, actor).filter(pk=pk).first()
            if record is None:
                log.info("disclosed to user %s that %s %s exists", actor.user_id, model._meta.model_name, pk)
            found.append(Known(model._meta.model_name or "", record, "number" if numbers(asked) else "name"))
    return found
