"""The workbench and the pages of areas; what a reader sets for himself."""
from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pellucid.kernel.access import directory
from pellucid.kernel.actions.run import verb_words
from pellucid.kernel.records import words
from pellucid.kernel.records.errors import Forbidden, Missing
from pellucid.kernel.resources import marks
from pellucid.kernel.resources.declare import HomeCard, home_cards, pages, registry, resource_of
from pellucid.kernel.resources.switches import enabled

from .. import answers, shell
from ..menu import APPROVALS, allowed, placed
from ..middleware import public
from ..patience import Patience
from ..record import Sheet, shown_panels, told_in_figures
from ..record import card as panel_card
from ..shell import counts_of, scopes_of

STRIP = "strip"
PLACES = (STRIP, "left", "right")
HOME = "/"


def cards_for(actor: Any) -> list[HomeCard]:
    """The cards of this reader's roles and rights."""
    roles = actor.rights.roles if actor.rights else frozenset()
    return sorted((c for c in home_cards if c.place in PLACES and placed(c, actor) and (not c.roles or actor.rights is None or set(c.roles) & roles)),
                  key=lambda c: c.position)


def arranged(actor: Any, kept: dict[str, Any]) -> list[tuple[HomeCard, bool]]:
    """(card, hidden) in the reader's own order; new cards come at their own place."""
    order, hidden = list(kept.get("order", ())), set(kept.get("hidden", ()))
    found = cards_for(actor)
    places = {c.key: (order.index(c.key) if c.key in order else len(order) + at) for at, c in enumerate(found)}
    return [(c, c.key in hidden) for c in sorted(found, key=lambda c: places[c.key])]


def points(spark: Any) -> str:
    """A row of figures as the points of a small line, 72 wide and 20 high."""
    if not spark or isinstance(spark, str) or len(spark) < 2:
        return spark if isinstance(spark, str) else ""
    top, step = max(float(v) for v in spark) or 1.0, 72 / (len(spark) - 1)
    return " ".join(f"{at * step:.1f},{18 - 16 * float(v) / top:.1f}" for at, v in enumerate(spark))


def facts_of(actor: Any, params: dict[str, str], strips: list[HomeCard]) -> list[dict[str, Any]]:
    """The figures on top, of all cards that bring some."""
    found = [context["facts"] for card in strips if (context := card.select(actor, params)) is not None]
    return [fact | {"spark": points(fact.get("spark"))} for facts in found for fact in facts][:6]


def card_of(request: Any, card: HomeCard, params: dict[str, str]) -> tuple[Any, list[dict[str, str]]]:
    """A card, nothing if it has nothing to show, and what it has to say on top."""
    context = card.select(request.actor, params)
    if context is None:
        return "", []
    whole = answers.base_context(request) | {"card": card, "label": card.label, "params": params} | context
    return answers.drawn(card.template, whole), list(context.get("said", ()))


def asked_with(request: Any) -> dict[str, str]:
    """What the address of the workbench says, for its cards."""
    return {k: v for k, v in request.GET.items() if len(v) < 200}


def seen_cards(request: Any) -> list[HomeCard]:
    """The cards of the reader's workbench that he has not hidden."""
    return [card for card, hidden in arranged(request.actor, request.identity.preferences.get("home") or {}) if not hidden]


@require_safe
def piece(request: Any, name: str) -> HttpResponse:
    """The figures on top of the workbench, or one of its cards, for a page that stands already."""
    params, cards = asked_with(request), seen_cards(request)
    with Patience(request.actor.user_id, HOME).drawing(name):
        if name == STRIP:
            facts = facts_of(request.actor, params, [c for c in cards if c.place == STRIP])
            return answers.fragment(request, "workbench_piece.html", {"facts": facts})
        card = next((c for c in cards if c.key == name), None)
        if card is None:
            raise Missing("")
        drawn, said = card_of(request, card, params)
    return answers.fragment(request, "workbench_piece.html", {"drawn": drawn, "said": said})


@require_safe
def home(request: Any) -> HttpResponse:
    """The workbench: what to do today, how it stands, what needs a look. What would keep the reader waiting comes once it stands."""
    params, pace = asked_with(request), Patience(request.actor.user_id, HOME)
    state = f"?{urlencode(params)}" if params else ""
    base = answers.base_context(request)
    drawn: dict[str, list[Any]] = {place: [] for place in PLACES}
    said: list[dict[str, str]] = []
    cards = seen_cards(request)
    for card in (c for c in cards if c.place != STRIP):
        if pace.allows(card.key):
            with pace.drawing(card.key):
                text, words_on_top = card_of(request, card, params)
            drawn[card.place] += [text] if text else []
            said += words_on_top
        else:
            drawn[card.place].append(answers.drawn("workbench_piece.html", {"label": card.label, "src": f"/home/pieces/{card.key}{state}"}))
    strips, facts_src = [c for c in cards if c.place == STRIP], ""
    if pace.allows(STRIP):
        with pace.drawing(STRIP):
            drawn[STRIP] = facts_of(request.actor, params, strips)
    else:
        facts_src = f"/home/pieces/{STRIP}{state}"
    if recent := marks.recent(request.actor):
        shown = [{"label": title, "href": f"/{registry[key].path}/{pk}", "icon": registry[key].icon,
                  "sub": str(registry[key].model._meta.verbose_name)} for key, pk, title in recent]
        drawn["right"].append(answers.drawn("workbench_recent.html", base | {"rows": shown}))
    now = request.show.now.astimezone(request.show.zone)
    greeting = _("%(name)s, good morning") if 4 <= now.hour < 11 else _("%(name)s, good afternoon") if 11 <= now.hour < 18 else _(
        "%(name)s, good evening")
    period = params.get("period", "month")
    periods = [{"label": label, "href": f"/?period={key}", "current": key == period} for key, label in (
        ("week", _("This week")), ("month", _("This month")), ("quarter", _("This quarter")), ("year", _("This year")))]
    day = now.strftime("%m 月 %d 日").lstrip("0").replace(" 0", " ") if request.show.chinese else now.strftime("%B %d").replace(" 0", " ")
    weekday = words.weekday(now.date(), request.show.language)
    name = directory.user_name(request.actor.user_id) or request.identity.name  # whose workbench it is, whoever looks at it
    today = f"{day} {weekday}" if request.show.chinese else f"{weekday}, {day}"
    context = {"home": {"greeting": greeting % {"name": name}, "today": today,
                        "said": said, "periods": periods if drawn[STRIP] or facts_src else [], "facts": drawn[STRIP],
                        "facts_src": facts_src,
                        "customise": "" if request.actor.read_only else "/home/cards",
                        "left": drawn["left"], "right": drawn["right"]},
               "title": _("Workbench")}
    return answers.page(request, "workbench.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def arrange(request: Any) -> HttpResponse:
    """Which cards stand on the workbench, and in which order."""
    kept = request.identity.preferences.get("home") or {}
    if request.method == "POST":
        known = [c.key for c in cards_for(request.actor)]
        order = [k for k in request.POST.getlist("order") if k in known]
        marks.prefer(request.actor, "home", {"order": order, "hidden": [k for k in known if k not in request.POST.getlist("shown")]})
        return answers.again(request, "/", text=_("Saved."))
    cards = [{"key": c.key, "label": str(c.label), "on": not hidden} for c, hidden in arranged(request.actor, kept)]
    return answers.fragment(request, "workbench_cards.html", {"cards": cards, "action": "/home/cards"})


@require_safe
def area_page(request: Any, path: str) -> HttpResponse:
    """A page of an area."""
    if path.startswith("settings/"):
        return answers.go(request, f"/{path}")
    page = pages.get(path) or pages.get("/" + path) or pages.get(path + "/")
    if page is None or not enabled(page, directory.home_of(request.actor.user_id)):
        raise Missing("")
    if not allowed(page.needs, request.actor):
        key, _dot, verb = page.needs.partition(".")
        named = registry[key].model._meta.verbose_name if key in registry else key
        raise Forbidden(page.needs, _("The right “%(right)s” is missing.") % {"right": f"{named} · {verb_words(verb or 'view')}"})
    params = {k: v for k, v in request.GET.items() if len(v) < 500}
    context = {"title": str(page.label), "page": page, "params": params} | page.select(request.actor, params)
    if context.get("beside") is not None:
        context |= said_of(request, context["beside"])
    return (answers.fragment if request.htmx else answers.page)(request, page.template, context)


def said_of(request: Any, record: Any) -> dict[str, Any]:
    """What areas have to say of a record beside which a page of theirs stands: figures, and the panels they placed at such a record's side."""
    sheet, base = Sheet(resource_of(type(record)), record, request.actor, request.show), answers.base_context(request)
    own = [p for p in shown_panels(sheet, "side") if p.resource == sheet.key]
    return {"strips": told_in_figures(sheet), "cards": [drawn for p in own if (drawn := panel_card(sheet, p, base))]}


@require_safe
def menu_counts(request: Any) -> HttpResponse:
    """The figures of the side menu and the bell, asked for when the page stands."""
    bell = shell.bells[-1].count(request.actor) if shell.bells else ""
    counts = counts_of(request.actor)
    inbox = next((c["n"] for c in counts if c["key"] == APPROVALS), "")
    return answers.fragment(request, "menu_counts.html", {"counts": counts, "bell": bell, "inbox": inbox})


@require_safe
def menu_scopes(request: Any) -> HttpResponse:
    """The units the page that stands can be narrowed to, keeping its state."""
    state = parse_qsl(urlsplit(request.headers.get("HX-Current-URL", "")).query or request.META.get("QUERY_STRING", ""))
    return answers.fragment(request, "menu_scopes.html", {"options": scopes_of(request.actor, state)})


@public
@require_POST
def language(request: Any) -> HttpResponse:
    """Read on in another language."""
    code = request.POST.get("language", "")
    if code not in dict(settings.LANGUAGES):
        raise Missing("")
    href = answers.inside(request.POST.get("next") or request.META.get("HTTP_REFERER", "").partition(request.get_host())[2] or "/")
    response = answers.go(request, href)
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, code, max_age=365 * 86400, samesite="Lax", httponly=True)
    if request.identity and not request.actor.read_only:
        marks.set_language(request.actor, code)
    return response
