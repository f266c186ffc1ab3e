"""The cells of one column become values; what was read once is remembered, for files repeat themselves."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.records import versions
from pellucid.kernel.records.kinds.base import BadValue
from pellucid.kernel.records.models import Term
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.records.words import folded

from .mapping import Rule
from .readers import Cell
from .readers.cells import serial_day

REMEMBERED = 20_000
SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(.*)", re.S)
SERIAL = re.compile(r"\d{4,5}(?:\.\d+)?")


class Bad(str):
    """A sentence that stands where a value should be."""


def order_of_dates(cells: Iterable[Cell]) -> str:
    """How dates such as 1/26/2013 are written in a column: mdy or dmy when it is certain, else nothing is said."""
    found = [m for c in cells if isinstance(c, str) and (m := SLASHED.match(c.strip()))]
    first, second = (max((int(m.group(n)) for m in found), default=0) for n in (1, 2))
    return "mdy" if first <= 12 < second <= 31 else "dmy" if second <= 12 < first <= 31 else ""


class Unknown(str):
    """A word that names nothing yet; a record is made for it."""


class Reader:
    """Reads the cells of one column. Links are only cleaned here; they are looked up for many rows at once."""

    def __init__(self, spec: Spec, rule: Rule, show: Show, *, may_add_terms: bool = False, makes: bool = False) -> None:
        self.spec, self.rule, self.show = spec, rule, show
        self._memory: dict[Cell, Any] = {}
        self._adds = may_add_terms and rule.unknown == "create" and spec.kind.key in ("term", "terms")
        self._makes = makes and rule.unknown == "create"
        self._values = {folded(k): v for k, v in rule.values.items()}
        self._checks_active = spec.name == "owner"

    @property
    def is_link(self) -> bool:
        return self.spec.kind.key == "link"

    def __call__(self, cell: Cell) -> Any:
        """The value of a cell, None for an empty one, Bad with the reason for one that cannot be read."""
        if cell is None:
            return None
        try:
            return self._memory[cell]
        except KeyError:
            if len(self._memory) > REMEMBERED:
                self._memory.clear()
            found = self._memory[cell] = self._read(cell)
            return found

    def forget(self) -> None:
        """Dictionaries, people or units may have changed."""
        if self.spec.kind.family in ("set", "array"):
            self._memory.clear()

    def _read(self, cell: Cell) -> Any:
        raw: Any = cell
        if isinstance(cell, str):
            raw = self._values.get(folded(cell), cell) if self._values else cell
            if raw == "":
                return None
        if self.is_link:
            return str(raw).strip() or None
        try:
            return self._parse(raw)
        except BadValue as bad:
            return self._unknown(raw, bad)
        except (ValueError, OverflowError):
            return Bad(_("“%(value)s” cannot be read here.") % {"value": str(raw)[:40]})

    def _parse(self, raw: Any) -> Any:
        spec, family = self.spec, self.spec.kind.family
        if family == "moment":
            if isinstance(raw, str) and SERIAL.fullmatch(raw):
                raw = serial_day(raw) or raw
            elif isinstance(raw, str) and self.rule.dates and (parts := SLASHED.match(raw)):
                first, second, year, rest = parts.groups()
                month, day = (first, second) if self.rule.dates == "mdy" else (second, first)
                raw = f"{year}-{month:0>2}-{day:0>2}{rest}"
        elif isinstance(raw, dt.date):
            raw = raw.isoformat(" ", "minutes") if isinstance(raw, dt.datetime) else raw.isoformat()
        elif family == "text" and isinstance(raw, bool):
            raw = _("Yes") if raw else _("No")
        if family == "number" and self.rule.times != 1:
            value = spec.kind.parse(spec.changed(digits=(30, 8)), raw, self.show)
            return None if value is None else spec.kind.parse(spec, self._scaled(Decimal(value)), self.show)
        value = spec.kind.parse(spec, raw, self.show)
        if self._checks_active and value is not None and not directory.users()[value].active:
            raise BadValue(_("This colleague no longer works here."))
        if spec.name == "created_at" and value is not None and value > self.show.now:
            raise BadValue(_("This lies in the future."))
        return value

    def _scaled(self, value: Decimal) -> Decimal:
        places = 0 if self.spec.kind.key == "integer" else self.spec.digits[1]
        return (value * self.rule.times).quantize(Decimal(1).scaleb(-places))

    def _unknown(self, raw: Any, bad: BadValue) -> Any:
        if self._makes:
            return Unknown(str(raw).strip())
        if self.spec.kind.key not in ("term", "terms"):
            return None if self.rule.unknown == "empty" and self.spec.kind.family == "set" else Bad(bad)
        if self.rule.unknown == "empty":
            return [] if self.spec.kind.key == "terms" else None
        if not self._adds:
            return Bad(bad)
        made = add_term(self.spec.dictionary, str(raw).strip()[:120])
        return [made] if self.spec.kind.key == "terms" else made


def add_term(dictionary: str, word: str) -> int:
    """A new value of a dictionary."""
    with transaction.atomic():
        position = Term.objects.filter(dictionary=dictionary).count()
        term, _made = Term.objects.get_or_create(dictionary=dictionary, code=folded(word)[:60],
                                                 defaults={"label": {"zh-hans": word, "en": word}, "position": position})
    versions.forget()
    return term.pk
