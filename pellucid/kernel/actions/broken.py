"""What the database or a model refused, as sentences at the fields they speak of."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.utils.translation import gettext as _

from pellucid.kernel.records.errors import Invalid

from .declare import actions


def said(error: IntegrityError) -> Invalid:
    """A broken constraint as a sentence, at its field if it speaks of one, by the constraint's own message where the model has one."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", "") or ""
    for model in {a.model for a in actions.values()}:
        for constraint in model._meta.constraints:
            if constraint.name == name:
                names = about(constraint)
                return Invalid({names[0] if len(names) == 1 else "": [violated(model, constraint, names)]})
    column = getattr(diagnosis, "column_name", None)
    return Invalid({column or "": [_("The database refused this: %(reason)s") % {"reason": name or str(error).splitlines()[0]}]})


def violated(model: type[models.Model], constraint: Any, names: list[str]) -> str:
    """What a constraint says: its own message, else the one for values that are taken."""
    if isinstance(constraint, models.UniqueConstraint) and constraint.violation_error_message == constraint.default_violation_error_message:
        return str(model().unique_error_message(model, names).messages[0])
    return str(constraint.get_violation_error_message())


def cleaned(record: Any, exclude: set[str] | None = None) -> None:
    """The model's own checks (fields, clean) as Invalid. Its constraints are the database's, which speaks when the row is written; what a
    link points at was looked up when it was typed."""
    links = {f.name for f in record._meta.concrete_fields if f.is_relation and getattr(record, f.attname) is not None}
    try:
        record.full_clean(exclude=(exclude or set()) | links, validate_constraints=False)
    except ValidationError as error:
        said_of = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
        raise Invalid({("" if k == "__all__" else k): [str(m) for m in v] for k, v in said_of.items()}) from error


def about(constraint: Any) -> list[str]:
    """The fields a constraint speaks of."""
    if getattr(constraint, "fields", ()):
        return list(constraint.fields)
    names: list[str] = []

    def walk(node: Any) -> None:
        for child in getattr(node, "children", ()):
            if isinstance(child, tuple):
                names.append(child[0].split("__")[0])
            else:
                walk(child)

    walk(getattr(constraint, "condition", None))
    return list(dict.fromkeys(names))
