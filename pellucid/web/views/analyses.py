"""The analysis centre, the page of one analysis, and the rows behind a number."""
from __future__ import annotations

import tempfile
from dataclasses import replace
from typing import Any

from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.metrics import address, drill
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Analysis, Measure, Part, analyses, datasets, measures
from pellucid.kernel.metrics.labels import labelled, spec_of
from pellucid.kernel.metrics.needs import may, missing, of_dim
from pellucid.kernel.metrics.paths import fields_read
from pellucid.kernel.metrics.table import Table, shown, table, write
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.declare import registry

from .. import answers, questions
from ..drawing import drawn_part, facts
from .files import sent

PAGE = 50
ICONS = {"bars": "chart-bar", "lines": "chart-line", "columns": "chart-bar", "stacked": "chart-bar", "grid": "table"}


def reachable(a: Analysis, actor: Actor) -> bool:
    """Whether the reader may see the first part of an analysis."""
    return all(may(actor, name, a.parts[0].ask.by) for name in a.parts[0].ask.asked)


@require_safe
def centre(request: Any) -> HttpResponse:
    """Every analysis there is, by group: only those the reader may ask."""
    groups: dict[str, list[dict[str, str]]] = {}
    if any(may(request.actor, name) for name in measures):
        groups[_("Free analysis")] = [{"label": _("Cross analysis"), "sub": _("Any two dimensions against any measures, over everything counted."),
                                       "href": "/analyses/cross", "code": "", "icon": "table"}]
    for a in sorted(analyses.values(), key=lambda a: (a.position, a.code)):
        if reachable(a, request.actor):
            groups.setdefault(str(a.group), []).append({"label": str(a.label), "sub": str(a.question), "href": f"/analyses/{a.code}", "code": a.code,
                                                       "icon": ICONS[a.parts[0].chart]})
    return answers.page(request, "analyses.html", {"title": _("Analyses"), "groups": list(groups.items())})


@require_safe
def one(request: Any, code: str) -> HttpResponse:
    """One analysis."""
    a = analyses.get(code)
    if a is None:
        raise Missing("")
    actor, show = request.actor, request.show
    settings = questions.read(request, a.parts[0].ask, a.period)
    parts = [part for part in a.parts if part is a.parts[0] or all(may(actor, n, part.ask.by) for n in part.ask.asked)]
    found = [(part, made(part, settings, actor, show)) for part in parts]
    if request.GET.get("as") == "xlsx":
        return workbook(found[0][1], f"{a.code} {a.label}", show)
    whole = found[0][1].total
    context = {
        "title": str(a.label), "analysis": a, "head": questions.head(settings, a.parts[0].ask, show, periods=bool(a.period)),
        "chips": questions.chips(settings, a.parts[0].ask, actor, show), "clear": a_address(a),
        "facts": facts(found[0][1], whole, settings) if whole else [],
        "parts": [drawn_part(part, t, settings, show) for part, t in found],
    }  # fmt: skip
    return answers.page(request, "analysis.html", context)


def a_address(a: Analysis) -> str:
    """Where an analysis lives."""
    return f"/analyses/{a.code}"


def made(part: Part, settings: questions.Settings, actor: Actor, show: Show) -> Table:
    """A part answered; totals come with it wherever they can."""
    ask = settings.question(part.ask, part.period, today=show.today)
    ask = replace(ask, totals=bool(ask.by), subtotals=part.chart == "grid")
    return table(actor, answer(actor, ask, show.today), show)


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
    ask = address.parse([(k, v) for k, v in request.GET.items() if k != "page"], show)
    name = ask.measures[0]
    measure = measures[name]
    if not isinstance(measure, Measure):
        raise Invalid({"measures": [_("“%(name)s” is worked out from other measures.") % {"name": measure.label}]})
    ds = datasets[measure.dataset]
    found = drill.behind(actor, name, ask, show.today)
    number = request.GET.get("page", "1")
    page = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    dims = [d for d in ds.dims if isinstance(d.expr, str) and not missing(actor, of_dim(ds, d.name)) and d.target != ds.resource][:7]
    if missing(actor, fields_read(ds.model, ds.title)):
        raise Forbidden(f"{ds.resource}.{ds.title}")
    at = ask.axis.get(ds.name) or measure.axis or ds.axis
    columns = {"r_id": "pk", "r_title": ds.title, "r_at": at} | {f"d_{d.name}": d.expr for d in dims}
    taken = list(found.order_by(f"-{at}", "-pk").values_list(*columns.values())[(page - 1) * PAGE : page * PAGE + 1])
    words = [labelled(ds, d, {r[3 + n] for r in taken}, show) for n, d in enumerate(dims)]
    path = registry[ds.resource].path
    lines = [{"href": f"/{path}/{r[0]}", "title": str(r[1])[:80], "at": _moment(r[2], show), "cells": [words[n][v] for n, v in enumerate(r[3:])]}
             for r in taken[:PAGE]]  # fmt: skip
    figure = answer(actor, drill.narrow(ask, name, {}), show.today).lines[0].cells[name]
    pairs = [(k, v) for k, v in request.GET.items() if k != "page"]
    here = questions.Settings(request.path, tuple(pairs), *[None] * 6)  # type: ignore[arg-type]
    context = {
        "title": str(measure.label), "formula": str(measure.formula), "figure": shown(figure, measure.unit, show), "count": found.count(),
        "asof": str(ask.asof or show.today), "columns": [str(d.label) for d in dims], "lines": lines, "axis": _("Day"),
        "numbers": [spec_of(ds, d).kind.family == "number" for d in dims],
        "previous": here.url(page=str(page - 1)) if page > 1 else "", "next": here.url(page=str(page + 1)) if len(taken) > PAGE else "",
    }  # fmt: skip
    return answers.page(request, "analysis_rows.html", context)


def _moment(value: Any, show: Show) -> str:
    """A day or a moment on the reader's clock."""
    return value.astimezone(show.zone).strftime("%Y-%m-%d %H:%M") if hasattr(value, "astimezone") else str(value or "")


