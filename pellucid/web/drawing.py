"""What a page draws of a table of numbers: figures on top, bars, columns and lines over time. All of it SVG without a style attribute."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.metrics.declare import Part, measures
from pellucid.kernel.metrics.labels import ordered
from pellucid.kernel.metrics.table import Cell, Row, Table, home_of, window_label
from pellucid.kernel.records.spec import Show

from .grids import MOST_ROWS, Grid, in_short, largest, number, short
from .plots import over_time
from .questions import Settings, toggled

SHORT = 8  # bars of a narrow card


def facts(t: Table, whole: Row, settings: Settings, show: Show) -> list[dict[str, Any]]:
    """The totals as figures on top, up to six; amounts in short, exactly in their title."""
    against = window_label(settings.compare[0]) if settings.compare else ""
    out = []
    shown = list(zip(t.columns[:6], whole.cells, strict=False))
    beside = max((abs(float(cell.value)) for (_n, _l, unit), cell in shown if unit == "money" and number(cell.value)), default=0.0)
    for (name, label, unit), cell in shown:
        note = f"{against} {cell.change}" if cell.change else ""
        text = short(cell.value, unit, show, beside=beside)
        out.append({"label": label, "value": text, "title": cell.text if text != cell.text else "", "unit": str(measures[name].noun), "note": note,
                    "tone": cell.tone, "href": cell.href, "drawer": cell.drawer})  # fmt: skip
    return out


def drawn_part(part: Part, t: Table, settings: Settings, show: Show, share: str = "", tail: Table | None = None) -> dict[str, Any]:
    """One card: its table and its chart."""
    card: dict[str, Any] = {"label": str(part.label), "note": str(part.note), "chart": part.chart, "dims": [label for _n, label in t.dims],
                            "side": part.side, "columns": [{"label": label, "unit": unit} for _n, label, unit in t.columns],
                            "against": window_label(settings.compare[0]) if settings.compare and not t.answer.ask.grain else ""}  # fmt: skip
    if part.chart == "grid":
        return card | Grid(t, show).drawn(settings, share)
    if part.chart == "funnel":
        return card | funnel(part, t, tail, settings, show)
    if t.answer.ask.grain:
        return card | over_time(t, part.chart, show, narrow=bool(part.side))
    if part.side and len(t.columns) == 1 and len(t.dims) == 1:
        return card | hbars(t, settings, show, part.tone)
    return card | bars(t, settings, show, brief=bool(part.side))


def bars(t: Table, settings: Settings, show: Show, *, brief: bool = False) -> dict[str, Any]:
    """A row each, with a bar for the first measure where there is room; a click on its name filters the page."""
    lines, sizes, tops = [], largest(t), highest(t)
    for row in t.rows[:MOST_ROWS]:
        name = t.dims[0][0] if t.dims else ""
        value = row.line.values[0] if name else None
        picked = settings.filters.get(name, ())
        on = name in settings.filters and value in (picked if isinstance(picked, tuple) else (picked,))
        cells = in_short(t, row, show, sizes)
        lines.append({
            "label": " · ".join(row.labels) or _("Total"), "cells": cells, "others": bool(row.line.others), "drawer": row.cells[0].drawer,
            "off": name in settings.filters and not on, "filter": toggled(settings, name, value) if name and not row.line.others else "", "on": on,
            "share": min(100, round(100 * abs(float(row.cells[0].value)) / tops[beside(t, row)], 1)) if number(row.cells[0].value) else 0,
        })  # fmt: skip
    total = t.total
    return {"lines": lines, "total": in_short(t, total, show, sizes) if total and t.dims and not brief else None,
            "more": max(0, len(t.rows) - MOST_ROWS), "brief": brief}


def beside(t: Table, row: Row) -> Any:
    """What a row's bar stands among: those of its unit of measure where only these compare, else all."""
    ask = t.answer.ask
    return row.line.values[ask.by.index(ask.within)] if ask.within else None


def highest(t: Table) -> dict[Any, float]:
    """The figure that fills a bar. What the many others come to would leave nothing of the bars above it: theirs is as long as the longest."""
    out: dict[Any, float] = {}
    for row in t.rows:
        key, value = beside(t, row), row.cells[0].value
        out[key] = max(out.get(key, 0.0), abs(float(value)) if number(value) and not row.line.others else 0.0)
    return {key: top or 1.0 for key, top in out.items()}


def hbars(t: Table, settings: Settings, show: Show, tone: str) -> dict[str, Any]:
    """One measure as bars with their figures behind; the one filtered by stands out, a click on another takes its place."""
    name, unit = t.dims[0][0], t.columns[0][2]
    values = [float(row.cells[0].value) if number(row.cells[0].value) else 0.0 for row in t.rows]
    top = max(map(abs, values), default=0) or 1
    picked = settings.filters.get(name, ())
    chosen = set(picked) if isinstance(picked, tuple) else {picked}
    lines = []
    for row, value in [(r, v) for r, v in zip(t.rows, values, strict=True) if v][:SHORT]:
        at = row.line.values[0]
        on = name in settings.filters and at in chosen
        lines.append({
            "label": row.labels[0], "share": f"{82 * abs(value) / top:.1f}", "on": on,
            "title": f"{row.labels[0]}: {row.cells[0].text}",
            "cell": replace(row.cells[0], text=short(row.cells[0].value, unit, show, beside=top), title=""),
            "filter": toggled(settings, name, at) if not row.line.others else "",
            "fill": "f-line" if name in settings.filters and not on else "f-grey" if row.line.others else f"f-{tone or 'acc'}",
        })  # fmt: skip
    return {"chart": "hbars", "lines": lines, "more": max(0, len([v for v in values if v]) - SHORT)}


def funnel(part: Part, t: Table, tail: Table | None, settings: Settings, show: Show) -> dict[str, Any]:
    """The rows of a dimension in its order, each a bar with the compared one as an outline, the share between written below it."""
    columns = [n for n, (name, _label, _unit) in enumerate(t.columns) if name != part.between]
    between = next((n for n, (name, _label, _unit) in enumerate(t.columns) if name == part.between), None)
    switch = [t.columns[n] for n in columns if t.columns[n][2] in ("money", "count")]
    asked = dict(settings.pairs).get("bar", "")
    bar = next((n for n in columns if t.columns[n][0] == asked), columns[0])
    name, window = t.columns[bar][0], next(iter(t.answer.ask.compare), "")
    ds, dim = home_of(t.answer.ask, part.ask.by[0])
    order = ordered(ds, dim, [row.line.values[0] for row in t.rows], show)
    rows = sorted(t.rows, key=lambda row: order.index(row.line.values[0]))
    if between is not None:
        rows = [row for row in rows if any(number(c.value) and c.value for c in row.cells)]

    def was(row: Row) -> float:
        return float(row.line.cells.get(f"{name}__{window}") or 0) if window else 0.0

    def of_tail(column: str) -> Row | None:
        return tail.rows[0] if tail and tail.rows else None

    wide = largest(t)

    def said(cell: Cell, unit: str, n: int) -> dict[str, Any]:
        text = short(cell.value, unit, show, beside=wide[n])
        return {"cell": replace(cell, text=text, title=cell.text if text != cell.text else ""), "main": n == bar}

    end = of_tail(name)
    at_end = next((n for n, (_m, _l, unit) in enumerate(tail.columns) if unit == t.columns[bar][2]), 0) if tail else 0
    sizes = [float(row.cells[bar].value or 0) for row in rows] + [was(row) for row in rows]
    if end is not None and tail is not None:
        sizes.append(float(end.cells[at_end].value or 0))
    top = max(sizes, default=0) or 1
    lines = [{
        "label": row.labels[0], "filter": toggled(settings, part.ask.by[0], row.line.values[0]), "on": part.ask.by[0] in settings.filters,
        "share": f"{100 * float(row.cells[bar].value or 0) / top:.1f}", "was": f"{100 * was(row) / top:.1f}" if window else "", "step": min(at, 6),
        "cells": [said(row.cells[n], t.columns[n][2], n) for n in columns], "drawer": row.cells[bar].drawer,
        "change": row.cells[bar], "between": row.cells[between] if between is not None else None,
    } for at, row in enumerate(rows)]  # fmt: skip
    last = None
    if end is not None and tail is not None and part.tail:
        values = {unit: cell for (_m, _l, unit), cell in zip(tail.columns, end.cells, strict=True)}
        cells = [values.get(t.columns[n][2]) for n in columns]
        before = float(end.line.cells.get(f"{tail.columns[at_end][0]}__{window}") or 0) if window else 0.0
        last = {"label": str(part.tail[0]), "share": f"{100 * float(end.cells[at_end].value or 0) / top:.1f}", "change": end.cells[at_end],
                "was": f"{100 * min(before / top, 1):.1f}" if window else "",
                "drawer": end.cells[at_end].drawer,
                "cells": [said(c, t.columns[n][2], n) if c else None for n, c in zip(columns, cells, strict=True)]}  # fmt: skip
    return {"lines": lines, "tail": last, "dim": t.dims[0][1], "heads": [t.columns[n][1] for n in columns], "bar": t.columns[bar][1],
            "between": t.columns[between][1] if between is not None else "",
            "switch": [{"label": label, "href": settings.url(bar=key), "current": key == name} for key, label, _u in switch if len(switch) > 1]}
