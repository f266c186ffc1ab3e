"""A lead becomes customer, contact and opportunity, made or joined in one transaction, once; and goes back."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.utils import timezone

from pellucid.collaboration.models import Task
from pellucid.customers.models import Contact, Customer, CustomerClass, FollowUp, Lead
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.kernel.records.models import Attachment
from pellucid.kernel.resources.attachments import attach
from pellucid.kernel.resources.declare import registry
from pellucid.sales.models import Opportunity, OpportunityContact
from tests.reliability.clients import kinds, together

HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(world):
    """A lead of Alice's, with a person, a need and a budget."""

    def make(by: str = "alice", **values):
        given = {"name": "苏州恒力机械有限公司", "contact_name": "韩立", "position": "设备经理", "mobile": "13812345678", "budget": "480000",
                 "origin": terms.find("origin", "fair"), "needs": [terms.find("need", "weld")], "needs_note": "两条焊接线"} | values
        return run("lead_create", None, world.actor(by), values=given).record

    return make


def convert(world, lead, by: str = "alice", **inputs) -> Lead:
    run("lead_convert", lead.pk, world.actor(by), inputs)
    return Lead.objects.get(pk=lead.pk)


def test_everything_is_made_of_what_the_lead_says(world, lead):
    one = lead()
    at = timezone.now() - dt.timedelta(days=1)
    run("leadfollowup_create", None, world.actor("alice"), values={
        "lead": one.pk, "text": "看了现场", "kind": "visit", "at": at, "next_step": "送方案", "next_step_at": timezone.now() + dt.timedelta(days=2)})
    run("lead_add_task", one.pk, world.actor("alice"), {"name": "要图纸", "due_at": timezone.now() + dt.timedelta(days=1)})
    attach(registry["lead"], one.pk, "现场.txt", io.BytesIO("节拍 40 秒".encode()), world.actor("alice"))
    one = convert(world, one, expected_on="2099-05-01")
    assert (one.state, one.judged_by, one.converted_at is not None) == ("converted", world.users["alice"], True)
    firm, person, sale = one.customer, one.contact, Opportunity.objects.get(lead=one)
    assert (firm.name, firm.owner, firm.origin_id) == (one.name, world.users["alice"], terms.find("origin", "fair"))
    assert (person.customer, person.name, person.mobile, person.is_primary) == (firm, "韩立", "13812345678", True)
    assert (sale.customer, sale.amount, sale.origin_id, sale.needs, sale.owner) == (
        firm, Decimal(480000), one.origin_id, one.needs, world.users["alice"])
    assert OpportunityContact.objects.get().contact == person and firm.account_contact == world.users["alice"]
    assert FollowUp.objects.get(customer=firm).text == "看了现场" and Customer.objects.get(pk=firm.pk).last_contact_at == at
    assert Attachment.objects.get(resource="opportunity", record_id=sale.pk).name == "现场.txt"
    assert {(t.about_resource, t.about_id) for t in Task.objects.all()} == {("opportunity", sale.pk)}
    sale.refresh_from_db()
    assert sale.next_step == "送方案" and Customer.objects.get(pk=firm.pk).customer_class == CustomerClass.OPPORTUNITY
    assert set(Event.objects.filter(cause=Event.objects.get(name="lead.converted").pk).values_list("name", flat=True)) == {
        "customer.created", "contact.created", "opportunity.created", "customer.rose"}


def test_what_is_there_is_joined(world, lead):
    firm = world.customer("苏州恒力机械有限公司", by="alice", phone="0512-62857700")
    person = run("contact_create", None, world.actor("alice"), values={"customer": firm.pk, "name": "韩 立", "mobile": "13812345678"}).record
    sale = run("opportunity_create", None, world.actor("alice"), values={"customer": firm.pk, "name": "焊接线"}).record
    other = run("opportunity_create", None, world.actor("alice"), values={"customer": world.customer("无锡别家").pk, "name": "别的"}).record
    one = lead()
    assert one.customer == firm, "recognised at the door"
    with pytest.raises(Invalid) as bad:
        convert(world, one)
    assert list(bad.value.errors) == ["customer"], "one that seems to be the same is not made a second time by accident"
    with pytest.raises(Invalid) as bad:
        convert(world, one, customer=firm.pk, opportunity=other.pk)
    assert list(bad.value.errors) == ["opportunity"]
    one = convert(world, one, customer=firm.pk, opportunity=sale.pk)
    assert (one.customer, one.contact) == (firm, person)
    assert Opportunity.objects.get(pk=sale.pk).lead == one and Customer.objects.count() == 2 and Contact.objects.count() == 1
    firm.refresh_from_db()
    assert firm.origin_id == terms.find("origin", "fair"), "what the customer did not say, the lead does"


def test_another_company_of_nearly_the_same_name(world, lead):
    world.customer("苏州恒力机械有限公司", by="alice")
    one = convert(world, lead(), another="1", sell="0")
    assert Customer.objects.count() == 2 and Opportunity.objects.count() == 0
    assert one.customer.customer_class == CustomerClass.POTENTIAL


def test_nobody_grabs_what_a_colleague_works_on(world, lead):
    world.customer("苏州恒力机械有限公司", by="bob")
    one = lead()
    for inputs in ({}, {"another": "1"}):
        with pytest.raises(Refused) as no:
            convert(world, one, **inputs)
        assert "bob" not in no.value.message and "赵磊" not in no.value.message
    assert Customer.objects.count() == 1
    convert(world, one, by="erin", customer=Customer.objects.get().pk)
    assert Opportunity.objects.get().owner == world.users["alice"], "the customer stays Bob's, the opportunity is whose the lead was"
    assert Customer.objects.get().owner == world.users["bob"]


def test_a_customer_merged_meanwhile_is_the_one_it_became(world, lead):
    gone, stays = world.customer("苏州恒力机械厂", by="alice"), world.customer("恒力集团", by="alice")
    one = lead()
    run("customer_merge", stays.pk, world.actor("erin"), {"other": gone.pk})
    assert convert(world, one, customer=gone.pk).customer == stays


def test_only_once(world, lead):
    one = convert(world, lead())
    with pytest.raises(Refused):
        convert(world, one)
    assert Opportunity.objects.count() == Customer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_customer(world, lead):
    one = lead()
    answers = together(lambda n: run("lead_convert", one.pk, world.actor("alice")), 8)
    assert kinds(answers) == {"done": 1, "Refused": 7}
    assert (Customer.objects.count(), Contact.objects.count(), Opportunity.objects.count()) == (1, 1, 1)


def test_who_converts_what_nobody_judged_is_asked_why_it_is_an_opportunity(world, lead, browser):
    one, two = lead(), lead(name="无锡华光机床有限公司", mobile="13812345679", contact_name="吴敏")
    run("lead_nurture", one.pk, world.actor("alice"), {"note": "明年再说"})
    run("lead_qualify", two.pk, world.actor("alice"), {"note": "指名要报价"})
    page = browser("alice")
    assert "为何是商机" in page.get(f"/leads/{one.pk}/do/lead_convert", headers=HTMX).content.decode()
    assert "为何是商机" not in page.get(f"/leads/{two.pk}/do/lead_convert", headers=HTMX).content.decode(), "judged is judged"
    one, two = convert(world, one, note="提前立项"), convert(world, two)
    assert (one.state, one.judged_by, one.judged_because) == ("converted", world.users["alice"], "提前立项")
    assert (two.state, two.judged_because) == ("converted", "指名要报价")
    assert "提前立项" in page.get(f"/leads/{one.pk}").content.decode()


def test_rights(world, lead):
    with pytest.raises(Forbidden):
        convert(world, lead(), by="audrey")
    one = lead()
    run("lead_reassign", one.pk, world.actor("erin"), {"owner": world.users["mark"].pk})
    with pytest.raises(Forbidden) as no:
        convert(world, one, by="mark")
    assert no.value.right == "opportunity.create", "marketing reads opportunities only"
    assert not Customer.objects.exists(), "nothing is left of half a conversion"
    assert convert(world, one, by="mark", sell="0").customer.owner == world.users["mark"]


def test_the_way_back(world, lead):
    one = lead()
    run("leadfollowup_create", None, world.actor("alice"), values={"lead": one.pk, "text": "通了电话", "kind": "call"})
    run("lead_next_step", one.pk, world.actor("alice"), {"text": "回电", "at": timezone.now() + dt.timedelta(days=1)})
    one = convert(world, one)
    firm, sale = one.customer, Opportunity.objects.get()
    run("lead_unconvert", one.pk, world.actor("alice"), {"reason": "弄错了"})
    one.refresh_from_db()
    assert (one.state, one.customer, one.contact, one.converted_at) == ("qualified", None, None, None)
    assert one.next_step == "回电" and Task.objects.get().about_resource == "lead"
    for gone in (firm, sale, Contact.objects.get(), FollowUp.objects.get()):
        gone.refresh_from_db()
        assert gone.deleted_at is not None
    assert convert(world, one).customer != firm, "and once more, from the beginning"


@pytest.mark.django_db(transaction=True)  # so that each step is a change of its own
def test_the_past_calls_what_is_deleted_by_its_name(world, lead, browser):
    one = convert(world, lead())
    firm = one.customer
    run("lead_unconvert", one.pk, world.actor("alice"), {"reason": "弄错了"})
    page = "".join(browser("alice").get(f"/leads/{one.pk}/{part}").content.decode() for part in ("timeline", "history"))
    assert f"{firm.name}（已删除）" in page


def test_what_has_a_life_of_its_own_stays(world, lead):
    one = convert(world, lead())
    run("opportunity_create", None, world.actor("alice"), values={"customer": one.customer_id, "name": "另一个"})
    run("lead_unconvert", one.pk, world.actor("alice"), {"reason": "太早"})
    assert Customer.objects.get().deleted_at is None and "另一个" in Event.objects.get(name="lead.unconverted").payload["stayed"][0]
    one = convert(world, lead(name="无锡博远泵业", mobile="13900000001"))
    run("opportunity_lose", Opportunity.objects.get(lead=one).pk, world.actor("erin"), {"loss_reason": terms.find("loss_reason", "price")})
    with pytest.raises(Refused):
        run("lead_unconvert", one.pk, world.actor("alice"), {"reason": "太早"})


def test_the_dialog_begins_with_what_was_recognised(world, lead, browser):
    firm = world.customer("苏州恒力机械有限公司", by="alice")
    one, page = lead(), browser("alice")
    run("lead_qualify", one.pk, world.actor("alice"))
    assert f"/leads/{one.pk}/do/lead_convert" in page.get(f"/leads/{one.pk}").content.decode()
    dialog = page.get(f"/leads/{one.pk}/do/lead_convert", headers=HTMX).content.decode()
    assert f'value="{firm.pk}"' in dialog and "480000" in dialog.replace(",", "")
    page.post(f"/leads/{one.pk}/do/lead_convert", {"customer": firm.pk, "sell": "1", "amount": "480000"}, headers=HTMX)
    sale = Opportunity.objects.get()
    assert sale.customer == firm and f"/opportunities/{sale.pk}" in page.get(f"/leads/{one.pk}").content.decode()


def test_the_way_back_never_takes_what_others_have(world, lead):
    """The customer was merged into an old one, the sale went to another branch: both stay."""
    old = world.customer("无锡博远泵业有限公司", by="alice")
    one = convert(world, lead())
    made, sale = one.customer, Opportunity.objects.get()
    run("opportunity_reassign", sale.pk, world.actor("erin"), {"owner": world.users["carol"].pk})
    run("customer_merge", old.pk, world.actor("erin"), {"other": made.pk})
    run("lead_unconvert", one.pk, world.actor("alice"), {"reason": "弄错了"})
    old.refresh_from_db(), sale.refresh_from_db()
    assert old.deleted_at is None and sale.deleted_at is None
    assert Event.objects.get(name="lead.unconverted").payload["stayed"] == ["已有他人在用：商机。", "已有他人在用：联系人。"]


def test_what_colleagues_wrote_below_keeps_it(world, lead):
    one = convert(world, lead())
    run("followup_create", None, world.actor("sam"), values={"customer": one.customer_id, "kind": "call", "text": "已报价"})
    run("lead_unconvert", one.pk, world.actor("alice"), {"reason": "太早"})
    assert Customer.objects.get().deleted_at is None and FollowUp.objects.filter(text="已报价", deleted_at=None).exists()


def test_joining_a_customer_one_may_only_read_writes_nothing_into_it(world, lead):
    firm = world.customer("杭州云帆智能家居有限公司", by="carol")
    run("customer_share", firm.pk, world.actor("erin"), {"user": world.users["alice"].pk, "level": 1})
    convert(world, lead(origin=terms.find("origin", "fair")), customer=firm.pk)
    firm.refresh_from_db()
    assert firm.origin_id is None


def test_the_dialog_proposes_a_name_and_a_day(world, lead, browser):
    one = lead()
    form = browser("alice").get(f"/leads/{one.pk}/do/lead_convert").context_data["form"]
    asked = {f["name"]: f["value"] for f in form["sections"][0]["fields"] if f["name"] in ("name", "expected_on")}
    assert asked["name"] and asked["expected_on"] > days.today().isoformat()
    one = convert(world, one)
    record = browser("alice").get(f"/leads/{one.pk}").context_data["record"]
    assert not [b for b in record["buttons"] if any(n in str(b.get("dialog")) for n in ("next_step", "add_task", "start_plan"))]
