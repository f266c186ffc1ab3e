"""What a record must hold as it rises: how complete it is, and what a step still lacks. Declared with the resource; the layout stands over it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from pellucid.kernel.records.spec import Spec
from pellucid.kernel.records.versions import versioned

from .declare import Ladder, registry
from .fields import overlay, specs, value_of

CHUNK = 2_000
changed: list[Callable[[str], None]] = []  # told the resource whose points changed: its scores want to be counted again


def ladder_of(key: str) -> Ladder:
    """The ladder of a resource. KeyError if it has none."""
    if found := registry[key].ladder:
        return found
    raise KeyError(key)


def steps(key: str) -> list[tuple[str, Any]]:
    """(value as text, label) of each step, lowest first."""
    return [(str(value), label) for value, label, _tone in specs(key)[ladder_of(key).field].choices]


@versioned("overlay")
def points(key: str) -> dict[str, int]:
    """What each field counts, those that count only."""
    layout = overlay(key)[1]
    said = {name: change["points"] for name, change in layout.items() if change["points"] is not None}
    return {name: n for name, n in {**ladder_of(key).points, **said}.items() if n and name in specs(key)}


@versioned("overlay")
def first_steps(key: str) -> dict[str, str]:
    """From which step a field is demanded, by field."""
    declared = {name: str(step) for step, names in ladder_of(key).demanded.items() for name in names}
    layout = overlay(key)[1]
    said = {name: change["demanded_from"] for name, change in layout.items() if change["demanded_from"] is not None}
    return {name: step for name, step in {**declared, **said}.items() if step and name in specs(key)}


def demanded(key: str, step: Any) -> list[Spec]:
    """The fields a record on this step must have: its own and those of the steps below, in the order of the fields."""
    below = [value for value, _label in steps(key)]
    reached = set(below[: below.index(str(step)) + 1])
    wanted = first_steps(key)
    return [spec for name, spec in specs(key).items() if wanted.get(name) in reached]


def held(record: Any, spec: Spec) -> bool:
    """Whether a record has a value for a field; no is a value, 0 and nothing are not."""
    value = value_of(record, spec)
    return value is False or bool(value)


def missing(key: str, record: Any, step: Any) -> list[Any]:
    """Labels of what the step demands and the record lacks."""
    return [spec.label for spec in demanded(key, step) if not held(record, spec)]


def completeness(key: str, record: Any) -> int:
    """0 to 100: the points of what is filled in, of all points; 100 when nothing counts."""
    counted, known = points(key), specs(key)
    total = sum(counted.values())
    return round(sum(n for name, n in counted.items() if held(record, known[name])) * 100 / total) if total else 100


def recount(key: str, ids: Collection[int]) -> int:
    """Bring the kept scores of these records in line with the points; how many changed. Derived, so no version and no audit moves."""
    score, rows = ladder_of(key).score, registry[key].model._base_manager
    by_score: dict[int, list[int]] = {}
    for record in rows.filter(pk__in=ids).select_for_update(no_key=True):
        if (now := completeness(key, record)) != getattr(record, score):
            by_score.setdefault(now, []).append(record.pk)
    for value, pks in by_score.items():
        rows.filter(pk__in=pks).update(**{score: value})
    return sum(map(len, by_score.values()))
