"""The set form gives the same rows as the single form, and says why a record was left out."""
from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection

from pellucid.kernel.actions.declare import actions
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import noted, run
from pellucid.kernel.events.bus import unsay
from pellucid.kernel.events.models import Event, EventItem
from pellucid.kernel.records.errors import Forbidden
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.undo import undo

pytestmark = pytest.mark.django_db
IGNORED = {"id", "number", "created_at", "updated_at", "deleted_at", "class_since", "pinyin", "initials", "name", "company_key", "short_name",
           "plan_since", "plan_due_at", "next_step_set_at", "plan_key"}  # names, and moments of the run itself


def rows_of(ids):
    model = registry["customer"].model
    found = model._base_manager.filter(pk__in=ids).order_by("pk").values()
    return [{k: v for k, v in row.items() if k not in IGNORED} | {"clock": row["plan_due_at"] is not None} for row in found]


@pytest.mark.parametrize(("action", "given", "extra"), [
    ("customer_update", {}, {"values": {"address": "园区 1 号", "employees": "120"}}),
    ("customer_reassign", {"owner": "陈卓"}, {}),
    ("customer_delete", {}, {}),
    ("customer_share", {"user": "陈卓"}, {}),
])
def test_run_and_run_many_give_the_same_rows(world, action, given, extra):
    one = [world.customer(f"单{n}").pk for n in range(3)]
    many = [world.customer(f"批{n}").pk for n in range(3)]
    boss = world.actor("mona")
    for pk in one:
        run(action, pk, boss, given, **extra, **({"version": 1} if action.endswith("_update") else {}))
    batch = run_many(action, many, boss, given, **extra)
    assert (sorted(batch.done), batch.skipped, len(batch.events)) == (many, [], 1)
    assert rows_of(one) == rows_of(many)


def test_each_left_out_record_has_its_reason(world):
    mine, theirs = world.customer("东"), world.customer("西", by="bob")
    held = world.customer("母公司")
    world.customer("子公司", parent=str(held.pk))
    batch = run_many("customer_delete", [mine.pk, theirs.pk, held.pk, 10**9], world.actor("mona"))
    assert batch.done == [mine.pk]
    reasons = {pk: reason for pk, _name, reason in batch.skipped}
    assert set(reasons) == {theirs.pk, held.pk, 10**9} and "子公司" in reasons[held.pk]
    event = Event.objects.get(pk=batch.events[0])
    assert event.record_id is None and list(EventItem.objects.values_list("record_id", flat=True)) == [mine.pk]


def test_without_the_right_nothing_starts(world):
    made = world.customer("甲")
    with pytest.raises(Forbidden):
        run_many("customer_delete", [made.pk], world.actor("alice"))


def test_rehearsal_leaves_nothing_behind(world):
    made = [world.customer(f"甲{n}").pk for n in range(3)]
    before = Event.objects.count()
    batch = run_many("customer_delete", made, world.actor("mona"), rehearse=True)
    assert batch.done == made and Event.objects.count() == before
    assert registry["customer"].model._base_manager.filter(pk__in=made, deleted_at=None).count() == 3


def test_undo_of_one_and_of_many(world):
    made = [world.customer(f"甲{n}", address=f"{n} 号") for n in range(3)]
    boss = world.actor("mona")
    one = run("customer_update", made[0].pk, boss, values={"address": "新址"}, version=1)
    undo(one.event_id, boss)
    batch = run_many("customer_update", [m.pk for m in made], boss, values={"address": "同址", "employees": "5"})
    run("customer_update", made[2].pk, boss, values={"address": "又改"}, version=2)
    assert undo(batch.events[0], boss) == (3, [])
    for m in made:
        m.refresh_from_db()
    assert [(m.address, m.employees) for m in made] == [("0 号", None), ("1 号", None), ("又改", None)]
    gone = run_many("customer_delete", [m.pk for m in made], boss)
    assert undo(gone.events[0], boss)[0] == 3


@pytest.mark.django_db(transaction=True)
def test_a_chunk_that_lost_a_race_is_done_again_and_told_once(world):
    made = [world.customer(f"甲{n}").pk for n in range(2)]
    tries = []

    def loses_once(record, *, actor):
        tries.append(record.pk)
        if tries == made:
            with connection.cursor() as cursor:
                cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40P01'; END $$")
        record.address = "园区"
        record.save(update_fields=("address",))

    what = replace(actions["customer_delete"], name="customer_tries", function=loses_once)
    batch = run_many(what, [*made, 10**9], world.actor("mona"))
    assert (tries, batch.done, [pk for pk, _name, _why in batch.skipped], len(batch.events)) == (made * 2, made, [10**9], 1)
    assert set(registry["customer"].model.objects.filter(pk__in=made).values_list("address", flat=True)) == {"园区"}


def test_what_a_batch_says_of_one_record_only_goes_with_its_erasure(world):
    """Facts that are the same for all stand once, the others by record; of a person who is erased nothing stays."""
    model = registry["customer"].model
    ids = [world.customer(name).pk for name in ("甲公司", "乙公司")]

    def call(record, *, actor):
        noted(why="同行", name=record.name)

    what = replace(actions["customer_delete"], function=call, name="customer_call", event="customer.called", verb="edit")
    (event,) = run_many(what, ids, world.actor("alice")).events
    told = Event.objects.get(pk=event)
    assert told.payload == {"why": "同行", "each": {str(ids[0]): {"name": "甲公司"}, str(ids[1]): {"name": "乙公司"}}}
    assert told.facts(ids[1]) | {"each": 0} == {"why": "同行", "name": "乙公司", "each": 0}
    unsay(model._meta.model_name, [ids[0]])
    told.refresh_from_db()
    assert told.payload["each"] == {str(ids[1]): {"name": "乙公司"}}
