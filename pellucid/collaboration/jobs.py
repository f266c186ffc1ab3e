"""What tasks need by the clock, and what the nightly check asks of tasks and documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.jobs.checks import check
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job
from pellucid.kernel.records import days

from .actions.lateness import ALL, MOST, write_down
from .actions.linking import figures_agree
from .actions.reminding import escalate, remind
from .actions.tasks import copies_agree

LATELY = dt.timedelta(days=2)


@every(minutes=5)
@job("tasks.late", label=gettext_lazy("Late tasks"), tells=False)
def late_job(ctx: Context) -> dict[str, int]:
    """Write down whose time has just passed."""
    with ctx.chunk():
        return {"late": write_down(timezone.now() - LATELY)}


@every("03:40")
@job("tasks.late_all", label=gettext_lazy("Late tasks, all of them"), queue="long", tells=False)
def late_all_job(ctx: Context) -> dict[str, int]:
    """Whatever the frequent look has missed: times of long ago, entered later."""
    total = 0
    while True:
        with ctx.chunk():
            found = write_down(ALL)
        total += found
        if found < MOST:
            return {"late": total}


@every("07:50")
@job("tasks.remind", label=gettext_lazy("Reminders of what is due"), tells=False)
def remind_job(ctx: Context) -> dict[str, int]:
    """Before people begin to work: what is due soon or today, and what is overdue."""
    today = days.today()
    with ctx.chunk():
        reminded = remind(today)
    with ctx.chunk():
        return {"reminded": reminded, "told": escalate(today)}


@check("collaboration.next_steps")
def next_steps_agree() -> Iterator[str]:
    """The copy of a next step on a record says what its open task says."""
    for wrong in copies_agree():
        yield _("%(resource)s %(id)s: the copy of the next step differs from the open task") % wrong


@check("collaboration.document_figures")
def document_figures_agree() -> Iterator[str]:
    """How often a document was used, and how that ended, is what its uses say."""
    for pk in figures_agree():
        yield _("Document %(id)s: its figures differ from what it was used for") % {"id": pk}
