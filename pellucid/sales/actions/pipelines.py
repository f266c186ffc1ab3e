"""Pipelines and stages: the first one, the ends every pipeline has, what a changed stage means for what stands in it."""

from __future__ import annotations

from typing import Any

from django.db.models import DateField, DurationField, ExpressionWrapper, Func, Value
from django.db.models.functions import Cast, TruncDate
from django.utils.translation import gettext as _

from pellucid.kernel.actions.declare import follows, prepares
from pellucid.kernel.records import days, versions
from pellucid.kernel.records.errors import Invalid

from ..documents import stages_as_steps
from ..models import Opportunity, Pipeline, Stage

FIRST: tuple[tuple[str, str, int, int, str, list[str]], ...] = (
    ("线索确认", "Confirmed", 10, 14, "确认联系人、需求和大致预算；不合适的尽早关掉。", []),
    ("需求分析", "Needs analysis", 25, 21, "弄清产能、节拍、现场条件和决策过程。", ["customer"]),
    ("方案报价", "Proposal", 50, 30, "方案评审后报价；记下对手和客户的顾虑。", ["customer", "amount"]),
    ("商务谈判", "Negotiation", 75, 30, "谈价格、付款与交期；让决策人参加。", ["customer", "amount", "expected_on"]),
    ("合同审批", "Contract approval", 90, 14, "客户盖章、内部会签，盯住每一个签字。", ["customer", "amount", "expected_on"]),
)
ENDS = (("赢单", "Won", Stage.Kind.WON, 100), ("输单", "Lost", Stage.Kind.LOST, 0))


def ship() -> None:
    """The first pipeline, where there is none; what an administrator made of it stays."""
    if Pipeline._base_manager.exists():
        return
    pipeline = Pipeline._base_manager.create(name="标准销售", name_en="Standard sale", position=10)
    Stage._base_manager.bulk_create(
        [Stage(pipeline=pipeline, name=zh, name_en=en, position=10 * (at + 1), probability=p, rotting_days=rots, guidance=guidance, gates=gates)
         for at, (zh, en, p, rots, guidance, gates) in enumerate(FIRST)])  # fmt: skip
    _ends(pipeline)


def _ends(pipeline: Pipeline) -> None:
    Stage._base_manager.bulk_create([Stage(pipeline=pipeline, name=zh, name_en=en, position=1000 + at, kind=kind, probability=p)
                                     for at, (zh, en, kind, p) in enumerate(ENDS)])  # fmt: skip


@follows(Pipeline)
def pipeline_has_ends(pipelines: list[Pipeline], *, actor: Any, changed: frozenset[str] | None) -> None:
    """A new pipeline begins with one stage and ends in won and lost."""
    for pipeline in pipelines if changed is None else ():
        zh, en, p, rots, guidance, _gates = FIRST[0]
        Stage._base_manager.create(pipeline=pipeline, name=zh, name_en=en, position=10, probability=p, rotting_days=rots, guidance=guidance)
        _ends(pipeline)
    versions.forget()


@prepares(Stage)
def stage_prepare(stages: list[Stage], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The ends keep their probability; a stage in use stays what it is and where it is."""
    for stage in stages:
        if stage.kind != Stage.Kind.OPEN:
            stage.probability, stage.rotting_days, stage.gates, stage.checklist = 100 if stage.kind == Stage.Kind.WON else 0, None, [], ""
        if changed and changed & {"kind", "pipeline"} and Opportunity._base_manager.filter(stage=stage.pk).exists():
            raise Invalid({next(iter(changed & {"kind", "pipeline"})): [_("There are opportunities in this stage; it stays what it is.")]})
        if changed and "active" in changed and not stage.active and Opportunity._base_manager.filter(stage=stage.pk, deleted_at=None).exists():
            raise Invalid({"active": [_("There are opportunities in this stage; move them first.")]})


@follows(Stage)
def stage_counts(stages: list[Stage], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Documents can be put to a stage by its name. Other patience: what stands in the stage counts as stalled from another day on."""
    stages_as_steps(stages)
    if changed and "rotting_days" in changed:
        for stage in stages:
            rots: Any = None
            if stage.rotting_days:
                here = TruncDate("stage_since", tzinfo=days.zone())
                day = Func(Value(stage.rotting_days), template="make_interval(days => %(expressions)s)", output_field=DurationField())
                rots = Cast(ExpressionWrapper(here + day, output_field=DateField()), DateField())
            Opportunity._base_manager.filter(stage=stage.pk, state="open").update(rots_on=rots)
    versions.forget()
