"""What a rule says to people, and who learns that one was switched off."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.notices.declare import NoticeKind, declare
from pellucid.kernel.notices.tell import notify

from .doing import TOLD
from .models import KEY, Rule

OFF = "rule_off"

declare(
    NoticeKind(TOLD, _("A rule of the company tells me something"), _("{record}: {text}"), icon="robot", fold=""),
    NoticeKind(OFF, _("A rule I look after was switched off"), _("The rule “{name}” was switched off: {why}"), icon="alert-triangle", tone="bad",
               fold="", to_self=True),
)  # fmt: skip


def switched_off(rule: Rule) -> None:
    """Tell the one who looks after it."""
    notify([rule.keeper_id], OFF, resource=KEY, record_id=rule.pk, name=rule.name, why=rule.stopped)
