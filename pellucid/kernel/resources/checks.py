"""Declarations are checked at start-up: a wrong name is a sentence, not a broken page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks

from pellucid.kernel.access.roles import BUILTIN, LEVELS, parts
from pellucid.kernel.access.scopes import kinds as scope_kinds
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.records.models import OwnedRecord

from .declare import EVERY, Hint, Panel, Related, Resource, hints, panels, registry, related
from .fields import model_specs

CODES = {b.code for b in BUILTIN}


def named(resource: type[Resource]) -> Iterator[tuple[str, str]]:
    """(option, field name) of everything a declaration names."""
    for option in ("columns", "more", "form", "filters", "facts", "managed", "importable", "match"):
        for name in getattr(resource, option):
            yield option, name
    for section in resource.sections:
        for name in section.fields:
            yield "sections", name
    yield "title", resource.title
    if resource.party:
        yield "party", resource.party
    for name in resource.search:
        yield "search", name
    for total in resource.sums:
        yield "sums", total.column
        yield "sums", total.weight or total.column
    if board := resource.board:
        for name in (board.field, *board.above, *board.card, *(s.column for s in board.sums), *(s.weight for s in board.sums if s.weight)):
            yield "board", name
        if board.foot:
            yield "board", board.foot
    for name in resource.card.values():
        yield "card", name
    if ladder := resource.ladder:
        for name in (ladder.field, ladder.score, *ladder.points, *(n for names in ladder.demanded.values() for n in names)):
            yield "ladder", name


def problems(resource: type[Resource]) -> Iterator[checks.CheckMessage]:
    """Everything wrong with one declaration."""
    who, known = resource.__name__, model_specs(resource.key())
    fields = {f.column for f in resource.model._meta.fields} | {f.name for f in resource.model._meta.fields}
    for option, name in named(resource):
        if name not in known and name not in fields:
            yield checks.Error(
                f"{who}.{option} names {name!r}, which {resource.model.__name__} does not have.", obj=resource, id="pellucid.E001"
            )
    for name in set(resource.importable) & set(resource.managed):
        yield checks.Error(f"{who}: {name!r} is both importable and managed.", obj=resource, id="pellucid.E002")
    if len(resource.sorts) > 6:
        yield checks.Error(f"{who}.sorts has {len(resource.sorts)} orders; six carry indexes.", obj=resource, id="pellucid.E003")
    for sort in resource.sorts:
        field = next((f for f in resource.model._meta.fields if sort.column in (f.column, f.name)), None)
        if field is None or field.null:
            yield checks.Error(
                f"{who}.sorts: {sort.column!r} must be a column that is never empty.", obj=resource, id="pellucid.E004"
            )
        elif (
            issubclass(resource.model, OwnedRecord)
            and sort is resource.sorts[0]
            and "Date" not in type(field).__name__ + field.get_internal_type()
            and "Generated" not in field.get_internal_type()
        ):
            yield checks.Error(
                f"{who}.sorts: the first order of an owned resource is a moment ({sort.column!r} is not).",
                obj=resource,
                id="pellucid.E005",
            )
    if resource.board and (spec := known.get(resource.board.field)) and not spec.kind.columnar:
        yield checks.Error(f"{who}.board: {spec.name!r} has no short list of values.", obj=resource, id="pellucid.E010")
    if resource.board and isinstance(resource.board.mover, str) and resource.board.mover not in ("", *actions):
        yield checks.Error(f"{who}.board: there is no action {resource.board.mover!r}.", obj=resource, id="pellucid.E011")
    if resource.calendar and resource.calendar.mover not in ("", *actions):
        yield checks.Error(f"{who}.calendar: there is no action {resource.calendar.mover!r}.", obj=resource, id="pellucid.E012")
    for role, level in resource.grants.items():
        named_parts = parts(role, level) if role in CODES else []
        if not named_parts or any(name not in LEVELS or set(where) - set(scope_kinds()) for name, where in named_parts):
            yield checks.Error(
                f"{who}.grants: {role}={level!r} names an unknown role, level or scope.", obj=resource, id="pellucid.E006"
            )
    if missing := CODES - set(resource.grants):
        yield checks.Error(f"{who}.grants says nothing of {', '.join(sorted(missing))}.", obj=resource, id="pellucid.E007")


@checks.register("pellucid")
def check_resources(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every declared resource, panel and related list."""
    found = [problem for resource in registry.values() for problem in problems(resource)]
    things: list[Panel | Related | Hint] = [*panels, *related, *hints]
    for thing in things:
        if thing.resource not in (*registry, EVERY):
            found.append(
                checks.Error(f"A panel names the resource {thing.resource!r}, which is not declared.", id="pellucid.E008")
            )
    paths = [r.path for r in registry.values()]
    found += [checks.Error(f"Two resources share the path {p!r}.", id="pellucid.E009") for p in set(paths) if paths.count(p) > 1]
    return found
