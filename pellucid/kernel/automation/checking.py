"""What a rule must fulfil before it may be published, in sentences; and which rights it takes. Empty: publish."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import model_of, of_model
from pellucid.kernel.actions.run import show_for, verb_words
from pellucid.kernel.events import bus
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.resources.conditions import filters_of
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import clear, specs, writable
from pellucid.kernel.resources.query import conditions

from . import doing, facts
from .definition import BEFORE, Body, Changed, Do, Happened, Reached, Scheduled
from .models import KEY
from .values import BRACES

DULL = frozenset({"watched", "commented"})


def about() -> list[tuple[str, Any]]:
    """(key, label) of the kinds of records a rule may be about."""
    found = [(key, resource.model._meta.verbose_name) for key, resource in registry.items() if key != KEY]
    return sorted(found, key=lambda pair: str(pair[1]))


@cache
def events_of(key: str) -> dict[str, Any]:
    """What is done to records of a kind, by the name of its event: verbs of their model, and what areas announce about them."""
    model = registry[key].model
    verbs = {a.event: a.label for a in of_model(model) if a.event.startswith(f"{key}.") and a.event not in (f"{key}.created", f"{key}.updated")}
    told = {name: kind.options.get("label") or kind.sentence for name, kind in bus.kinds.items()
            if name.startswith(f"{key}.") and name not in (f"{key}.created", f"{key}.updated")}  # fmt: skip
    return {name: label for name, label in {**told, **verbs}.items() if name.rpartition(".")[2] not in DULL}


def moves_of(key: str) -> frozenset[str]:
    """Those of its events that are steps of its life."""
    model = model_of(key)
    return frozenset(a.event for a in of_model(model) if a.move) if model else frozenset()


def watchable(key: str) -> dict[str, Spec]:
    """The fields whose change a rule may wait for."""
    return {name: spec for name, spec in specs(key).items() if name not in ("created_at", "created_by", "updated_at") and spec.kind.key != "step"}


def days_of(key: str) -> dict[str, Spec]:
    """The fields that hold a day or a moment of the record's own."""
    return {name: spec for name, spec in specs(key).items() if spec.kind.key in ("date", "datetime") and not spec.custom and name != "updated_at"}


def problems(body: Body) -> list[str]:
    """Why it cannot be published."""
    if body.resource not in registry or body.resource == KEY:
        return [_("There is no resource “%(name)s”.") % {"name": body.resource}]
    actor = Actor.system("rule")
    show = show_for(actor)
    out = [*_when(body), *_conditions(body, actor, show)]
    for number, step in enumerate(body.do, 1):
        out += [_("Step %(n)s: %(why)s") % {"n": number, "why": why} for why in doing.problems(body.resource, step, show)]
    return out


def _when(body: Body) -> Iterator[str]:
    when, key = body.when, body.resource
    if isinstance(when, Changed):
        for name in when.fields:
            if name not in watchable(key):
                yield _("There is no field “%(field)s” to watch.") % {"field": name}
    elif isinstance(when, Happened):
        for name in when.names:
            if name not in events_of(key):
                yield _("“%(name)s” never happens to these records.") % {"name": name}
    elif isinstance(when, Reached):
        if when.field not in days_of(key):
            yield _("“%(field)s” is no date.") % {"field": when.field}
    elif isinstance(when, Scheduled):
        if when.every == "week" and not (when.on and all(1 <= d <= 7 for d in when.on)):
            yield _("Choose at least one day of the week.")
        if when.every == "month" and not when.on:
            yield _("Choose at least one day of the month.")
        if not body.if_:
            yield _("What happens at set times needs conditions that say for which records.")


def _conditions(body: Body, actor: Actor, show: Any) -> Iterator[str]:
    if not body.if_:
        return
    found = filters_of(body.if_)
    if not found:
        yield _("These are no conditions.")
        return
    formers = facts.before_specs(body.resource)
    if any(f.name in formers for f in found) and isinstance(body.when, Reached | Scheduled):
        yield _("Only an event changes something: a day or a set time knows no “before”.")
    try:
        conditions(registry[body.resource], found, actor, show, formers)
    except Invalid as error:
        yield error.message


def lacking(body: Body, actor: Actor) -> list[str]:
    """The rights that somebody lacks to let this rule work for him, in words: he may give out only what he may do and read himself."""
    return missing(body.resource, body.do, actor, {name.removeprefix(BEFORE) for name in facts.named(body.if_)})


def missing(key: str, steps: Sequence[Do], actor: Actor, seen: Collection[str] = ()) -> list[str]:
    """The rights somebody lacks to have these steps done about records of a kind; `seen` are fields whose values come to light besides."""
    wanted = [(key, "view"), *(right for step in steps for right in doing.rights(key, step))]
    out = [_right(resource, verb) for resource, verb in wanted if not actor.may(resource, verb)]
    known = specs(key)
    for name in {*seen, *_read(steps)}:
        if name in known and not clear(key, actor, name):
            out.append(_("reading “%(field)s”") % {"field": known[name].label})
    for step in steps:
        target = {"set": key, "create": step.on}.get(step.kind, "")
        may = writable(target, actor) if target in registry else step.inputs
        out += [_("filling in “%(field)s”") % {"field": specs(target)[n].label} for n in step.inputs if n not in may and n in specs(target)]
    return list(dict.fromkeys(out))


def _read(steps: Sequence[Do]) -> set[str]:
    """The fields of the record whose values come to light: as inputs, in texts, in what is sent away."""
    given = [value for step in steps for value in step.inputs.values()]
    taken = {str(v["field"]) for v in given if isinstance(v, dict) and "field" in v}
    told = {name for v in given if isinstance(v, str) for name in BRACES.findall(v)}
    sent = {name for step in steps if step.kind == "webhook" for name in step.inputs.get("fields") or ()}
    return taken | told | sent


def _right(resource: str, verb: str) -> str:
    named = registry[resource].model._meta.verbose_name if resource in registry else resource
    return f"{named} · {verb_words(verb)}"
