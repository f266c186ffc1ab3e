"""Takes some rows of a file to their end: read, linked, matched, prepared, written. Every row ends in exactly one of four states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.access.scopes import contains
from pellucid.kernel.actions.declare import prepare
from pellucid.kernel.actions.run import begin, said, scoped, show_for
from pellucid.kernel.events.bus import publish
from pellucid.kernel.records.errors import Failure
from pellucid.kernel.records.kinds.base import BadValue
from pellucid.kernel.records.models import OwnedRecord
from pellucid.kernel.records.numbers import draw_many
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.resources.declare import Resource
from pellucid.kernel.resources.fields import writable
from pellucid.kernel.resources.verbs import assign, keep_references, place_of

from . import links, writing
from .mapping import Plan, targets
from .matching import Matcher
from .models import ImportRow, ImportRun
from .parsing import Bad, Reader
from .readers import Cell, Row

IMPORTED, UPDATED, SKIPPED, FAILED = "imported", "updated", "skipped", "failed"
EVENT = "exchange.imported"


@dataclass(slots=True)
class Line:
    """One row under way. `faults` are (field, sentence); `state` is empty until its end is known."""

    number: int
    cells: list[Cell]
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)
    pending: dict[str, str] = field(default_factory=dict)
    state: str = ""
    reason: str = ""
    record: Any = None
    before: dict[str, Any] | None = None

    def end(self, state: str, reason: str = "") -> None:
        self.state, self.reason = state, reason

    def fail(self, reason: str, name: str = "") -> None:
        self.faults.append((name, str(reason)))
        self.end(FAILED, "; ".join(dict.fromkeys(text for _name, text in self.faults)))


class Importer:
    """Imports rows of one run for one actor; without `writes` it says what would become of them and changes nothing."""

    def __init__(self, run: ImportRun, resource: type[Resource], actor: Actor, *, writes: bool = True, named: frozenset[str] = frozenset()):
        self.run, self.resource, self.model, self.key = run, resource, resource.model, resource.key()
        self.writes, self.named = writes, named
        self.plan = Plan.from_json(run.mapping)
        self.policy = run.policy
        self.matcher = Matcher(resource, list(run.match or resource.match)) if run.policy != ImportRun.Policy.CREATE else None
        self.seen: dict[tuple[str, Any], int] = {}
        self.become(actor)
        self.readers = self._readers()

    def become(self, actor: Actor) -> None:
        """Go on with the rights the actor has now."""
        self.actor, self.show = actor, show_for(actor)
        self.targets = targets(self.resource, actor)
        self.creates = actor.may(self.key, "create")
        self.transfers = actor.may(self.key, "transfer")

    def _readers(self) -> list[tuple[int, Spec, Reader]]:
        """A reader per mapped column, by its place in the file."""
        places: dict[str, int] = self.run.places
        adds = self.actor.rights is None or "admin" in self.actor.rights.roles
        return [(places[r.column], self.targets[r.field], Reader(self.targets[r.field], r, self.show, may_add_terms=adds))
                for r in self.plan.rules if r.field in self.targets and r.column in places]

    # -------------------------------------------------------------------------------------------- reading
    def read(self, rows: Sequence[Row]) -> list[Line]:
        """The rows with their values, column by column; links are looked up for all rows at once."""
        lines = [Line(row.number, row.cells) for row in rows]
        for place, spec, reader in self.readers:
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
                elif value is not None and value != "":
                    line.values[spec.name] = value
        return lines

    def _link(self, line: Line, spec: Spec, word: str, known: dict[str, Any]) -> None:
        value = known.get(word)
        if value is None and spec.target == self.key and word in self.named:
            line.pending[spec.name] = word          # a row of this file, set when all rows are there
        elif value is None or isinstance(value, Bad):
            line.fail(f"{spec.label}: {value or links.nobody(spec, word)}", spec.name)
        else:
            line.values[spec.name] = value

    def _defaults(self) -> dict[str, Any]:
        """Parsed values of fields that no column gives. BadValue is the plan's fault and named before the run."""
        out = {}
        for name, spec in (writable(self.key, self.actor) | self.targets).items():
            raw = self.plan.defaults.get(name, spec.default() if callable(spec.default) else spec.default)
            if raw in (None, "", []) or name in ("owner", "unit"):
                continue
            if name in self.plan.defaults or spec.custom:
                try:
                    out[name] = spec.kind.parse(spec, raw, self.show)
                except BadValue:
                    continue
        if "owner" in self.plan.defaults:
            out["owner"] = directory.find_user(self.plan.defaults["owner"])
        return out

    # -------------------------------------------------------------------------------------------- one chunk
    def chunk(self, rows: Sequence[Row]) -> list[Line]:
        """Take the rows to their end. In a transaction of the caller's, who counts them."""
        lines = self.read(rows)
        event = begin(self.actor, valid_by="created_at") if self.writes else 0
        waiting = [line for line in lines if not line.state]
        defaults = self._defaults()
        while waiting:                               # a row that names a record of a row before it waits for that row
            waiting = self._wave(waiting, defaults)
        if self.writes:
            self._keep(lines, event)
        return lines

    def _wave(self, lines: list[Line], defaults: dict[str, Any]) -> list[Line]:
        for line in lines:
            line.record = self.model()
            assign(line.record, defaults | line.values, self.key)
        lines = self._prepared([line for line in lines if self._placed(line)], None)
        later: list[Line] = []
        fresh, known = lines, []
        if self.matcher:
            fresh, known, later = self._matched(lines)
        self._create([line for line in fresh if not line.state])
        self._change([line for line in known if not line.state])
        return later

    def _prepared(self, lines: list[Line], changed: frozenset[str] | None) -> list[Line]:
        """Those whose records the area's preparation and the model's own check accept; the faulty are found by halving."""
        if not lines:
            return []
        try:
            with transaction.atomic():
                prepare(self.model, [line.record for line in lines], actor=self.actor, changed=changed)
        except Failure as refusal:
            if len(lines) > 1:
                half = len(lines) // 2
                return self._prepared(lines[:half], changed) + self._prepared(lines[half:], changed)
            errors = getattr(refusal, "errors", None) or {"": [refusal.message]}
            for name, texts in errors.items():
                for text in texts:
                    lines[0].fail(f"{self.targets[name].label}: {text}" if name in self.targets else text, name)
            return []
        for line in lines:
            try:
                line.record.clean()
            except ValidationError as error:
                line.fail("; ".join(error.messages))
        return [line for line in lines if not line.state]

    # -------------------------------------------------------------------------------------------- matching
    def _matched(self, lines: list[Line]) -> tuple[list[Line], list[Line], list[Line]]:
        """(new ones, those that are there, those that wait for a row before them in this file)."""
        there = self.matcher.find([line.record for line in lines])  # type: ignore[union-attr]
        fresh, known, later = [], [], []
        here: dict[tuple[str, Any], Line] = {}
        taken: dict[int, Line] = {}
        for line in lines:
            keys = self.matcher.keys(line.record)  # type: ignore[union-attr]
            ids = next((there[k] for k in keys if k in there), None)
            before = next((here[k] for k in keys if k in here), None) or (taken.get(ids[0]) if ids else None)
            if before is not None and self.policy != ImportRun.Policy.SKIP:
                later.append(line)
                continue
            if before is not None:
                line.end(SKIPPED, _("The same as row %(n)s.") % {"n": before.number})
            elif not ids and any(k in self.seen for k in keys):
                self._seen_before(line, next(self.seen[k] for k in keys if k in self.seen))
            elif ids and len(ids) > 1 and self.policy != ImportRun.Policy.SKIP:
                line.fail(_("%(n)s records match this row.") % {"n": len(ids)})
            elif ids:
                line.before = {"id": ids[0]}
                taken[ids[0]] = line
                known.append(line)
            else:
                fresh.append(line)
            if not line.state:
                here |= dict.fromkeys(keys, line)
        return fresh, known, later

    def _seen_before(self, line: Line, number: int) -> None:
        """In a check only: the row before it was not written, so it is remembered here."""
        state = SKIPPED if self.policy == ImportRun.Policy.SKIP else UPDATED
        line.end(state, _("The same as row %(n)s.") % {"n": number})

    # -------------------------------------------------------------------------------------------- new records
    def _create(self, lines: list[Line]) -> None:
        if not self.creates:
            for line in lines:
                line.fail(_("There is no such record, and you may not create one."))
            return
        required = [s for s in self.targets.values() if s.required]
        for line in lines:
            for spec in required:
                if getattr(line.record, spec.column, None) in (None, "", []) and spec.name not in line.pending:
                    line.fail(_("%(field)s is missing.") % {"field": spec.label}, spec.name)
        lines = [line for line in lines if not line.state]
        if not self.writes:
            for line in lines:
                self.seen |= dict.fromkeys(self.matcher.keys(line.record) if self.matcher else (), line.number)
                line.end(IMPORTED)
            return
        now = _now()
        unnumbered = [line for line in lines if self.resource.number and not line.record.number]
        numbers = draw_many(self.key, self.resource.number, len(unnumbered)) if unnumbered else []
        for line, number in zip(unnumbered, numbers, strict=True):
            line.record.number = number
        for line in lines:
            line.record.updated_at = now
            if "created_at" not in line.values:
                line.record.created_at = now
            if "created_by" not in line.values:
                line.record.created_by_id = self.actor.user_id
        self._written(lines, lambda part: writing.insert([line.record for line in part]), IMPORTED)

    def _placed(self, line: Line) -> bool:
        """Give the record its owner, unit and branch, and see that it stays within the actor's reach."""
        record = line.record
        if not isinstance(record, OwnedRecord):
            return True
        try:
            place_of(record, self.actor)
        except Failure as refusal:
            line.fail(refusal.message, "owner")
            return False
        rights = self.actor.rights
        if rights is None or record.owner_id == self.actor.user_id:
            return True
        if not self.transfers:
            line.fail(_("You may not give records to others."), "owner")
        elif not contains(rights.scope(self.key, "view"), record.owner_id, record.unit_id):
            line.fail(_("The record would not be within your reach."), "owner")
        return not line.state

    # -------------------------------------------------------------------------------------------- known records
    def _change(self, lines: list[Line]) -> None:
        ids = {line.before["id"]: line for line in lines}  # type: ignore[index]
        if not ids:
            return
        if self.policy == ImportRun.Policy.SKIP:
            seen = set(scoped(self.model, self.actor).filter(pk__in=ids).values_list("pk", flat=True))
            for pk, line in ids.items():
                line.before = None
                line.end(SKIPPED, _("It is there already.") if pk in seen else _("It is there already, in somebody else's hands."))
            return
        reach = scoped(self.model, self.actor, "edit").filter(pk__in=ids).order_by("pk")
        found = {r.pk: r for r in (reach.select_for_update(of=("self",), no_key=True) if self.writes else reach)}
        for pk, line in ids.items():
            if pk not in found:
                line.fail(_("It is there already, but not yours to change."))
        touched = [line for pk, line in ids.items() if pk in found and self._assigned(line, found[pk])]
        changed = frozenset().union(*(line.values.keys() for line in touched)) if touched else frozenset()
        touched = self._prepared(touched, changed)
        columns: set[str] = set()
        for line in touched:
            record, old = line.record, line.before or {}
            if isinstance(record, OwnedRecord) and {"owner", "unit"} & changed:
                record.branch_id = tree().branch(record.unit_id)
            differs = {n for n, v in old.items() if getattr(record, n) != v}
            columns |= differs
            line.before = {n: writing.jsonable(old[n]) for n in differs}
        if not self.writes:
            for line in touched:
                line.end(UPDATED)
            return
        self._written(touched, lambda part: writing.update([line.record for line in part], columns), UPDATED)

    def _assigned(self, line: Line, record: Any) -> bool:
        """Put the row's values on the record that is there; empty cells change nothing."""
        values = {n: v for n, v in line.values.items() if n not in ("created_at", "created_by", "number")}
        if self.policy == ImportRun.Policy.FILL:
            values = {n: v for n, v in values.items() if _value(record, self.targets[n]) in (None, "", [])}
        old = {f.attname: getattr(record, f.attname) for f in writing.columns_of(self.model)}
        moved = "owner" in values and values["owner"] != record.owner_id
        changed = assign(record, values, self.key)
        line.record, line.before = record, old
        if moved:
            record.unit_id = None
            if not self._placed(line):
                return False
        if not changed and not line.pending:
            line.before = None
            line.end(SKIPPED, _("Nothing to change."))
        return not line.state

    # -------------------------------------------------------------------------------------------- the end
    def _written(self, lines: list[Line], write: Callable[[list[Line]], None], state: str) -> None:
        """Write the records; those the database refuses are found by halving."""
        if not lines:
            return
        try:
            with transaction.atomic():
                write(lines)
        except DatabaseError as error:
            code = getattr(error.__cause__, "sqlstate", "") or ""
            if code[:2] not in ("22", "23"):
                raise
            if len(lines) > 1:
                half = len(lines) // 2
                self._written(lines[:half], write, state)
                self._written(lines[half:], write, state)
                return
            told = said(error).message if isinstance(error, IntegrityError) else str(error).splitlines()[0]
            lines[0].fail(told)
            return
        for line in lines:
            line.end(state, line.reason)

    def _keep(self, lines: list[Line], event: int) -> None:
        """The rows' ends and the event, in the transaction of the effect."""
        done = [line for line in lines if line.state in (IMPORTED, UPDATED)]
        ids = [line.record.pk for line in done]
        if any(s.custom and s.kind.key == "link" for s in self.targets.values() if s.name in self.plan.names):
            for line in done:
                keep_references(self.key, line.record)
        versions = writing.versions_of(self.model, ids)
        writing.copy(ImportRow, [
            {"run_id": self.run.pk, "number": line.number, "state": line.state, "reason": line.reason,
             "record_id": line.record.pk if line.state in (IMPORTED, UPDATED) else None,
             "version": versions.get(line.record.pk) if line.state in (IMPORTED, UPDATED) else None,
             "before": line.before if line.state == UPDATED else None,
             "pending": line.pending or None if line.state in (IMPORTED, UPDATED) else None} for line in lines])
        if ids:
            publish(EVENT, event_id=event, actor_id=self.actor.user_id, door=self.actor.door, cause=self.actor.cause, resource=self.key,
                    items=list(dict.fromkeys(ids)), payload={"run": self.run.pk, "file": self.run.file_name,
                                                             "created": sum(line.state == IMPORTED for line in done)})


def _now() -> Any:
    """The moment of the transaction, as the history takes it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]


def _value(record: Any, spec: Spec) -> Any:
    return record.extra.get(spec.name) if spec.custom else getattr(record, spec.column)
