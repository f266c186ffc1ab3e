"""Run one taken job to its end, whatever that is."""
from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from pellucid.kernel.events.bus import after, deliver
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Failure

from . import queue
from .context import Cancelled, Context, HandedBack, Lost
from .declare import QUEUES, drain, drains, kinds
from .models import Job

log = logging.getLogger(__name__)


def perform(
    job: Job, stopping: Callable[[], bool] = lambda: False, watch: Callable[[Context], None] = lambda context: None
) -> None:
    """Do the job in the language and with the rights of who asked for it; its row says afterwards what became of it."""
    language = (job.user.language if job.user else "") or settings.LANGUAGE_CODE
    with versions.using(versions.read()), translation.override(language):
        context = Context(job, stopping)
        watch(context)
        try:
            with after(job.cause):
                value = _run(job, context)
            said = {"message": value[:200]} if isinstance(value, str) and value else {}
            ended = queue.finish(job, Job.State.DONE, result=value if isinstance(value, dict) else {}, **said)
            if not ended:
                log.warning("job %s (%s) was taken by another worker before its end was written", job.pk, job.name)
        except Lost:
            log.warning("job %s (%s) now belongs to another worker", job.pk, job.name)
        except HandedBack:
            queue.hand_back(job)
        except Cancelled:
            queue.finish(job, Job.State.CANCELLED)
        except Failure as refusal:              # a sentence for a person: trying again would say the same
            queue.finish(job, Job.State.FAILED, error=refusal.message)
        except (OperationalError, InterfaceError) as error:
            connection.close()                  # the connection may be the fault: the row is written on a new one
            _failed(job, away=went_away(error))
        except Exception:                       # the job's own fault is kept and tried again, whatever it is
            _failed(job)


def _run(job: Job, context: Context) -> Any:
    function = kinds[job.name].function
    if not connection.in_atomic_block:
        return function(context, **job.args)
    with transaction.atomic():                  # worked off inside somebody's transaction: a failure must not spoil it
        return function(context, **job.args)


def went_away(error: Exception) -> bool:
    """Whether the server or the connection ended, rather than refused something: no SQLSTATE, class 08, or 57P (PostgreSQL, appendix A)."""
    state = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, InterfaceError) or state is None or state.startswith(("08", "57P"))


def _failed(job: Job, away: bool = False) -> None:
    log.exception("job %s (%s) failed in try %s of %s", job.pk, job.name, job.tries, job.max_tries)
    told = _("Something went wrong; it is noted under number %(n)s.") % {"n": job.pk}
    (queue.interrupted if away else queue.try_again)(job, told, traceback.format_exc()[-8000:])


@drain()
def deliveries() -> int:
    """Hand out a few events to those who subscribed to them."""
    with versions.using(versions.read()):
        return deliver(limit=20)


def work_off(rounds: int = 50) -> int:
    """Work off in this process what is due now, deliveries first; returns the number of jobs. For tests and one-off commands."""
    count = 0
    for _round in range(rounds):
        delivered = deliveries() + sum(function() for thread, found in drains.items() if thread != "deliveries" for function in found)
        job = queue.take(0, QUEUES)
        if job is not None:
            count += 1
            perform(job)
        elif not delivered:
            break
    return count
