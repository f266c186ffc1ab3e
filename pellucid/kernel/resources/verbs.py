"""The verbs every resource has: create, update, delete, restore, reassign, share, comment, watch. Each is an action like any other."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import partial
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.broken import cleaned
from pellucid.kernel.actions.declare import Action, follow, follows, keep_action, prepare, specs_of
from pellucid.kernel.actions.links import check_links
from pellucid.kernel.actions.run import noted, scoped, show_for
from pellucid.kernel.records.errors import Invalid, Refused, Stale
from pellucid.kernel.records.kinds import parse_all
from pellucid.kernel.records.models import OwnedRecord, Record, Reference, root_model, stays_kept
from pellucid.kernel.records.numbers import draw

from .beside import named_beside
from .declare import Resource, registry
from .fields import specs, to_extra, value_of, writable
from .giving import MOVED as MOVED
from .giving import asked, foreseen, place_of, reassign, shown
from .merging import changed_since
from .together import comment, own_now, share, unshare, watch

GONE = frozenset({"deleted_at"})  # what followers are told when records go into the bin or come back


def assign(record: Record, values: dict[str, Any], key: str) -> set[str]:
    """Put parsed values on a record; returns the names that really changed."""
    known = specs(key)
    changed: set[str] = set()
    for name, value in values.items():
        spec = known[name]
        if value is None and not spec.null and not spec.custom:
            value = spec.empty() if callable(spec.empty) else spec.empty
        if value_of(record, spec) == value:
            continue
        changed.add(name)
        if spec.custom:
            extra = dict(record.extra)
            kept = to_extra(spec, value)
            if kept in (None, "", []):
                extra.pop(name, None)
            else:
                extra[name] = kept
            record.extra = extra
        else:
            setattr(record, spec.column if hasattr(record, spec.column) else name, value)
    return changed


def checked(resource: type[Resource], given: dict[str, Any], actor: Actor, *, partial: bool) -> dict[str, Any]:
    """Raw values parsed against what the actor may write. An unknown or unwritable name is the error of an unknown field."""
    may = writable(resource.key(), actor)
    if unknown := [name for name in given if name not in may]:
        raise Invalid({name: [_("There is no field “%(name)s” to fill in.") % {"name": name}] for name in unknown})
    asked = list(may.values()) if not partial else [may[name] for name in given]
    values = parse_all(asked, given, show_for(actor), partial=partial)
    check_links([may[name] for name in values], values, actor, named_beside(may, values, actor))
    return values


def settle(record: Record, changed: Set[str], actor: Actor) -> None:
    """A root whose owner was changed goes to his unit, unless a unit was given with him; the branch is the unit's."""
    if not isinstance(record, OwnedRecord) or not changed & {"owner", "unit"}:
        return
    if "unit" not in changed:
        record.unit_id = None  # type: ignore[assignment] # place_of fills it
    place_of(record, actor)


def create(resource: type[Resource]):
    """Make the function behind `<key>_create`. An action that makes a record of another one calls it with the record `filled` already."""

    def made(*, actor: Actor, values: dict[str, Any] | None = None, filled: Record | None = None) -> Record:
        if filled is not None:
            return insert(resource, filled, actor=actor)
        record = resource.model()
        given = checked(resource, values or {}, actor, partial=False)
        assign(record, given, resource.key())
        return insert(resource, record, actor=actor)

    return made


def insert(resource: type[Resource], record: Record, *, actor: Actor) -> Record:
    """Write a new record whose values are set: place, number, the area's preparation, checks."""
    record.created_by_id = actor.user_id
    hold_root(resource.model, record)
    if isinstance(record, OwnedRecord):
        place_of(record, actor)
    if resource.number and not getattr(record, "number", ""):
        record.number = draw(resource.key(), resource.number)  # type: ignore[attr-defined]
    prepare(resource.model, [record], actor=actor, changed=None)
    cleaned(record, exclude={"created_by", "deleted_by"})
    record.save(force_insert=True)
    keep_references(resource.key(), record)
    follow(resource.model, [record], actor=actor, changed=None)
    return record


def hold_roots(model: type[models.Model], records: Sequence[Any]) -> set[int]:
    """Lock the roots that children hang on, in the order of their ids; returns those that are (still) there. A merge or a deletion at the
    same moment comes before or after, and takes the child along."""
    field = model._meta.get_field(model.scope_via)  # type: ignore[attr-defined]
    ids = {getattr(r, field.attname) for r in records} - {None}
    living = field.related_model._base_manager.filter(pk__in=ids, deleted_at=None, merged_into=None).order_by("pk")
    return set(living.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def hold_root(model: type[models.Model], record: Any) -> None:
    """Lock the root of a child that is about to be hung there. Raises Invalid when it has gone."""
    via = getattr(model, "scope_via", "")
    if via and getattr(record, model._meta.get_field(via).attname) is not None and not hold_roots(model, [record]):
        raise Invalid({via: [_("This record does not exist, or it is not yours to see.")]})


def update(resource: type[Resource]):
    """Make the function behind `<key>_update`."""

    def made(record: Record, *, actor: Actor, values: dict[str, Any], version: int | None = None, strict: bool = False) -> Record:
        given = checked(resource, values, actor, partial=True)
        merged = conflicts(resource, record, given, version, strict)
        changed = assign(record, given, resource.key())
        if changed:
            write(resource, record, changed, actor=actor)
        noted(fields=sorted(changed), **({"merged": sorted(merged)} if merged else {}))
        return record

    return made


def write(resource: type[Resource], record: Record, changed: set[str], *, actor: Actor) -> None:
    """Save changed fields of a locked record, with the area's preparation and checks."""
    before = {f.attname: getattr(record, f.attname) for f in record._meta.concrete_fields}
    if getattr(resource.model, "scope_via", "") in changed:
        hold_root(resource.model, record)
    prepare(resource.model, [record], actor=actor, changed=frozenset(changed))
    settle(record, changed, actor)
    known = specs(resource.key())
    columns = {"extra" if known[n].custom else n for n in changed}
    columns |= {f.name for f in record._meta.concrete_fields if getattr(record, f.attname) != before[f.attname]}
    cleaned(
        record,
        exclude={"created_by", "deleted_by"} | {f.name for f in record._meta.fields if f.name not in columns and not f.unique},
    )
    record.save(update_fields=sorted(columns))
    record.version += 1  # as the row trigger has just done
    if any(known[n].custom and known[n].kind.key == "link" for n in changed):
        keep_references(resource.key(), record)
    follow(resource.model, [record], actor=actor, changed=frozenset(changed))


def conflicts(resource: type[Resource], record: Record, given: dict[str, Any], version: int | None, strict: bool) -> set[str]:
    """Names of fields others changed since `version`, which merge beside ours. Raises Stale when we both changed one, or if strict."""
    if version is None or version == record.version:
        return set()
    theirs = changed_since(resource.model, record.pk, version)
    known = specs(resource.key())
    columns = {(known[n].name if known[n].custom else known[n].column): n for n in known}
    changed = {columns[c] for c in theirs if c in columns}
    clash = {n for n in given if n in changed and value_of(record, known[n]) != given[n]}
    if clash or strict:
        blamed = [by for column, by in theirs.items() if not clash or columns.get(column) in clash]
        who, when = max(blamed, key=lambda by: by[1]) if blamed else (None, None)
        raise Stale(
            {n: {"mine": given[n], "theirs": value_of(record, known[n])} for n in sorted(clash)},
            who=directory.user_name(who),
            when=when,
            version=record.version,
        )
    return changed


def keep_references(key: str, record: Record) -> None:
    """Mirror custom link fields into the reference registry."""
    links = [s for s in specs(key).values() if s.custom and s.kind.key == "link"]
    if not links:
        return
    Reference.objects.filter(resource=key, record_id=record.pk).delete()
    Reference.objects.bulk_create(
        [
            Reference(resource=key, record_id=record.pk, field=s.name, target=s.target, target_id=record.extra[s.name])
            for s in links
            if record.extra.get(s.name)
        ]
    )


def children_of(model: type[models.Model]) -> list[tuple[type[Record], str]]:
    """(child model, foreign key) of records that live and die with a record of this model."""
    return [
        (res.model, res.model.scope_via)
        for res in registry.values()
        if getattr(res.model, "scope_via", "") and root_model(res.model) is model
    ]


def parts_of(model: type[models.Model]) -> list[tuple[type[Record], str]]:
    """(model, foreign key) of records that are part of one of this model, though another one is their root."""
    return [(res.model, res.model.part_of) for res in registry.values() if res.model.part_of and named_by(res.model, res.model.part_of) is model]


def named_by(model: type[models.Model], link: str) -> type[models.Model] | None:
    """The model a link of this one points at."""
    return model._meta.get_field(link).related_model  # type: ignore[return-value]


def going_with(model: type[models.Model], ids: list[int]) -> list[models.QuerySet]:
    """The rows that go into the bin, and come back, with these records: children, parts, and what refers to them and says `goes_with`."""
    key = model._meta.model_name
    found = [child._base_manager.filter(**{f"{via}__in": ids}) for child, via in (*children_of(model), *parts_of(model))]
    for res in registry.values():
        if getattr(res.model, "goes_with", False):
            found += [res.model._base_manager.filter(**{named: key, f"{column}__in": ids}) for named, column in res.model.record_refs]
    return found


def holders(record: Record, actor: Actor) -> list[str]:
    """Names of living roots that point at this record, as sentences' parts; they keep it from being deleted. Those the actor cannot see
    are counted only."""
    found, hidden = [], 0
    for res in registry.values():
        if getattr(res.model, "scope_via", "") and root_model(res.model) is type(record):
            continue
        for field in res.model._meta.fields:
            if field.related_model is type(record) and field.name not in ("created_by", "deleted_by", res.model.part_of):
                living = res.model._base_manager.filter(**{field.name: record.pk}, deleted_at=None, merged_into=None)
                if not living.exists():
                    continue
                seen = scoped(res.model, actor).filter(**{field.name: record.pk})
                found += [f"{res.model._meta.verbose_name} {getattr(r, res.title)}" for r in seen[:3]]
                hidden += living.exclude(pk__in=seen.values("pk")).count()
    return [*found, _("%(n)s that are not yours to see") % {"n": hidden}] if hidden else found


def delete(record: Record, *, actor: Actor) -> None:
    """Put a record into the bin with its children. Refused while living roots hang on it."""
    if stays_kept(record):
        raise Refused(_("It was carried out, and is kept."))
    if held := holders(record, actor):
        raise Refused(_("Other records still depend on it: %(names)s.") % {"names": "、".join(held)})
    into_bin(type(record), [record], actor=actor)


def into_bin(model: type[models.Model], records: Sequence[Any], *, actor: Actor) -> None:
    """Put locked records that nothing holds into the bin, with what goes with them, at one moment, by which it comes back together."""
    now, ids = timezone.now(), [record.pk for record in records]
    for rows in going_with(model, ids):
        rows.filter(deleted_at=None).update(deleted_at=now, deleted_by=actor.user_id)
    model._base_manager.filter(pk__in=ids).update(deleted_at=now, deleted_by=actor.user_id)
    for record in records:
        record.deleted_at, record.deleted_by_id = now, actor.user_id
    follow(model, list(records), actor=actor, changed=GONE)


def restore(record: Record, *, actor: Actor) -> None:
    """Take a record out of the bin, with the children that went in with it."""
    for rows in going_with(type(record), [record.pk]):
        rows.filter(deleted_at=record.deleted_at).update(deleted_at=None, deleted_by=None)
    record.deleted_at, record.deleted_by_id = None, None
    cleaned(record, exclude={"created_by", "deleted_by"})
    record.save(update_fields=("deleted_at", "deleted_by"))
    follow(type(record), [record], actor=actor, changed=GONE)


def declare_verbs(resource: type[Resource]) -> None:
    """Register the generic actions of a resource."""
    key, model, t = resource.key(), resource.model, gettext_lazy
    if issubclass(model, OwnedRecord):
        follows(model)(own_now)

    def keep(
        name: str,
        function: Any,
        label: Any,
        verb: str,
        event: str,
        sentence: Any,
        *,
        quiet: bool = False,
        raw: bool = False,
        **facts: Any,
    ):
        inputs = () if raw else specs_of(function, ("record", "actor", *(() if getattr(model, "takes_along", False) else ("along",))))
        keep_action(
            Action(
                name=f"{key}_{name}",
                model=model,
                label=label,
                verb=verb,
                function=function,
                inputs=inputs,
                generic=True,
                event=f"{key}.{event}",
                **facts,
            ),
            sentence,
            quiet=quiet,
        )

    keep(
        "create",
        create(resource),
        t("New"),
        "create",
        "created",
        t("{actor} created this record"),
        on="new",
        raw=True,
        icon="plus",
    )
    keep(
        "update",
        update(resource),
        t("Edit"),
        "edit",
        "updated",
        t("{actor} changed {fields}"),
        raw=True,
        quiet=True,
        icon="pencil",
        needs_version=True,
    )
    keep(
        "delete",
        delete,
        t("Delete"),
        "delete",
        "deleted",
        t("{actor} moved this record to the bin"),
        icon="trash",
        tone="bad",
        bulk=True,
        did=t("“{name}” is in the bin"),
    )
    keep("restore", restore, t("Restore"), "restore", "restored", t("{actor} took this record out of the bin"), icon="restore",
         did=t("Took “{name}” out of the bin"))  # fmt: skip
    keep("comment", comment, t("Comment"), "view", "commented", t("{actor} commented"), icon="message-circle", personal=("text",),
         did=t("Commented on “{name}”"))  # fmt: skip
    keep("watch", watch, t("Watch"), "view", "watched", t("{actor} watches this record"), quiet=True, icon="eye")
    if issubclass(model, OwnedRecord) and not model.stays:
        ahead: dict[str, Any] = {"shows": shown, "asks": asked, "foresee": partial(foreseen, key=key)} if model.takes_along else {}
        keep(
            "reassign",
            reassign,
            t("Reassign"),
            "transfer",
            "reassigned",
            t("{actor} gave this record to {owner:user}"),
            bulk=True,
            leaves_scope=True,
            icon="user-share",
            did=t("“{name}” has another owner"),
            **ahead,
        )
    if issubclass(model, OwnedRecord):
        keep(
            "share",
            share,
            t("Add to team"),
            "edit",
            "shared",
            t("{actor} added {user:user} to the team"),
            bulk=True,
            icon="users-plus",
            did=t("“{name}” has one more in its team"),
        )
        keep("unshare", unshare, t("Remove from team"), "edit", "unshared", t("{actor} took {user:user} out of the team"), icon="user-minus",
             did=t("“{name}” has one fewer in its team"))  # fmt: skip
