"""What to collect today, what is about to become bad, and the whole story of a customer's debts beside it and its orders."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from pellucid.customers.models import Customer
from pellucid.kernel.access import directory, rights
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.records import days, words
from pellucid.kernel.resources.declare import HomeCard, Menu, Page, Panel, Printout, place
from pellucid.kernel.resources.fields import clear

from . import collecting, dunning, letters
from .collecting import Danger, Story
from .models import CreditProfile, DunningCase, DunningLevel, Instalment, Order, PaymentPromise

HERE = "/p/orders/dunning"
S, P = DunningCase.State, PaymentPromise.State
SHOWN, BESIDE = 100, 6
TONES = {"friendly": "", "firm": "warn", "final": "bad", "legal": "bad"}
READ = ("customer", "level", "state", "overdue", "since", "contacted_on", "broken", "kept", "collector", "disputed", "dispute", "paused_until")
PROMISED = ("amount", "due_on", "state", "received", "said_by")


def readable_case(actor: Actor) -> bool:
    """Whether the reader may read everything these pages say of a case."""
    return clear("dunningcase", actor, *READ) and clear("paymentpromise", actor, *PROMISED)


def wide(actor: Actor) -> bool:
    """Whether the reader looks after more than his own."""
    return rights.oversees(actor.rights, "dunningcase")


# ------------------------------------------------------------------------------------------------ the page
def page(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """The collector's list: what to do today, what rests, what is in danger."""
    if not readable_case(actor):
        return {"tabs": [], "segments": [], "facts": [], "rows": None, "danger": None, "rules": ""}
    today, everybody = days.today(), wide(actor)
    whose = params.get("whose", "all" if everybody else "mine")
    show = params.get("show", "today")
    rows = scoped(DunningCase, actor)
    if whose == "mine" or not everybody:
        rows = rows.filter(collector=actor.user_id)
    cases = collecting.ordered(rows, today)
    due, resting = [c for c in cases if not c.rests], [c for c in cases if c.rests]
    found = collecting.in_danger(scoped(Instalment, actor), scoped(DunningCase, actor), profiles(actor), today,
                                 collector=None if whose == "all" and everybody else actor.user_id)  # fmt: skip

    def at(**more: str) -> str:
        return f"{HERE}?{urlencode({'show': show, 'whose': whose} | more)}"

    tabs = [{"label": label, "href": at(show=key), "count": n, "tone": "hot" if hot and n else "", "current": show == key}
            for key, label, n, hot in (("today", _("To collect today"), len(due), True), ("rest", _("Promised or disputed"), len(resting), False),
                                       ("danger", _("About to become bad"), len(found), True))]  # fmt: skip
    segments = [{"label": label, "href": at(whose=key), "current": whose == key} for key, label in (("mine", pgettext("owned", "Mine")), ("all", _(
        "All")))] if everybody else []  # fmt: skip
    drawn = {"tabs": tabs, "segments": segments, "facts": figures(cases, today, actor.language), "rows": None, "danger": None, "show": show,
             "rules": "/dunning-levels/" if actor.may("dunninglevel", "view") else ""}  # fmt: skip
    if show == "danger":
        return drawn | {"danger": [danger_row(d, today, actor) for d in found[:SHOWN]]}
    known = letters.known_levels()
    return drawn | {"rows": [row(c, known, today, actor) for c in (resting if show == "rest" else due)[:SHOWN]]}


def profiles(actor: Actor) -> Any:
    """The credit profiles whose grade the reader may know."""
    return scoped(CreditProfile, actor) if clear("creditprofile", actor, "grade", "blocked") else None


def figures(cases: list[Story], today: dt.date, language: str) -> list[dict[str, Any]]:
    """What there is to collect, what is promised soon, what is disputed, how often promises were broken."""
    soon = [c.promise for c in cases if c.promise is not None and (c.promise.due_on - today).days <= 7]
    broken = [c for c in cases if c.case.broken]
    return [
        fact(_("Being collected"), sum((c.case.overdue for c in cases), Decimal(0)), language,
             note=ngettext("%(n)s customer", "%(n)s customers", len(cases)) % {"n": len(cases)}),
        fact(_("Promised within a week"), sum((p.amount for p in soon), Decimal(0)), language,
             note=ngettext("%(n)s promise", "%(n)s promises", len(soon)) % {"n": len(soon)}),
        fact(_("With broken promises"), sum((c.case.overdue for c in broken), Decimal(0)), language, tone="bad" if broken else "",
             note=ngettext("%(n)s customer", "%(n)s customers", len(broken)) % {"n": len(broken)}),
        fact(_("Disputed"), sum((c.case.disputed for c in cases), Decimal(0)), language),
    ]  # fmt: skip


def fact(label: Any, amount: Decimal, language: str, **more: Any) -> dict[str, Any]:
    """A figure of the strip."""
    return {"label": label, "value": words.money(amount, language), **more}


def level_tag(level: int, known: dict[int, DunningLevel], language: str) -> dict[str, str]:
    """A level in words and colour."""
    tone = TONES.get(known[level].tone, "") if level in known else ""
    return {"label": letters.level_name(level, language, known), "tone": tone}


def state_tag(case: DunningCase) -> dict[str, str]:
    """What is going on with a case, in words and colour."""
    return {"label": str(case.get_state_display()), "tone": DunningCase.TONES[case.state]}


def late_words(since: dt.date | None, today: dt.date) -> str:
    """How long the oldest is overdue."""
    n = (today - since).days if since else 0
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": n}


def promise_words(story: Story, today: dt.date, language: str) -> dict[str, str] | None:
    """What was promised or is disputed, or how promises were kept before."""
    case = story.case
    if case.state == S.PAUSED and case.paused_until:
        return {"label": _("disputed, rests until %(day)s") % {"day": words.relative_day(case.paused_until, today, language)}, "tone": "warn",
                "title": f"{case.disputed_by}: {case.dispute}"}  # fmt: skip
    if story.promise is not None:
        return {"label": _("%(amount)s by %(day)s") % {"amount": words.money(story.promise.amount, language),
                "day": words.relative_day(story.promise.due_on, today, language)}, "tone": "acc", "title": story.promise.said_by}  # fmt: skip
    if case.broken:
        return {"label": ngettext("%(n)s promise broken", "%(n)s promises broken", case.broken) % {"n": case.broken}, "tone": "bad", "title": ""}
    return None


def acts(case: DunningCase, actor: Actor) -> list[dict[str, Any]]:
    """What can be done about a case from a list."""
    if not actor.may("dunningcase", "edit") or actor.read_only or case.state == S.CLOSED:
        return []
    at = f"/dunning-cases/{case.pk}/do/"
    return [{"label": pgettext("dunning", "Asked"), "icon": "phone", "dialog": f"{at}dunning_contact", "quiet": True},
            {"label": pgettext("dunning", "Promised"), "icon": "calendar-event", "dialog": f"{at}dunning_promise", "quiet": True},
            {"label": pgettext("dunning", "Disputed"), "icon": "hand-stop", "dialog": f"{at}dunning_dispute", "quiet": True}]


def row(story: Story, known: dict[int, DunningLevel], today: dt.date, actor: Actor) -> dict[str, Any]:
    """A case as a row of the list."""
    case = story.case
    asked = words.relative_day(case.contacted_on, today, actor.language) if case.contacted_on else _("not yet")
    return {"id": case.pk, "name": str(case.customer), "href": f"/dunning-cases/{case.pk}", "customer": f"/customers/{case.customer_id}",
            "level": level_tag(case.level, known, actor.language), "state": state_tag(case), "amount": words.money(case.overdue, actor.language),
            "late": late_words(case.since, today), "promise": promise_words(story, today, actor.language), "asked": asked,
            "stale": case.contacted_on is None or case.raised_on is not None and case.contacted_on < case.raised_on,
            "who": directory.user_name(case.collector_id), "tint": case.collector_id, "acts": acts(case, actor)}  # fmt: skip


def danger_row(found: Danger, today: dt.date, actor: Actor) -> dict[str, Any]:
    """A customer in danger, and what speaks for it."""
    language, said = actor.language, []
    for sign, value in found.signs:
        match sign:
            case "oldest":
                tone = "bad" if int(value) > collecting.OLD else "warn"
                said.append({"label": _("overdue for %(n)s days") % {"n": value}, "tone": tone})
            case "large":
                said.append({"label": _("%(share)s %% of all that is overdue") % {"share": value}, "tone": "warn"})
            case "broken":
                said.append({"label": ngettext("%(n)s promise broken", "%(n)s promises broken", int(value)) % {"n": value}, "tone": "bad"})
            case "disputed":
                said.append({"label": _("%(amount)s disputed") % {"amount": words.money(value, language)}, "tone": "warn"})
            case "grade":
                said.append({"label": _("credit grade %(grade)s") % {"grade": value}, "tone": "warn"})
    return {"name": found.name, "href": f"/customers/{found.customer}", "amount": words.money(found.debt.overdue, language),
            "late": late_words(found.debt.oldest, today), "signs": said, "case": f"/dunning-cases/{found.case.pk}" if found.case else "",
            "who": directory.user_name(found.case.collector_id) if found.case else "", "acts": acts(found.case, actor) if found.case else []}


# ------------------------------------------------------------------------------------------------ the whole story
def story_rows(cases: list[DunningCase], actor: Actor) -> list[dict[str, Any]]:
    """Levels, promises and ends of cases, the latest first."""
    today, language, known = days.today(), actor.language, letters.known_levels()
    out: list[tuple[dt.date, int, dict[str, Any]]] = []
    for case in cases:
        if case.closed_on:
            out.append((case.closed_on, 9, {"label": pgettext("dunning", "Closed"), "sub": case.outcome, "icon": "circle-check", "tone": "ok"}))
        for step in collecting.steps_of(case):
            out.append((step.raised_on, step.level, {"label": letters.level_name(step.level, language, known), "icon": "stairs-up",
                        "tone": TONES.get(known[step.level].tone, "") or "i3" if step.level in known else "i3",
                        "sub": directory.user_name(step.collector_id), "right": words.money(step.overdue, language)}))  # fmt: skip
        for one in collecting.promises_of(case):
            tone = {P.KEPT: "ok", P.BROKEN: "bad", P.OPEN: "acc"}.get(P(one.state), "")
            sub = f"{one.said_by} · " + _("for %(day)s") % {"day": words.relative_day(one.due_on, today, language)}
            out.append((one.told_on, 0, {"label": _("Promise to pay"), "sub": sub, "icon": "calendar-event", "tone": "acc", "tag": {
                "label": str(P(one.state).label), "tone": tone}, "right": words.money(one.amount, language)}))  # fmt: skip
    out.sort(key=lambda entry: (entry[0], entry[1]), reverse=True)
    for day, _n, drawn in out:
        drawn["sub"] = " · ".join(filter(None, (words.relative_day(day, today, language), drawn.get("sub", ""))))
    return [drawn for _day, _n, drawn in out]


def of_customer(customer: Customer, actor: Actor) -> dict[str, Any] | None:
    """What is asked of a customer: where it stands, and how it came there."""
    if not readable_case(actor):
        return None
    cases = collecting.of_customer(scoped(DunningCase, actor), customer.pk)
    return card_of(cases, actor) if cases else None


def card_of(cases: list[DunningCase], actor: Actor) -> dict[str, Any]:
    """A card of a customer's cases, the open one on top."""
    today, language, now = days.today(), actor.language, cases[0]
    rows: list[dict[str, Any]] = []
    tag = None
    if now.state != S.CLOSED:
        story = Story(now, dunning.promise_of(now), today)
        said = promise_words(story, today, language)
        rows.append({"label": words.money(now.overdue, language), "href": f"/dunning-cases/{now.pk}", "icon": "bell", "tone": "bad",
                     "sub": " · ".join(filter(None, (late_words(now.since, today), directory.user_name(now.collector_id)))),
                     "tag": {"label": said["label"], "tone": said["tone"]} if said else None,
                     "act": next(iter(acts(now, actor)), None)})  # fmt: skip
        tag = level_tag(now.level, letters.known_levels(), language)
    more = story_rows(cases, actor)
    return {"rows": [*rows, *more[:BESIDE]], "tag": tag,
            "note": _("%(n)s more") % {"n": len(more) - BESIDE} if len(more) > BESIDE else ""}


def of_order(order: Order, actor: Actor) -> dict[str, Any] | None:
    """The same beside an order of which something is overdue, or of whose customer money is being collected."""
    if not readable_case(actor) or order.receivable <= 0:
        return None
    cases = [c for c in collecting.of_customer(scoped(DunningCase, actor), order.customer_id) if c.state != S.CLOSED]
    return card_of(cases, actor) if cases else None


def of_case(case: DunningCase, actor: Actor) -> dict[str, Any] | None:
    """The whole story of a case."""
    rows = story_rows([case], actor) if readable_case(actor) else []
    return {"rows": rows} if rows else None


def letter(case: DunningCase, actor: Actor) -> dict[str, Any] | None:
    """The letter of the level, as it would be sent today, and the way to print it."""
    if not readable_case(actor) or case.state == S.CLOSED:
        return None
    text = letters.filled(case, actor.language)
    if not text:
        return None
    papers = [{"label": f"PDF · {label}", "href": f"/dunning-cases/{case.pk}/paper/letter?language={language}"}
              for language, label in letters.LANGUAGES.items()]  # fmt: skip
    level = letters.level_of(case)
    way = _("goes by: %(way)s") % {"way": level.get_channel_display()} if level else ""
    return {"text": text, "papers": papers, "way": way, "acts": acts(case, actor)[:1]}


def to_dun(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """Whom to ask for money today, the most pressing first: one's own, or those one looks after."""
    if not readable_case(actor):
        return None
    today, rows = days.today(), scoped(DunningCase, actor)
    found = [c for c in collecting.ordered(rows if wide(actor) else rows.filter(collector=actor.user_id), today) if not c.rests]
    known, out = letters.known_levels(), []
    for story in found[:BESIDE]:
        case, said = story.case, promise_words(story, today, actor.language)
        sub = " · ".join(filter(None, (late_words(case.since, today), directory.user_name(case.collector_id) if wide(actor) else "",
                                       said["label"] if said else "")))  # fmt: skip
        out.append({"label": str(case.customer), "sub": sub, "right": words.money(case.overdue, actor.language), "icon": "bell", "inline": False,
                    "tone": "bad" if said and said["tone"] == "bad" else "warn", "href": f"/dunning-cases/{case.pk}",
                    "tag": level_tag(case.level, known, actor.language), "act": next(iter(acts(case, actor)), None)})  # fmt: skip
    total = sum((c.case.overdue for c in found), Decimal(0))
    return {"rows": out, "all": HERE, "note": f"{len(found)} · {words.money(total, actor.language)}"} if out else None


place(
    Page("orders/dunning", gettext_lazy("Dunning"), "orders/dunning.html", page, needs="dunningcase.view", icon="bell"),
    Panel("customer", "orders.dunning", gettext_lazy("Dunning"), "orders/rows.html", of_customer, needs="dunningcase", position=34, lazy=True),
    Panel("order", "orders.dunning", gettext_lazy("Dunning"), "orders/rows.html", of_order, needs="dunningcase", position=12, lazy=True),
    Panel("dunningcase", "story", gettext_lazy("The whole story"), "orders/rows.html", of_case, position=10),
    Panel("dunningcase", "letter", gettext_lazy("Letter"), "orders/letter.html", letter, place="tab", first=True, position=5),
    Printout("dunningcase", "letter", gettext_lazy("Letter"), letters.printed),
    Menu("dunning", gettext_lazy("Dunning"), HERE, "bell", group="orders", needs="dunningcase.view", position=97),
    Menu("dunninglevel", gettext_lazy("Dunning levels"), "/dunning-levels/", "stairs-up", group="settings/rules", needs="dunninglevel.edit",
         position=72),
    HomeCard("orders.to_dun", gettext_lazy("Money to ask for"), "orders/home.html", to_dun, needs="dunningcase.edit", position=25, roles=(
        "sales", "sales_manager", "branch_manager", "executive", "admin")),
    HomeCard("orders.to_dun_first", gettext_lazy("Money to ask for"), "orders/home.html", to_dun, needs="dunningcase.edit", position=9, roles=(
        "finance",)),
)
