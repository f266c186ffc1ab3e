"""What a page draws of a table of numbers: figures on top, bars, columns and lines over time. All of it SVG without a style attribute."""
from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.metrics.declare import Part, measures
from pellucid.kernel.metrics.table import Row, Table, buckets, shown, window_label
from pellucid.kernel.records.spec import Show

from .grids import MOST_ROWS, SERIES, Grid, number
from .questions import Settings, toggled

WIDTH, HEIGHT, LEFT, BOTTOM = 1100, 260, 8, 24


def facts(t: Table, whole: Row, settings: Settings) -> list[dict[str, Any]]:
    """The totals as figures on top, up to six."""
    against = window_label(settings.compare[0]) if settings.compare else ""
    out = []
    for (name, label, _unit), cell in zip(t.columns[:6], whole.cells, strict=False):
        note = f"{against} {cell.change}" if cell.change else ""
        out.append({"label": label, "value": cell.text, "unit": str(measures[name].noun), "note": note, "tone": cell.tone, "href": cell.href})
    return out


def drawn_part(part: Part, t: Table, settings: Settings, show: Show, share: str = "") -> dict[str, Any]:
    """One card: its table and its chart."""
    card: dict[str, Any] = {"label": str(part.label), "note": str(part.note), "chart": part.chart, "dims": [label for _n, label in t.dims],
                            "columns": [{"label": label, "unit": unit} for _n, label, unit in t.columns],
                            "against": window_label(settings.compare[0]) if settings.compare and not t.answer.ask.grain else ""}  # fmt: skip
    if part.chart == "grid":
        return card | Grid(t).drawn(settings, share)
    if t.answer.ask.grain:
        return card | over_time(t, part.chart, show)
    return card | bars(t, settings)


def bars(t: Table, settings: Settings) -> dict[str, Any]:
    """A row each, with a bar for the first measure; a click on its name filters the page."""
    top = max((abs(float(row.cells[0].value or 0)) for row in t.rows if number(row.cells[0].value)), default=0) or 1
    lines = []
    for row in t.rows[:MOST_ROWS]:
        name = t.dims[0][0] if t.dims else ""
        value = row.line.values[0] if name else None
        on = name in settings.filters
        lines.append({
            "label": " · ".join(row.labels) or _("Total"), "cells": row.cells, "others": bool(row.line.others),
            "filter": toggled(settings, name, value) if name and not row.line.others else "", "on": on,
            "share": round(100 * abs(float(row.cells[0].value)) / top, 1) if number(row.cells[0].value) else 0,
        })  # fmt: skip
    total = t.total
    return {"lines": lines, "total": total.cells if total and t.dims else None, "more": max(0, len(t.rows) - MOST_ROWS)}


def over_time(t: Table, chart: str, show: Show) -> dict[str, Any]:
    """Series over buckets, each a line or a stack of columns; beside it the same as a table."""
    labels = buckets(t.answer, t.answer.ask.grain)
    series: dict[tuple[Any, ...], list[Any]] = {}
    names: dict[tuple[Any, ...], str] = {}
    measure, unit = t.columns[0][0], t.columns[0][2]
    for row in t.rows:
        series.setdefault(row.line.values, [None] * len(labels))[row.line.bucket or 0] = row.cells[0].value
        names[row.line.values] = " · ".join(row.labels) or str(measures[measure].label)
    kept = sorted(series.items(), key=lambda item: -sum(float(v or 0) for v in item[1]))[:SERIES]
    kept.sort(key=lambda item: [str(v) for v in item[0]])
    stacked = chart in ("stacked", "columns")
    heights = [sum(float(values[k] or 0) for _key, values in kept) if stacked else max((float(values[k] or 0) for _k, values in kept), default=0)
               for k in range(len(labels))]  # fmt: skip
    top = max(heights, default=0) or 1
    step = (WIDTH - 2 * LEFT) / max(len(labels), 1)
    floor = HEIGHT - BOTTOM
    rects, lines, base = [], [], [0.0] * len(labels)
    for n, (key, values) in enumerate(kept, 1):
        if stacked:
            for k, value in enumerate(values):
                high = float(value or 0) / top * (floor - 10)
                if high > 0:
                    rects.append({"x": f"{LEFT + k * step + step * .18:.1f}", "w": f"{step * .64:.1f}", "y": f"{floor - base[k] - high:.1f}",
                                  "h": f"{high:.1f}", "n": n, "title": f"{names[key]} · {labels[k]}: {shown(value, unit, show)}"})  # fmt: skip
                base[k] += high
        else:
            high = [(k, float(v) / top * (floor - 10)) for k, v in enumerate(values) if v is not None]
            points = " ".join(f"{LEFT + (k + .5) * step:.1f},{floor - h:.1f}" for k, h in high)
            lines.append({"n": n, "points": points, "title": names[key]})
    every = max(1, round(len(labels) / 12))
    ticks = [{"x": f"{LEFT + (k + .5) * step:.1f}", "label": label} for k, label in enumerate(labels) if k % every == 0]
    twin = [{"label": names[key], "cells": [shown(v, unit, show) for v in values]} for key, values in kept]
    legend = [{"n": n, "label": names[key]} for n, (key, _v) in enumerate(kept, 1)]
    return {"plot": {"width": WIDTH, "height": HEIGHT, "floor": floor, "rects": rects, "lines": lines, "ticks": ticks, "top": shown(top, unit, show)},
            "legend": legend, "labels": labels, "twin": twin}  # fmt: skip

