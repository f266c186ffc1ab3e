"""Whatever is kept twice agrees after ordinary work, and a planted fault is named with its record and mended."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from django.utils import timezone

from pellucid.collaboration.models import PlanRun
from pellucid.customers.models import Contact, Customer, Lead
from pellucid.kernel.actions.run import run
from pellucid.kernel.jobs.checks import checks
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.models import Attachment, Comment
from pellucid.kernel.resources.attachments import keep
from pellucid.sales.models import Opportunity, OpportunityCompetitor
from tests.samples import record_of

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def work(world):
    """A customer, a person, a lead, a deal with a line and a rival's quote, a plan under way: all written by their actions."""
    alice, admin = world.actor("alice"), world.actor("admin")
    firm = world.customer("甲公司", level=terms.find("customer_level", "A"))
    person = run("contact_create", None, alice, values={"customer": firm.pk, "name": "张三", "mobile": "13800138000"}).record
    run("followup_create", None, alice, values={"customer": firm.pk, "contact": person.pk, "text": "谈过", "kind": "call"})
    lead = run("lead_create", None, alice, values={"name": "乙公司", "contact_name": "李四", "mobile": "13900139000"}, sure=True).record
    run("leadfollowup_create", None, alice, values={"lead": lead.pk, "text": "谈过", "kind": "call"})
    product = run("product_create", None, admin, values={"name": "培训", "list_price": "500"}).record
    deal = run("opportunity_create", None, alice, values={"name": "三号线", "customer": firm.pk, "product": product.pk, "amount": "500"}).record
    rival = run("competitor_create", None, admin, values={"name": "对手"}).record
    run("competitorquote_create", None, alice, values={"opportunity": deal.pk, "competitor": rival.pk, "amount": "450",
                                                       "quoted_on": days.today().isoformat()})  # fmt: skip
    line = OpportunityCompetitor.objects.get(opportunity=deal)
    plan = record_of("planrun", world, about_resource="customer", about_id=firm.pk)
    return {"customers.last_contact": (Customer, firm.pk, {"last_contact_kind": "visit", "last_contact_by": world.users["bob"].pk}),
            "customers.contact_last_contact": (Contact, person.pk, {"last_contact_at": NOW}),
            "customers.lead_told": (Lead, lead.pk, {"told": 7}),
            "sales.amounts": (Opportunity, deal.pk, {"amount": Decimal(1)}),
            "sales.customer_levels": (Opportunity, deal.pk, {"customer_level": terms.find("customer_level", "B")}),
            "sales.competitors": (Opportunity, deal.pk, {"competitors": []}),
            "sales.last_quotes": (OpportunityCompetitor, line.pk, {"quote": Decimal(9)}),
            "collaboration.plan_runs": (PlanRun, plan.pk, {"closed": 5})}  # fmt: skip


@pytest.mark.parametrize("name", ["customers.last_contact", "customers.contact_last_contact", "customers.lead_told", "sales.amounts",
                                  "sales.customer_levels", "sales.competitors", "sales.last_quotes", "collaboration.plan_runs"])  # fmt: skip
def test_a_copy_that_differs_is_named_and_brought_in_line(work, name):
    model, pk, fault = work[name]
    list(checks[name]())  # a sample is made without its action
    assert list(checks[name]()) == []
    columns = tuple(fault)
    true = model.objects.values_list(*columns).get(pk=pk)
    model.objects.filter(pk=pk).update(**fault)
    (said,) = checks[name]()
    assert f"（{pk}）" in said and "1 条记录" in said
    assert model.objects.values_list(*columns).get(pk=pk) == true and list(checks[name]()) == []


def test_what_points_at_nothing_is_named(world):
    firm = world.customer("甲公司")
    assert list(checks["references"]()) == []
    comment = Comment.objects.create(resource="customer", record_id=2**40, text="?", created_by=world.users["alice"])
    file = Attachment.objects.create(resource="contact", record_id=2**41, name="a.txt", blob=keep(io.BytesIO(b"x"), "a.txt"))
    Comment.objects.create(resource="customer", record_id=firm.pk, text="!", created_by=world.users["alice"])
    assert sorted(checks["references"]()) == [f"records.Attachment.record_id -> contact: {file.pk}",
                                              f"records.Comment.record_id -> customer: {comment.pk}"]  # fmt: skip
