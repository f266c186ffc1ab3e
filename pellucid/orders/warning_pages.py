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
READ = ("customer", "chance", "reason", "owed", "stake")


def sentence(signal: str, value: float) -> str:
    """A reason in words."""
    n = round(value)
    match signal:
        case "drift":
            return ngettext("Lately pays %(n)s day later than before", "Lately pays %(n)s days later than before", n) % {"n": n}
        case "overdue":
            return ngettext("Already %(n)s day later than it usually pays", "Already %(n)s days later than it usually pays", n) % {"n": n}
        case "silence":
            return _("Nobody spoke to it for %(times)s times as long as usual") % {"times": f"{value:.1f}"}
        case "use":
            return _("%(share)s of its credit limit are used") % {"share": words.percent(Decimal(str(value)), 0)}
        case "disputes":
            return ngettext("Disputes %(n)s instalment", "Disputes %(n)s instalments", n) % {"n": n}
    return ngettext("Usually pays %(n)s day late", "Usually pays %(n)s days late", n) % {"n": n} if n > 0 else _("Usually pays on time")


def source(signal: str, customer: int) -> str:
    """Where what a reason rests on can be seen."""
    if signal == "silence":
        return f"/customers/{customer}"
    if signal == "use":
        return f"/credit-profiles/?f.customer=in:{customer}"
    if signal == "disputes":
        return f"/instalments/?view=owed&f.customer=in:{customer}&f.disputed=is:1"
    if signal == "overdue":
        return f"/instalments/?view=overdue&f.customer=in:{customer}"
    return f"/instalments/?view=all&f.customer=in:{customer}"


def reasons_of(one: PaymentWarning, most: int = 3) -> list[dict[str, str]]:
    """The weightiest reasons with what they rest on. A silence no longer than usual speaks for nothing."""
    return [{"label": sentence(signal, value), "href": source(signal, one.customer_id)} for signal, value in one.signals[:most]
            if signal != "silence" or round(value, 1) > 1]  # fmt: skip


def chance_of(one: PaymentWarning) -> dict[str, str]:
    """How likely, as a tag."""
    return {"label": words.percent(one.chance / 100, 0), "tone": "bad" if one.chance >= 20 else "warn"}


def page(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """Everybody warned of within the reader's reach, who most is at stake with first; where nothing may be claimed, it says so."""
    show, look = show_for(actor), debtors.last_look()
    may = clear("paymentwarning", actor, *READ)
    rows = scoped(PaymentWarning, actor)
    found = list(rows.order_by("-stake", "-owed", "id")[:SHOWN]) if may else []
    most = max((one.owed for one in found), default=Decimal(0))
    names = titled([("customer", one.customer_id) for one in found], actor)
    lines = [{"href": f"/customers/{one.customer_id}", "label": names.get(("customer", one.customer_id), f"#{one.customer_id}"),
              "chance": chance_of(one), "owed": words.money(one.owed, show.language, beside=most),
              "stake": words.money(one.stake, show.language, beside=most), "reasons": reasons_of(one),
              "since": words.relative_day(one.since, show.today, show.language)} for one in found]  # fmt: skip
    facts = [
        {"label": _("Warned of"), "value": f"{rows.count() if may else 0:,}", "note": _("as many as are overdue for more than %(n)s days") % {
            "n": credit.patience()}},
        {"label": _("They owe"), "value": words.money(sum((one.owed for one in found), Decimal(0)), show.language)},
        {"label": _("At stake"), "value": words.money(sum((one.stake for one in found), Decimal(0)), show.language),
         "note": _("what is owed, times how likely it is not paid"), "tone": "bad" if found else ""},
        {"label": _("Learnt from"), "value": f"{look.stopped:,}" if look else "—", "note": _(
            "of %(n)s debtors stopped paying: more than 90 days overdue, or written off") % {"n": f"{look.debtors:,}"} if look else ""},
        {"label": _("How well it foretells"), "value": f"{look.lift:.1f}×" if look and look.claims else "—",
         "note": _("as many real ones found as by picking at random") if look and look.claims else _("nothing is claimed")},
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
    note = _("may not pay; %(amount)s at stake") % {"amount": words.money(one.stake, actor.language)}
    return {"rows": rows, "tag": chance_of(one), "note": note}
