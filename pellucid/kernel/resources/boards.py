"""Boards: the columns of a resource's board as one reader sees them, and how a card gets from one to another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Action, actions, of_model
from pellucid.kernel.records.spec import Show, Spec

from .declare import Board, Resource, registry
from .fields import masked, readable, value_of, writable
from .lists.run import rows
from .params import ListParams
from .query import listing

MOST = 40  # columns


@dataclass(frozen=True, slots=True)
class Column:
    """One value of the board's field."""

    value: Any
    label: str
    tone: str = ""
    folded: bool = False

    @property
    def key(self) -> str:
        """The value as an address holds it."""
        return "" if self.value is None else str(self.value)


def board_of(resource: type[Resource], actor: Actor) -> tuple[Board, Spec] | None:
    """The board and its field; None where there is none for this reader, who must see the field in full."""
    board = resource.board
    spec = readable(resource.key(), actor).get(board.field) if board else None
    return None if board is None or spec is None or masked(resource.key(), board.field, actor) else (board, spec)


def columns_of(board: Board, spec: Spec, actor: Actor, show: Show) -> list[Column]:
    """All columns there may be, in the order of the values; a link's are the linked records within reach, in their own order."""
    if spec.kind.key != "link":
        found = [(value, label, tone) for value, label, tone in spec.kind.options(spec, show)]
    elif actor.may(spec.target, "view"):
        asked = listing(registry[spec.target], actor, ListParams(), show, (registry[spec.target].title,), labels=False)
        found = [(row[0], str(row[2]), "") for row in rows(connection, replace(asked.query, limit=MOST))]
    else:
        found = []
    over = board.folded if callable(board.folded) else board.folded.__contains__
    return [Column(value, label, tone, bool(over(value))) for value, label, tone in found[:MOST]]


def in_lanes(columns: list[Column], spec: Spec, shown: Iterable[Any]) -> list[Column]:
    """Where values belong to several ways, the columns of the `shown` values' ways, or of the first."""
    if not columns:
        return columns
    lanes = {spec.kind.lane(value) for value in shown if value is not None} or {spec.kind.lane(columns[0].value)}
    return [c for c in columns if spec.kind.lane(c.value) in lanes]


def mover_of(resource: type[Resource], spec: Spec, board: Board, record: Any = None, value: Any = None) -> Action | None:
    """The action that asks for the field's value, or that brings this record there; None where there is none."""
    if board.mover and (record is not None or isinstance(board.mover, str)):
        return actions[board.mover if isinstance(board.mover, str) else board.mover(record, value)]
    own = (a for a in of_model(resource.model) if a.on == "record" and not a.generic)
    return next((a for a in own if any(i.name == spec.name for i in a.inputs)), None)


def movable(resource: type[Resource], spec: Spec, board: Board, actor: Actor) -> bool:
    """Whether the reader may move cards at all."""
    if actor.read_only:
        return False
    known = [a for a in of_model(resource.model) if a.lifecycle and a.lifecycle.field == spec.name]
    known += [a for a in [mover_of(resource, spec, board)] if a]
    return any(actor.may(resource.key(), a.verb) for a in known) if known else (
        spec.name in writable(resource.key(), actor) and actor.may(resource.key(), "edit"))


def way(resource: type[Resource], record: Any, spec: Spec, board: Board, value: Any, actor: Actor) -> Action | None:
    """The action that brings a record into a column; None where nothing does."""
    own = of_model(resource.model)
    governing = [a for a in own if a.on == "record" and a.lifecycle and a.lifecycle.field == spec.name]
    here = value_of(record, spec)
    for a in governing:
        step = a.lifecycle.transitions[a.move]  # type: ignore[union-attr]
        if step.target == value and here in step.sources:
            return a
    if not governing:
        if found := mover_of(resource, spec, board, record, value):
            return found
        if spec.name in writable(resource.key(), actor):
            return actions[f"{resource.key()}_update"]
    return None


def asks(action: Action, spec: Spec) -> bool:
    """Whether the action has to know more than the column, or has something to say before it is done: so does one that is not about the
    column at all, and asks for facts of its own (the end of a sale)."""
    own = action.lifecycle is not None and action.lifecycle.field == spec.name or any(i.name == spec.name for i in action.inputs)
    return bool(action.confirm) or any(i.required and i.name != spec.name for i in action.inputs) or not own and bool(action.inputs)
