"""Which state may follow which, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.records.errors import Refused


@dataclass(frozen=True, slots=True)
class Transition:
    """From any of the sources to the target. `gate` names an approval that may have to agree first."""

    name: str
    sources: tuple[Any, ...]
    target: Any
    label: Any = ""
    gate: str = ""


class Lifecycle:
    """The transitions of one field of one model. Unknown states are refused when it is declared. `way` are the states a record usually
    goes through, in order: the bar of steps on its page. `stands` names states in which a record stands as it is, each with the fields
    that are still written then."""

    def __init__(self, field: str, states: Any, *transitions: Transition, start: Any, way: tuple[Any, ...] = (),
                 stands: Mapping[Any, frozenset[str]] | None = None) -> None:
        self.field, self.states, self.start, self.way, self.stands = field, states, start, way, dict(stands or {})
        self.transitions = {t.name: t for t in transitions}
        known = {s.value for s in states}
        if unknown := {*way, *self.stands} - known:
            raise ValueError(f"the way, or what stands, names unknown states {sorted(map(str, unknown))}")
        for t in transitions:
            if unknown := {*t.sources, t.target} - known:
                raise ValueError(f"transition {t.name} names unknown states {sorted(map(str, unknown))}")

    def allowed(self, record: Any) -> list[Transition]:
        """The transitions open to this record now."""
        here = getattr(record, self.field)
        return [t for t in self.transitions.values() if here in t.sources]

    def check(self, record: Any, name: str) -> Transition:
        """The transition, if the record may take it now; Refused otherwise."""
        t = self.transitions[name]
        here = getattr(record, self.field)
        if here not in t.sources:
            raise Refused(
                _("“%(step)s” is not possible while the state is “%(state)s”.")
                % {"step": t.label or t.name, "state": dict(self.states.choices).get(here, here)}
            )
        return t

    def move(self, record: Any, name: str) -> tuple[Any, Any]:
        """Set the new state on the record (not saved); returns old and new."""
        t = self.check(record, name)
        old = getattr(record, self.field)
        setattr(record, self.field, t.target)
        return old, t.target

    def still_written(self, record: Any) -> frozenset[str] | None:
        """The fields that the record's state leaves to be written; None where it leaves all."""
        return self.stands.get(getattr(record, self.field))

    def unreachable(self) -> set[Any]:
        """States that no path from the start reaches; a test expects none."""
        seen, todo = {self.start}, [self.start]
        while todo:
            state = todo.pop()
            for t in self.transitions.values():
                if state in t.sources and t.target not in seen:
                    seen.add(t.target)
                    todo.append(t.target)
        return {s.value for s in self.states} - seen
