"""A question while it is worked out: what every step of the statement shares, and what is refused before one is made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.errors import Invalid

from .declare import Ask, Dataset, Derived, Measure, base_of, datasets, measures
from .formula import BadFormula, is_condition, to_sql
from .rows import dim_of
from .windows import GRAINS


@dataclass
class Plan:
    """The question, its base measures and windows, and the statement as far as it is made."""

    actor: Actor
    ask: Ask
    today: dt.date
    asof: dt.date
    base: dict[str, Measure]
    windows: dict[str, Days]
    ctes: list[str] = field(default_factory=list)
    params: list[Any] = field(default_factory=list)

    @property
    def dims(self) -> list[str]:
        """The columns of the dimensions."""
        return [quoted(f"d_{name}") for name in self.ask.by]

    @property
    def bucket(self) -> list[str]:
        """The column of the bucket, if there is one."""
        return ["k"] if self.ask.grain else []

    @property
    def key(self) -> list[str]:
        """What every stitched row is known by."""
        return [*self.dims, *self.bucket, "g"]

    @property
    def sets(self) -> list[list[str]]:
        """The grouping sets: the dimensions, single ones for subtotals, none for the total."""
        found = [self.dims]
        if self.ask.subtotals and len(self.dims) > 1:
            found += [[one] for one in self.dims]
        if self.dims and (self.ask.totals or self.ask.share):
            found.append([])
        return found

    @property
    def whole(self) -> int:
        """The grouping bits of the total row."""
        return int(2 ** len(self.dims) - 1)

    @property
    def columns(self) -> dict[str, Measure]:
        """Every stitched column: a measure in a window."""
        return {name + suffix(window): m for window in self.windows for name, m in self.base.items()}

    def sql(self, name: str, end: str = "") -> str:
        """A measure over stitched columns, worked out if it is derived."""
        found = measures[name]
        return to_sql(found.expr, lambda part: f"({self.sql(part, end)})") if isinstance(found, Derived) else quoted(name + end)


def quoted(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def suffix(window: str) -> str:
    """What a column of a compared window is called after its measure."""
    return f"__{window}" if window else ""


def daily(ask: Ask, m: Measure) -> bool:
    """Whether what is counted depends on the day asked about, so that every day needs a question of its own."""
    return callable(m.where) or by_day(ask, datasets[m.dataset])


def by_day(ask: Ask, ds: Dataset) -> bool:
    """Whether what it is shown or filtered by depends on the day asked about."""
    return any(dim_of(ds, name).by_day for name in (*ask.by, *ask.filters))


def check(ask: Ask) -> None:
    """Raise Invalid for a question whose parts do not fit."""
    try:
        condition = not ask.having or is_condition(ask.having)
    except BadFormula:
        condition = False
    if not condition:
        raise Invalid({"having": [_("This is no condition.")]})
    unknown = [name for name in ask.asked if name not in measures]
    if unknown or not ask.measures:
        raise Invalid({"measures": [_("There is no measure “%(name)s”.") % {"name": (unknown or [""])[0]}]})
    if len(set(ask.by)) < len(ask.by) or ask.top and (len(ask.by) != 1 or ask.grain):
        raise Invalid({"by": [_("These dimensions do not fit the question.")]})
    if any(name not in ask.measures for name in ask.share):
        raise Invalid({"share": [_("A share is of a measure that is shown.")]})
    if ask.grain and ask.grain not in GRAINS or ask.running and not ask.grain:
        raise Invalid({"grain": [_("This is no step of time.")]})
    if ask.grain and (ask.period is None or ask.period.first is None or ask.period.until is None):
        raise Invalid({"period": [_("A development needs a period with both ends.")]})
    for m in base_of(ask.asked).values():
        ds = datasets[m.dataset]
        for name in (*ask.by, *ask.filters):
            dim_of(ds, name)
        still = m.time in ("stock", "balance") and (not m.additive or daily(ask, m))
        if ask.grain and (m.time == "any" or still):
            raise Invalid({m.name: [_("“%(measure)s” cannot be shown over time: ask for single days.") % {"measure": m.label}]})
        if ask.running and m.time == "flow" and not m.additive:
            raise Invalid({m.name: [_("“%(measure)s” cannot be added up over time.") % {"measure": m.label}]})


def having_sql(plan: Plan) -> str:
    """The condition over finished columns."""
    return to_sql(plan.ask.having, quoted)


