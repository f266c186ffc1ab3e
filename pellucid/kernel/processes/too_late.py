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

SAID = {
    "approve": t("%(who)s approved it already (%(when)s)."), "reject": t("%(who)s rejected it already (%(when)s)."),
    "return": t("%(who)s sent it back already (%(when)s)."), "submit": t("%(who)s submitted it already (%(when)s)."),
    "retry": t("%(who)s had it tried again already (%(when)s)."), "skip": t("%(who)s skipped it already (%(when)s)."),
    "end": t("%(who)s ended it already (%(when)s)."),
}  # fmt: skip
LED_TO = {"approved": ("approve", "submit"), "rejected": ("reject",), "terminated": ("end",)}  # outcome -> the verdicts that may have brought it


def too_late(row: ProcessInstance, run: Run, asked: Asked, actor: Actor) -> Refused:
    """What became of something that was asked: the own verdict, who has it now, how the request ended, or whose verdict closed it."""
    if asked.state == "waiting":
        return Refused(_("Others decide before you."))
    own = next((v for v in run.i.verdicts if v.asked == asked.no), None)
    if own is not None:
        return _decided(run, own, actor)
    holder = next((a for a in run.of(run.i.steps[asked.step]) if a.slot == asked.slot and a.no > asked.no), None)
    if asked.state == "transferred" and holder is not None and asked.closed is not None:
        when = _when(asked.closed, actor)
        return Refused(_("It was handed on to %(who)s (%(when)s).") % {"who": directory.user_name(holder.person), "when": when})
    closing = next((v for v in reversed(run.i.verdicts) if _closed(run, v) == asked.closed), None)  # what one command settles bears one moment
    if closing is not None and (run.i.running or closing.verdict in LED_TO.get(run.i.outcome, ())):
        return _decided(run, closing, actor)
    return Refused(_("This is not asked of you any more.")) if run.i.running else ended(row, run, actor)


def ended(row: ProcessInstance, run: Run, actor: Actor) -> Refused:
    """How a request ended that is to be changed all the same."""
    taken_back = next((line for line in reversed(selectors.lines(row)) if line.what == "withdraw"), None) if run.i.outcome == "withdrawn" else None
    if taken_back is not None and taken_back.actor_id:
        who, when = directory.doer_name(taken_back.actor_id, taken_back.data.get("behalf")), _when(taken_back.at, actor)
        return Refused(_("%(who)s withdrew it (%(when)s).") % {"who": who, "when": when})
    last = next((v for v in reversed(run.i.verdicts) if v.verdict in LED_TO.get(run.i.outcome, ())), None)
    if last is not None and (run.i.outcome == "approved" or _closed(run, last) == row.ended_at):  # others end it in the command they are given in
        return _decided(run, last, actor)
    return _over(row, run, actor)


def _over(row: ProcessInstance, run: Run, actor: Actor) -> Refused:
    """It ended by itself: at its end's own word, with the request it belonged to, because time ran out. Who decided just before is named."""
    last = next((v for v in reversed(run.i.verdicts) if row.ended_at is not None and _closed(run, v) == row.ended_at), None)
    said = {"outcome": row.get_outcome_display(), "when": _when(row.ended_at, actor) if row.ended_at else ""}  # type: ignore[attr-defined]
    if last is None:
        return Refused(_("It ended by itself (%(when)s): %(outcome)s.") % said)
    return Refused(_("It ended (%(when)s): %(outcome)s; %(who)s decided last.") % {**said, "who": directory.doer_name(last.actor, last.behalf)})


def _closed(run: Run, verdict: Verdict) -> dt.datetime | None:
    return run.i.asked[verdict.asked].closed


def _decided(run: Run, last: Verdict, actor: Actor) -> Refused:
    closed = _closed(run, last)
    said = {"who": directory.doer_name(last.actor, last.behalf), "when": _when(closed, actor) if closed else ""}
    return Refused(SAID[last.verdict] % said)


def _when(at: dt.datetime, actor: Actor) -> str:
    show = show_for(actor)
    return words.moment(at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)
