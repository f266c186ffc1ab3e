"""What is told: recommended documents to those who lead units, answers to who gave or supports an opinion."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access import directory
from pellucid.kernel.events.bus import subscribe
from pellucid.kernel.events.models import Event
from pellucid.kernel.notices.declare import NoticeKind, declare
from pellucid.kernel.notices.tell import notify

from .models import Opinion
from .selectors import opinions

declare(
    NoticeKind("recommended", _("Headquarters recommends a document"), _("{actor} recommends {record}"), quotes="reason", icon="award", tone="acc"),
    NoticeKind("opinion_given", _("An opinion waits for my answer"), _("An opinion waits for your answer: {record}"), icon="bulb"),
    NoticeKind("opinion_answered", _("An opinion of mine is answered"), _("{actor} answered {record}"), icon="message", tone="ok"),
)


@subscribe("document.recommended")
def heads_are_told(event: Event) -> None:
    """Whoever leads a unit hears of what headquarters holds up."""
    heads = {u.head for u in directory.units().values() if u.head and not u.closed}
    notify(sorted(heads), "recommended", resource="document", record_id=event.record_id, actor_id=event.actor_id, event_id=event.pk)


@subscribe("opinion.created")
def owner_is_told(event: Event) -> None:
    """Who has to answer hears of it; who gave it, if it has no name, is not known here either."""
    owner = Opinion._base_manager.filter(pk=event.record_id).values_list("owner_id", flat=True).first()
    notify([owner] if owner else [], "opinion_given", resource="opinion", record_id=event.record_id, actor_id=event.actor_id, event_id=event.pk)


@subscribe("opinion.answered", "opinion.carried_out")
def answer_is_told(event: Event) -> None:
    """Who gave it under his name and who supports it hear of the answer."""
    if event.record_id is None:
        return
    author = Opinion._base_manager.filter(pk=event.record_id).values_list("author_id", flat=True).first()
    who = [u for u in (author, *opinions.supporters(event.record_id)) if u]
    notify(who, "opinion_answered", resource="opinion", record_id=event.record_id, actor_id=event.actor_id, event_id=event.pk)
