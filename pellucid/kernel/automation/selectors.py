"""Questions about rules and what they did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from .models import MOMENT, Rule, RuleRun, RuleVersion

WEEK = dt.timedelta(days=7)


def has_draft(rule: Rule) -> bool:
    """Whether something waits to be published."""
    return RuleVersion.objects.filter(rule_id=rule.pk, state="draft").exists()


def draft_of(rule: Rule) -> RuleVersion | None:
    """What it is to say next."""
    return RuleVersion.objects.filter(rule_id=rule.pk, state="draft").first()


def said_by(rule: Rule) -> RuleVersion | None:
    """What it says: the published version, else the draft."""
    return rule.active or draft_of(rule)


def versions_of(rule: Rule) -> list[RuleVersion]:
    """All its versions, the newest first."""
    return list(RuleVersion.objects.filter(rule_id=rule.pk).select_related("published_by").order_by("-number"))


def log_of(rule: Rule, *, unmet: bool = False) -> QuerySet[RuleRun]:
    """What it did, the newest first; occasions whose conditions were not met on request."""
    rows = RuleRun.objects.filter(rule_id=rule.pk).select_related("edition")
    return (rows if unmet else rows.exclude(state="unmet")).annotate(moment=MOMENT).order_by("-moment", "-id")


def by_time(rules: QuerySet[Rule]) -> QuerySet[RuleRun]:
    """What these rules met and did, the newest first whichever rule it was."""
    rows = RuleRun.objects.filter(rule__in=rules).select_related("rule", "edition").annotate(moment=MOMENT)
    return rows.order_by("-moment", "-id")


def older_than(rows: QuerySet[RuleRun], pk: int) -> QuerySet[RuleRun]:
    """Those of them that come after one in that order."""
    at = RuleRun.objects.filter(pk=pk).annotate(moment=MOMENT).values_list("moment", flat=True).first()
    return rows.filter(Q(moment__lt=at) | Q(moment=at, pk__lt=pk)) if at is not None else rows


def acted_on(key: str, pk: int) -> QuerySet[RuleRun]:
    """What rules did to a record, or did not do, the newest first."""
    rows = RuleRun.objects.filter(resource=key, record_id=pk).exclude(state__in=("unmet", "due"))
    return rows.select_related("rule", "edition").order_by("-id")


def figures(rules: Iterable[int]) -> dict[int, dict[str, object]]:
    """Of each rule: how often it acted and failed within a week, and when it last did."""
    since = timezone.now() - WEEK
    rows = RuleRun.objects.filter(rule_id__in=list(rules), ended_at__gte=since).values("rule_id").annotate(
        done=Count("id", filter=Q(state="done")), bad=Count("id", filter=Q(state__in=("refused", "failed"))),
        last=Max("ended_at", filter=Q(state__in=RuleRun.ACTED)))  # fmt: skip
    return {row["rule_id"]: row for row in rows}
