"""Sums a role may not read stand in no sentence about what happened, on the record nor under the bell."""

from __future__ import annotations

import pytest

from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import run, show_for
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.notices.selectors import lines
from pellucid.kernel.resources.fields import readable
from pellucid.kernel.resources.happened import happened
from tests.orders.making import receipt, signed

pytestmark = pytest.mark.django_db


def told(world, name: str, record) -> str:
    actor = type(world.actor(name)).of(world.users[name], "web")
    return " ".join(entry.did for entry in happened(record, actor, show_for(actor))[0])


def hide(code: str, key: str, name: str, level: str) -> None:
    FieldRight.objects.create(role=Role.objects.get(code=code), resource=key, field=name, level=level)


@pytest.mark.parametrize("level", ["none", "masked"])
def test_an_allocated_sum_is_told_to_who_may_read_it(world, level):
    order = signed(world, "100", plan="款到发货")
    paid = receipt(world, order, "113")
    run("receipt_allocate_oldest", paid.pk, world.actor("fay"))
    assert "allocated 113" in told(world, "fay", paid)
    hide("finance", "receipt", "amount", level)
    assert "113" not in told(world, "fay", paid) and "****" in told(world, "fay", paid)
    assert "allocated 113" in told(world, "admin", paid)


def test_a_sum_that_is_no_field_goes_with_the_sums_of_its_record(world):
    alice = world.users["alice"]
    customer = world.customer("恒砺精密")
    one = Notice.objects.create(user=alice, kind="dunning.raised", resource="customer", record_id=customer.pk,
                                params={"level": "催款函", "amount": "113000.00"})  # fmt: skip

    def said() -> str:
        return lines([one], type(world.actor("alice")).of(alice, "web"))[0].text

    assert "11.3 万" in said()
    hide("sales", "customer", "name", "none")
    assert "11.3 万" in said(), "a name is no sum"
    hide("sales", "customer", "annual_demand", "none")
    assert "11.3" not in said() and "催款函" in said()


@pytest.mark.parametrize(("name", "may"), [("alice", False), ("sally", False), ("walt", False), ("fay", True), ("sam", True)])
def test_what_orders_cost_is_for_those_who_answer_for_the_profit(world, name, may):
    actor = world.actor(name)
    for key, field in (("order", "cost"), ("order", "margin"), ("orderline", "unit_cost"), ("orderline", "cost"), ("product", "cost")):
        assert (field in readable(key, actor)) is may, (key, field)
