"""Names of users and units, in memory until one of them changes."""
from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _

from pellucid.kernel.records.versions import versioned
from pellucid.kernel.records.words import folded

from .models import Membership, Role, Unit, User
from .rights import tree


class Somebody(NamedTuple):
    id: int
    username: str
    name: str
    pinyin: str
    active: bool
    kind: str
    photo: str
    unit: int | None


class Part(NamedTuple):
    id: int
    code: str
    label: dict[str, str]


class Place(NamedTuple):
    id: int
    name: str
    short_name: str
    kind: str
    parent: int | None
    head: int | None
    catcher: int | None
    closed: bool


@versioned("people", "access")
def users() -> dict[int, Somebody]:
    """Every user by id, with his primary unit."""
    home = dict(Membership.objects.filter(primary=True, ends_on=None).values_list("user_id", "unit_id"))
    rows = User.objects.order_by("name").values_list("id", "username", "name", "pinyin", "is_active", "kind", "photo")
    return {row[0]: Somebody(*row, home.get(row[0])) for row in rows}


@versioned("access")
def units() -> dict[int, Place]:
    """Every unit by id."""
    rows = Unit.objects.values_list("id", "name", "short_name", "kind", "parent_id", "head_id", "catcher_id", "closed_at")
    return {row[0]: Place(*row[:7], row[7] is not None) for row in rows}


@versioned("access")
def roles() -> tuple[Part, ...]:
    """Every role in order."""
    return tuple(Part(*row) for row in Role.objects.values_list("id", "code", "label"))


def user_name(user_id: int | None) -> str:
    """The name of a user; "" for nobody."""
    found = users().get(user_id) if user_id else None
    return found.name if found else ""


def doer_name(user_id: int | None, on_behalf_of: int | None = None) -> str:
    """Who did something: his name, with the name of the one he stood in for."""
    if not on_behalf_of or on_behalf_of == user_id:
        return user_name(user_id)
    return _("%(proxy)s for %(owner)s") % {"proxy": user_name(user_id), "owner": user_name(on_behalf_of)}


def unit_name(unit_id: int | None, full: bool = False) -> str:
    """The name of a unit, with its branch before it when full."""
    found = units().get(unit_id) if unit_id else None
    if not found:
        return ""
    branch = tree().branch(found.id) if full else found.id
    return found.name if branch == found.id else f"{units()[branch].short_name or units()[branch].name} · {found.name}"


def home_of(user_id: int | None) -> int | None:
    """The unit that receives what this user creates: his primary unit."""
    found = users().get(user_id) if user_id else None
    return found.unit if found else None


@versioned("people", "access")
def _by_word() -> dict[str, int]:
    out: dict[str, int] = {}
    for user in users().values():
        out.setdefault(folded(user.name), user.id)
    for user in users().values():
        out[folded(user.username)] = user.id
        out[str(user.id)] = user.id
    return out


def find_user(word: object) -> int | None:
    """The id of the user with this id, login or name."""
    return _by_word().get(folded(word))


@versioned("access")
def _unit_words() -> dict[str, int]:
    out: dict[str, int] = {}
    for unit in units().values():
        for word in (unit.name, unit.short_name):
            if word:
                out.setdefault(folded(word), unit.id)
    for unit in units().values():
        out[str(unit.id)] = unit.id
    return out


def find_unit(word: object) -> int | None:
    """The id of the unit with this id, name or short name."""
    return _unit_words().get(folded(word))
