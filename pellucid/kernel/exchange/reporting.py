"""What a check found, in a form a page can show: sums, faults by field, the first rows with something wrong, unknown words."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor

from .lines import FAILED, SKIPPED, Line
from .models import ImportRun
from .running import ENDS, check, run_plan

SHOWN_ROWS = 50
SHOWN_COLUMNS = 8
WORDS = 200
CHOSEN = ("set", "array")


def report(run: ImportRun, actor: Actor, limit: int | None = None, told: Callable[[int], None] = lambda n: None) -> dict[str, Any]:
    """Check a run and keep what was found. With a limit only so many rows are looked at, and `whole` says whether that was all."""
    began = time.monotonic()
    counts, faults, columns = Counter[str](), Counter[str](), Counter[str]()
    unknown: dict[str, Counter[str]] = {}
    shown: list[dict[str, Any]] = []
    seen = 0
    for lines in check(run, actor, limit):
        for line in lines:
            counts[line.state] += 1
            if line.state == FAILED:
                _count(line, run, faults, columns, unknown)
            if line.state in (FAILED, SKIPPED) and len(shown) < SHOWN_ROWS:
                shown.append(_row(line, run))
        seen += len(lines)
        told(seen)
    found = {
        "rows": seen, "whole": limit is None or seen < limit, "seconds": round(time.monotonic() - began, 1),
        "faults": faults.most_common(12), "columns": dict(columns), "shown": shown,
        "unknown": {name: dict(words.most_common(WORDS)) for name, words in unknown.items()},
    } | {name: counts[name] for name in ENDS}
    run.checked = found
    ImportRun.objects.filter(pk=run.pk).update(checked=found)
    return found


def _count(line: Line, run: ImportRun, faults: Counter[str], columns: Counter[str], unknown: dict[str, Counter[str]]) -> None:
    by_field = {r.field: r.column for r in run_plan(run).rules if r.field} if line.faults else {}
    for name, text in line.faults:
        label, separator, rest = text.partition(": ")
        column = by_field.get(name)
        cell = line.cells[at] if column and (at := run.places[column]) < len(line.cells) else None
        unread = cell is not None and name not in line.values  # else it was read, and a rule says no
        faults[_("%(field)s: not readable") % {"field": label} if unread and separator and rest else text] += 1
        if column:
            columns[column] += 1
            if unread:
                unknown.setdefault(column, Counter())[str(cell)[:120]] += 1


def shown_columns(run: ImportRun) -> list[str]:
    """The columns beside which faults are shown: the mapped ones, at most a handful."""
    mapped = {r.column for r in run_plan(run).rules if r.field}
    return [name for name in run.places if name in mapped][:SHOWN_COLUMNS]


def _row(line: Line, run: ImportRun) -> dict[str, Any]:
    places, bad = run.places, {name for name, _text in line.faults}
    fields = {r.column: r.field for r in run_plan(run).rules}
    cells = []
    for name in shown_columns(run):
        value = line.cells[places[name]] if places[name] < len(line.cells) else None
        cells.append(["" if value is None else str(value)[:60], fields.get(name) in bad])
    faults = list(dict.fromkeys(text for _name, text in line.faults))
    return {"number": line.number, "cells": cells, "text": line.reason, "faults": faults, "state": line.state}
