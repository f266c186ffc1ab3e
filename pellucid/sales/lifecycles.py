"""Which state of an opportunity or of a quotation may follow which."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.lifecycles.machine import Lifecycle, Transition
from pellucid.kernel.resources.verbs import MOVED

from .models import Opportunity, Quotation

S, Q = Opportunity.State, Quotation.State
AFTERWARDS = frozenset({"note"}) | MOVED  # what is still written of a quotation that was sent
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
    Transition("withdraw", (Q.DRAFT, Q.SENT), Q.WITHDRAWN, _("Withdraw the quotation")),
    start=Q.DRAFT,
    way=(Q.DRAFT, Q.SENT, Q.ACCEPTED),
    stands=dict.fromkeys(set(Q) - {Q.DRAFT}, AFTERWARDS),
)
