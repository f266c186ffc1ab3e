"""Rules of the sample company, as if they had been published some time ago."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pellucid.kernel.access.models import User

from .definition import read, written
from .models import Rule, RuleVersion


def lives_by(name: str, said: dict[str, Any], keeper: User, born: dt.datetime, now: dt.datetime) -> Rule:
    """A rule that was published then, and acts as of now."""
    body = read(said)
    rule = Rule(name=name, resource=body.resource, trigger=body.when.type, keeper=keeper, created_by=keeper, created_at=born)
    rule.save(force_insert=True)
    rule.active = RuleVersion.objects.create(rule=rule, number=1, state="published", body=written(body), created_at=born, published_at=born,
                                             published_by=keeper)  # fmt: skip
    rule.is_on, rule.on_since = True, now
    rule.save(update_fields=("active", "is_on", "on_since"))
    return rule
