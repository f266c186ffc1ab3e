"""Why a sum changed: the page that takes the difference between two windows apart, and who and what each part comes from."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.exchange.writers import Column
from pellucid.kernel.metrics import address
from pellucid.kernel.metrics import causes as recipe
from pellucid.kernel.metrics.causes import ITEMS, PARTIES, Bridge, Compared, Line
from pellucid.kernel.metrics.declare import Ask, Causes, Dim, causes, datasets, measures
from pellucid.kernel.metrics.labels import labelled, spec_of
from pellucid.kernel.metrics.needs import demand_of, missing, of_dim
from pellucid.kernel.metrics.windows import compared, step_of
from pellucid.kernel.records import days, words
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.declare import registry

from .. import answers, questions, waterfall
from .changes import sheet

PAGE, SHEET, VALUES = 50, 50_000, 30
OF = ("party", "item")


@dataclass(frozen=True, slots=True)
class Page:
    """One causes page, read from its address."""

    one: Causes
    asked: Compared
    settings: questions.Settings
    against: str
    actor: Actor
    show: Show

    def dim(self, of: str) -> Dim:
        """The dimension of parties, items, or what the page is shown by."""
        found = datasets[self.one.dataset].dim(self.one.party if of == "party" else self.one.item if of == "item" else of)
        assert found is not None
        return found

    def rows(self, **more: str) -> str:
        """The address of the lines of a part, with the same days and filters."""
        pairs = tuple((k, v) for k, v in self.settings.pairs if k not in ("by", "as", "part", "of", "page"))
        return replace(self.settings, path=f"/analyses/causes/{self.one.code}/rows", pairs=pairs).url(**more)

    def money(self, value: Decimal, *, sign: bool = False) -> str:
        """An amount in short."""
        return waterfall.amount(value, "value", self.show, sign=sign)


def reachable(one: Causes, actor: Actor, metric: str = "") -> bool:
    """Whether the reader may ask it, in this measure."""
    return not any(missing(actor, fields) for fields in recipe.read_by(one, metric or one.measure))


def known(code: str) -> Causes:
    """The causes of this code. Missing if there are none."""
    if code not in causes:
        raise Missing("")
    return causes[code]


def read(request: Any, code: str) -> Page:
    """The page of a request. Invalid names what is wrong."""
    one, actor, show = known(code), request.actor, request.show
    metric = request.GET.get("metric") if request.GET.get("metric") in one.metrics else one.measure
    demand_of(actor, recipe.read_by(one, metric))
    settings = questions.read(request, Ask((one.measure,)), one.period)
    against = settings.compare[0] if settings.compare else "year"
    now = days.cut(settings.period, settings.asof)
    before = compared(now, (against,), step_of(settings.name), settings.asof).get(against)
    if before is None:  # a week without one of its number a year earlier
        raise Invalid({"compare": [_("There is no such period.")]})
    by = request.GET.get("by", "")
    ds = datasets[one.dataset]
    by = by if by in one.by and not missing(actor, of_dim(ds, by)) else ""
    asked = Compared(now, before, metric, settings.asof, settings.filters, settings.reported, by)
    return Page(one, asked, replace(settings, compare=(against,)), against, actor, show)


@require_safe
def page(request: Any, code: str) -> HttpResponse:
    """The way from the one figure to the other."""
    p = read(request, code)
    if request.GET.get("as") == "xlsx":
        return workbook(p)
    one, show, ds = p.one, p.show, datasets[p.one.dataset]
    found = recipe.told(p.actor, one, p.asked, show.today)
    metrics = [{"label": str(measures[m].label), "href": p.settings.url(metric=m), "current": m == p.asked.metric}
               for m in one.metrics if reachable(one, p.actor, m)]  # fmt: skip
    by = [{"label": _("Nothing"), "href": p.settings.url(by=None), "current": not p.asked.by}]
    by += [{"label": str(p.dim(name).label), "href": p.settings.url(by=name), "current": name == p.asked.by}
           for name in one.by if not missing(p.actor, of_dim(ds, name))]  # fmt: skip
    head = questions.head(p.settings, Ask((p.asked.metric,)), show)
    head |= {"compare": head["compare"][1:], "words": [*head["words"], *rules(one)]}
    context = {
        "title": str(one.label), "causes": one, "head": head, "chips": questions.chips(p.settings, [ds], p.actor, show),
        "clear": f"/analyses/causes/{code}", "filters": filter_entries(p), "metrics": metrics, "by": by,
        "facts": figures(p, found.bridge), "plot": waterfall.waterfall(steps(p, found.bridge), "value", show),
        "windows": f"{questions.span(p.asked.before)} → {questions.span(p.asked.now)}",
        "most": [{"label": str(p.dim(of).label), "rows": listed(p, lines, of), "all": p.rows(of=of)}
                 for of, lines in (("party", found.parties), ("item", found.items))],
        "apart": apart(p) if p.asked.by else None,
    }  # fmt: skip
    return answers.page(request, "causes.html", context)


def rules(one: Causes) -> list[dict[str, str]]:
    """What each part is, in words."""
    return [{"label": str(label), "formula": str(formula)} for label, formula in one.words.values()]


def filter_entries(p: Page) -> list[dict[str, str]]:
    """The dimensions the page may be filtered by; the values come in a drawer."""
    ds = datasets[p.one.dataset]
    dims = [dim for name in p.one.filters if (dim := ds.dim(name)) and not missing(p.actor, of_dim(ds, name))]
    return [{"label": str(d.label), "drawer": "/analyses/values" + p.settings.query(dim=d.name, measures=p.one.measure,
             page=f"causes/{p.one.code}")} for d in dims]  # fmt: skip


def earlier(p: Page) -> str:
    """What the window is called that this one is compared with."""
    return _("A year earlier") if p.against == "year" else _("The period before")


def counted(p: Page, *parts: recipe.Part) -> str:
    """How many parties or items parts concern: parties are each in one part only, items in several. Nothing where neither can be counted."""
    parties = sum(part.parties for part in parts if part.name in PARTIES)
    items = max((part.items for part in parts if part.name not in PARTIES), default=0)
    if parties and items:
        return ""
    return f"{parties or items:,} {p.one.noun if parties else p.one.item_noun}" if parties or items else ""


def steps(p: Page, bridge: Bridge) -> list[dict[str, Any]]:
    """The earlier figure, every part that is something, the figure of now."""
    def whole(label: str, value: Decimal) -> dict[str, Any]:
        return {"label": label, "value": value, "text": p.money(value), "count": "", "kind": "whole", "href": ""}

    parts = [{"label": str(p.one.words[part.name][0]), "value": part.effect, "text": p.money(part.effect, sign=True), "count": counted(p, part),
              "kind": "more" if part.effect > 0 else "less", "href": p.rows(part=part.name)} for part in bridge.parts if part.effect]  # fmt: skip
    return [whole(earlier(p), bridge.opening), *parts, whole(_("This period"), bridge.closing)]


def figures(p: Page, bridge: Bridge) -> list[dict[str, Any]]:
    """The difference in up to six figures: a cause that had no effect has none."""
    words_, diff = p.one.words, bridge.closing - bridge.opening
    rate = words.percent(diff / abs(bridge.opening)) if bridge.opening else "—"

    def fact(label: str, *names: str) -> list[dict[str, Any]]:
        some = [part for part in bridge.parts if part.name in names and part.effect]
        value = bridge.effect(*names)
        return [{"label": label, "value": p.money(value, sign=True), "note": counted(p, *some), "tone": "ok" if value > 0 else "bad",
                 "href": p.rows(part=some[0].name) if len(some) == 1 else ""}] if some else []  # fmt: skip

    rest = [name for name in ("fx", "cost", "no_quantity") if bridge.effect(name)]
    last = fact(str(words_[rest[0]][0]), rest[0]) if len(rest) == 1 else fact(_("Other causes"), *rest)
    return [
        {"label": str(measures[p.asked.metric].label), "value": p.money(bridge.closing),
         "note": f"{earlier(p)} {p.money(bridge.opening)}"},
        {"label": _("Difference"), "value": p.money(diff, sign=True), "note": f"{'+' if diff > 0 else ''}{rate}",
         "tone": "ok" if diff > 0 else "bad" if diff < 0 else ""},
        *fact(_("New and returned"), "party_new", "party_back"), *fact(str(words_["party_lost"][0]), "party_lost"),
        *fact(_("Quantity and mix"), "volume", "mix"), *(last or fact(str(words_["price"][0]), "price")),
    ]  # fmt: skip


def listed(p: Page, lines: tuple[Line, ...], of: str) -> list[dict[str, Any]]:
    """Parties or items with their difference."""
    names, path = naming(p, lines, of)
    tones = {"party_new": "ok", "party_back": "ok", "party_lost": "bad"}
    return [{"href": f"/{path}/{line.id}" if line.id else "", "title": names[line.id], "part": str(p.one.words[line.part][0]) if line.part in tones
             else "", "tone": tones.get(line.part, ""), "effect": p.money(line.effect, sign=True)} for line in lines]  # fmt: skip


def naming(p: Page, lines: Any, of: str) -> tuple[dict[Any, str], str]:
    """What parties or items are called, and where they live."""
    ds, dim = datasets[p.one.dataset], p.dim(of)
    return labelled(ds, dim, {line.id for line in lines}, p.show), registry[spec_of(ds, dim).target].path


def apart(p: Page) -> dict[str, Any]:
    """The parts of each value of a dimension."""
    found = recipe.by_value(p.actor, p.one, p.asked, p.show.today)
    names = [name for name in recipe.ORDER if any(b.effect(name) for b in found)]
    label = labelled(datasets[p.one.dataset], p.dim(p.asked.by), {b.value for b in found}, p.show)
    rows = [{"label": label[b.value], "href": questions.toggled(p.settings, p.asked.by, b.value), "before": p.money(b.opening),
             "now": p.money(b.closing), "diff": p.money(b.closing - b.opening, sign=True), "up": b.closing >= b.opening,
             "parts": [p.money(b.effect(name), sign=True) if b.effect(name) else "·" for name in names]} for b in found[:VALUES]]  # fmt: skip
    return {"dim": str(p.dim(p.asked.by).label), "before": earlier(p), "heads": [str(p.one.words[name][0]) for name in names], "rows": rows,
            "more": max(0, len(found) - VALUES)}  # fmt: skip


@require_safe
def rows(request: Any, code: str) -> HttpResponse:
    """The parties or items of a part, with what each adds to it; their figures lead to the rows that were summed."""
    p = read(request, code)
    part = request.GET.get("part", "")
    if part and part not in p.one.words:
        raise Missing(part)
    of = request.GET.get("of") if request.GET.get("of") in OF else "party" if part in (*PARTIES, *ITEMS, "") else "item"
    as_sheet = request.GET.get("as") == "xlsx"
    if as_sheet and not p.actor.may(datasets[p.one.dataset].resource, "export"):
        raise Forbidden(f"{datasets[p.one.dataset].resource}.export")
    number = request.GET.get("page", "1")
    n = max(1, int(number)) if is_whole(number) and len(number) < 6 else 1
    found = recipe.behind(p.actor, p.one, p.asked, part, of, today=p.show.today, limit=SHEET if as_sheet else PAGE + 1,
                          offset=0 if as_sheet else (n - 1) * PAGE)  # fmt: skip
    title = str(p.one.words[part][0]) if part else _("Everything that differs")
    names, path = naming(p, found, of)
    if as_sheet:
        head = [Column(str(p.dim(of).label)), Column(earlier(p), "money"), Column(_("This period"), "money"), Column(_("Effect"), "money")]
        return sheet(head, [[names[x.id], x.value0, x.value1, x.effect] for x in found], f"{p.one.label} {title}", p.show)
    here = replace(p.settings, pairs=tuple((k, v) for k, v in p.settings.pairs if k != "page"))
    context = {
        "title": title, "causes": p.one, "earlier": earlier(p), "before": questions.span(p.asked.before), "now": questions.span(p.asked.now),
        "dim": str(p.dim(of).label), "effects": not (part in recipe.PAIRS and of == "party"), "quantities": of == "item",
        "of": [{"label": str(p.dim(o).label), "href": here.url(of=o), "current": o == of} for o in OF],
        "lines": [{"href": f"/{path}/{x.id}" if x.id else "", "title": names[x.id], "value0": x.value0, "value1": x.value1, "quantity0": x.quantity0,
                   "quantity1": x.quantity1, "effect": x.effect, "link0": summed(p, part, of, x.id, p.asked.before),
                   "link1": summed(p, part, of, x.id, p.asked.now)} for x in found[:PAGE]],
        "back": replace(p.settings, path=f"/analyses/causes/{code}").url(part=None, of=None, page=None),
        "excel": here.url(**{"as": "xlsx"}) if p.actor.may(datasets[p.one.dataset].resource, "export") else "",
        "previous": here.url(page=str(n - 1)) if n > 1 else "", "next": here.url(page=str(n + 1)) if len(found) > PAGE else "",
    }  # fmt: skip
    return answers.page(request, "causes_rows.html", context)


def summed(p: Page, part: str, of: str, value: int | None, window: Days) -> str:
    """The rows that make a figure of a party or item in one window, where a question can say which they are; else ""."""
    if p.asked.metric != p.one.measure or part and not (part in PARTIES and of == "party"):
        return ""
    ask = Ask((p.one.measure,), period=window, asof=p.asked.asof if p.asked.asof != p.show.today else None, reported=p.asked.reported,
              filters={**p.asked.filters, p.dim(of).name: value})  # fmt: skip
    return "/analyses/rows/?" + urlencode(address.pairs(ask), safe=":,-.", quote_via=quote)


def workbook(p: Page) -> FileResponse:
    """The parts in every measure the reader may ask, exactly; of each value when the page is shown by one."""
    own = [m for m in p.one.metrics if reachable(p.one, p.actor, m)]
    title = f"{p.one.code} {p.one.label} {last_of(p.asked.now)}"
    if p.asked.by:
        found = recipe.by_value(p.actor, p.one, p.asked, p.show.today)
        label = labelled(datasets[p.one.dataset], p.dim(p.asked.by), {b.value for b in found}, p.show)
        head = [Column(str(p.dim(p.asked.by).label)), Column(earlier(p), "money"),
                *(Column(str(p.one.words[name][0]), "money") for name in recipe.ORDER), Column(_("This period"), "money")]  # fmt: skip
        return sheet(head, [[label[b.value], b.opening, *(b.effect(name) for name in recipe.ORDER), b.closing] for b in found], title, p.show)
    ways = [recipe.told(p.actor, p.one, replace(p.asked, metric=m), p.show.today).bridge for m in own]
    lines = [[earlier(p), *(b.opening for b in ways)],
             *([str(p.one.words[name][0]), *(b.effect(name) for b in ways)] for name in recipe.ORDER if any(b.effect(name) for b in ways)),
             [_("This period"), *(b.closing for b in ways)]]  # fmt: skip
    return sheet([Column(_("Part")), *(Column(str(measures[m].label), "money") for m in own)], lines, title, p.show)


def last_of(window: Days) -> dt.date:
    """The last day of a window."""
    return window.until - dt.timedelta(days=1)  # type: ignore[operator]
