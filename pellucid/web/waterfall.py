"""A change between two days as a page draws it: the way from the opening to the closing figure, where records went, who moved most."""
from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from textwrap import wrap
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.metrics.change import IN, KEPT, OUT, Changed, words
from pellucid.kernel.metrics.declare import datasets
from pellucid.kernel.metrics.labels import labelled, ordered
from pellucid.kernel.metrics.moved import Moved
from pellucid.kernel.records import words as said
from pellucid.kernel.records.spec import Show

LEFT, TOP, FLOOR, HEIGHT, WIDTH = 70, 26, 206, 246, 1144
METRICS = ("value", "weighted", "count")
LINE, LETTER, GAP = 15, 7.2, 12  # pixels of a line of a label, of a letter in it, and between two labels
CUT = 0.55  # the axis begins above zero when the lowest level is more than this part of the highest
Href = Callable[..., str]
ROWS, BESIDE = "/analyses/changes/", "/analyses/behind/changes/"


def amount(value: Decimal | int, metric: str, show: Show, *, sign: bool = False, places: int = 1, beside: Decimal | int = 0) -> str:
    """A figure as it stands in a chart: short amounts, in the unit of the largest beside them; whole numbers."""
    text = said.number(value, 0) if metric == "count" else said.money(value, show.language, places, beside)
    return f"+{text}" if sign and value > 0 else text


def opens(href: str) -> dict[str, str]:
    """Where a figure leads: to its records on a page, and beside this one."""
    return {"href": href, "drawer": href.replace(ROWS, BESIDE, 1).replace("/rows", "", 1)} if href else {"href": ""}


def widest(found: Changed, metric: str) -> Decimal | int:
    """The larger of the two whole figures."""
    return max(abs(found.opening(metric)), abs(found.closing(metric)))


def metrics_of(found: Changed) -> list[tuple[str, str]]:
    """The figures a change can be told in."""
    change = found.change
    labels = {"value": _("Amount"), "weighted": _("Weighted"), "count": _("Count")}
    return [(m, labels[m]) for m in METRICS if m == "count" or (change.value and (m == "value" or change.factor))]


def steps(found: Changed, metric: str, show: Show, href: Href) -> list[dict[str, Any]]:
    """Opening, every part that is something, closing."""
    names, good = words(found.change), {e.name for e in found.change.endings if e.good}
    noun, beside = str(found.change.noun), widest(found, metric)

    def step(label: str, value: Any, count: int, kind: str, link: str) -> dict[str, Any]:
        text = amount(value, metric, show, sign=kind != "whole", beside=beside)
        return {"label": label, "value": value, "text": text, "count": f"{count:,} {noun}",
                "kind": kind} | opens(link)  # fmt: skip

    parts = [p for p in found.parts(metric) if p.effect]
    kinds = ["good" if p.name in good else "more" if p.effect > 0 else "less" for p in parts]
    middle = [step(names[p.name], p.effect, p.count, kind, href(part=p.name, metric=metric)) for p, kind in zip(parts, kinds, strict=True)]
    first, last = found.asked.first, found.asked.last
    return [step(said.relative_day(first, show.today, show.language), found.opening(metric), found.opening("count"), "whole",
                 href(part="was", metric=metric)), *middle,
            step(said.relative_day(last, show.today, show.language), found.closing(metric), found.closing("count"), "whole",
                 href(part="is", metric=metric))]  # fmt: skip


def lines_of(label: str, width: int) -> list[str]:
    """A label in lines that are the label again when read one after the other: spaces at their ends are kept."""
    out, at = [], 0
    for line in wrap(label, width):
        at = label.index(line, at) + len(line)
        out.append(line + " " * label[at : at + 1].isspace())
    return out


def waterfall(list_: list[dict[str, Any]], metric: str, show: Show) -> dict[str, Any]:
    """The steps as bars. Where everything moves far above zero the axis begins higher, and the whole bars are cut visibly."""
    run: Any = 0
    levels: list[tuple[float, float]] = []
    for step in list_:
        start = 0 if step["kind"] == "whole" else run
        run = step["value"] if step["kind"] == "whole" else run + step["value"]
        levels.append((float(start), float(run)))
    highest = max((max(pair) for pair in levels), default=0) or 1
    lowest = min(min(pair) if step["kind"] != "whole" else pair[1] for pair, step in zip(levels, list_, strict=True))
    unit = nice((highest - (lowest if lowest > CUT * highest else 0)) / 4)
    base = math.floor(min(0.0, lowest) / unit) * unit
    if lowest > CUT * highest:  # whole bars keep a third of the height
        base = max(0.0, math.floor((lowest - 0.4 * (highest - lowest)) / unit) * unit)
    scale = (FLOOR - TOP) / ((highest - base) or 1)

    def y(level: float) -> float:
        return FLOOR - (max(level, base) - base) * scale

    wide = (WIDTH - LEFT) / max(len(list_), 1)
    bar = min(78.0, wide * 0.66)
    bars: list[dict[str, Any]] = []
    wrapped = [lines_of(step["label"], max(6, int((wide - GAP) / LETTER))) for step in list_]
    deepest = max((len(label) for label in wrapped), default=1)
    for n, (step, (start, stop)) in enumerate(zip(list_, levels, strict=True)):
        x = LEFT + n * wide + (wide - bar) / 2
        top, bottom = y(max(start, stop)), y(min(start, stop))
        bars.append(step | {
            "words": [{"text": text, "y": FLOOR + 19 + at * LINE} for at, text in enumerate(wrapped[n])],
            "x": f"{x:.1f}", "w": f"{bar:.1f}", "y": f"{top:.1f}", "h": f"{max(bottom - top, 1.5):.1f}",
            "mid": f"{x + bar / 2:.1f}", "ty": f"{top - 7:.1f}",
            "cut": f"M{x - 3:.1f} 194 l{bar + 6:.1f} -6 v5 l-{bar + 6:.1f} 6z" if base > 0 and step["kind"] == "whole" else "",
            "join": {"x1": f"{x + bar:.1f}", "x2": f"{x + wide:.1f}", "y": f"{y(stop):.1f}"} if n < len(list_) - 1 else None,
        })  # fmt: skip
    lines = []
    level = math.ceil(base / unit) * unit
    while level <= highest:
        if base == 0 or level > base:
            lines.append({"y": f"{y(level):.1f}", "ty": f"{y(level) + 4:.1f}", "label": amount(Decimal(str(level)), metric, show, places=0)})
        level += unit
    told = "，" if show.language.startswith("zh") else ", "
    return {"width": WIDTH, "height": HEIGHT + (deepest - 1) * LINE, "floor": FLOOR, "under": FLOOR + 20 + deepest * LINE,
            "left": LEFT, "bars": bars, "lines": lines,
            "from": amount(Decimal(str(base)), metric, show, places=0) if base > 0 else "",
            "told": told.join(f"{s['label']} {s['text']}" for s in list_)}  # fmt: skip


def nice(rough: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    if rough <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(rough))
    return max(next(power * n for n in (1, 2, 5, 10) if power * n >= rough * 0.999), 1e-9)


def matrix(found: Changed, show: Show, href: Href) -> dict[str, Any]:
    """How many records of each place went where: rows are the places of the first day, columns those of the last and the ways out."""
    change, names = found.change, words(found.change)
    ds = datasets[change.dataset]
    dim = ds.dim(change.place)
    assert dim is not None
    cells = found.matrix()
    ways = {*OUT, *found.endings}
    places = {p for pair in cells for p in pair if p != "" and p not in ways}
    order = ordered(ds, dim, places, show)
    label = labelled(ds, dim, places, show)
    out = [*found.endings, *(name for name in reversed(OUT) if any(after == name for _b, after in cells))]
    good = {e.name for e in change.endings if e.good}
    rank = {place: n for n, place in enumerate(order)}

    def tone(before: Any, after: Any) -> str:
        if before == after:
            return "same"
        if after in ways:
            return "ok" if after in good else "bad"
        return "ok" if before == "" or rank[after] > rank[before] else "bad"

    def drawn(before: Any, after: Any) -> dict[str, Any]:
        value = cells.get((before, after), 0)
        if not value:
            return {"text": "·", "tone": "none", "href": ""}
        shown = {"part": after} if after in ways else {"after": str(after)} | ({"part": "kept"} if before != "" else {"part": "came"})
        link = href(**({"before": str(before)} if before not in ("", None) else {}), **shown) if before is not None and after is not None else ""
        return {"text": f"{value:,}", "tone": tone(before, after)} | opens(link)

    def total(side: int, key: Any, **more: str) -> dict[str, str]:
        known = {("before", "after")[side]: str(key)} if key is not None and key != "" and key not in ways else {}
        link = href(**more, **known) if known or key in ways or key == "" else ""
        return {"text": f"{sum(v for pair, v in cells.items() if pair[side] == key):,}"} | opens(link)

    columns = [*order, *out]
    rows = [{"label": label[place], "cells": [drawn(place, c) for c in columns], "total": total(0, place, part="was")} for place in order]
    if any(before == "" for before, _a in cells):
        rows.append({"label": _("Came"), "cells": [drawn("", c) for c in columns], "total": total(0, "", part="came")})
    return {"heads": [label[c] if c in rank else names[c] for c in columns], "rows": rows,
            "totals": [total(1, c, part=c if c in ways else "is") for c in columns],
            "all": {"text": f"{sum(cells.values()):,}"} | opens(href(part="every")), "place": str(dim.label)}  # fmt: skip


def told(one: Moved, names: dict[str, str]) -> str:
    """The part of a record in words: kept ones by what happened to their value, then by where they went."""
    if one.part in KEPT and one.value1 != one.value0:
        return names["raised" if one.value1 > one.value0 else "lowered"]
    return names[one.part]


def tone(one: Moved, found: Changed) -> str:
    """The colour of what happened to a record."""
    ending = next((e for e in found.change.endings if e.name == one.part), None)
    if ending:
        return "acc" if ending.good else "bad"
    if one.part in IN or one.part == "up" and one.value1 >= one.value0 or one.part in KEPT and one.value1 > one.value0:
        return "ok"
    return "bad" if one.part == "removed" else "warn" if one.part in OUT or one.part == "down" or one.value1 < one.value0 else ""


def figures(found: Changed, metric: str, show: Show, href: Href) -> list[dict[str, Any]]:
    """The change in six figures."""
    names, noun = words(found.change), str(found.change.noun)

    def short(value: Any, *, sign: bool = False) -> str:
        return amount(value, metric, show, sign=sign, beside=widest(found, metric))

    opening, closing = found.opening(metric), found.closing(metric)
    parts = {p.name: p for p in found.parts(metric)}
    net, moved = closing - opening, closing - opening
    people = found.closing("count") - found.opening("count")
    came = sum((p.effect for p in parts.values() if p.effect > 0), start=0)
    good = [e for e in found.change.endings if e.good]
    bad = sorted((p for p in parts.values() if p.effect < 0 and p.name not in {e.name for e in good}), key=lambda p: p.effect)
    lost = sum((p.effect for p in bad), start=0)
    rate = f"{said.percent(Decimal(net) / abs(Decimal(opening)))} · " if opening else ""
    comma = "、" if show.language.startswith("zh") else ", "
    share = said.percent(Decimal(parts["new"].effect) / Decimal(came), 0) if came else "—"
    out: list[dict[str, Any]] = [
        {"label": _("At the end"), "value": short(closing), "note": f"{found.closing('count'):,} {noun}" if metric != "count" else ""}
        | opens(href(part="is", metric=metric)),
        {"label": _("Net change"), "value": short(moved, sign=True), "tone": "ok" if net > 0 else "bad" if net < 0 else "",
         "note": rate + f"{said.number(people) if people <= 0 else f'+{people:,}'} {noun}"} | opens(href(metric=metric)),
        {"label": _("Came in"), "value": short(came, sign=True), "note": _("Added: %(share)s") % {"share": share}}
        | opens(href(part="in", metric=metric)),
        {"label": _("Went out"), "value": short(lost), "note": comma.join(names[p.name] for p in bad[:3]),
         "tone": "bad" if bad else ""} | opens(href(part="out", metric=metric)),
    ]  # fmt: skip
    for e in good[:1]:
        out.append({"label": str(e.label), "value": short(-parts[e.name].effect), "note": f"{parts[e.name].count:,} {noun}",
                    "tone": "ok"} | opens(href(part=e.name, metric=metric)))  # fmt: skip
    if found.change.rank or not good:
        up, down = found.count("up"), found.count("down")
        out.append({"label": _("Further on / back"), "value": f"{up:,} / {down:,}", "unit": noun, "note": f"{names['stay']} {found.count('stay'):,}"}
                   | opens(href(part="along")))
    return out
