"""What the successor's file says of a customer: people, last contacts, what was said of us, needs and terms."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.collaboration.pages import about
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import terms, words
from pellucid.kernel.resources.declare import place
from pellucid.kernel.resources.fields import clear, readable
from pellucid.people.handing import Slot, fill, hands_over
from pellucid.people.handing_pages import panel_of

from . import selectors
from .models import Customer
from .pages import ICONS, called, key_people

LATEST = 6


def contacts(customer: Customer, actor: Actor) -> list[dict[str, Any]]:
    """Who decides and who is spoken with."""
    found = key_people(customer, actor)
    return found["rows"] if found else []


def last_contacts(customer: Customer, actor: Actor) -> list[dict[str, Any]]:
    """What was said last, by whom, with which result."""
    if not clear("followup", actor, "text", "kind", "at"):
        return []
    show, may = show_for(actor), {n for n in ("author", "contact", "result") if clear("followup", actor, n)}
    return [
        {
            "icon": ICONS[f.kind][0],
            "label": f.text,
            "sub": " · ".join(filter(None, (directory.doer_name(f.author_id, f.on_behalf_of_id) if "author" in may else "",
                                            called(f.contact, actor) if "contact" in may else "",
                                            terms.label(f.result_id, show.language) if f.result_id and "result" in may else ""))),
            "right": words.ago(f.at, show.now, show.language),
            "href": f"/customers/{customer.pk}",
        }
        for f in selectors.follow_ups_of(customer.pk, None, LATEST)
    ]


def needs(customer: Customer, actor: Actor) -> list[dict[str, Any]]:
    """What they look for, in the words of the record."""
    may, rows = readable("customer", actor), []
    for name in ("needs", "needs_note", "note"):
        value = getattr(customer, name, None)
        if value and clear("customer", actor, name):
            spec = may[name]
            rows.append({"label": str(spec.kind.words(spec, value, show_for(actor))), "sub": str(spec.label)})
    return rows


def step(customer: Customer, actor: Actor) -> list[dict[str, Any]]:
    """What was promised next."""
    if not clear("customer", actor, "next_step", "next_step_at"):
        return []
    if not customer.next_step_at:
        return [{"icon": "hourglass", "tone": "warn", "label": _("no next step"), "sub": _("Plan one with the first contact.")}]
    show = show_for(actor)
    due = words.due(customer.next_step_at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)
    return [{"icon": "clock", "tone": "bad" if customer.next_step_at < show.now else "", "label": customer.next_step, "right": due}]


def tasks(customer: Customer, actor: Actor) -> list[dict[str, Any]]:
    """What else is open about them."""
    found = about(customer, actor)
    return found["rows"] if found else []


hands_over("customer")
fill(
    Slot("customer", "step", gettext_lazy("Promised next"), step, position=10),
    Slot("customer", "tasks", gettext_lazy("Open tasks"), tasks, needs="task.view", position=15),
    Slot("customer", "contacts", gettext_lazy("Key people"), contacts, needs="contact.view", position=30),
    Slot("customer", "told", gettext_lazy("Last contacts and what they said"), last_contacts, needs="followup.view", position=40),
    Slot("customer", "needs", gettext_lazy("What they need"), needs, position=50),
)
place(panel_of("customer"))
