"""The rules that are switched on, in memory until one changes."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from pellucid.kernel.records.derived_versions import WATCHED
from pellucid.kernel.records.versions import versioned

from .definition import Body, Changed, Created, Happened, read
from .models import Rule, RuleVersion

WATCHED["settings"].append(("automation_rule", ("is_on", "active_id", "deleted_at")))


class InUse(NamedTuple):
    """A rule in use."""

    pk: int
    version: int
    body: Body
    since: dt.datetime


@versioned("settings")
def body_of(version: int) -> Body:
    """What a published version says: it never changes, so it is kept."""
    return read(RuleVersion.objects.get(pk=version).body)


@versioned("settings")
def in_use() -> tuple[InUse, ...]:
    """The rules that are switched on, in the order they were made."""
    rows = Rule.objects.filter(is_on=True, deleted_at=None).order_by("id").values_list("pk", "active_id", "on_since")
    return tuple(InUse(pk, version, body_of(version), since) for pk, version, since in rows if version and since)


@versioned("settings")
def hears_writes() -> bool:
    """Whether some rule waits for records to be made or changed: any event may do that."""
    return any(isinstance(rule.body.when, Created | Changed) for rule in in_use())


@versioned("settings")
def names() -> frozenset[str]:
    """The events some rule waits for by name."""
    return frozenset(name for rule in in_use() if isinstance(rule.body.when, Happened) for name in rule.body.when.names)


@versioned("settings")
def rules_about(key: str) -> tuple[str, ...]:
    """Names of the rules in use that an event about such records may set off."""
    rows = Rule.objects.filter(is_on=True, deleted_at=None, resource=key, trigger__in=("created", "changed", "event")).order_by("name")
    return tuple(rows.values_list("name", flat=True))
