"""The workbench and the pages of areas; what a reader sets for himself."""
from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pellucid.kernel.access import directory
from pellucid.kernel.actions.run import verb_words
from pellucid.kernel.records import words
from pellucid.kernel.records.errors import Forbidden, Missing
from pellucid.kernel.resources import marks
from pellucid.kernel.resources.declare import HomeCard, home_cards, pages, registry
from pellucid.kernel.resources.switches import enabled

from .. import answers, shell
from ..middleware import public
from ..shell import allowed, counts_of, placed, scopes_of

PLACES = ("strip", "left", "right")


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


@require_safe
def home(request: Any) -> HttpResponse:
    """The workbench: what to do today, how it stands, what needs a look."""
    kept = request.identity.preferences.get("home") or {}
    params = {k: v for k, v in request.GET.items() if len(v) < 200}
    base = answers.base_context(request)
    drawn: dict[str, list[Any]] = {place: [] for place in PLACES}
    said: list[dict[str, str]] = []
    for card, hidden in arranged(request.actor, kept):
        if hidden:
            continue
        context = card.select(request.actor, params)
        if context is None:
            continue
        if card.place == "strip":
            drawn["strip"] += [fact | {"spark": points(fact.get("spark"))} for fact in context["facts"]]
            continue
        said += context.get("said", ())
        whole = base | {"card": card, "label": card.label, "params": params} | context
        drawn[card.place].append(answers.drawn(card.template, whole))
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
                        "said": said, "periods": periods if drawn["strip"] else [], "facts": drawn["strip"][:6],
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
    return (answers.fragment if request.htmx else answers.page)(request, page.template, context)


@require_safe
def menu_counts(request: Any) -> HttpResponse:
    """The figures of the side menu and the bell, asked for when the page stands."""
    bell = shell.bells[-1].count(request.actor) if shell.bells else ""
    counts = counts_of(request.actor)
    inbox = next((c["n"] for c in counts if c["key"] == shell.APPROVALS), "")
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
