"""The next step of a record: what, and when; shown together."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup

from pellucid.kernel.records import fields, words
from pellucid.kernel.records.kinds import html
from pellucid.kernel.records.kinds.base import Cell, Kind, register
from pellucid.kernel.records.spec import Show, Spec


@register
class StepKind(Kind):
    """Text with a companion moment; overdue, today and missing are said in words."""

    key, operators = "step", ("contains", "empty", "filled")

    def cell(self, spec: Spec, show: Show) -> Cell:
        nothing = html.span(_("No next step"), "warn")
        late, today = _("{days} late: {step}"), _("Today {time} {step}")

        def draw(value: Any) -> Markup:
            text, at = value if isinstance(value, tuple) else (value, None)
            if at is None:
                return html.span(text, "") if text else nothing
            there = at.astimezone(show.zone)
            days = (there.date() - show.today).days
            if days < 0:
                return html.span(late.format(days=words.duration(86400 * -days, show.language), step=text), "bad")
            if days == 0:
                return html.span(today.format(time=there.strftime("%H:%M"), step=text), "ok")
            return html.text(f"{words.relative_day(there.date(), show.today, show.language)} {text}")

        return draw

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        text, at = value if isinstance(value, tuple) else (value, None)
        return (
            f"{words.due(at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)} {text}"
            if at
            else text or ""
        )


class NextStep(fields.Text):
    """A copy of the open next step of a record, for lists; kept by the tasks."""

    kind = "step"
