"""Cancel a job, or try it again by hand."""
from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.roles import seed
from pellucid.kernel.records.errors import Forbidden, Refused
from pellucid.kernel.records.seeds import seeds

from .models import Job
from .selectors import OPEN, job_of


@seeds
def rights() -> None:
    """Administrators see and steer everybody's jobs, auditors see them."""
    seed({"job": {"admin": "manage:all", "auditor": "read:all"}})


def _locked(job_id: int, actor: Actor) -> Job:
    if actor.read_only:
        raise Forbidden("job.edit", _("You are looking as somebody else: nothing can be changed."))
    job_of(job_id, actor)
    return Job.objects.select_for_update().get(pk=job_id)


def job_cancel(job_id: int, *, actor: Actor) -> Job:
    """A waiting job is cancelled at once, a running one at its next sign of life. What it has done so far stays."""
    with transaction.atomic():
        job = _locked(job_id, actor)
        if job.state not in OPEN:
            raise Refused(_("It has ended already."))
        job.cancel_asked = True
        if job.state == Job.State.QUEUED:
            job.state, job.finished_at = Job.State.CANCELLED, Now()
        job.save(update_fields=("cancel_asked", "state", "finished_at"))
    job.refresh_from_db()
    return job


def job_retry(job_id: int, *, actor: Actor) -> Job:
    """A failed or cancelled job goes on from where it had got to."""
    with transaction.atomic():
        job = _locked(job_id, actor)
        if job.state not in (Job.State.FAILED, Job.State.CANCELLED):
            raise Refused(_("Only what failed or was cancelled can be tried again."))
        job.state, job.due_at, job.finished_at = Job.State.QUEUED, Now(), None
        job.cancel_asked, job.tries, job.error, job.trace = False, 0, "", ""
        job.save(update_fields=("state", "due_at", "finished_at", "cancel_asked", "tries", "error", "trace"))
    job.refresh_from_db()
    return job
