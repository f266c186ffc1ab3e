"""What should always hold, looked at every night. What is found stands in the job's result and is told to the administrators."""
from __future__ import annotations

import logging
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.rights import tree
from pellucid.kernel.events.bus import MAX_TRIES, EventKind, declare, publish
from pellucid.kernel.events.models import Delivery
from pellucid.kernel.history.checks import check as history_check
from pellucid.kernel.jobs.checks import check, checks
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job
from pellucid.kernel.records.models import OwnedRecord
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.references import orphans

log = logging.getLogger(__name__)
declare(EventKind("check.found", _("The nightly check found something"), icon="alert-triangle", tone="bad", quiet=True))


@every("04:10")
@job("kernel.check", label=_("Nightly check"), retries=1)
def nightly(ctx: Context) -> dict[str, list[str]]:
    """Run every check; a check that fails is a finding itself."""
    found: dict[str, list[str]] = {}
    for name, function in checks.items():
        ctx.check_cancelled()
        try:
            sentences = list(function())
        except Exception as error:       # one broken check must not hide the findings of the others
            log.exception("the check %s failed", name)
            sentences = [f"{type(error).__name__}: {error}"[:300]]
        if sentences:
            found[name] = sentences[:50]
    if found:
        log.error("nightly check: %s", found)
        publish("check.found", payload={"found": found, "count": sum(map(len, found.values()))})
    return found


@check("history")
def history() -> Iterator[str]:
    """The past says what the rows say."""
    for finding in history_check():
        yield f"{finding.table}: {finding.check}: {finding.count}, e.g. {finding.sample}"


@check("branches")
def branches() -> Iterator[str]:
    """The stored branch of every root is the one above its unit."""
    for resource in registry.values():
        if issubclass(resource.model, OwnedRecord):
            pairs = resource.model._base_manager.order_by().values_list("unit_id", "branch_id").distinct()
            for unit, branch in pairs:
                if tree().branch(unit) != branch:
                    yield f"{resource.key()}: unit {unit} has branch {branch}, the tree says {tree().branch(unit)}"


@check("references")
def references() -> Iterator[str]:
    """What points at a record by resource and id points at one that is there, in the bin at least."""
    for way, key, ids in orphans():
        yield f"{way.name} -> {key}: {', '.join(map(str, ids))}"


@check("deliveries")
def deliveries() -> Iterator[str]:
    """No event has been given up on."""
    for row in Delivery.objects.filter(delivered_at=None, tries__gte=MAX_TRIES)[:20]:
        yield f"event {row.event_id} -> {row.handler}: {row.error}"
