"""The opportunities of the demo company: two years of them, with seasons, people who sell better than others, competitors, and losses
with reasons."""

from __future__ import annotations

from pellucid.kernel.actions.demo import Stage, step

from . import approvals, competition, handing_over, offers, playing, reporting, served, speaking, writing


@step(29, "竞争对手、竞品与价格")
def rivals(stage: Stage) -> None:
    """Who else sells to these customers, what, and for how much."""
    competition.known(stage)


@step(30, "商机与销售阶段")
def opportunities(stage: Stage) -> None:
    """What customers wanted to buy, how far it came, what is sold and who decides."""
    writing.fill(stage)


@step(31, "商机里的竞争")
def contests(stage: Stage) -> None:
    """Who competed in them, at what price, and what was done about it."""
    competition.fill(stage)


@step(33, "谈到商机的跟进")
def spoken(stage: Stage) -> None:
    """Follow-ups about what was to be bought."""
    speaking.fill(stage)


@step(34, "销售打法与赢单规律")
def playbooks(stage: Stage) -> None:
    """Opportunities worked stage by stage, and what was found in those that are closed."""
    playing.fill(stage)


@step(36, "商机用过的文档")
def documents(stage: Stage) -> None:
    """What was sent, shown and used on the way."""
    served.fill(stage)


@step(54, "交给客户的资料")
def handed_over(stage: Stage) -> None:
    """What customers were given in each stage, and what the playbook lays out for it."""
    handing_over.fill(stage)


@step(62, "重点客户赢单评审")
def approvals_of_wins(stage: Stage) -> None:
    """Winning a key customer's opportunity waits for an approval; some wait, some were decided."""
    approvals.fill(stage)


@step(77, "低于底线的报价审批")
def approvals_of_quotations(stage: Stage) -> None:
    """A quotation below the floor waits for an approval before it is sent."""
    approvals.cheap(stage)


@step(85, "常用报表")
def reports(stage: Stage) -> None:
    """Cross tables under names."""
    reporting.fill(stage)


@step(38, "报价")
def quotations(stage: Stage) -> None:
    """What was offered for them, version by version."""
    offers.fill(stage)
