"""A person is forgotten everywhere: as a contact, as the lead he came as, in what was said, planned and told about him."""

from __future__ import annotations

import datetime as dt
import subprocess

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from pellucid.collaboration.actions.tasks import copies_agree
from pellucid.collaboration.models import Task
from pellucid.config.backup import postgres
from pellucid.customers.models import Contact, Customer, FollowUp, Lead, LeadFollowUp
from pellucid.kernel.actions.run import run
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.records.errors import Refused
from tests.world import build

NAME, MOBILE, WECHAT, EMAIL, NOTE = "顾维民", "13987654321", "gwm_secret", "gu@hengli.example", "爱喝茶的老总"
PERSON = {"mobile": MOBILE, "wechat": WECHAT, "email": EMAIL, "note": NOTE}
SOON = (timezone.now() + dt.timedelta(days=1)).isoformat()


def dumped(path) -> str:
    """The whole database as text."""
    connection.close()
    info = postgres.parameters(settings.DATABASES["default"]["NAME"])
    reach = ["-h", info["host"], "-U", info["user"], "-d", info["dbname"], *(["-p", info["port"]] if "port" in info else [])]
    subprocess.run([postgres.program("pg_dump"), *reach, "-f", str(path)], check=True)
    return path.read_text(encoding="utf-8")


def names_nobody(path) -> None:
    text = dumped(path)
    found = {word: [line[:200] for line in text.splitlines() if word in line] for word in (NAME, MOBILE, WECHAT, EMAIL, "爱喝茶") if word in text}
    assert found == {}


def said_of(who, key, record, told, **root):
    """Somebody is named wherever one can write about a record."""
    run(f"{told}_create", None, who, values={**root, "text": f"与{NAME}谈，{MOBILE}", "next_step": f"回访{NAME}", "next_step_at": SOON})
    last = run(f"{told}_create", None, who, values={**root, "text": f"{NAME}说下周再谈"}).record
    run(f"{told}_update", last.pk, who, values={"text": "下周再谈"}, version=last.version)
    run(f"{told}_update", last.pk, who, values={"text": f"{NAME}说下月再谈"}, version=type(last).objects.get(pk=last.pk).version)
    run(f"{told}_comment", last.pk, who, {"text": f"{NAME}很认真"})
    run(f"{key}_comment", record.pk, who, {"text": f"问 {NAME} {MOBILE}"})
    run(f"{key}_add_task", record.pk, who, {"name": f"给{NAME}寄样品", "due_at": SOON, "note": f"电话 {MOBILE}",
                                                   "checklist": f"问{NAME}地址\n装箱"})  # fmt: skip
    task = Task.objects.get(about_resource=key, name=f"给{NAME}寄样品")
    run("task_tick", task.pk, who, {"thing": f"问{NAME}地址"})
    run("task_tick", task.pk, who, {"thing": "装箱"})
    run("task_complete", task.pk, who, {"result": f"{NAME}已收"})
    run(f"{key}_next_step", record.pk, who, {"text": f"拜访{NAME}", "at": SOON})
    Notice.objects.create(user_id=who.user_id, kind="watched", resource=key, record_id=record.pk, params={"title": f"给{NAME}"})


@pytest.mark.django_db(transaction=True)
def test_an_erased_contact_is_nowhere_in_the_database(tmp_path):
    world = build()
    who = world.actor("sam")
    lead = run("lead_create", None, who, values={"name": "苏州恒砺精密", "contact_name": NAME, "needs_note": f"{NAME}要两台", **PERSON}).record
    said_of(who, "lead", lead, "leadfollowup", lead=lead.pk)
    customer = world.customer("苏州恒砺精密", by="sam", note=f"老板{NAME}")
    contact = run("contact_create", None, who, values={"customer": customer.pk, "name": NAME, **PERSON}).record
    Lead.objects.filter(pk=lead.pk).update(contact=contact, customer=customer)
    run("contact_comment", contact.pk, who, {"text": f"{NAME} {MOBILE} 下周出差"})
    said_of(who, "customer", customer, "followup", customer=customer.pk)
    with pytest.raises(Refused):
        run("lead_erase", lead.pk, who, {"reason": "本人来信"})
    run("contact_erase", contact.pk, who, {"reason": "本人来信"})
    names_nobody(tmp_path / "dump.sql")
    contact, lead, customer = Contact.objects.get(pk=contact.pk), Lead.objects.get(pk=lead.pk), Customer.objects.get(pk=customer.pk)
    assert (contact.name, contact.consent, lead.name, lead.contact_name, lead.consent) == ("[erased]", "withdrawn", "苏州恒砺精密", "[erased]",
                                                                                           "withdrawn")  # fmt: skip
    assert lead.pinyin and lead.company_key and lead.next_step == customer.next_step == "拜访[erased]" and copies_agree() == []
    assert FollowUp.objects.filter(text="与[erased]谈，[erased]", next_step="回访[erased]").exists()
    assert Task.objects.filter(about_resource="customer", result="[erased]已收", ticked=["问[erased]地址", "装箱"]).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["苏州恒砺精密", NAME])
def test_an_erased_lead_is_nowhere_in_the_database(tmp_path, name):
    world = build()
    who = world.actor("sam")
    alone = name == NAME
    lead = run("lead_create", None, who, values={"name": name, "contact_name": "" if alone else NAME, **PERSON}).record
    said_of(who, "lead", lead, "leadfollowup", lead=lead.pk)
    run("lead_erase", lead.pk, who, {"reason": "本人来信"})
    names_nobody(tmp_path / "dump.sql")
    lead = Lead.objects.get(pk=lead.pk)
    assert lead.name == ("[erased]" if alone else name) and LeadFollowUp.objects.count() == 2 and copies_agree() == []
