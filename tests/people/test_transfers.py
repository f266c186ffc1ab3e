"""Transfers from the page of who plans them: what is offered when, what is said before it is done, what is told afterwards."""

from __future__ import annotations

import pytest

from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import run, show_for
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.happened import happened
from pellucid.people.handing_pages import planned

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


@pytest.mark.django_db
def test_only_those_are_clicked_together_as_in_a_list(world, browser):
    """The conditions of a part are about the kind chosen above them; what is counted before is what goes."""
    from pellucid.customers.models import Customer
    from pellucid.people.models import TransferLine

    for name, kind in (("甲公司", "company"), ("乙公司", "company"), ("丙", "person")):
        world.customer(name, kind=kind)
    admin, carol = browser("admin"), world.users["carol"]
    made = run("transfer_create", None, world.actor("admin"), values={"owner": world.users["alice"].pk, "kind": "change"}).record
    form = admin.get(f"/transfer-lines/new?transfer={made.pk}", headers={"HX-Request": "true"}).content.decode()
    assert "请先选择是哪一类记录" in form and 'hx-get="/transfer-lines/conditions/conditions"' in form
    drawn = admin.get("/transfer-lines/conditions/conditions?resource=customer", headers={"HX-Request": "true"}).content.decode()
    assert 'data-add="/customers/filter/row"' in drawn
    assert admin.get("/transfer-lines/conditions/rule?resource=customer").status_code == 404
    typed = {"transfer": made.pk, "resource": "customer", "rule": "person", "receiver": carol.pk, "n.0": "kind", "o.0": "in", "v.0": "company"}
    half = admin.post("/transfer-lines/new", {k: v for k, v in typed.items() if k != "v.0"}).content.decode()
    assert "有一个条件还没有值" in half and 'value="kind" selected' in half and not TransferLine.objects.exists(), "it would mean all of them"
    assert admin.post("/transfer-lines/new", typed).status_code == 302
    line = TransferLine.objects.get()
    assert line.conditions == "customer?f.kind=in:company"
    edit = admin.get(f"/transfer-lines/{line.pk}/edit").content.decode()
    assert 'value="company" checked' in edit
    parts = planned(made, world.actor("admin"))["parts"]
    assert [(p["what"], p["total"]) for p in parts] == [("客户 · 类型 公司", 2)]
    assert "f.kind" not in admin.get(f"/transfer-lines/{line.pk}").content.decode()
    assert "transfer_delete" in admin.get(f"/transfers/{made.pk}").content.decode()
    admin.post(f"/transfers/{made.pk}/do/transfer_run")
    assert "transfer_delete" not in admin.get(f"/transfers/{made.pk}").content.decode(), "what was carried out is kept"
    with pytest.raises(Refused):
        run("transfer_delete", made.pk, world.actor("admin"))
    assert {c.name for c in Customer.objects.filter(owner=carol)} == {"甲公司", "乙公司"}


@pytest.mark.django_db
def test_conditions_about_another_kind_are_refused_at_their_field(world):
    boss, carol = world.actor("admin"), world.users["carol"]
    made = run("transfer_create", None, boss, values={"owner": world.users["alice"].pk, "kind": "change"}).record
    given = {"transfer": made.pk, "resource": "lead", "rule": "person", "receiver": carol.pk}
    with pytest.raises(Invalid) as refused:
        run("transferline_create", None, boss, values=given | {"conditions": "customer?f.kind=in:company"})
    assert list(refused.value.errors) == ["conditions"]
    pasted = run("transferline_create", None, boss, values=given | {"resource": "customer", "conditions": "/customers/?f.kind=in:company"}).record
    assert pasted.conditions == "customer?f.kind=in:company"
    with pytest.raises(Invalid):
        run("transferline_update", pasted.pk, boss, values={"resource": "lead"}, version=pasted.version)


@pytest.mark.django_db
def test_conditions_of_a_part_go_no_further_than_ones_sight(world, browser):
    """What goes is counted before: a field one may not read must not be asked about in this way."""
    made = run("transfer_create", None, world.actor("sam"), values={"owner": world.users["alice"].pk, "kind": "change"}).record
    given = {"transfer": made.pk, "resource": "customer", "rule": "person", "receiver": world.users["carol"].pk,
             "conditions": "customer?f.level=filled"}  # fmt: skip
    line = run("transferline_create", None, world.actor("sam"), values=given).record
    edit = f"/transfer-lines/{line.pk}/edit"
    assert 'value="level" selected' in browser("sam").get(edit).content.decode()
    FieldRight.objects.create(role=Role.objects.get(code="sales_manager"), resource="customer", field="level", level="none")
    assert 'value="level"' not in browser("sam").get(edit).content.decode()
    with pytest.raises(Invalid) as refused:
        run("transferline_create", None, world.actor("sam"), values=given)
    assert list(refused.value.errors) == ["conditions"]
