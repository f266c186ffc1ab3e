"""Who was late: read from the history of tasks, written down once."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin
from pellucid.kernel.events.bus import EventKind, declare, publish
from pellucid.kernel.history.selectors import FOREVER
from pellucid.kernel.history.span_models import span_model

from ..models import Lateness, Task

declare(EventKind("task.late", _("Its time passed; it was with {owner:user}"), icon="hourglass", tone="bad"))

# The period in which the time passed says with whom the task was; a task that was late from its beginning was late with its first owner.
PASSED = """
INSERT INTO {late} (task_id, due_at, owner_id, unit_id, created_at)
SELECT DISTINCT ON (s.id, s.due_at) s.id, s.due_at, s.owner_id, s.unit_id, %(now)s
  FROM {spans} s JOIN {tasks} t ON t.id = s.id AND t.deleted_at IS NULL
 WHERE s.recorded_to = %(forever)s AND s.done_at IS NULL AND s.due_at < least(s.valid_to, %(now)s)
   AND s.due_at >= %(since)s
   AND NOT EXISTS (SELECT FROM {late} l WHERE l.task_id = s.id AND l.due_at = s.due_at)
 ORDER BY s.id, s.due_at, s.valid_from
 LIMIT %(most)s
ON CONFLICT DO NOTHING
RETURNING task_id, owner_id, due_at"""
ALL = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MOST = 5_000


def passed(since: dt.datetime = ALL, most: int = MOST) -> list[tuple[int, int, dt.datetime]]:
    """Write down every time since a moment that passed and was kept by nobody: (task, with whom, which time) of the new ones."""
    names = {"late": Lateness._meta.db_table, "tasks": Task._meta.db_table, "spans": span_model(Task)._meta.db_table}
    with connection.cursor() as cursor:
        cursor.execute(PASSED.format(**{k: connection.ops.quote_name(v) for k, v in names.items()}),
                       {"now": timezone.now(), "forever": FOREVER, "since": since, "most": most})  # fmt: skip
        return cursor.fetchall()


def write_down(since: dt.datetime = ALL, most: int = MOST) -> int:
    """The same as the clock does it, each with its event; how many were new. Twice at once is once. Runs inside a transaction."""
    begin(Actor.system("rule"))
    found = passed(since, most)
    for task, owner, due in found:
        publish("task.late", door="rule", resource="task", record_id=task, payload={"owner": owner, "due_at": due})
    return len(found)


def in_time_after_all(fact: str) -> None:
    """Take back what was noted of tasks whose fact turned out to have happened by their time."""
    Lateness._base_manager.filter(task__fact=fact, task__done_at__lte=F("due_at")).delete()
