"""Marks of what one has read."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import action
from pellucid.kernel.records.errors import Refused

from ..models import Document, DocumentRead


def nowhere(_document: Document) -> bool:
    """Offered where one reads, not among the document's verbs."""
    return False


@action(Document, label=gettext_lazy("I have read it"), icon="check", verb="view", shown=nowhere, event="document.read",
        sentence=gettext_lazy("{actor} read this"), did=gettext_lazy("You have read “{name}”"))
def document_mark_read(document: Document, *, actor: Actor) -> None:
    """One's own mark, for the version there is now."""
    if actor.user_id is None:
        raise Refused(_("Only people read."))
    now = {"edition": document.edition, "at": timezone.now()}
    DocumentRead._base_manager.update_or_create(document=document, user_id=actor.user_id, defaults=now)


@action(Document, label=gettext_lazy("Not read yet"), icon="rotate", verb="view", shown=nowhere, event="document.unread",
        sentence=gettext_lazy("{actor} took the reading mark back"), did=gettext_lazy("“{name}” is not read yet"))
def document_mark_unread(document: Document, *, actor: Actor) -> None:
    """Take one's own mark back."""
    DocumentRead._base_manager.filter(document=document, user_id=actor.user_id).delete()
