"""What the database itself holds: a published version is never changed."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.kernel.records.derived import Derived, derives
from pellucid.kernel.records.frozen import frozen_versions


@derives
def frozen() -> Iterator[Derived]:
    """The trigger over published versions."""
    yield frozen_versions("processes.version_frozen", "process_version_frozen", "processes_processversion", "process_id")
