"""Findings in words, with their counts."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from pellucid.kernel.metrics.intervals import wilson

from . import histories, stages
from .models import Finding


def stage_of(found: Finding) -> str:
    """The stage in the reader's language."""
    known = stages.stages().get(found.stage_id or 0)
    return known.label(translation.get_language() or "zh-hans") if known else ""


def what(found: Finding) -> str:
    """What was done, or not."""
    facts = {"what": histories.said(found.act), "other": histories.said(found.other), "stage": stage_of(found), "days": found.days}
    if found.kind == Finding.Kind.DID:
        return _("“%(what)s” within %(days)s days of “%(stage)s”") % facts
    if found.kind == Finding.Kind.SOON:
        return _("“%(what)s” in the first %(days)s days of “%(stage)s”, not later") % facts
    if found.kind == Finding.Kind.ORDER:
        return _("“%(what)s” before “%(other)s”, not after") % facts
    return _("“%(stage)s” passed within %(days)s days") % facts


def side(won: int, n: int) -> dict[str, Any]:
    """One side: its share with its interval, and its counts."""
    low, high = wilson(won, n)
    return {"share": round(100 * won / n) if n else 0, "low": round(100 * low), "high": round(100 * high), "won": won, "n": n,
            "text": _("%(won)s of %(n)s won") % {"won": won, "n": n},
            "interval": _("%(low)s–%(high)s%%") % {"low": round(100 * low), "high": round(100 * high)}}  # fmt: skip


def advisable(found: Finding) -> bool:
    """Whether those that did it were won more often."""
    return found.with_won * found.without_n > found.without_won * found.with_n


def step_name(found: Finding) -> str:
    """What a step made of it says."""
    if found.kind == Finding.Kind.PACE:
        return _("Come on from “%(stage)s”") % {"stage": stage_of(found)}
    if found.kind == Finding.Kind.ORDER:
        return _("%(what)s, before: %(other)s") % {"what": histories.said(found.act), "other": histories.said(found.other)}
    return histories.said(found.act)


def sentence(found: Finding) -> str:
    """The whole finding with its counts, for the step made of it."""
    left, right = side(found.with_won, found.with_n), side(found.without_won, found.without_n)
    return _("Found in closed deals: %(what)s: %(left)s (%(share)s%%, %(range)s); otherwise %(right)s (%(other)s%%, %(span)s).") % {
        "what": what(found), "left": left["text"], "share": left["share"], "range": left["interval"], "right": right["text"],
        "other": right["share"], "span": right["interval"]}  # fmt: skip
