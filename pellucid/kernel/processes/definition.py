"""The definition of a process, `pellucid.process/1`: a tree of steps kept as JSON. Composite steps hold sequences; there are no edges.

The shape is checked here, the meaning in `publishing.py`. A published version never changes, so what is read from it is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from django.utils.translation import gettext as _

from pellucid.kernel.records.errors import Invalid

SCHEMA = "pellucid.process/1"
HERE = "record"  # {"field": "record"} is the record itself
GATE = "#gate"  # the step that carries out what waited, once everybody agreed
MAX_HANDED_ON = 20  # hand-overs and additions in one step

Key = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Span = Annotated[str, msgspec.Meta(pattern=r"^\d{1,4}(m|h|d|wh|wd)$")]  # minutes, hours, days, working hours, working days
Words = dict[str, str]
Level = Annotated[int, msgspec.Meta(ge=1, le=10)]
Rejects = Literal["end", "start", "prev", "lane"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Anything in a definition: an unknown word in it is refused."""


class Who(Part, kw_only=True):
    """Whom a step asks. `kind` names a resolver (`approvers.py`); the other fields are what the kinds need."""

    kind: str
    ids: tuple[int, ...] = ()  # person, unit
    role: str = ""
    scope: Literal["any", "unit", "branch"] = "any"
    of: str = "requester"  # manager, managers, head: of the requester, or of the person in this field
    level: Level = 1  # manager: the n-th; managers: up to n
    field: str = ""
    node: str = ""  # decider: of which step
    min: Annotated[int, msgspec.Meta(ge=1, le=50)] = 1  # chosen: how many the requester names
    max: Annotated[int, msgspec.Meta(ge=1, le=50)] = 10
    among: Literal["all", "role", "unit"] = "all"  # chosen: among whom


class Deadline(Part, kw_only=True):
    """By when a step is wanted, and what happens then."""

    after: Span
    remind: tuple[Span, ...] = ()
    then: Literal["notify", "manager", "return", "reject", "approve", "admin"] = "notify"
    every: Span | None = None


class Fields(Part, kw_only=True):
    """What a step shows of the record, and what of the form may or must be filled in."""

    show: tuple[str, ...] = ("*",)
    edit: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()


class FormField(Part, kw_only=True):
    """One value the process itself asks for, beside the record's."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    label: Words
    kind: Literal["text", "longtext", "integer", "decimal", "date", "datetime", "bool", "choice", "user"] = "text"
    choices: tuple[str, ...] = ()


class Node(Part, tag_field="type", kw_only=True):
    """A step: its id within the definition never changes, its name may."""

    id: Key
    name: Words = {}

    @property
    def type(self) -> str:
        return str(self.__struct_config__.tag)

    @property
    def human(self) -> bool:
        """Whether somebody does it: one may return to it."""
        return isinstance(self, Start | Approval | Task)


class Start(Node, tag="start", kw_only=True):
    """The requester's form."""

    fields: Fields = Fields()


class Approval(Node, tag="approval", kw_only=True):
    """A verdict, by one, all, some or one after another."""

    who: tuple[Who, ...] = ()
    mode: Literal["any", "all", "n", "sequence"] = "any"
    need: Annotated[int, msgspec.Meta(ge=1, le=50)] = 1
    veto: bool = True
    dedupe: Literal["never", "adjacent", "any"] = "any"
    empty: Literal["admin", "pass", "reject"] = "admin"
    on_reject: Rejects = "end"
    may: tuple[Literal["transfer", "add", "return", "comment"], ...] = ("transfer", "add", "return", "comment")
    after_return: Literal["again", "back"] = "again"
    binding: bool = False
    deadline: Deadline | None = None
    fields: Fields = Fields()


class Task(Node, tag="task", kw_only=True):
    """Something to do and report, without a verdict."""

    who: tuple[Who, ...] = ()
    mode: Literal["any", "all"] = "any"
    empty: Literal["admin", "pass"] = "admin"
    deadline: Deadline | None = None
    fields: Fields = Fields()
    checklist: tuple[Words, ...] = ()  # all of it is ticked off before it is done


class Notify(Node, tag="notify", kw_only=True):
    """Copies: somebody learns of it and may read it."""

    who: tuple[Who, ...] = ()
    text: Words = {}


class Branch(Part, kw_only=True):
    """A way through a condition. `when` are stored conditions (kernel/resources/conditions.py); without them: otherwise."""

    id: Key
    name: Words = {}
    when: str | None = None
    steps: tuple[AnyNode, ...] = ()


class Condition(Node, tag="condition", kw_only=True):
    """The first branch whose conditions hold; the last is for everything else."""

    branches: Annotated[tuple[Branch, ...], msgspec.Meta(min_length=2, max_length=10)]


class Lane(Part, kw_only=True):
    """One of several things going on side by side."""

    id: Key
    name: Words = {}
    steps: tuple[AnyNode, ...] = ()


class Parallel(Node, tag="parallel", kw_only=True):
    """Lanes side by side, joined by counting them."""

    lanes: Annotated[tuple[Lane, ...], msgspec.Meta(min_length=2, max_length=10)]
    join: Literal["all", "any", "n"] = "all"
    need: int = 1
    on_reject: Rejects = "end"

    @property
    def wanted(self) -> int:
        return {"all": len(self.lanes), "any": 1, "n": self.need}[self.join]


class Wait(Node, tag="wait", kw_only=True):
    """Nothing until a time has passed, or until the day in a field."""

    after: Span | None = None
    until: str | None = None


class Auto(Node, kw_only=True):
    """Something the program does. `call` names it; inputs are literals, {"field": of the record or the form}, or {"days": from that day on}."""

    call: str = ""
    inputs: dict[str, Any] = {}
    on_fail: Literal["hold", "continue"] = "hold"


class RunAction(Auto, tag="action", kw_only=True):
    """Carries out an action on the record."""


class SetFields(Auto, tag="set", kw_only=True):
    """Fills in fields of the record."""


class CreateRecord(Auto, tag="create", kw_only=True):
    """Makes a record of the kind in `call`, with what this one holds."""


class Webhook(Auto, tag="webhook", kw_only=True):
    """Tells another program, through the endpoint in `call`."""


class Subprocess(Auto, tag="subprocess", kw_only=True):
    """Starts another process on the record and waits for its end."""


class End(Node, tag="end", kw_only=True):
    """Ends the whole process."""

    outcome: Literal["approved", "rejected"] = "approved"


Does = RunAction | SetFields | CreateRecord | Webhook
AnyNode = Start | Approval | Task | Notify | Condition | Parallel | Wait | RunAction | SetFields | CreateRecord | Webhook | Subprocess | End


class Definition(Part, kw_only=True):
    """A whole process."""

    schema: Literal["pellucid.process/1"]
    key: Key
    name: Words
    kind: str = "other"
    subject: str  # the resource whose records it is about
    when: str = ""  # which of its records: stored conditions; empty: all
    gate: str = ""  # the lifecycle's move that waits for it
    form: tuple[FormField, ...] = ()
    withdraw: Literal["never", "undecided", "running"] = "running"
    watch: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()  # fields of the record that everybody who is asked sees; empty: the figures under its name
    on_change: Literal["lock", "restart", "note"] = "lock"
    see: tuple[Who, ...] = ()
    admins: tuple[Who, ...] = ()
    steps: Annotated[tuple[AnyNode, ...], msgspec.Meta(min_length=1)]


def read(body: Any) -> Definition:
    """The definition in a JSON body. Invalid names the place of what does not fit."""
    try:
        return msgspec.convert(body, Definition)
    except msgspec.ValidationError as error:
        text, _sep, place = str(error).partition(" - at ")
        raise Invalid(_("This is no process: %(why)s (at %(where)s)") % {"why": text, "where": place.strip("`") or "$"}) from error


def rule_of(kept: Any) -> AnyNode:
    """A step from JSON."""
    return msgspec.convert(kept, AnyNode)  # type: ignore[no-any-return, call-overload]


def parts(node: Node) -> tuple[Branch | Lane, ...]:
    """The sequences inside a composite step."""
    return node.branches if isinstance(node, Condition) else node.lanes if isinstance(node, Parallel) else ()


def span(text: str) -> tuple[int, str]:
    """(number, unit) of a span of time."""
    found = re.fullmatch(r"(\d+)(m|h|d|wh|wd)", text)
    if not found:
        raise ValueError(text)
    return int(found[1]), found[2]


class Doubled(ValueError):
    """Two steps with one id."""


class Plan:
    """Where each step stands: its sequence, its place in it, the composite and the lane around it."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.node: dict[str, AnyNode] = {}
        self.sequence: dict[str, tuple[AnyNode, ...]] = {}
        self.place: dict[str, int] = {}
        self.up: dict[str, str | None] = {}
        self.lane: dict[str, str] = {}
        self._walk(definition.steps, None, "")

    def _walk(self, sequence: tuple[AnyNode, ...], up: str | None, lane: str) -> None:
        for place, node in enumerate(sequence):
            if node.id in self.node:
                raise Doubled(node.id)
            self.node[node.id], self.sequence[node.id], self.place[node.id] = node, sequence, place
            self.up[node.id], self.lane[node.id] = up, lane
            for part in parts(node):
                self._walk(part.steps, node.id, part.id)

    @property
    def first(self) -> AnyNode:
        return self.definition.steps[0]

    def chain(self, node: str) -> Iterator[str]:
        """The step, then every composite around it, innermost first."""
        at: str | None = node
        while at is not None:
            yield at
            at = self.up[at]

    def earlier(self, node: str) -> list[str]:
        """The human steps one may return to: before it in its own sequence, or before a composite around it; nearest first."""
        if node not in self.node:
            return []
        return [n.id for c in self.chain(node) for n in reversed(self.sequence[c][: self.place[c]]) if n.human]
