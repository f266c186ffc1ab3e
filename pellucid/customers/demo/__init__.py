"""The customers of the demo company: two years of work with them, told so that one believes it."""

from __future__ import annotations

from pellucid.kernel.actions.demo import Stage, step

from . import doubles, flowing, group, leads, marks, schemes, told, writing


@step(20, "客户、联系人与跟进")
def customers(stage: Stage) -> None:
    """Companies with their people, their follow-ups, next steps and everything that history keeps."""
    writing.fill(stage)


@step(21, "协同：团队、评论、收藏与视图")
def together(stage: Stage) -> None:
    """What colleagues leave on these customers."""
    marks.fill(stage)


@step(22, "重复录入的客户")
def twice(stage: Stage) -> None:
    """Companies entered a second time under another spelling."""
    doubles.fill(stage)


@step(25, "线索、公海与分配规则")
def traces(stage: Stage) -> None:
    """A year of leads, what became of them, and the rules that share them out."""
    leads.fill(stage)


@step(26, "集团市场")
def marketing(stage: Stage) -> None:
    """Marketing at the headquarters reaches the whole group's leads."""
    group.fill(stage)


@step(27, "同事的留言与通知")
def news(stage: Stage) -> None:
    """What the people one signs in as find under their bell."""
    told.fill(stage)


@step(32, "分类管理方案")
def looked_after(stage: Stage) -> None:
    """A scheme for every class, under way and ended."""
    schemes.fill(stage)


@step(52, "官网表单、公海与响应时限")
def flow(stage: Stage) -> None:
    """A form on the site and what came by it, customers in the pool, clocks that run and ran out."""
    flowing.fill(stage)
