"""Whom a rule tells: ways to name people, each a resolver registered under its kind; higher floors add theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access.models import Grant
from pellucid.kernel.records.kinds import BadValue, kind
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.fields import specs, value_of

FIELD = "field:"


@dataclass(frozen=True, slots=True)
class Way:
    """A way to name people: ``find(record, given)`` gives their ids; `asks` are inputs it needs, besides which it says nothing."""

    kind: str
    label: Any
    find: Callable[[Any, dict[str, Any]], list[int]]
    asks: tuple[str, ...] = ()
    owned: bool = False  # only of records that have an owner


ways: dict[str, Way] = {}


def names(kind_: str, label: Any, *, asks: tuple[str, ...] = (), owned: bool = False) -> Callable[[Any], Any]:
    """Register ``find(record, given)`` under its kind."""

    def keep(find: Callable[[Any, dict[str, Any]], list[int]]) -> Any:
        ways[kind_] = Way(kind_, label, find, asks, owned)
        return find

    return keep


@names("owner", t("its owner"), owned=True)
def _owner(record: Any, given: dict[str, Any]) -> list[int]:
    return [record.owner_id] if getattr(record, "owner_id", None) else []


@names("person", t("a colleague"), asks=("person",))
def _person(record: Any, given: dict[str, Any]) -> list[int]:
    return [int(given["person"])] if given.get("person") else []


@names("role", t("everybody of a role"), asks=("role",))
def _role(record: Any, given: dict[str, Any]) -> list[int]:
    rows = Grant.objects.filter(role_id=given.get("role") or 0, user__is_active=True).order_by("user_id")
    return list(dict.fromkeys(rows.values_list("user_id", flat=True)))


def offered(key: str, owned: bool) -> tuple[tuple[str, Any, str], ...]:
    """(way, label, "") for records of a kind: the registered ones, then the people in its fields."""
    known = [(w.kind, w.label, "") for w in ways.values() if owned or not w.owned]
    fields = [(FIELD + name, spec.label, "") for name, spec in specs(key).items() if spec.kind.key == "user" and name not in ("owner",)]
    return (*known, *fields)


def asked(key: str, owned: bool) -> dict[str, Spec]:
    """The inputs of telling somebody something."""
    asks = {name: " ".join(w.kind for w in ways.values() if name in w.asks) for name in ("person", "role")}
    return {
        "who": Spec("who", _("Whom"), kind("choice"), required=True, choices=offered(key, owned), default="owner" if owned else None),
        "person": Spec("person", _("Colleague"), kind("user"), null=True, options={"when": ("who", asks["person"])}),
        "role": Spec("role", _("Role"), kind("role"), null=True, options={"when": ("who", asks["role"])}),
        "text": Spec("text", _("Text"), kind("text"), required=True, max_length=300,
                     help=_("Fields may stand in braces, by their names: {name}.")),
    }  # fmt: skip


def found(key: str, record: Any, given: dict[str, Any], show: Show) -> list[int]:
    """Who is meant, for this record."""
    asks = asked(key, True)
    read = {name: asks[name].kind.parse(asks[name], given.get(name), show) for name in ("person", "role")}
    who = str(given.get("who") or "")
    if who.startswith(FIELD):
        spec = specs(key).get(who.removeprefix(FIELD))
        value = value_of(record, spec) if spec else None
        return [int(value)] if value else []
    way = ways.get(who)
    return way.find(record, read) if way else []


def said(key: str, owned: bool, given: dict[str, Any], show: Show) -> str:
    """Whom, in words."""
    who, asks = str(given.get("who") or ""), asked(key, owned)
    label = next((str(label) for k, label, _tone in asks["who"].choices if k == who), who)
    name = who if who in ("person", "role") else ""
    try:
        value = asks[name].kind.parse(asks[name], given.get(name), show) if name else None
    except BadValue:
        value = None
    if value is None:
        return label
    words = asks[name].kind.words(asks[name], value, show)
    return _("everybody who is “%(role)s”") % {"role": words} if name == "role" else words
