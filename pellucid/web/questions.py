"""What a page of numbers keeps in its address: period, day, comparison, filters; and what its head and chips say of them."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.metrics import address
from pellucid.kernel.metrics.declare import Ask, Dataset, Derived, base_of, datasets, measures
from pellucid.kernel.metrics.labels import labelled
from pellucid.kernel.metrics.needs import missing, of_dim
from pellucid.kernel.metrics.rows import Below
from pellucid.kernel.metrics.table import window_label
from pellucid.kernel.metrics.windows import compared, step_of
from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.records.words import range_name
from pellucid.kernel.resources.params import parse_filter

PERIODS = ("this_month", "this_quarter", "this_year")
KEPT = ("period", "from", "until", "asof", "compare", "reported", "unit")


@dataclass(frozen=True, slots=True)
class Settings:
    """The address of a page of numbers, read."""

    path: str
    pairs: tuple[tuple[str, str], ...]
    period: Days
    name: str  # of the period, "" for days of one's own
    asof: dt.date
    compare: tuple[str, ...]
    reported: bool
    filters: dict[str, Any]

    def url(self, **changes: str | None) -> str:
        """The address with some parameters changed, or taken out (None)."""
        kept = [(k, v) for k, v in self.pairs if k not in changes]
        kept += [(k, v) for k, v in changes.items() if v]
        return self.path + ("?" + urlencode(kept, safe=":,-.", quote_via=quote) if kept else "")

    def query(self, **changes: str | None) -> str:
        """The same as a query for another page."""
        return self.url(**changes).removeprefix(self.path)

    def question(self, ask: Ask, period: str = "", *, today: dt.date) -> Ask:
        """A declared question, asked for this page: its days, its comparison, its filters."""
        window = days.relative(period, self.asof) if period else self.period
        window = window or self.period
        flows = all(m.time == "flow" and not callable(m.where) for m in base_of(ask.asked).values())
        names = self.compare if not ask.grain or flows and not ask.by else ()
        windows = compared(window, names, step_of(period or self.name), self.asof)
        return replace(ask, period=window, asof=self.asof if self.asof != today else None, compare=windows, reported=self.reported,
                       filters={**ask.filters, **{n: w for n, w in self.filters.items() if n not in ask.without}})


def read(request: Any, asked: Ask, default: str, *, path: str = "", drop: tuple[str, ...] = (), sets: Iterable[Dataset] = ()) -> Settings:
    """The settings of a request; for another page's address its `path`, without `drop`. Filters are by dimensions of the question's datasets
    and of `sets`. Invalid names what is wrong."""
    show: Show = request.show
    given = [(k, v) for k, v in request.GET.items() if k not in drop and len(v) < 2000]
    known = dict(given)
    if not known.get("period") and not known.get("from"):
        known["period"] = default or "today"
    found = address.parse([("measures", asked.asked[0]), *((k, v) for k, v in known.items() if k in KEPT)], show)
    asof = min(found.asof or show.today, show.today)
    everything = list(dict.fromkeys((*sets_of(asked), *sets)))
    filters = address.filters_of(given, everything, show)
    unit = known.get("unit", "")
    if is_whole(unit) and all(ds.dim("unit") for ds in sets_of(asked)):
        filters["unit"] = Below(frozenset({int(unit)}))
    compare = tuple(c for c in known.get("compare", "year").split(",") if c in address.COMPARISONS)[:1]
    name = known.get("period", "")
    period = days.relative(name, asof) if name else found.period
    period = period or Days(asof, asof + dt.timedelta(days=1))
    return Settings(path or request.path, tuple(given), period, name, asof, compare, found.reported, filters)


def sets_of(asked: Ask) -> list[Dataset]:
    """The datasets of a question."""
    return list(dict.fromkeys(datasets[m.dataset] for m in base_of(asked.asked).values()))


def head(settings: Settings, asked: Ask, show: Show, *, periods: bool = True) -> dict[str, Any]:
    """What stands on top: periods, comparisons, the day, the words behind every number."""
    last = (settings.period.until or settings.asof) - dt.timedelta(days=1)
    named = {"this_month": _("This month"), "this_quarter": _("This quarter"), "this_year": _("This year")}
    choices = [{"label": named[p], "href": settings.url(period=p, **{"from": None, "until": None}), "current": settings.name == p} for p in PERIODS]
    against = [{"label": _("No comparison"), "href": settings.url(compare="none"), "current": not settings.compare}]
    against += [{"label": window_label(w), "href": settings.url(compare=w), "current": w in settings.compare} for w in ("year", "previous")]
    return {
        "periods": choices if periods else [], "compare": against, "asof": str(settings.asof), "today": str(show.today),
        "past": settings.asof != show.today, "reported": settings.reported, "first": str(settings.period.first or ""), "last": str(last),
        "own": not settings.name, "hidden": [(k, v) for k, v in settings.pairs if k not in ("period", "from", "until", "asof", "reported", "as")],
        "words": words(asked), "excel": settings.url(**{"as": "xlsx"}), "now": show.now.astimezone(show.zone).strftime("%m-%d %H:%M"),
    }  # fmt: skip


def words(asked: Ask) -> list[dict[str, str]]:
    """Every measure of a question: its name, its formula in words, the measures it is worked out from."""
    out = []
    for name in asked.measures:
        m = measures[name]
        parts = [str(measures[n].label) for n in base_of((name,))] if isinstance(m, Derived) else []
        sets = {str(datasets[b.dataset].label) for b in base_of((name,)).values()}
        out.append({"label": str(m.label), "formula": str(m.formula), "parts": " · ".join(parts), "dataset": " · ".join(sorted(sets))})
    return out


def chips(settings: Settings, sets: Iterable[Dataset], actor: Actor, show: Show) -> list[dict[str, str]]:
    """The filters of the page, each with the address without it. A field that may not be read is not named."""
    known = list(sets)
    out = []
    for name, wanted in settings.filters.items():
        ds, dim = next((ds, dim) for ds in known if (dim := ds.dim(name)))
        if missing(actor, of_dim(ds, name)):
            continue
        pairs = [(k, f) for k, v in settings.pairs if (f := parse_filter(k, v)) and f.name == name]
        keys: dict[str, str | None] = dict.fromkeys(k for k, _f in pairs)
        if isinstance(wanted, Below):
            keys["unit"] = None
        if isinstance(wanted, Days):
            said = range_name(pairs[0][1].operands[0], show.language) if pairs[0][1].op == "within" else span(wanted)
        else:
            values = wanted.units if isinstance(wanted, Below) else wanted if isinstance(wanted, tuple) else (wanted,)
            labels = labelled(ds, dim, values, show)
            said = "、".join(labels.get(v, str(v)) for v in values)
        out.append({"label": str(dim.label), "value": said, "remove": settings.url(**keys)})
    return out


def span(window: Days) -> str:
    """Days from and to, as they are read."""
    return f"{window.first or '…'} – {window.until - dt.timedelta(days=1) if window.until else '…'}"


def toggled(settings: Settings, name: str, value: Any) -> str:
    """The address in which a value of a dimension is the filter, or, when it is so already, is not."""
    key, said = address.said(name, value).pair()
    said = said if value is not None else "empty"
    on = (key, said) in settings.pairs
    return settings.url(**{key: None if on else said})
