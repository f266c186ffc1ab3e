"""Large contracts of the demo company are reviewed before they are signed: some wait for the branch, for finance and engineering, for management."""

from __future__ import annotations

import copy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.actions.run import run
from pellucid.kernel.processes import approvers
from pellucid.kernel.processes.actions.publishing import publish
from pellucid.kernel.processes.demo import moved_back
from pellucid.kernel.processes.models import Assignment, ProcessInstance, Step
from pellucid.kernel.processes.offered import templates
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Forbidden, Refused

from ..models import Contract, Order

LARGE = "f.amount=gte:300000"
HOLDERS = {"tech": "严正", "legal": "安志远", "commerce": "贺晓梅", "quality": "钱国富"}
FAR = ("manager", "review", "manager", "review")  # how far each has got; the largest waits for management
AGO = (3, 30, 7, 52, 26)  # hours since it was handed in
SAID = {"manager": "价格与交期已核对，同意。", "finance": "30/60/10 付款，账期符合规定。", "tech": "技术协议第三版已会签。"}


def fill(stage: Stage) -> None:
    """The process in use for contracts from 300,000 on, and requests in several states."""
    admin = Actor.of(User._base_manager.get(username="admin"), "demo")
    hold_roles(admin)
    process = publish(copy.deepcopy(templates()["contract_review"].body) | {"when": LARGE}, actor=admin, note="首次发布")
    run("process_switch_on", process.pk, admin)
    versions.forget()
    rows = Contract._base_manager.filter(state=Contract.State.DRAFT, amount__gte=300_000, deleted_at=None, owner__is_active=True)
    ready = [c for c in rows.order_by("amount", "pk") if c.orders.filter(state=Order.State.PENDING, deleted_at=None).exists()]
    manager = User._base_manager.get(username="manager").pk
    ready[:-1] = sorted(ready[:-1], key=lambda c: approvers.manager(c.owner_id) != manager)  # the sample branch manager finds something to decide
    for contract, far, hours in zip(ready, [*FAR[: len(ready) - 1], "size"], AGO, strict=False):
        made = _handed_in(contract)
        if made is not None:
            _decided(made, far)
            moved_back(made, hours)


def hold_roles(admin: Actor) -> None:
    """Who stands for engineering, law, the commercial office and quality."""
    for role in directory.roles():
        person = directory.find_user(HOLDERS.get(role.code, ""))
        home = directory.home_of(person)
        if person is not None and home is not None and not approvers.holders(role.code):
            run("grant_give", None, admin, {"user": person, "role": role.id, "unit": home})
    versions.forget()


def _handed_in(contract: Contract) -> ProcessInstance | None:
    """Its owner's manager hands it in, who may sign."""
    boss = approvers.manager(contract.owner_id)
    if boss is None:
        return None
    try:
        return run("contract_sign", contract.pk, Actor.of(User._base_manager.get(pk=boss), "demo")).waiting
    except (Forbidden, Refused):
        return None


def _decided(row: ProcessInstance, far: str) -> None:
    """Everybody who is asked before that step agrees."""
    for node in {"manager": (), "review": ("manager",), "size": ("manager", "finance", "tech")}[far]:
        steps = Step._base_manager.filter(instance=row, node=node, state="open").values("no")
        asked = Assignment._base_manager.filter(instance=row, state="pending", step_no__in=steps)
        found = asked.select_related("person").order_by("no").first()
        if found is not None:
            given = {"form_changed": "0"} if node == "manager" else {}
            run("processinstance_approve", row.pk, Actor.of(found.person, "demo"), {"asked": found.no, "comment": SAID[node], **given})
