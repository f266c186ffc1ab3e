"""The change of a stock between two days: the page that takes it apart, and the records of each part."""
from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.exchange.writers import Column, open_table
from pellucid.kernel.metrics import change as recipe
from pellucid.kernel.metrics.address import filters_of
from pellucid.kernel.metrics.change import Between, Changed
from pellucid.kernel.metrics.declare import Change, changes, datasets
from pellucid.kernel.metrics.labels import labelled
from pellucid.kernel.metrics.moved import PASSED, Moved, Wanted, moved, passed, summed, titles_of
from pellucid.kernel.metrics.needs import missing, of_dim
from pellucid.kernel.metrics.rows import Below
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.params import parse_filter

from .. import answers, questions, waterfall
from .files import sent

SHOWN = 20  # records in a drawer
SPANS = (("7", 7), ("30", 30), ("90", 90))
USUAL, PAGE, MOST, SHEET = 30, 50, 8, 50_000


def reachable(change: Change, actor: Actor) -> bool:
    """Whether the reader may ask it."""
    return not any(missing(actor, fields) for fields in recipe.read_by(change))


def asked_by(request: Any, change: Change) -> tuple[Between, questions.Settings]:
    """The days and filters of a request. Invalid names what is wrong."""
    show: Show = request.show
    given = [(k, v) for k, v in request.GET.items() if len(v) < 2000]
    known, ds = dict(given), datasets[change.dataset]
    last = _day(known, "until") or show.today
    last = min(last, show.today)
    first = _day(known, "from") or last - dt.timedelta(days=USUAL)
    if first >= last:
        raise Invalid({"from": [_("The first day comes before the last.")]})
    filters = filters_of([(k, v) for k, v in given if parse_filter(k, v)], [ds], show)
    unit = known.get("unit", "")
    if is_whole(unit) and ds.dim("unit"):
        filters["unit"] = Below(frozenset({int(unit)}))
    asked = Between(first, last, filters, known.get("reported") == "1")
    window = days.Days(first, last + dt.timedelta(days=1))
    return asked, questions.Settings(request.path, tuple(given), window, "", last, (), asked.reported, filters)


def _day(known: dict[str, str], name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(known[name]) if known.get(name) else None
    except ValueError:
        raise Invalid({name: [_("This is no day.")]}) from None


def metric_of(request: Any, found: Changed) -> str:
    """In which figure the change is told."""
    possible = [m for m, _label in waterfall.metrics_of(found)]
    return request.GET.get("metric") if request.GET.get("metric") in possible else possible[0]


@require_safe
def change(request: Any, code: str) -> HttpResponse:
    """The way from one day to the other."""
    one = known(code)
    actor, show = request.actor, request.show
    asked, settings = asked_by(request, one)
    found = recipe.taken_apart(actor, one, asked, show.today)
    metric = metric_of(request, found)
    if request.GET.get("as") == "xlsx":
        return workbook(actor, found, show)
    href = link_to(settings, f"/analyses/changes/{code}/rows")
    names = recipe.words(one)
    steps = waterfall.steps(found, metric, show, href)
    shown = metric if metric != "count" or not one.value else "value"
    most = moved(actor, one, asked, metric=shown, limit=MOST, today=show.today)
    titles = titles_of(actor, one, most)
    path = registry[datasets[one.dataset].resource].path
    gone = passed(actor, one, asked, show.today)
    context = {
        "title": str(one.label), "change": one, "head": head(settings, one, show),
        "chips": questions.chips(settings, [datasets[one.dataset]], actor, show),
        "clear": f"/analyses/changes/{code}", "filters": filter_entries(settings, one, actor),
        "metrics": [{"label": label, "href": settings.url(metric=m), "current": m == metric} for m, label in waterfall.metrics_of(found)],
        "facts": waterfall.figures(found, metric, show, href), "plot": waterfall.waterfall(steps, metric, show),
        "matrix": waterfall.matrix(found, show, href),
        "metric": dict(waterfall.metrics_of(found))[metric],
        "most": [{"href": f"/{path}/{m.id}", "title": titles.get(m.id, f"#{m.id}"), "part": waterfall.told(m, names),
                  "tone": waterfall.tone(m, found),
                  "effect": waterfall.amount(m.effect, shown, show, sign=True, beside=most[0].effect)} for m in most],
        "all": waterfall.opens(href()) | {"count": f"{found.moving:,}"},
        "passed": [{"label": names[p.ending], "count": f"{p.count:,}", "value": waterfall.amount(p.value, "value", show)}
                   | waterfall.opens(href(part=PASSED + p.ending)) for p in gone],
    }  # fmt: skip
    return answers.page(request, "change.html", context)


def known(code: str) -> Change:
    """The change of this code. Missing if there is none."""
    if code not in changes:
        raise Missing("")
    return changes[code]


def link_to(settings: questions.Settings, path: str) -> waterfall.Href:
    """Addresses of the records of a part, with the same days and filters."""
    kept = tuple((k, v) for k, v in settings.pairs if k not in ("metric", "as", "part", "before", "after", "page"))
    there = replace(settings, path=path, pairs=kept)
    return lambda **more: there.url(**{"from": str(settings.period.first), "until": str(settings.asof), **more})


def head(settings: questions.Settings, one: Change, show: Show) -> dict[str, Any]:
    """Days, spans, the words behind the figures."""
    first, last = settings.period.first, settings.asof
    labels = {"7": _("A week"), "30": _("A month"), "90": _("A quarter")}
    spans = [{"label": labels[key], "href": settings.url(**{"from": str(last - dt.timedelta(days=n)), "until": str(last)}),
              "current": first == last - dt.timedelta(days=n)} for key, n in SPANS]  # fmt: skip
    return {"first": str(first), "last": str(last), "today": str(show.today), "spans": spans, "reported": settings.reported, "asof": str(last),
            "hidden": [(k, v) for k, v in settings.pairs if k not in ("from", "until", "reported", "as")], "excel": settings.url(**{"as": "xlsx"}),
            "now": show.now.astimezone(show.zone).strftime("%m-%d %H:%M"), "words": rules(one)}  # fmt: skip


def rules(one: Change) -> list[dict[str, str]]:
    """How records are put into parts, in words."""
    return [
        {"label": label, "formula": formula} for label, formula in (
            (_("New, reopened"), _("In the stock on the last day; not there at all, or closed, on the first. They add what they are worth on the "
                                   "last day.")),
            (_("Went out"), _("In the stock on the first day, closed or removed on the last. They take away what they were worth on the first day.")),
            (_("Moved, by date"), _("There on both days, within the filters on one only: by another owner, unit, stage; or by another date.")),
            (_("Raised, lowered"), _("There on both days: what the record is worth has changed. Weighted: a change of the value counts with the "
                                     "probability after it, a change of probability with the value before it.")),
        )
    ]  # fmt: skip


def filter_entries(settings: questions.Settings, one: Change, actor: Actor) -> list[dict[str, str]]:
    """The dimensions a change may be filtered by; the values come in a drawer."""
    ds = datasets[one.dataset]
    dims = [dim for name in one.filters if (dim := ds.dim(name)) and not missing(actor, of_dim(ds, name))]
    return [{"label": str(d.label), "drawer": "/analyses/values" + settings.query(dim=d.name, measures=one.measures[0], page=f"changes/{one.code}")}
            for d in dims]  # fmt: skip


@require_safe
def rows(request: Any, code: str) -> HttpResponse:
    """The records of a part, or of a cell of the matrix: exactly those that were counted."""
    one = known(code)
    actor, show = request.actor, request.show
    asked, settings = asked_by(request, one)
    wanted, named = wanted_of(request, one)
    sheet = request.GET.get("as") == "xlsx"
    if sheet and not actor.may(datasets[one.dataset].resource, "export"):
        raise Forbidden(f"{datasets[one.dataset].resource}.export")
    number = request.GET.get("page", "1")
    page = max(1, int(number)) if is_whole(number) and len(number) < 6 else 1
    found = moved(actor, one, asked, wanted.part, before=wanted.before, after=wanted.after, metric=wanted.metric, today=show.today,
                  limit=SHEET if sheet else PAGE + 1, offset=0 if sheet else (page - 1) * PAGE)  # fmt: skip
    lines = drawn_rows(actor, one, found[: SHEET if sheet else PAGE], show)
    if sheet:
        return rows_workbook(one, lines, f"{one.label} {named}", show)
    here = replace(settings, pairs=tuple((k, v) for k, v in settings.pairs if k != "page"))
    context = {
        "title": named, "change": one, "lines": lines,
        "first": str(asked.first), "last": str(asked.last),
        "place": str(datasets[one.dataset].dim(one.place).label), "valued": bool(one.value), "back": link_to(settings, f"/analyses/changes/{code}")(),
        "excel": here.url(**{"as": "xlsx"}) if actor.may(datasets[one.dataset].resource, "export") else "",
        "previous": here.url(page=str(page - 1)) if page > 1 else "", "next": here.url(page=str(page + 1)) if len(found) > PAGE else "",
    }  # fmt: skip
    return answers.page(request, "change_rows.html", context)


def wanted_of(request: Any, one: Change) -> tuple[Wanted, str]:
    """The figure whose records are asked for, and what it is called. Missing if there is no such part."""
    part, metric = request.GET.get("part", ""), request.GET.get("metric", "")
    names = recipe.words(one) | {"": _("Everything that moved")}
    names |= {PASSED + e.name: _("%(part)s, come and gone in between") % {"part": e.label} for e in one.endings}
    if part not in names:
        raise Missing(part)
    cell = {key: request.GET[key] for key in ("before", "after") if request.GET.get(key)}
    metric = metric if metric == "count" or one.value and metric in ("value", "weighted" if one.factor else "value") else "value"
    return Wanted(part, **cell, metric=metric), _("From place to place") if cell and part not in ("was", "is") else names[part]


@require_safe
def behind(request: Any, code: str) -> HttpResponse:
    """A figure of a change in a drawer beside it: what it comes to, the records that moved most, the way to all of them."""
    one = known(code)
    actor, show = request.actor, request.show
    asked, settings = asked_by(request, one)
    wanted, named = wanted_of(request, one)
    count, total = summed(actor, one, asked, wanted, show.today)
    metric = wanted.metric if wanted.metric != "count" else "value"
    found = moved(actor, one, asked, wanted.part, before=wanted.before, after=wanted.after, metric=wanted.metric, today=show.today, limit=SHOWN)
    day = wanted.part in ("was", "is", *(PASSED + e.name for e in one.endings))
    said = waterfall.amount(total, metric, show, sign=not day)
    labels = dict(waterfall.metrics_of(Changed(one, asked, ())))
    label = labels.get(metric, "") if day else _("Effect")
    facts = [{"label": _("Records"), "value": f"{count:,}", "unit": str(one.noun)}]
    if one.value:
        facts.insert(0, {"label": label, "value": said, "note": labels.get(metric, "") if not day else ""})
    path = settings.query(**{"from": str(asked.first), "until": str(asked.last)})
    left = count - len(found)
    context = {
        "title": named, "change": one, "facts": facts, "lines": drawn_rows(actor, one, found, show), "valued": bool(one.value), "label": label,
        "count": count, "total": said, "href": f"/analyses/changes/{code}/rows{path}", "signed": not day,
        "rest": ngettext("%(n)s more row", "%(n)s more rows", left) % {"n": f"{left:,}"} if left > 0 else "",
        "place": str(datasets[one.dataset].dim(one.place).label),  # type: ignore[union-attr]
        "first": str(asked.first), "last": str(asked.last),
    }  # fmt: skip
    largest = max((abs(m.effect) for m in found), default=0)
    for line, m in zip(context["lines"], found, strict=True):
        line["said"] = waterfall.amount(m.effect, metric, show, sign=not day, beside=largest)
    return answers.fragment(request, "change_behind.html", context)


def drawn_rows(actor: Actor, one: Change, found: list[Moved], show: Show) -> list[dict[str, Any]]:
    """Records as lines: where they stood and stand, what they were and are worth."""
    ds = datasets[one.dataset]
    dim = ds.dim(one.place)
    assert dim is not None
    titles, names = titles_of(actor, one, found), recipe.words(one)
    places = labelled(ds, dim, {p for m in found for p in (m.before, m.after)}, show)
    path = registry[ds.resource].path
    whole = Changed(one, Between(show.today, show.today), ())
    return [{"href": f"/{path}/{m.id}", "title": titles.get(m.id, f"#{m.id}"), "part": waterfall.told(m, names), "tone": waterfall.tone(m, whole),
             "before": places[m.before] if m.part not in ("new", "reopened") else "", "after": places[m.after] if m.after is not None else "",
             "value0": m.value0 if m.part not in ("new", "reopened") else None, "value1": m.value1 if m.after is not None else None,
             "effect": m.effect} for m in found]  # fmt: skip


def rows_workbook(one: Change, lines: list[dict[str, Any]], title: str, show: Show) -> FileResponse:
    """The records as an Excel file, exact values."""
    place = str(datasets[one.dataset].dim(one.place).label)  # type: ignore[union-attr]
    head = [Column(_("Record")), Column(_("Part")), Column(f"{place} · {_('before')}"), Column(f"{place} · {_('after')}")]
    keys = ["title", "part", "before", "after"]
    if one.value:
        head += [Column(_("Before"), "money"), Column(_("After"), "money"), Column(_("Effect"), "money")]
        keys += ["value0", "value1", "effect"]
    return sheet(head, [[line[k] for k in keys] for line in lines], title, show)


def workbook(actor: Actor, found: Changed, show: Show) -> FileResponse:
    """The parts in every figure."""
    names, possible = recipe.words(found.change), waterfall.metrics_of(found)
    head = [Column(_("Part")), *(Column(label, "integer" if m == "count" else "money") for m, label in possible)]
    tables = {m: {p.name: p.effect for p in found.parts(m)} for m, _label in possible}
    order = list(dict.fromkeys(name for m in tables for name in tables[m]))
    lines = [[_("At the beginning"), *(found.opening(m) for m, _label in possible)],
             *([names[name], *(tables[m].get(name, 0) for m, _label in possible)] for name in order),
             [_("At the end"), *(found.closing(m) for m, _label in possible)]]  # fmt: skip
    return sheet(head, lines, f"{found.change.label} {found.asked.first} {found.asked.last}", show)


def sheet(head: list[Column], lines: Iterable[list[Any]], title: str, show: Show) -> FileResponse:
    """Lines as an Excel file."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the answer
    with open_table("xlsx", file, head, title=title, zone=show.zone) as out:
        for line in lines:
            out.row(line)
    file.seek(0)
    return sent(FileResponse(file), "application/octet-stream", f"{title}.xlsx")
