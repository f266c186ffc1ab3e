"""Which state of a lead may follow which."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.lifecycles.machine import Lifecycle, Transition

from .models import Lead

S = Lead.State
LEAD = Lifecycle(
    "state",
    S,
    Transition("qualify", (S.NEW, S.NURTURED), S.QUALIFIED, _("Judge: an opportunity")),
    Transition("nurture", (S.NEW, S.QUALIFIED), S.NURTURED, _("Judge: potential")),
    Transition("invalidate", (S.NEW, S.NURTURED, S.QUALIFIED), S.INVALID, _("Judge: invalid")),
    Transition("reopen", (S.INVALID,), S.NEW, _("Reopen")),
    Transition("convert", (S.NEW, S.NURTURED, S.QUALIFIED), S.CONVERTED, _("Convert")),
    Transition("unconvert", (S.CONVERTED,), S.QUALIFIED, _("Take the conversion back")),
    start=S.NEW,
    way=(S.NEW, S.NURTURED, S.QUALIFIED, S.CONVERTED),
)
