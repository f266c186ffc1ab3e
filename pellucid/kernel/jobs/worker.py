"""`pellucid worker`: works off jobs, deliveries and schedules until told to stop. Any number may run; polling needs no
session state, so that a pooler in transaction mode may stand between."""
from __future__ import annotations

import argparse
import logging
import signal
import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.utils import timezone

from pellucid.kernel.records import versions

from . import heartbeat, queue
from .context import Context
from .declare import drains, kinds, schedules
from .models import Job
from .perform import perform, work_off

log = logging.getLogger(__name__)
BEAT_EVERY = 5.0
POLL_EVERY = 1.0
GRACE = 8.0                            # `pellucid serve` insists after ten seconds
STUCK = 70                             # exit code: something gave no sign of life for too long
LANES = (("default",), ("long", "default"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="work off what is due now, then leave")


def main(options: argparse.Namespace) -> int:
    """Work until SIGTERM or Ctrl-C; then finish, or hand back what is under way."""
    if options.once:
        work_off()
        return 0
    worker = Worker()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stopping.set())
    return worker.run()


class Worker:
    """One process: this thread keeps the house (signs of life, dead workers, schedules), the others work."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.id = 0
        self.contexts: dict[str, Context] = {}
        self.slots: dict[str, object] = {}
        self.unended: list[Job] = []

    def run(self) -> int:
        """Start the threads and keep house until told to stop."""
        self._guarded(self._register)
        works = {**{name: self._drain(name) for name in drains}, **{f"lane {queues[0]}": self._lane(queues) for queues in LANES}}
        threads = [threading.Thread(target=self._loop, args=(work,), name=name, daemon=True) for name, work in works.items()]
        for thread in threads:
            thread.start()
        while not self.stopping.wait(BEAT_EVERY):
            self._guarded(self._keep_house)
            if stuck := self._stuck():
                log.critical("%s gives no sign of life; restarting", stuck)
                return STUCK
        deadline = time.monotonic() + GRACE
        for thread in threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        if not any(thread.is_alive() for thread in threads):
            self._guarded(lambda: heartbeat.leave(self.id))
        return 0

    def _register(self) -> None:
        self.id = heartbeat.register()
        self._keep_house()

    def _keep_house(self) -> None:
        self.id = heartbeat.beat(self.id)
        with versions.using(versions.read()):
            self._look_around()

    def _look_around(self) -> None:
        heartbeat.strike_off_dead()
        while self.unended:
            queue.let_go(self.unended[0])
            del self.unended[0]
        if count := queue.take_up(self.id):
            log.warning("took up %s jobs of workers that are gone", count)
        now = timezone.now()
        for name, what in schedules.items():
            slot = what.slot(now)
            if self.slots.get(name) != slot:
                queue.schedule(what, slot)
                self.slots[name] = slot

    def _stuck(self) -> str:
        for context in list(self.contexts.values()):
            kind = kinds[context.job.name]
            if time.monotonic() - context.touched > kind.patience:
                return f"job {context.job.pk} ({kind.name})"
        return ""

    def _drain(self, thread: str) -> Callable[[], bool]:
        return lambda: sum(function() for function in drains[thread]) > 0

    def _lane(self, queues: tuple[str, ...]) -> Callable[[], bool]:
        def work() -> bool:
            job = queue.take(self.id, queues) if self.id else None      # without a number it would be taken for dead
            if job is None:
                return False
            lane = threading.current_thread().name
            try:
                perform(job, self.stopping.is_set, lambda context: self.contexts.__setitem__(lane, context))
            except (DatabaseError, InterfaceError):
                self.unended.append(job)                # its end could not be written; its row says that we are at it
                raise
            finally:
                self.contexts.pop(lane, None)
            return True
        return work

    def _loop(self, work: Callable[[], bool]) -> None:
        """Call the work again and again, with a pause when there was none and a longer one when the database is away."""
        while not self.stopping.is_set():
            found: list[bool] = []
            if not self._guarded(lambda: found.append(work())):  # noqa: B023  called at once
                self.stopping.wait(3.0)
            elif not any(found):
                self.stopping.wait(POLL_EVERY)
        connection.close()

    def _guarded(self, work: Callable[[], object]) -> bool:
        """Do it; False, and a new connection next time, when the database does not answer."""
        try:
            work()
        except (DatabaseError, InterfaceError) as error:
            log.warning("the database does not answer: %s", error)
            connection.close()
            return False
        except Exception:               # a fault in a drain or a chore must not end the process
            log.exception("the worker stumbled")
            return False
        finally:
            close_old_connections()
        return True

