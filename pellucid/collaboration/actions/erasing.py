"""A person's data is erased: what was to be done about him, or about whom he belongs to, names him no more."""

from __future__ import annotations

from collections.abc import Collection

from pellucid.kernel.resources.erasure import erases, redact, redact_quotes

from ..models import Task
from .linking import with_root
from .next_steps import copy_step

TEXTS = ("name", "about_title", "note", "result", "checklist", "ticked")


@erases
def erase_in_tasks(key: str, pk: int, words: list[str]) -> None:
    """The tasks about the record, and about the one it hangs on."""
    for one, at in with_root(key, pk):
        redact_tasks(one, [at], words)


def redact_tasks(key: str, ids: Collection[int], words: list[str]) -> None:
    """Take words out of the tasks about some records, out of their past, and out of the copies the records keep."""
    about = Task._base_manager.filter(about_resource=key, about_id__in=ids)
    redact_quotes("task", list(about.values_list("pk", flat=True)), words)
    for pk in set(about.filter(pk__in=redact(about, TEXTS, words)).values_list("about_id", flat=True)):
        copy_step(key, pk)
