"""Numbers over the API: what is counted, questions and their rows, changes between two days. The same system as the pages, the same rights."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from django.db.models import F, Value
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.metrics import address, change, drill
from pellucid.kernel.metrics import moved as records
from pellucid.kernel.metrics.answer import Answer, Line, plain
from pellucid.kernel.metrics.answer import answer as answered
from pellucid.kernel.metrics.causes import read_by
from pellucid.kernel.metrics.declare import Ask, Dataset, Derived, Measure, analyses, base_of, causes, changes, datasets, measures
from pellucid.kernel.metrics.labels import labelled, spec_of
from pellucid.kernel.metrics.needs import choosable, demand_of, may, missing, of_dim, parts_for
from pellucid.kernel.metrics.paths import fields_read
from pellucid.kernel.metrics.rows import value as expression
from pellucid.kernel.metrics.table import home_of
from pellucid.kernel.records.errors import Invalid, Missing
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.whole import whole
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.params import parse_filter

from .answers import answer
from .schema import ID, TEXT, content, parameter, responses

MOST = 200  # rows of a page


def catalogue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET everything counted that the token may ask: datasets with their dimensions, measures with their formula in words."""
    known = [name for name in measures if may(actor, name)]
    sets = dict.fromkeys(m.dataset for name in known for m in base_of((name,)).values())
    return answer({
        "datasets": [{"name": key, "label": str(datasets[key].label), "resource": datasets[key].resource, "axis": datasets[key].axis,
                      "axes": datasets[key].axes, "dimensions": dimensions(datasets[key], actor)} for key in sets],
        "measures": [described(name, actor) for name in known],
    })  # fmt: skip


def dimensions(ds: Dataset, actor: Actor) -> list[dict[str, Any]]:
    """The dimensions of a dataset that may be read."""
    out = []
    for dim in ds.dims:
        if not missing(actor, of_dim(ds, dim.name)):
            spec = spec_of(ds, dim)
            out.append({"name": dim.name, "label": str(dim.label), "kind": spec.kind.key, "target": spec.target or None})
    return out


def described(name: str, actor: Actor) -> dict[str, Any]:
    """A measure: what it is called, how it is counted, in what, over what."""
    m = measures[name]
    parts = base_of((name,))
    sets = [datasets[p.dataset] for p in parts.values()]
    shared = [d.name for d in sets[0].dims if all(s.dim(d.name) and not missing(actor, of_dim(s, d.name)) for s in sets)]
    return {"name": name, "label": str(m.label), "formula": str(m.formula), "unit": m.unit, "noun": str(m.noun), "good": m.good,
            "time": m.time if isinstance(m, Measure) else None, "additive": isinstance(m, Measure) and m.additive,
            "datasets": sorted({s.name for s in sets}), "derived_from": list(parts) if isinstance(m, Derived) else [],
            "dimensions": shared}  # fmt: skip


def named(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET the named analyses, changes and causes the token may ask; each part with the address of its question."""
    found = []
    for a in sorted(analyses.values(), key=lambda a: (a.position, a.code)):
        if parts := parts_for(actor, a):
            asks = [{"label": str(p.label), "chart": p.chart, "answer": asked_at(p.ask, p.period or a.period)} for p in parts]
            found.append({"code": a.code, "label": str(a.label), "group": str(a.group), "question": str(a.question), "period": a.period or None,
                          "filters": list(a.filters), "choices": [d.name for d in choosable(actor, a)], "parts": asks})  # fmt: skip
    moved = [{"code": c.code, "label": str(c.label), "group": str(c.group), "question": str(c.question), "measures": list(c.measures),
              "filters": list(c.filters), "answer": f"/api/v1/changes/{c.code}"}
             for c in changes.values() if not any(missing(actor, fields) for fields in change.read_by(c))]  # fmt: skip
    told = [{"code": c.code, "label": str(c.label), "group": str(c.group), "question": str(c.question), "metrics": list(c.metrics), "by": list(c.by),
             "filters": list(c.filters), "answer": f"/api/v1/causes/{c.code}"}
            for c in causes.values() if not any(missing(actor, fields) for fields in read_by(c, c.measure))]  # fmt: skip
    return answer({"analyses": found, "changes": moved, "causes": told})


def asked_at(ask: Ask, period: str) -> str:
    """The address of a declared question."""
    pairs = [*address.pairs(ask), *([("period", period)] if period else [])]
    return "/api/v1/measures/answer?" + urlencode(pairs, safe=":,-.", quote_via=quote)


def asked(request: HttpRequest, actor: Actor) -> tuple[Ask, Show]:
    """The question of a call. Invalid names what is wrong, an unknown parameter included."""
    show = show_for(actor, request.zone)  # type: ignore[attr-defined]
    for name, said in request.GET.items():
        if name not in QUESTION and not parse_filter(name, said):
            raise Invalid({name: [_("There is no parameter “%(name)s”.") % {"name": name}]})
    return address.parse([(k, v) for k, v in request.GET.items() if k not in PAGING], show), show


def ask(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET the answer to a question: lines with their cells, totals apart."""
    question, show = asked(request, actor)
    found = answered(actor, question, show.today)
    words = {name: labelled(*home_of(question, name), {line.values[at] for line in (*found.lines, *found.totals)}, show)
             for at, name in enumerate(question.by)}  # fmt: skip
    return answer({
        "measures": list(question.measures), "by": list(question.by), "asof": found.asof,
        "known": found.asof if question.reported else show.today, "period": window(question),
        "compare": {name: days_of(span) for name, span in question.compare.items()},
        "buckets": list(found.starts), "lines": [line_of(found, line, words) for line in found.lines],
        "totals": [line_of(found, line, words) for line in found.totals],
    })  # fmt: skip


def window(question: Ask) -> dict[str, Any] | None:
    """The period of a question, both days with."""
    return days_of(question.period) if question.period else None


def days_of(span: Any) -> dict[str, Any]:
    """Days from and to, both with."""
    return {"from": span.first, "until": span.until - dt.timedelta(days=1) if span.until else None}


def line_of(found: Answer, line: Line, words: dict[str, dict[Any, str]]) -> dict[str, Any]:
    """One line: its values with their words, its cells."""
    count = len(found.ask.by)
    whole = {name for at, name in enumerate(found.ask.by) if line.level >> (count - 1 - at) & 1}
    values = {name: None if name in whole or line.others else {"value": jsonable(value), "label": words[name].get(value, str(value))}
              for name, value in zip(found.ask.by, line.values, strict=True)}  # fmt: skip
    return {"values": values, "total_over": [name for name in found.ask.by if name in whole], "bucket": line.bucket, "others": line.others,
            "cells": {name: jsonable(cell) for name, cell in line.cells.items()}}  # fmt: skip


def jsonable(value: Any) -> Any:
    """A figure as JSON has it: whole numbers as such, parts as strings, so that nothing is lost."""
    return plain(value) if isinstance(value, Decimal) else value


def rows(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET the rows behind a number: exactly those, with the value each adds and the dimensions it counts under."""
    question, show = asked(request, actor)
    if len(question.measures) != 1 or not isinstance(measures[question.measures[0]], Measure):
        raise Invalid({"measures": [_("Ask for the rows of one measure that is not worked out from others.")]})
    name = question.measures[0]
    measure: Any = measures[name]
    ds = datasets[measure.dataset]
    page, size = number(request, "page", 1, 10_000), number(request, "size", 50, MOST)
    found = drill.behind(actor, name, question, show.today)
    demand_of(actor, [fields_read(ds.model, ds.title)])
    dims = [d for d in ds.dims if isinstance(d.expr, str) and not missing(actor, of_dim(ds, d.name))]
    at = question.axis.get(ds.name) or measure.axis or ds.axis
    amount = Value(1) if measure.expr is None else expression(measure.expr, drill.context(question, show.today))
    columns = [F("pk"), F(ds.title), F(at), amount, *(F(str(d.expr)) for d in dims)]
    taken = list(found.order_by(f"-{at}", "-pk").values_list(*columns)[(page - 1) * size : page * size])
    return answer({
        "resource": ds.resource, "measure": name, "count": found.count(),
        "value": jsonable(answered(actor, drill.narrow(question, name, {}), show.today).lines[0].cells[name]),
        "items": [{"id": pk, "title": str(title)[:200], "at": when, "value": jsonable(value),
                   "dimensions": {d.name: jsonable(v) for d, v in zip(dims, values, strict=True)}} for pk, title, when, value, *values in taken],
    })  # fmt: skip


def number(request: HttpRequest, name: str, usual: int, most: int) -> int:
    """A whole number of the address from 1 on."""
    found = whole(request.GET.get(name, str(usual)), most)
    if not found:
        raise Invalid({name: [_("Between 1 and %(most)s.") % {"most": most}]})
    return found


def between(request: HttpRequest, actor: Actor, code: str) -> tuple[Any, change.Between, Show]:
    """The change and the days and filters of a call."""
    if code not in changes:
        raise Missing(_("There is no such change."))
    show = show_for(actor, request.zone)  # type: ignore[attr-defined]
    one = changes[code]
    days: dict[str, dt.date] = {}
    for name in ("from", "until"):
        try:
            days[name] = dt.date.fromisoformat(request.GET.get(name, ""))
        except ValueError:
            raise Invalid({name: [_("This is no day.")]}) from None
    for name, said in request.GET.items():
        if name not in (*CHANGE, *PAGING) and not parse_filter(name, said):
            raise Invalid({name: [_("There is no parameter “%(name)s”.") % {"name": name}]})
    if not days["from"] < min(days["until"], show.today):
        raise Invalid({"from": [_("The first day comes before the last.")]})
    filters = address.filters_of([(k, v) for k, v in request.GET.items() if parse_filter(k, v)], [datasets[one.dataset]], show)
    return one, change.Between(days["from"], min(days["until"], show.today), filters, request.GET.get("reported") == "1"), show


def moved(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """GET a change taken apart: opening, every part, closing, in each figure; how many went from place to place."""
    one, days, show = between(request, actor, code)
    found = change.taken_apart(actor, one, days, show.today)
    figures = ["count", *(["value"] if one.value else []), *(["weighted"] if one.factor else [])]
    names = change.words(one)
    return answer({
        "code": code, "from": days.first, "until": days.last, "measures": dict(zip(figures, one.measures, strict=True)),
        "figures": {m: {"opening": jsonable(found.opening(m)), "closing": jsonable(found.closing(m)),
                        "parts": [{"part": p.name, "label": names[p.name], "count": p.count, "effect": jsonable(plain(p.effect))}
                                  for p in found.parts(m)]} for m in figures},
        "moves": [{"before": before if before != "" else None, "came": before == "", "after": after, "count": count}
                  for (before, after), count in found.matrix().items()],
        "passed": [{"part": p.ending, "count": p.count, "value": jsonable(plain(p.value))} for p in records.passed(actor, one, days, show.today)],
    })  # fmt: skip


def moved_rows(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """GET the records of a part of a change, those that moved most first."""
    one, days, show = between(request, actor, code)
    part = request.GET.get("part", "")
    if part and part not in change.words(one):
        raise Invalid({"part": [_("There is no such part.")]})
    page, size = number(request, "page", 1, 10_000), number(request, "size", 50, MOST)
    resource = registry[datasets[one.dataset].resource]
    found = records.moved(actor, one, days, part, limit=size, offset=(page - 1) * size, today=show.today)
    titles = records.titles_of(actor, one, found)
    return answer({"resource": resource.key(), "items": [
        {"id": m.id, "title": titles.get(m.id, ""), "part": m.part, "before": m.before, "after": m.after,
         **{key: jsonable(plain(getattr(m, key))) for key in ("value0", "value1", "weighted0", "weighted1")}} for m in found]})  # fmt: skip


PAGING = ("page", "size")
CHANGE = ("from", "until", "reported", "part")
QUESTION = ("measures", "by", "from", "until", "period", "asof", "grain", "order", "having", "top", "compare", "share", "totals", "subtotals",
            "running", "reported", "axis", *PAGING)  # fmt: skip
DAY = {"type": "string", "format": "date"}
FLAG = {"enum": ["1"]}
PARAMETERS = [
    parameter("measures", "query", TEXT, "Names of measures, separated by commas", True),
    parameter("by", "query", TEXT, "Names of dimensions that every measure has"),
    parameter("period", "query", {"type": "string", "maxLength": 40}, "A named range: this_month, last_12_months, ..."),
    parameter("from", "query", DAY, "First day of the period"),
    parameter("until", "query", DAY, "Last day of the period, with it"),
    parameter("asof", "query", DAY, "The day the question is asked as of; today by default"),
    parameter("reported", "query", FLAG, "As reported then: without what was entered or corrected after that day"),
    parameter("grain", "query", {"enum": ["day", "week", "month", "quarter", "year"]}, "Steps of time within the period"),
    parameter("compare", "query", {"enum": ["previous", "year", "previous,year"]}, "Periods to compare with; cells then have __previous, __year"),
    parameter("totals", "query", FLAG, "With the total"),
    parameter("subtotals", "query", FLAG, "With totals of each of two dimensions"),
    parameter("share", "query", TEXT, "Measures whose share of the total is wanted"),
    parameter("order", "query", {"type": "string", "maxLength": 80}, "A measure (largest first, + before it: smallest first) or a dimension"),
    parameter("top", "query", {"type": "integer", "minimum": 1, "maximum": 500}, "The largest so many; the rest is one line"),
    parameter("having", "query", {"type": "string", "maxLength": 200}, "A condition over measures: won_count > 3"),
    parameter("f.{dimension}", "query", {"type": "string", "maxLength": 2000}, "Filter by a dimension: in:value,value · empty · within:this_quarter"),
]
PAGES = [parameter("page", "query", {"type": "integer", "minimum": 1, "maximum": 10_000}, "The page"),
         parameter("size", "query", {"type": "integer", "minimum": 1, "maximum": MOST}, "Rows of a page, 50 by default")]  # fmt: skip
DAYS = [parameter("from", "query", DAY, "The first day: what was so at its end", True),
        parameter("until", "query", DAY, "The last day, at its end", True),
        parameter("reported", "query", FLAG, "Each day as it was reported then"), PARAMETERS[-1]]  # fmt: skip
CODE = parameter("code", "path", {"type": "string", "maxLength": 60}, "Code of the change", True)
LINE = {"type": "object", "required": ["values", "cells"], "properties": {
    "values": {"type": "object"}, "total_over": {"type": "array", "items": TEXT}, "bucket": {"type": ["integer", "null"]},
    "others": {"type": "integer"}, "cells": {"type": "object", "additionalProperties": {"type": ["integer", "string", "null"]}}}}  # fmt: skip
SCHEMAS: dict[str, Any] = {
    "Measures": {"type": "object", "required": ["datasets", "measures"], "properties": {
        "datasets": {"type": "array", "items": {"type": "object"}},
        "measures": {"type": "array", "items": {"type": "object", "required": ["name", "label", "formula", "unit", "dimensions"]}}}},
    "Analyses": {"type": "object", "required": ["analyses", "changes"], "properties": {
        "analyses": {"type": "array", "items": {"type": "object"}}, "changes": {"type": "array", "items": {"type": "object"}},
        "causes": {"type": "array", "items": {"type": "object"}}}},
    "Answer": {"type": "object", "required": ["measures", "by", "asof", "known", "lines", "totals"], "properties": {
        "measures": {"type": "array", "items": TEXT}, "by": {"type": "array", "items": TEXT}, "asof": DAY, "known": DAY,
        "period": {"type": ["object", "null"]}, "compare": {"type": "object"}, "buckets": {"type": "array", "items": DAY},
        "lines": {"type": "array", "items": LINE}, "totals": {"type": "array", "items": LINE}}},
    "Behind": {"type": "object", "required": ["resource", "count", "items"], "properties": {
        "resource": TEXT, "measure": TEXT, "count": {"type": "integer"}, "value": {"type": ["integer", "string", "null"]},
        "items": {"type": "array", "items": {"type": "object", "required": ["id", "title"], "properties": {"id": ID, "title": TEXT}}}}},
    "Change": {"type": "object", "required": ["code", "from", "until", "figures", "moves"], "properties": {
        "code": TEXT, "from": DAY, "until": DAY, "measures": {"type": "object"}, "figures": {"type": "object", "additionalProperties": {
            "type": "object", "required": ["opening", "closing", "parts"]}},
        "moves": {"type": "array", "items": {"type": "object"}}, "passed": {"type": "array", "items": {"type": "object"}}}},
    "Moved": {"type": "object", "required": ["resource", "items"], "properties": {
        "resource": TEXT, "items": {"type": "array", "items": {"type": "object", "required": ["id", "part"]}}}},
}  # fmt: skip


def reads(id_: str, summary: str, schema: str, *codes: int, parameters: list[Any] = []) -> dict[str, Any]:  # noqa: B006  read only
    """One address of numbers for the published description."""
    found = {"200": {"description": summary, **content({"$ref": f"#/components/schemas/{schema}"})}}
    return {"get": {"operationId": id_, "summary": summary, "tags": ["numbers"], "responses": responses(found, *codes), "parameters": parameters}}


def paths() -> dict[str, Any]:
    """The addresses of numbers for the published description."""
    return {
        "/api/v1/measures": reads("measures", "What is counted", "Measures"),
        "/api/v1/measures/answer": reads("measures_answer", "Ask a question", "Answer", 422, parameters=PARAMETERS),
        "/api/v1/measures/rows": reads("measures_rows", "The rows behind a number", "Behind", 422, parameters=[*PARAMETERS, *PAGES]),
        "/api/v1/analyses": reads("analyses", "Named analyses", "Analyses"),
        "/api/v1/changes/{code}": reads("change", "A change between two days taken apart", "Change", 404, 422, parameters=[CODE, *DAYS]),
        "/api/v1/changes/{code}/rows": reads("change_rows", "The records of a part", "Moved", 404, 422, parameters=[
            CODE, *DAYS, parameter("part", "query", TEXT, "The part; everything that moved by default"), *PAGES]),
    }  # fmt: skip
