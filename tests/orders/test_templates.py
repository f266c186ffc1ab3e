"""The processes one may start from, each run to its end: everybody who was foreseen is asked and nobody else, every step is reached by some record,
and what waits for it happens."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from django.utils import timezone

from pellucid.kernel.access.roles import BUILTIN, PROCESS
from pellucid.kernel.actions.run import run
from pellucid.kernel.processes import effects, store
from pellucid.kernel.processes.actions.publishing import publish
from pellucid.kernel.processes.company import Company
from pellucid.kernel.processes.definition import Definition, Plan, read
from pellucid.kernel.processes.machine import rows as of
from pellucid.kernel.processes.machine.elapsing import fire
from pellucid.kernel.processes.machine.foreseeing import foresee
from pellucid.kernel.processes.models import Assignment, Effect, Process, ProcessInstance, Step, Timer
from pellucid.kernel.processes.offered import templates
from pellucid.kernel.records.errors import Refused
from pellucid.orders.models import OrderLine
from tests.samples import record_of

from .making import contract, line, order_of, split

pytestmark = pytest.mark.django_db
TEN = {
    "market_launch": [
        {"goal": "百家潜客", "budget": 260000, "begins_on": "2026-12-01", "leads": 12, "result": "好"},
        {"goal": "沙龙", "budget": 9000, "begins_on": "2026-12-01", "leads": 2, "result": "一般"},
    ],
    "sales_project": [{"note": "立项", "feasible": True, "goal": "推进", "due_on": "2026-12-20T09:00:00+08:00", "result": "成"}],
    "service_standard": [
        {"level": "A", "result": "完成", "satisfaction": 2, "cause": "备件"},
        {"level": "B", "result": "完成", "satisfaction": 5},
    ],
    "order": [{}, {}],
    "order_special": [{"reason": "非标", "custom": True, "assessment": "可行"}, {"reason": "交期", "custom": False}],
    "contract_review": [{"changed": True}, {"changed": False}],
    "tech_support": [
        {"note": "调试", "onsite": True, "result": "好", "accepted": True},
        {"note": "咨询", "onsite": False, "result": "好", "accepted": True},
    ],
    "care": [
        {"goal": "拜访", "cost": "1500", "result": "不满", "satisfaction": 1, "note": "已回访"},
        {"goal": "电话", "cost": "0", "result": "好", "satisfaction": 5, "note": "已回访"},
    ],
    "service_request": [
        {"note": "异响", "severity": "停机", "under_warranty": False, "result": "更换", "solved": False, "satisfaction": 4},
        {"note": "保养", "severity": "一般", "under_warranty": True, "result": "完成", "solved": True, "satisfaction": 5},
    ],
    "complaint": [
        {"severity": "重大", "cause": "密封", "result": "换新", "compensation": "20000", "accepted": True},
        {"severity": "一般", "cause": "误用", "result": "说明", "compensation": "500", "accepted": True},
        {"severity": "一般", "cause": "误会", "result": "说明", "compensation": "0", "accepted": True},
    ],
}
BEYOND = {"order": 0, "order_special": 0}  # the record whose customer has used up its credit; it is sold below the floor of margins, too
AMOUNTS = {
    "order": ("600000", "100"),
    "order_special": ("100", "100"),
    "contract_review": ("1200000", "400000"),
    "sales_project": ("2000000",),
}


def in_use(world, *keys: str) -> Process:
    for key in keys:
        process = publish(copy.deepcopy(templates()[key].body), actor=world.actor("admin"))
        run("process_switch_on", process.pk, world.actor("admin"))
    return process


def record(world, key: str, n: int) -> Any:
    """Something to run it on, worth the n-th amount."""
    amount = AMOUNTS.get(key, ("",))[n % len(AMOUNTS.get(key, ("",)))]
    subject = templates()[key].body["subject"]
    if subject == "task":
        return record_of("task", world, text=f"{key} {n}")
    if subject == "opportunity":
        buyer = world.customer("苏州恒砺精密制造有限公司", by="alice", level="A")
        return run("opportunity_create", None, world.actor("alice"), values={"name": key, "customer": buyer.pk, "amount": amount}).record
    frame = contract(world, kind="framework" if subject == "order" else "single", name=f"{key} {n}")
    if subject == "order":
        run("contract_sign", frame.pk, world.actor("sam"))
        special = {"special_reason": "非标"} if key == "order_special" else {}
        order = run(
            "order_create", None, world.actor("sam"), values={"contract": frame.pk, "name": f"{key} {n}", **special}
        ).record
    else:
        order = order_of(frame)
    beyond = BEYOND.get(key) == n
    if beyond:
        run("creditprofile_create", None, world.actor("fay"), values={"customer": frame.customer_id, "limit": "1"})
    line(world, order, amount, by="admin", unit_cost=str(int(amount) * 9 // 10 if beyond else int(amount) // 2))
    split(world, order)
    frame.refresh_from_db()
    order.refresh_from_db()
    return frame if subject == "contract" else order


def begun(world, process: Process, thing: Any, form: dict[str, Any]) -> ProcessInstance:
    """As a person begins it: the move that waits, or by hand."""
    actor = world.actor("sam") if process.gate else world.actor("alice")
    if process.gate:
        verb = {"confirm": "order_confirm", "sign": "contract_sign"}[process.gate]
        return run(verb, thing.pk, actor).waiting
    first = read(process.active.body).steps[0].fields.edit
    typed = {f"p{process.pk}_form_{n}": form.get(n) for n in first if form.get(n) is not None}
    return run(f"{thing._meta.model_name}_request", thing.pk, actor, {"process": process.pk, **typed}).value


def foreseen(definition: Definition, row: ProcessInstance, thing: Any, form: dict[str, Any]) -> set[tuple[str, int]]:
    instance = of.Instance(row.requester_id, timezone.now(), form=dict(form))
    unsaved = ProcessInstance(resource=row.resource, record_id=thing.pk, requester_id=row.requester_id)
    stops, end = foresee(Plan(definition), instance, Company(unsaved, definition, thing))
    assert not end.running, [s.node for s in end.steps.values() if s.state == "open"]
    return {(s.node, s.person) for s in stops}


def agreed(world, row: ProcessInstance, form: dict[str, Any]) -> set[tuple[str, int]]:
    """Everybody asked says yes, time passes, the program does what is due; answers who was asked where."""
    people = {u.pk: name for name, u in world.users.items()}
    for _turn in range(60):
        row.refresh_from_db()
        if row.state == "ended":
            nodes = dict(Step.objects.filter(instance=row).values_list("no", "node"))
            rows = Assignment.objects.filter(instance=row).exclude(origin="dedupe")
            return {(nodes[no], person) for no, person in rows.values_list("step_no", "person_id")}
        found = Assignment.objects.filter(instance=row, state="pending").order_by("no").first()
        if found is not None:
            step = Step.objects.get(instance=row, no=found.step_no)
            assert "held" not in step.data, (step.node, step.data)
            node = store.plan_of(row.edition_id).node[step.node]
            fields = node.fields
            verdict = "approve" if step.kind == "approval" else "submit"
            given = {f"form_{n}": form[n] for n in fields.edit if n in form}
            given |= {"checklist": [str(n) for n in range(len(node.checklist))]} if getattr(node, "checklist", ()) else {}
            run(f"processinstance_{verdict}", row.pk, world.actor(people[found.person_id]), {"asked": found.no, **given})
        elif timer := Timer.objects.filter(instance=row, state="armed", kind="wait").first():
            locked = store.locked(row.pk)
            assert locked is not None
            with store.command(locked) as going:
                fire(going, timer.no)
        elif child := row.children.filter(state="running").first():
            agreed(world, child, TEN["complaint"][1])
        effects.attempt(row.pk)
        effects.children()
    raise AssertionError("it never ends")


@pytest.mark.parametrize("key", sorted(TEN))
def test_a_template_runs_as_foreseen_and_reaches_every_step(company, key: str) -> None:
    process = in_use(company, *(("complaint",) if key == "care" else ()), key)
    process.refresh_from_db()
    definition = read(process.active.body)
    reached: set[str] = set()
    for n, form in enumerate(TEN[key]):
        thing = record(company, key, n)
        row = begun(company, process, thing, form)
        expected = foreseen(definition, row, thing, form)
        assert agreed(company, row, form) == expected
        assert row.outcome == "approved"
        reached |= set(Step.objects.filter(instance=row).values_list("node", flat=True))
        assert not Effect.objects.filter(instance=row, state__in=("due", "failed")).exists()
        thing.refresh_from_db()
        if process.gate:
            assert thing.state == {"confirm": "signed", "sign": "active"}[process.gate]
    assert reached - {"#gate"} == set(Plan(definition).node)


def test_the_ten_are_there_in_both_languages() -> None:
    assert set(TEN) <= set(templates())
    for body in (t.body for t in templates().values()):
        for node in Plan(read(body)).node.values():
            assert set(node.name) == {"zh-hans", "en"}, (body["key"], node.id)


def test_a_step_called_after_a_role_asks_that_role() -> None:
    called = {b.code: (b.zh, b.en) for b in BUILTIN} | {code: (zh, en) for code, zh, en in PROCESS}
    for body in (t.body for t in templates().values()):
        for node in Plan(read(body)).node.values():
            name, roles = str(node.name["zh-hans"]), {who.role for who in getattr(node, "who", ()) if who.kind == "role"}
            assert not any(office in name for office in ("总监", "总经理")), (body["key"], node.id, "no role is called that")
            named = {code for code, (zh, _en) in called.items() if len(zh) > 2 and zh in name}
            assert named <= roles, (body["key"], node.id, name)
            if "branch_manager" in roles and len(roles) == 1 and node.type == "approval":
                assert "分公司经理" in name and "Branch manager" in node.name["en"], (body["key"], node.id)


@pytest.mark.parametrize("key", ["order_special", "contract_review"])
def test_what_waits_is_not_made_dearer_by_its_lines(company, key):
    process = in_use(company, key)
    thing = record(company, key, 0)
    row = begun(company, process, thing, {})
    order = thing if key == "order_special" else order_of(thing)
    with pytest.raises(Refused, match=str(row.name)):
        line(company, order, "50000")
    order.refresh_from_db()
    assert OrderLine._base_manager.filter(order=order).count() == 1 and order.amount == thing.amount


def test_the_page_of_what_is_being_decided_offers_the_move_to_nobody(company, browser):
    thing = record(company, "contract_review", 0)
    before = browser("admin").get(f"/contracts/{thing.pk}").context_data["record"]
    assert any(b.get("dialog", "").endswith("/do/contract_sign") for b in before["buttons"]) and "可以签订" in before["path"]["guide"]["lead"]
    begun(company, in_use(company, "contract_review"), thing, {})
    for href in (f"/contracts/{thing.pk}", f"/orders/{order_of(thing).pk}"):
        page = browser("admin").get(href).context_data["record"]
        assert not any(b.get("dialog", "").endswith("/do/contract_sign") for b in page["buttons"]), href
        assert "正在审批" in page["path"]["guide"]["lead"] and not page["path"]["guide"].get("next"), href
