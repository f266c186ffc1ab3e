"""Set forms of the generic verbs: the effect of update, delete, restore and reassign on many records in few statements."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import follow, prepare
from pellucid.kernel.actions.many import set_form
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.models import OwnedRecord, Record, stays_kept

from .declare import Resource, registry
from .fields import specs
from .giving import reassign_many
from .verbs import assign, checked, children_of, hold_root, into_bin, keep_references, settle


def sound(records: Sequence[Record], columns: set[str]) -> None:
    """The fields' and the model's own checks; what the database checks by itself is left to it. Raises Invalid."""
    try:
        for record in records:
            record.clean_fields(exclude={f.name for f in record._meta.fields if f.name not in columns})
            record.clean()
    except ValidationError as error:
        raise Invalid("; ".join(error.messages)) from error


def update_many(resource: type[Resource]):
    """The set form of `<key>_update`: the same values on every record."""
    def made(records: Sequence[Any], *, actor: Actor, values: dict[str, Any]) -> None:
        key, known = resource.key(), specs(resource.key())
        given = checked(resource, values, actor, partial=True)
        before = [{f.attname: getattr(r, f.attname) for f in r._meta.concrete_fields} for r in records]
        touched = [(r, old, changed) for r, old in zip(records, before, strict=True) if (changed := assign(r, given, key))]
        if not touched:
            return
        altered = frozenset(n for _r, _old, names in touched for n in names)
        if getattr(resource.model, "scope_via", "") in altered:  # the same values on all: one root
            hold_root(resource.model, touched[0][0])
        prepare(resource.model, [r for r, _old, _names in touched], actor=actor, changed=altered)
        for record, _old, names in touched:
            settle(record, names, actor)
        fields = {"extra" if known[n].custom else n for n in altered}
        for record, old, _names in touched:
            fields |= {f.name for f in record._meta.concrete_fields if getattr(record, f.attname) != old[f.attname]}
        sound([r for r, _old, _names in touched], fields)
        resource.model._base_manager.bulk_update([r for r, _old, _names in touched], sorted(fields), batch_size=500)
        if any(known[n].custom and known[n].kind.key == "link" for n in altered):
            for record, _old, _names in touched:
                keep_references(key, record)
        follow(resource.model, [r for r, _old, _names in touched], actor=actor, changed=altered)
        noted(fields=sorted(altered))
    return made


def delete_many(records: Sequence[Record], *, actor: Actor) -> None:
    """Put records into the bin with their children. Refused when living roots hang on any of them."""
    model, ids = type(records[0]), [r.pk for r in records]
    if any(stays_kept(r) for r in records):
        raise Refused("")
    children = {child for child, _via in children_of(model)}
    for res in registry.values():
        for field in res.model._meta.fields if res.model not in children else ():
            if field.related_model is model and field.name not in ("created_by", "deleted_by"):
                held = res.model._base_manager.filter(**{f"{field.name}__in": ids}, deleted_at=None, merged_into=None)
                if held.exists():
                    raise Refused("")
    into_bin(model, records, actor=actor)


def declare_sets(resource: type[Resource]) -> None:
    """Register the set forms of a resource."""
    key = resource.key()
    set_form(f"{key}_update", update_many(resource))
    set_form(f"{key}_delete", delete_many)
    if issubclass(resource.model, OwnedRecord) and not resource.model.stays:
        set_form(f"{key}_reassign", reassign_many)
