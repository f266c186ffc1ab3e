"""Takes some rows of a file to their end: read, linked, matched, prepared, written. Every row ends in exactly one of four states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.access.scopes import contains
from pellucid.kernel.actions.broken import said
from pellucid.kernel.actions.declare import follow, prepare
from pellucid.kernel.actions.run import begin, scoped, show_for
from pellucid.kernel.events.bus import publish
from pellucid.kernel.records.copying import copy
from pellucid.kernel.records.errors import Failure
from pellucid.kernel.records.kinds.base import BadValue
from pellucid.kernel.records.models import OwnedRecord
from pellucid.kernel.records.numbers import draw_many
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.resources.declare import Resource
from pellucid.kernel.resources.fields import writable
from pellucid.kernel.resources.giving import place_of
from pellucid.kernel.resources.targets import roots_within
from pellucid.kernel.resources.verbs import assign, hold_roots, keep_references

from . import making, writing
from .lines import FAILED, IMPORTED, SKIPPED, UPDATED, Line, Table
from .mapping import Plan, targets
from .matching import Matcher
from .models import ImportRow, ImportRun
from .readers import Row

EVENT = "exchange.imported"


class Importer:
    """Imports rows of one run for one actor; without `writes` it says what would become of them and changes nothing."""

    def __init__(self, run: ImportRun, resource: type[Resource], actor: Actor, *, writes: bool = True, named: frozenset[str] = frozenset()):
        self.run, self.resource, self.model, self.key = run, resource, resource.model, resource.key()
        self.writes = writes
        self.plan = Plan.from_json(run.mapping)
        self.policy = run.policy
        self.matcher = Matcher(resource, list(run.match or resource.match)) if run.policy != ImportRun.Policy.CREATE else None
        self.seen: dict[tuple[str, Any], int] = {}
        self.event = 0
        self.become(actor)
        self.table = Table(run, self.plan, self.targets, self.actor, writes=writes, named=named)

    def become(self, actor: Actor) -> None:
        """Go on with the rights the actor has now. By page, call or command, it is through the import that rows come in: what is asked of
        somebody who types a record is not asked of them."""
        self.actor, self.show = replace(actor, door="import"), show_for(actor)
        self.targets = targets(self.resource, actor)
        self.creates = actor.may(self.key, "create")
        self.transfers = actor.may(self.key, "transfer")

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
        lines = self.table.read(rows, self.actor)
        self.event = begin(self.actor, valid_by="created_at") if self.writes else 0
        waiting = [line for line in lines if not line.state]
        defaults = self._defaults()
        while waiting:                               # a row that names a record of a row before it waits for that row
            waiting = self._wave(waiting, defaults)
        self._also_wrong([line for line in lines if line.state == FAILED and line.before is None], defaults)
        if self.writes:
            self._keep(lines)
        return lines

    def _wave(self, lines: list[Line], defaults: dict[str, Any]) -> list[Line]:
        for line in lines:
            line.record = self.model()
            assign(line.record, making.fill(line.record, defaults | line.values, self.key), self.key)
        lines = [line for line in lines if self._placed(line)]
        later: list[Line] = []
        fresh: list[Line] = lines
        known: list[Line] = []
        if self.matcher and self.matcher.derived:     # keys are made by the preparation
            fresh, known, later = self._matched(self._prepared(lines, None))
        else:
            if self.matcher:
                fresh, known, later = self._matched(lines)
            if not self.writes:                       # what it names will be made before it: nothing to prepare yet
                for line in (line for line in fresh if line.unknown and self._complete(line)):
                    line.end(IMPORTED)
            fresh = self._prepared([line for line in fresh if not line.state and self._complete(line)], None)
        self._create([line for line in fresh if not line.state])
        self._change([line for line in known if not line.state])
        return later

    def _complete(self, line: Line) -> bool:
        """Whether a new record has what it must have, and may be made."""
        if not self.creates:
            line.fail(_("There is no such record, and you may not create one."))
        for spec in self._lacks(line):
            line.fail(_("%(field)s is missing.") % {"field": spec.label}, spec.name)
        return not line.state

    def _lacks(self, line: Line) -> list[Spec]:
        """The fields that a new record must have and this one has not."""
        return [spec for spec in self.targets.values() if spec.required and getattr(line.record, spec.column, None) in (None, "", [])
                and spec.name not in (line.pending | line.unknown)]

    def _prepared(self, lines: list[Line], changed: frozenset[str] | None, *, trial: bool = False) -> list[Line]:
        """Those whose records the area's preparation and the model's own check accept; the faulty are found by halving."""
        if not lines:
            return []
        before = [dict(vars(line.record)) for line in lines]
        try:
            with transaction.atomic():
                prepare(self.model, [line.record for line in lines], actor=self.actor, changed=changed)
                transaction.set_rollback(trial or not self.writes)
        except Failure as refusal:
            if len(lines) > 1:
                for line, values in zip(lines, before, strict=True):
                    vars(line.record).clear()
                    vars(line.record).update(values)
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

    def _also_wrong(self, lines: list[Line], defaults: dict[str, Any]) -> None:
        """What else is wrong with rows that fail, so that they are mended once and not fault by fault. A field that is faulty already is
        not spoken of twice: what is said of it now may only follow from its not being read."""
        told = {line.number: list(line.faults) for line in lines}
        for line in lines:
            line.record = self.model()
            assign(line.record, making.fill(line.record, defaults | line.values, self.key), self.key)
            self._placed(line)
        ready = lines if self.matcher and self.matcher.derived else [line for line in lines if not self._lacks(line)]
        for line in ready:
            self._prepared([line], None, trial=True)
        there = self.matcher.find([line.record for line in lines]) if self.matcher else {}
        for line in lines:
            if not any(key in there for key in (self.matcher.keys(line.record) if self.matcher else ())):
                for spec in self._lacks(line):
                    line.fail(_("%(field)s is missing.") % {"field": spec.label}, spec.name)
            before = told[line.number]
            named = {"", *(name for name, _text in before)}
            line.end_with(before + [fault for fault in line.faults if fault[0] not in named])

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
        lines = [line for line in lines if line.state or self._complete(line)]
        if not self.writes:
            for line in lines:
                self.seen |= dict.fromkeys(self.matcher.keys(line.record) if self.matcher else (), line.number)
                line.end(IMPORTED)
            return
        lines = self._at_roots(lines)
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
        self._written(lines, lambda part: writing.insert([line.record for line in part]), IMPORTED, None)

    def _at_roots(self, lines: list[Line], verb: str = "create") -> list[Line]:
        """Those whose root is still there, and within reach of the verb; it stays until they are written."""
        via = getattr(self.model, "scope_via", "")
        if not via or not lines:
            return lines
        records = [line.record for line in lines]
        column = self.model._meta.get_field(via).attname
        within = hold_roots(self.model, records) & roots_within(self.model, records, self.actor, verb)
        for line in lines:
            if getattr(line.record, column) not in within:
                line.fail(_("This record does not exist, or it is not yours to see."), via)
        return [line for line in lines if not line.state]

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
        if via := getattr(self.model, "scope_via", ""):  # moved to another root, it must be within reach there as it is here
            column = self.model._meta.get_field(via).attname
            self._at_roots([line for line in touched if (line.before or {}).get(column, 0) != getattr(line.record, column)], "edit")
            touched = [line for line in touched if not line.state]
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
        self._written(touched, lambda part: writing.update([line.record for line in part], columns), UPDATED, changed)

    def _assigned(self, line: Line, record: Any) -> bool:
        """Put the row's values on the record that is there; empty cells change nothing."""
        values = {n: v for n, v in making.fill(record, line.values, self.key).items() if n not in ("created_at", "created_by", "number")}
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
    def _written(self, lines: list[Line], write: Callable[[list[Line]], None], state: str, changed: frozenset[str] | None) -> None:
        """Write the records and what follows from them; those that are refused are found by halving."""
        if not lines:
            return
        try:
            with transaction.atomic():
                write(lines)
                follow(self.model, [line.record for line in lines], actor=self.actor, changed=changed)
                self._resume()
        except (DatabaseError, Failure) as error:
            code = getattr(error.__cause__, "sqlstate", "") or ""
            if isinstance(error, DatabaseError) and code[:2] not in ("22", "23"):
                raise
            if len(lines) > 1:
                half = len(lines) // 2
                self._written(lines[:half], write, state, changed)
                self._written(lines[half:], write, state, changed)
                return
            refusal = said(error) if isinstance(error, IntegrityError) else error
            lines[0].fail(refusal.message if isinstance(refusal, Failure) else str(refusal).splitlines()[0])
            return
        for line in lines:
            line.end(state, line.reason)

    def _resume(self) -> None:
        """What follows from a record may have been actions of their own; the rest of the rows belongs to this event again."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pellucid.event', %s, true), set_config('pellucid.valid_by', 'created_at', true)", [str(self.event)])

    def _keep(self, lines: list[Line]) -> None:
        """The rows' ends and the event, in the transaction of the effect."""
        done = [line for line in lines if line.state in (IMPORTED, UPDATED)]
        ids = [line.record.pk for line in done]
        if any(s.custom and s.kind.key == "link" for s in self.targets.values() if s.name in self.plan.names):
            for line in done:
                keep_references(self.key, line.record)
        versions = writing.versions_of(self.model, ids)
        copy(ImportRow, [
            {"run_id": self.run.pk, "number": line.number, "state": line.state, "reason": line.reason,
             "record_id": line.record.pk if line.state in (IMPORTED, UPDATED) else None,
             "version": versions.get(line.record.pk) if line.state in (IMPORTED, UPDATED) else None,
             "before": line.before if line.state == UPDATED else None,
             "pending": line.pending or None if line.state in (IMPORTED, UPDATED) else None} for line in lines])
        if ids:
            publish(EVENT, event_id=self.event, by=self.actor, resource=self.key,
                    items=list(dict.fromkeys(ids)), payload={"run": self.run.pk, "file": self.run.file_name,
                                                             "created": sum(line.state == IMPORTED for line in done)})


def _now() -> Any:
    """The moment of the transaction, as the history takes it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]


def _value(record: Any, spec: Spec) -> Any:
    return record.extra.get(spec.name) if spec.custom else getattr(record, spec.column)
