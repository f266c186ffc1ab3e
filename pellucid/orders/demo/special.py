"""Orders of the demo company beyond what customers are trusted with: one just handed in, one that waits for finance, one that was let pass."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal

from pellucid.customers.models import Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.actions.run import run
from pellucid.kernel.processes import approvers, effects, store
from pellucid.kernel.processes.actions.publishing import publish
from pellucid.kernel.processes.demo import moved_back
from pellucid.kernel.processes.models import Assignment, ProcessInstance, Step
from pellucid.kernel.processes.offered import templates
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Failure

from .. import credit, grades
from ..models import Contract, CreditProfile, Order
from . import planning
from .reviewing import hold_roles

WHAT = (("压装单元备件包", "年度备件集中采购，客户要求月内到货"), ("伺服压机增配", "客户扩产急单，回款计划已书面确认"),
        ("检测工位改造", "老客户追加订单，上一批货款本月到期"))  # fmt: skip
FAR = ("manager", "credit", "")  # up to which step everybody has agreed; "": to the end
AGO = (2, 21, 50)  # hours since it was handed in
SAID = {"manager": "客户合作多年，情况属实，同意。", "credit": "已核对回款计划，同意本次超额。", "gm_credit": "同意，请销售盯紧回款。"}
MARKUP = Decimal("1.1")  # how far beyond what is left


def fill(stage: Stage) -> None:
    """The process in use, and orders in several states of it."""
    admin = Actor.of(User._base_manager.get(username="admin"), "demo")
    hold_roles(admin)
    process = publish(copy.deepcopy(templates()["order_special"].body), actor=admin, note="首次发布")
    run("process_switch_on", process.pk, admin)
    versions.forget()
    at = 0
    for contract in _frames(admin):
        if at == len(WHAT):
            break
        if (made := handed_in(stage, contract, WHAT[at][0], admin)) is not None:
            decided(made, FAR[at], WHAT[at][1])
            moved_back(made, AGO[at])
            at += 1
    planning.late()  # steps of an order just agreed to count from its signature


def _frames(admin: Actor) -> Iterator[Contract]:
    """Framework contracts in force of customers with a limit, those of the sample manager's people first; where there are too few, new ones."""
    profiles = CreditProfile._base_manager.filter(limit__gt=0, blocked=False, deleted_at=None, customer__owner__is_active=True)
    customers = {p.customer_id: p.customer for p in profiles.select_related("customer").order_by("-limit", "pk")[:60]}
    rows = Contract._base_manager.filter(kind=Contract.Kind.FRAMEWORK, state=Contract.State.ACTIVE, customer__in=customers, owner__is_active=True)
    manager, found = User._base_manager.get(username="manager").pk, list(rows.filter(deleted_at=None).order_by("-amount", "pk"))
    yield from sorted(found, key=lambda c: approvers.manager(c.owner_id) != manager)
    for pk in [pk for pk in customers if pk not in {c.customer_id for c in found}]:
        yield _new_frame(customers[pk], admin)


def frame(customer: Customer, admin: Actor) -> Contract:
    """The framework contract in force with a customer, or a new one."""
    rows = Contract._base_manager.filter(kind=Contract.Kind.FRAMEWORK, state=Contract.State.ACTIVE, customer=customer, deleted_at=None)
    return rows.order_by("pk").first() or _new_frame(customer, admin)


def _new_frame(customer: Customer, admin: Actor) -> Contract:
    name = f"{customer.short_name or customer.name}年度框架合同"
    made: Contract = run("contract_create", None, admin, values={"customer": customer.pk, "kind": Contract.Kind.FRAMEWORK.value, "name": name}).record
    run("contract_reassign", made.pk, admin, {"owner": customer.owner_id})
    run("contract_sign", made.pk, admin)
    made.refresh_from_db()
    return made


def handed_in(stage: Stage, contract: Contract, name: str, admin: Actor) -> ProcessInstance | None:
    """A new order, a little more than what is left, handed in by its owner's manager; nothing where that cannot be."""
    boss = approvers.manager(contract.owner_id)
    left = min((u.available for u in credit.uses(contract.customer_id, stage.today) if u.available is not None), default=None)
    plan = grades.proposed(contract.customer_id)
    if boss is None or left is None or plan is None:
        return None
    worth = max(Decimal(60_000), (max(left, Decimal(0)) * MARKUP / 10_000).to_integral_value() * 10_000)
    try:
        order: Order = run("order_create", None, admin, values={"contract": contract.pk, "name": name}).record
        run("order_reassign", order.pk, admin, {"owner": contract.owner_id})
        values = {"order": order.pk, "name": name, "quantity": "1", "unit_price": str(worth), "unit_cost": str(worth * 7 / 10)}
        run("orderline_create", None, admin, values=values)
        run("order_split", order.pk, admin, {"plan": plan.pk})
        return run("order_confirm", order.pk, Actor.of(User._base_manager.get(pk=boss), "demo")).waiting
    except Failure:
        return None


def decided(row: ProcessInstance, until: str, reason: str) -> None:
    """Everybody who is asked before that step agrees."""
    for _turn in range(20):
        nodes = dict(Step._base_manager.filter(instance=row, state="open").values_list("no", "node"))
        asked = Assignment._base_manager.filter(instance=row, state="pending").select_related("person").order_by("no").first()
        if asked is None or nodes.get(asked.step_no) == until:
            break
        node = nodes[asked.step_no]
        wanted = {"reason": reason, "custom": "0", "assessment": "按现有方案实施"}
        given = {f"form_{n}": wanted[n] for n in store.plan_of(row.edition_id).node[node].fields.edit if n in wanted}  # type: ignore[union-attr]
        verdict = "approve" if Step._base_manager.get(instance=row, no=asked.step_no).kind == "approval" else "submit"
        comment = {"comment": SAID[node]} if node in SAID and verdict == "approve" else {}
        run(f"processinstance_{verdict}", row.pk, Actor.of(asked.person, "demo"), {"asked": asked.no, **given, **comment})
    effects.attempt(row.pk)
