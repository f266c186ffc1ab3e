"""Why a branch was taken: the values it was chosen by are kept as they were, and put into words in the language of whoever reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.conditions import filters_of
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import from_extra, specs
from pellucid.kernel.resources.telling import value_words

from .definition import Definition
from .form import form_specs, typed

WORDED = ("number", "moment", "text", "flag", "set")
PLAIN = (str, int, bool, type(None))


def looked_at(conditions: Iterable[str], at: int | None, value: Callable[[str], Any]) -> list[dict[str, Any]]:
    """The conditions up to the one that holds, each with what its fields held."""
    return [{"when": when, "met": n == at, "values": {name: kept(value(name)) for name in fields_of(when)}} for n, when in enumerate(conditions)]


def fields_of(condition: str) -> list[str]:
    """The fields a condition asks about, each once."""
    return list(dict.fromkeys(f.name for f in filters_of(condition)))


def kept(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, list | tuple | set):
        return [kept(one) for one in value]
    if isinstance(value, PLAIN):
        return value
    try:
        return DjangoJSONEncoder().default(value)
    except TypeError:
        return str(value)


def in_words(facts: Iterable[Any], definition: Definition, show: Show, actor: Actor) -> list[str]:
    """Each condition with the values that were and what it asks of them. What older requests keep is a sentence already."""
    own, known, out = form_specs(definition), specs(definition.subject), []
    for fact in facts:
        if isinstance(fact, str):
            out.append(fact)
            continue
        said = []
        for f in dict.fromkeys(filters_of(fact["when"])):
            spec = own.get(f.name) or known.get(f.name)
            if spec is not None:
                value = _again(definition.subject, spec, fact["values"].get(f.name), f.name in own, show)
                asked = _("asked for: %(value)s") % {"value": value_words(spec, f, show, actor)}
                said.append(f"{value_said(spec, value, show)} ({asked})")
        if said:
            out.append(_("; ").join(said) if fact["met"] else _("not met: %(facts)s") % {"facts": _("; ").join(said)})
    return out


def value_said(spec: Spec, value: Any, show: Show) -> str:
    """A field with what it holds."""
    said = spec.kind.words(spec, value, show) if spec.kind.family in WORDED and spec.kind.key != "link" else ""
    return f"{spec.label} {said or '–'}"


def _again(subject: str, spec: Spec, raw: Any, own: bool, show: Show) -> Any:
    """A kept value as its field holds it."""
    if own:
        return typed(spec, raw, show)
    if spec.custom:
        return from_extra(spec, raw)
    try:
        return registry[subject].model._meta.get_field(spec.column or spec.name).to_python(raw)
    except (ValidationError, FieldDoesNotExist):
        return raw
