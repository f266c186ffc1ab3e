"""Kinds of values. A kind knows how its values are read, checked, shown, filtered, exported and described; nobody else does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from markupsafe import Markup

from ..errors import Invalid
from ..spec import Show, Spec
from . import html

Cell = Callable[[Any], Markup]
KINDS: dict[str, Kind] = {}


class BadValue(ValueError):
    """The text does not make a value of this kind; the message says what would."""


class Kind:
    """Behaviour of one kind of value. Stateless; one instance per key."""

    key: ClassVar[str] = ""
    control: ClassVar[str] = "text"  # which macro of parts/field.html draws its input
    align: ClassVar[str] = ""  # "r" for numbers
    family: ClassVar[str] = "text"  # text, number, moment, set, array, flag: how a filter compares
    operators: ClassVar[tuple[str, ...]] = ("contains", "eq", "ne", "starts", "empty", "filled")
    groupable: ClassVar[bool] = False
    columnar: ClassVar[bool] = False  # whether its values make the columns of a board

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        """The value of what a person typed or a file holds; None when empty. Raises BadValue."""
        if raw is None:
            return None
        value = self.trimmed(spec, str(raw).replace("\x00", ""))
        if spec.max_length and len(value) > spec.max_length:
            raise BadValue(_("At most %(n)s characters; these are %(m)s.") % {"n": spec.max_length, "m": len(value)})
        return value or None

    def trimmed(self, spec: Spec, typed: str) -> str:
        """What was typed without what is no part of the value."""
        return typed.strip()

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        """The value as a person reads it; "" when empty."""
        return "" if value is None else str(value)

    def full(self, spec: Spec, value: Any, show: Show) -> str:
        """The same on the page of the record itself."""
        return self.words(spec, value, show)

    def cell(self, spec: Spec, show: Show) -> Cell:
        """A function that turns values into HTML, made once per column and request."""
        full, escape, empty = self.full, html.text, html.EMPTY

        def draw(value: Any) -> Markup:
            shown = full(spec, value, show)
            return escape(shown) if shown else empty

        return draw

    def column(self, spec: Spec, show: Show) -> Cell:
        """The same for a cell of a table, whose head says the unit."""
        return self.cell(spec, show)

    def scattered(self, spec: Spec, show: Show) -> Cell:
        """The same where values stand scattered over cards, without a head."""
        return self.cell(spec, show)

    def unit(self, spec: Spec, show: Show) -> str:
        """What the head of a table says of all values below it."""
        return ""

    def entry(self, spec: Spec, value: Any, show: Show) -> str:
        """The value as it stands in an input."""
        return "" if value is None else str(value)

    def export(self, spec: Spec, value: Any, show: Show) -> Any:
        """The value for a spreadsheet: str, int, Decimal, date, datetime or None."""
        return self.words(spec, value, show) or None

    def json(self, spec: Spec, value: Any) -> Any:
        """The value for the API."""
        return value

    def schema(self, spec: Spec) -> dict[str, Any]:
        """JSON schema of the API value."""
        return {"type": "string"} | ({"maxLength": spec.max_length} if spec.max_length else {})

    def taken(self, spec: Spec) -> dict[str, Any]:
        """JSON schema of what the API takes; as it answers, unless a kind says otherwise."""
        return self.schema(spec)

    def mask(self, spec: Spec, value: Any) -> Any:
        """What a reader of a masked field sees instead; of anything but text, nothing."""
        return None if value in (None, "") or self.family != "text" else "****"

    def operand(self, spec: Spec, raw: str, show: Show) -> Any:
        """A filter's operand; as parse, never None. Raises BadValue."""
        value = self.parse(spec.changed(max_length=0), raw, show)
        if value is None:
            raise BadValue(_("A value is missing."))
        return value

    def options(self, spec: Spec, show: Show) -> Sequence[tuple[Any, str, str]]:
        """(value, words, tone) to choose from; empty when the values are not a short list."""
        return ()

    def lane(self, value: Any) -> Any:
        """Which of several ways a value belongs to: a board leaves out the columns of ways that nothing shown is on."""
        return None

    def steps(self, spec: Spec, value: Any, show: Show) -> Sequence[tuple[Any, str, str]]:
        """(value, words, tone) of the steps a record with this value takes one after another; empty when the values are no path."""
        return ()


def kind(key: str) -> Kind:
    """The kind of this key; KeyError names an unknown one."""
    return KINDS[key]


def register(cls: type[Kind]) -> type[Kind]:
    """Class decorator: make the kind known under its key."""
    if cls.key in KINDS:
        raise RuntimeError(f"kind {cls.key!r} is declared twice")
    KINDS[cls.key] = cls()
    return cls


def parse_all(specs: Sequence[Spec], given: dict[str, Any], show: Show, *, partial: bool = False) -> dict[str, Any]:
    """The values of all specs that were given (all, unless partial). Raises Invalid naming every bad field at once."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for spec in specs:
        if spec.name not in given:
            if partial:
                continue
            raw = spec.default() if callable(spec.default) else spec.default
        else:
            raw = given[spec.name]
        try:
            value = spec.kind.parse(spec, raw, show)
        except BadValue as bad:
            errors[spec.name] = [str(bad)]
            continue
        if spec.required and value in (None, "", []):
            errors[spec.name] = [_("Please fill in.")]
        values[spec.name] = value
    if errors:
        raise Invalid(errors)
    return values


def worded(key: str, value: Any, show: Show) -> str:
    """A value kept as JSON in the words of a kind; what cannot be read as one stays as it is."""
    found = KINDS[key]
    spec = Spec("", "", found)
    try:
        return found.words(spec, found.parse(spec, value, show), show)
    except BadValue:
        return str(value)
