"""What the grade of a customer gives it: terms that are proposed and terms that need a decision, how much without one, how soon it is answered;
and that a process which agreed has decided for exactly what it saw."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from pellucid.collaboration.models import Task
from pellucid.customers.models import Customer
from pellucid.kernel.access import calendars
from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.actions.run import run
from pellucid.kernel.processes import effects
from pellucid.kernel.processes.models import Assignment, ProcessInstance, Step
from pellucid.kernel.processes.showing import detail
from pellucid.kernel.records import days, terms, versions
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.resources.fields import readable
from pellucid.orders import grades
from pellucid.orders.actions import crediting
from pellucid.orders.credit_pages import asked as asked_card
from pellucid.orders.credit_pages import beside, credit_check, hint
from pellucid.orders.models import CreditDecision, CreditGrade, CreditProfile, Order, PaymentPlan
from tests.orders.making import D, contract, line, order_of, receipt, signed, split
from tests.orders.test_templates import agreed, in_use
from tests.sales.test_quotations import line as offered
from tests.sales.test_quotations import quotation

pytestmark = pytest.mark.django_db


def trust(world, customer, grade: str = "B", **more) -> CreditProfile:
    return run("creditprofile_create", None, world.actor("fay"), values={"customer": customer.pk, "grade": grade, **more}).record


def changed(world, grade: str, **values) -> None:
    row = CreditGrade._base_manager.get(grade=grade)
    run("creditgrade_update", row.pk, world.actor("fay"), values=values, version=row.version)
    versions.forget()


def waiting(world, customer, price: str, plan: str = "30/60/10", **more) -> Order:
    """An order of a draft contract, complete."""
    order = order_of(contract(world, customer=customer, **more))
    line(world, order, price, tax_rate="0", by="admin")
    split(world, order, plan, by="admin")
    order.refresh_from_db()
    return order


# ------------------------------------------------------------------------------------------------ terms
def test_terms_are_read_from_their_parts() -> None:
    parts = [(D("30"), "signed", 7), (D("60"), "delivered", 30), (D("10"), "warranty", 365)]
    assert grades.terms(parts) == grades.Terms(D("30"), 30, D("10"))
    assert grades.terms([(D("50"), "delivered", 30), (D("50"), "accepted", 75)]) == grades.Terms(D("0"), 75, D("0"))
    assert grades.terms([]) is None


def test_terms_beyond_the_grade_need_a_decision_and_what_was_named_for_the_customer_does_not(world):
    customer = world.customer("恒砺精密")
    profile = trust(world, customer, "B")
    order = waiting(world, customer, "1000", plan="货到 30 天")
    with pytest.raises(Refused, match=r"^0% are paid in advance; the grade wants 30%\.$"):
        run("contract_sign", order.contract_id, world.actor("sam"))
    order.contract.refresh_from_db()
    net_30 = PaymentPlan._base_manager.get(name="货到 30 天")
    run("creditprofile_update", profile.pk, world.actor("fay"), values={"terms": net_30.pk}, version=profile.version)
    run("contract_sign", order.contract_id, world.actor("sam"))
    assert not CreditDecision._base_manager.exists(), "nothing spoke against it"


def test_what_a_grade_allows_is_data(world):
    customer = world.customer("恒砺精密")
    trust(world, customer, "A")
    order = waiting(world, customer, "1000", plan="30/60/10")
    changed(world, "A", max_days="20", max_retained="5", order_limit="900")
    with pytest.raises(Refused) as refusal:
        run("contract_sign", order.contract_id, world.actor("sam"))
    assert refusal.value.message == (
        "Orders above 900.00 need a decision in this credit grade; this one comes to 1000.00. 30 days of credit are asked for; the grade allows 20."
        " 10% are kept until the warranty ends; the grade allows 5%.")  # fmt: skip
    changed(world, "A", max_days="30", max_retained="10", order_limit="")
    run("contract_sign", order.contract_id, world.actor("sam"))


def test_a_fixed_day_counts_from_the_promised_delivery(world):
    customer = world.customer("恒砺精密")
    trust(world, customer, "A")
    order = order_of(contract(world, customer=customer))
    line(world, order, "100", tax_rate="0", by="admin")
    promised = days.today() + dt.timedelta(days=30)
    Order._base_manager.filter(pk=order.pk).update(promised_on=promised)
    for due, amount in ((days.today(), "40"), (promised + dt.timedelta(days=61), "60")):
        values = {"order": order.pk, "basis": "day", "due_on": due.isoformat(), "amount": amount}
        run("instalment_create", None, world.actor("sam"), values=values)
    order.refresh_from_db()
    assert grades.terms_of_order(order) == grades.Terms(D("40"), 61, D("0"))
    with pytest.raises(Refused, match="61 days of credit are asked for; the grade allows 60"):
        run("contract_sign", order.contract_id, world.actor("sam"))


def test_days_after_signing_are_credit_once_they_end_after_the_goods(world):
    customer = world.customer("恒砺精密")
    trust(world, customer, "B")
    order = order_of(contract(world, customer=customer))
    line(world, order, "100", tax_rate="0", by="admin")
    part = run("instalment_create", None, world.actor("sam"), values={"order": order.pk, "basis": "signed", "days": "365", "amount": "100"}).record
    assert grades.terms_of_order(order) == grades.Terms(D("100"), 365, D("0")), "nobody promised a delivery: its days are credit"
    Order._base_manager.filter(pk=order.pk).update(promised_on=days.today() + dt.timedelta(days=10))
    order.refresh_from_db()
    assert grades.terms_of_order(order) == grades.Terms(D("0"), 355, D("0"))
    with pytest.raises(Refused, match="355 days of credit are asked for; the grade allows 30"):
        run("contract_sign", order.contract_id, world.actor("sam"))
    run("instalment_update", part.pk, world.actor("sam"), values={"days": "7"}, version=part.version)
    assert grades.terms_of_order(order) == grades.Terms(D("100"), 0, D("0"))


def test_an_older_home_goes_on_with_the_credit_it_gave(world):
    trust(world, world.customer("恒砺精密"), "D")
    CreditGrade._base_manager.all().delete()
    crediting.ship()
    versions.forget()
    given = {g.grade: (g.max_days, g.min_prepaid, g.max_retained, g.order_limit) for g in grades.grades().values()}
    assert given == dict.fromkeys("ABCD", (3660, 0, 100, None))


def test_service_levels_come_from_above_in_a_few_statements(world, django_assert_max_num_queries):
    top = world.customer("集团")
    trust(world, top, "A")
    children = [world.customer(f"子公司{n}", parent=top.pk) for n in range(6)]
    grandchild = world.customer("孙公司", parent=children[0].pk)
    alone = world.customer("无档客户")
    grades.grades()
    with django_assert_max_num_queries(6):
        found = grades.services([*(c.pk for c in children), grandchild.pk, alone.pk, top.pk])
    assert set(found) == {*(c.pk for c in children), grandchild.pk, top.pk} and {s.name for s in found.values()} == {"金牌"}


def test_a_digit_that_is_no_number_is_no_customer(world):
    assert hint(world.actor("fay"), {"customer": "²"}, None) is None


def test_who_reads_no_credit_does_not_see_how_far_somebody_is_trusted(world):
    for name in ("sally", "walt"):
        for key in ("order", "contract"):
            assert not {"credit_grade", "over_credit", "terms_beyond_grade"} & set(readable(key, world.actor(name))), (name, key)
    assert "credit_grade" in readable("order", world.actor("fay"))


def test_the_figures_beside_a_request_are_those_the_reader_may_see(company):
    world, top = company, company.customer("集团")
    customer = company.customer("子公司", parent=top.pk)
    trust(world, top, limit="500")
    trust(world, customer, limit="1000")
    in_use(world, "order", "order_special")
    row = run("order_confirm", framed(world, customer, "700", cost="500").pk, world.actor("sam")).waiting
    assert "集团" in str(asked_card(row, world.actor("fay")))
    run("customer_reassign", top.pk, world.actor("admin"), {"owner": world.users["bob"].pk})
    reader = world.actor("alice")
    card = asked_card(row, reader)
    assert card is not None and "集团" not in str(card) and "500" not in str(card), "the parent company is a colleague's"
    FieldRight.objects.create(role=Role.objects.get(code="finance"), resource="order", field="amount", level="none")
    assert asked_card(row, type(reader).of(world.users["fay"], "web")) is None


def test_a_new_quotation_contract_and_order_propose_what_the_grade_gives(world):
    customer = world.customer("恒砺精密")
    trust(world, customer, "A")
    offer = quotation(world, customer=customer)
    offered(world, offer, "1000")
    assert offer.payment_id == terms.find("quotation_payment", "net_30")
    run("quotation_send", offer.pk, world.actor("sam"))
    run("quotation_accept", offer.pk, world.actor("sam"))
    made = run("contract_from_quotation", offer.pk, world.actor("sam")).value
    order = order_of(made)
    assert [(i.basis, i.days, i.amount) for i in order.instalments.all()] == [("delivered", 30, order.amount)]
    free = order_of(contract(world, customer=customer))
    suggest = actions["order_split"].suggest
    assert suggest is not None
    assert suggest(free, world.actor("sam")) == {"plan": PaymentPlan._base_manager.get(name="货到 30 天").pk}
    stranger = order_of(contract(world, customer=world.customer("无档客户")))
    assert suggest(stranger, world.actor("sam")) == {}
    said = hint(world.actor("sam"), {"customer": str(customer.pk)}, None)
    assert said is not None and said["credit"]["label"] == "A · excellent"


# ------------------------------------------------------------------------------------------------ service
def test_a_service_level_shortens_the_time_to_plan_and_presses_tasks(world):
    gold, plain = world.customer("金牌客户"), world.customer("普通客户")
    trust(world, gold, "A")
    run("setting_set", None, world.actor("admin"), values={"customers.plan_minutes": 960})
    for one in (gold, plain):
        run("customer_reassign", one.pk, world.actor("sam"), {"owner": world.users["carol"].pk})
    rows = {c.name: c for c in Customer._base_manager.filter(pk__in=(gold.pk, plain.pk))}
    length = {name: calendars.minutes(c.unit_id, c.plan_since, c.plan_due_at) for name, c in rows.items()}
    assert length == {"金牌客户": 120, "普通客户": 960}
    due = (timezone.now() + dt.timedelta(days=1)).isoformat()
    for one in (gold, plain):
        run("customer_add_task", one.pk, world.actor("sam"), {"name": "回访", "due_at": due})
    deal = run("opportunity_create", None, world.actor("sam"), values={"name": "压装线", "customer": gold.pk}).record
    run("opportunity_add_task", deal.pk, world.actor("sam"), {"name": "催货", "due_at": due})
    assert dict(Task._base_manager.filter(name__in=("回访", "催货")).values_list("about_title", "priority").order_by("pk")) == {
        "金牌客户": "high", "普通客户": "normal", "压装线": "high"}  # fmt: skip
    run("setting_set", None, world.actor("admin"), values={"customers.plan_minutes": 60})
    run("customer_reassign", gold.pk, world.actor("sam"), {"owner": world.users["sam"].pk})
    gold.refresh_from_db()
    assert calendars.minutes(gold.unit_id, gold.plan_since, gold.plan_due_at) == 60, "what the company always does is sooner"


def test_the_card_says_what_the_grade_gives(world):
    customer = world.customer("集团")
    child = world.customer("子公司", parent=customer.pk)
    profile = trust(world, customer, "A", limit="2000")
    signed(world, "885", plan="款到发货", customer=child)
    run("creditprofile_update", profile.pk, world.actor("fay"), values={"limit": "1000"}, version=profile.version)
    card = beside(customer, world.actor("sam"))
    assert card is not None
    assert card["gives"] == "credit 60 days · 0% in advance · 10% kept until the warranty ends · service level 金牌: answered within 2 小时"
    assert grades.gives(grades.grade_of(child.pk), "en").endswith("service level Gold: answered within 2 h")
    assert [(r["label"], r["right"]) for r in card["rows"]] == [("Beyond the limit", "−0.05 / 1,000")]
    below = beside(child, world.actor("sam"))
    assert below is not None and below["gives"] == card["gives"], "a subsidiary is graded by its parent"
    assert beside(world.customer("无档客户"), world.actor("sam")) is None
    assert beside(customer, world.actor("walt")) is None, "who may not read credit sees nothing of it"


# ------------------------------------------------------------------------------------------------ decided by a process
def framed(world, customer, price: str, plan: str = "款到发货", cost: str = "", **more) -> Order:
    """A complete order under a framework contract in force: it is confirmed by itself."""
    frame = contract(world, kind="framework", customer=customer, name="框架合同")
    run("contract_sign", frame.pk, world.actor("sam"))
    order = run("order_create", None, world.actor("sam"), values={"contract": frame.pk, **more}).record
    line(world, order, price, tax_rate="0", by="admin", **({"unit_cost": cost} if cost else {}))
    split(world, order, plan)
    order.refresh_from_db()
    return order


ALL = {"reason": "老客户急单", "custom": False}


def test_an_order_beyond_credit_waits_for_the_special_process_which_then_has_decided(company):
    world, customer = company, company.customer("恒砺精密")
    trust(world, customer, limit="1000")
    in_use(world, "order", "order_special")
    usual = framed(world, customer, "700", cost="500")
    row = run("order_confirm", usual.pk, world.actor("sam")).waiting
    assert row.process.key == "order", "nothing speaks against it"
    agreed(world, row, {})
    order = framed(world, customer, "400", cost="300")
    row = run("order_confirm", order.pk, world.actor("sam")).waiting
    assert row.process.key == "order_special"
    order.refresh_from_db()
    assert (order.credit_grade, order.over_credit, order.terms_beyond_grade, order.margin) == ("B", True, False, D("25.00"))
    seen = {f["label"]: f["value"] for f in detail(row, world.actor("erin"))["facts"]}
    assert (seen["Gross margin"], seen["Beyond credit, or overdue"], seen["Credit grade of the customer"]) == ("25%", "Yes", "B · good")
    typed = {f["label"] for f in detail(row, world.actor("erin"))["form"]}
    assert typed <= {"What is special", "Not standard", "Assessment"}
    asked = agreed(world, row, ALL)
    assert {"credit", "gm_credit"} <= {node for node, _person in asked}
    order.refresh_from_db()
    assert (order.state, row.outcome) == ("signed", "approved")
    kept = CreditDecision._base_manager.get()
    assert (kept.order_id, kept.way, kept.request_id, kept.worth, kept.limit, kept.used, kept.decided_on) == (
        order.pk, "process", row.pk, D("400.00"), D("1000.00"), D("700.00"), days.today())  # fmt: skip
    assert kept.decided_by_id in {person for _node, person in asked}
    card = credit_check(order, world.actor("sam"))
    assert card is not None and card["tag"]["label"] == "Let pass"
    assert [line["text"] for line in card["lines"]] == ["The credit limit is 1,000, of which 700 are used; this order needs 400."]
    beside_request = asked_card(row, world.actor("fay"))
    assert beside_request is not None and [line["text"] for line in beside_request["lines"]] == [line["text"] for line in card["lines"]]
    assert asked_card(row, world.actor("walt")) is None, "who may not read credit decides without it"
    beside_it = beside(customer, world.actor("sam"))
    assert beside_it is not None and any(order.number in r["label"] for r in beside_it["rows"])


def test_what_has_grown_since_it_was_agreed_to_stops_it_again(company):
    world, customer = company, company.customer("恒砺精密")
    trust(world, customer, limit="1000")
    in_use(world, "order_special")
    order = framed(world, customer, "1200", cost="900")
    row = run("order_confirm", order.pk, world.actor("sam")).waiting
    late = signed(world, "100", plan="款到发货", customer=customer)  # somebody else's order went through meanwhile
    with pytest.raises(AssertionError):
        agreed(world, row, ALL)
    held = Step.objects.get(instance=row, node="#gate", state="open").data["held"]
    assert held["error"] == ("It has changed since it was agreed to: The credit limit is 1000.00, of which 113.00 are used; this order needs 1200.00."
                             " It is tried again once that is settled, or ended and asked for anew.")  # fmt: skip
    order.refresh_from_db()
    assert order.state == "draft" and not CreditDecision._base_manager.exists()
    run("receipt_allocate_oldest", receipt(world, late, "113").pk, world.actor("fay"))
    asked = Assignment.objects.filter(instance=row, state="pending").order_by("no").first()
    assert asked is not None
    run("processinstance_retry", row.pk, world.actor("admin"), {"asked": asked.no})
    effects.attempt(row.pk)
    order.refresh_from_db()
    assert order.state == "signed", "the money came: it is what was agreed to again"
    assert CreditDecision._base_manager.get().used == 0


def test_what_nobody_saw_is_not_agreed_to(company):
    """A block and overdue money that came up after the request was sent are no part of what was agreed to; money that comes in is no harm."""
    world, customer = company, company.customer("恒砺精密")
    profile = trust(world, customer, limit="1000")
    in_use(world, "order_special")
    order = framed(world, customer, "1200", cost="900")
    row = run("order_confirm", order.pk, world.actor("sam")).waiting
    run("creditprofile_update", profile.pk, world.actor("fay"), values={"blocked": True}, version=profile.version)
    with pytest.raises(AssertionError):
        agreed(world, row, ALL)
    assert "gets no new orders on credit" in Step.objects.get(instance=row, node="#gate", state="open").data["held"]["error"]


def test_the_review_of_a_contract_decides_for_its_order(company):
    world, customer = company, company.customer("恒砺精密")
    trust(world, customer, limit="1000")
    in_use(world, "contract_review")
    order = waiting(world, customer, "400000", plan="货到 30 天")
    row = run("contract_sign", order.contract_id, world.actor("sam")).waiting
    order.contract.refresh_from_db()
    assert (order.contract.over_credit, order.contract.terms_beyond_grade, order.contract.credit_grade) == (True, True, "B")
    agreed(world, row, {"changed": False, "sealed": True})
    order.refresh_from_db()
    assert order.state == "signed"
    assert {one["what"] for one in CreditDecision._base_manager.get().found} == {"limit", "prepaid"}


def test_a_process_for_certain_records_stands_before_one_for_all(company):
    in_use(company, "order", "order_special")
    plain, special = framed(company, company.customer("甲"), "10"), framed(company, company.customer("乙"), "10", special_reason="试用")
    for order, key in ((plain, "order"), (special, "order_special")):
        assert run("order_confirm", order.pk, company.actor("sam")).waiting.process.key == key
    assert ProcessInstance.objects.count() == 2


def test_who_decides_on_credit_gives_a_reason_that_is_kept(world):
    customer = world.customer("恒砺精密")
    trust(world, customer, limit="100")
    order = waiting(world, customer, "150", plan="款到发货")
    run("contract_sign", order.contract_id, world.actor("admin"), {"beyond": "总经理同意"})
    kept = CreditDecision._base_manager.get()
    assert (kept.way, kept.reason, kept.decided_by_id, kept.worth, kept.used, kept.limit) == (
        "person", "总经理同意", world.users["admin"].pk, D("150.00"), D("0.00"), D("100.00"))  # fmt: skip


@pytest.mark.parametrize("ahead", [30, 0, -10])
def test_money_in_advance_stays_so_whatever_delivery_was_promised(world, ahead):
    customer = world.customer("恒砺精密")
    order = framed(world, customer, "100", promised_on=(days.today() + dt.timedelta(days=ahead)).isoformat())
    assert grades.terms_of_order(order) == grades.Terms(D("100"), 0, D("0"))


def test_a_home_that_gave_credit_before_there_were_grades_goes_on_as_it_did(world):
    trust(world, world.customer("恒砺精密"), grade="D")
    CreditGrade._base_manager.all().delete()
    crediting.ship()
    kept = CreditGrade._base_manager.values_list("min_prepaid", "max_retained", "order_limit", "overdue_days").distinct()
    assert list(kept) == [(D("0"), D("100"), None, None)]
