"""What whoever comes too late is told: who decided what, and when."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import words
from pellucid.kernel.records.errors import Refused

from . import selectors
from .machine.rows import Asked, Verdict
from .machine.run import Run
from .models import ProcessInstance

DONE = {"approve": t("approved"), "reject": t("rejected"), "return": t("sent back"), "submit": t("submitted"), "retry": t("tried again"),
        "skip": t("skipped"), "end": t("ended")}  # fmt: skip


def too_late(row: ProcessInstance, run: Run, asked: Asked, actor: Actor) -> Refused:
    """What became of something that was asked."""
    if asked.state == "waiting":
        return Refused(_("Others decide before you."))
    own = next((v for v in run.i.verdicts if v.asked == asked.no), None)
    last = own or next((v for v in reversed(run.i.verdicts) if v.step == asked.step), None)
    if last is not None:
        return _decided(run, last, actor)
    if not run.i.running:
        return ended(row, run, actor)
    holder = next((a for a in run.slots(run.i.steps[asked.step]) if a.slot == asked.slot and a.no > asked.no), None)
    if asked.state == "transferred" and holder is not None and asked.closed is not None:
        when = _when(asked.closed, actor)
        return Refused(_("It was handed on to %(who)s (%(when)s).") % {"who": directory.user_name(holder.person), "when": when})
    return Refused(_("This is not asked of you any more."))


def ended(row: ProcessInstance, run: Run, actor: Actor) -> Refused:
    """How a request ended that is to be changed all the same."""
    taken_back = next((line for line in reversed(selectors.lines(row)) if line.what == "withdraw"), None) if run.i.outcome == "withdrawn" else None
    if taken_back is not None and taken_back.actor_id:
        who, when = directory.user_name(taken_back.actor_id), _when(taken_back.at, actor)
        return Refused(_("%(who)s withdrew it (%(when)s).") % {"who": who, "when": when})
    if run.i.verdicts and run.i.outcome != "withdrawn":
        return _decided(run, run.i.verdicts[-1], actor)
    return Refused(_("This process has ended."))


def _decided(run: Run, last: Verdict, actor: Actor) -> Refused:
    closed = run.i.asked[last.asked].closed
    said = {"who": directory.doer_name(last.actor, last.behalf), "did": DONE[last.verdict], "when": _when(closed, actor) if closed else ""}
    return Refused(_("%(who)s %(did)s it already (%(when)s).") % said)


def _when(at: dt.datetime, actor: Actor) -> str:
    show = show_for(actor)
    return words.moment(at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)
