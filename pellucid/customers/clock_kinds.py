"""How long a clock still runs, as a value."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup

from pellucid.kernel.access import calendars
from pellucid.kernel.records import fields, words
from pellucid.kernel.records.kinds import html
from pellucid.kernel.records.kinds.base import Cell, register
from pellucid.kernel.records.kinds.plain import MomentKind
from pellucid.kernel.records.spec import Show, Spec

NEAR, SOON = 60, 120                     # working minutes left that are shown as pressing


@register
class ClockKind(MomentKind):
    """By when a follow-up plan is due, shown as the working time that is left, or by which it is late. The companion is far away once there
    is a plan or a contact: the clock has stopped."""

    key = "clock"

    def left(self, value: Any, show: Show) -> int | None:
        """Working minutes left, below zero when it is late; None when the clock does not run."""
        at, key = value if isinstance(value, tuple) else (value, value)
        if at is None or key is None or key.year > show.now.year + 100:
            return None
        return calendars.minutes(None, show.now, at)

    def cell(self, spec: Spec, show: Show) -> Cell:
        done = html.span(_("Responded"), "i3")

        def draw(value: Any) -> Markup:
            n = self.left(value, show)
            if n is None:
                return done if (value[0] if isinstance(value, tuple) else value) else html.EMPTY
            return html.tag(self.said(n, show), "bad" if n < NEAR else "warn" if n < SOON else "ok")

        return draw

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        n = self.left(value, show)
        if n is not None:
            return self.said(n, show)
        return _("Responded") if (value[0] if isinstance(value, tuple) else value) else ""

    def said(self, minutes: int, show: Show) -> str:
        """What is left, in words."""
        length = words.duration(dt.timedelta(minutes=abs(minutes)), show.language)
        return _("%(length)s late") % {"length": length} if minutes < 0 else length

    def export(self, spec: Spec, value: Any, show: Show) -> Any:
        return super().export(spec, value[0] if isinstance(value, tuple) else value, show)

    def json(self, spec: Spec, value: Any) -> Any:
        return super().json(spec, value[0] if isinstance(value, tuple) else value)

    def entry(self, spec: Spec, value: Any, show: Show) -> str:
        return super().entry(spec, value[0] if isinstance(value, tuple) else value, show)


class PlanDue(fields.Moment):
    """By when somebody who received a record has to have a plan for it."""

    kind = "clock"
