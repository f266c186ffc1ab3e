"""A customer is given to somebody else: what is in work with it goes along, is counted before, and can be worked on afterwards."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from pellucid.collaboration.models import Task
from pellucid.kernel.access.models import RoleRight
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.records import days, versions
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.resources.undo import undo
from pellucid.orders.models import Contract, Order
from pellucid.people.handing_pages import planned
from pellucid.sales.models import Opportunity, Quotation

pytestmark = pytest.mark.django_db


def worked_on(world) -> dict[str, Any]:
    """A customer of Alice's with a sale of hers, one of Carol's and a lost one, an offer, a contract with its order, and tasks."""
    alice, soon = world.actor("alice"), (days.now() + dt.timedelta(days=2)).isoformat()
    customer = world.customer("恒砺精密")
    sale = run("opportunity_create", None, alice, values={"customer": customer.pk, "name": "压铸机"}).record
    other = run("opportunity_create", None, alice, values={"customer": customer.pk, "name": "同事的"}).record
    run("opportunity_reassign", other.pk, world.actor("sam"), {"owner": world.users["carol"].pk})
    lost = run("opportunity_create", None, alice, values={"customer": customer.pk, "name": "丢了的"}).record
    Opportunity.objects.filter(pk=lost.pk).update(state="lost", closed_on=days.today())
    offer = run("quotation_create", None, alice, values={"customer": customer.pk, "opportunity": sale.pk}).record
    contract = run("contract_create", None, alice, values={"customer": customer.pk, "name": "合同甲"}).record
    run("customer_add_task", customer.pk, alice, {"name": "寄样册", "due_at": soon})
    run("opportunity_next_step", sale.pk, alice, {"text": "报价", "at": soon})
    return {"customer": customer, "sale": sale, "other": other, "lost": lost, "offer": offer, "contract": contract}


def owners(made: dict[str, Any]) -> dict[str, str]:
    """Who looks after what now."""
    order = Order.objects.get(contract=made["contract"])
    of = {"sale": Opportunity, "other": Opportunity, "lost": Opportunity, "offer": Quotation, "contract": Contract}
    found = {name: model.objects.get(pk=made[name].pk).owner.username for name, model in of.items()}
    return found | {"order": order.owner.username} | dict(Task.objects.values_list("name", "owner__username"))


CAME = {"sale": "bob", "other": "carol", "lost": "alice", "offer": "bob", "contract": "bob", "order": "bob", "寄样册": "bob", "报价": "bob"}
BEFORE = CAME | {name: "alice" for name, owner in CAME.items() if owner == "bob"}


def test_what_is_in_work_goes_along_and_the_successor_quotes_on_it(world):
    made, erin = worked_on(world), world.actor("erin")
    outcome = run("customer_reassign", made["customer"].pk, erin, {"owner": world.users["bob"].pk})
    assert owners(made) == CAME
    assert Event.objects.get(pk=outcome.event_id).payload["moved"] == {"opportunity": 1, "quotation": 1, "contract": 1, "order": 1, "task": 1}
    offer = run("quotation_create", None, world.actor("bob"), values={"customer": made["customer"].pk, "opportunity": made["sale"].pk}).record
    assert offer.opportunity_id == made["sale"].pk


@pytest.mark.django_db(transaction=True)
def test_taken_back_everything_is_where_it_was(world):
    made, erin = worked_on(world), world.actor("erin")
    outcome = run("customer_reassign", made["customer"].pk, erin, {"owner": world.users["bob"].pk})
    assert outcome.event_id and undo(outcome.event_id, erin) == (1, [])
    assert owners(made) == BEFORE


@pytest.mark.django_db(transaction=True)
def test_where_one_of_many_cannot_go_back_the_others_do_with_what_went_along(world):
    made, erin = worked_on(world), world.actor("erin")
    second = world.customer("另一家")
    kept = run("opportunity_create", None, world.actor("alice"), values={"customer": second.pk, "name": "留下的"}).record
    batch = run_many("customer_reassign", [made["customer"].pk, second.pk], erin, {"owner": world.users["bob"].pk})
    assert owners(made) == CAME and Opportunity.objects.get(pk=kept.pk).owner.username == "bob"
    run("customer_reassign", second.pk, erin, {"owner": world.users["alice"].pk, "along": False})
    done, stayed = undo(batch.events[0], erin)
    assert (done, len(stayed)) == (1, 1)
    assert owners(made) == BEFORE
    assert Opportunity.objects.get(pk=kept.pk).owner.username == "bob"


def test_what_is_out_of_sight_is_not_counted_among_what_stays(world, browser):
    made, bob = worked_on(world), world.users["bob"].pk
    mine = RoleRight.objects.filter(role__code="sales_manager")
    mine.filter(resource="contract", verb="transfer").delete()
    mine.filter(resource="order", verb__in=("view", "transfer")).delete()
    versions.forget()
    dialog = browser("sam").get(f"/customers/{made['customer'].pk}/do/customer_reassign").content.decode()
    many = browser("sam").post("/customers/bulk/customer_reassign", {"ids": made["customer"].pk, "owner": bob, "along": "1"}).content.decode()
    for page in (dialog, many):
        assert '合同 <b class="num">1</b>' in page and '订单 <b class="num">' not in page
    outcome = run("customer_reassign", made["customer"].pk, world.actor("sam"), {"owner": bob})
    assert Event.objects.get(pk=outcome.event_id).payload["stayed"] == {"contract": 1}
    assert owners(made) == CAME | {"contract": "alice", "order": "alice"}


def test_it_is_counted_before_and_may_stay(world, browser):
    made = worked_on(world)
    dialog = browser("erin").get(f"/customers/{made['customer'].pk}/do/customer_reassign").content.decode()
    assert "在办" in dialog and '商机 <b class="num">1</b> · 报价 <b class="num">1</b>' in dialog and 'name="along"' in dialog
    many = browser("erin").post("/customers/bulk/customer_reassign", {"ids": made["customer"].pk, "owner": world.users["bob"].pk, "along": "1"})
    assert '任务 <b class="num">2</b>' in many.content.decode()
    run("customer_reassign", made["customer"].pk, world.actor("erin"), {"owner": world.users["bob"].pk, "along": False})
    assert owners(made) == BEFORE
    empty = world.customer("没有在办")
    assert 'name="along"' not in browser("erin").get(f"/customers/{empty.pk}/do/customer_reassign").content.decode()


def test_who_kept_the_sale_quotes_for_a_customer_that_is_anothers_now(world, browser):
    made, alice = worked_on(world), world.actor("alice")
    run("customer_reassign", made["customer"].pk, world.actor("erin"), {"owner": world.users["bob"].pk, "along": False})
    given = {"customer": made["customer"].pk, "opportunity": made["sale"].pk}
    assert run("quotation_create", None, alice, values=given).record.customer_id == made["customer"].pk
    typed = browser("alice").post(f"/quotations/new?opportunity={made['sale'].pk}", given | {"currency": "CNY"})
    assert typed.status_code == 302
    for wrong in ({"customer": made["customer"].pk}, {"customer": world.customer("别人的", by="bob").pk, "opportunity": made["sale"].pk}):
        with pytest.raises(Invalid) as refused:
            run("quotation_create", None, alice, values=wrong)
        assert list(refused.value.errors) == ["customer"]


def test_a_transfer_of_customers_counts_and_moves_what_is_in_work(world):
    made, boss = worked_on(world), world.actor("admin")
    transfer = run("transfer_create", None, boss, values={"owner": world.users["alice"].pk, "kind": "change"}).record
    part = {"transfer": transfer.pk, "resource": "customer", "rule": "person", "receiver": world.users["bob"].pk}
    run("transferline_create", None, boss, values=part)
    before = planned(transfer, boss)
    assert before["parts"][0]["to"][0]["counts"] == "Contracts 1 · Customers 1 · Opportunities 1 · Orders 1 · Quotations 1 · Tasks 2"
    assert before["left"] == [("Opportunities", 1)]
    run("transfer_run", transfer.pk, boss)
    assert owners(made) == CAME
