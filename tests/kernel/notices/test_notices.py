"""Who is told what: of what he may see, once, in his language, when and how he wants."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone, translation

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import FieldRight, Grant, Role, User
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.bus import publish
from pellucid.kernel.events.models import Delivery
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.jobs.queue import start
from pellucid.kernel.notices import wishes
from pellucid.kernel.notices.declare import APP, Channel, channels, kinds
from pellucid.kernel.notices.models import Dispatch, Notice
from pellucid.kernel.notices.selectors import mark_read, notices, path_of, unread_count
from pellucid.kernel.notices.tell import notify
from pellucid.kernel.records import settings
from pellucid.kernel.records.errors import Invalid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    settings.forget()
    with translation.override("en"):
        yield
    settings.forget()


@pytest.fixture
def noon(monkeypatch):
    """Nobody sleeps."""
    monkeypatch.setattr(wishes, "quiet_hours", lambda user_id: None)


@pytest.fixture
def customer(world):
    return world.customer("恒砺精密")


def said(world, name: str, **more) -> list[str]:
    return [line.text for line in notices(world.actor(name), **more)]


def comment(world, customer, text: str, by: str = "alice") -> None:
    run("customer_comment", customer.pk, world.actor(by), {"text": text})
    work_off()


def test_a_mention_is_told_with_its_words(world, customer):
    comment(world, customer, "@孙明 请看一下")
    line = notices(world.actor("sam"))[0]
    assert line.text == "林晓彤 mentioned you on “恒砺精密”" and line.quote == "@孙明 请看一下"
    assert (line.target, path_of(line.target), line.read) == (("customer", customer.pk), f"/customers/{customer.pk}", False)
    with translation.override("zh-hans"):
        assert said(world, "sam") == ["林晓彤 在“恒砺精密”中提到了您"]
    assert unread_count(world.users["sam"].pk) == 1 and unread_count(world.users["alice"].pk) == 0


def test_who_may_not_see_the_record_hears_nothing_and_later_sees_nothing(world, customer):
    comment(world, customer, "@赵磊 @孙明 保密")
    assert said(world, "bob") == []
    Grant.objects.filter(user=world.users["sam"]).delete()
    line = notices(world.actor("sam"))[0]
    assert line.target is None and line.quote == "" and "恒砺" not in line.text


def test_a_title_that_may_not_be_read_is_not_quoted(world, customer):
    comment(world, customer, "@孙明 看")
    FieldRight.objects.create(role=Role.objects.get(code="sales_manager"), resource="customer", field="name", level="none")
    assert "恒砺" not in notices(world.actor("sam"))[0].text


def test_the_same_event_is_told_once(world, customer):
    comment(world, customer, "@孙明 看")
    Delivery.objects.update(delivered_at=None)
    work_off()
    assert unread_count(world.users["sam"].pk) == 1
    event = publish("customer.tested", resource="customer", record_id=customer.pk)
    about = {"resource": "customer", "record_id": customer.pk, "event_id": event}
    assert notify([world.users["sam"].pk] * 2, "mention", **about) == 1 and notify([world.users["sam"].pk], "watched", **about) == 0


def test_given_shared_and_commented(world, customer):
    run("customer_reassign", customer.pk, world.actor("sam"), {"owner": "陈卓"})
    run("customer_share", customer.pk, world.actor("mona"), {"user": "赵磊", "level": "1"})
    work_off()
    assert said(world, "carol") == ["孙明 gave you “恒砺精密”"] and said(world, "bob") == ["马东来 added you to the team of “恒砺精密”"]
    comment(world, customer, "一", by="sam")
    comment(world, customer, "二", by="mona")
    lines = notices(world.actor("carol"), limit=1)
    assert lines[0].text == "2 new comments on “恒砺精密”, the latest by 马东来" and lines[0].count == 2


def test_a_bulk_transfer_is_one_notice(world):
    made = [world.customer(f"客户{n}").pk for n in range(30)]
    run_many("customer_reassign", made, world.actor("sam"), {"owner": "陈卓"})
    work_off()
    assert said(world, "carol") == ["孙明 gave you 30 records, “客户0” among them"]


def test_a_flood_is_folded(world):
    for n in range(9):
        made = world.customer(f"客户{n}")
        run("customer_reassign", made.pk, world.actor("sam"), {"owner": "陈卓"})
    work_off()
    lines = notices(world.actor("carol"))
    assert len(lines) == 5 and sorted(line.count for line in lines) == [1, 1, 1, 1, 5]
    assert Notice.objects.count() == 5


def test_watchers_hear_of_changes_but_not_of_their_own(world, customer):
    run("customer_watch", customer.pk, world.actor("sam"))
    run("customer_update", customer.pk, world.actor("sam"), values={"address": "甲"}, version=1)
    work_off()
    assert said(world, "sam") == []
    run("customer_update", customer.pk, world.actor("alice"), values={"address": "乙"}, version=2)
    work_off()
    assert said(world, "sam") == ["林晓彤: Edit · “恒砺精密”"]
    run("customer_update", customer.pk, world.actor("alice"), values={"address": "丙"}, version=3)
    work_off()
    assert said(world, "sam") == ["2 changes of “恒砺精密”, the latest by 林晓彤"]


def test_reading(world, customer):
    for n in range(3):
        comment(world, customer, f"@孙明 {n}")
    sam, user = world.actor("sam"), world.users["sam"].pk
    newest = notices(sam, limit=2)
    assert [line.id for line in notices(sam, before=newest[-1].id)] == [newest[-1].id - 1] or len(notices(sam, before=newest[-1].id)) == 1
    assert mark_read(world.actor("alice"), [newest[0].id]) == 0
    assert mark_read(sam, [newest[0].id]) == 1 and unread_count(user) == 2
    assert mark_read(sam, record=("customer", customer.pk)) == 2 and notices(sam, unread=True) == []
    comment(world, customer, "@孙明 x")
    assert mark_read(sam) == 1


def test_wishes_count_per_kind_and_channel(world, customer):
    sam = world.actor("sam")
    wishes.set_preferences(sam, wishes={("mention", APP): False, ("mention", "mail"): False})
    comment(world, customer, "@孙明 看")
    assert Notice.objects.count() == 0
    found = {key: on for key, _label, on in wishes.preferences(sam)["kinds"]}
    assert found["mention"] == {APP: False, "mail": False} and found["reassigned"] == {APP: True, "mail": True}
    assert "check" not in found and "check" in [k[0] for k in wishes.preferences(world.actor("admin"))["kinds"]]
    with pytest.raises(Invalid):
        wishes.set_preferences(sam, wishes={("mention", "pigeon"): True})


def test_quiet_hours_delay_what_is_sent(world):
    sam = world.users["sam"]
    here = ZoneInfo("Asia/Shanghai")
    at = lambda h, m=0, d=1: dt.datetime(2026, 3, d, h, m, tzinfo=here)
    assert wishes.due(sam, at(12)) == at(12) and wishes.due(sam, at(22)) == at(7, 30, 2) and wishes.due(sam, at(6)) == at(7, 30)
    wishes.set_preferences(world.actor("sam"), quiet=("12:00", "13：30"))
    assert wishes.due(sam, at(12)) == at(13, 30) and wishes.due(sam, at(22)) == at(22)
    wishes.set_preferences(world.actor("sam"), quiet=("", ""))
    assert wishes.due(sam, at(3)) == at(3)
    wishes.set_preferences(world.actor("sam"), company_hours=True)
    assert wishes.preferences(world.actor("sam"))["quiet"] == (dt.time(21, 30), dt.time(7, 30))


def mailing(world, *names: str) -> None:
    for name in names:
        User.objects.filter(username=name).update(email=f"{name}@example.com", language="en")


def deliver_mail() -> None:
    start("notices.send", Actor.system())
    work_off()


def test_mail_goes_out_once_with_an_id_of_event_and_reader(world, customer, noon):
    mailing(world, "sam")
    comment(world, customer, "@孙明 请看\n第二行")
    run("setting_set", None, world.actor("admin"), values={"mail.base_url": "https://crm.example.com", "mail.from": "CRM <crm@example.com>"})
    deliver_mail()
    deliver_mail()
    letter, = mail.outbox
    event = Notice.objects.get().event_id
    assert letter.to == ["sam@example.com"] and letter.from_email == "CRM <crm@example.com>"
    assert letter.extra_headers["Message-ID"] == f"<e{event}.u{world.users['sam'].pk}@example.com>"
    assert letter.subject == "林晓彤 mentioned you on “恒砺精密”"
    assert f"https://crm.example.com/customers/{customer.pk}" in letter.body and "请看" in letter.body


def test_a_letter_that_fails_is_tried_again_under_the_same_id(world, customer, noon, monkeypatch):
    mailing(world, "sam")
    comment(world, customer, "@孙明 看")
    seen = []

    def broken(user, found, message):
        seen.append(message)
        if len(seen) == 1:
            raise OSError("no route")
    monkeypatch.setitem(channels, "mail", Channel("mail", "E-mail", broken, lambda user: bool(user.email)))
    deliver_mail()
    row = Dispatch.objects.get()
    assert row.sent_at is None and row.tries == 1 and "no route" in row.error and row.due_at > timezone.now()
    Dispatch.objects.update(due_at=timezone.now())
    deliver_mail()
    row.refresh_from_db()
    assert row.sent_at and len(seen) == 2 and seen[0] == seen[1]


def test_many_notices_make_one_letter_and_read_ones_none(world, customer, noon):
    mailing(world, "sam", "mona")
    for n in range(4):
        comment(world, customer, f"@孙明 @马东来 {n}")
    mark_read(world.actor("mona"))
    deliver_mail()
    letter, = mail.outbox
    assert letter.to == ["sam@example.com"] and letter.subject == "4 notices from Pellucid" and letter.body.count("mentioned you") == 4


def test_no_mail_of_what_he_may_no_longer_see(world, customer, noon):
    mailing(world, "sam")
    comment(world, customer, "@孙明 看")
    Grant.objects.filter(user=world.users["sam"]).delete()
    deliver_mail()
    assert mail.outbox == [] and Dispatch.objects.get().error == "left out"


def test_a_new_line_in_a_name_makes_no_header(world, noon):
    mailing(world, "sam")
    made = world.customer("甲 Bcc: x@example.com")
    type(made)._base_manager.filter(pk=made.pk).update(name="甲\nBcc: x@example.com")
    comment(world, made, "@孙明 看")
    deliver_mail()
    assert "\n" not in mail.outbox[0].subject and mail.outbox[0].bcc == []


def test_jobs_and_checks_are_told(world):
    from pellucid.kernel.jobs.checks import checks
    start("kernel.months", world.actor("alice"), title="客户.xlsx")
    work_off()
    assert said(world, "alice") == ["客户.xlsx: done"]
    checks["sample"] = lambda: ["one", "two"]
    try:
        start("kernel.check", Actor.system())
        work_off()
    finally:
        del checks["sample"]
    assert said(world, "admin") == ["The nightly check found 2 things to look at"] and said(world, "sam") == []


def test_a_module_that_is_off_is_silent(world, customer):
    run("customer_comment", customer.pk, world.actor("alice"), {"text": "@孙明 看"})
    for module in ("orders", "sales", "customers"):
        run("setting_set", None, world.actor("admin"), values={f"modules.{module}": "no"})
    work_off()
    assert Notice.objects.count() == 0


def test_every_kind_can_be_said(world):
    for key in kinds:
        made = Notice.objects.create(user=world.users["sam"], kind=key, params={"what": "Edit"})
        (text,) = said(world, "sam")
        assert text, key
        made.delete()


def test_old_notices_go(world):
    now, sam = timezone.now(), world.users["sam"]
    for days, read in ((200, None), (100, 95), (100, None), (1, 1)):
        Notice.objects.create(user=sam, kind="job_done", created_at=now - dt.timedelta(days=days),
                              read_at=None if read is None else now - dt.timedelta(days=read))
    start("notices.tidy", Actor.system())
    work_off()
    assert Notice.objects.count() == 2
