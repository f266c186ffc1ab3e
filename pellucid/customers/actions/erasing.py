"""A person asks to be forgotten (PIPL 47): out of his row and its past, and out of everything that was said about him."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.resources.erasure import erase, erases, redact, redact_quotes
from pellucid.kernel.search.pinyin import pinyin

from ..models import Contact, Customer, FollowUp, Lead, LeadFollowUp
from ..names import company_key

WITHDRAWN = {"consent": Contact.Consent.WITHDRAWN, "consent_source": "", "consent_on": None}
REASON = Annotated[str, Ask(gettext_lazy("Who asked, and when"), max_length=200)]
WARNING = gettext_lazy("Name, numbers and notes are taken out everywhere, from the past too. This cannot be undone.")


@action(Contact, label=gettext_lazy("Erase personal data"), icon="eraser", verb="delete", event="contact.erased", tone="bad",
        sentence=gettext_lazy("{actor} erased this person's data: {reason}"), confirm=WARNING,
        did=gettext_lazy("Erased the personal data"), position=90)  # fmt: skip
def contact_erase(contact: Contact, *, actor: Actor, reason: REASON) -> None:
    """Forget a person: the contact, the leads he came from, follow-ups, tasks, remarks, events, search, files of imports, notices."""
    for lead in Lead._base_manager.filter(contact=contact).order_by("pk").select_for_update(of=("self",), no_key=True):
        erase_lead(lead, actor)
    erase(contact, actor=actor, title="name")
    Contact._base_manager.filter(pk=contact.pk).update(**WITHDRAWN)
    noted(at=timezone.now().isoformat())


@action(Lead, label=gettext_lazy("Erase personal data"), icon="eraser", verb="delete", event="lead.erased", tone="bad",
        sentence=gettext_lazy("{actor} erased this person's data: {reason}"), confirm=WARNING,
        did=gettext_lazy("Erased the personal data"), position=90)  # fmt: skip
def lead_erase(lead: Lead, *, actor: Actor, reason: REASON) -> None:
    """Forget the person who asked; that a lead came in, from where and what became of it stays for the figures."""
    if lead.contact_id is not None:
        raise Refused(_("This person is a contact by now; erase the contact, and the lead goes along."))
    erase_lead(lead, actor)
    noted(at=timezone.now().isoformat())


def erase_lead(lead: Lead, actor: Actor) -> None:
    """Of the person a lead is about nothing stays. Without a contact person, the lead's name is the person's."""
    erase(lead, actor=actor, title="contact_name", more=() if lead.contact_name else (lead.name,))
    forgotten = Lead._base_manager.filter(pk=lead.pk)
    name = forgotten.values_list("name", flat=True).get()
    reading = pinyin(name)
    forgotten.update(pinyin=reading.spaced[:400], initials=reading.initials[:80], company_key=company_key(name)[:200], **WITHDRAWN)


@erases
def erase_in_customers(key: str, pk: int, words: list[str]) -> None:
    """What was said with the customer or lead of an erased person, and about it."""
    if key == "contact":
        root = Contact._base_manager.values_list("customer_id", flat=True).get(pk=pk)
        redact(Customer._base_manager.filter(pk=root), ("note", "needs_note"), words)
        redact_told(words, customer=root)
    elif key == "lead":
        redact(Lead._base_manager.filter(pk=pk), ("name",), words)
        redact_told(words, lead=pk)


def redact_told(words: list[str], **root: int) -> None:
    """Take words out of the follow-ups of a customer or a lead, and out of what is told about them and it."""
    (key, pk), model = next(iter(root.items())), FollowUp if "customer" in root else LeadFollowUp
    rows = model._base_manager.filter(**root)
    redact(rows, ("text", "next_step"), words)
    told: Collection[int] = list(rows.values_list("pk", flat=True))
    redact_quotes(model._meta.model_name or "", told, words)
    redact_quotes(key, [pk], words)
