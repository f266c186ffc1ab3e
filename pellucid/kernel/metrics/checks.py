"""Start-up checks: declarations that name what is not there, multiply rows, or would answer with nonsense."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core import checks
from django.db import models

from pellucid.kernel.resources.declare import registry

from .causes import ORDER
from .change import IN, KEPT, OUT
from .declare import (
    AGGREGATES,
    CHARTS,
    PICKED,
    SIDES,
    TIMES,
    UNITS,
    Analysis,
    Causes,
    Change,
    Dataset,
    Derived,
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
from .formula import BadFormula, parts
from .labels import spec_of
from .needs import paths_of, standing_paths
from .paths import BadPath, end, is_moment, used, walk
from .rows import lives

MOST_FIGURES = 6


def problems() -> Iterator[checks.CheckMessage]:
    """Everything wrong with what was declared."""
    for ds in datasets.values():
        yield from dataset_problems(ds)
    yield from conformed()
    for m in measures.values():
        yield from derived_problems(m) if isinstance(m, Derived) else measure_problems(m)
    for change in changes.values():
        yield from change_problems(change)
    for found in causes.values():
        yield from causes_problems(found)
    for a in analyses.values():
        for part in a.parts:
            yield from analysis_problems(a, part)


def fixed(ds: Dataset, name: str) -> Dim | None:
    """A declared dimension; those an administrator defined are not there at start-up."""
    return next((d for d in ds.fixed if d.name == name), None)


def analysis_problems(a: Analysis, part: Part) -> Iterator[checks.CheckMessage]:
    """Unknown measures, dimensions that their datasets do not have, ways to draw that are not there."""
    if part.chart not in CHARTS or part.side not in SIDES:
        yield _error(f"analysis {a.code}: there is no chart {part.chart!r}, or no side {part.side!r}.", 26)
    if len(a.figures) > MOST_FIGURES:
        yield _error(f"analysis {a.code}: at most {MOST_FIGURES} figures stand on top.", 26)
    if a.choice and (a.choice.dataset not in datasets or datasets[a.choice.dataset].more is None):
        yield _error(f"analysis {a.code}: {a.choice.dataset!r} has no dimensions to choose from.", 26)
    if a.change and a.change not in changes or (part.chart == "moves") != bool(part.change) or part.change and part.change not in changes:
        yield _error(f"analysis {a.code}: there is no change {a.change or part.change!r}.", 26)
    if part.mean and not (part.mean in ("week", "month") and all(m.time == "stock" for m in base_of(part.ask.asked).values())):
        yield _error(f"analysis {a.code}: a mean of the ends of {part.mean!r} is of what is so on a day.", 26)
    if part.between and part.between not in part.ask.measures:
        yield _error(f"analysis {a.code}: {part.between!r} is not asked for.", 26)
    for name in (*part.ask.asked, *a.figures, *(part.tail[1] if part.tail else ())):
        if name not in measures:
            yield _error(f"analysis {a.code} asks for {name!r}, which is no measure.", 26)
            continue
        for m in base_of((name,)).values():
            for dim in part.ask.by if name in part.ask.asked else ():
                if dim == PICKED and a.choice and datasets[m.dataset].more is not None:
                    continue
                if fixed(datasets[m.dataset], dim) is None:
                    yield _error(f"analysis {a.code}: {m.dataset} has no dimension {dim!r}.", 26)
    for dim in a.filters:
        if all(fixed(datasets[m.dataset], dim) is None for p in a.parts for m in base_of(p.ask.asked).values()):
            yield _error(f"analysis {a.code}: nothing has a dimension {dim!r} to filter by.", 26)


def change_problems(change: Change) -> Iterator[checks.CheckMessage]:
    """Wrong dataset, measures, dimensions, paths; names that parts have already."""
    who, ds = f"change {change.code}", datasets.get(change.dataset)
    if ds is None or not ds.is_history:
        yield _error(f"{who}: {change.dataset!r} is no dataset of periods.", 26)
        return
    for name in (change.place, *change.dated, *change.filters):
        if fixed(ds, name) is None:
            yield _error(f"{who}: {ds.name} has no dimension {name!r}.", 26)
    for name in change.measures:
        if getattr(measures.get(name), "dataset", "") != ds.name:
            yield _error(f"{who}: {name!r} is no measure of {ds.name}.", 26)
    paths = [*used(change.counted), *(p for e in change.endings for p in used(e.where))]
    yield from _paths(ds.model, [*paths, *filter(None, (change.rank, change.line, change.value, change.factor))], who)
    if taken := {e.name for e in change.endings} & {*IN, *OUT, *KEPT}:
        yield _error(f"{who}: {', '.join(sorted(taken))} is a part already.", 26)


def causes_problems(one: Causes) -> Iterator[checks.CheckMessage]:
    """Wrong datasets, measures, dimensions, paths; parts without words."""
    who = f"causes {one.code}"
    for name in filter(None, (one.dataset, one.returned)):
        ds = datasets.get(name)
        if ds is None or ds.is_history:
            yield _error(f"{who}: {name!r} is no dataset of what happened.", 26)
            continue
        own = (one.currency, one.foreign, one.cost) if name == one.dataset else ()
        yield from _paths(ds.model, filter(None, (one.quantity, one.amount, *own)), who)
        for dim in (one.party, one.item, one.uom, *one.by, *one.filters):
            found = fixed(ds, dim)
            if found is None or dim in (one.party, one.item, one.uom) and not isinstance(found.expr, str):
                yield _error(f"{who}: {name} has no dimension {dim!r} by a path.", 26)
        party: Any = fixed(ds, one.party)
        if party and isinstance(party.expr, str) and any(step.field.null for step in walk(ds.model, party.expr)):
            yield _error(f"{who}: in {name} nobody may stand where {one.party!r} should.", 26)
    for name in one.metrics:
        if name not in measures:
            yield _error(f"{who}: {name!r} is no measure.", 26)
    if set(one.words) != set(ORDER):
        yield _error(f"{who}: every part has words: {', '.join(ORDER)}.", 26)


def _error(text: str, number: int) -> checks.Error:
    return checks.Error(text, id=f"pellucid.E{number:03d}")


def _paths(model: type[models.Model], found: Iterable[str], who: str) -> Iterator[checks.CheckMessage]:
    for path in found:
        try:
            walk(model, path)
        except BadPath as bad:
            yield _error(f"{who}: {bad}.", 21)


def dataset_problems(ds: Dataset) -> Iterator[checks.CheckMessage]:
    """Wrong resource, paths, days, scope."""
    who = f"dataset {ds.name}"
    if ds.resource not in registry:
        yield _error(f"{who}: there is no resource {ds.resource!r}.", 20)
        return
    paths = [ds.axis, *ds.axes, *(p for life in lives(ds) for p in life if p), *standing_paths(ds), *filter(None, (ds.spent, ds.recorded, ds.title))]
    paths += [p for dim in ds.fixed for p in paths_of(ds, dim)]
    wrong = list(_paths(ds.model, paths, who))
    wrong += list(_paths(ds.model, [ds.scope] if ds.scope else [], who))
    if wrong:
        yield from wrong
        return
    if callable(ds.where) and not ds.uses:
        yield _error(f"{who} does not say which fields its condition reads.", 25)
    days = [ds.axis, *ds.axes, *(p for life in lives(ds) for p in life if p), *filter(None, (ds.spent,))]
    for path in days:
        if not isinstance(end(ds.model, path), (models.DateField, models.DateTimeField)):
            yield _error(f"{who}: {path!r} is no day and no moment.", 22)
    root: Any = end(ds.model, ds.scope).related_model if ds.scope else ds.model
    names = {f.name for f in root._meta.fields} if root else set()
    if not {"owner", "unit"} <= names and not _for_all(ds.resource):
        yield _error(f"{who}: the scope ends at {root.__name__ if root else 'a plain field'}, which has no owner and unit.", 23)
    if ds.is_history and ds.scope.split("__")[0] != "record":
        yield _error(f"{who}: rights are of today, so the scope of periods begins with 'record'.", 23)
    seen: set[str] = set()
    for dim in ds.fixed:
        if dim.name in seen:
            yield _error(f"{who} has two dimensions {dim.name!r}.", 24)
        seen.add(dim.name)
        if not isinstance(dim.expr, str) and not (dim.uses or dim.like):
            yield _error(f"{who}: the dimension {dim.name!r} does not say which fields its expression reads.", 24)
        if not str(dim.label):
            yield _error(f"{who}: the dimension {dim.name!r} has no label.", 24)


def _for_all(key: str) -> bool:
    """Whether a resource is read by all or not at all, so that it needs no owner."""
    return all(level == "none" or level.endswith(":all") for level in registry[key].grants.values())


def conformed() -> Iterator[checks.CheckMessage]:
    """The same name is the same thing in every dataset: one kind of value, one dictionary or target."""
    first: dict[str, tuple[str, Any]] = {}
    for ds in datasets.values():
        for dim in ds.fixed:
            try:
                spec = spec_of(ds, dim)
            except BadPath:
                continue
            meaning = (spec.kind.key, spec.dictionary, spec.target, tuple(v for v, *_rest in spec.choices))
            known = first.setdefault(dim.name, (ds.name, meaning))
            if known[1] != meaning:
                yield _error(f"the dimension {dim.name!r} is {known[1]} in {known[0]} and {meaning} in {ds.name}.", 24)


def measure_problems(m: Measure) -> Iterator[checks.CheckMessage]:
    """Wrong dataset, paths, aggregate, time."""
    who = f"measure {m.name}"
    ds = datasets.get(m.dataset)
    if ds is None:
        yield _error(f"{who}: there is no dataset {m.dataset!r}.", 20)
        return
    yield from _paths(ds.model, paths_of(ds, m), who)
    if not str(m.formula) or not str(m.label):
        yield _error(f"{who} does not say what it is: label and formula.", 25)
    if m.agg not in AGGREGATES or m.time not in TIMES or m.unit not in UNITS or m.good not in ("up", "down", ""):
        yield _error(f"{who}: {m.agg}, {m.time}, {m.unit} or {m.good} is not known.", 25)
    elif m.time == "stock" and not (ds.life and ds.life[0]):
        yield _error(f"{who}: a stock needs {ds.name} to say when a row counts.", 25)
    elif m.agg != "count" and m.expr is None:
        yield _error(f"{who}: {m.agg} of what?", 25)
    if (callable(m.where) or hasattr(m.expr, "query")) and not m.uses:
        yield _error(f"{who} does not say which fields its condition reads.", 25)
    if m.time in ("stock", "balance"):
        days = [p for life in lives(ds) for p in life if p] + [m.axis or ds.axis]
        if len({is_moment(ds.model, p) for p in days}) > 1:
            yield _error(f"{who}: days and moments do not mix in what runs on.", 22)


def derived_problems(m: Derived) -> Iterator[checks.CheckMessage]:
    """Wrong grammar, unknown names, cycles."""
    try:
        found = parts(m.expr)
    except BadFormula as bad:
        yield _error(f"measure {m.name}: {bad}.", 25)
        return
    for name in found:
        if name not in measures:
            yield _error(f"measure {m.name}: {name!r} is no measure.", 25)
        elif m.name in _reached(name, set()):
            yield _error(f"measure {m.name} is worked out from itself.", 25)
    if not str(m.formula) or not str(m.label):
        yield _error(f"measure {m.name} does not say what it is: label and formula.", 25)


def _reached(name: str, seen: set[str]) -> set[str]:
    found = measures.get(name)
    if name in seen or not isinstance(found, Derived):
        return seen | {name}
    for part in parts(found.expr):
        seen |= _reached(part, seen | {name})
    return seen | {name}


@checks.register("pellucid")
def check_metrics(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every declared dataset, dimension, measure and analysis."""
    return list(problems())
