"""Writes address books (.vcf, vCard 3.0, RFC 2426: what every telephone reads): a row is a card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import vobject
from vobject.vcard import Address, Name

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records.errors import Forbidden
from pellucid.kernel.resources.declare import Resource
from pellucid.kernel.resources.fields import masked, readable, value_of

from .readers.cells import UNWANTED


def card(parts: Mapping[str, str]) -> str:
    """A card of (part, text); `fn` must be among them."""
    made = vobject.vCard()
    said = {name: UNWANTED.sub("", text) for name, text in parts.items() if text}
    made.add("fn").value = said.get("fn") or said.get("org") or "?"
    made.add("n").value = family_and_given(made.fn.value)
    if said.get("org") or said.get("org.unit"):
        made.add("org").value = [said.get("org", ""), *([said["org.unit"]] if said.get("org.unit") else [])]
    for name, kind in (("tel.cell", "CELL"), ("tel.work", "WORK")):
        if said.get(name):
            line = made.add("tel")
            line.value, line.type_param = said[name], kind
    if said.get("adr"):
        made.add("adr").value = Address(street=said["adr"])
    for name in ("title", "email", "url", "bday", "note", "x-wechat"):
        if said.get(name):
            made.add(name).value = said[name]
    return str(made.serialize())


def family_and_given(name: str) -> Name:
    """The name in parts: of a Chinese one the first character, as the telephone sorts; the whole of others as they stand."""
    if len(name) in (2, 3) and all("\u4e00" <= c <= "\u9fff" for c in name):
        return Name(family=name[0], given=name[1:])
    return Name(given=name)


class CardFile:
    """A file of cards with the interface of the tables."""

    def __init__(self, file: BinaryIO, parts: Sequence[str]) -> None:
        self._file, self._parts, self.rows = file, tuple(parts), 0

    def row(self, values: Sequence[Any]) -> None:
        """Write one card; what is None is not in it."""
        said = {part: str(value) for part, value in zip(self._parts, values, strict=True) if part and value not in (None, "")}
        self._file.write(card(said).encode())
        self.rows += 1


def parts_of(resource: type[Resource], actor: Actor) -> dict[str, str]:
    """Part -> field of what the actor may read in full. Forbidden without the right to export."""
    key = resource.key()
    if not actor.may(key, "export"):
        raise Forbidden(f"{key}.export")
    may = readable(key, actor)
    return {part: name for part, name in resource.card.items() if name in may and not masked(key, name, actor)}


def card_of(resource: type[Resource], record: Any, actor: Actor) -> str:
    """One record as a card, of the fields the actor may read in full."""
    show, specs = show_for(actor), readable(resource.key(), actor)
    said = {}
    for part, name in parts_of(resource, actor).items():
        value = value_of(record, specs[name])
        if specs[name].kind.key == "link" and value:
            value = str(getattr(record, name))
        elif value not in (None, ""):
            value = specs[name].kind.export(specs[name], value, show)
        said[part] = str(value or "")
    return card(said)
