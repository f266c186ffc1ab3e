"""What an area adds to the import of its resources: records made for words that name none, and things a row says that are no field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pellucid.kernel.records.spec import Spec

Maker = Callable[..., int]
Unmaker = Callable[..., None]
_makers: dict[tuple[str, str], Maker] = {}
_unmakers: dict[tuple[str, str], Unmaker] = {}
_attributes: dict[str, dict[str, Spec]] = {}


def makes(key: str, kind: str) -> Callable[[Maker], Maker]:
    """Declare ``function(word, values, *, actor) -> id``: what a row of the resource means by an unknown word of this kind, when the
    mapping says that unknown words are to be created. Raises a Failure."""

    def keep(function: Maker) -> Maker:
        _makers[key, kind] = function
        return function

    return keep


def unmakes(key: str, kind: str) -> Callable[[Unmaker], Unmaker]:
    """Declare ``function(id, *, actor)``: how what a maker of this kind made goes away when the import is taken back. Raises a Failure
    when it is needed meanwhile; then it stays."""

    def keep(function: Unmaker) -> Unmaker:
        _unmakers[key, kind] = function
        return function

    return keep


def unmaker(key: str, kind: str) -> Unmaker | None:
    """The function of this resource and kind."""
    return _unmakers.get((key, kind))


def maker(key: str, kind: str) -> Maker | None:
    """The function of this resource and kind."""
    return _makers.get((key, kind))


def also_fills(key: str, *specs: Spec) -> None:
    """Let a column or a default give a value that is no field: it is set on the record as an attribute, for those who prepare it and
    for those who follow."""
    _attributes.setdefault(key, {}).update({s.name: s for s in specs})


def attributes(key: str) -> dict[str, Spec]:
    """The values of a resource that are no fields."""
    return _attributes.get(key, {})


def fill(record: Any, values: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Set the values that are no fields; returns the others."""
    own = attributes(key)
    for name in own:
        if name in values:
            setattr(record, name, values[name])
    return {n: v for n, v in values.items() if n not in own}
