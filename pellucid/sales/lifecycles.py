"""Which state of an opportunity or of a quotation may follow which."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.lifecycles.machine import Lifecycle, Transition

from .models import Opportunity, Quotation

S, Q = Opportunity.State, Quotation.State
OPPORTUNITY = Lifecycle(
    "state",
    S,
    Transition("win", (S.OPEN,), S.WON, _("Won")),
    Transition("lose", (S.OPEN,), S.LOST, _("Lost")),
    Transition("reopen", (S.WON, S.LOST), S.OPEN, _("Reopen")),
    start=S.OPEN,
)
QUOTATION = Lifecycle(
    "state",
    Q,
    Transition("send", (Q.DRAFT,), Q.SENT, pgettext_lazy("offer", "Send"), gate="quotation"),
    Transition("accept", (Q.SENT, Q.EXPIRED), Q.ACCEPTED, _("Accepted")),
    Transition("decline", (Q.SENT, Q.EXPIRED), Q.DECLINED, _("Declined")),
    Transition("expire", (Q.SENT,), Q.EXPIRED, _("Expired")),
    Transition("replace", (Q.SENT,), Q.REPLACED, _("Replaced")),
    Transition("withdraw", (Q.DRAFT, Q.SENT), Q.WITHDRAWN, _("Withdraw")),
    start=Q.DRAFT,
    way=(Q.DRAFT, Q.SENT, Q.ACCEPTED),
)
