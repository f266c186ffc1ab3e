"""What the demo company's people have to do and carry out: rows, counts and periods agree, and there is something of everything."""

from __future__ import annotations

from django.db import connection

TASK = "collaboration_task"
WRONG = {
    "a task whose open period says something else": f"""{TASK} t WHERE NOT EXISTS (SELECT FROM {TASK}_span s WHERE s.id = t.id
        AND s.valid_to = '9999-01-01 00:00+00' AND s.recorded_to = '9999-01-01 00:00+00' AND s.owner_id = t.owner_id AND s.unit_id = t.unit_id
        AND s.due_at = t.due_at AND s.done_at IS NOT DISTINCT FROM t.done_at)""",
    "a run whose open period says something else": """collaboration_planrun r WHERE NOT EXISTS (SELECT FROM collaboration_planrun_span s
        WHERE s.id = r.id AND s.valid_to = '9999-01-01 00:00+00' AND s.state = r.state AND s.owner_id = r.owner_id AND s.unit_id = r.unit_id)""",
    "counts that its steps do not say": f"""collaboration_planrun r WHERE (r.done, r.closed) <> (
        SELECT count(*) FILTER (WHERE state = 'done' AND NOT cancelled), count(*) FILTER (WHERE state = 'done')
        FROM {TASK} t WHERE t.run_id = r.id)""",
    "a run under way with nothing left to do": "collaboration_planrun WHERE state = 'running' AND closed >= steps",
    "an ended run with something open": f"""collaboration_planrun r JOIN {TASK} t ON t.run_id = r.id
        WHERE r.ended_at IS NOT NULL AND t.done_at IS NULL""",
    "something done before it was made, or in the future": f"{TASK} WHERE done_at < created_at - interval '1 minute' OR done_at > clock_timestamp()",
    "a repeating task without its series": f"{TASK} t WHERE occurrence > 0 AND series_id IS NULL",
    "a giver who cannot see what he gave": f"""{TASK} t WHERE giver_id <> owner_id AND NOT EXISTS (SELECT FROM access_share s
        WHERE s.resource = 'task' AND s.record_id = t.id AND s.user_id = t.giver_id)""",
    "a late task that was done in time": "collaboration_lateness l JOIN collaboration_task t ON t.id = l.task_id WHERE t.done_at <= l.due_at",
    "a time that passed and is not on record": f"""{TASK} t WHERE t.due_at < coalesce(t.done_at, now() - interval '1 hour') AND t.deleted_at IS NULL
        AND NOT EXISTS (
        SELECT FROM collaboration_lateness l WHERE l.task_id = t.id AND l.due_at = t.due_at)""",
}  # fmt: skip


def count(what: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {what}")
        return int(cursor.fetchone()[0])


def test_a_small_company_has_something_of_everything(small_company):
    assert {name: n for name, what in WRONG.items() if (n := count(what))} == {}
    for state in ("todo", "doing", "check", "done"):
        assert count(f"{TASK} WHERE state = '{state}'") > 5, state
    for state in ("running", "finished", "reached", "stopped"):
        assert count(f"collaboration_planrun WHERE state = '{state}'") >= 1, state
    assert count("customers_scheme") == 6 and count(f"{TASK} WHERE repeat = 'weekly' AND done_at IS NULL") > 0
    assert count("collaboration_lateness") > 20
    assert count("sales_playbook") == 2 and count("collaboration_planrun WHERE kind = 'playbook'") > 50
