"""What the tests do within an installation of its own: make the world, start an import, compare what is there with what was acknowledged."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pellucid.config.settings")
os.environ.setdefault("PELLUCID_PROCESS", "tests")


def build(writers: str, tokens: str) -> dict[str, Any]:
    """The small company, so many tokens for each of so many writers, and a reader's session."""
    from pellucid.kernel.access.sessions import issue_token, open_session
    from tests.world import build as world_of

    world = world_of()
    names = ("alice", "sam", "carol", "mona")
    return {"session": open_session(world.users["sam"]),
            "tokens": [[issue_token(world.users[names[n % len(names)]], f"writer {n}", ["write"], None)[1] for _ in range(int(tokens))]
                       for n in range(int(writers))]}


def start_import(prefix: str, rows: str) -> dict[str, int]:
    """Ask for the import of a file of so many customers."""
    from pellucid.kernel.access.actor import Actor
    from pellucid.kernel.access.models import User
    from pellucid.kernel.exchange.running import open_file, run_plan, settle, start
    from pellucid.kernel.resources.declare import registry

    lines = ["名称,电话,员工人数", *(f"{prefix} {n} 号公司,0512-6{n:07d},{n}" for n in range(int(rows)))]
    actor = Actor.of(User.objects.get(username="sam"), "web")
    run, _book, _guesses = open_file(registry["customer"], actor, io.BytesIO("\r\n".join(lines).encode()), "名单.csv")
    settle(run, actor, run_plan(run))
    return {"run": run.pk, "job": start(run, actor).pk}


def ask(prefix: str, many: str) -> dict[str, list[int]]:
    """So many requests that everybody has agreed to; what the program owes them is left to be done."""
    from pellucid.kernel.access.actor import Actor
    from pellucid.kernel.access.models import User
    from pellucid.kernel.actions.run import run
    from pellucid.kernel.processes import store
    from tests.samples import record_of
    from tests.world import World

    store.attempts.clear()
    names = {u.username: u for u in User._base_manager.all()}
    admin, alice, sam = (Actor.of(names[n], "web") for n in ("admin", "alice", "sam"))
    steps = [{"id": "start", "type": "start"}, {"id": "ok", "type": "approval", "who": [{"kind": "role", "role": "sales_manager"}]},
             {"id": "begin", "type": "action", "call": "task_start"}, {"id": "end", "type": "action", "call": "task_complete"}]  # fmt: skip
    body = {"schema": "pellucid.process/1", "key": f"kills_{prefix}", "name": {"en": f"Kills {prefix}"}, "subject": "task",
            "admins": [{"kind": "role", "role": "admin"}], "steps": steps}  # fmt: skip
    process = run("process_publish", None, admin, {"body": json.dumps(body)}).value
    run("process_switch_on", process.pk, admin)
    made: dict[str, list[int]] = {"requests": [], "tasks": []}
    for n in range(int(many)):
        task = record_of("task", World({}, names), text=f"{prefix} 请求 {n}")
        row = run("task_request", task.pk, alice, {"process": process.pk}).value
        run("processinstance_approve", row.pk, sam, {})
        made["requests"].append(row.pk)
        made["tasks"].append(task.pk)
    return made


def carry_out() -> int:
    """Do what is owed until nothing is, as the job does."""
    from pellucid.kernel.processes import effects

    done = 0
    while found := effects.due(3):
        done += found
    return done


def carried_out(given: dict[str, list[int]]) -> list[str]:
    """Every request ended, each of its actions once, with its event and its history; nothing is owed any more."""
    from pellucid.collaboration.models import Task
    from pellucid.kernel.events.models import Event
    from pellucid.kernel.history.checks import check
    from pellucid.kernel.processes.models import Effect, ProcessInstance, Verdict

    rows, tasks, n = ProcessInstance.objects.filter(pk__in=given["requests"]), given["tasks"], len(given["requests"])
    found = {
        "ended": rows.filter(state="ended", outcome="approved").count(),
        "done": Task._base_manager.filter(pk__in=tasks, done_at__isnull=False).count(),
        "decided": Verdict.objects.filter(instance__in=rows).count(), "begun": Event.objects.filter(name="task.started", record_id__in=tasks).count(),
        "completed": Event.objects.filter(name="task.completed", record_id__in=tasks).count(),
        "work": Effect.objects.filter(instance__in=rows, kind="action", state="done").count() / 2,
    }  # fmt: skip
    owed = Effect.objects.filter(instance__in=rows, state__in=("due", "failed", "child")).count()
    return [str(finding) for finding in check()] + [f"{what}: {is_} of {n}" for what, is_ in found.items() if is_ != n] + (
        [f"{owed} owed"] if owed else [])  # fmt: skip


def verify(given: dict[str, Any]) -> list[str]:
    """Every difference between what was acknowledged and what is there."""
    from pellucid.collaboration.models import Task
    from pellucid.customers.models import Customer, FollowUp
    from pellucid.kernel.actions.models import IdempotencyKey
    from pellucid.kernel.events.bus import handlers_of
    from pellucid.kernel.events.models import Delivery, Event
    from pellucid.kernel.history.checks import check
    from pellucid.kernel.jobs.checks import checks

    wrong = [str(finding) for finding in check()]
    wrong += [f"{name}: {found}" for name, function in checks.items() if (found := list(function()))]

    def same(what: str, is_: Any, should: Any) -> None:
        if is_ != should:
            wrong.append(f"{what}: {is_}, should be {should}")

    def events(name: str, ids: list[int]) -> list[int]:
        return list(Event.objects.filter(name=name, record_id__in=ids).values_list("pk", flat=True))

    for told in given["writers"]:
        prefix, base = told["prefix"], Customer.objects.get(pk=told["base"])
        rows = dict(Customer._base_manager.filter(name__startswith=f"{prefix}-").values_list("name", "pk"))
        same(f"{prefix} customers", Customer._base_manager.filter(name__startswith=f"{prefix}-").count(), len(told["names"]))
        same(f"{prefix} names", set(rows), set(told["names"]))
        same(f"{prefix} counted", (base.employees or 0, base.version), (told["patches"], 1 + told["patches"]))
        follow_ups = list(FollowUp._base_manager.filter(customer=base).values_list("pk", flat=True))
        same(f"{prefix} follow-ups", len(follow_ups), told["follow_ups"])
        same(f"{prefix} next steps", Task.objects.filter(about_id=base.pk, done_at=None).count(), min(1, told["follow_ups"]))
        for name, ids, n in (("customer.created", list(rows.values()), len(rows)), ("customer.updated", [base.pk], told["patches"]),
                             ("followup.created", follow_ups, told["follow_ups"])):
            found = events(name, ids)
            same(f"{prefix} events {name}", len(found), n)
            same(f"{prefix} deliveries of {name}", Delivery.objects.filter(event_id__in=found).count(), n * len(handlers_of(name)))
        same(f"{prefix} audit I", audited("customers_customer", "I", list(rows.values())), len(rows))
        same(f"{prefix} audit U", audited("customers_customer", "U", [base.pk]), told["patches"])
        same(f"{prefix} audit of follow-ups", audited("customers_followup", "I", follow_ups), len(follow_ups))
    same("keys without an answer", IdempotencyKey.objects.filter(status__lt=200).count(), 0)
    for told in given["imports"]:
        wrong += imported(told, same)
    return wrong


def imported(told: dict[str, Any], same: Any) -> list[str]:
    """An import against its file: each row once, with its values, its line, its event, its history."""
    from pellucid.customers.models import Customer
    from pellucid.kernel.events.models import EventItem
    from pellucid.kernel.exchange.models import ImportRow, ImportRun

    run, n, prefix = ImportRun.objects.get(pk=told["run"]), told["rows"], told["prefix"]
    rows = list(Customer._base_manager.filter(name__startswith=f"{prefix} ").order_by("employees").values_list("pk", "name", "phone", "employees"))
    same(f"{prefix} state", run.state, "done")
    same(f"{prefix} counts", (run.rows, run.imported, run.failed), (n, n, 0))
    same(f"{prefix} rows", len(rows), n)
    same(f"{prefix} numbers", [r[3] for r in rows], list(range(n)))
    same(f"{prefix} names", [r[1] for r in rows], [f"{prefix} {i} 号公司" for i in range(n)])
    same(f"{prefix} lines", ImportRow.objects.filter(run=run).values("record_id").distinct().count(), n)
    ids = [r[0] for r in rows]
    same(f"{prefix} audit", audited("customers_customer", "I", ids), n)
    same(f"{prefix} items", EventItem.objects.filter(resource="customer", record_id__in=ids).count(), n)
    return []


def audited(table: str, op: str, ids: list[int]) -> int:
    """Lines of the audit about these rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM history.audit WHERE tbl = %s AND op = %s AND row_id = ANY (%s)", [table, op, ids])
        return cursor.fetchone()[0]


def main() -> None:
    """Set up and do what the command line says; the answer is a line of JSON."""
    import django

    django.setup()
    from tests.reliability.money_inside import ask_for_money, owe, verify_money

    command, *arguments = sys.argv[1:]
    given = json.loads(sys.stdin.read() or "null")
    commands = {"build": build, "import": start_import, "owe": owe, "ask_for_money": ask_for_money, "ask": ask, "carry_out": carry_out}
    checks = {"verify": verify, "verify_money": verify_money, "carried_out": carried_out}
    answer = checks[command](given) if command in checks else commands[command](*arguments)
    print(json.dumps(answer, ensure_ascii=False))


if __name__ == "__main__":
    main()
