"""Links must point at records the actor can reach: by the verb their input asks for, in one statement per model and verb."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.records.spec import Spec

from .declare import model_of
from .reach import right_of, scoped


def check_links(asked: Sequence[Spec], values: dict[str, Any], actor: Actor, beside: Callable[[Spec], bool] | None = None) -> None:
    """Raise Invalid for a link to a record that is not there for this actor, or that he may only see where the input asks for more. The id of
    a record that was merged into another is replaced by the other's. `beside` says of a link out of sight whether it may be named all the same."""
    wanted: dict[tuple[Any, str], list[Spec]] = {}
    for spec in asked:
        model = model_of(spec.target) if spec.kind.key == "link" and values.get(spec.name) is not None else None
        if model is not None:
            wanted.setdefault((model, spec.options.get("verb") or "view"), []).append(spec)
    errors = {}
    for (model, verb), specs in wanted.items():
        for spec in _left(model, verb, specs, values, actor):
            if (into := _survivor(model, values[spec.name])) and not _left(model, verb, [spec], {spec.name: into}, actor):
                values[spec.name] = into
            elif verb == "view" and beside is not None and beside(spec):
                continue
            elif verb != "view" and not _left(model, "view", [spec], values, actor):
                errors[spec.name] = [_("You may see this record, but the right “%(right)s” for it is missing.") % {"right": right_of(model, verb)}]
            else:
                errors[spec.name] = [_("This record does not exist, or it is not yours to see.")]
    if errors:
        raise Invalid(errors)


def _left(model: Any, verb: str, specs: list[Spec], values: dict[str, Any], actor: Actor) -> list[Spec]:
    """Those whose record the verb does not reach."""
    ids = {values[s.name] for s in specs}
    found = set(scoped(model, actor, verb).filter(pk__in=ids).values_list("pk", flat=True))
    return [s for s in specs if values[s.name] not in found]


def _survivor(model: Any, pk: int) -> int | None:
    """What a record was merged into, at the end of the line."""
    into = None
    while hasattr(model, "merged_into") and (pk := model._base_manager.filter(pk=pk).values_list("merged_into", flat=True).first()):
        into = pk
    return into
