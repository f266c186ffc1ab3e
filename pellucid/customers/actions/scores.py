"""Scores of leads follow the company's rules, whatever changed: the lead, a rule, or the day."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from pellucid.kernel.records import prepared
from pellucid.kernel.resources.conditions import matching

from ..models import Lead
from ..scoring import rules


def open_scores(ids: Collection[int] | None) -> Iterable[tuple[int, int]]:
    """(lead, score) of open leads, of these or of all."""

    def asked(*pks: int) -> QuerySet[Lead, tuple[int, int]]:
        rows = Lead._base_manager.filter(deleted_at=None, state__in=Lead.OPEN)
        return (rows if ids is None else rows.filter(pk__in=pks)).values_list("pk", "score")

    return prepared.rows("open_scores", asked, *ids) if ids is not None and len(ids) == 1 else asked(*ids or ())


def rescore(ids: Collection[int] | None = None) -> int:
    """Bring the scores of open leads (of these, or of all) in line with the rules; returns how many changed."""
    now = dict(open_scores(ids))
    points = dict.fromkeys(now, 0)
    for rule in rules():
        for pk in matching("lead", rule.conditions, list(now) if ids is not None else None):
            if pk in points:
                points[pk] += rule.points
    by_score: dict[int, list[int]] = {}
    for pk, score in points.items():
        if score != now[pk]:
            by_score.setdefault(score, []).append(pk)
    for score, changed in by_score.items():
        Lead._base_manager.filter(pk__in=changed).update(score=score)
    return sum(len(changed) for changed in by_score.values())
