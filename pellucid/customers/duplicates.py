"""The list of customers that may be one and the same, in pairs, with the reason; merging starts here."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db.models import Count, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.records import words
from pellucid.kernel.records.spec import Show

from .likeness import Likeness, Party, likeness
from .models import Customer, FollowUp, KeptApart

KEYS = ("credit_code", "company_key", "phone")
GROUPS, GROUP, PAIRS = 200, 6, 60
WORTH_A_LOOK = 60


@dataclass(frozen=True, slots=True)
class Pair:
    """Two customers and how alike they are; `keep` is the one with more behind it, which a merge keeps."""

    keep: Customer
    other: Customer
    likeness: Likeness


def pairs(actor: Actor, *, apart: bool = False) -> list[Pair]:
    """Pairs within the reader's reach that share the key of their names, the credit code or the phone; likeliest first. Those somebody found
    to be two are left out, or with `apart` the only ones."""
    if apart:
        return [Pair(*two, party_likeness(*two)) for two in settled(actor)]
    reach = scoped(Customer, actor)
    groups: dict[tuple[str, str], list[int]] = {}
    for key in KEYS:
        shared = reach.exclude(**{key: ""}).order_by().values(key).annotate(n=Count("pk"), latest=Max("pk")).filter(n__gt=1)
        values = [row[key] for row in shared.order_by("-latest")[:GROUPS]]
        for value, pk in reach.filter(**{f"{key}__in": values}).order_by("pk").values_list(key, "pk") if values else ():
            groups.setdefault((key, value), []).append(pk)
    wanted = {pair for ids in groups.values() for pair in combinations(ids[:GROUP], 2)}
    wanted -= set(KeptApart._base_manager.filter(one__in={one for one, _other in wanted}).values_list("one", "other"))
    found = loaded(reach.filter(pk__in={pk for pair in wanted for pk in pair}))
    scored = []
    for one, other in wanted:
        how = party_likeness(found[one], found[other])
        if how.score >= WORTH_A_LOOK:
            keep, gone = sorted((found[one], found[other]), key=lambda c: (-c.told, c.pk))
            scored.append(Pair(keep, gone, how))
    return sorted(scored, key=lambda p: (-p.likeness.score, p.keep.pk, p.other.pk))[:PAIRS]


def settled(actor: Actor) -> list[tuple[Customer, Customer]]:
    """The latest pairs somebody found to be two, both still there and within reach."""
    two = list(KeptApart._base_manager.order_by("-at").values_list("one", "other")[:PAIRS])
    found = loaded(scoped(Customer, actor).filter(pk__in={pk for pair in two for pk in pair}))
    return [(found[one], found[other]) for one, other in two if one in found and other in found]


def loaded(rows: Any) -> dict[int, Any]:
    """The customers with how many follow-ups each has (`told`)."""
    told = FollowUp._base_manager.filter(customer=OuterRef("pk"), deleted_at=None).order_by().values("customer")
    counted = rows.annotate(told=Coalesce(Subquery(told.annotate(n=Count("pk")).values("n")), 0))
    return {c.pk: c for c in counted}


def party(customer: Customer) -> Party:
    """What is compared of a customer."""
    return Party(customer.name, customer.credit_code, [customer.phone] if customer.phone else [], customer.address, customer.website)


def party_likeness(one: Customer, other: Customer) -> Likeness:
    """How alike two customers are."""
    return likeness(party(one), party(other))


def said(likeness: Likeness, language: str) -> str:
    """The reasons in one line."""
    return ("、" if language.startswith("zh") else ", ").join(likeness.words)


def side(c: Customer, show: Show) -> dict[str, Any]:
    """One of two customers, as it stands beside the other."""
    return {
        "label": c.name, "href": f"/customers/{c.pk}", "number": c.number, "owner": directory.user_name(c.owner_id), "tint": c.owner_id,
        "told": getattr(c, "told", 0), "level": c.customer_class, "stage": str(c.get_customer_class_display()),
        "last": words.ago(c.last_contact_at, show.now, show.language) if c.last_contact_at else _("never contacted"),
    }  # fmt: skip


def page(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """What the page of duplicates shows."""
    show, writes = show_for(actor), not actor.read_only
    may, apart = actor.may("customer", "delete") and writes, params.get("apart") == "1"
    rows = []
    for pair in pairs(actor, apart=apart):
        sides = [side(c, show) for c in (pair.keep, pair.other)]
        base, with_other = f"/customers/{pair.keep.pk}/do", f"?other={pair.other.pk}"
        buttons: list[dict[str, Any]] = []
        if apart and writes and actor.may("customer", "edit"):
            buttons = [{"label": _("Compare again"), "post": f"{base}/customer_compare_again{with_other}"}]
        elif writes and actor.may("customer", "edit"):
            buttons = [{"label": _("Not the same"), "post": f"{base}/customer_keep_apart{with_other}", "quiet": True}]
        if may and not apart:
            buttons.append({"label": _("Merge"), "dialog": f"{base}/customer_merge{with_other}"})
        rows.append({"sides": sides, "why": said(pair.likeness, show.language) or _("Found to be two"), "buttons": buttons})
    tabs = [{"label": _("Likely the same"), "href": "/p/customers/duplicates", "current": not apart},
            {"label": _("Found to be two"), "href": "/p/customers/duplicates?apart=1", "current": apart}]
    return {"rows": rows, "tabs": tabs, "apart": apart, "more": len(rows) == PAIRS}
