"""Rows of a file with the values of their cells, as far as they can be read without looking at what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records.errors import Failure
from pellucid.kernel.records.spec import Spec

from . import links, making
from .mapping import Plan
from .models import ImportRun
from .parsing import Bad, Reader, Unknown
from .readers import Cell, Row

IMPORTED, UPDATED, SKIPPED, FAILED = "imported", "updated", "skipped", "failed"


@dataclass(slots=True)
class Line:
    """One row under way. `faults` are (field, sentence); `state` is empty until its end is known."""

    number: int
    cells: list[Cell]
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)
    pending: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    state: str = ""
    reason: str = ""
    record: Any = None
    before: dict[str, Any] | None = None

    def end(self, state: str, reason: str = "") -> None:
        self.state, self.reason = state, reason

    def fail(self, reason: str, name: str = "") -> None:
        if (name, str(reason)) not in self.faults:
            self.faults.append((name, str(reason)))
        self.end_with(self.faults)

    def end_with(self, faults: list[tuple[str, str]]) -> None:
        """These are all its faults."""
        self.faults = faults
        self.end(FAILED, "; ".join(dict.fromkeys(text for _name, text in faults)))


class Table:
    """The mapped columns of a run's file. Words that name nothing are made into records when the mapping says so, unless it only looks."""

    def __init__(self, run: ImportRun, plan: Plan, targets: Mapping[str, Spec], actor: Actor, *, writes: bool, named: frozenset[str]) -> None:
        self.key, self.targets, self.actor, self.writes, self.named = run.resource, targets, actor, writes, named
        self.run = run
        show, places, adds = show_for(actor), run.places, actor.rights is None or "admin" in actor.rights.roles
        self._readers: list[tuple[int, Spec, Reader]] = []
        for rule in plan.rules:
            if (spec := targets.get(rule.field)) and rule.column in places:
                makes = making.maker(self.key, spec.kind.key) is not None
                self._readers.append((places[rule.column], spec, Reader(spec, rule, show, may_add_terms=adds, makes=makes)))

    def read(self, rows: Sequence[Row], actor: Actor) -> list[Line]:
        """The rows with their values, column by column; links are looked up for all rows at once."""
        self.actor = actor
        lines = [Line(row.number, row.cells) for row in rows]
        for place, spec, reader in self._readers:
            reader.forget()
            found = [reader(line.cells[place]) if place < len(line.cells) else None for line in lines]
            if reader.is_link:
                known = links.resolve(spec, {w for w in found if isinstance(w, str) and not isinstance(w, Bad)}, self.actor)
                for line, word in zip(lines, found, strict=True):
                    if word is not None:
                        self._link(line, spec, word, known)
                continue
            for line, value in zip(lines, found, strict=True):
                if isinstance(value, Bad):
                    line.fail(f"{spec.label}: {value}", spec.name)
                elif isinstance(value, Unknown):
                    line.unknown[spec.name] = value
                elif value is not None and value != "":
                    line.values[spec.name] = value
        for name in dict.fromkeys(n for line in lines for n in line.unknown):
            self._make(name, [line for line in lines if name in line.unknown])
        return lines

    def _make(self, name: str, lines: list[Line]) -> None:
        """Make what unknown words of a field stand for; the first row that has a word says the rest about it."""
        made: dict[str, int | Failure] = {}
        kind = self.targets[name].kind.key
        for line in lines if self.writes else ():
            word = line.unknown[name]
            if word not in made:
                try:
                    with transaction.atomic():
                        made[word] = new = making.maker(self.key, kind)(word, line.values, actor=self.actor)  # type: ignore[misc]
                        keep_made(self.run, kind, new)
                except Failure as refusal:
                    made[word] = refusal
            found = made[word]
            if isinstance(found, Failure):
                line.fail(f"{self.targets[name].label}: {found.message}", name)
            else:
                line.values[name] = found

    def _link(self, line: Line, spec: Spec, word: str, known: dict[str, Any]) -> None:
        value = known.get(word)
        if value is None and spec.target == self.key and word in self.named:
            line.pending[spec.name] = word          # a row of this file, set when all rows are there
        elif value is None or isinstance(value, Bad):
            line.fail(f"{spec.label}: {value or links.nobody(spec, word)}", spec.name)
        else:
            line.values[spec.name] = value


def keep_made(run: ImportRun, kind: str, pk: int) -> None:
    """Remember, in the transaction that made it, what has to go when the import is taken back."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE exchange_importrun SET made = made || jsonb_build_array(jsonb_build_array(%s::text, %s::bigint)) WHERE id = %s",
                       [kind, pk, run.pk])
