"""What a role may not read of customers, their people, leads and what was said is on no panel, timeline or file for a successor."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from pellucid.customers.models import Contact, FollowUp, LeadFollowUp
from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import run
from pellucid.kernel.resources.declare import EVERY, panels, timeline_sources
from pellucid.kernel.resources.fields import specs
from pellucid.people.handing import slots

pytestmark = pytest.mark.django_db
SECRET = "琥珀"
FIELDS = {
    "contact": ("name", "position", "department", "mobile", "phone", "email", "wechat", "note"),
    "followup": ("text", "next_step", "place", "contact"),
    "leadfollowup": ("text", "next_step"),
    "lead": ("contact_name", "position", "mobile", "email", "wechat", "needs_note", "note"),
    "customer": ("note", "needs_note", "phone"),
}


def planted(world):
    """A customer and a lead in whose restricted fields a word stands that stands nowhere else."""
    who = world.actor("alice")
    said = {n: f"{SECRET}{n}" for n in ("name", "position", "department", "wechat", "note")}
    said |= {"email": "hupo@secret.example", "mobile": "13987650000"}
    customer = world.customer("恒砺精密", note=f"{SECRET}客户备注", needs_note=f"{SECRET}需求", phone="0512-62850000")
    contact = run("contact_create", None, who, values={"customer": customer.pk, "is_primary": "1", **said}).record
    lead = run("lead_create", None, who, values={"name": "锐进机电", "contact_name": f"{SECRET}联系人", "needs_note": f"{SECRET}需求",
                                                 **{n: said[n] for n in ("position", "mobile", "email", "wechat", "note")}}).record  # fmt: skip
    facts = {"text": f"{SECRET}说了什么", "next_step": f"{SECRET}下一步", "next_step_at": timezone.now(), "author": world.users["alice"],
             "author_unit": world.units["east_sales"]}  # fmt: skip
    FollowUp.objects.create(customer=customer, contact=contact, place=f"{SECRET}地点", **facts)
    LeadFollowUp.objects.create(lead=lead, **facts)
    return customer, lead


def drawn(world, client, customer, lead) -> dict[str, str]:
    """Everything that is drawn about the two for alice, by where."""
    out = {}
    for here in (f"/customers/{customer.pk}", f"/leads/{lead.pk}", "/"):
        page = client.get(here)
        assert page.status_code == 200
        out[here] = page.content.decode()
        for more in set(re.findall(rf'hx-get="({here}/(?:timeline|panel|tab)[^"]*)"', out[here])):
            out[more] = client.get(more.replace("&amp;", "&")).content.decode()
    actor = type(world.actor("alice")).of(world.users["alice"], "web")
    for key, record in (("customer", customer), ("lead", lead)):
        record = type(record).objects.get(pk=record.pk)
        out |= {f"{key}.{p.key}": repr(p.select(record, actor)) for p in panels if p.resource in (key, EVERY)}
        out |= {f"{key}.{s.key}": repr(s.select(key, record, actor, None, 20)) for s in timeline_sources if key in s.resources}
        out |= {f"{key}.file.{s.key}": repr(s.rows(record, actor)) for s in slots if s.resource == key}
    return out


def test_the_word_is_there_for_who_may_read_it(world, browser):
    found = drawn(world, browser("alice"), *planted(world))
    for where in ("customer.people", "customer.follow_up", "customer.file.contacts", "customer.file.told", "customer.file.needs",
                  "lead.lead_follow_up"):  # fmt: skip
        assert SECRET in found[where], where


@pytest.mark.parametrize("level", ["none", "masked"])
def test_what_may_not_be_read_is_drawn_nowhere(world, browser, level):
    customer, lead = planted(world)
    sales = Role.objects.get(code="sales")
    for key, names in FIELDS.items():
        assert set(names) <= set(specs(key))
        FieldRight.objects.bulk_create([FieldRight(role=sales, resource=key, field=n, level=level) for n in names])
    found = drawn(world, browser("alice"), customer, lead)
    words = (SECRET, "hupo@secret", "13987650000", "62850000")
    told = {where: [text[max(0, text.find(w) - 60):text.find(w) + 40] for w in words if w in text] for where, text in found.items()}
    assert {where: texts for where, texts in told.items() if texts} == {}
    assert Contact.objects.get().name.startswith(SECRET), "it is kept all the same"
