"""A question as an address and back: what pages, the API and links to rows share. Days are written as days; filters as lists write them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.records.kinds import BadValue
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.params import Filter, parse_filter

from .declare import Ask, Dataset, Dim, base_of, datasets, measures
from .labels import spec_of
from .rows import Below
from .windows import compared, step_of

COMPARISONS = ("previous", "year")
SPANS = ("within", "between", "gte", "lte")
MANY = 12  # measures of one question


def pairs(ask: Ask) -> list[tuple[str, str]]:
    """The parameters of a question, in one fixed order, defaults left out."""
    out = [("measures", ",".join(ask.measures))]
    if ask.by:
        out.append(("by", ",".join(ask.by)))
    if ask.period is not None:
        out += [(name, str(day)) for name, day in (("from", ask.period.first), ("until", _last(ask.period))) if day]
    out += [(name, str(value)) for name, value in (("asof", ask.asof), ("grain", ask.grain), ("order", ask.order), ("having", ask.having)) if value]
    if ask.top:
        out.append(("top", str(ask.top)))
    if ask.compare:
        out.append(("compare", ",".join(ask.compare)))
    if ask.share:
        out.append(("share", ",".join(ask.share)))
    out += [(name, "1") for name in ("totals", "subtotals", "running", "reported") if getattr(ask, name)]
    out += [("axis", f"{name}:{path}") for name, path in ask.axis.items()]
    return out + [said(name, wanted).pair() for name, wanted in ask.filters.items()]


def _last(period: Days) -> dt.date | None:
    return period.until and period.until - dt.timedelta(days=1)


def said(name: str, wanted: Any) -> Filter:
    """A filter's value as lists write it."""
    if wanted is None:
        return Filter(name, "empty")
    if isinstance(wanted, Below):
        return Filter(name, "below", tuple(str(u) for u in sorted(wanted.units)))
    if isinstance(wanted, Days):
        first, last = wanted.first, _last(wanted)
        ends = [str(day) for day in (first, last) if day]
        return Filter(name, "between" if len(ends) == 2 else "gte" if first else "lte", tuple(ends))
    values = tuple(wanted) if isinstance(wanted, (tuple, list, set, frozenset)) else (wanted,)
    return Filter(name, "in", tuple("" if v is None else str(int(v)) if isinstance(v, bool) else str(v) for v in values))


def parse(items: Iterable[tuple[str, str]], show: Show) -> Ask:
    """The question of an address. Invalid names what it does not understand."""
    given = list(items)
    known = dict(given)
    names = _names(known.get("measures", ""))
    if not names or any(name not in measures for name in names) or len(names) > MANY:
        raise Invalid({"measures": [_("There is no measure “%(name)s”.") % {"name": ", ".join(names)[:80]}]})
    asof = min(_day(known, "asof") or show.today, show.today)
    period, step = _period(known, show.today)
    compare: Mapping[str, Days] = {}
    if wanted := [name for name in _names(known.get("compare", "")) if name in COMPARISONS]:
        compare = compared(period or Days(asof, asof + dt.timedelta(days=1)), tuple(wanted), step, asof)
    top = known.get("top", "")
    sets = [datasets[m.dataset] for m in base_of(names).values()]
    return Ask(
        measures=names,
        by=_names(known.get("by", "")),
        period=period,
        asof=_day(known, "asof"),
        grain=known.get("grain", ""),
        compare=compare,
        filters=filters_of(given, sets, show),
        having=known.get("having", "")[:200],
        order=known.get("order", "")[:80].replace(" ", "+"),
        top=min(int(top), 500) if is_whole(top) else 0,
        share=_names(known.get("share", "")),
        axis=_axes([v for k, v in given if k == "axis"], sets),
        totals=known.get("totals") == "1",
        subtotals=known.get("subtotals") == "1",
        running=known.get("running") == "1",
        reported=known.get("reported") == "1",
    )


def filters_of(given: Iterable[tuple[str, str]], sets: list[Dataset], show: Show) -> dict[str, Any]:
    """The filters of an address, by dimensions of these datasets."""
    return {f.name: _wanted(f, sets, show) for f in (parse_filter(k, v) for k, v in given) if f}


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in text.split(",") if name))


def _day(known: Mapping[str, str], name: str) -> dt.date | None:
    text = known.get(name, "")
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Invalid({name: [_("This is no day.")]}) from None


def _period(known: Mapping[str, str], today: dt.date) -> tuple[Days | None, str]:
    """The days of `period` (a named range) or of `from` and `until` (both with), and the step they were chosen by."""
    if name := known.get("period", ""):
        found = days.relative(name, today)
        if found is None:
            raise Invalid({"period": [_("There is no such period.")]})
        return found, step_of(name)
    first, last = _day(known, "from"), _day(known, "until")
    if first is None and last is None:
        return None, ""
    if first and last and last < first:
        raise Invalid({"until": [_("The last day comes before the first.")]})
    return Days(first, last and last + dt.timedelta(days=1)), ""


def _wanted(f: Filter, sets: list[Dataset], show: Show) -> Any:
    """A filter's values as the dimension keeps them."""
    found: tuple[Dataset, Dim] | None = next(((ds, dim) for ds in sets if (dim := ds.dim(f.name))), None)
    if found is None:
        raise Invalid({f.name: [_("There is no field “%(name)s” to filter by.") % {"name": f.name}]})
    spec = spec_of(*found)
    if f.op in SPANS and spec.kind.key == "date":
        return _days(f, show)
    try:
        values = tuple(None if raw == "" else spec.kind.parse(spec, raw, show) for raw in f.operands)
    except BadValue as bad:
        raise Invalid({f.name: [str(bad)]}) from bad
    if f.op == "empty":
        return None
    if f.op == "below" and spec.kind.key == "unit":
        return Below(frozenset(v for v in values if v is not None))
    if f.op not in ("in", "is", "eq") or not values:
        raise Invalid({f.name: [_("“%(op)s” is not a way to filter “%(name)s”.") % {"op": f.op, "name": spec.label}]})
    return values if len(values) > 1 else values[0]


def _days(f: Filter, show: Show) -> Days:
    """The days of a filter by a day: a named range, from, until, or both."""
    if f.op == "within":
        if (named := days.relative(f.operands[0] if f.operands else "", show.today)) is None:
            raise Invalid({f.name: [_("There is no such period.")]})
        return named
    try:
        first, last = (dt.date.fromisoformat(f.operands[n]) if len(f.operands) > n else None for n in (0, 1))
    except ValueError:
        raise Invalid({f.name: [_("This is no day.")]}) from None
    if f.op == "lte":
        first, last = None, first
    return Days(first, last + dt.timedelta(days=1) if last else None)


def _axes(given: list[str], sets: list[Dataset]) -> dict[str, str]:
    """Other time axes, of those a dataset offers."""
    out = {}
    for text in given:
        name, _colon, path = text.partition(":")
        ds = next((ds for ds in sets if ds.name == name), None)
        if ds is None or path not in ds.axes:
            raise Invalid({"axis": [_("There is no such day to count by.")]})
        out[name] = path
    return out
