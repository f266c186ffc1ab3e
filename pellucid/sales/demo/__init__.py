"""The opportunities of the demo company: two years of them, with seasons, people who sell better than others, and losses with reasons."""

from __future__ import annotations

from pellucid.kernel.actions.demo import Stage, step

from . import writing


@step(30, "商机与销售阶段")
def opportunities(stage: Stage) -> None:
    """What customers wanted to buy, how far it came, what is sold and who decides."""
    writing.fill(stage)
