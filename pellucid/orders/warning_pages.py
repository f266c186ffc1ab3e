"""Who may stop paying, with the reasons in words that lead to what they rest on: a page of all, a card beside the customer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pellucid.customers.models import Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.records import words
from pellucid.kernel.resources.fields import clear
from pellucid.kernel.resources.marks import titled

from . import credit, debtors
from .models import PaymentWarning
from .warning import HORIZON

SHOWN = 50
READ = ("customer", "chance", "reason", "owed")


def sentence(signal: str, value: float) -> str:
    """A reason in words."""
    n = round(value)
    match signal:
        case "drift":
            return ngettext("Pays %(n)s day later than it used to", "Pays %(n)s days later than it used to", n) % {"n": n}
        case "overdue":
            return ngettext("Overdue %(n)s day beyond its habit", "Overdue %(n)s days beyond its habit", n) % {"n": n}
        case "silence":
            return _("Not spoken to for %(times)s times as long as usual") % {"times": f"{value:.1f}"}
        case "use":
            return _("Owes %(share)s of its credit limit") % {"share": words.percent(Decimal(str(value)), 0)}
        case "disputes":
            return ngettext("Disputes %(n)s instalment", "Disputes %(n)s instalments", n) % {"n": n}
    return _("Usually pays %(n)s days late") % {"n": n} if n > 0 else _("Usually pays on time")


def source(signal: str, customer: int) -> str:
    """Where what a reason rests on can be seen."""
    if signal == "silence":
        return f"/customers/{customer}"
    if signal == "use":
        return f"/credit-profiles/?f.customer=in:{customer}"
    return f"/orders/?view=owing&f.customer=in:{customer}"


def reasons_of(one: PaymentWarning, most: int = 3) -> list[dict[str, str]]:
    """The weightiest reasons with what they rest on. A silence no longer than usual speaks for nothing."""
    return [{"label": sentence(signal, value), "href": source(signal, one.customer_id)} for signal, value in one.signals[:most]
            if signal != "silence" or round(value, 1) > 1]  # fmt: skip


def chance_of(one: PaymentWarning) -> dict[str, str]:
    """How likely, as a tag."""
    return {"label": words.percent(one.chance / 100, 0), "tone": "bad" if one.chance >= 20 else "warn"}


def page(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """Everybody warned of within the reader's reach, the likeliest first; where nothing may be claimed, it says so."""
    show, look = show_for(actor), debtors.last_look()
    may = clear("paymentwarning", actor, *READ)
    rows = scoped(PaymentWarning, actor)
    found = list(rows.order_by("-chance", "-owed", "id")[:SHOWN]) if may else []
    names = titled([("customer", one.customer_id) for one in found], actor)
    lines = [{"href": f"/customers/{one.customer_id}", "label": names.get(("customer", one.customer_id), f"#{one.customer_id}"),
              "chance": chance_of(one), "owed": words.money(one.owed, show.language), "reasons": reasons_of(one),
              "since": words.relative_day(one.since, show.today, show.language)} for one in found]  # fmt: skip
    facts = [
        {"label": _("Warned of"), "value": f"{rows.count() if may else 0:,}", "note": _("beside %(n)s days overdue") % {"n": credit.patience()}},
        {"label": _("They owe"), "value": words.money(sum((one.owed for one in found), Decimal(0)), show.language)},
        {"label": _("Debtors looked at"), "value": f"{look.debtors:,}" if look else "—",
         "note": words.relative_day(look.looked_on, show.today, show.language) if look else ""},
        {"label": _("Stopped paying so far"), "value": f"{look.stopped:,}" if look else "—", "note": _("more than 90 days overdue, or written off")},
        {"label": _("Better than chance"), "value": f"{look.lift:.1f}×" if look and look.claims else "—",
         "note": _("among those kept apart") if look and look.claims else _("nothing is claimed")},
    ]  # fmt: skip
    return {"facts": facts, "lines": lines, "claims": bool(look and look.claims), "all": "/payment-warnings/", "months": HORIZON // 30,
            "overdue": "/instalments/?view=overdue"}  # fmt: skip


def beside(customer: Customer, actor: Actor) -> dict[str, Any] | None:
    """The warning of a customer, if there is one."""
    if not clear("paymentwarning", actor, *READ):
        return None
    one = scoped(PaymentWarning, actor).filter(customer=customer.pk).first()
    if one is None:
        return None
    rows = [{"label": r["label"], "href": r["href"], "icon": "alert-triangle", "tone": "warn"} for r in reasons_of(one, 5)]
    return {"rows": rows, "tag": chance_of(one), "note": _("of 100 like it stopped paying")}
