"""What a running job holds in its hands: its actor, its progress, its checkpoint."""
from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.records.models import Blob

from .models import Job
from .queue import held

LOOK_EVERY = 1.0


class Interrupted(BaseException):
    """The job must not go on. No Exception: a loop that swallows the faults of single rows must not swallow this."""


class Cancelled(Interrupted):
    """Somebody cancelled it."""


class HandedBack(Interrupted):
    """Its worker stops; another one goes on from the checkpoint."""


class Lost(Interrupted):
    """Another worker has it: this one was taken for dead."""


class Context:
    """Handed to the job's function. `checkpoint` is what the last committed progress saved: a job taken up again begins there."""

    def __init__(self, job: Job, stopping: Callable[[], bool] = lambda: False) -> None:
        self.job = job
        self.checkpoint: dict[str, Any] = dict(job.checkpoint)
        self.touched = time.monotonic()
        self._stopping = stopping
        self._begun = (time.monotonic(), job.done)
        self._looked = 0.0
        self._in_chunk = False
        self._actor: Actor | None = None

    @property
    def actor(self) -> Actor:
        """Who asked for the job, with the rights he has now; the system for scheduled work."""
        if self._actor is None:
            self._actor = self._read_actor()
        return self._actor

    def _read_actor(self) -> Actor:
        if self.job.user_id is None:
            return Actor.system("job", self.job.cause)
        user = User.objects.get(pk=self.job.user_id)
        if not user.is_active:
            raise Refused(_("The colleague who asked for this can no longer sign in."))
        return Actor.of(user, "job").caused_by(self.job.cause)

    @contextlib.contextmanager
    def chunk(self) -> Iterator[None]:
        """One transaction of the job: what is done inside and the progress reported inside become true together, once."""
        self.check_cancelled(now=True)
        self._in_chunk = True
        before = dict(self.checkpoint)
        try:
            with transaction.atomic():
                yield
        except BaseException:
            self.checkpoint = before
            raise
        finally:
            self._in_chunk = False

    def progress(self, done: int | None = None, total: int | None = None, message: str | None = None, **checkpoint: Any) -> None:
        """Say how far it is; `checkpoint` adds to what a successor would begin with. Inside chunk() the last thing to do.
        Rights are read afresh. Raises Interrupted when the job must not go on."""
        self.touched = time.monotonic()
        facts: dict[str, Any] = {}
        if done is not None:
            begun, before = self._begun
            self.job.done = facts["done"] = done
            facts["rate"] = (done - before) / max(0.001, time.monotonic() - begun)
        if total is not None:
            self.job.total = facts["total"] = total
        if message is not None:
            facts["message"] = str(message)[:200]
        if checkpoint:
            self.checkpoint |= checkpoint
            facts |= {"checkpoint": self.checkpoint, "tries": 1}      # it gets ahead: the count of failures begins anew
            self.job.tries = 1
        if not held(self.job).update(**(facts or {"cancel_asked": self.job.cancel_asked})):
            raise Lost
        versions.forget()
        self._actor = None
        if not self._in_chunk:
            self.check_cancelled(now=True)

    def check_cancelled(self, *, now: bool = False) -> None:
        """Raise Interrupted when the job was cancelled, lost, or its worker stops. Cheap: looks once a second."""
        self.touched = time.monotonic()
        if self._stopping():
            raise HandedBack
        if not now and time.monotonic() - self._looked < LOOK_EVERY:
            return
        self._looked = time.monotonic()
        asked = held(self.job).values_list("cancel_asked", flat=True).first()
        if asked is None:
            raise Lost
        if asked:
            raise Cancelled

    def result_file(self, blob: Blob, name: str) -> None:
        """Offer a file as the job's result."""
        if not held(self.job).update(result_file=blob, result_name=name[:255]):
            raise Lost
        self.job.result_file_id, self.job.result_name = blob.pk, name[:255]


