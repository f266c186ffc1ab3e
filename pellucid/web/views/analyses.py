"""The analysis centre, the page of one analysis, and the rows behind a number."""
from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.exchange.writers import Column, open_table
from pellucid.kernel.metrics import address, drill, reports
from pellucid.kernel.metrics import change as recipe
from pellucid.kernel.metrics.answer import answer, mean
from pellucid.kernel.metrics.declare import (
    Analysis,
    Ask,
    Dataset,
    Dim,
    Measure,
    Part,
    analyses,
    base_of,
    causes,
    changes,
    datasets,
    measures,
)
from pellucid.kernel.metrics.labels import labelled, spec_of
from pellucid.kernel.metrics.models import Report
from pellucid.kernel.metrics.needs import awaited, choosable, demand, may, missing, of_dim, parts_for
from pellucid.kernel.metrics.paths import fields_read
from pellucid.kernel.metrics.rows import value
from pellucid.kernel.metrics.table import SHEET_KINDS, Table, shown, table, write
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing
from pellucid.kernel.records.models import OwnedRecord
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.records.words import range_name
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.params import parse_filter

from .. import answers, questions, waterfall
from ..drawing import drawn_part, facts
from ..patience import Patience
from . import causes as causes_page
from . import changes as changes_page
from .files import sent

PAGE = 50
MOST = 10_000  # rows of an Excel file
DIMS = 7  # dimensions beside a row
FIGURES = "figures"  # the piece of a page that stands on top
ICONS = {"bars": "chart-bar", "lines": "chart-line", "columns": "chart-bar", "stacked": "chart-bar", "grid": "table",
         "funnel": "filter", "moves": "switch-horizontal"}


def open_change(code: str, actor: Actor) -> bool:
    """Whether the reader may ask a change."""
    return code in changes and changes_page.reachable(changes[code], actor)


def theirs(report: Report) -> str:
    """Whose a report is that is there for others, too."""
    return "" if report.audience == Report.Audience.PRIVATE else directory.user_name(report.owner_id)


@require_safe
def centre(request: Any) -> HttpResponse:
    """Every analysis there is, by group: only those the reader may ask."""
    groups: dict[str, list[dict[str, str]]] = {}
    if any(may(request.actor, name) for name in measures):
        groups[_("Free analysis")] = [{"label": _("Cross analysis"), "sub": _("Any two dimensions against any measures, over everything counted."),
                                       "href": "/analyses/cross", "code": "", "icon": "table"}]
    if kept := reports.seen(request.actor):
        groups[_("Reports")] = [{"label": r.name, "sub": " · ".join(filter(None, (r.answers, theirs(r)))), "href": reports.address(r), "code": "",
                                 "icon": "report"} for r in kept]  # fmt: skip
    pages = [(a.position, a.code, a, f"/analyses/{a.code}", ICONS[a.parts[0].chart]) for a in analyses.values()
             if parts_for(request.actor, a) or awaited(request.actor, a)]
    pages += [(c.position, c.code, c, f"/analyses/changes/{c.code}", "arrows-diff") for c in changes.values() if open_change(c.code, request.actor)]
    pages += [(c.position, c.code, c, f"/analyses/causes/{c.code}", "chart-bar") for c in causes.values() if causes_page.reachable(c, request.actor)]
    for _position, code, found, href, icon in sorted(pages, key=lambda page: page[:2]):
        number = code.removesuffix("-change") if code.startswith("AN") else ""  # the others are known by their names
        groups.setdefault(str(found.group), []).append({"label": str(found.label), "sub": str(found.question), "href": href, "icon": icon,
                                                       "code": number})  # fmt: skip
    return answers.page(request, "analyses.html", {"title": _("Analyses"), "groups": list(groups.items())})


@dataclass(frozen=True, slots=True)
class Opened:
    """One analysis as it was asked for: its parts that the reader may ask, and what its address says."""

    analysis: Analysis
    parts: list[Part]
    sets: list[Dataset]
    settings: questions.Settings


def opened(request: Any, code: str) -> Opened:
    """Missing if there is no such analysis; Forbidden if nothing of it may be asked. Without parts: nobody has defined what it is asked by."""
    a = analyses.get(code)
    if a is None:
        raise Missing("")
    parts = parts_for(request.actor, a, request.GET.get("of", ""))
    if not parts and not awaited(request.actor, a):
        demand(request.actor, a.parts[0].ask)
    sets = list(dict.fromkeys(ds for part in parts for ds in questions.sets_of(part.ask)))
    first = parts[0].ask if parts else Ask(a.parts[0].ask.measures)
    return Opened(a, parts, sets, questions.read(request, first, a.period, path=a_address(a), sets=sets))


@require_safe
def one(request: Any, code: str) -> HttpResponse:
    """One analysis. What would keep the reader waiting comes in pieces, once the page stands."""
    if code in causes and code not in analyses:
        return redirect("causes", code)
    o, actor, show = opened(request, code), request.actor, request.show
    a, parts, settings = o.analysis, o.parts, o.settings
    if not parts:
        return nothing_yet(request, o)
    if request.GET.get("as") == "xlsx":
        return workbook(made(fitting(parts[0], settings)[0], settings, actor, show), f"{a.code} {a.label}", show)
    pace = Patience(actor.user_id, a_address(a))
    cards = [drawn_in_time(pace, o, n, actor, show) for n in range(len(parts))]
    context = {
        "title": str(a.label), "analysis": a, "head": questions.head(settings, asked_of(a, parts, actor), show, periods=bool(a.period)),
        "chips": questions.chips(settings, o.sets, actor, show), "clear": a_address(a), "filters": filter_entries(a, settings, actor),
        "parts": cards, "left": [c for c in cards if c["side"] == "left"], "right": [c for c in cards if c["side"] == "right"],
        "change": f"/analyses/changes/{a.change}" + carried(settings, a.change) if open_change(a.change, actor) else "",
        "change_label": str(changes[a.change].label) if a.change else "", "choice": offered_choice(a, parts[0], settings, actor),
    }  # fmt: skip
    if pace.allows(FIGURES):
        with pace.drawing(FIGURES):
            context["facts"] = figures(o, actor, show)
    else:
        context["facts_src"] = f"{a_address(a)}/{FIGURES}{settings.query()}"
    return answers.page(request, "analysis.html", context)


@require_safe
def piece(request: Any, code: str, name: str) -> HttpResponse:
    """The figures on top of an analysis, or one of its parts by its place, for a page that stands already."""
    o, actor, show = opened(request, code), request.actor, request.show
    if name != FIGURES and not (is_whole(name) and len(name) < 3 and int(name) < len(o.parts)):
        raise Missing("")
    with Patience(actor.user_id, a_address(o.analysis)).drawing(name):
        drawn = {"facts": figures(o, actor, show)} if name == FIGURES else {"p": card_of(o, int(name), actor, show)}
    return answers.fragment(request, "analysis_piece.html", drawn)


def drawn_in_time(pace: Patience, o: Opened, n: int, actor: Actor, show: Show) -> dict[str, Any]:
    """A part, or where it is asked for."""
    if not pace.allows(str(n)):
        return {"label": str(o.parts[n].label), "side": o.parts[n].side, "src": f"{a_address(o.analysis)}/{n}{o.settings.query()}"}
    with pace.drawing(str(n)):
        return card_of(o, n, actor, show)


def card_of(o: Opened, n: int, actor: Actor, show: Show) -> dict[str, Any]:
    """One part, with what it says of the filters it cannot heed and of a time of its own."""
    part, settings = o.parts[n], o.settings
    fits, left = fitting(part, settings)
    card = drawn_part(part, made(fits, settings, actor, show), settings, show, tail=tail_of(part, settings, actor, show))
    if part.change and open_change(part.change, actor):
        card |= moves(part, settings, actor, show)
    named = [str(dim.label) for name in left if (dim := next((d for ds in o.sets if (d := ds.dim(name))), None))]
    spanned = range_name(part.period, show.language) if part.period and part.period != settings.name else ""
    return card | {"unfiltered": _("Not filtered by: %(names)s") % {"names": ", ".join(named)} if named else "", "spanned": spanned}


def offered_choice(a: Analysis, first: Part, settings: questions.Settings, actor: Actor) -> dict[str, Any] | None:
    """The dimensions an analysis may be asked by, where one is chosen."""
    if a.choice is None:
        return None
    entries = [{"label": str(d.label), "href": settings.url(of=d.name), "current": d.name in first.ask.by} for d in choosable(actor, a)]
    return {"label": str(a.choice.label), "entries": entries, "chosen": next(e["label"] for e in entries if e["current"])}


def nothing_yet(request: Any, o: Opened) -> HttpResponse:
    """The page of an analysis as long as nobody has defined what it is asked by."""
    a = o.analysis
    assert a.choice is not None
    label, href, right = a.choice.where
    head = questions.head(o.settings, asked_of(a, [], request.actor), request.show, periods=bool(a.period)) | {"excel": ""}
    may_define = right and request.actor.may(*right.split("."))
    return answers.page(request, "analysis.html", {"title": str(a.label), "analysis": a, "head": head, "nothing": {
        "text": str(a.choice.nothing), "actions": [{"label": str(label), "href": href, "primary": True}] if may_define else []}})


def a_address(a: Analysis) -> str:
    """Where an analysis lives."""
    return f"/analyses/{a.code}"


def asked_of(a: Analysis, parts: list[Part], actor: Actor) -> Ask:
    """What the words behind the numbers are of: the figures on top, and the measures of every part."""
    names = [*(n for n in a.figures if may(actor, n)), *(n for part in parts for n in part.ask.measures)]
    return Ask(tuple(dict.fromkeys(names)))


def carried(settings: questions.Settings, code: str) -> str:
    """The filters of a page that its change has too, as a query."""
    there = changes[code].filters
    kept = {k: v for k, v in settings.pairs if (f := parse_filter(k, v)) and f.name in there or k == "unit"}
    return "?" + urlencode(kept, safe=":,-.", quote_via=quote) if kept else ""


def filter_entries(a: Analysis, settings: questions.Settings, actor: Actor) -> list[dict[str, str]]:
    """The dimensions an analysis may be filtered by, with the values of each in a drawer."""
    asked = [(datasets[m.dataset], name) for part in a.parts for name, m in base_of(part.ask.asked).items() if may(actor, name)]
    out = []
    for wanted in a.filters:
        found = next(((dim, name) for ds, name in asked if (dim := ds.dim(wanted)) and not missing(actor, of_dim(ds, wanted))), None)
        if found:
            href = "/analyses/values" + settings.query(dim=wanted, measures=found[1], page=a.code)
            out.append({"label": str(found[0].label), "drawer": href})
    return out


def fitting(part: Part, settings: questions.Settings) -> tuple[Part, list[str]]:
    """The part with what it is not filtered by taken out: dimensions its datasets do not have (named), and the one whose bars are chosen from."""
    sets = questions.sets_of(part.ask)
    left = [name for name in settings.filters if any(ds.dim(name) is None for ds in sets)]
    own = part.ask.by[0] if len(part.ask.by) == 1 and part.chart == "bars" and part.ask.by[0] in settings.filters else ""
    without = {*left, *([own] if own else [])}
    return (replace(part, ask=replace(part.ask, without=tuple(without))) if without else part), left


def made(part: Part, settings: questions.Settings, actor: Actor, show: Show) -> Table:
    """A part answered; totals come with it wherever they can."""
    ask = settings.question(part.ask, part.period, today=show.today)
    if part.mean:
        return table(actor, mean(actor, ask, part.mean, show.today), show, links=False)
    ask = replace(ask, totals=bool(ask.by), subtotals=part.chart == "grid")
    return table(actor, answer(actor, ask, show.today), show)


def tail_of(part: Part, settings: questions.Settings, actor: Actor, show: Show) -> Table | None:
    """The row at the end of a funnel."""
    if part.tail is None or not all(may(actor, n) for n in part.tail[1]):
        return None
    fits, _left = fitting(Part(part.tail[0], Ask(part.tail[1])), settings)
    return made(fits, settings, actor, show)


def figures(o: Opened, actor: Actor, show: Show) -> list[dict[str, Any]]:
    """The figures on top, each filtered by what it can be filtered by; the totals of the first part where none are declared."""
    settings = o.settings
    names = [n for n in o.analysis.figures if may(actor, n)]
    if not names:
        first = made(fitting(o.parts[0], settings)[0], settings, actor, show)
        return facts(first, first.total, settings, show) if first.total else []
    alike: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        alike.setdefault(tuple(fitting(Part("", Ask((name,))), settings)[1]), []).append(name)
    out: dict[str, dict[str, Any]] = {}
    for without, some in alike.items():
        found = made(Part("", Ask(tuple(some), without=without)), settings, actor, show)
        out |= dict(zip(some, facts(found, found.rows[0], settings, show), strict=True))
    return [out[name] for name in names]


def moves(part: Part, settings: questions.Settings, actor: Actor, show: Show) -> dict[str, Any]:
    """Where the records of a stock went between the ends of the period."""
    one_, last = changes[part.change], min((settings.period.until or settings.asof) - dt.timedelta(days=1), settings.asof)
    first = (settings.period.first or last) - dt.timedelta(days=1)
    filters = {n: w for n, w in settings.filters.items() if datasets[one_.dataset].dim(n)}
    found = recipe.taken_apart(actor, one_, recipe.Between(first, last, filters, settings.reported), show.today)
    there = replace(settings, period=Days(first, settings.period.until), asof=last)
    href = changes_page.link_to(there, f"/analyses/changes/{one_.code}/rows")
    return {"matrix": waterfall.matrix(found, show, href), "first": str(first), "last": str(last), "chart": "moves"}


def workbook(t: Table, title: str, show: Show) -> FileResponse:
    """A table as an Excel file: what is shown, exactly."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the answer
    write(t, file, title, show.zone)
    file.seek(0)
    return sent(FileResponse(file), "application/octet-stream", f"{title} {show.today}.xlsx")


@require_safe
def rows(request: Any) -> HttpResponse:
    """The rows behind a number: exactly those, with the values they were counted by."""
    actor, show = request.actor, request.show
    ask = address.parse([(k, v) for k, v in request.GET.items() if k not in ("page", "as")], show)
    name = ask.measures[0]
    measure = measures[name]
    if not isinstance(measure, Measure):
        raise Invalid({"measures": [_("“%(name)s” is worked out from other measures.") % {"name": measure.label}]})
    takes = actor.may(datasets[measure.dataset].resource, "export")
    if request.GET.get("as") == "xlsx":
        if not takes:
            raise Forbidden(f"{datasets[measure.dataset].resource}.export")
        return sheet(measure, drawn_rows(measure, ask, actor, show, start=0, size=MOST), show)
    number = request.GET.get("page", "1")
    page = max(1, int(number)) if is_whole(number) and len(number) < 6 else 1
    found = drawn_rows(measure, ask, actor, show, start=(page - 1) * PAGE, size=PAGE)
    figure = answer(actor, drill.narrow(ask, name, {}), show.today).lines[0].cells[name]
    pairs = [(k, v) for k, v in request.GET.items() if k != "page"]
    here = questions.Settings(request.path, tuple(pairs), *[None] * 6)  # type: ignore[arg-type]
    context = {
        "title": str(measure.label), "formula": str(measure.formula), "figure": shown(figure, measure.unit, show),
        "asof": str(ask.asof or show.today), "axis": _("Day"), "measure": str(measure.label), "excel": here.url(**{"as": "xlsx"}) if takes else "",
        "back": came_from(request),
        "previous": here.url(page=str(page - 1)) if page > 1 else "", "next": here.url(page=str(page + 1)) if found["more"] else "",
        **found,
    }  # fmt: skip
    return answers.page(request, "analysis_rows.html", context)


def came_from(request: Any) -> str:
    """The page of numbers one comes from, else the centre of all."""
    there = urlsplit(request.headers.get("Referer", ""))
    ours = there.netloc == request.get_host() and there.path != request.path
    return answers.inside(there.path + ("?" + there.query if there.query else ""), "/analyses") if ours else "/analyses"


def sheet(measure: Measure, found: dict[str, Any], show: Show) -> FileResponse:
    """The rows behind a number as an Excel file."""
    head = [Column(_("Record")), Column(_("Day"))] + ([Column(str(measure.label), SHEET_KINDS.get(measure.unit, "number"))] if found["own"] else [])  # type: ignore[arg-type]
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the answer
    with open_table("xlsx", file, [*head, *(Column(c) for c in found["columns"])], title=str(measure.label), zone=show.zone) as out:
        for line in found["lines"]:
            out.row([line["title"], line["at"], *([line["value"]] if found["own"] else []), *line["cells"]])
    file.seek(0)
    return sent(FileResponse(file), "application/octet-stream", f"{measure.label} {show.today}.xlsx")


def about_whom(ds: Dataset, d: Dim) -> bool:
    """Whether a dimension names somebody's record, as the customer of a sale: the first thing one wants to know of a row."""
    spec = spec_of(ds, d)
    return spec.kind.key == "link" and spec.target in registry and issubclass(registry[spec.target].model, OwnedRecord)


def drawn_rows(measure: Measure, ask: Ask, actor: Actor, show: Show, *, start: int, size: int, only: str = "") -> dict[str, Any]:
    """Some of the rows behind a number, the latest first, with what they are counted by and, of a sum, what each brings."""
    ds = datasets[measure.dataset]
    found = drill.behind(actor, measure.name, ask, show.today)
    named = [d for d in ds.dims if isinstance(d.expr, str) and (not only or d.name == only) and d.target != ds.resource]
    named = [d for d in named if not missing(actor, of_dim(ds, d.name))]
    named = sorted(named, key=lambda d: not about_whom(ds, d))[:DIMS]
    if missing(actor, fields_read(ds.model, ds.title)):
        raise Forbidden(f"{ds.resource}.{ds.title}")
    at = ask.axis.get(ds.name) or measure.axis or ds.axis
    own = {"r_own": value(measure.expr, drill.context(ask, show.today))} if measure.agg == "sum" else {}
    columns: dict[str, Any] = {"r_id": "pk", "r_title": ds.title, "r_at": at} | {f"d_{d.name}": d.expr for d in named} | own
    taken = list(found.order_by(f"-{at}", "-pk").values_list(*columns.values())[start : start + size + 1])
    words = [labelled(ds, d, {r[3 + n] for r in taken}, show) for n, d in enumerate(named)]
    path = registry[ds.resource].path
    lines = [{"href": f"/{path}/{r[0]}", "title": str(r[1])[:80], "at": _moment(r[2], show),
              "cells": [words[n][v] for n, v in enumerate(r[3 : 3 + len(named)])],
              "own": shown(r[-1], measure.unit, show) if own else "", "value": r[-1] if own else None}
             for r in taken[:size]]  # fmt: skip
    return {"columns": [str(d.label) for d in named], "lines": lines, "count": found.count(), "more": len(taken) > size, "own": bool(own)}


def _moment(value: Any, show: Show) -> str:
    """A day or a moment on the reader's clock."""
    return value.astimezone(show.zone).strftime("%Y-%m-%d %H:%M") if hasattr(value, "astimezone") else str(value or "")


