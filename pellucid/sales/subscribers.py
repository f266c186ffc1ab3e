"""Who is told of sales: the owner of guidance, headquarters of what happens with key customers; and the playbook that starts with a sale."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from pellucid.customers.selectors import with_role
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin, run
from pellucid.kernel.events.bus import subscribe
from pellucid.kernel.events.models import Event
from pellucid.kernel.notices.declare import APP, NoticeKind, declare
from pellucid.kernel.notices.tell import notify
from pellucid.kernel.records import settings, terms
from pellucid.kernel.records.errors import Failure

from . import selectors
from .actions.playbooks import playbook_for
from .actions.quoting import floors_moved
from .models import Opportunity, Quotation

declare(
    NoticeKind("advised", _("Guidance on a sale of mine"), _("{actor} gave you guidance on {record}"), quotes="text", icon="bulb", tone="acc",
               fold="", channels=(APP, "mail")),
    NoticeKind("agreed", _("A customer decides on a sale of mine"), _("{actor}: {what}. Close {record} as won?"), icon="trophy", tone="ok",
               fold="record"),
    NoticeKind("key_deal", _("A sale with a key customer moves"), _("{actor}: {what} · {record}"),
               _("{n} changes of {record}, the latest by {actor}"), icon="star", tone="acc", fold="record", roles=("executive",)),
)  # fmt: skip
WHAT = {"created": gettext_noop("New opportunity"), "moved": gettext_noop("Moved to a stage"), "won": gettext_noop("Won"),
        "lost": gettext_noop("Lost"), "reopened": gettext_noop("Reopened")}  # fmt: skip


def key_levels() -> list[int]:
    """The levels of key customers."""
    chosen = settings.get("sales.key_levels")
    first = terms.find("customer_level", "A")
    return list(chosen) if chosen else [first] if first else []


@subscribe("opportunity.advised")
def advised(event: Event) -> None:
    """Tell the owner."""
    if owner := event.payload.get("owner"):
        notify([int(owner)], "advised", resource="opportunity", record_id=event.record_id, actor_id=event.actor_id, event_id=event.pk)


@subscribe("quotation.accepted")
def accepted(event: Event) -> None:
    """A quotation is accepted: its opportunity is as good as won."""
    one = Quotation._base_manager.filter(pk=event.record_id).first()
    decided(one.opportunity_id if one else None, event, gettext_noop("the customer accepted the quotation"))


def decided(opportunity_id: int | None, event: Event, what: str) -> None:
    """Tell the owner of an opportunity in progress that its customer has decided, unless he said so himself."""
    one = Opportunity._base_manager.filter(pk=opportunity_id, state="open", deleted_at=None).first() if opportunity_id else None
    if one is not None and one.owner_id and one.owner_id != event.actor_id:
        notify([one.owner_id], "agreed", resource="opportunity", record_id=one.pk, actor_id=event.actor_id, event_id=event.pk, what=what)


@subscribe(*(f"opportunity.{verb}" for verb in WHAT))
def key_customers(event: Event) -> None:
    """Tell the executives of headquarters what happens with key customers (R188)."""
    found = selectors.key_among(event, key_levels())
    if found:
        notify(sorted(with_role("executive")), "key_deal", resource="opportunity", record_id=found[0], actor_id=event.actor_id, event_id=event.pk,
               count=len(found), what=WHAT[event.name.rpartition(".")[2]])  # fmt: skip


@subscribe("setting.changed")
def floors_are_moved(event: Event) -> None:
    """Quotations that are being written are seen against the new floors."""
    if {"sales.discount_seller", "sales.margin_seller", "sales.discount_manager", "sales.margin_manager"} & set(event.payload.get("settings") or ()):
        begin(Actor.system("rule", event.pk))
        floors_moved()


@subscribe("opportunity.created")
def starts_playbook(event: Event) -> None:
    """A new opportunity is worked by its playbook from the first day."""
    one = Opportunity._base_manager.filter(pk=event.record_id, state="open", deleted_at=None).first()
    book = playbook_for(one) if one is not None else None
    if one is None or book is None:
        return
    try:
        run("opportunity_start_plan", one.pk, Actor.system("rule", event.pk), {"plan": book.plan_id})
    except Failure:  # under way already, or gone meanwhile
        return
