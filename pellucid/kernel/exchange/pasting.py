"""Rows copied out of a spreadsheet become parts of a record: cells parted by tabs, a row to a line, with headings or in the usual order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.broken import said
from pellucid.kernel.actions.run import call
from pellucid.kernel.records.errors import Forbidden, Invalid
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs, writable

from . import links
from .guessing import bare, spellings
from .parsing import Bad

MOST = 300  # rows at once; more come as a file
SAID = 5  # rows whose faults are told


class Row(NamedTuple):
    """A row and its number in what was pasted; `values` as typed, by field."""

    number: int
    values: dict[str, Any]


def rows_of(text: str, named: Mapping[str, str], usual: Sequence[str]) -> list[Row]:
    """The rows of a pasted text that hold something. The first one is headings when two of its cells name fields; the columns are the usual
    ones otherwise. A column under a heading nobody knows is left out. Raises Invalid when there are more cells than columns."""
    lines = [(n, [cell.strip() for cell in line.split("\t")]) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    columns = list(usual)
    if lines and sum(bare(cell) in named for cell in lines[0][1] if cell) > 1:
        columns, lines = [named.get(bare(cell), "") if cell else "" for cell in lines[0][1]], lines[1:]
    out = []
    if wide := [n for n, cells in lines if any(cells[len(columns) :])]:
        raise Invalid({"text": [_("Row %(row)s has more than %(n)s columns; copy the headings along, so that it is clear what they are.") % {
            "row": wide[0], "n": len(columns)}]})
    for n, cells in lines:
        values = {name: cell for name, cell in zip(columns, cells, strict=False) if name and cell}
        if values:
            out.append(Row(n, values))
    return out


def paste(record: Any, key: str, text: str, *, actor: Actor, usual: Sequence[str], words: Mapping[str, str] | None = None) -> int:
    """Make parts of a record, of the resource `key`, out of a pasted text; returns how many. `usual` are the columns of a text without
    headings; `words`: a link that leads nowhere is written into this field instead, in words. All of them or none: Invalid tells which rows
    cannot be read, and why. Inside a running action only."""
    resource = registry[key]
    via = resource.model.scope_via  # type: ignore[attr-defined]
    if not actor.may(key, "create"):
        raise Forbidden(f"{key}.create")
    may = {name: spec for name, spec in writable(key, actor).items() if name != via}
    rows = rows_of(text, spellings(key, may), [name for name in usual if name in may])
    if not rows:
        raise Invalid({"text": [_("There is no row in it.")]})
    if len(rows) > MOST:
        raise Invalid({"text": [_("More than %(n)s rows: import them as a file.") % {"n": MOST}]})
    faults = _linked(rows, may, actor, words or {})
    for row in rows:
        if row.number in faults:
            continue
        try:
            with transaction.atomic():
                call(f"{key}_create", None, actor=actor, values={via: record.pk, **row.values})
        except IntegrityError as broken:
            faults[row.number] = _told(said(broken), specs(key))
        except Invalid as bad:
            faults[row.number] = _told(bad, specs(key))
    if faults:
        raise Invalid({"text": _sentences(faults)})
    return len(rows)


def _linked(rows: Sequence[Row], may: Mapping[str, Spec], actor: Actor, words: Mapping[str, str]) -> dict[int, str]:
    """Put ids where links are named by number or name; faults by row for those that name nothing."""
    faults: dict[int, str] = {}
    for name, spec in may.items():
        if spec.kind.key != "link" or not (holding := [row for row in rows if name in row.values]):
            continue
        found = links.resolve(spec, (row.values[name] for row in holding), actor)
        for row in holding:
            word = row.values[name]
            target = found.get(word)
            if isinstance(target, int):
                row.values[name] = target
            elif target is None and name in words:
                row.values.setdefault(words[name], row.values.pop(name))
            else:
                faults[row.number] = f"{spec.label}: {target if isinstance(target, Bad) else links.nobody(spec, word)}"
    return faults


def _told(bad: Invalid, known: Mapping[str, Spec]) -> str:
    """What is wrong with a row, field by field."""
    return " ".join(f"{known[name].label}: {m}" if name in known else str(m) for name, said in bad.errors.items() for m in said)


def _sentences(faults: Mapping[int, str]) -> list[str]:
    """The first rows that cannot be read, and how many more there are."""
    said = [_("Row %(row)s: %(fault)s") % {"row": n, "fault": fault} for n, fault in sorted(faults.items())]
    more = len(said) - SAID
    return [*said[:SAID], ngettext("%(n)s more row cannot be read.", "%(n)s more rows cannot be read.", more) % {"n": more}] if more > 0 else said
