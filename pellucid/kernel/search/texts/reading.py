"""From stored bytes to kept text: a trigger notes which file waits, the worker has it read within seconds."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.jobs.declare import drain, job
from pellucid.kernel.jobs.queue import start
from pellucid.kernel.records.models import Blob, FileText

SCRIPT = Path(__file__).with_name("child.py")
PATIENCE = 30  # seconds by the clock; the child itself stops after 10 of work
MOST_ANSWER = 4 << 20
AT_ONCE = 20
REASONS = {
    "cut": gettext_lazy("Only the beginning of this very long file can be searched."),
    "empty": gettext_lazy("There is no text in this file, as in scanned pages; it is found by its name and tags."),
    "unsupported": gettext_lazy("The text of this kind of file cannot be read; it is found by its name and tags."),
    "encrypted": gettext_lazy("This file is locked with a password; it is found by its name and tags."),
    "damaged": gettext_lazy("This file seems to be damaged: it could not be read to its end."),
    "too_big": gettext_lazy("There is too much packed into this file to read it safely."),
    "too_slow": gettext_lazy("Reading this file took too long and was given up."),
    "gone": gettext_lazy("The bytes of this file are missing."),
}


class Text(NamedTuple):
    """What a file says, and why it may not be all, or nothing."""

    text: str
    reason: str


def why(reason: str) -> str:
    """The reason as a sentence for the reader."""
    return str(REASONS.get(reason, "")) if reason else ""


def extract(path: str) -> Text:
    """The text of the file at a path, read by a child under limits; whatever the file does, this returns."""
    arguments = [sys.executable, "-I", str(SCRIPT), path]
    try:
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return Text("", "too_slow")
    if done.returncode != 0 or len(done.stdout) > MOST_ANSWER:
        killed = {-signal.SIGXCPU: "too_slow", -signal.SIGKILL: "too_slow", -signal.SIGABRT: "too_big"}
        return Text("", killed.get(done.returncode, "damaged"))
    try:
        return Text(**msgspec.msgpack.decode(done.stdout))
    except (msgspec.DecodeError, TypeError):
        return Text("", "damaged")


@contextmanager
def at_hand(blob: Blob) -> Iterator[str]:
    """A path in the file system to the bytes, wherever they are stored."""
    try:
        yield default_storage.path(blob.stored_as)
    except NotImplementedError:
        with tempfile.NamedTemporaryFile() as near, default_storage.open(blob.stored_as, "rb") as stored:
            while part := stored.read(1 << 20):
                near.write(part)
            near.flush()
            yield near.name


@drain()
def ask() -> int:
    """Have the files that wait be read, each by a job of its own."""
    with transaction.atomic():
        waiting = list(FileText.objects.select_for_update(skip_locked=True).filter(state=FileText.State.WAITING).order_by("asked_at")[:AT_ONCE])
        for row in waiting:
            start("search.read_file", Actor.system("job"), blob=row.pk)
        FileText.objects.filter(pk__in=[row.pk for row in waiting]).update(state=FileText.State.READING)
    return len(waiting)


@job("search.read_file", label=gettext_lazy("Read the text of a file"), tells=False)
def read_file(ctx: Any, blob: str) -> str:
    """Read one file and keep its text."""
    row = FileText.objects.select_related("blob").filter(pk=blob).first()
    if row is None:
        return ""
    found = Text("", "gone")
    if default_storage.exists(row.blob.stored_as):
        with at_hand(row.blob) as path:
            found = extract(path)
    state = FileText.State.READ if found.text or found.reason in ("", "empty") else FileText.State.FAILED
    FileText.objects.filter(pk=blob).update(state=state, text=found.text, reason=found.reason, read_at=timezone.now())
    return _("%(n)s characters") % {"n": len(found.text)}
