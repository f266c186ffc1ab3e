"""Lists of what is owed, of credit and of warnings: whose it is, what is used, what matters most first; found by the customer's name."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from pellucid.kernel.actions.run import run, show_for
from pellucid.kernel.events.bus import deliver, publish
from pellucid.kernel.events.models import Event
from pellucid.kernel.records import days
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.lists.run import rows
from pellucid.kernel.resources.params import ListParams
from pellucid.kernel.resources.query import listing
from pellucid.orders import credit
from pellucid.orders.actions.using import bring_up
from pellucid.orders.models import CreditProfile, DunningCase, Instalment, Order, PaymentWarning
from pellucid.orders.models.dunning import level_names
from pellucid.orders.warning_pages import page, reasons_of
from tests.orders.making import D, receipt, signed
from tests.orders.test_credit import profile


def found(world, key: str, query: str = "", who: str = "admin", **params: str) -> list[int]:
    """Ids of a list as it is opened with these parameters."""
    actor = world.actor(who)
    return [row[0] for row in rows(connection, listing(registry[key], actor, ListParams(q=query, **params), show_for(actor)).query)]


@pytest.mark.django_db
def test_instalments_know_their_customer_and_the_oldest_due_comes_first(world):
    today = days.today()
    late = signed(world, "200", plan="款到发货", on=(today - dt.timedelta(days=40)).isoformat(), customer=world.customer("拓新机械"))
    new = signed(world, "100", plan="款到发货", on=today.isoformat(), customer=world.customer("恒砺精密"))
    old, young = late.instalments.get(), new.instalments.get()
    assert (old.customer_id, young.customer_id) == (late.customer_id, new.customer_id)
    assert found(world, "instalment") == [old.pk, young.pk]
    assert found(world, "instalment", "拓新") == [old.pk] and found(world, "instalment", "hljm") == [young.pk]
    assert found(world, "instalment", late.number) == [old.pk]
    with connection.cursor() as cursor:  # whoever writes, it is the order's
        cursor.execute("UPDATE orders_instalment SET customer_id = %s WHERE id = %s", [new.customer_id, old.pk])
        assert Instalment._base_manager.get(pk=old.pk).customer_id == late.customer_id
        cursor.execute("UPDATE orders_order SET customer_id = %s WHERE id = %s", [new.customer_id, late.pk])
    assert Instalment._base_manager.get(pk=old.pk).customer_id == new.customer_id


@pytest.mark.django_db
def test_what_is_searched_by_its_customer_stays_within_rights(world):
    order = signed(world, "100", customer=world.customer("拓新机械", phone="0512-66778899"))
    assert found(world, "order", "拓新") == [order.pk] and found(world, "contract", "txjx") == [order.contract_id]
    assert found(world, "order", "66778899") == []  # a name leads there, what else is known of a customer does not
    assert found(world, "order", "拓新", who="bob") == []


@pytest.mark.django_db
def test_a_profile_says_what_is_used_available_and_overdue_of_its_group(world):
    parent = world.customer("集团")
    child = world.customer("子公司", parent=parent.pk)
    whole, rest = profile(world, parent, "2000"), profile(world, world.customer("恒砺精密"), "300")
    free = profile(world, world.customer("拓新机械"), None)
    signed(world, "1000", plan="款到发货", on=(days.today() - dt.timedelta(days=40)).isoformat(), customer=child)
    CreditProfile._base_manager.filter(pk=whole.pk).update(limit=1000)
    deliver()
    whole.refresh_from_db()
    assert (whole.used, whole.available, whole.overdue) == (D("1130.00"), D("-130.00"), D("1130.00"))
    assert (whole.used, whole.overdue) == (credit.exposure({parent.pk, child.pk}), credit.overdue({parent.pk, child.pk}, days.today())[0])
    assert found(world, "creditprofile") == [whole.pk, rest.pk, free.pk]  # who is beyond it first, who has none last
    assert found(world, "creditprofile", "恒砺") == [rest.pk]
    paid = receipt(world, Order._base_manager.get(customer=child), "1130")
    run("receipt_allocate_oldest", paid.pk, world.actor("fay"))
    deliver()
    whole.refresh_from_db()
    assert (whole.used, whole.available, whole.overdue, whole.version) == (D(0), D("1000.00"), D(0), 2)  # figures of the ledger are no edit
    CreditProfile._base_manager.update(used=5)
    assert bring_up() == 3 and bring_up() == 0


@pytest.mark.django_db
def test_a_customer_that_leaves_its_group_uses_nothing_of_it_any_more(world):
    parent = world.customer("集团")
    child = world.customer("子公司", parent=parent.pk)
    made = profile(world, parent, "1000")
    signed(world, "100", customer=child)
    deliver()
    made.refresh_from_db()
    assert made.used == D("113.00")
    child.refresh_from_db()
    left = run("customer_update", child.pk, world.actor("admin"), values={"parent": None}, version=child.version)
    deliver()
    made.refresh_from_db()
    assert (made.used, made.available) == (D(0), D("1000.00"))
    assert credit.whose(Event.objects.get(pk=left.event_id)) == sorted([parent.pk, child.pk]), "nobody else's is looked at"


@pytest.mark.django_db
def test_a_merge_brings_up_both_groups_and_so_does_taking_it_back(world):
    """The subsidiary that was merged counts for the group of the one that took it in; afterwards for its own again."""
    one, two, boss = world.customer("甲集团"), world.customer("乙集团"), world.actor("admin")
    stays, goes = world.customer("恒砺精密", parent=one.pk), world.customer("恒砺精密机械", parent=two.pk)
    mine, theirs, other = profile(world, one, "1000"), profile(world, two, "1000"), profile(world, world.customer("拓新机械"), "300")
    signed(world, "100", customer=goes)
    deliver()

    def used() -> list[D]:
        return [CreditProfile._base_manager.get(pk=p.pk).used for p in (mine, theirs)]

    assert used() == [D(0), D("113.00")]
    CreditProfile._base_manager.filter(pk=other.pk).update(used=7)  # what nothing happened to is left alone
    merged = run("customer_merge", stays.pk, boss, {"other": str(goes.pk)})
    deliver()
    assert used() == [D("113.00"), D(0)]
    assert credit.whose(Event.objects.get(pk=merged.event_id)) == sorted([one.pk, two.pk, stays.pk, goes.pk])
    run("customer_unmerge", stays.pk, boss)
    deliver()
    assert used() == [D(0), D("113.00")]
    assert CreditProfile._base_manager.get(pk=other.pk).used == 7


@pytest.mark.django_db
def test_a_batch_brings_up_those_it_is_about_and_the_companies_above_them(world):
    parent = world.customer("集团")
    buyers = [world.customer("子公司", parent=parent.pk), world.customer("恒砺精密")]
    world.customer("拓新机械")
    orders = [signed(world, "100", customer=buyer).pk for buyer in buyers]

    def whose(items: list[int]) -> list[int] | None:
        return credit.whose(Event.objects.get(pk=publish("order.confirmed", by=world.actor("admin"), resource="order", items=items)))

    assert whose(orders) == sorted([parent.pk, *(buyer.pk for buyer in buyers)])
    assert whose(orders * credit.FEW) is None, "of very many it is asked of everybody at once"


@pytest.mark.django_db
def test_warnings_are_ranked_by_what_is_at_stake_and_say_why(world):
    likely, large = world.customer("恒砺精密"), world.customer("拓新机械")
    PaymentWarning._base_manager.create(customer=likely, chance=40, reason="overdue", owed=100_000, reasons="overdue 39.00;use 0.92;disputes 1.00")
    big = PaymentWarning._base_manager.create(customer=large, chance=15, reason="drift", owed=1_000_000, reasons="drift 12.00")
    assert [line["stake"] for line in page(world.actor("admin"), {})["lines"]] == ["15.0 万", "4.0 万"]
    assert found(world, "paymentwarning")[0] == big.pk and found(world, "paymentwarning", "拓新") == [big.pk]
    reasons = reasons_of(PaymentWarning._base_manager.get(customer=likely))
    said = ["Already 39 days later than it usually pays", "92% of its credit limit are used", "Disputes 1 instalment"]
    assert [r["label"] for r in reasons] == said
    assert reasons[0]["href"] == f"/instalments/?view=overdue&f.customer=in:{likely.pk}"


@pytest.mark.django_db
def test_the_level_of_a_case_is_said_in_words(world, browser):
    case = DunningCase._base_manager.create(name="甲", customer=world.customer("恒砺精密"), collector_id=world.actor("alice").user_id, level=2)
    (shown,) = [level_names("zh-hans")[case.level]]
    page_ = browser("admin").get("/dunning-cases/?view=all").content.decode()
    assert shown in page_


def test_documents_say_amounts_to_the_cent_on_their_page_and_rounded_in_lists(world, browser):
    order = signed(world, "12345.6789", plan="款到发货")
    paid = receipt(world, order, "12345.60")
    fay = browser("fay")
    assert "12,345.60" in fay.get(f"/receipts/{paid.pk}").content.decode()
    assert "1.2 万" not in fay.get(f"/receipts/{paid.pk}").content.decode(), "nor in the proposal beside it"
    assert "13,950.62" in fay.get(f"/contracts/{order.contract_id}").content.decode()
    assert "12,345.6789" in fay.get(f"/order-lines/{order.lines.get().pk}").content.decode(), "a price is as fine as it is"
    assert ">1.2<" in fay.get("/receipts/").content.decode()
