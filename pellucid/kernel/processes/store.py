"""The shell around the machine: the lock on the instance first, its rows, one command, the differences written back, all in one commit."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from pellucid.kernel.records import prepared
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.records.versions import versioned

from .company import Company
from .definition import Plan, read
from .machine import rows as of
from .machine.run import Run
from .models import Assignment, Copy, Effect, LogLine, ProcessInstance, ProcessVersion, Step, Timer, Verdict
from .telling import told

STEP = ("no", "node", "visit", "up", "lane", "kind", "opened_at", "state", "outcome", "closed_at", "data")
ASKED = ("no", "step_no", "slot", "person_id", "state", "origin", "opened_at", "extra", "before_no", "closed_at", "why", "source_id", "actor_id")
TIMER = ("no", "step_no", "kind", "at", "state", "round")
EFFECT = ("no", "step_no", "kind", "body", "state", "tries", "wait")
LINE = ("at", "what", "step_no", "node", "actor_id", "data")
VERDICT = ("asked", "step_no", "actor_id", "behalf_id", "verdict", "comment")
attempts: list[Callable[[int], None]] = []  # what is tried after a commit (effects.py)
OWN = ("data", "form", "chosen", "state", "outcome", "last_no", "epoch", "ended_at")
SHARES = """
INSERT INTO access_share (resource, record_id, user_id, level, note, sort_key, created_at)
SELECT %s, %s, unnest(%s::bigint[]), 1, '', now(), now() ON CONFLICT DO NOTHING"""
Change = tuple[Any, int, str, dict[str, Any]]  # a model, the row's number, the state it was in, what it becomes


@versioned("settings")
def plan_of(version: int) -> Plan:
    """The definition of a published version: it never changes, so it is kept."""
    return Plan(read(ProcessVersion.objects.get(pk=version).body))


def loaded(row: ProcessInstance, record: models.Model | None = None) -> Run:
    """An instance ready for a command, or for a look at it."""
    plan = plan_of(row.edition_id)
    instance = of.Instance(row.requester_id, timezone.now(), row.state, row.outcome, dict(row.form), dict(row.chosen), copy.deepcopy(row.data),
                           row.last_no, row.epoch)  # fmt: skip
    if row.pk and row.last_no:
        _read(row.pk, instance)
    return Run(plan, instance, Company(row, plan.definition, record))


READS: dict[type[models.Model], str] = {
    model: f"SELECT {', '.join(names)} FROM {model._meta.db_table} WHERE instance_id = %s{more} ORDER BY id"  # noqa: S608  names of ours
    for model, names, more in (
        (Step, STEP, ""), (Assignment, ASKED, ""), (Timer, TIMER, " AND state = 'armed'"),
        (Effect, EFFECT, " AND state IN ('due', 'child', 'failed')"), (Verdict, VERDICT, ""), (Copy, ("person_id",), ""),
    )
}  # fmt: skip


def _read(pk: int, instance: of.Instance) -> None:
    """Every row of an instance, by kept statements: each command reads them all."""

    def found(model: type[models.Model], at: int = -1) -> list[list[Any]]:
        rows = [list(row) for row in prepared.ask(READS[model], [pk]).fetchall()]
        for row in rows if at >= 0 else ():
            row[at] = json.loads(row[at])
        return rows

    instance.steps = {r[0]: of.Step(*r) for r in found(Step, STEP.index("data"))}
    instance.asked = {r[0]: of.Asked(*r) for r in found(Assignment)}
    instance.clocks = {r[0]: of.Clock(*r) for r in found(Timer)}
    instance.work = {r[0]: of.Work(*r) for r in found(Effect, EFFECT.index("body"))}
    instance.verdicts = [of.Verdict(*r) for r in found(Verdict)]
    instance.copied = {r[0] for r in found(Copy)}


def locked(pk: int, *, wait: bool = True) -> ProcessInstance | None:
    """The instance's row, ours until the transaction ends; without `wait`, None when somebody else has it."""
    return ProcessInstance.objects.select_for_update(of=("self",), no_key=True, skip_locked=not wait).filter(pk=pk).first()


@contextmanager
def command(row: ProcessInstance, actor: int | None = None, record: models.Model | None = None) -> Iterator[Run]:
    """Change an instance whose row is locked, or that is new: what the block does to the run is written when it ends well, people are told,
    and what the program owes is tried as soon as all this is committed."""
    run = loaded(row, record)
    before = run.i.seen()
    yield run
    write(row, before, run.i)
    told(row, before, run.i, actor)
    if run.i.owes or (row.parent_id and not run.i.running):
        for attempt in attempts:
            transaction.on_commit(partial(attempt, row.pk), robust=True)


def write(row: ProcessInstance, before: of.Instance, after: of.Instance) -> None:
    """Write the differences. What closes is written before what opens: the partial unique indexes stand at every moment."""
    if row.pk is None:
        _own(row, after)
        prepared.insert(row)
    pk, now = row.pk, after.now
    closing = [
        *_changed(Step, before.steps, after.steps, _of_step),
        *_changed(Assignment, before.asked, after.asked, _of_asked),
        *_changed(Timer, before.clocks, after.clocks, lambda c: {"state": c.state}),
        *_changed(Effect, before.work, after.work, lambda w: {"state": w.state, "tries": w.tries}),
    ]
    closing.sort(key=lambda change: change[3]["state"] in ("open", "pending", "waiting", "armed", "due"))
    for model, numbers, state, values in _alike(closing):
        if _update(model, pk, numbers, state, values) != len(numbers):
            raise Refused("somebody else was faster")  # cannot happen under the lock: a second wall
    steps = [s for no, s in after.steps.items() if no not in before.steps]
    asked = [a for no, a in after.asked.items() if no not in before.asked]
    _insert(Step, STEP, [_values(s) for s in steps], pk)
    _insert(Assignment, ASKED, [_values(a) for a in asked], pk)
    _insert(Timer, TIMER, [_values(c) for no, c in after.clocks.items() if no not in before.clocks], pk)
    _insert(Effect, (*EFFECT, "next_at", "error"), [[*_values(w), now, ""] for no, w in after.work.items() if no not in before.work], pk)
    _insert(Verdict, (*VERDICT, "at"), [[*_values(v), now] for v in after.verdicts[len(before.verdicts) :]], pk)
    _insert(LogLine, LINE, [[now, line.what, line.step, line.node, line.actor, line.data] for line in after.log], pk)
    copied = after.copied - before.copied
    _insert(Copy, ("person_id", "at"), [[p, now] for p in sorted(copied)], pk)
    lets_read(row, {a.person for a in asked} | copied | after.readers)
    if before.last_no:
        _own(row, after)
        kept = {name: getattr(row, name) for name in OWN}
        sets = ", ".join(f"{name} = %s" for name in kept)
        prepared.ask(f"UPDATE {ProcessInstance._meta.db_table} SET {sets} WHERE id = %s", [*map(_kept, kept.values()), pk])  # noqa: S608  names of ours


def _of_step(step: of.Step) -> dict[str, Any]:
    return {"state": step.state, "outcome": step.outcome, "closed_at": step.closed, "data": step.data}


def _of_asked(row: of.Asked) -> dict[str, Any]:
    known = {"state": row.state, "origin": row.origin, "before_no": row.before, "actor_id": row.actor}
    return known | {"opened_at": row.opened, "closed_at": row.closed}


def _values(row: Any) -> list[Any]:
    return [getattr(row, name) for name in row.__slots__]


def _insert(model: type[models.Model], names: tuple[str, ...], rows: list[list[Any]], pk: int) -> None:
    """Rows of an instance, by a statement the database keeps: each command writes some."""
    if rows:
        places = ", ".join([f"(%s{', %s' * len(names)})"] * len(rows))
        text = f"INSERT INTO {model._meta.db_table} (instance_id, {', '.join(names)}) VALUES {places}"  # noqa: S608  names of ours
        prepared.ask(text, [_kept(value) for row in rows for value in (pk, *row)])


def _update(model: type[models.Model], pk: int, numbers: list[int], state: str, values: dict[str, Any]) -> int:
    """How many of these rows were in this state: all of them."""
    names = ", ".join(f"{name} = %s" for name in values)
    text = f"UPDATE {model._meta.db_table} SET {names} WHERE instance_id = %s AND no = ANY(%s::int[]) AND state = %s"  # noqa: S608  names of ours
    return prepared.ask(text, [*map(_kept, values.values()), pk, numbers, state]).rowcount


def _alike(changes: list[Change]) -> list[tuple[Any, list[int], str, dict[str, Any]]]:
    """Changes one after the other that are the same but for the row, together."""
    out: list[tuple[Any, list[int], str, dict[str, Any]]] = []
    for model, no, state, values in changes:
        if out and (out[-1][0], *out[-1][2:]) == (model, state, values):
            out[-1][1].append(no)
        else:
            out.append((model, [no], state, values))
    return out


def _kept(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict) else value


def _changed(model: type[models.Model], before: dict[int, Any], after: dict[int, Any], values: Any) -> list[Change]:
    return [(model, no, old.state, values(after[no])) for no, old in before.items() if values(old) != values(after[no])]


def lets_read(row: ProcessInstance, people: set[int]) -> None:
    """Who was ever asked or copied, and whom the process names for it, reads the request; and so does who stands in for him."""
    if others := sorted(people - {row.requester_id}):
        prepared.ask(SHARES, [ProcessInstance._meta.model_name, row.pk, others])


def _own(row: ProcessInstance, after: of.Instance) -> None:
    row.data, row.form, row.chosen = after.data, after.form, after.chosen
    row.state, row.outcome = after.state, after.outcome
    row.last_no, row.epoch = after.last_no, after.epoch
    if not after.running and row.ended_at is None:
        row.ended_at = after.now
