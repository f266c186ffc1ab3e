"""A kind of value that only this area knows: which fields of a lead a web form asks for."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from markupsafe import Markup

from pellucid.kernel.records import fields
from pellucid.kernel.records.kinds import html
from pellucid.kernel.records.kinds.base import BadValue, Cell, Kind, register
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.fields import specs

ASKABLE = ("name", "contact_name", "position", "mobile", "phone", "email", "wechat", "size", "needs", "needs_note", "budget", "address", "website")
PLAIN = ("text", "longtext", "integer", "decimal", "date", "bool", "phone", "email", "url")  # kinds of custom fields that strangers can fill in


def askable() -> dict[str, Spec]:
    """The fields of a lead that a stranger can be asked for, custom ones too."""
    known = specs("lead")
    return {n: known[n] for n in ASKABLE if n in known} | {n: s for n, s in known.items() if s.custom and s.kind.key in PLAIN}


@register
class AskedKind(Kind):
    """Names of fields of a lead, in the order they are asked for."""

    key, control, family = "asked", "choices", "array"
    operators: ClassVar[tuple[str, ...]] = ("empty", "filled")

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        words = raw if isinstance(raw, (list, tuple)) else str(raw or "").replace("、", ",").split(",")
        known = {n.casefold(): n for n in askable()} | {label.casefold(): n for n, label, _tone in self.options(spec, show)}
        wanted = [w.strip() for w in map(str, words) if w.strip()]
        if unknown := [w for w in wanted if w.casefold() not in known]:
            raise BadValue(_("“%(value)s” is not in the list.") % {"value": unknown[0][:40]})
        chosen = {known[w.casefold()] for w in wanted}
        return [n for n in askable() if n in chosen]

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        labels = {n: label for n, label, _tone in self.options(spec, show)}
        return ("、" if show.chinese else ", ").join(labels[n] for n in value or () if n in labels)

    def cell(self, spec: Spec, show: Show) -> Cell:
        labels = {n: label for n, label, _tone in self.options(spec, show)}
        return lambda value: Markup(" ").join(html.tag(labels[n], "") for n in value if n in labels) if value else html.EMPTY

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "maxLength": 60}, "maxItems": 50}

    def options(self, spec: Spec, show: Show):
        return [(n, str(s.label), "") for n, s in askable().items()]


class AskedFields(fields.FieldNames):
    """Which fields of a lead are asked for."""

    kind = "asked"
