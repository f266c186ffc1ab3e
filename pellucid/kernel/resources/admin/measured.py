"""What a custom field measures, and for which records it is asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext as _

from pellucid.kernel.records import terms
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.records.translated import say

from ..fields import model_specs
from ..models import CustomField

MOST = 10**14
MOST_VALUES = 30  # of a dictionary whose values a field may be asked for


def narrowing(key: str) -> list[tuple[str, str]]:
    """What a field of a resource may be asked for only: the values of its short dictionaries."""
    out = []
    for name, spec in model_specs(key).items():
        values = terms.dictionaries().get(spec.dictionary, ()) if spec.kind.key == "term" else ()
        if len(values) <= MOST_VALUES:
            out += [(f"{name}:{v.id}", f"{spec.label}{_(': ')}{say(v.label)}") for v in values if not v.retired and v.merged_into is None]
    return out


def measure(field: CustomField, uom: str, bands: str, only: Sequence[str]) -> None:
    """Unit and bands of a number; for which values of one other field it is asked for."""
    number = field.kind == CustomField.Kind.DECIMAL
    field.uom, field.edges = ((uom or "").strip(), _edges(bands)) if number else ("", [])
    if unknown := set(only or ()) - {value for value, _label in narrowing(field.resource)}:
        raise Invalid({"only": [_("Please choose from the list.") + f" {', '.join(sorted(unknown))[:60]}"]})
    names = {value.partition(":")[0] for value in only or ()}
    if len(names) > 1:
        raise Invalid({"only": [_("Choose values of one field.")]})
    if names and field.required:
        raise Invalid({"required": [_("What is not asked for always cannot be required.")]})
    field.only_for = {"field": names.pop(), "terms": [int(value.partition(":")[2]) for value in only]} if names else {}


def _edges(typed: str) -> list[str]:
    """Where bands begin, each higher than the one before."""
    try:
        found = [Decimal(part.strip()) for part in re.split("[,，;；、]", typed or "") if part.strip()]
    except ArithmeticError:
        raise Invalid({"bands": [_("Please write numbers with commas between them.")]}) from None
    if any(not n.is_finite() or not -MOST < n < MOST for n in found) or any(b <= a for a, b in pairwise(found)):
        raise Invalid({"bands": [_("Each band begins higher than the one before.")]})
    return [f"{n.normalize():f}" for n in found]
