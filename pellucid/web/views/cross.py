"""The free cross analysis: any two dimensions of a dataset against any measures that have both; and the values it may be filtered by."""
from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import reaches_too
from pellucid.kernel.metrics import reports
from pellucid.kernel.metrics.address import said
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask, Dataset, Part, analyses, base_of, causes, changes, datasets, measures
from pellucid.kernel.metrics.labels import spec_of
from pellucid.kernel.metrics.models import Report
from pellucid.kernel.metrics.needs import may, missing, of_dim
from pellucid.kernel.metrics.table import table
from pellucid.kernel.records.errors import Forbidden, Missing
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.words import range_name
from pellucid.kernel.resources.params import parse_filter

from .. import answers, questions
from ..drawing import drawn_part, facts
from ..grids import SHARES, Grid, adds_up
from .analyses import made, workbook

HOME = "/analyses/cross"
MOST = 4  # measures in one cell
VALUES = 300  # values offered for a filter
RANGES = ("this_week", "this_month", "next_month", "this_quarter", "next_quarter", "this_year", "next_year", "overdue")


def home_of(name: str) -> str:
    """The dataset a measure is listed under: that of its first part."""
    return next(iter(base_of((name,)).values())).dataset


Readable = dict[str, dict[str, str]]  # dataset -> dimension -> label, as far as one reader may group by them


def askable(actor: Actor, readable: Readable | None = None) -> dict[str, list[str]]:
    """The measures the reader may ask, by dataset; only datasets with two dimensions he may group by. Figures of single records are left out."""
    readable = {} if readable is None else readable
    found: dict[str, list[str]] = {}
    for name, m in measures.items():
        if m.unit != "moment" and getattr(m, "agg", "") != "value" and may(actor, name):
            found.setdefault(home_of(name), []).append(name)
    order = sorted(found, key=lambda key: (not datasets[key].usual, list(datasets).index(key)))
    return {key: found[key] for key in order if len(shared(actor, found[key][:1], readable)) > 1}


def shared(actor: Actor, names: list[str], readable: Readable | None = None) -> dict[str, str]:
    """The dimensions that every dataset of these measures has and the reader may group by: name -> label. Who asks for many sets of measures
    hands in what is readable, which is worked out once for each dataset."""
    readable = {} if readable is None else readable
    sets = list(dict.fromkeys(m.dataset for m in base_of(names).values()))
    for key in sets:
        if key not in readable:
            readable[key] = {d.name: str(d.label) for d in datasets[key].dims if not missing(actor, of_dim(datasets[key], d.name))}
    first, *others = (readable[key] for key in sets)
    return {name: label for name, label in first.items() if all(name in other for other in others)}


def chosen(request: Any, possible: dict[str, list[str]]) -> list[str]:
    """The measures an address asks for. Unknown ones are missing, others forbidden."""
    allowed = {name for names in possible.values() for name in names}
    names = list(dict.fromkeys(n for n in request.GET.get("measures", "").split(",") if n))[:MOST]
    for name in names:
        if name not in measures:
            raise Missing(name)
        if name not in allowed:
            raise Forbidden(name)
    return names or next(iter(possible.values()))[:1]


@require_safe
def cross(request: Any) -> HttpResponse:
    """Rows by columns, with totals recounted on every level."""
    actor, show = request.actor, request.show
    readable: Readable = {}
    possible = askable(actor, readable)
    if not possible:
        raise Forbidden("analyses", _("There is nothing you may analyse."))
    names = chosen(request, possible)
    dims = shared(actor, names, readable)
    if len(dims) < 2:
        raise Missing(_("These measures have no two dimensions in common."))
    wanted = [request.GET.get("rows", ""), request.GET.get("columns", ""), *datasets[home_of(names[0])].usual, *dims]
    row, column = [n for n in dict.fromkeys(wanted) if n in dims][:2]
    ask = Ask(tuple(names), by=(row, column))
    settings = questions.read(request, ask, "this_year")
    part = Part(f"{dims[row]} × {dims[column]}", ask, "grid")
    found = made(part, settings, actor, show)
    if request.GET.get("as") == "xlsx":
        return workbook(found, f"{_('Cross analysis')} {part.label}", show)
    share = request.GET.get("share", "") if any(map(adds_up, names)) else ""
    grid = Grid(found, show)
    kept = reports.opened(actor, request.GET.get("report", ""))
    shares = [("", _("Plain figures")), *zip(SHARES, (_("% of row"), _("% of column"), _("% of all")), strict=True)]
    figures = facts(found, found.total, settings, show) if found.total else []
    context = {
        "title": kept.name if kept else _("Cross analysis"), "head": questions.head(settings, ask, show),
        "said": shown_as(names, dims, row, column), "report": report_menu(kept, settings, names, row, column, actor),
        "chips": questions.chips(settings, questions.sets_of(ask), actor, show),
        "facts": [*figures, *(grid.striking() if found.rows else ())][:6], "part": drawn_part(part, found, settings, show, share),
        "stacked": grid.stacked(), "swap": settings.url(rows=column, columns=row), "clear": HOME,
        "rows": {"label": dims[row], "entries": dim_entries(settings, dims, "rows", row, column)},
        "columns": {"label": dims[column], "entries": dim_entries(settings, dims, "columns", column, row)},
        "sets": {"label": str(datasets[home_of(names[0])].label), "entries": set_entries(settings, possible, names)},
        "values": [{"label": str(measures[n].label),
                    "remove": settings.url(measures=",".join(x for x in names if x != n)) if len(names) > 1 else ""} for n in names],
        "more": more_entries(actor, settings, possible, names, readable),
        "filters": [{"label": label, "drawer": f"/analyses/values{settings.query(dim=name, measures=','.join(names))}"}
                    for name, label in dims.items()],
        "shares": [{"label": label, "href": settings.url(share=key), "current": share == key} for key, label in shares]
        if any(map(adds_up, names)) else [],
    }  # fmt: skip
    return answers.page(request, "cross.html", context)


def shown_as(names: list[str], dims: dict[str, str], row: str, column: str) -> str:
    """What the table shows, in words."""
    return _("%(measures)s by %(row)s and %(column)s") % {
        "measures": "、".join(str(measures[n].label) for n in names), "row": dims[row], "column": dims[column]}  # fmt: skip


def asked_now(settings: questions.Settings, names: list[str], row: str, column: str) -> str:
    """The question as it stands, with what the page chose by itself."""
    pairs = dict(settings.pairs) | {"measures": ",".join(names), "rows": row, "columns": column}
    return reports.question_of(sorted(pairs.items()))


def report_menu(kept: Report | None, settings: questions.Settings, names: list[str], row: str, column: str, actor: Actor) -> dict[str, Any] | None:
    """What can be done with the question: keep it, and with a report: keep the change, call it otherwise, share it, throw it away."""
    if actor.read_only or not actor.may("report", "create"):
        return None
    now = asked_now(settings, names, row, column)
    new = "/analyses/report?" + now
    if kept is None:
        return {"new": new, "kept": None}
    mine = reaches_too(Report, kept.pk, actor, "edit")
    differs = now != reports.question_of(sorted(parse_qsl(kept.question)))
    entries: list[dict[str, Any]] = [{"label": _("Save as another report"), "icon": "copy", "dialog": new}]
    if mine:
        entries += [{"label": _("Rename and share"), "icon": "pencil", "dialog": f"/analyses/report/{kept.pk}"},
                    {"label": _("Delete"), "icon": "trash", "post": f"/reports/{kept.pk}/do/report_delete", "tone": "bad"}]  # fmt: skip
    return {"new": new, "kept": kept.name, "back": reports.address(kept) if differs else "", "entries": entries,
            "save": f"/analyses/report/{kept.pk}?{now}" if mine and differs else ""}  # fmt: skip


def dim_entries(settings: questions.Settings, dims: dict[str, str], key: str, current: str, other: str) -> list[dict[str, Any]]:
    """The dimensions one side may show."""
    return [{"label": label, "href": settings.url(**{key: name}), "current": name == current} for name, label in dims.items() if name != other]


def set_entries(settings: questions.Settings, possible: dict[str, list[str]], names: list[str]) -> list[dict[str, Any]]:
    """The datasets there are; another one begins anew with its first measure and keeps the days."""
    begun = {k: None for k, v in settings.pairs if k in ("rows", "columns", "share") or parse_filter(k, v)}
    here = home_of(names[0])
    return [{"label": str(datasets[key].label), "href": settings.url(**{**begun, "measures": found[0]}), "current": key == here}
            for key, found in possible.items()]  # fmt: skip


def more_entries(
    actor: Actor, settings: questions.Settings, possible: dict[str, list[str]], names: list[str], readable: Readable
) -> list[dict[str, Any]]:
    """Further measures with two dimensions in common with those shown, by dataset."""
    out: list[dict[str, Any]] = []
    for key, found in possible.items():
        more = [n for n in found if n not in names and len(names) < MOST and len(shared(actor, [*names, n], readable)) > 1]
        if more:
            out.append({"caption": True, "label": str(datasets[key].label)})
            out += [{"label": str(measures[n].label), "href": settings.url(measures=",".join([*names, n]))} for n in more]
    return out


@require_http_methods(["GET", "HEAD", "POST"])
def values(request: Any) -> HttpResponse:
    """GET: the values of a dimension with the first measure of each, to choose from. POST: to the page filtered by those chosen."""
    actor, show = request.actor, request.show
    names, name = chosen(request, askable(actor)), request.GET.get("dim", "")
    dims, page = shared(actor, names), page_of(request)
    if name not in dims:
        raise Missing(name)
    ask = Ask(tuple(names[:1]), by=(name,))
    drop = ("dim", "page") if page == HOME else ("dim", "page", "measures")
    settings = questions.read(request, ask, "this_year", path=page, drop=drop, sets=every_set(page, names))
    keys = {k: None for k, v in settings.pairs if (f := parse_filter(k, v)) and f.name == name}
    if request.method == "POST":
        picked = tuple(None if v == "" else v for v in request.POST.getlist("value"))[:VALUES]
        pair = said(name, picked if picked != (None,) else None).pair() if picked else None
        if within := request.POST.get("within", ""):
            pair = (f"f.{name}", f"within:{within}")
        return answers.go(request, settings.url(**{**keys, **({pair[0]: pair[1]} if pair else {})}))
    context = {"label": dims[name], "measure": str(measures[names[0]].label),
               "action": f"{request.path}?{request.META.get('QUERY_STRING', '')}", **offered(actor, settings, ask, show)}  # fmt: skip
    return answers.fragment(request, "cross_values.html", context)


def page_of(request: Any) -> str:
    """The page that is filtered: the cross analysis, a named one, a change or causes. Missing if there is none."""
    page = request.GET.get("page", "cross")
    if page not in ("cross", *analyses, *(f"changes/{code}" for code in changes), *(f"causes/{code}" for code in causes)):
        raise Missing(page)
    return f"/analyses/{page}"


def every_set(page: str, names: list[str]) -> list[Dataset]:
    """The datasets whose dimensions a page is filtered by."""
    found = analyses.get(page.removeprefix("/analyses/"))
    asks = [part.ask for part in found.parts] if found else []
    return [ds for ask in (Ask(tuple(names)), *asks) for ds in questions.sets_of(ask)]


def offered(actor: Actor, settings: questions.Settings, ask: Ask, show: Show) -> dict[str, Any]:
    """What a dimension can be filtered by: its values with their figures; for days, ranges."""
    name = ask.by[0]
    ds = datasets[home_of(ask.measures[0])]
    now = settings.filters.pop(name, ())
    if spec_of(ds, ds.dim(name)).kind.family == "moment":  # type: ignore[arg-type]
        on = next((f.operands[0] for k, v in settings.pairs if (f := parse_filter(k, v)) and f.name == name and f.op == "within"), "")
        return {"ranges": [{"value": key, "label": range_name(key, show.language), "on": key == on} for key in RANGES], "rows": [], "more": 0}
    question = replace(settings.question(ask, today=show.today), compare={})
    kept = {n: v for n, v in question.filters.items() if ds.dim(n)}
    found = table(actor, answer(actor, replace(question, filters=kept), show.today), show, links=False)
    on = set(now) if isinstance(now, tuple) else {now}
    rows = [{"value": "" if (v := row.line.values[0]) is None else str(int(v)) if isinstance(v, bool) else str(v), "label": row.labels[0],
             "figure": row.cells[0].text, "on": v in on} for row in found.rows[:VALUES]]  # fmt: skip
    return {"rows": rows, "more": max(0, len(found.rows) - VALUES), "ranges": []}
