"""Values chosen from a list: choices of the code, levels, dictionary terms."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import override
from markupsafe import Markup

from .. import terms, words
from ..spec import Show, Spec
from ..translated import LANGUAGES
from . import html
from .base import BadValue, Cell, Kind, register

SET = ("in", "notin", "empty", "filled")


@register
class ChoiceKind(Kind):
    key, control, family, operators, groupable = "choice", "choice", "set", SET, True
    columnar = True

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        if raw is None or str(raw).strip() == "":
            return None
        typed, word = str(raw).strip(), words.folded(raw)
        if exact := [value for value, _label, _tone in spec.choices if str(value) == typed]:
            return exact[0]
        for value, label, _tone in spec.choices:
            if word in (words.folded(value), words.folded(label)):
                return value
        for language in LANGUAGES:
            with override(language):
                for value, label, _tone in spec.choices:
                    if words.folded(label) == word:
                        return value
        raise BadValue(
            _("“%(value)s” is not one of: %(choices)s.")
            % {"value": typed[:40], "choices": ", ".join(str(c[1]) for c in spec.choices[:12])}
        )

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return next((str(label) for known, label, _tone in spec.choices if known == value), "" if value is None else str(value))

    def cell(self, spec: Spec, show: Show) -> Cell:
        drawn = {value: html.tag(label, tone) for value, label, tone in spec.choices}
        return lambda value: drawn.get(value) or (html.text(value) if value not in (None, "") else html.EMPTY)

    def schema(self, spec: Spec) -> dict[str, Any]:
        empty = [""] if spec.empty == "" and not any(c[0] == "" for c in spec.choices) else []  # a column that says "none" without NULL
        return {"enum": [*(c[0] for c in spec.choices), *empty]}

    def options(self, spec: Spec, show: Show):
        return [(value, str(label), tone) for value, label, tone in spec.choices]


@register
class CodeKind(Kind):
    """Keys that have names, such as kinds of records: kept as they are, read and chosen by their names."""

    key, control, family, operators, groupable = "code", "choice", "set", SET, True

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return "" if value is None else spec.options["called"](show.language).get(value, str(value))

    def options(self, spec: Spec, show: Show):
        return [(key, name, "") for key, name in sorted(spec.options["called"](show.language).items(), key=lambda pair: pair[1])]


@register
class LevelKind(ChoiceKind):
    key = "level"

    def cell(self, spec: Spec, show: Show) -> Cell:
        drawn = {value: html.level(place, str(label)) for place, (value, label, _tone) in enumerate(spec.choices, 1)}
        return lambda value: drawn.get(value, html.EMPTY)

    def steps(self, spec: Spec, value: Any, show: Show):
        return self.options(spec, show)


@register
class PicksKind(Kind):
    """Several of a list that whoever asks knows: he checks what was chosen."""

    key, control, family = "picks", "choices", "array"

    def options(self, spec: Spec, show: Show):
        return [(value, str(label), tone) for value, label, tone in spec.choices]

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        return [str(v) for v in (raw if isinstance(raw, (list, tuple)) else [raw] if raw else [])]

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        said = {str(known): str(label) for known, label, _tone in spec.choices}
        return ("、" if show.chinese else ", ").join(said.get(v, v) for v in value or ())

    def cell(self, spec: Spec, show: Show) -> Cell:
        return lambda value: html.text(self.words(spec, value, show)) if value else html.EMPTY

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "maxLength": 80}, "maxItems": 50}


@register
class TermKind(Kind):
    key, control, family, groupable = "term", "choice", "set", True
    columnar = True
    operators: ClassVar[tuple[str, ...]] = (*SET, "below")

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        if raw is None or str(raw).strip() == "":
            return None
        found = terms.find(spec.dictionary, raw)
        if found is None:
            raise BadValue(_("“%(value)s” is not in the list.") % {"value": str(raw)[:40]})
        return found

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return terms.label(value, show.language) if value is not None else ""

    def cell(self, spec: Spec, show: Show) -> Cell:
        known = terms.known()
        drawn: dict[int, Markup] = {}

        def draw(value: Any) -> Markup:
            if value is None:
                return html.EMPTY
            shown = drawn.get(value)
            if shown is None:
                term = known.get(value)
                label = terms.label(value, show.language)
                shown = drawn[value] = html.tag(label, term.tone) if term and term.tone else html.text(label)
            return shown

        return draw

    def json(self, spec: Spec, value: Any) -> Any:
        term = terms.known().get(value)
        return term.code if term else None

    def entry(self, spec: Spec, value: Any, show: Show) -> str:
        return "" if value is None else str(value)

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "string", "maxLength": 60, "description": f"code of a value of the dictionary {spec.dictionary}"}

    def options(self, spec: Spec, show: Show):
        return terms.options(spec.dictionary, show.language)


@register
class TermsKind(TermKind):
    key, control, family = "terms", "choices", "array"
    operators: ClassVar[tuple[str, ...]] = ("any", "all", "none", "empty", "filled")

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        if raw is None:
            return []
        parts = (
            raw
            if isinstance(raw, (list, tuple))
            else re.split("[,，;；、]", str(raw))
        )
        found = [super(TermsKind, self).parse(spec, part, show) for part in parts]
        return sorted({f for f in found if f is not None})

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return ("、" if show.chinese else ", ").join(terms.label(v, show.language) for v in value or ())

    def cell(self, spec: Spec, show: Show) -> Cell:
        known, tags = terms.known(), {}

        def draw(value: Any) -> Markup:
            if not value:
                return html.EMPTY
            for v in value:
                if v not in tags:
                    tags[v] = html.tag(terms.label(v, show.language), known[v].tone if v in known else "")
            return Markup(" ").join([tags[v] for v in value])

        return draw

    def entry(self, spec: Spec, value: Any, show: Show) -> str:
        return ",".join(str(v) for v in value or ())

    def json(self, spec: Spec, value: Any) -> Any:
        known = terms.known()
        return [known[v].code for v in value or () if v in known]

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "maxLength": 60}, "maxItems": 50}

    def operand(self, spec: Spec, raw: str, show: Show) -> Any:
        return TermKind.parse(self, spec, raw, show)
