"""A business verb, declared once by its function: the signature is its inputs, the docstring its promise."""

from __future__ import annotations

import datetime as dt
import inspect
import typing
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.events.bus import EventKind
from pellucid.kernel.events.bus import declare as declare_event
from pellucid.kernel.lifecycles.machine import Lifecycle
from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Spec

TYPES: dict[Any, str] = {str: "text", int: "integer", Decimal: "decimal", dt.date: "date", dt.datetime: "datetime", bool: "bool"}


@dataclass(frozen=True, slots=True)
class Ask:
    """How an input is asked for; goes into Annotated[type, Ask(...)]."""

    label: Any
    kind: str = ""
    help: Any = ""
    choices: Any = ()
    dictionary: str = ""
    target: str = ""
    verb: str = "view"                   # how far the actor must reach the record a link points at
    max_length: int = 0
    cells: bool = False                  # it is a piece of a table: blanks at its ends are cells
    hidden: bool = False                 # the page that offers the action fills it in
    when: tuple[str, ...] = ()           # (another input, its values that make this one worth asking for)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a dialog shows above its inputs; `settled` are those that are not asked any more, because it speaks of them."""

    template: str
    context: dict[str, Any]
    settled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Once:
    """What an action answers that is shown to the actor once and kept nowhere in clear: a secret under its label, and what to do with it."""

    label: Any
    text: str
    note: Any = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A declared verb. `on` says what it takes: one record, a set only, or nothing (it makes a record)."""

    name: str
    model: type[models.Model]
    label: Any
    verb: str
    function: Callable[..., Any]
    inputs: tuple[Spec, ...] = ()
    on: str = "record"  # record, new
    bulk: bool = False  # offered on a selection
    move: str = ""
    lifecycle: Lifecycle | None = None
    locks: tuple[str, ...] = ()
    leaves_scope: bool = False
    leads_on: bool = False  # it makes another record, and whoever did it goes on there
    icon: str = ""
    tone: str = ""
    confirm: Any = ""
    event: str = ""
    needs_version: bool = False
    generic: bool = False  # a kernel verb that every resource has
    shown: Callable[[Any], bool] | None = field(default=None, compare=False)
    personal: tuple[str, ...] = ()
    # rows it takes instead of those within the verb's scope, after what tells them from others it may name
    reach: Callable[[Any], tuple[Hashable, models.Q]] | None = field(default=None, compare=False)
    # function(ids, actor, inputs as typed) -> [(what would become of them, of how many, why)], or what is to be seen, before a bulk run
    foresee: Callable[[list[int], Any, dict[str, Any]], list[tuple[str, int, str]] | Shown | None] | None = field(default=None, compare=False)
    # function(record, actor) -> {input: value}: what the dialog begins with
    suggest: Callable[[Any, Any], dict[str, Any]] | None = field(default=None, compare=False)
    # function(record, actor, inputs so far) -> what is to be seen before it is done, if there is anything
    shows: Callable[[Any, Any, dict[str, Any]], Shown | None] | None = field(default=None, compare=False)
    # function(record, actor, inputs) -> inputs: as they are asked for this record (which are starred, which are worth asking for)
    asks: Callable[[Any, Any, tuple[Spec, ...]], tuple[Spec, ...]] | None = field(default=None, compare=False)
    # what was done, in the past tense, with {name} for the record's; the toast says it
    did: Any = field(default="", compare=False)
    # where it stands among the verbs of its model, those of one place as they were declared
    position: int = 50
    # function(record, payload of its event) -> (action, inputs) that takes it back; None when the record has moved on
    back: Callable[[Any, dict[str, Any]], tuple[str, dict[str, Any]] | None] | None = field(default=None, compare=False)
    # function(record) -> (resource, verb) of a right it needs besides its own, for this record; None where it needs none
    needs: Callable[[Any], tuple[str, str] | None] | None = field(default=None, compare=False)
    # function(record): what gates and their conditions ask of it is brought up to date, before they are asked
    looks: Callable[[Any], object] | None = field(default=None, compare=False)

    @property
    def resource(self) -> str:
        return self.model._meta.model_name or ""

    @property
    def right(self) -> str:
        return f"{self.resource}.{self.verb}"

    def lacks(self, record: Any, actor: Any) -> tuple[str, str] | None:
        """The further right this needs of whoever does it to this record and he has not, as (resource, verb)."""
        wanted = self.needs(record) if self.needs and record is not None else None
        return wanted if wanted and not actor.may(*wanted) else None

    @property
    def plain(self) -> bool:
        """Whether nothing is asked, shown or to be thought of before it is done: a click does it."""
        asking = any(not s.options.get("hidden") for s in self.inputs) or self.takes_more or self.needs_version
        return not (asking or self.confirm or self.shows or self.suggest or self.tone == "bad")

    def past(self, name: str, *, several: bool = False) -> str:
        """What was done, in words, to the record of this name; or to several, who are counted instead of called."""
        did = str(self.did) or (_("Done: %(action)s · “%(name)s”") % {"action": self.label, "name": "{name}"})
        return (did.replace("“{name}”", "{name}") if several else did).format(name=name)

    @property
    def takes_more(self) -> bool:
        """Whether the function takes what `asks` adds to its own inputs."""
        return any(p.kind is inspect.Parameter.VAR_KEYWORD for p in inspect.signature(self.function).parameters.values())

    @property
    def doc(self) -> str:
        return inspect.getdoc(self.function) or ""


actions: dict[str, Action] = {}
_models: dict[str, type[models.Model]] = {}


def specs_of(function: Callable[..., Any], skip: tuple[str, ...]) -> tuple[Spec, ...]:
    """The inputs of a function as specs, from its annotations and defaults."""
    hints = typing.get_type_hints(function, include_extras=True)
    out = []
    for name, parameter in inspect.signature(function).parameters.items():
        if name in skip or parameter.kind is inspect.Parameter.VAR_KEYWORD:  # what `asks` adds comes in there
            continue
        hint = hints.get(name, str)
        ask = next((m for m in getattr(hint, "__metadata__", ()) if isinstance(m, Ask)), Ask(name.replace("_", " ").capitalize()))
        base = typing.get_args(hint)[0] if ask.label and hasattr(hint, "__metadata__") else hint
        optional = type(None) in typing.get_args(base)
        if optional:
            base = next(a for a in typing.get_args(base) if a is not type(None))
        required = parameter.default is inspect.Parameter.empty
        choices = tuple((c[0], c[1], "") for c in getattr(ask.choices, "choices", ask.choices))
        out.append(
            Spec(
                name=name,
                label=ask.label,
                kind=kind(ask.kind or ("choice" if choices else TYPES.get(base, "text"))),
                required=required and not optional,
                help=ask.help,
                choices=choices,
                dictionary=ask.dictionary,
                target=ask.target,
                max_length=ask.max_length,
                default=None if required else parameter.default,
                null=optional or not required,
                options={"hidden": ask.hidden, "when": ask.when, "verb": ask.verb, "cells": ask.cells},
            )
        )
    return tuple(out)


def action(
    model: type[models.Model],
    *,
    label: Any,
    verb: str = "edit",
    on: str = "record",
    bulk: bool = False,
    move: str = "",
    lifecycle: Lifecycle | None = None,
    locks: tuple[str, ...] = (),
    leaves_scope: bool = False,
    leads_on: bool = False,
    icon: str = "",
    tone: str = "",
    confirm: Any = "",
    event: str = "",
    sentence: Any = None,
    needs_version: bool = False,
    personal: tuple[str, ...] = (),
    shown: Callable[[Any], bool] | None = None,
    foresee: Callable[[list[int], Any, dict[str, Any]], list[tuple[str, int, str]] | Shown | None] | None = None,
    suggest: Callable[[Any, Any], dict[str, Any]] | None = None,
    back: Callable[[Any, dict[str, Any]], tuple[str, dict[str, Any]] | None] | None = None,
    shows: Callable[[Any, Any, dict[str, Any]], Shown | None] | None = None,
    asks: Callable[[Any, Any, tuple[Spec, ...]], tuple[Spec, ...]] | None = None,
    did: Any = "",
    position: int = 50,
    quiet: bool = False,
    needs: Callable[[Any], tuple[str, str] | None] | None = None,
    looks: Callable[[Any], object] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare ``function(record, *, actor, **inputs)`` as a business verb on the model, known by the function's name."""

    def keep(function: Callable[..., Any]) -> Callable[..., Any]:
        first = next(iter(inspect.signature(function).parameters))
        skip = ("actor",) if on == "new" and first == "actor" else (first, "actor")
        made = Action(
            name=function.__name__,
            model=model,
            label=label,
            verb=verb,
            function=function,
            inputs=specs_of(function, skip),
            on=on,
            bulk=bulk,
            move=move,
            lifecycle=lifecycle,
            locks=locks,
            leaves_scope=leaves_scope,
            leads_on=leads_on,
            icon=icon,
            tone=tone,
            confirm=confirm,
            event=event or f"{model._meta.model_name}.{function.__name__}",
            needs_version=needs_version,
            shown=shown,
            personal=personal,
            foresee=foresee,
            suggest=suggest,
            back=back,
            shows=shows,
            asks=asks,
            did=did,
            position=position,
            needs=needs,
            looks=looks,
        )
        keep_action(made, sentence, quiet=quiet)
        return function

    return keep


def keep_action(made: Action, sentence: Any = None, *, quiet: bool = False) -> Action:
    """Register an action and the event it leaves behind."""
    if made.name in actions:
        raise RuntimeError(f"action {made.name!r} is declared twice")
    actions[made.name] = made
    _models[made.resource] = made.model
    declare_event(
        EventKind(
            made.event,
            sentence or gettext_lazy("{actor}: {action}"),
            icon=made.icon or "history",
            tone=made.tone,
            personal=made.personal,
            quiet=quiet,
            options={"label": made.label},
        )
    )
    return made


# what a gate asks of whoever makes a move it stands before: function(action, record, actor)
asked_by_gates: list[Callable[[Action, Any, Any], tuple[Spec, ...]]] = []


def inputs_of(what: Action, record: Any, actor: Any) -> tuple[Spec, ...]:
    """The inputs of an action on this record: its own, those `asks` adds for it, and those of the gates before it."""
    known = {s.name for s in what.inputs}
    added = what.asks(record, actor, what.inputs) if what.asks and what.takes_more and record is not None else ()
    return what.inputs + tuple(s for s in added if s.name not in known) + gates_ask(what, record, actor)


def gates_ask(what: Action, record: Any, actor: Any) -> tuple[Spec, ...]:
    """What the gates before a move ask for."""
    return tuple(s for ask in asked_by_gates for s in ask(what, record, actor)) if what.move else ()


def of_model(model: type[models.Model]) -> list[Action]:
    """The verbs of a model by their places, those of one place in the order they were declared."""
    return sorted((a for a in actions.values() if a.model is model), key=lambda a: a.position)


def model_of(resource: str) -> type[models.Model] | None:
    """The model whose actions these are."""
    return _models.get(resource)


Preparer = Callable[..., None]
_preparers: dict[type[models.Model], list[Preparer]] = {}


def prepares(model: type[models.Model]) -> Callable[[Preparer], Preparer]:
    """Declare ``function(records, *, actor, changed)``: it fills what follows from other fields and checks the area's rules for a list of
    records about to be written, whoever writes them (form, API, import). `changed` is None for new records. Raises Invalid. Declared on
    `models.Model` it is asked about records of every kind."""

    def keep(function: Preparer) -> Preparer:
        _preparers.setdefault(model, []).append(function)
        return function

    return keep


def prepare(model: type[models.Model], records: list[Any], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Run the model's preparers over the records."""
    for function in (*_preparers.get(model, ()), *_preparers.get(models.Model, ())):
        function(records, actor=actor, changed=changed)


# which fields of a record stay as they are for now, whatever its state: function(record)
keepers: list[Callable[[models.Model], frozenset[str]]] = []


def kept(record: models.Model) -> frozenset[str]:
    """The fields of a record that stay as they are for now: something that is being decided rests on them."""
    return frozenset[str]().union(*(keep(record) for keep in keepers))


def still_written(record: models.Model) -> frozenset[str] | None:
    """The fields that a record's lifecycle leaves to be written; None where it leaves all."""
    ways = dict.fromkeys(a.lifecycle for a in actions.values() if a.model is type(record) and a.lifecycle is not None)
    return next((left for way in ways if (left := way.still_written(record)) is not None), None)


_followers: dict[type[models.Model], list[Preparer]] = {}


def follows(model: type[models.Model]) -> Callable[[Preparer], Preparer]:
    """Declare ``function(records, *, actor, changed)``: what else must be true once these records are written, in the same transaction
    (copies on a root, a next step). `changed` is None for new records."""

    def keep(function: Preparer) -> Preparer:
        _followers.setdefault(model, []).append(function)
        return function

    return keep


def follow(model: type[models.Model], records: list[Any], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Run what follows from writing the records."""
    for function in _followers.get(model, ()):
        function(records, actor=actor, changed=changed)
