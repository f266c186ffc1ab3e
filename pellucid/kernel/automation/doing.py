"""The kinds of things a rule does. Each says what may be chosen, which inputs it asks for, which rights it takes, and does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.declare import actions, of_model
from pellucid.kernel.actions.run import run as act
from pellucid.kernel.notices.tell import notify
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.records.models import OwnedRecord
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import clear, resource_title, specs
from pellucid.kernel.resources.verbs import assign, checked

from . import people, values
from .definition import Do
from .models import RuleRun

TOLD, TEXT = "rule_says", 300
NEVER = frozenset({"create", "update", "delete", "restore", "comment", "watch", "share", "unshare"})


@dataclass(frozen=True, slots=True)
class Case:
    """What a step works on, and for whom: a rule, or a process. `keeper` answers for it: what nobody else owns is his; `mark` is its own."""

    key: str
    record: Any
    actor: Actor
    show: Show
    name: str
    mark: str
    what: str  # what led to it, as a receiver is told: "<kind of record>.changed"
    keeper: int | None = None
    run: RuleRun | None = None
    beside: values.Beside = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Doing:
    """A kind of step. `offers(key)` -> [(on, label)]; `asks(key, on)` -> inputs; `needs(key, on)` -> rights (resource, verb) the publisher
    must hold; `does(case, do, given)` does it and says what came of it; `says(key, do, show)` -> (what, with which inputs) in words."""

    kind: str
    label: Any
    icon: str
    offers: Callable[[str], list[tuple[str, Any]]]
    asks: Callable[[str, str], dict[str, Spec]]
    needs: Callable[[str, str], list[tuple[str, str]]]
    does: Callable[[Case, Do, dict[str, Any]], dict[str, Any]]
    says: Callable[[str, Do, Show], tuple[str, list[str]]]
    partial: bool = False  # inputs that are not given stay as they are
    single: bool = False  # there is nothing to choose between
    hint: Any = ""
    wrong: Callable[[str], str] = lambda on: ""  # why what was chosen cannot be used as it stands


doings: dict[str, Doing] = {}


def known(doing: Doing) -> Doing:
    """Make a kind of step known."""
    doings[doing.kind] = doing
    return doing


def rights(key: str, do: Do) -> list[tuple[str, str]]:
    """What somebody must be allowed to do himself before a rule does it for him."""
    return doings[do.kind].needs(key, do.on)


def problems(key: str, do: Do, show: Show, beside: values.Beside = values.NONE) -> Iterator[str]:
    """What keeps a step from being done, in words."""
    doing = doings.get(do.kind)
    if doing is None:
        yield _("“%(kind)s” is nothing a rule can do.") % {"kind": do.kind}
        return
    if do.on not in dict(doing.offers(key)):
        yield _("choose what is to be done.") if not do.on else _("“%(name)s” is not there to be used.") % {"name": do.on}
        return
    if text := doing.wrong(do.on):
        yield text
    if doing.partial and not do.inputs:
        yield _("fill in at least one field.")
    yield from values.problems(doing.asks(key, do.on), do.inputs, key, show, whole=not doing.partial, beside=beside)


def do_it(case: Case, do: Do) -> dict[str, Any]:
    """Do a step; what came of it, for the log."""
    doing = doings[do.kind]
    if do.on not in dict(doing.offers(case.key)):
        raise Refused(_("“%(name)s” is not there to be used.") % {"name": do.on})
    return doing.does(case, do, values.resolved(doing.asks(case.key, do.on), do.inputs, case.key, case.record, case.show, case.beside))


# an action on the record


def _verbs(key: str) -> list[tuple[str, Any]]:
    model = registry[key].model
    found = [a for a in of_model(model) if a.on == "record" and a.verb != "restore" and a.name.removeprefix(f"{key}_") not in NEVER and not a.reach]
    return [(a.name, a.label) for a in found if not any(s.kind.key in ("file", "conditions") for s in a.inputs)]


def _act(case: Case, do: Do, given: dict[str, Any]) -> dict[str, Any]:
    outcome = act(do.on, case.record.pk, case.actor, given)
    made = outcome.value
    key = getattr(getattr(made, "_meta", None), "model_name", "")
    return {"state": outcome.state} | ({"made": [key, made.pk]} if key in registry and key != case.key and made.pk else {})


known(Doing("action", t("Do"), "player-play", _verbs, lambda key, on: {s.name: s for s in actions[on].inputs},
            lambda key, on: [(actions[on].resource, actions[on].verb)] if on in actions else [], _act,
            lambda key, do, show: (str(actions[do.on].label) if do.on in actions else do.on,
                                   values.told(doings["action"].asks(key, do.on), do.inputs, key, show) if do.on in actions else []),
            hint=t("Carry out an action on the record")))  # fmt: skip


# set fields


def _set(case: Case, do: Do, given: dict[str, Any]) -> dict[str, Any]:
    act(f"{case.key}_update", case.record.pk, case.actor, values=given)
    return {"state": "done"}


known(Doing("set", t("Set fields"), "pencil", lambda key: [("", "")], lambda key, on: values.resource_specs(key),
            lambda key, on: [(key, "edit")], _set, lambda key, do, show: (_("set"), values.told(values.resource_specs(key), do.inputs, key, show)),
            partial=True, single=True, hint=t("Fill in fields of the record")))  # fmt: skip


# make a record


def _creatable(key: str) -> list[tuple[str, Any]]:
    found = [(k, r.model._meta.verbose_name) for k, r in registry.items() if _fillable(k)]
    return sorted(found, key=lambda pair: str(pair[1]))


def _fillable(key: str) -> bool:
    """Records somebody may make by filling in a form."""
    return f"{key}_create" in actions and bool(values.resource_specs(key)) and bool(registry[key].form)


def _made_specs(key: str, on: str) -> dict[str, Spec]:
    """What may be filled in of the new record; without an owner it is the owner's of this one."""
    return {n: s.changed(required=False) if n == "owner" else s for n, s in values.resource_specs(on).items()}


def _create(case: Case, do: Do, given: dict[str, Any]) -> dict[str, Any]:
    resource = registry[do.on]
    if not issubclass(resource.model, OwnedRecord):
        made = act(f"{do.on}_create", None, case.actor, values=given, sure=True).record
    else:  # nobody typed it: it is the owner's of the record it came from, unless the step names one
        record: Any = resource.model()
        owner = getattr(case.record, "owner_id", None) or case.keeper
        if "owner" in values.resource_specs(do.on) and not given.get("owner"):
            given = given | {"owner": str(owner or "")}
        assign(record, checked(resource, given, case.actor, partial=False), do.on)
        record.owner_id = record.owner_id or owner
        made = act(f"{do.on}_create", None, case.actor, filled=record, sure=True).record
    return {"state": "done", "made": [do.on, made.pk]}


known(Doing("create", t("Create"), "plus", _creatable, _made_specs, lambda key, on: [(on, "create")], _create,
            lambda key, do, show: (_("create “%(what)s”") % {"what": registry[do.on].model._meta.verbose_name} if do.on in registry else do.on,
                                   values.told(_made_specs(key, do.on), do.inputs, key, show)),
            hint=t("Make a new record")))  # fmt: skip


# tell somebody


def _owned(key: str) -> bool:
    return issubclass(registry[key].model, OwnedRecord)


def _tell(case: Case, do: Do, given: dict[str, Any]) -> dict[str, Any]:
    found = people.found(case.key, case.record, given, case.show)
    said: dict[str, list[int]] = {}
    for person, hidden in _hidden(case.key, do.inputs.get("text"), found).items():
        said.setdefault(_text(case, do.inputs.get("text"), str(given.get("text") or ""), hidden), []).append(person)
    told = sum(notify(who, TOLD, resource=case.key, record_id=case.record.pk, text=text, rule=case.name) for text, who in said.items())
    return {"state": "done", "people": found, "told": told}


def _hidden(key: str, raw: Any, people_: list[int]) -> dict[int, frozenset[str]]:
    """Person -> the fields that a text quotes and that he may not read."""
    names = {str(raw["field"])} if isinstance(raw, dict) and "field" in raw else set(values.BRACES.findall(raw)) if isinstance(raw, str) else set()
    quoted = names & specs(key).keys()
    users = User.objects.in_bulk(people_) if quoted else {}
    readers = {pk: Actor.of(user, "rule") for pk, user in users.items()}
    return {pk: frozenset(n for n in quoted if pk in readers and not clear(key, readers[pk], n)) for pk in people_}


def _text(case: Case, raw: Any, whole: str, hidden: frozenset[str]) -> str:
    """What is said to those from whom these fields are kept."""
    if not hidden:
        return whole
    return values.filled(raw, case.key, case.record, case.show, hidden)[:TEXT] if isinstance(raw, str) else values.HIDDEN


known(Doing("notify", t("Notify"), "bell", lambda key: [("", "")], lambda key, on: people.asked(key, _owned(key)), lambda key, on: [], _tell,
            lambda key, do, show: (_("notify %(whom)s") % {"whom": people.said(key, _owned(key), do.inputs, show)},
                                   values.told({"text": people.asked(key, _owned(key))["text"]}, {"text": do.inputs.get("text")}, key, show)),
            single=True, hint=t("Tell somebody in the program")))  # fmt: skip


def title_of(key: str, record: Any) -> str:
    """What the record is called."""
    return resource_title(registry[key], record)
