"""Who does a step of a plan, told from the record it is carried out for. Areas above add who else it may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.people import selectors as people

Finder = Callable[[Any, Actor], int | None]
_known: dict[str, tuple[Any, Finder]] = {}


def declare(key: str, label: Any, find: Finder) -> None:
    """Make a doer known: `find(record, actor)` answers a user or nobody."""
    if key in _known:
        raise RuntimeError(f"the doer {key!r} is declared twice")
    _known[key] = (label, find)


def labels() -> dict[str, Any]:
    """Every doer by key, in the order they were declared."""
    return {key: label for key, (label, _find) in _known.items()}


def owner(record: Any, actor: Actor) -> int | None:
    """Whose it is."""
    return getattr(record, "owner_id", None)


def manager(record: Any, actor: Actor) -> int | None:
    """Who leads the owner."""
    return next(iter(people.line_of(record.owner_id)), None) if owner(record, actor) else None


def head(record: Any, actor: Actor) -> int | None:
    """The head of the record's unit, or of the nearest unit above that has one."""
    unit, units = getattr(record, "unit_id", None), directory.units()
    line = [unit, *tree().ancestors(unit)] if unit else []
    return next((units[u].head for u in line if units[u].head), None)


def starter(record: Any, actor: Actor) -> int | None:
    """Who starts the plan."""
    return actor.user_id


declare("owner", _("The owner of the record"), owner)
declare("manager", _("The owner's manager"), manager)
declare("head", _("The head of the unit"), head)
declare("starter", _("Who starts it"), starter)
declare("person", _("A named person"), lambda record, actor: None)
declare("part", _("Who is named for the part"), lambda record, actor: None)


def found(doer: str, record: Any, actor: Actor) -> int | None:
    """Whom a record knows by this name; who is not known any more is its owner."""
    return _known.get(doer, _known["owner"])[1](record, actor)


def doer_of(step: Any, record: Any, actor: Actor, part: int | None = None) -> int | None:
    """The user a step falls to: who it says, if he works here, else the owner of the record, else who starts it. `part`: who is named for
    the part of the record it is made for."""
    named = {"person": step.person_id, "part": part}
    wanted = (named[step.doer] if step.doer in named else found(step.doer, record, actor), owner(record, actor), actor.user_id)
    users = directory.users()
    return next((u for u in wanted if u and u in users and users[u].active), None)
