"""A definition as its page draws it: steps from top to bottom, numbered, each with what is wrong with it and a sentence for the ear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records.translated import say

from ..actions.publishing import known_of
from ..definition import AnyNode, Approval, Condition, Definition, End, Parallel, Start, parts
from ..publishing import faults
from .sayings import KINDS, Sayer

Row = dict[str, Any]
PLAIN = (Start, End)


class Outline:
    """The rows of the tree. `went` names the steps and branches a try went through: the others are drawn pale."""

    def __init__(self, definition: Definition, actor: Actor, went: frozenset[str] | None = None) -> None:
        self.definition, self.went = definition, went
        self.faults = faults(definition, known_of(definition))
        self.said = Sayer(definition, actor)
        self.count = 0

    def of_whole(self) -> list[str]:
        """What is wrong with the process itself."""
        return [f.text for f in self.faults if not f.at]

    def rows(self) -> list[Row]:
        """The steps of the first level."""
        return self._sequence(self.definition.steps, 1)

    def _sequence(self, steps: Sequence[AnyNode], level: int) -> list[Row]:
        return [self._row(node, level, at, len(steps)) for at, node in enumerate(steps, 1)]

    def _row(self, node: AnyNode, level: int, at: int, of: int) -> Row:
        label, icon, tone = KINDS[node.type]
        if not parts(node) and not isinstance(node, PLAIN):
            self.count += 1
            number = str(self.count)
        else:
            number = ""
        wrong = [f.text for f in self.faults if f.at == node.id]
        title, note = self.said.title(node), self.said.note(node)
        row: Row = {"id": node.id, "kind": node.type, "icon": icon, "tone": tone, "title": title, "note": note, "number": number, "wrong": wrong,
                    "level": level, "at": at, "of": of, "binding": isinstance(node, Approval) and node.binding, "state": self._state(node.id),
                    "first": isinstance(node, Start) and level == 1, "end": isinstance(node, End)}  # fmt: skip
        row["parts"] = [self._part(node, n, level + 1) for n in range(len(parts(node)))]
        row["sentence"] = spoken(str(label), title, note, number, row["binding"], len(row["parts"]), wrong)
        return row

    def _part(self, node: AnyNode, n: int, level: int) -> Row:
        part, siblings = parts(node)[n], parts(node)
        name = say(part.name)
        if isinstance(node, Condition):
            last = n == len(siblings) - 1
            rule = "" if last else self.said.condition(getattr(part, "when", None))
            title = name or (_("Otherwise") if last else rule or _("No condition yet"))
            note = rule if name and rule else ""
        else:
            last, title, note = False, name or _("Lane %(n)s") % {"n": n + 1}, ""
        kind = pgettext("process", "Branch") if isinstance(node, Condition) else _("Lane")
        rows = self._sequence(part.steps, level + 1)
        return {"id": part.id, "title": title, "note": note, "level": level, "at": n + 1, "of": len(siblings), "steps": rows, "last": last,
                "state": self._state(part.id), "edit": isinstance(node, Parallel) or not last,
                "sentence": spoken(kind, title, note, "", False, 0, [])}  # fmt: skip

    def _state(self, id_: str) -> str:
        return "" if self.went is None else "go" if id_ in self.went else "off"


def spoken(kind: str, title: str, note: str, number: str, binding: bool, branches: int, wrong: Sequence[str]) -> str:
    """A step as a screen reader says it."""
    head = f"{number} {kind}" if number else kind
    out = [f"{head}{_(': ')}{title}" if title != kind else head]
    if note:
        out.append(note)
    if binding:
        out.append(_("binding"))
    if branches:
        out.append(ngettext("%(n)s branch", "%(n)s branches", branches) % {"n": branches})
    out += wrong
    return _("; ").join(out)

