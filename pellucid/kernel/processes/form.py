"""What a process itself asks for, as fields: its form, and who requests it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.records.kinds import BadValue, kind
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.records.translated import say

from .definition import Definition

FORM = "form_"
REQUESTER = "requester"
FORM_SQL = {"text": "text", "longtext": "text", "choice": "text", "integer": "bigint", "decimal": "numeric", "date": "date",
            "datetime": "timestamptz", "bool": "boolean", "user": "bigint", "unit": "bigint"}  # fmt: skip


def form_specs(definition: Definition) -> dict[str, Spec]:
    """What the process itself asks for, by the names conditions use."""
    out = {}
    for field in definition.form:
        choices = tuple((c, c, "") for c in field.choices)
        out[FORM + field.name] = Spec(FORM + field.name, _Said(field.label), kind(field.kind), column=FORM + field.name, choices=choices, null=True,
                                      options={"sql": FORM_SQL[field.kind]})  # fmt: skip
    out[REQUESTER] = Spec(REQUESTER, _("Requester"), kind("user"), column=REQUESTER, options={"sql": "bigint"})
    out[f"{REQUESTER}_unit"] = Spec(f"{REQUESTER}_unit", _("Requester's unit"), kind("unit"), column=f"{REQUESTER}_unit", null=True,
                                    options={"sql": "bigint"})  # fmt: skip
    return out


class _Said:
    """A label in the reader's language."""

    def __init__(self, label: dict[str, str]) -> None:
        self.label = label

    def __str__(self) -> str:
        return say(self.label)


def typed(spec: Spec, raw: Any, show: Show) -> Any:
    """What the form keeps as text, as a value of its kind; None for what is empty or does not fit any more."""
    try:
        return spec.kind.parse(spec, raw, show) if raw not in (None, "") else None
    except BadValue:
        return None
