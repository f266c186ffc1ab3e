"""Which state of an opportunity may follow which."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.lifecycles.machine import Lifecycle, Transition

from .models import Opportunity

S = Opportunity.State
OPPORTUNITY = Lifecycle(
    "state",
    S,
    Transition("win", (S.OPEN,), S.WON, _("Won")),
    Transition("lose", (S.OPEN,), S.LOST, _("Lost")),
    Transition("reopen", (S.WON, S.LOST), S.OPEN, _("Reopen")),
    start=S.OPEN,
)
