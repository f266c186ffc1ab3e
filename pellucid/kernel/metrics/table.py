"""An answer as people read it: columns, rows with words and formatted figures, changes, and where each number leads. Pages and Excel draw it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache, partial
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.exchange.writers import Column, open_table
from pellucid.kernel.records import words
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.spec import Show

from .answer import Answer, Line
from .declare import Ask, Dataset, Dim, Measure, base_of, datasets, measures
from .drill import link, narrow, query
from .labels import labelled, spec_of

NOTHING = "—"
BESIDE = "/analyses/behind"
SHEET_KINDS = {"count": "integer", "money": "money", "percent": "percent", "moment": "datetime"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One number: itself, as shown, where it leads, and its change against the compared window."""

    value: Any
    text: str
    way: Callable[[], str] | None = None  # makes the address: of the rows of a long answer only some are drawn
    change: str = ""
    tone: str = ""
    beside: Callable[[], str] | None = None  # makes the address of its rows beside the page
    title: str = ""  # the exact figure where a short one is shown

    @property
    def href(self) -> str:
        """Where it leads; "" for nowhere."""
        return self.way() if self.way else ""

    @property
    def drawer(self) -> str:
        """Where its rows are shown beside the page; "" for nowhere."""
        return self.beside() if self.beside else ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line with the words of its dimensions."""

    line: Line
    labels: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Everything a page draws of an answer."""

    answer: Answer
    dims: tuple[tuple[str, str], ...]  # (name, label)
    columns: tuple[tuple[str, str, str], ...]  # (measure, label, unit)
    rows: tuple[Row, ...]
    totals: tuple[Row, ...] = ()
    words: dict[str, dict[Any, str]] = field(default_factory=dict)  # dimension -> value -> label

    @property
    def total(self) -> Row | None:
        """The row of the total over everything."""
        whole = 2 ** len(self.dims) - 1
        return next((row for row in (*self.totals, *self.rows) if row.line.level == whole), None)


def shown(value: Any, unit: str, show: Show) -> str:
    """A figure as people read it; what is unknown is a dash."""
    if value is None:
        return NOTHING
    if unit == "moment":
        return words.ago(value, show.now, show.language)
    if unit == "percent":
        return f"{Decimal(value) * 100:,.1f}%".replace("-", "−")
    if unit == "money":
        return f"{Decimal(value):,.2f}".replace("-", "−")
    text = f"{Decimal(value):,.{0 if unit == 'count' and value == int(value) else 1 if unit in ('days', 'hours') else 2}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def changed(cells: dict[str, Any], name: str, window: str) -> tuple[str, str]:
    """(text, tone) of a change against a window: a rate, points for shares, "from 0" where nothing was before, a dash where it rounds to none."""
    m = measures[name]
    diff = cells.get(f"{name}__{window}_diff")
    if diff is None:
        return "", ""
    good = {"up": 1, "down": -1}.get(m.good, 0)
    tone = "" if not diff or not good else "ok" if (diff > 0) == (good > 0) else "bad"
    if m.unit == "percent":
        points = round(Decimal(diff) * 100, 1)
        return (_("%(n)s pp") % {"n": f"{points:+,}".replace("-", "−")}, tone) if points else (NOTHING, "")
    rate = cells.get(f"{name}__{window}_rate")
    if rate is None:
        return (pgettext("change", "from 0") if diff > 0 else NOTHING if diff else "", tone)
    rise = round(Decimal(rate) * 100, 1)
    return (f"{rise:+,}%".replace("-", "−"), tone) if rise else (NOTHING, "")


def home_of(ask: Ask, name: str) -> tuple[Dataset, Dim]:
    """A dataset of the question, and its dimension of a name."""
    for m in base_of(ask.asked).values():
        ds = datasets[m.dataset]
        if (dim := ds.dim(name)) is not None:
            return ds, dim
    raise KeyError(name)


def whole(answer: Answer) -> Answer:
    """With one dimension that always shows all of its values, those with nothing in them too, in their order."""
    if len(answer.ask.by) != 1 or answer.ask.grain or answer.ask.top:
        return answer
    ds, dim = home_of(answer.ask, answer.ask.by[0])
    choices = [value for value, *_rest in dim.choices or spec_of(ds, dim).choices]
    if not dim.whole or not choices:
        return answer
    known = {line.values[0]: line for line in answer.lines}
    columns = answer.total.cells if answer.total else next((line.cells for line in answer.lines), {})
    nothing = {c: 0 if _adds_up(c) else None for c in columns}
    wanted = [c for c in choices if dim.name not in answer.ask.filters] or list(known)
    lines = [known.pop(value) if value in known else Line((value,), nothing) for value in wanted]
    return replace(answer, lines=(*lines, *known.values()))


def _adds_up(column: str) -> bool:
    m = measures.get(column.split("__")[0])
    return isinstance(m, Measure) and (m.additive or m.agg == "distinct") and not column.endswith("_rate")


def table(actor: Actor, found: Answer, show: Show, *, links: bool = True) -> Table:
    """An answer in words."""
    found = whole(found)
    ask = found.ask
    said: dict[str, dict[Any, str]] = {}
    for at, name in enumerate(ask.by):
        ds, dim = home_of(ask, name)
        said[name] = labelled(ds, dim, {line.values[at] for line in (*found.lines, *found.totals)}, show)
    window = next(iter(ask.compare), "")

    def row(line: Line) -> Row:
        labels = [said[name].get(value, str(value)) for name, value in zip(ask.by, line.values, strict=True)]
        labels = [_("Total") if line.level >> (len(ask.by) - 1 - at) & 1 else label for at, label in enumerate(labels)]
        if line.others:
            labels[0] = _("Others (%(n)s)") % {"n": line.others}
        clicked, asked = clicked_of(ask, line), within(found, line)
        cells = []
        for name in ask.measures:
            text, tone = changed(line.cells, name, window) if window else ("", "")
            leading = links and not line.others and not ask.running
            way = cache(partial(leads, actor, name, asked, show, clicked)) if leading else None
            rows = partial(beside, name, asked, clicked) if leading and measures[name].unit != "moment" else None
            cells.append(Cell(line.cells.get(name), shown(line.cells.get(name), measures[name].unit, show), way, text, tone, rows))
        return Row(line, tuple(labels), tuple(cells))

    dims = tuple((name, str(home_of(ask, name)[1].label)) for name in ask.by)
    columns = tuple((name, str(measures[name].label), measures[name].unit) for name in ask.measures)
    return Table(found, dims, columns, tuple(map(row, found.lines)), tuple(map(row, found.totals)), said)


def clicked_of(ask: Ask, line: Line) -> dict[str, Any]:
    """The dimension values of a line; a total has none of what it is over."""
    return {n: v for at, (n, v) in enumerate(zip(ask.by, line.values, strict=True)) if not line.level >> (len(ask.by) - 1 - at) & 1}


def counted(name: str, clicked: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The measure whose rows stand for a number (of a ratio its numerator), with the clicked values it knows."""
    first = next(iter(base_of((name,))))
    ds = datasets[base_of((first,))[first].dataset]
    return first, {k: v for k, v in clicked.items() if ds.dim(k)}


def leads(actor: Actor, name: str, ask: Ask, show: Show, clicked: dict[str, Any]) -> str:
    """The rows of a number."""
    first, known = counted(name, clicked)
    return link(actor, first, ask, show.today, known)


def asked_by(name: str, ask: Ask, clicked: dict[str, Any]) -> str:
    """The question a number answers, as a query; of one that is worked out from others the name goes along."""
    first, known = counted(name, clicked)
    return query(narrow(ask, first, known)) + (f"&of={name}" if name != first else "")


def beside(name: str, ask: Ask, clicked: dict[str, Any]) -> str:
    """The address of the rows of a number beside the page."""
    return f"{BESIDE}?{asked_by(name, ask, clicked)}"


def within(found: Answer, line: Line) -> Ask:
    """The question of a line's bucket: the days between its edge and the next."""
    if line.bucket is None or found.ask.period is None:
        return found.ask
    after = line.bucket + 1
    until = found.starts[after] if after < len(found.starts) else found.ask.period.until
    return replace(found.ask, period=Days(found.starts[line.bucket], until))


def buckets(found: Answer, grain: str) -> list[str]:
    """The buckets of an answer in words."""
    pattern = {"year": "%Y", "month": "%Y-%m", "quarter": "%Y-%m"}.get(grain, "%m-%d")
    return [start.strftime(pattern) for start in found.starts]


def write(made: Table, file: BinaryIO, title: str, zone: Any = None) -> None:
    """The table as an Excel workbook, exact values, comparisons beside."""
    ask = made.answer.ask
    head = [Column(label) for _name, label in made.dims]
    if ask.grain:
        head.append(Column(_("From"), "date"))
    keys: list[str] = []
    for name, label, unit in made.columns:
        head.append(Column(label, SHEET_KINDS.get(unit, "number")))  # type: ignore[arg-type]
        keys.append(name)
        for window in [w for w in ask.compare if unit != "moment"]:
            head += [Column(f"{label} · {window_label(window)}", SHEET_KINDS.get(unit, "number"))]  # type: ignore[arg-type]
            keys.append(f"{name}__{window}")
            if unit != "percent":
                head.append(Column(f"{label} · {window_label(window)} %", "percent"))
                keys.append(f"{name}__{window}_rate")
    with open_table("xlsx", file, head, title=title, zone=zone) as out:
        for row in (*made.rows, *made.totals):
            start: Sequence[dt.date] = [made.answer.starts[row.line.bucket or 0]] if ask.grain else []
            out.row([*row.labels, *start, *(row.line.cells.get(key) for key in keys)])


def window_label(window: str) -> str:
    """A compared window in words."""
    return {"previous": _("Previous period"), "year": _("Same period last year")}.get(window, window)
