"""How complete a record is and what a class demands: declared, then as the administrator says."""

from __future__ import annotations

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.records.errors import Forbidden, Invalid
from pellucid.kernel.resources import ladder
from pellucid.kernel.resources.models import CustomField

pytestmark = pytest.mark.django_db


def demand(world, field, step="", points=0, by="admin"):
    return run("layout_demand", None, world.actor(by), {"resource": "customer", "field": field, "demanded_from": step, "points": points})


def test_declared_points_and_demands(world):
    customer = world.customer("甲公司", phone="0512-62857700", website="https://a.cn", short_name="甲", origin="fair")
    assert (customer.completeness, sum(ladder.points("customer").values())) == (35, 100)  # 15 + 5 + 5 + 10
    assert [str(label) for label in ladder.missing("customer", customer, 2)] == ["行业"]
    assert [s.name for s in ladder.demanded("customer", 3)] and ladder.demanded("customer", 1) == []


def test_the_administrator_says_what_counts_and_from_when(world, browser):
    customer = world.customer("甲公司", phone="0512-62857700", short_name="甲")
    assert customer.completeness == 20
    page = browser("admin")
    given = {"resource": "customer", "field": "website", "demanded_from": "2", "points": "100"}
    assert page.post("/settings/do/layout_demand", given).status_code == 302
    assert "website" in {s.name for s in ladder.demanded("customer", 2)} and ladder.points("customer")["website"] == 100
    work_off()
    customer.refresh_from_db()
    assert (customer.completeness, customer.version) == (10, 1)  # 20 of 195
    with pytest.raises(Invalid) as bad:
        run("customer_set_class", customer.pk, world.actor("alice"), {"customer_class": 2, "reason": "展会面谈"})
    assert "网站" in str(bad.value.errors) or "网址" in str(bad.value.errors)
    demand(world, "website")
    assert "website" not in ladder.points("customer") and "website" not in {s.name for s in ladder.demanded("customer", 5)}
    text = page.get("/settings/fields/customer").content.decode()
    assert "layout_demand?resource=customer&amp;field=phone&amp;points=15&amp;demanded_from=4" in text


def test_custom_fields_count_too(world):
    run("customfield_create", None, world.actor("admin"), {"resource": "customer", "zh": "氦检", "en": "Helium", "kind": "bool"})
    name = CustomField.objects.get().name
    demand(world, name, "2", 100)
    customer = world.customer("甲公司", **{name: False})
    assert customer.completeness == 52, "no is an answer"  # 100 and 5 for the short name, of 200
    assert name not in {s.name for s in ladder.demanded("customer", 2) if not ladder.held(customer, s)}


def test_wrong_words_are_refused(world):
    for given in ({"step": "9"}, {"points": 101}, {"points": -1}):
        with pytest.raises(Invalid):
            demand(world, "phone", **given)
    with pytest.raises(Invalid):
        demand(world, "nothing")
    with pytest.raises(Invalid):
        run("layout_demand", None, world.actor("admin"), {"resource": "contact", "field": "name"})
    with pytest.raises(Forbidden):
        demand(world, "phone", by="alice")
