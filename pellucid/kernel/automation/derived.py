"""What the database itself holds: a published version of a rule is never changed."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.kernel.records.derived import Derived, derives
from pellucid.kernel.records.frozen import frozen_versions


@derives
def frozen() -> Iterator[Derived]:
    """The trigger over published versions."""
    yield frozen_versions("automation.version_frozen", "rule_version_frozen", "automation_ruleversion", "rule_id")
