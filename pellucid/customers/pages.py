"""What this area shows on records and on the workbench."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pellucid.collaboration.documents import uses_documents
from pellucid.collaboration.pages import tasks_on
from pellucid.collaboration.plan_pages import plans_on
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import terms, words
from pellucid.kernel.records.models import Comment
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.throttle import spend
from pellucid.kernel.resources.declare import Hint, HomeCard, Menu, Overlay, Page, Panel, TimelineSource, place, registry
from pellucid.kernel.resources.fields import clear
from pellucid.kernel.resources.ladder import missing
from pellucid.kernel.resources.marks import titled

from . import duplicates, happenings, home, intake, selectors, subjects, team
from .actions.classes import rises
from .models import Contact, Customer, CustomerClass, FollowUp

ICONS = {
    "visit": ("map-pin", "a"),
    "call": ("phone", ""),
    "wechat": ("message-circle", "o"),
    "email": ("mail", ""),
    "meeting": ("users", "a"),
    "sms": ("message", ""),
    "fax": ("printer", ""),
    "letter": ("mail", ""),
}
RARE = frozenset({"sms", "fax", "letter"})
KEY_PEOPLE = 6


def composer(customer: Customer, actor: Actor) -> dict[str, Any] | None:
    """Write a follow-up on the customer itself, or on what it was about."""
    found = writing(customer, actor)
    return found and found | {"subjects": subjects.of(customer, actor)}


def writing(customer: Customer, actor: Actor) -> dict[str, Any] | None:
    """What one may write of a talk with a customer, for whoever may write follow-ups."""
    if not actor.may("followup", "create"):
        return None
    people = [{"value": c.pk, "label": label} for c in selectors.people_of(customer, actor) if (label := called(c, actor))]
    return {
        "run": "followup_create",
        "values": {"customer": customer.pk},
        "locate": True,
        "contacts": people,
        "fields": {
            "kind": "kind",
            "text": "text",
            "contact": "contact",
            "next_step_at": "next_on",
            "next_step": "next_text",
            "latitude": "latitude",
            "longitude": "longitude",
            "result": "result",
            "met_decision_maker": "met_decision_maker",
            "minutes": "minutes",
        },
        "extra": [
            {
                "name": "result",
                "id": "composer-result",
                "label": _("Result"),
                "kind": "choice",
                "options": [
                    {"value": value, "label": label}
                    for value, label, _tone in terms.options("follow_up_result", show_for(actor).language)
                ],
            },
            {"name": "minutes", "id": "composer-minutes", "label": _("Minutes"), "kind": "integer"},
            {"name": "met_decision_maker", "id": "composer-met", "label": _("Met the decision maker"), "kind": "bool"},
        ],
        "kinds": [
            {"value": k.value, "label": str(k.label), "icon": ICONS[k.value][0], "selected": k == FollowUp.Kind.VISIT, "rare": k in RARE}
            for k in FollowUp.Kind
        ],
    }


def called(contact: Contact | None, actor: Actor) -> str:
    """A person as the reader may know him: by name and position, or not at all."""
    if contact is None or not clear("contact", actor, "name"):
        return ""
    return f"{contact.name} · {contact.position}" if contact.position and clear("contact", actor, "position") else contact.name


DID = {
    "visit": gettext_lazy("visited"),
    "call": gettext_lazy("called"),
    "wechat": gettext_lazy("wrote on WeChat to"),
    "email": gettext_lazy("wrote to"),
    "meeting": gettext_lazy("met"),
    "sms": gettext_lazy("sent a text message to"),
    "fax": gettext_lazy("sent a fax to"),
    "letter": gettext_lazy("sent a letter to"),
}


def follow_ups(key: str, customer: Customer, actor: Actor, before: dt.datetime | None, limit: int) -> list[dict[str, Any]]:
    """Follow-ups in the customer's timeline."""
    if not clear("followup", actor, "text", "kind", "at"):
        return []
    return entries(selectors.follow_ups_of(customer.pk, before, limit), customer, customer, actor)


def entries(found: list[FollowUp], customer: Customer, here: Any, actor: Actor) -> list[dict[str, Any]]:
    """Follow-ups as the timeline of `here`, the customer or something of its, draws them: what else they were about is named, and of what was
    to come next stands out what is still to come."""
    may = {n for n in ("author", "contact", "result", "met_decision_maker", "latitude", "next_step", "next_step_at") if clear("followup", actor, n)}
    files, show = selectors.files_of(found), show_for(actor)
    remarks = selectors.remarks_on(customer.pk, found)
    open_here = (here.next_step, here.next_step_at)
    key = here._meta.model_name
    titles = titled(sorted({(f.about_resource, f.about_id) for f in found if f.about_id and (f.about_resource, f.about_id) != (key, here.pk)}), actor)
    out = []
    for f in found:
        icon, tone = ICONS[f.kind]
        who = called(f.contact, actor) if "contact" in may else ""
        tags = []
        if f.result_id and "result" in may:
            tags.append({"label": terms.label(f.result_id, show.language), "tone": terms.known()[f.result_id].tone})
        if f.met_decision_maker and "met_decision_maker" in may:
            tags.append({"label": _("Decision maker"), "tone": "acc"})
        if f.latitude is not None and "latitude" in may:
            tags.append({"label": _("Checked in"), "tone": ""})
        step = ""
        if f.next_step_at and may >= {"next_step", "next_step_at"}:
            there = f.next_step_at.astimezone(show.zone)
            step = _("Next: %(when)s %(what)s") % {
                "when": words.appointed(there, show.now.astimezone(show.zone), show.language),
                "what": f.next_step,
            }
        out.append(
            {
                "at": f.at,
                "who": directory.doer_name(f.author_id, f.on_behalf_of_id) if "author" in may else "",
                "icon": icon,
                "tone": tone,
                "did": str(DID[f.kind]) if who else str(f.get_kind_display()),
                "link": {"label": who, "href": f"/contacts/{f.contact_id}"} if who else None,
                "tags": tags,
                "box": f.text,
                "next": step,
                "over": bool(step) and (f.next_step, f.next_step_at) != open_here,
                "about": {"label": title, "href": f"/{registry[f.about_resource].path}/{f.about_id}"}
                if (title := titles.get((f.about_resource, f.about_id or 0))) else None,
                "remarks": [remark(c, show) for c in remarks.get(selectors.remark_key(f.pk), ())],
                "buttons": [commenting(customer, f)] if customer.alive and not actor.read_only else [],
                "files": [
                    {"label": a.name, "href": f"/follow-ups/{f.pk}/files/{a.pk}"} for a in files.get(f.pk, ()) if not image(a)
                ],
                "images": [
                    {"src": f"/follow-ups/{f.pk}/files/{a.pk}/preview", "href": f"/follow-ups/{f.pk}/files/{a.pk}", "alt": a.name}
                    for a in files.get(f.pk, ())
                    if image(a)
                ],
            }
        )
    return out


def remark(comment: Comment, show: Show) -> dict[str, Any]:
    """A comment under a follow-up."""
    at = words.moment(comment.created_at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)
    return {"who": directory.doer_name(comment.created_by_id, comment.on_behalf_of_id), "text": comment.text, "at": at}


def commenting(customer: Customer, follow_up: FollowUp) -> dict[str, Any]:
    """The button that comments a follow-up."""
    href = f"/customers/{customer.pk}/do/customer_comment?about={selectors.remark_key(follow_up.pk)}"
    return {"label": _("Comment"), "icon": "message-circle", "dialog": href}


def image(file: Any) -> bool:
    """Whether a file is shown as a picture."""
    return file.blob.media_type.startswith("image/")


def key_people(customer: Customer, actor: Actor) -> dict[str, Any] | None:
    """Who decides at the customer."""
    if not clear("contact", actor, "name"):
        return None
    language, role = actor.language, clear("contact", actor, "role")
    where = [n for n in ("position", "department") if clear("contact", actor, n)]
    rows = [
        {
            "label": c.name,
            "sub": " · ".join(filter(None, (getattr(c, n) for n in where))),
            "person": c.name,
            "tint": c.pk,
            "href": f"/contacts/{c.pk}",
            "tag": {"label": terms.label(c.role_id, language), "tone": terms.known()[c.role_id].tone} if c.role_id and role else None,
        }
        for c in selectors.people_of(customer, actor)[:KEY_PEOPLE]
    ]
    return {"rows": rows, "new": f"/contacts/new?customer={customer.pk}" if actor.may("contact", "create") else None}


def guide(customer: Customer, actor: Actor) -> dict[str, Any] | None:
    """What the record still lacks for the next class, with the way to fill it in, and what will raise it by itself (R245)."""
    following = customer.customer_class + 1
    if following not in CustomerClass.values or not actor.may("customer", "edit"):
        return None
    lacking = [str(label) for label in missing("customer", customer, following)]
    named, joint = CustomerClass(following).label, "、" if actor.language.startswith("zh") else ", "
    labels = happenings.labels()
    ways = [str(labels[key])[:1].lower() + str(labels[key])[1:] for key, to in rises().items() if to >= following and key in labels]
    text = _("rises by itself when: %(what)s.") % {"what": joint.join(ways)} + " " if ways else ""
    if not lacking:
        href = f"/customers/{customer.pk}/do/customer_set_class?customer_class={following}"
        return {"lead": _("Ready for “%(class)s”") % {"class": named}, "text": text, "act": {"label": _("Change class"), "dialog": href}}
    n = len(lacking)
    lead = ngettext("For “%(class)s” one thing is missing", "For “%(class)s” %(n)s things are missing", n) % {"class": named, "n": n}
    return {"lead": lead, "text": text, "warn": joint.join(lacking),
            "act": {"label": _("Fill in"), "drawer": f"/customers/{customer.pk}/edit"}}  # fmt: skip


def same(actor: Actor, values: dict[str, str], record_id: int | None) -> dict[str, Any] | None:
    """Customers that may be the one being typed: with the reason; of those out of reach only that somebody works on them."""
    if len(values.get("name", "")) < 2 and not values.get("phone") and not values.get("credit_code"):
        return None
    if spend(("duplicates", actor.user_id), intake.HINTS_A_MINUTE)[0] < 0:
        return None
    found = selectors.duplicates(actor, name=values.get("name", ""), phone=values.get("phone", ""), credit_code=values.get("credit_code", ""),
                                 exclude=record_id)
    if not found:
        return None
    hits: list[dict[str, Any]] = []
    for alike in found:
        why = "、".join(alike.likeness.words) if actor.language.startswith("zh") else ", ".join(alike.likeness.words)
        if alike.customer is None:
            hits.append({"label": _("A customer you cannot see"), "why": _("is being worked on · %(why)s") % {"why": why}})
        else:
            owner = directory.user_name(alike.customer.owner_id)
            hits.append({"level": alike.customer.customer_class, "label": alike.customer.name, "why": f"{why} · {owner}",
                         "act": {"label": _("Open"), "href": f"/customers/{alike.customer.pk}"}})
    return {"duplicates": {"note": _("%(n)s alike") % {"n": len(hits)}, "hits": hits}}


place(
    Panel("customer", "follow_up", gettext_lazy("Write a follow-up"), "", composer, place="composer"),
    Hint("customer", ("name", "phone", "credit_code"), "parts/duplicates.html", same),
    Panel("customer", "guide", gettext_lazy("Next class"), "", guide, place="guide"),
    *tasks_on("customer"),
    plans_on("customer"),
    Panel("staff", "tracks", gettext_lazy("Looks after"), "customers/tracks.html", team.tracks, needs="customer.view", position=20),
    Panel("customer", "people", gettext_lazy("Key people"), "customers/people.html", key_people, position=20),
    TimelineSource("follow_up", gettext_lazy("Follow-ups"), ("customer",), follow_ups),
    HomeCard("customers.strip", gettext_lazy("Figures"), "", home.strip, place="strip", needs="customer.view"),
    HomeCard("customers.attention", gettext_lazy("Needs attention"), "customers/attention.html", home.attention, needs="customer.edit", position=30),
    HomeCard("customers.told", gettext_lazy("Latest follow-ups"), "customers/told.html", home.told, needs="followup.view", position=35),
    HomeCard("customers.team", gettext_lazy("My team"), "customers/team.html", team.team, place="right", needs="customer.edit", position=20),
    HomeCard("customers.new", gettext_lazy("New customers"), "customers/arrivals.html", home.arrivals, place="right", needs="customer.edit",
             position=40),
    HomeCard("customers.unplanned", gettext_lazy("Nothing planned"), "customers/attention.html", home.unplanned, place="calendar",
             needs="customer.view"),
    Overlay("task", "followup", gettext_lazy("Visits"), {"f.kind": "in:visit"}),
    Page("customers/duplicates", gettext_lazy("Duplicates"), "customers/duplicates.html", duplicates.page, needs="customer.view", icon="copy"),
    Menu("customers", gettext_lazy("Customers"), "", "building", position=50),
    Menu("customer", gettext_lazy("Customers"), "/customers/", "building", group="customers", needs="customer.view", position=60),
    Menu("contact", gettext_lazy("Contacts"), "/contacts/", "address-book", group="customers", needs="contact.view", position=61),
    Menu("followup", gettext_lazy("Follow-ups"), "/follow-ups/", "message", group="customers", needs="followup.view", position=62),
    Menu("duplicates", gettext_lazy("Duplicates"), "/p/customers/duplicates", "copy", group="customers", needs="customer.delete", position=69),
)  # fmt: skip

uses_documents(Customer, tag=True)
