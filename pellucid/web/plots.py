"""Series over time as SVG: columns, stacks and lines on a ruled ground, the compared year as a dashed line, the same as a table beside."""
from __future__ import annotations

import math
from typing import Any

from pellucid.kernel.metrics.declare import measures
from pellucid.kernel.metrics.table import NOTHING, Cell, Table, buckets, shown, window_label
from pellucid.kernel.records.spec import Show

from .grids import SERIES, short
from .waterfall import nice

WIDTH, NARROW, HEIGHT, LEFT, BOTTOM, TOP = 1100, 640, 230, 66, 24, 12


def over_time(t: Table, chart: str, show: Show, *, narrow: bool = False) -> dict[str, Any]:
    """Series over buckets, each a line or a stack of columns; beside it the same as a table."""
    labels = buckets(t.answer, t.answer.ask.grain)
    measure, unit = t.columns[0][0], t.columns[0][2]
    window = next(iter(t.answer.ask.compare), "")
    series: dict[tuple[Any, ...], list[Any]] = {}
    cells: dict[tuple[Any, ...], list[Cell]] = {}
    names: dict[tuple[Any, ...], str] = {}
    before: list[Any] = [None] * len(labels)
    for row in t.rows:
        series.setdefault(row.line.values, [None] * len(labels))[row.line.bucket or 0] = row.cells[0].value
        cells.setdefault(row.line.values, [Cell(None, NOTHING)] * len(labels))[row.line.bucket or 0] = row.cells[0]
        names[row.line.values] = " · ".join(row.labels) or str(measures[measure].label)
        if window and not t.dims:
            before[row.line.bucket or 0] = row.line.cells.get(f"{measure}__{window}")
    kept = sorted(series.items(), key=lambda item: -sum(float(v or 0) for v in item[1]))[:SERIES]
    kept.sort(key=lambda item: [str(v) for v in item[0]])
    stacked = chart in ("stacked", "columns")
    heights = [sum(float(values[k] or 0) for _key, values in kept) if stacked else max((float(values[k] or 0) for _k, values in kept), default=0)
               for k in range(len(labels))]  # fmt: skip
    wide, floor = NARROW if narrow else WIDTH, HEIGHT - BOTTOM
    rule = nice(max([*heights, *(float(v or 0) for v in before)], default=0) / 4)
    top = rule * max(1, math.ceil(max([*heights, *(float(v or 0) for v in before)], default=0) / rule))
    step = (wide - LEFT - 8) / max(len(labels), 1)
    bar = min(step * 0.6, 26)

    def y(value: float) -> float:
        return floor - value / top * (floor - TOP)

    def middle(k: int) -> float:
        return LEFT + (k + .5) * step

    rects, lines, base = [], [], [0.0] * len(labels)
    for n, (key, values) in enumerate(kept, 1):
        if stacked:
            for k, value in enumerate(values):
                if float(value or 0) > 0:
                    low, high = y(base[k]), y(base[k] + float(value))
                    rects.append({"x": f"{middle(k) - bar / 2:.1f}", "w": f"{bar:.1f}", "y": f"{high:.1f}", "h": f"{max(low - high, 1):.1f}", "n": n,
                                  "title": f"{names[key]} · {labels[k]}: {shown(value, unit, show)}", "drawer": cells[key][k].drawer})  # fmt: skip
                base[k] += float(value or 0)
        else:
            lines.append({"n": n, "title": names[key], "points": _points((middle(k), y(float(v))) for k, v in enumerate(values) if v is not None)})
    legend = [{"n": n, "label": names[key]} for n, (key, _v) in enumerate(kept, 1)]
    past = _points((middle(k), y(float(v))) for k, v in enumerate(before) if v is not None)
    if past:
        legend.append({"n": "was", "label": window_label(window)})
    every = max(1, math.ceil(len(labels) / (wide / 76)))
    rules = [{"y": f"{y(rule * n):.1f}", "ty": f"{y(rule * n) + 4:.1f}", "label": short(_whole(rule * n), unit, show, 0)}
             for n in range(int(top / rule) + 1)]  # fmt: skip
    twin = [{"label": names[key], "cells": cells[key]} for key, _values in kept]
    if past:
        twin.append({"label": window_label(window), "cells": [Cell(v, shown(v, unit, show)) for v in before]})
    ticks = [{"x": f"{middle(k):.1f}", "label": label} for k, label in enumerate(labels) if k % every == 0]
    plot = {"width": wide, "height": HEIGHT, "floor": floor, "left": LEFT, "rects": rects, "lines": lines, "was": past, "rules": rules,
            "narrow": narrow, "ticks": ticks}  # fmt: skip
    flows = measures[measure].unit == "money" and getattr(measures[measure], "time", "") == "flow"
    return {"plot": plot, "legend": legend, "labels": labels, "twin": twin, "aside": short(sum(heights), unit, show) if stacked and flows else ""}


def _points(found: Any) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in found)


def _whole(value: float) -> int | float:
    return int(value) if value == int(value) else value
