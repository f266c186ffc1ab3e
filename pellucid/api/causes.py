"""Why a sum changed, over the API: the same parts as on the page, the same rights."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.metrics import address
from pellucid.kernel.metrics import causes as recipe
from pellucid.kernel.metrics.answer import plain
from pellucid.kernel.metrics.causes import Bridge, Compared
from pellucid.kernel.metrics.declare import Causes, causes, datasets
from pellucid.kernel.metrics.labels import labelled
from pellucid.kernel.metrics.windows import compared, step_of
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Invalid, Missing
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.params import parse_filter

from .answers import answer
from .measuring import DAY, FLAG, MOST, PAGES, PAGING, PARAMETERS, days_of, jsonable, number, reads
from .schema import TEXT, parameter

KNOWN = ("metric", "period", "from", "until", "asof", "against", "by", "reported")


def asked(request: HttpRequest, actor: Actor, code: str, more: tuple[str, ...] = ()) -> tuple[Causes, Compared, Show]:
    """The question of a call. Invalid names what is wrong."""
    if code not in causes:
        raise Missing(_("There are no such causes."))
    one, show = causes[code], show_for(actor, request.zone)  # type: ignore[attr-defined]
    for name, said in request.GET.items():
        if name not in (*KNOWN, *more) and not parse_filter(name, said):
            raise Invalid({name: [_("There is no parameter “%(name)s”.") % {"name": name}]})
    metric, against, by = (request.GET.get(name, usual) for name, usual in (("metric", one.measure), ("against", "year"), ("by", "")))
    for name, value, possible in (("metric", metric, one.metrics), ("against", against, address.COMPARISONS), ("by", by, ("", *one.by))):
        if value not in possible:
            raise Invalid({name: [_("One of these: %(names)s.") % {"names": ", ".join(filter(None, possible))}]})
    kept = [(k, v) for k, v in request.GET.items() if k in ("period", "from", "until", "asof", "reported")]
    usual = [] if any(k in ("period", "from") for k, _v in kept) else [("period", one.period)]
    question = address.parse([("measures", one.measure), *kept, *usual], show)
    asof = min(question.asof or show.today, show.today)
    if question.period is None or question.period.first is None or question.period.until is None:
        raise Invalid({"period": [_("Say from which day to which.")]})
    now = days.cut(question.period, asof)
    before = compared(now, (against,), step_of(request.GET.get("period", "" if kept else one.period)), asof).get(against)
    if before is None:
        raise Invalid({"against": [_("There is no such period.")]})
    filters = address.filters_of(request.GET.items(), [datasets[one.dataset]], show)
    return one, Compared(now, before, metric, asof, filters, question.reported, by), show


def taken_apart(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """GET why a sum of a period differs from that of another: parts that add up; of each value of a dimension with `by`."""
    one, question, show = asked(request, actor, code)
    found = recipe.by_value(actor, one, question, show.today) if question.by else [recipe.told(actor, one, question, show.today).bridge]
    dim = datasets[one.dataset].dim(question.by) if question.by else None
    label = labelled(datasets[one.dataset], dim, {b.value for b in found}, show) if dim else {}
    return answer({
        "code": code, "metric": question.metric, "asof": question.asof, "period": days_of(question.now), "before": days_of(question.before),
        "by": question.by or None, "bridges": [bridge_of(one, b) | ({"value": jsonable(b.value), "label": label[b.value]} if dim else {})
                                               for b in found],
    })  # fmt: skip


def bridge_of(one: Causes, bridge: Bridge) -> dict[str, Any]:
    """A way from one figure to the other."""
    return {"opening": jsonable(plain(bridge.opening)), "closing": jsonable(plain(bridge.closing)),
            "parts": [{"part": p.name, "label": str(one.words[p.name][0]), "effect": jsonable(plain(p.effect)), "parties": p.parties,
                       "items": p.items} for p in bridge.parts]}  # fmt: skip


def behind(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """GET the parties or items of a part, those it comes from most first."""
    one, question, show = asked(request, actor, code, (*PAGING, "part", "of"))
    part, of = request.GET.get("part", ""), request.GET.get("of", "party")
    if part and part not in one.words:
        raise Invalid({"part": [_("There is no such part.")]})
    if of not in ("party", "item"):
        raise Invalid({"of": [_("One of these: %(names)s.") % {"names": "party, item"}]})
    page, size = number(request, "page", 1, 10_000), number(request, "size", 50, MOST)
    found = recipe.behind(actor, one, question, part, of, limit=size, offset=(page - 1) * size, today=show.today)
    ds = datasets[one.dataset]
    dim: Any = ds.dim(one.party if of == "party" else one.item)
    label = labelled(ds, dim, {line.id for line in found}, show)
    return answer({"code": code, "part": part or None, "of": of, "items": [
        {"id": x.id, "label": label[x.id], **{key: jsonable(plain(getattr(x, key))) for key in
         ("value0", "value1", "quantity0", "quantity1", "effect")}} for x in found]})  # fmt: skip


ASKED = [
    parameter("metric", "query", TEXT, "The measure whose difference is taken apart; the first one by default"),
    *(p for p in PARAMETERS if p["name"] in ("period", "from", "until", "asof")),
    parameter("against", "query", {"enum": list(address.COMPARISONS)}, "The period it is compared with: the one before or, by default, a year ago"),
    parameter("reported", "query", FLAG, "As reported then: without what was entered or corrected after the day"), PARAMETERS[-1],
]  # fmt: skip
CODE = parameter("code", "path", {"type": "string", "maxLength": 60}, "Code of the causes", True)
SCHEMAS: dict[str, Any] = {
    "Causes": {"type": "object", "required": ["code", "metric", "asof", "period", "before", "bridges"], "properties": {
        "code": TEXT, "metric": TEXT, "asof": DAY, "period": {"type": "object"}, "before": {"type": "object"}, "by": {"type": ["string", "null"]},
        "bridges": {"type": "array", "items": {"type": "object", "required": ["opening", "closing", "parts"]}}}},
    "CausesBehind": {"type": "object", "required": ["code", "of", "items"], "properties": {
        "code": TEXT, "part": {"type": ["string", "null"]}, "of": TEXT,
        "items": {"type": "array", "items": {"type": "object", "required": ["id", "label", "effect"]}}}},
}  # fmt: skip
ROWS = [CODE, *ASKED, parameter("part", "query", TEXT, "The part; everything that differs by default"),
        parameter("of", "query", {"enum": ["party", "item"]}, "Who or what it comes from"), *PAGES]  # fmt: skip


def paths() -> dict[str, Any]:
    """The addresses of causes for the published description."""
    return {
        "/api/v1/causes/{code}": reads("causes", "Why a sum changed", "Causes", 404, 422, parameters=[
            CODE, *ASKED, parameter("by", "query", TEXT, "A dimension whose values have parts of their own")]),
        "/api/v1/causes/{code}/rows": reads("causes_rows", "Who and what a part comes from", "CausesBehind", 404, 422, parameters=ROWS),
    }  # fmt: skip
