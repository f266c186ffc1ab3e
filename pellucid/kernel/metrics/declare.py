"""What areas declare: datasets with their dimensions, measures over them, measures derived from those, analyses.

Everything counted is a Measure over a Dataset by Dims. A declaration is data; `checks` reads it at start-up, `rows` and `compile` answer with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.db.models import Model, Q

from pellucid.kernel.history.selectors import FOREVER
from pellucid.kernel.history.span_models import Span, span_model
from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.spec import Spec

from .formula import parts

EVER = dt.date(1900, 1, 1)
ALL = Q()
AGGREGATES = ("sum", "count", "distinct", "max", "min", "avg", "median", "value")
CHARTS = ("bars", "lines", "columns", "stacked", "grid", "funnel", "moves")
SIDES = ("", "left", "right")
TIMES = ("flow", "balance", "stock", "any")
UNITS = ("count", "number", "money", "percent", "days", "hours", "moment")
Life = tuple[str, str]  # paths of the day a row begins to count and the day it no longer does; "" for none
PICKED = "*"


@dataclass(frozen=True, slots=True)
class Ctx:
    """The time an expression is asked about: its window, the day D it is asked as of, today, and whether only what was known then counts."""

    window: Days
    asof: dt.date
    today: dt.date
    reported: bool = False
    ripe: dt.date | None = None  # for a compared window: the day by which its rows are as old as those of the window itself at D

    @property
    def day(self) -> dt.date:
        """The last day that counts: the window's end, or D if that comes first."""
        return self.asof if self.window.until is None else min(self.asof, self.window.until - dt.timedelta(days=1))

    @property
    def by(self) -> dt.date:
        """The day up to which what became of a row counts."""
        return self.ripe or self.asof

    def believed(self, path: str = "") -> Q:
        """Periods as they are believed: today, or as they were recorded by the end of D."""
        if not self.reported:
            return Q(**{f"{path}recorded_to": FOREVER})
        known = days.end_of(self.asof)
        return Q(**{f"{path}recorded_at__lt": known, f"{path}recorded_to__gte": known})

    def not_yet(self, path: str) -> Q:
        """What had not happened by the end of the day, by the moment kept at `path`."""
        never = Q(**{f"{path}__isnull": True})
        return never if self.day >= self.today else never | Q(**{f"{path}__gte": days.end_of(self.day)})


Where = Q | Callable[[Ctx], Q]


@dataclass(frozen=True, slots=True)
class Dim:
    """What numbers are shown by. The same name means the same in every dataset that has it. `expr` is a path, or makes an expression of the day."""

    name: str
    label: Any
    expr: str | Callable[[Ctx], Any]
    choices: tuple[tuple[Any, Any], ...] = ()  # values and labels of an expression; those of a path are its field's
    target: str = ""  # resource key, when the values are ids of records though the field does not say so
    uses: tuple[str, ...] = ()  # paths that an expression reads, for the rights
    by_day: bool = False  # an expression whose value depends on D cannot run over buckets
    like: str = ""  # path whose field says what an expression's values are
    whole: bool = False  # every choice is shown, also with nothing in it
    none: Any = ""  # what no value is called, where it means something else than that nothing was filled in
    spec: Spec | None = None  # what the values are, where no field of the model says so
    reads: tuple[tuple[str, str], ...] = ()  # (resource key, field): what else it tells of, for the rights


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows of one grain: the model, the default day that places a row in time, when it counts, and the dimensions reached by to-one paths."""

    name: str
    label: Any
    model: type[Model]
    axis: str
    fixed: tuple[Dim, ...] = ()
    scope: str = ""  # path to the owned record whose scope decides
    resource: str = ""  # whose view right the rows need
    life: Life | None = None
    within: tuple[Life, ...] = ()  # lives of parents that must hold too
    spent: str = ""  # path of a day from which rows belonging together add up to nothing: a balance of that day or later leaves them out
    where: Where = ALL
    axes: tuple[str, ...] = ()  # paths of other days a question may count by
    recorded: str = ""  # path of the moment a row was entered, for "as reported then"
    title: str = ""  # path of what names a row in a list of rows
    usual: tuple[str, ...] = ()  # the two dimensions a free analysis of it opens with
    uses: tuple[str, ...] = ()  # paths that a condition made of the day reads, for the rights
    daily: tuple[str, ...] = ()  # measures asked by day all day long: an index holds all that they are counted from
    more: Callable[[], tuple[Dim, ...]] | None = None  # dimensions that follow from what an administrator defined

    @property
    def dims(self) -> tuple[Dim, ...]:
        """Every dimension there is now."""
        return (*self.fixed, *self.more()) if self.more else self.fixed

    def dim(self, name: str) -> Dim | None:
        """The dimension of this name."""
        found = next((d for d in self.fixed if d.name == name), None)
        return found or (next((d for d in self.more() if d.name == name), None) if self.more else None)

    @property
    def is_history(self) -> bool:
        """Whether its rows are periods of records."""
        return issubclass(self.model, Span)

    @property
    def record_model(self) -> type[Model]:
        """The model of the records behind the rows."""
        return self.model.of if issubclass(self.model, Span) else self.model


@dataclass(frozen=True, slots=True)
class Measure:
    """One number: which rows, what of them, and what the window means to it. `formula` says it in words."""

    name: str
    label: Any
    dataset: str
    formula: Any
    agg: str = "count"
    expr: Any = None  # a path or an expression
    where: Where = ALL
    time: str = "flow"  # flow: in the window; balance: up to its end; stock: so at its end; any: no date
    axis: str = ""
    unit: str = "count"
    noun: Any = ""  # what is counted: accounts, times
    good: str = "up"  # which way is good: up, down, or neither
    uses: tuple[str, ...] = ()  # paths that a subquery in expr or where reads, for the rights

    @property
    def additive(self) -> bool:
        """Whether parts add up to the whole."""
        return self.agg in ("sum", "count")

    @property
    def type(self) -> str:
        """PostgreSQL type of its column."""
        return "timestamptz" if self.unit == "moment" else "numeric"


@dataclass(frozen=True, slots=True)
class Derived:
    """Arithmetic over measures in the closed grammar of `formula.py`; a division by nothing is unknown."""

    name: str
    label: Any
    expr: str
    formula: Any
    unit: str = "percent"
    noun: Any = ""
    good: str = "up"


Number = Measure | Derived
Filters = Mapping[str, Any]


@dataclass(frozen=True)
class Ask:
    """A question: which measures, by what, when, within which filters."""

    measures: tuple[str, ...]
    by: tuple[str, ...] = ()
    period: Days | None = None
    asof: dt.date | None = None
    grain: str = ""  # day, week, month, quarter, year
    compare: Mapping[str, Days] = field(default_factory=dict)
    filters: Filters = field(default_factory=dict)  # {dim: value, tuple of values, or None for what is not filled in}
    having: str = ""
    order: str = ""  # a measure (largest first, "+" before it: smallest first) or a dimension
    within: str = ""  # a dimension of `by`: what is measured is compared within each of its values only, such as a unit of measure
    top: int = 0
    totals: bool = False
    subtotals: bool = False
    share: tuple[str, ...] = ()
    running: bool = False
    axis: Mapping[str, str] = field(default_factory=dict)  # {dataset: path of another time axis}
    reported: bool = False  # as reported then: what was entered or corrected after D is left out
    without: tuple[str, ...] = ()  # filters of the page that it does not take
    also: tuple[str, ...] = ()  # measures that bring rows of their own and are not shown: everybody, also who has nothing

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """Every measure the question needs: shown, shared, ordered by, in its condition, or there for its rows."""
        order = tuple(name for name in (self.order.lstrip("+"),) if name and name not in self.by)
        return tuple(dict.fromkeys((*self.measures, *self.share, *self.also, *(parts(self.having) if self.having else ()), *order)))


@dataclass(frozen=True, slots=True)
class Part:
    """One card of an analysis: a question and how it is drawn. `period` overrides the page's; the page's day, comparison and filters hold."""

    label: Any
    ask: Ask
    # bars: a row each with a bar; lines, columns, stacked: over buckets; grid: two dimensions against each other; funnel: bars one below the
    # other, with a share between them; moves: from place to place between the ends of the period
    chart: str = "bars"
    period: str = ""
    note: Any = ""
    side: str = ""  # left or right of two columns; "" takes the whole width
    tone: str = ""  # of bars: "warm" for what is lost
    between: str = ""  # of a funnel: the measure written between its rows
    tail: tuple[Any, tuple[str, ...]] | None = None  # of a funnel: the row at its end, asked without the dimension: its label and measures
    change: str = ""  # of moves: the change that is drawn
    mean: str = ""  # month: the mean of the ends of months of the period, for what is so on a day


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the dimensions that follow from what an administrator defined is chosen on the page: parts name it `PICKED`."""

    dataset: str
    label: Any  # what is chosen
    nothing: Any  # said when there is none to choose from
    where: tuple[Any, str, str] = ("", "", "")  # where one defines them: label, address, the right it takes


@dataclass(frozen=True, slots=True)
class Analysis:
    """A named question with a page of its own. The first part gives the figures on top and is what is taken to Excel."""

    code: str
    label: Any
    group: Any
    question: Any
    parts: tuple[Part, ...]
    period: str = "this_month"  # a range of `records.days`; "" for a question about a day only
    filters: tuple[str, ...] = ()  # dimensions offered as filters
    note: Any = ""
    position: int = 100
    figures: tuple[str, ...] = ()  # measures on top; by default those of the first part
    change: str = ""  # the change that belongs to it
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a record can leave a stock and still be there."""

    name: str
    label: Any
    where: Q
    good: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A recipe: how a stock of periods moved between two days, every record in exactly one part, so that the parts add up (`change.py`)."""

    code: str
    label: Any
    group: Any
    question: Any
    dataset: str
    measures: tuple[str, ...]  # what the opening and closing figures are of a day alone: how many, their value, what is expected of it
    place: str  # the dimension whose values the records stand in
    counted: Q = ALL  # when a period is in the stock
    endings: tuple[Ending, ...] = ()
    rank: str = ""  # path of the order of the places
    line: str = ""  # path: places of different lines are not compared
    value: str = ""  # path of what a record is worth
    factor: str = ""  # path of the per cent of it that is expected
    dated: tuple[str, ...] = ()  # dimensions whose filters are passed by a change of date
    filters: tuple[str, ...] = ()  # dimensions offered as filters
    noun: Any = ""
    note: Any = ""
    position: int = 100


@dataclass(frozen=True, slots=True)
class Causes:
    """A recipe: why what was sold in one window differs from what was sold in another, in parts that add up (`causes.py`)."""

    code: str
    label: Any
    group: Any
    question: Any
    dataset: str
    measure: str  # what is compared: the sum of `amount`
    party: str  # dimension: to whom
    item: str  # dimension: what
    uom: str  # dimension: in which unit it is counted
    quantity: str  # paths
    amount: str
    words: Mapping[str, tuple[Any, Any]]  # part -> what it is called, how it is counted
    currency: str = ""  # path of the currency it was agreed in, and of the amount in it
    foreign: str = ""
    cost: str = ""  # path; and the measure that is `amount` less this, over the rows that have it
    profit: str = ""
    returned: str = ""  # dataset of what came back, with the same dimensions, quantity and amount; and the measure without it
    net: str = ""
    period: str = "this_year"
    by: tuple[str, ...] = ()  # dimensions whose values may each have parts of their own
    filters: tuple[str, ...] = ()
    noun: Any = ""  # parties, items counted
    item_noun: Any = ""
    note: Any = ""
    position: int = 100

    @property
    def metrics(self) -> tuple[str, ...]:
        """The measures whose difference is taken apart."""
        return tuple(filter(None, (self.measure, self.profit, self.net)))


datasets: dict[str, Dataset] = {}
measures: dict[str, Number] = {}
analyses: dict[str, Analysis] = {}
changes: dict[str, Change] = {}
causes: dict[str, Causes] = {}


Adds = Callable[[Dataset], Dim | None]
_added: list[Adds] = []


def dimension(made: Adds) -> None:
    """An area above adds a dimension to every dataset it can be shown by, those declared later among them; None: not by this one."""
    _added.append(made)
    datasets.update({name: _with(ds, made) for name, ds in datasets.items()})


def _with(ds: Dataset, *found: Adds) -> Dataset:
    return replace(ds, fixed=(*ds.fixed, *(dim for made in found if (dim := made(ds)))))


def declare(*found: Dataset | Measure | Derived | Analysis | Change | Causes) -> None:
    """Make declarations known."""
    for thing in found:
        match thing:
            case Dataset():
                for made in _added:
                    thing = _with(thing, made)
                _keep(datasets, thing.name, thing)
            case Analysis():
                _keep(analyses, thing.code, thing)
            case Change():
                _keep(changes, thing.code, thing)
            case Causes():
                _keep(causes, thing.code, thing)
            case _:
                _keep(measures, thing.name, thing)


def _keep(known: dict[str, Any], name: str, thing: Any) -> None:
    if name in known:
        raise RuntimeError(f"{type(thing).__name__} {name!r} is declared twice")
    known[name] = thing


def dataset(name: str, label: Any, model: type[Model], dims: Iterable[Dim] = (), *, axis: str = "created_at", **facts: Any) -> Dataset:
    """A dataset over records: they count until they are deleted and while their root is there; merged ones are their survivor's."""
    via = getattr(model, "scope_via", "")
    facts.setdefault("resource", model._meta.model_name or "")
    facts.setdefault("scope", via)
    facts.setdefault("life", (axis, "deleted_at"))
    facts.setdefault("within", (("", f"{via}__deleted_at"),) if via else ())
    facts.setdefault("recorded", "created_at")
    return Dataset(name, label, model, axis, tuple(dims), **facts)


def history(name: str, label: Any, model: type[Model], dims: Iterable[Dim] = (), **facts: Any) -> Dataset:
    """A dataset over the periods of a model's temporal fields: one row per record at any moment, with the values of then."""
    via = getattr(model, "scope_via", "")
    usual = {"resource": model._meta.model_name or "", "scope": f"record__{via}" if via else "record", "life": ("valid_from", "valid_to")}
    facts = usual | facts
    return Dataset(name, label, span_model(model), facts.pop("axis", "valid_from"), tuple(dims), **facts)


def base_of(names: Iterable[str]) -> dict[str, Measure]:
    """The measures that these names are worked out from, in order. KeyError for an unknown name."""
    out: dict[str, Measure] = {}
    for name in names:
        found = measures[name]
        if isinstance(found, Derived):
            out |= base_of(parts(found.expr))
        else:
            out[name] = found
    return out
