"""Rows copied out of a spreadsheet become parts of a record: cells parted by tabs, a row to a line, with headings or in the usual order."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.broken import cleaned, said
from pellucid.kernel.actions.declare import follow, prepare
from pellucid.kernel.actions.links import check_links
from pellucid.kernel.actions.run import show_for, unsure
from pellucid.kernel.records.copying import copy, reserve, row_of
from pellucid.kernel.records.errors import Forbidden, Invalid
from pellucid.kernel.records.kinds import parse_all
from pellucid.kernel.records.numbers import draw_many
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.resources.declare import Resource, registry
from pellucid.kernel.resources.fields import offered, specs, writable
from pellucid.kernel.resources.targets import roots_within
from pellucid.kernel.resources.verbs import assign, hold_roots, keep_references

from . import links
from .guessing import bare, spellings
from .parsing import Bad

MOST = 300  # rows at once; more come as a file
SAID = 5  # rows whose faults are told
SEEN = 12  # rows that are told before they are kept in words
ENOUGH = 20  # rows that the rules or the database refuse: nobody needs more at once
SUMS = frozenset({"合计", "小计", "总计", "共计", "合计金额", "总金额", "total", "subtotal", "grandtotal", "sum"})  # what rows of sums begin with
COUNTING = frozenset({"序号", "行号", "no", "nr", "#"})  # headings of columns that only count the rows
# A quoted cell may hold line breaks and tabs; a quotation mark that is not closed at the end of a cell is part of what stands there.
CELL = re.compile(r'"((?:[^"]|"")*+)"(?=[\t\r\n]|\Z)|([^\t\r\n]*)')
BROKEN = re.compile(r"\s*[\t\r\n]+\s*")
_others: dict[str, re.Pattern[str]] = {}


def never_called(key: str, pattern: str) -> None:
    """Headings with this in them name no field of a resource, however much they look like one's."""
    _others[key] = re.compile(pattern, re.IGNORECASE)


class Row(NamedTuple):
    """A row and its number in what was pasted; `values` as typed, by field. `adds_up`: it is no part but a sum of those above it."""

    number: int
    values: dict[str, Any]
    adds_up: bool = False


def table(text: str) -> list[tuple[int, list[str]]]:
    """The rows of a copied text that hold something, with their numbers; a cell of several lines is one cell."""
    rows: list[list[str]] = [[]]
    at = 0
    while found := CELL.match(text, at):
        cell = found[2] if found[1] is None else found[1].replace('""', '"')
        rows[-1].append(cell.strip())
        at = found.end()
        if at >= len(text):
            break
        if text[at] != "\t":
            rows.append([])
        at += 2 if text.startswith("\r\n", at) else 1
    return [(n, cells) for n, cells in enumerate(rows, 1) if any(cells)]


def rows_of(text: str, key: str, known: Mapping[str, Spec], named: Mapping[str, str], usual: Sequence[str], what: Collection[str]) -> list[Row]:
    """The rows of a pasted text. The first one is headings when two of its cells name fields, or all of them; the columns are the usual ones
    otherwise. `what` are the fields that say what a row is about: one that has none but a word for sums adds up; at the end it is left out.
    Raises Invalid when it is not clear what a column with values is."""
    lines = table(text)
    columns = list(usual)
    heads: list[str] = []
    said = [_named(cell, key, named) != "" for cell in lines[0][1] if cell] if lines else []
    if said and (sum(said) > 1 or all(said)):
        heads = lines.pop(0)[1]
        columns = [_named(cell, key, named) for cell in heads]
    while lines and _adds_up(lines[-1][1], columns, what):
        lines.pop()
    if wide := [n for n, cells in lines if any(cells[len(columns) :])]:
        raise Invalid({"text": [_("Row %(row)s has more than %(n)s columns; copy the headings along, so that it is clear what they are.") % {
            "row": wide[0], "n": len(columns)}]})
    if faults := _unclear(heads, columns, [cells for _n, cells in lines], known):
        raise Invalid({"text": faults})
    out = []
    for n, cells in lines:
        values = {name: cell for name, cell in zip(columns, cells, strict=False) if name and cell}
        if values:
            out.append(Row(n, values, _adds_up(cells, columns, what)))
    return out


def _named(heading: str, key: str, named: Mapping[str, str]) -> str:
    """The field a heading names; "" for none."""
    other = _others.get(key)
    return "" if not heading or other is not None and other.search(heading) else named.get(bare(heading), "")


def _adds_up(cells: Sequence[str], columns: Sequence[str], what: Collection[str]) -> bool:
    """Whether a row begins with a word for sums, and is about nothing."""
    first = next((cell for cell in cells if cell), "")
    about = {cell for name, cell in zip(columns, cells, strict=False) if name in what and cell}
    return bare(first) in SUMS and about <= {first}


def _unclear(heads: Sequence[str], columns: Sequence[str], lines: Sequence[Sequence[str]], known: Mapping[str, Spec]) -> list[str]:
    """What is not clear about the headings of columns that hold something."""
    said: list[str] = []
    strange: list[str] = []
    taken: dict[str, str] = {}
    for at, (heading, name) in enumerate(zip(heads, columns, strict=True) if heads else ()):
        if not any("".join(cells[at : at + 1]) for cells in lines):
            continue
        if not name:
            if bare(heading) not in COUNTING:
                strange.append(f"“{heading[:40]}”" if heading else _("column %(n)s") % {"n": at + 1})
        elif name in taken:
            said.append(_("“%(one)s” and “%(other)s” both mean “%(field)s”; leave one of them out.") % {
                "one": taken[name][:40], "other": heading[:40], "field": known[name].label})
        else:
            taken[name] = heading
    if strange:
        said.append(_("It is not clear what these columns are: %(names)s. Name them after fields, or leave them out.") % {
            "names": ", ".join(strange)})
    return said


def paste(record: Any, key: str, text: str, *, actor: Actor, usual: Sequence[str], words: Mapping[str, str] | None = None, why: str = "") -> int:
    """Make parts of a record, of the resource `key`, out of a pasted text; returns how many. `usual` are the columns of a text without
    headings; `words`: a link that leads nowhere is written into this field instead, in words, once the actor has seen which these are and `why`
    it matters (Unsure). All of them or none: Invalid tells which rows cannot be read, and why. Inside a running action only, under whose event
    they are written."""
    resource, words = registry[key], words or {}
    via = resource.model._meta.get_field(resource.model.scope_via)  # type: ignore[attr-defined]
    may = writable(key, actor)
    within = roots_within(resource.model, [resource.model(**{via.attname: record.pk})], actor) if actor.may(key, "create") else ()
    if record.pk not in within or via.name not in may:
        raise Forbidden(f"{key}.create")
    may = {name: spec for name, spec in may.items() if name != via.name}
    known = {name: spec for name, spec in offered(key, actor).items() if name != via.name} | may
    named = spellings(key, {n: s for n, s in known.items() if n not in may}) | spellings(key, may)
    rows = rows_of(text, key, known, named, usual, {*words, *words.values()})
    if not rows:
        raise Invalid({"text": [_("There is no row in it.")]})
    if len(rows) > MOST:
        raise Invalid({"text": [_("More than %(n)s rows: import them as a file.") % {"n": MOST}]})
    faults = {row.number: _("This is a sum of other rows; leave it out.") for row in rows if row.adds_up}
    for row in rows:
        if barred := [name for name in row.values if name not in may]:
            faults.setdefault(row.number, f"{specs(key)[barred[0]].label}: {_('This field is not yours to fill in.')}")
    left = [row for row in rows if row.number not in faults]
    wrong, lost = _linked(left, may, actor, words)
    faults |= wrong
    parts = Parts(resource, {via.attname: record.pk}, may, actor)
    good = []
    for row in left:
        if row.number not in faults:
            try:
                good.append(Row(row.number, parts.parsed(row.values)))
            except Invalid as bad:
                faults[row.number] = _told(bad, specs(key))
    faults |= parts.written(good)
    if faults:
        last = [_("The rows after row %(row)s are not checked in full yet.") % {"row": parts.seen}] if 0 < parts.seen < rows[-1].number else []
        raise Invalid({"text": _sentences(faults) + last})
    if lost:
        unsure({"text": [*_in_words(lost), *([why] if why else [])]},
               ngettext("Keep %(n)s row in words", "Keep %(n)s rows in words", len(lost)) % {"n": len(lost)})  # fmt: skip
    return len(rows)


class Parts:
    """The parts of one record under way: what is typed is read row by row, all of them are written as one set."""

    def __init__(self, resource: type[Resource], root: dict[str, int], may: Mapping[str, Spec], actor: Actor) -> None:
        self.resource, self.root, self.may, self.actor, self.show = resource, root, may, actor, show_for(actor)
        self.seen = 0

    def parsed(self, typed: dict[str, Any]) -> dict[str, Any]:
        """The values of a row. Links that were typed are within reach, for there they were looked up; those by default are asked about."""
        values = parse_all(list(self.may.values()), typed, self.show)
        check_links([spec for name, spec in self.may.items() if name not in typed], values, self.actor)
        return values

    def written(self, rows: Sequence[Row]) -> dict[int, str]:
        """Write the rows; faults by row if they are refused, and nothing is written then. Which rows they are is found by halving, from the
        first one on, until they are enough: `seen` is the last row that was looked at then."""
        if not rows or (refused := self._tried(rows)) is None:
            return {}
        known, found = specs(self.resource.key()), dict[int, Invalid]()
        self._search(rows, refused, found)
        if not found:  # each would do: it is all of them together that will not
            raise Invalid({"text": [_told(refused, known)]})
        self.seen = max(found) if len(found) >= ENOUGH else 0
        return {n: _told(bad, known) for n, bad in found.items()}

    def _search(self, rows: Sequence[Row], refused: Invalid, found: dict[int, Invalid]) -> None:
        """Add those of refused rows that are refused alone."""
        if len(rows) == 1:
            found[rows[0].number] = refused
            return
        half = len(rows) // 2
        for part in (rows[:half], rows[half:]):
            if len(found) < ENOUGH and (bad := self._tried(part, keep=False)) is not None:
                self._search(part, bad, found)

    def _tried(self, rows: Sequence[Row], *, keep: bool = True) -> Invalid | None:
        try:
            with transaction.atomic():
                self._insert([self._record(row.values) for row in rows])
                if not keep:
                    transaction.set_rollback(True)
        except IntegrityError as broken:
            return said(broken)
        except Invalid as bad:
            return bad
        return None

    def _record(self, values: dict[str, Any]) -> Any:
        record = self.resource.model(**self.root, created_by_id=self.actor.user_id)
        assign(record, values, self.resource.key())
        return record

    def _insert(self, records: list[Any]) -> None:
        """As one is inserted that somebody typed, but each step for all of them."""
        model, key = self.resource.model, self.resource.key()
        if not hold_roots(model, records):
            raise Invalid({"": [_("This record does not exist, or it is not yours to see.")]})
        if self.resource.number:
            for record, number in zip(records, draw_many(key, self.resource.number, len(records)), strict=True):
                record.number = number
        prepare(model, records, actor=self.actor, changed=None)
        for record in records:
            cleaned(record, exclude={"created_by", "deleted_by"})
        for record, pk in zip(records, reserve(model, len(records)), strict=True):
            record.pk = pk
        copy(model, [row_of(record) for record in records])
        for record in records:
            keep_references(key, record)
        follow(model, records, actor=self.actor, changed=None)


def _linked(rows: Sequence[Row], may: Mapping[str, Spec], actor: Actor, words: Mapping[str, str]) -> tuple[dict[int, str], dict[int, str]]:
    """Put ids where links are named by number or name; by row, what is wrong with those that name nothing, and what the names lead to that
    stay words. Names are of one line."""
    faults, lost = dict[int, str](), dict[int, str]()
    for row in rows:
        for name, word in row.values.items():
            if may[name].kind.key in ("text", "link"):
                row.values[name] = BROKEN.sub(" ", word)
    for name, spec in may.items():
        if spec.kind.key != "link" or not (holding := [row for row in rows if name in row.values]):
            continue
        found = links.resolve(spec, (row.values[name] for row in holding), actor)
        for row in holding:
            word = row.values[name]
            target, instead = found.get(word), words.get(name, "")
            if isinstance(target, int):
                row.values[name] = target
            elif target is None and instead in may and row.values.get(instead, word) == word:
                row.values[instead] = row.values.pop(name)
                lost[row.number] = str(links.nobody(spec, word))
            else:
                faults[row.number] = f"{spec.label}: {target if isinstance(target, Bad) else links.nobody(spec, word)}"
    return faults, lost


def _told(bad: Invalid, known: Mapping[str, Spec]) -> str:
    """What is wrong with a row, field by field."""
    return " ".join(f"{known[name].label}: {m}" if name in known else str(m) for name, said in bad.errors.items() for m in said)


def _sentences(faults: Mapping[int, str]) -> list[str]:
    """The first rows that cannot be read, and how many more there are."""
    more = len(faults) - SAID
    last = [ngettext("%(n)s more row cannot be read.", "%(n)s more rows cannot be read.", more) % {"n": more}] if more > 0 else []
    return [*_told_by_row(faults, SAID), *last]


def _told_by_row(said: Mapping[int, str], most: int) -> list[str]:
    return [_("Row %(row)s: %(fault)s") % {"row": n, "fault": fault} for n, fault in sorted(said.items())[:most]]


def _in_words(lost: Mapping[int, str]) -> list[str]:
    """The rows that lead nowhere, and how many more there are."""
    more = len(lost) - SEEN
    last = [ngettext("%(n)s more row like these.", "%(n)s more rows like these.", more) % {"n": more}] if more > 0 else []
    return [*_told_by_row(lost, SEEN), *last]
