"""Transfers from the page of who plans them: what is offered when, what is said before it is done, what is told afterwards."""

from __future__ import annotations

import pytest

from pellucid.kernel.actions.run import run, show_for
from pellucid.kernel.resources.happened import happened

APART = pytest.mark.django_db(transaction=True)  # the history reads what each transaction wrote


@APART
def test_a_transfer_is_one_line_of_each_records_history(world):
    customer, boss = world.customer("苏州恒砺精密制造有限公司"), world.actor("admin")
    made = run("transfer_create", None, boss, values={"owner": world.users["alice"].pk, "kind": "change"}).record
    run("transferline_create", None, boss, values={"transfer": made.pk, "rule": "person", "receiver": world.users["carol"].pk})
    run("transfer_run", made.pk, boss)
    customer.refresh_from_db()
    assert customer.owner == world.users["carol"]
    lines, _more = happened(customer, boss, show_for(boss), only="system")
    told = [line for line in lines if "陈卓" in line.did or any("陈卓" in new for _label, _old, new in line.changes)]
    assert len(told) == 1 and "陈卓" in told[0].did and told[0].changes


@pytest.mark.django_db
def test_the_page_leads_from_the_plan_to_carrying_it_out(world, browser):
    world.customer("苏州恒砺精密制造有限公司")
    admin = browser("admin")
    empty = admin.get("/transfers/").context_data["list"]["empty"]
    assert empty["actions"][0].get("drawer") == "/transfers/new" and empty["actions"][0]["primary"]
    made = run("transfer_create", None, world.actor("admin"), values={"owner": world.users["alice"].pk, "kind": "change"}).record
    page = admin.get(f"/transfers/{made.pk}").context_data["record"]
    assert [t["key"] for t in page["tabs"] if t.get("current")] == ["panel-plan"]
    assert "还没有转移方案" in admin.get(f"/transfers/{made.pk}/do/transfer_run").content.decode()
    line = run("transferline_create", None, world.actor("admin"), values={
        "transfer": made.pk, "resource": "task", "rule": "person", "receiver": world.users["carol"].pk}).record
    assert "没有任何记录会转出" in admin.get(f"/transfers/{made.pk}/do/transfer_run").content.decode()
    run("transferline_update", line.pk, world.actor("admin"), values={"resource": ""}, version=line.version)
    asked = admin.get(f"/transfers/{made.pk}/do/transfer_run").content.decode()
    assert "陈卓" in asked and "没有任何记录" not in asked
