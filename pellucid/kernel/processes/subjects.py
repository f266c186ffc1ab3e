"""What requests are about, as their rows say it: with whom and how much. Their resources declare it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import words
from pellucid.kernel.records.models import root_model
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.resources.declare import Resource, registry, resource_of
from pellucid.kernel.resources.fields import masked, readable, resource_title, value_of

from .models import ProcessInstance

Kept = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Subject:
    """With whom, the amount as its record says it, and what it comes to in the company's currency; empty where the reader may not see it.
    Of a record that changes an amount that is the difference, with the old and the new one in `between`."""

    party: str = ""
    amount: str = ""
    worth: Decimal | None = None
    between: str = ""


def subjects(rows: Iterable[ProcessInstance], actor: Actor, kept: Mapping[int, Kept] | None = None) -> dict[int, Subject]:
    """Request -> what it is about. Who is asked sees it wherever the record lies, except what his field rights or the step (`kept`) withhold."""
    found: dict[int, Subject] = {}
    by_key: dict[str, list[ProcessInstance]] = {}
    for row in rows:
        by_key.setdefault(row.resource, []).append(row)
    for key, here in by_key.items():
        if key in registry:
            found |= _of_kind(registry[key], here, actor, kept or {})
    return found


def _of_kind(resource: type[Resource], rows: list[ProcessInstance], actor: Actor, kept: Mapping[int, Kept]) -> dict[int, Subject]:
    """The subjects of requests about one kind of record. What it does not say itself, the record it is read through says."""
    via, root = getattr(resource.model, "scope_via", ""), root_model(resource.model)
    above = resource_of(root) if via and root._meta.model_name in registry else None
    whose = (resource if resource.party else above), (resource if _sum(resource, actor) else above)
    found = resource.model._base_manager.select_related(via) if via else resource.model._base_manager.all()
    records = found.in_bulk({r.record_id for r in rows})

    def of(record: Any, who: type[Resource]) -> Any:
        return record if who is resource else getattr(record, via)

    party, amount = (_party(whose[0], actor) if whose[0] else None), (_sum(whose[1], actor) if whose[1] else None)
    worth = _worth(whose[1], actor) if whose[1] and amount else None
    names = _names(party, [of(r, whose[0]) for r in records.values()]) if party and whose[0] else {}
    ends = [_clear(whose[1], name, actor) for name in amount.options.get("between", ())] if whose[1] and amount else []
    show, out = show_for(actor), {}
    for row in rows:
        record, hidden = records.get(row.record_id), kept.get(row.pk, _open)
        if record is None:
            continue
        with_whom = names.get(value_of(of(record, whose[0]), party), "") if party and whose[0] and not hidden(party.name) else ""
        if amount is None or whose[1] is None or hidden(amount.name):
            out[row.pk] = Subject(with_whom)
            continue
        value, said = value_of(of(record, whose[1]), amount), ""
        if value is not None:
            said = _moved(amount.kind.words(amount, value, show), value) if ends else amount.kind.words(amount, value, show)
        both = [value_of(of(record, whose[1]), end) for end in ends if end is not None and not hidden(end.name)] if value else []
        out[row.pk] = Subject(with_whom, said, value_of(of(record, whose[1]), worth) if worth and value is not None else None,
                              " → ".join(words.number(one, 2) for one in both) if len(both) > 1 and None not in both else "")  # fmt: skip
    return out


def _moved(said: str, by: Decimal) -> str:
    """By how much an amount changes, with its sign."""
    return _("Amount unchanged") if not by else f"+{said}" if by > 0 else said


def _open(name: str) -> bool:
    return False


def _clear(resource: type[Resource], name: str, actor: Actor) -> Spec | None:
    key = resource.key()
    may = readable(key, actor)
    return may[name] if name in may and not masked(key, name, actor) else None


def _party(resource: type[Resource], actor: Actor) -> Spec | None:
    spec = _clear(resource, resource.party, actor) if resource.party else None
    target = registry.get(spec.target) if spec is not None else None
    return spec if target is not None and _clear(target, target.title, actor) is not None else None


def _sum(resource: type[Resource], actor: Actor) -> Spec | None:
    """The first sum of money among the figures of such a record."""
    found = (_clear(resource, name, actor) for name in resource.facts)
    return next((spec for spec in found if spec is not None and spec.kind.key == "money"), None)


def _worth(resource: type[Resource], actor: Actor) -> Spec | None:
    """What lists of such records add up: in the company's currency."""
    found = (_clear(resource, total.column, actor) for total in resource.sums)
    return next((spec for spec in found if spec is not None and spec.kind.key == "money"), None)


def _names(party: Spec, records: list[Any]) -> dict[int, str]:
    target = registry[party.target]
    ids = {value_of(r, party) for r in records} - {None}
    return {pk: resource_title(target, one) for pk, one in target.model._base_manager.in_bulk(ids).items()}
