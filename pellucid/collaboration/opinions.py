"""The opinion box: what colleagues think, who supports it, and what was answered."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.declare import HomeCard, Menu, Page, Panel, place

from .models import Opinion
from .selectors import opinions as selectors
from .sight import seen, shown

HERE, SHOWN = "/p/opinions", 60
TABS = (("open", pgettext_lazy("opinion", "Open")), ("answered", gettext_lazy("Answered")), ("done", gettext_lazy("Carried out")),
        ("mine", gettext_lazy("Mine")))
TONES = {"open": "warn", "answered": "info", "done": "ok"}


def by(opinion: Opinion, may: frozenset[str]) -> str:
    """Who gave it, for who may know."""
    if "author" not in may:
        return ""
    return directory.user_name(opinion.author_id) or _("A colleague, without a name")


def since(opinion: Opinion, show: Show) -> str:
    """When it was given; without a name, the day only."""
    if opinion.anonymous:
        return words.relative_day(opinion.created_at.astimezone(show.zone).date(), show.today, show.language)
    return words.ago(opinion.created_at, show.now, show.language)


def entry(opinion: Opinion, show: Show, supported: bool, actor: Actor) -> dict[str, Any]:
    """An opinion as the box shows it."""
    own = opinion.author_id is not None and opinion.author_id == actor.user_id
    may = seen("opinion", actor)
    told = opinion.answered_at if {"answered_by", "answered_at"} <= may else None
    return {
        "label": shown(opinion, "name", may, f"#{opinion.pk}"), "href": f"/opinions/{opinion.pk}", "text": shown(opinion, "text", may),
        "by": by(opinion, may),
        "when": since(opinion, show), "kind": str(opinion.get_kind_display()) if "kind" in may else "",
        "about": shown(opinion, "about", may),
        "state": {"label": str(opinion.get_state_display()), "tone": TONES[opinion.state]} if "state" in may else {"label": "", "tone": ""},
        "answer": shown(opinion, "answer", may),
        "answered": _("%(who)s, %(when)s") % {"who": directory.user_name(opinion.answered_by_id), "when": words.ago(
            told, show.now, show.language)} if told else "",
        "supports": opinion.supports, "supported": supported, "to": directory.user_name(opinion.owner_id) if "owner" in may else "",
        "post": "" if own or actor.read_only or actor.user_id is None else f"/opinions/{opinion.pk}/do/opinion_support",
    }  # fmt: skip


def box(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """What colleagues think."""
    show, tab = show_for(actor), params.get("tab") if params.get("tab") in dict(TABS) else "open"
    found = list(selectors.listed(actor, "" if tab == "mine" else str(tab), mine=tab == "mine")[:SHOWN])
    mine = selectors.supported(actor, [o.pk for o in found])
    return {
        "tabs": [{"label": str(label), "href": HERE + ("" if key == "open" else f"?tab={key}"), "current": key == tab} for key, label in TABS],
        "opinions": [entry(o, show, o.pk in mine, actor) for o in found],
        "new": "/opinions/new" if actor.may("opinion", "create") and not actor.read_only else "",
    }  # fmt: skip


def to_answer(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """Opinions that wait for the reader's answer."""
    if not actor.may("opinion", "edit"):
        return None
    show, found, may = show_for(actor), list(selectors.waiting(actor)[:5]), seen("opinion", actor)
    rows = []
    for o in found:
        voices = ngettext("%(n)s colleague thinks so, too", "%(n)s colleagues think so, too", o.supports) % {"n": o.supports} if o.supports else ""
        rows.append({"label": shown(o, "name", may, f"#{o.pk}"), "href": f"/opinions/{o.pk}",
                     "sub": " · ".join(filter(None, (by(o, may), since(o, show), voices))),
                     "act": {"label": _("Answer"), "dialog": f"/opinions/{o.pk}/do/opinion_answer"}})  # fmt: skip
    return {"rows": rows, "here": HERE} if rows else None


def support_card(opinion: Opinion, actor: Actor) -> dict[str, Any]:
    """Who thinks so, too, and the way to join them; what was answered."""
    show, who = show_for(actor), selectors.supporters(opinion.pk)
    drawn = entry(opinion, show, actor.user_id in who, actor)
    return {"opinion": drawn, "people": [{"label": directory.user_name(u), "person": directory.user_name(u), "tint": u} for u in who[:8]],
            "more": max(0, len(who) - 8)}  # fmt: skip


def count(actor: Actor) -> int:
    """How many opinions wait for the reader's answer."""
    return selectors.waiting(actor).count() if actor.may("opinion", "edit") else 0


place(
    Page("opinions", gettext_lazy("Opinion box"), "collaboration/opinions.html", box, needs="opinion.view", icon="bulb"),
    Menu("opinion", gettext_lazy("Opinion box"), HERE, "bulb", needs="opinion.view", position=240, count=count),
    HomeCard("opinions.waiting", gettext_lazy("Opinions to answer"), "collaboration/opinions_card.html", to_answer, place="right",
             needs="opinion.edit", position=90),
    Panel("opinion", "support", gettext_lazy("Supported by"), "collaboration/opinion_support.html", support_card, position=5),
)  # fmt: skip
