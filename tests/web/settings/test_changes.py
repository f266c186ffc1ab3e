"""What is set on the pages counts on the next request: rights, fields, dictionaries, company settings."""

from __future__ import annotations

import pytest

from pellucid.kernel.access.models import FieldRight, Grant, Role, RoleRight, Session, Token
from pellucid.kernel.access.sessions import issue_token, open_session
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.records import settings
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.models import Term
from pellucid.kernel.resources.models import CustomField, Layout

pytestmark = pytest.mark.django_db


def role(code: str) -> Role:
    return Role.objects.get(code=code)


def test_a_cell_of_the_grid_counts_at_once(browser, world):
    world.customer("甲公司", by="bob")
    alice, admin = browser("alice"), browser("admin")
    assert "甲公司" not in alice.get("/customers/?view=all").content.decode()
    answer = admin.post(f"/settings/roles/{role('sales').pk}", {"r.customer.view": "5"})
    assert answer.status_code == 302
    assert "甲公司" in alice.get("/customers/?view=all").content.decode()
    assert {r.scope for r in RoleRight.objects.filter(role__code="sales", resource="customer", verb="view")} == {"all"}
    assert not RoleRight.objects.filter(role__code="sales", resource="customer", seeded=True).exists()


def test_boxes_that_are_not_ticked_take_rights_away(browser):
    pk = role("sales").pk
    browser("admin").post(f"/settings/roles/{pk}", {"boxes": ["r.customer.create"]})
    assert not RoleRight.objects.filter(role=pk, resource="customer", verb="create").exists()
    browser("admin").post(f"/settings/roles/{pk}", {"boxes": ["r.customer.create"], "r.customer.create": "x", "r.customer.view": "1"})
    assert RoleRight.objects.filter(role=pk, resource="customer", verb="create").exists()


def test_hidden_field_is_gone_for_the_role(browser, world):
    customer = world.customer("甲公司", phone="0512-62857700")
    alice = browser("alice")
    assert "62857700" in alice.get(f"/customers/{customer.pk}").content.decode().replace("-", "").replace(" ", "")
    browser("admin").post(f"/settings/roles/{role('sales').pk}", {"f.customer.phone": "none"})
    assert FieldRight.objects.get(resource="customer", field="phone").level == "none"
    assert "62857700" not in alice.get(f"/customers/{customer.pk}").content.decode().replace("-", "").replace(" ", "")


def test_administrator_role_is_locked(browser, world):
    answer = browser("admin").post(f"/settings/roles/{role('admin').pk}", {"r.customer.view": "0"})
    assert answer.status_code == 409


def test_new_role_with_the_rights_of_another(browser, world):
    admin = browser("admin")
    admin.post("/settings/do/role_create", {"zh": "大客户销售", "en": "Key accounts", "like": str(role("sales").pk)})
    made = Role.objects.get(label__en="Key accounts")
    assert made.rights.filter(resource="customer", verb="view").exists()
    admin.post("/settings/do/grant_give", {"user": str(world.users["mark"].pk), "role": str(made.pk), "unit": str(world.units["east"].pk)})
    grant = Grant.objects.get(role=made)
    with pytest.raises(Refused):
        run("role_delete", made.pk, world.actor("admin"))
    admin.post(f"/settings/do/grant_take?grant={grant.pk}")
    assert not Grant.objects.filter(role=made).exists()
    run("role_delete", made.pk, world.actor("admin"))


def test_custom_field_is_in_list_form_and_record_at_once(browser, world):
    customer = world.customer("甲公司")
    admin, alice = browser("admin"), browser("alice")
    given = {"resource": "customer", "zh": "氦检要求", "en": "Helium test", "kind": "term", "options": "真空箱氦检 | Vacuum box\n吸枪氦检"}
    assert admin.post("/settings/do/customfield_create", given).status_code == 302
    field = CustomField.objects.get()
    assert (field.name, field.dictionary) == ("x_helium_test", "customer.helium_test")
    assert "氦检要求" in alice.get(f"/customers/{customer.pk}/edit").content.decode()
    term = Term.objects.get(dictionary=field.dictionary, label__en="Vacuum box")
    run("customer_update", customer.pk, world.actor("alice"), values={"x_helium_test": term.pk}, version=customer.version)
    page = alice.get(f"/customers/{customer.pk}").content.decode()
    assert "真空箱氦检" in page
    assert "真空箱氦检" in alice.get("/customers/?columns=name,x_helium_test").content.decode()
    assert "甲公司" in alice.get(f"/customers/?f.x_helium_test=in:{term.pk}").content.decode()
    admin.post(f"/settings/do/customfield_retire/{field.pk}")
    assert "氦检要求" not in alice.get(f"/customers/{customer.pk}").content.decode()
    admin.post("/settings/do/customfield_create", given)
    assert CustomField.objects.filter(retired_at=None).get().name == "x_helium_test_2"  # a short name is never used again


def test_layout_renames_requires_and_hides(browser, world):
    admin, alice = browser("admin"), browser("alice")
    admin.post("/settings/do/layout_set", {"resource": "customer", "field": "website", "zh": "官网", "en": "Home page"})
    assert "官网" in alice.get("/customers/new").content.decode()
    admin.post("/settings/do/layout_set", {"resource": "customer", "field": "website", "required": "true"})
    with pytest.raises(Invalid):
        world.customer("甲公司")
    admin.post("/settings/do/layout_set", {"resource": "customer", "field": "website", "hidden": "true"})
    assert 'name="website"' not in alice.get("/customers/new").content.decode()
    assert admin.post("/settings/do/layout_set", {"resource": "customer", "field": "name", "hidden": "true"}).status_code == 409


def test_order_of_fields_is_kept(browser):
    admin = browser("admin", **{"HX-Request": "true"})
    assert admin.post("/settings/fields/customer/order", {"order": ["website", "phone", "name"]}).status_code == 204
    assert Layout.objects.get(field="website").position == 1


def test_dictionary_value_is_added_merged_and_retired(browser, world):
    admin = browser("admin")
    admin.post("/settings/do/term_create", {"dictionary": "customer_level", "zh": "战略", "en": "Strategic", "tone": "vio"})
    made = Term.objects.filter(label__en="Strategic").first()
    if made is None:  # the dictionary's key differs: take the first one there is
        key = Term.objects.values_list("dictionary", flat=True).first()
        admin.post("/settings/do/term_create", {"dictionary": key, "zh": "战略", "en": "Strategic", "tone": "vio"})
        made = Term.objects.get(label__en="Strategic")
    assert admin.post("/settings/do/term_create", {"dictionary": made.dictionary, "zh": "战略"}).status_code == 422
    admin.post(f"/settings/do/term_retire/{made.pk}")
    made.refresh_from_db()
    assert made.retired_at
    admin.post(f"/settings/do/term_revive/{made.pk}")
    made.refresh_from_db()
    assert made.retired_at is None


def test_merged_value_moves_every_record(browser, world):
    run("customfield_create", None, world.actor("admin"),
        {"resource": "customer", "zh": "多选", "en": "Many", "kind": "terms", "options": "甲\n乙"})  # fmt: skip
    one, two = Term.objects.filter(dictionary="customer.many").order_by("position")
    customer = world.customer("甲公司", x_many=[one.pk, two.pk])
    run("term_merge", one.pk, world.actor("admin"), {"into": two.pk})
    customer.refresh_from_db()
    assert customer.extra["x_many"] == [two.pk]
    two.refresh_from_db()
    assert "甲" in two.aliases


def test_company_settings_keep_what_was_typed_on_a_mistake(browser):
    admin = browser("admin")
    answer = admin.post("/settings/company/company", {"company.name": "澄泰", "company.zone": "Mars/Base"})
    assert answer.status_code == 422 and "Mars/Base" in answer.content.decode()
    admin.post("/settings/company/company", {"company.name": "澄泰", "company.zone": "Asia/Urumqi"})
    assert settings.get("company.name") == "澄泰"
    assert Event.objects.filter(name="setting.changed").exists()


def test_audit_is_searched_and_taken_along(browser, world):
    customer = world.customer("甲公司")
    admin = browser("admin")
    page = admin.get(f"/settings/audit?object=customers_customer&record={customer.pk}").content.decode()
    assert "甲公司" in page
    assert "甲公司" not in admin.get("/settings/audit?object=access_role").content.decode()
    answer = admin.get("/settings/audit/export?object=customers_customer")
    assert "甲公司" in b"".join(answer.streaming_content).decode("utf-8-sig")
    assert Event.objects.filter(name="audit.exported").exists()


def test_looking_as_somebody_else_changes_nothing(browser, world):
    customer = world.customer("甲公司", by="alice")
    admin = browser("admin")
    assert browser("alice").post(f"/settings/view-as/{world.users['bob'].pk}").status_code == 403
    admin.post(f"/settings/view-as/{world.users['bob'].pk}")
    assert admin.get(f"/customers/{customer.pk}").status_code == 404
    admin.post("/settings/view-as/stop")
    admin.post(f"/settings/view-as/{world.users['alice'].pk}")
    page = admin.get(f"/customers/{customer.pk}")
    assert page.status_code == 200 and "/settings/view-as/stop" in page.content.decode()
    assert admin.post(f"/customers/{customer.pk}/do/customer_delete").status_code == 403
    assert admin.post("/profile", {"name": "x"}).status_code == 403
    admin.post("/settings/view-as/stop")
    assert admin.get("/settings/audit").status_code == 200
    assert Event.objects.filter(name="user.viewed_as").count() == 2


def test_sign_ins_and_tokens_of_others_are_ended(browser, world):
    open_session(world.users["bob"])
    token, _secret = issue_token(world.users["bob"], "x", ["read"], None)
    session = Session.objects.get(user=world.users["bob"])
    assert browser("alice").post(f"/settings/sessions/{session.pk}/end").status_code == 403
    browser("admin").post(f"/settings/sessions/{session.pk}/end")
    browser("admin").post(f"/settings/tokens/{token.pk}/revoke")
    assert not Session.objects.filter(pk=session.pk).exists() and Token.objects.get().revoked_at


def test_looking_as_somebody_else_greets_him_and_offers_nothing_to_make(world, browser):
    admin = browser("admin")
    admin.post(f"/settings/view-as/{world.users['alice'].pk}")
    home, customers = admin.get("/"), admin.get("/customers/?view=all")
    assert "林晓彤" in home.context_data["home"]["greeting"] and "系统管理员" not in home.context_data["home"]["greeting"]
    assert home.context_data["shell"]["create"] == [] and not [b for b in customers.context_data["list"]["buttons"] if b.get("drawer")]
    made = world.customer("苏州恒砺精密制造有限公司")
    record = admin.get(f"/customers/{made.pk}").content.decode()
    assert "/do/customer_" not in record and not home.context_data["home"]["customise"]
    assert "/new" not in customers.content.decode() and "/new" not in admin.get("/p/sales/playbooks").content.decode()
    mine = browser("alice")  # what she finds in her menu, one who looks as she does finds, too
    menu = [e["href"] for g in admin.get("/").context_data["shell"]["menu"] for e in g["entries"]]
    assert menu == [e["href"] for g in mine.get("/").context_data["shell"]["menu"] for e in g["entries"]]
