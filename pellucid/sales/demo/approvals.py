"""Key customers' orders are reviewed before they count as won, quotations below the floor before they are sent: some wait, some were decided."""

from __future__ import annotations

import json
from pathlib import Path

from pellucid.collaboration.actions.linking import recount_for
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.actions.run import begin, run
from pellucid.kernel.processes import approvers, effects
from pellucid.kernel.processes.actions.publishing import publish
from pellucid.kernel.processes.demo import moved_back
from pellucid.kernel.processes.models import Assignment, ProcessInstance
from pellucid.kernel.records import terms, versions
from pellucid.kernel.records.errors import Refused

from .. import gates, stages
from ..actions.quoting import floors_moved
from ..models import Opportunity, Quotation

TEMPLATES = Path(__file__).parent.parent / "processes"
NOTES = (
    "客户技术与采购两条线都已确认，合同文本在走用印。", "比预期早三周定标，交期仍按 12 周。", "价格守住了，客户要求验收后 30 天付尾款。",
    "第二次招标胜出，上次输在交期。", "与二期打包签，二期另立项。", "客户总经理已口头同意，先走内部评审。",
)  # fmt: skip
CHEAP = ("竞品报价低 8%，守住这单可带三期。", "老客户年度集采，量大，请予特批。", "样板工程，客户愿意开放参观。", "尾款比例提高，资金占用少。")
WAITING, ASKED = 5, 8
AGO = (52, 27, 5, 3, 1, 120, 96, 72)  # hours since they were asked for
DECIDED = (("approve", "条件清楚，同意。"), ("reject", "付款条件超出规定，请重谈后再报。"), ("approve", "同意，交期请生产部再确认一次。"))


def fill(stage: Stage) -> None:
    """The process in use, and requests in several states."""
    put_in_use("key_win")
    level = terms.find("customer_level", "A")
    rows = Opportunity._base_manager.filter(state="open", customer_level_id=level, amount__gt=0, expected_on__isnull=False, owner__is_active=True)
    best = list(rows.select_related("owner").order_by("-stage__position", "expected_on", "pk")[:200])
    manager = User._base_manager.get(username="manager").pk
    best.sort(key=lambda one: approvers.manager(one.owner_id) != manager)  # the sample manager finds something to decide
    begun: list[ProcessInstance] = []
    for row in best:
        if len(begun) == ASKED:
            break
        made = _asked(row, NOTES[len(begun) % len(NOTES)], stage)
        begun += [made] if made else []
    for at, made in enumerate(begun[WAITING:]):
        _decided(made, *DECIDED[at % len(DECIDED)])
    for made, hours in zip(begun, AGO, strict=False):
        moved_back(made, hours)
    recount_for("opportunity", [one.pk for one in best])  # what was used for those that are won by it; no worker hears of it here


def cheap(stage: Stage) -> None:
    """Quotations below the floor are asked for: one has been agreed to, the others wait."""
    put_in_use("quotation_floor")
    begin(Actor.system("demo"))
    floors_moved()  # what an older home offered before there were floors to see
    rows = Quotation._base_manager.filter(state="draft", deleted_at=None, owner__is_active=True, valid_until__gte=stage.today).exclude(below_floor="")
    begun: list[ProcessInstance] = []
    for row in rows.select_related("owner").order_by("pk")[: len(CHEAP)]:
        begun.append(run("quotation_send", row.pk, Actor.of(row.owner, "demo"), {"note": CHEAP[len(begun)]}).waiting)
    for made in begun[:1]:
        _decided(made, "approve", "战略客户首单，同意。交付成本请项目部再核一遍。")
    for at, made in enumerate(begun):
        moved_back(made, AGO[at])


def put_in_use(key: str) -> None:
    """A process the product brings, published and switched on."""
    admin = Actor.of(User._base_manager.get(username="admin"), "demo")
    process = publish(json.loads((TEMPLATES / f"{key}.json").read_text(encoding="utf-8")), actor=admin, note="首次发布")
    run("process_switch_on", process.pk, admin)
    versions.forget()


def _asked(row: Opportunity, note: str, stage: Stage) -> ProcessInstance | None:
    """Its owner says that it is won; who lacks something that winning asks for is passed over."""
    end = stages.end_of(row.pipeline_id, "won")
    if end is None or gates.lacking(row, stages.passed(stages.stages()[row.stage_id], end)):
        return None
    reason = stage.chance.choice([term.id for term in terms.dictionaries()["win_reason"]])
    given = {"note": note, "win_reason": reason, "nobody": not row.competitors}
    try:
        return run("opportunity_win", row.pk, Actor.of(row.owner, "demo"), given).waiting
    except Refused:
        return None


def _decided(row: ProcessInstance, verdict: str, comment: str) -> None:
    """Everybody who is asked says the same, until it ends."""
    for _turn in range(10):
        asked = Assignment._base_manager.filter(instance=row, state="pending").select_related("person").order_by("no").first()
        if asked is None:
            break
        run(f"processinstance_{verdict}", row.pk, Actor.of(asked.person, "demo"), {"comment": comment, "asked": asked.no})
    effects.attempt(row.pk)
