"""Two records become one. The survivor keeps its id, the other is a tombstone that leads to it; what pointed there points here, with a
log, so that within 30 days whatever is still as it was left can go back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.records.models import Record, Reference

from .declare import resource_of
from .fields import from_extra, specs, to_extra, value_of
from .models import MergeRun
from .references import Pointer, pointer, pointers
from .verbs import write

UNDO_WITHIN = dt.timedelta(days=30)


def merge(survivor: Record, other: Record, *, actor: Actor, take: tuple[str, ...] = (), also: Sequence[dict[str, Any]] = (),
          given: Mapping[str, Any] | None = None) -> MergeRun:  # fmt: skip
    """Move everything of `other` to `survivor`, fill the survivor's empty fields (and those named in `take`) from it, bury it. Both are
    locked by the caller's action. `also` is what was put `aside` for it, `given` are values that the caller decides."""
    if survivor.pk == other.pk:
        raise Refused(_("A record cannot be merged with itself."))
    key, model = survivor._meta.model_name or "", type(survivor)
    run = MergeRun(resource=key, survivor_id=survivor.pk, merged_id=other.pk, by_id=actor.user_id)
    run.filled = fill(survivor, other, take, actor, given or {})
    other.merged_into = survivor.pk
    other.save(update_fields=("merged_into",))
    run.moved = [moved for p in pointers(model) if (moved := move(p, key, other.pk, survivor.pk))["ids"]]
    run.moved += [*relink(key, other.pk, survivor.pk), *also]
    run.save()
    return run


def aside(rows: QuerySet[Any], **values: Any) -> list[dict[str, Any]]:
    """Change rows of the one that goes, because both cannot stand beside each other in the survivor; the log puts them back."""
    kept = []
    for row in rows.order_by("pk").select_for_update(of=("self",), no_key=True):
        old = {name: _plain(getattr(row, name)) for name in values}
        row.__class__._base_manager.filter(pk=row.pk).update(**values)
        kept.append({"row": [row._meta.label, row.pk], "ids": [row.pk], "old": old, "new": {n: _plain(v) for n, v in values.items()}})
    return kept


def put_back(moved: dict[str, Any]) -> None:
    """What was put aside stands again, unless it was changed since or its place is taken."""
    label, pk = moved["row"]
    model = apps.get_model(label)
    row = model._base_manager.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
    if row is None or any(_plain(getattr(row, name)) != value for name, value in moved["new"].items()):
        return
    try:
        with transaction.atomic():
            old = {name: model._meta.get_field(name).to_python(value) for name, value in moved["old"].items()}
            model._base_manager.filter(pk=pk).update(**old)
    except IntegrityError:
        return


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else str(value) if isinstance(value, Decimal) else value


def fill(survivor: Record, other: Record, take: tuple[str, ...], actor: Actor, given: Mapping[str, Any]) -> dict[str, Any]:
    """Fill the survivor's empty fields; {field: [old, new]} as kept in JSON."""
    filled, changed = {}, set()
    for name, spec in specs(survivor._meta.model_name or "").items():
        if not spec.editable or name == resource_of(type(survivor)).title and name not in take:
            continue
        mine, theirs = value_of(survivor, spec), value_of(other, spec)
        if name in given:
            if mine != given[name]:
                setattr(survivor, spec.column, given[name])
                filled[name] = [to_extra(spec, mine), to_extra(spec, given[name])]
                changed.add(name)
            continue
        if theirs in (None, "", [], False) or mine == theirs or (mine not in (None, "", []) and name not in take):
            continue
        if spec.custom:
            survivor.extra = {**survivor.extra, name: other.extra[name]}
        else:
            setattr(survivor, spec.column, theirs)
        filled[name] = [to_extra(spec, mine), to_extra(spec, theirs)]
        changed.add(name)
    if changed:
        write(resource_of(type(survivor)), survivor, changed, actor=actor)
    return filled


def move(p: Pointer, key: str, old: int, new: int) -> dict[str, Any]:
    """Re-point rows; those that would stand twice stay where they are."""
    ids = list(p.rows(key, old).order_by("pk").values_list("pk", flat=True))
    if ids:
        try:
            with transaction.atomic():
                p.model._base_manager.filter(pk__in=ids).update(**{p.column: new})
        except IntegrityError:
            ids = [pk for pk in ids if moved_alone(p, pk, new)]
    return {"pointer": p.name, "ids": ids}


def moved_alone(p: Pointer, pk: Any, new: int) -> bool:
    """Re-point one row, unless a constraint says it is there already."""
    try:
        with transaction.atomic():
            return bool(p.model._base_manager.filter(pk=pk).update(**{p.column: new}))
    except IntegrityError:
        return False


def relink(key: str, old: int, new: int) -> list[dict[str, Any]]:
    """Re-point custom link fields, which are kept in JSON and mirrored in the reference registry."""
    out = []
    for ref in Reference.objects.filter(target=key, target_id=old):
        try:
            model = resource_model(ref.resource)
        except KeyError:
            continue
        row = model._base_manager.select_for_update().filter(pk=ref.record_id).first()
        if row is None or row.extra.get(ref.field) != old:
            continue
        row.extra = {**row.extra, ref.field: new}
        row.save(update_fields=("extra",))
        Reference.objects.filter(pk=ref.pk).update(target_id=new)
        out.append({"link": [ref.resource, ref.record_id, ref.field], "ids": [ref.pk]})
    return out


def resource_model(key: str) -> type[Record]:
    """The model of a resource. KeyError if there is none."""
    from .declare import registry

    return registry[key].model


def unmerge(run: MergeRun, *, actor: Actor) -> None:
    """Take a merge apart: what still is as the merge left it goes back, what was changed since stays."""
    if run.undone_at is not None:
        raise Refused(_("This merge was taken back already."))
    if timezone.now() - run.at > UNDO_WITHIN:
        raise Refused(_("A merge can be taken back for 30 days."))
    model = resource_model(run.resource)
    survivor = model._base_manager.select_for_update(of=("self",), no_key=True).get(pk=run.survivor_id)
    other = model._base_manager.select_for_update(of=("self",), no_key=True).get(pk=run.merged_id)
    other.merged_into = None
    other.save(update_fields=("merged_into",))
    for moved in run.moved:
        if "row" in moved:
            put_back(moved)
        elif "link" in moved:
            back(moved, run)
        elif (p := pointer(moved["pointer"], model)) is not None:
            for pk in p.rows(run.resource, run.survivor_id).filter(pk__in=moved["ids"]).values_list("pk", flat=True):
                moved_alone(p, pk, run.merged_id)
    known = specs(run.resource)
    changed = set()
    for name, (old, new) in run.filled.items():
        spec = known.get(name)
        if spec is None or to_extra(spec, value_of(survivor, spec)) != new:
            continue
        if spec.custom:
            survivor.extra = {k: v for k, v in survivor.extra.items() if k != name} | ({name: old} if old not in (None, "", []) else {})
        else:
            setattr(survivor, spec.column, spec.empty if old is None and not spec.null else from_extra(spec, old))
        changed.add(name)
    if changed:
        write(resource_of(model), survivor, changed, actor=actor)
    run.undone_at = timezone.now()
    run.save(update_fields=("undone_at",))


def back(moved: dict[str, Any], run: MergeRun) -> None:
    """A custom link goes back, if it still points at the survivor."""
    key, pk, name = moved["link"]
    row = resource_model(key)._base_manager.select_for_update().filter(pk=pk).first()
    if row is not None and row.extra.get(name) == run.survivor_id:
        row.extra = {**row.extra, name: run.merged_id}
        row.save(update_fields=("extra",))
        Reference.objects.filter(pk__in=moved["ids"]).update(target_id=run.merged_id)
