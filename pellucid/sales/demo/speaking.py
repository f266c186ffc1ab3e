"""What was said with customers while they had something to buy was about that, and what comes next there is what was said last."""

from __future__ import annotations

from pellucid.kernel.actions.demo import Stage

from ..actions.telling import belongs


def fill(stage: Stage) -> None:
    """Follow-ups put to the opportunity that ran that day; the step the last one speaks of is the opportunity's."""
    belongs()
