"""Runs the processes of one installation on one machine: starts, restarts with growing pauses, and stops them together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pellucid.config.texts import _

PARENT = "PELLUCID_PARENT"  # the supervisor's number, handed to its children
GRACE_SECONDS = 10
HEALTHY_SECONDS = 30
LONGEST_PAUSE = 30


def end_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent process dies, however it dies; does nothing outside `pellucid serve`."""
    if not os.environ.get(PARENT):
        return
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGTERM, 0, 0, 0)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it died between the two lines
            os.kill(os.getpid(), signal.SIGTERM)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


@dataclass
class Child:
    """One process to keep alive."""

    name: str
    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C reaches the supervisor alone, which stops the children in order."""
        environment = os.environ | self.environment | {PARENT: str(os.getpid()), "PELLUCID_PROCESS": self.name}
        self.process = subprocess.Popen(self.arguments, env=environment, start_new_session=True, stdin=subprocess.DEVNULL)
        self.started = time.monotonic()

    def ended(self) -> int | None:
        """The exit code once it has ended."""
        return None if self.process is None else self.process.poll()


class Supervisor:
    """Keeps children alive until told to stop. `each_second` looks after what is not a child (the database server)."""

    def __init__(self, children: list[Child], say: Callable[[str], None], each_second: Callable[[], None] = lambda: None):
        self.children = children
        self.say = say
        self.each_second = each_second
        self.stopping = threading.Event()

    def handle_signals(self) -> None:
        """Ctrl-C, SIGTERM and the end of the terminal all mean: stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())

    def run(self) -> int:
        """Works until a signal comes (0) or a child never gets going (1)."""
        for child in self.children:
            child.start()
        code = 0
        while not self.stopping.wait(0.5):
            self.each_second()
            if not all(self._look_after(child) for child in self.children):
                code = 1
                break
        self.stop()
        return code

    def _look_after(self, child: Child) -> bool:
        now = time.monotonic()
        if child.process is None:
            if now >= child.due:
                child.start()
            return True
        code = child.ended()
        if code is None:
            return True
        child.process = None
        child.failures = 0 if now - child.started > HEALTHY_SECONDS else child.failures + 1
        if child.failures > 5:
            self.say(_("{name} ended {count} times in a row (exit code {code}); giving up.", name=child.name, count=child.failures, code=code))
            return False
        pause = min(2.0 ** max(child.failures - 1, 0), LONGEST_PAUSE) if child.failures else 0.0
        child.due = now + pause
        text = _("{name} ended (exit code {code}); starting it again in {seconds} s.")
        self.say(text.format(name=child.name, code=code, seconds=round(pause)))
        return True

    def stop(self) -> None:
        """Ask every child to finish, then insist."""
        running = [child.process for child in self.children if child.process is not None and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in running:
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
