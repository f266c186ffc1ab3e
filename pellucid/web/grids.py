"""Two dimensions against each other: the grid of cells, what stands out in it, and the same drawn as bars."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.metrics.declare import Measure, measures
from pellucid.kernel.metrics.labels import graded, listed
from pellucid.kernel.metrics.labels import ordered as in_order
from pellucid.kernel.metrics.table import NOTHING, Cell, Row, Table, home_of, shown
from pellucid.kernel.records import words
from pellucid.kernel.records.spec import Show

from .questions import Settings, toggled

MOST_ROWS, MOST_COLUMNS, SERIES = 60, 14, 8
SHARES = ("row", "column", "all")


def short(value: Any, unit: str, show: Show, places: int = 1, beside: float = 0) -> str:
    """A figure as it stands in a chart: amounts in short, in the unit of the largest beside them, days as such, everything else as everywhere."""
    if unit == "days" and value is not None:
        return f"{shown(value, unit, show)} {_('days')}"
    return words.money(value, show.language, places, beside) if unit == "money" and value is not None else shown(value, unit, show)


def largest(t: Table) -> list[float]:
    """The largest figure of every column that holds amounts: all of it is written in that one's unit."""
    rows = [*t.rows, *t.totals, *([t.total] if t.total else ())]
    return [max((abs(float(row.cells[n].value)) for row in rows if number(row.cells[n].value)), default=0.0) if unit == "money" else 0.0
            for n, (_name, _label, unit) in enumerate(t.columns)]  # fmt: skip


def in_short(t: Table, row: Row, show: Show, sizes: list[float] | None = None) -> list[Cell]:
    """The cells of a row as the figures above say them; a page has one way of writing an amount, Excel has them exactly."""
    sizes = largest(t) if sizes is None else sizes
    texts = [short(cell.value, unit, show, beside=beside) for cell, (_n, _l, unit), beside in zip(row.cells, t.columns, sizes, strict=True)]
    return [replace(cell, text=text, title=cell.text if text != cell.text else "") for cell, text in zip(row.cells, texts, strict=True)]


def number(value: Any) -> bool:
    """Whether a cell holds a figure, not a moment and not nothing."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def size(row: Row | None) -> float:
    """The first measure of a line as a length."""
    value = row.cells[0].value if row else None
    return float(value) if number(value) else 0.0


class Grid:
    """A table by two dimensions, largest rows and columns first; a dimension that the question is ordered by keeps its own order, and so do
    grades one above the other; columns that a short list names stand as that list does."""

    def __init__(self, t: Table, show: Show) -> None:
        sizes = largest(t)

        def said(row: Row) -> Row:
            return replace(row, cells=tuple(in_short(t, row, show, sizes)))

        self.table = t = replace(t, rows=tuple(map(said, t.rows)), totals=tuple(map(said, t.totals)))
        self.show = show
        self.cells = {row.line.values: row for row in t.rows}
        self.by_row = {row.line.values[0]: row for row in t.totals if row.line.level == 1}
        self.by_column = {row.line.values[1]: row for row in t.totals if row.line.level == 2}
        self.rows = self.ordered(0, self.by_row)[:MOST_ROWS]
        self.columns = self.ordered(1, self.by_column)[:MOST_COLUMNS]

    def ordered(self, at: int, totals: dict[Any, Row]) -> list[Any]:
        """The values of the rows (0) or the columns (1), as they stand."""
        if self.table.answer.ask.order == self.table.dims[at][0]:
            return [value for value in dict.fromkeys(row.line.values[at] for row in self.table.rows) if value in totals]
        ds, dim = home_of(self.table.answer.ask, self.table.dims[at][0])
        if graded(ds, dim) or at and 0 < listed(ds, dim, self.show) <= MOST_COLUMNS:
            return in_order(ds, dim, totals, self.show)
        return sorted(totals, key=lambda v: -size(totals[v]))

    def words(self, at: int, value: Any) -> str:
        """The label of a row's (0) or a column's (1) value."""
        return self.table.words[self.table.dims[at][0]].get(value, str(value))

    def name(self, values: tuple[Any, ...]) -> str:
        """A cell in words."""
        return f"{self.words(0, values[0])} × {self.words(1, values[1])}"

    def drawn(self, settings: Settings, share: str = "") -> dict[str, Any]:
        """The heat map: cells tinted by the first measure, totals at the sides. Names filter, numbers lead to their rows."""
        (rname, rlabel), (cname, clabel) = self.table.dims[:2]
        top = max((abs(size(row)) for row in self.table.rows), default=0) or 1

        def tint(row: Row | None) -> int:
            return 0 if not size(row) else 1 + min(4, int(5 * abs(size(row)) / top * .999))

        body = [{
            "label": self.words(0, r), "filter": toggled(settings, rname, r), "on": rname in settings.filters,
            "cells": [{"tint": tint(self.cells.get((r, c))), "cells": self.shown(share, r, c)} for c in self.columns],
            "total": self.shown(share, r, None, row=self.by_row[r]),
        } for r in self.rows]  # fmt: skip
        heads = [{"label": self.words(1, c), "filter": toggled(settings, cname, c), "on": cname in settings.filters,
                  "total": self.shown(share, None, c, row=self.by_column[c])} for c in self.columns]  # fmt: skip
        hidden = len(self.by_row) - len(self.rows) + len(self.by_column) - len(self.columns)
        return {"row": rlabel, "column": clabel, "body": body, "heads": heads, "more": hidden,
                "whole": self.shown(share, None, None, row=self.table.total) if self.table.total else ()}  # fmt: skip

    def shown(self, share: str, r: Any, c: Any, row: Row | None = None) -> tuple[Cell, ...]:
        """A cell's figures, or their shares of the row, the column or everything. What does not add up has no share."""
        row = row or self.cells.get((r, c))
        if row is None:
            return ()
        base = {"row": self.by_row.get(r, self.table.total), "column": self.by_column.get(c, self.table.total), "all": self.table.total}.get(share)
        out = []
        for (name, _label, _unit), cell, of in zip(self.table.columns, row.cells, base.cells if base else row.cells, strict=True):
            text = part_of(cell, of) if base and adds_up(name) else cell.text
            out.append(replace(cell, text=text))
        return tuple(out)

    def striking(self) -> Iterator[dict[str, Any]]:
        """The largest cell, where most came and most went, and how many cells are empty."""
        whole, filled = size(self.table.total), [row for row in self.table.rows if size(row)]
        if filled and adds_up(self.table.columns[0][0]):
            best = max(filled, key=size)
            of = f" · {size(best) / whole:.1%}" if whole > 0 else ""
            yield {"label": _("Largest cell"), "value": best.cells[0].text, "note": self.name(best.line.values) + of, "href": best.cells[0].href,
                   "drawer": best.cells[0].drawer}
        name, window = self.table.columns[0][0], next(iter(self.table.answer.ask.compare), "")
        moved = [row for row in self.table.rows if number(row.line.cells.get(f"{name}__{window}_diff"))]
        for label, sign, tone in ((_("Grew most"), 1, "ok"), (_("Fell most"), -1, "bad")):
            ranked = [row for row in moved if sign * float(row.line.cells[f"{name}__{window}_diff"]) > 0]
            if ranked:
                most = max(ranked, key=lambda row: sign * float(row.line.cells[f"{name}__{window}_diff"]))
                by = short(most.line.cells[f"{name}__{window}_diff"], self.table.columns[0][2], self.show, beside=whole)
                by = by if by.startswith("−") else f"+{by}"
                good = measures[name].good
                yield {"label": label, "value": by, "note": f"{self.name(most.line.values)} {most.cells[0].change}",
                       "tone": tone if good == "up" else {"ok": "bad", "bad": "ok"}[tone] if good == "down" else ""}  # fmt: skip
        cells = len(self.by_row) * len(self.by_column)
        yield {"label": _("Empty cells"), "value": f"{cells - len(filled):,}", "note": _("of %(n)s") % {"n": f"{cells:,}"}}

    def stacked(self) -> dict[str, Any] | None:
        """Rows as bars made of their columns; None where parts do not add up."""
        if not adds_up(self.table.columns[0][0]) or any(size(row) < 0 for row in self.table.rows) or not self.rows:
            return None
        named = self.columns if len(self.by_column) <= SERIES else self.columns[: SERIES - 1]
        top = max(size(self.by_row[r]) for r in self.rows) or 1
        lines = []
        for r in self.rows[:20]:
            at, parts = 0.0, []
            pieces = [(n, self.cells.get((r, c)), self.name((r, c))) for n, c in enumerate(named, 1)]
            for n, row, label in pieces:
                wide = 100 * size(row) / top
                if row and wide:
                    parts.append({"n": n, "x": f"{at:.2f}", "w": f"{wide:.2f}", "title": f"{label}: {row.cells[0].text}",
                                  "drawer": row.cells[0].drawer})
                at += wide
            rest = 100 * size(self.by_row[r]) / top - at
            if rest > .005:
                parts.append({"n": SERIES, "x": f"{at:.2f}", "w": f"{rest:.2f}", "title": f"{self.words(0, r)} · {_('Others')}"})
            lines.append({"label": self.words(0, r), "parts": parts, "total": self.by_row[r].cells[0]})
        legend = [{"n": n, "label": self.words(1, c)} for n, c in enumerate(named, 1)]
        if len(named) < len(self.by_column):
            legend.append({"n": SERIES, "label": _("Others")})
        return {"lines": lines, "legend": legend, "label": self.table.columns[0][1], "more": max(0, len(self.by_row) - 20)}


def adds_up(name: str) -> bool:
    """Whether parts of a measure make its total."""
    m = measures[name]
    return isinstance(m, Measure) and m.additive


def part_of(cell: Cell, base: Cell) -> str:
    """A share in words; of nothing and of less than nothing there is none."""
    if not number(cell.value) or not number(base.value) or base.value <= 0:
        return NOTHING
    return f"{Decimal(cell.value) / Decimal(base.value):.1%}".replace("-", "−")
