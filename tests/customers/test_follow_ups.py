"""What a follow-up brings with it, and the classes a customer rises through."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from pellucid.collaboration.actions.tasks import copies_agree
from pellucid.collaboration.models import Task
from pellucid.customers import selectors
from pellucid.customers.home import attention, strip, told
from pellucid.customers.models import Contact, Customer, FollowUp
from pellucid.customers.pages import follow_ups, guide
from pellucid.customers.settings import quiet_days
from pellucid.customers.team import tracks
from pellucid.kernel.actions.run import run, show_for
from pellucid.kernel.events.models import Event
from pellucid.kernel.metrics.windows import compared
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.happened import happened
from pellucid.people.models import Staff

pytestmark = pytest.mark.django_db
TOMORROW = (timezone.now() + dt.timedelta(days=1)).isoformat()


def write(world, customer, by="alice", **values):
    return run("followup_create", None, world.actor(by), values={"customer": customer.pk, "text": "谈了节拍", **values}).record


def test_new_customers_are_read_and_scored(world):
    made = world.customer("苏州恒砺精密制造有限公司", phone="0512-62857700", industry="36")
    assert made.initials.startswith("szhl") and made.short_name and made.company_key and made.account_contact_id == made.owner_id
    assert 0 < made.completeness < 100
    with pytest.raises(Invalid) as bad:
        world.customer("乙", credit_code="91320594MA1X7K3P00")
    assert list(bad.value.errors) == ["credit_code"]


def test_the_latest_follow_up_is_the_last_contact(world):
    customer = world.customer("甲")
    write(world, customer, kind="visit")
    write(world, customer, kind="call", at=(timezone.now() - dt.timedelta(days=9)).isoformat(), by="sam")
    customer.refresh_from_db()
    assert (customer.last_contact_kind, customer.last_contact_by_id) == ("visit", world.users["alice"].pk)
    assert customer.version == 1, "a copy is no change of the customer"
    first = FollowUp.objects.get(kind="call")
    assert (first.author, first.author_unit) == (world.users["sam"], world.units["east_sales"])


def test_a_next_step_becomes_the_one_open_task(world):
    customer = world.customer("甲")
    write(world, customer, next_step="方案二轮评审", next_step_at=TOMORROW)
    write(world, customer, next_step="提交节拍测算", next_step_at=TOMORROW)
    task = Task.objects.get()
    customer.refresh_from_db()
    assert (task.name, task.owner, task.about_id, customer.next_step, customer.next_step_at) == (
        "提交节拍测算", world.users["alice"], customer.pk, "提交节拍测算", task.due_at)
    run("task_complete", task.pk, world.actor("alice"), {"result": "已提交"})
    customer.refresh_from_db()
    assert (customer.next_step, customer.next_step_at) == ("", None)
    with pytest.raises(Refused):
        run("task_complete", task.pk, world.actor("alice"))
    run("task_reopen", task.pk, world.actor("alice"))
    customer.refresh_from_db()
    assert customer.next_step == "提交节拍测算" and copies_agree() == []
    Customer.objects.update(next_step="别的")
    assert copies_agree() == [{"resource": "customer", "id": customer.pk}]


def test_postponing_moves_the_copy(world):
    customer = world.customer("甲")
    write(world, customer, next_step="回访", next_step_at=TOMORROW)
    later = timezone.now() + dt.timedelta(days=5)
    run("task_postpone", Task.objects.get().pk, world.actor("alice"), {"due_at": later.isoformat()})
    customer.refresh_from_db()
    assert abs(customer.next_step_at - later) < dt.timedelta(minutes=1)


def test_what_cannot_be(world):
    customer, other = world.customer("甲"), world.customer("乙")
    run("contact_create", None, world.actor("alice"), values={"customer": other.pk, "name": "顾维民"})
    for values, field in (({"at": TOMORROW}, "at"), ({"next_step": "回访"}, "next_step_at"), ({"contact": Contact.objects.get().pk}, "contact"),
                          ({"text": ""}, "text"), ({"minutes": "2000"}, "minutes")):
        with pytest.raises(Invalid) as bad:
            write(world, customer, **values)
        assert list(bad.value.errors) == [field], values
    assert not FollowUp.objects.exists()


def test_class_by_hand_needs_a_reason_and_what_the_class_requires(world):
    customer = world.customer("甲")
    alice = world.actor("alice")
    with pytest.raises(Invalid):
        run("customer_set_class", customer.pk, alice, {"customer_class": "2"})
    with pytest.raises(Invalid) as lacking:
        run("customer_set_class", customer.pk, alice, {"customer_class": "2", "reason": "有需求"})
    assert list(lacking.value.errors) == ["customer_class"]
    run("customer_update", customer.pk, alice, values={"industry": "36", "origin": "fair"}, version=1)
    run("customer_set_class", customer.pk, alice, {"customer_class": "2", "reason": "有需求"})
    customer.refresh_from_db()
    assert customer.customer_class == 2
    assert Event.objects.get(name="customer.classed").reason == "有需求"


def test_duplicates_even_where_one_may_not_look(world):
    mine = world.customer("苏州恒砺精密制造有限公司", phone="0512-62857700")
    world.customer("杭州云帆智能家居有限公司")
    found = selectors.duplicates(world.actor("alice"), name="恒砺精密制造（苏州）有限公司")
    assert [a.customer for a in found] == [mine] and found[0].likeness.score >= 85
    hidden = selectors.duplicates(world.actor("bob"), name="苏州恒砺精密制造")
    assert [a.customer for a in hidden] == [None]
    assert [a.customer for a in selectors.duplicates(world.actor("alice"), name="无关公司", phone="62857700")] == [mine]
    assert selectors.duplicates(world.actor("alice"), name="苏州恒砺精密制造有限公司", exclude=mine.pk) == []


def test_timeline_and_cards(world):
    customer = world.customer("甲")
    write(world, customer, kind="visit", met_decision_maker="1", next_step="回访", next_step_at=TOMORROW)
    entry = follow_ups("customer", customer, world.actor("alice"), None, 20)[0]
    assert entry["box"] == "谈了节拍" and entry["who"] == "林晓彤" and "回访" in entry["next"]
    facts = strip(world.actor("alice"), {"period": "month"})["facts"]
    assert [f["value"] for f in facts] == ["1", "1", "1", "1"]
    assert attention(world.actor("alice"), {}) is None
    Customer.objects.update(last_contact_at=timezone.now() - dt.timedelta(days=45))
    assert [r["label"] for r in attention(world.actor("alice"), {})["rows"]] == ["甲"]


def test_the_hint_while_typing_names_reasons_and_hides_what_is_not_yours(world):
    from pellucid.customers.pages import same

    mine = world.customer("苏州恒砺精密制造有限公司")
    hint = same(world.actor("alice"), {"name": "恒砺精密制造（苏州）"}, None)["duplicates"]["hits"][0]
    assert hint["label"] == mine.name and hint["why"]
    hidden = same(world.actor("bob"), {"name": "恒砺精密制造（苏州）"}, None)["duplicates"]["hits"][0]
    assert mine.name not in str(hidden) and "act" not in hidden
    assert same(world.actor("alice"), {"name": "苏州恒砺精密制造有限公司"}, mine.pk) is None


def test_a_manager_comments_a_follow_up_while_work_runs(world):
    customer = world.customer("甲")
    told = write(world, customer)
    run("customer_comment", customer.pk, world.actor("sam"), {"text": "先约总工", "about": f"follow_up:{told.pk}"})
    (entry,) = follow_ups("customer", customer, world.actor("alice"), None, 20)
    assert [(r["who"], r["text"]) for r in entry["remarks"]] == [("孙明", "先约总工")]
    whole, _next = happened(customer, world.actor("alice"), show_for(world.actor("alice")))
    assert [h.given.get("box") for h in whole if h.source == "comments"] == []
    said, _next = happened(customer, world.actor("alice"), show_for(world.actor("alice")), only="comments")
    assert [h.given["box"] for h in said] == ["先约总工"]


def test_a_changed_or_deleted_follow_up_is_counted_anew(world):
    customer = world.customer("甲")
    first = write(world, customer, kind="call", at=(timezone.now() - dt.timedelta(days=9)).isoformat())
    last = write(world, customer, kind="visit")
    run("followup_delete", last.pk, world.actor("sam"))
    customer.refresh_from_db()
    assert (customer.last_contact_kind, customer.last_contact_at) == ("call", first.at)
    run("followup_restore", last.pk, world.actor("sam"))
    run("followup_update", last.pk, world.actor("sam"), values={"kind": "meeting"}, version=FollowUp.objects.get(pk=last.pk).version)
    customer.refresh_from_db()
    assert (customer.last_contact_kind, customer.last_contact_at) == ("meeting", last.at)


def test_quiet_customers_by_level_and_never_those_who_just_came(world):
    old = timezone.now() - dt.timedelta(days=100)

    for name, level, age in (("A近", "A", 10), ("A远", "A", 20), ("C", "C", 40), ("久", None, 31), ("从未", None, None), ("新", None, None)):
        made = world.customer(name, **({"level": level} if level else {}))
        last = timezone.now() - dt.timedelta(days=age) if age else None
        Customer._base_manager.filter(pk=made.pk).update(last_contact_at=last, **({} if name == "新" else {"created_at": old}))

    found = selectors.quiet(world.actor("alice"), quiet_days())
    assert [c.name for c in found] == ["从未", "久", "A远"]
    assert "customer_next_step" in str(attention(world.actor("alice"), {}))


def test_a_running_period_is_compared_with_as_many_days_before():
    day = dt.date

    def before(period, step, today):
        return compared(period, ("previous",), step, today)["previous"]

    assert before(days.month(day(2026, 11, 24)), "month", day(2026, 11, 24)) == days.Days(day(2026, 10, 1), day(2026, 10, 25))
    assert before(days.month(day(2026, 3, 31)), "month", day(2026, 3, 31)) == days.Days(day(2026, 2, 1), day(2026, 3, 1))
    assert before(days.week(day(2026, 11, 24)), "week", day(2026, 11, 24)) == days.Days(day(2026, 11, 16), day(2026, 11, 18))


def test_who_oversees_others_is_shown_their_work(world):
    customer = world.customer("甲")
    written = write(world, customer)
    assert [(r["person"], r["sub"]) for r in told(world.actor("sam"), {})["rows"]] == [("林晓彤", written.text)]
    assert told(world.actor("alice"), {}) is None and told(world.actor("wendy"), {}) is None
    assert "林晓彤" in attention(world.actor("mona"), {})["rows"][0]["sub"]


def test_a_manager_goes_through_everything_a_colleague_tracks(world):
    mine = Staff.objects.create(user=world.users["alice"], name="林晓彤", unit=world.units["east_sales"])
    write(world, world.customer("甲"), next_step="回访", next_step_at=TOMORROW)
    world.customer("乙")
    assert [r["right"] for r in tracks(mine, world.actor("sam"))["rows"]] == ["2", "0", "2", "1"]
    assert [r["right"] for r in tracks(mine, world.actor("wendy"))["rows"]] == ["0", "0", "0", "0"]
    assert tracks(mine, world.actor("carol")) is None


def test_the_record_says_what_the_next_class_still_needs(world):
    customer = world.customer("甲", industry="36")
    lacking = guide(customer, world.actor("alice"))
    assert str(Customer._meta.get_field("origin").verbose_name) in lacking["warn"] and lacking["act"]["drawer"].endswith("/edit")
    run("customer_update", customer.pk, world.actor("alice"), values={"origin": "fair"}, version=1)
    customer.refresh_from_db()
    assert "customer_set_class?customer_class=2" in guide(customer, world.actor("alice"))["act"]["dialog"]
    assert guide(customer, world.actor("audrey")) is None
    customer.customer_class = 5
    assert guide(customer, world.actor("alice")) is None


def test_a_follow_up_moved_to_another_customer_counts_there_only(world):
    wrong, right = world.customer("甲"), world.customer("乙")
    told = write(world, wrong)
    run("followup_update", told.pk, world.actor("alice"), values={"customer": right.pk}, version=1)
    wrong.refresh_from_db()
    right.refresh_from_db()
    assert wrong.last_contact_at is None and right.last_contact_at == told.at
