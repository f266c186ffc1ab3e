"""Search within rights: against a naive oracle, never stale, in every way a name may be typed."""

from __future__ import annotations

import random

import pytest

from pellucid.customers.models import Contact, Customer
from pellucid.kernel.access.models import FieldRight, Role, Share
from pellucid.kernel.actions.run import run, scoped
from pellucid.kernel.search import engine
from pellucid.kernel.search.asked import read, split_syllables
from pellucid.kernel.search.pinyin import pinyin
from pellucid.kernel.search.text import plain
from tests.counts import count

pytestmark = pytest.mark.django_db


def named(world, name, by="alice", **values):
    """A customer whose reading is filled in."""
    reading = pinyin(name)
    made = world.customer(name, by=by, **values)
    Customer.objects.filter(pk=made.pk).update(pinyin=reading.key, initials=reading.initials)
    return made


def ids(world, who, query, key="customer"):
    return [h.id for h in engine.search(world.actor(who), query, resources=(key,), limit=100, slips=False).get(key, ())]


def test_every_way_to_type_a_name(world):
    made = named(world, "苏州恒砺精密制造有限公司", phone="0512-62857700")
    other = named(world, "杭州云帆智能家居有限公司")
    tail = str(int(made.number[-6:]))
    for typed in (
        "恒砺",
        "精密 苏州",
        "szhl",
        "hljm",
        "suzhou",
        "hengli",
        "hengl",
        "7700",
        "62857700",
        "0512 6285 7700",
        made.number,
        tail,
    ):
        assert ids(world, "alice", typed) == [made.pk], typed
    assert ids(world, "alice", "苏") == [made.pk]
    assert set(ids(world, "alice", "有限公司")) == {made.pk, other.pk}
    assert ids(world, "alice", "蘇州") == [made.pk]
    assert ids(world, "alice", "没有这个") == []


def test_a_slip_of_the_finger_is_forgiven_when_little_is_found(world):
    made = named(world, "苏州恒砺精密制造有限公司")
    hits = engine.search(world.actor("alice"), "苏州恒励精密")
    assert [(h.id, h.slip) for h in hits["customer"]] == [(made.pk, True)]


def test_never_stale(world):
    made = named(world, "苏州恒砺精密")
    renamed = {"name": "无锡鼎曜", "short_name": "鼎曜"}
    run("customer_update", made.pk, world.actor("alice"), values=renamed, version=Customer.objects.get(pk=made.pk).version)
    assert ids(world, "alice", "恒砺") == [] and ids(world, "alice", "鼎曜") == [made.pk]
    run("customer_reassign", made.pk, world.actor("mona"), {"owner": "赵磊"})
    assert ids(world, "alice", "鼎曜") == [] and ids(world, "bob", "鼎曜") == [made.pk]
    run("customer_delete", made.pk, world.actor("wendy"))
    assert ids(world, "erin", "鼎曜") == []
    run("customer_restore", made.pk, world.actor("wendy"))
    assert ids(world, "erin", "鼎曜") == [made.pk]


def test_children_are_found_through_their_root(world):
    made = named(world, "苏州恒砺")
    run("contact_create", None, world.actor("alice"), values={"customer": made.pk, "name": "顾维民", "mobile": "13812345678"})
    contact = Contact.objects.get()
    assert ids(world, "alice", "顾维民", "contact") == [contact.pk] and ids(world, "bob", "顾维民", "contact") == []
    assert ids(world, "alice", "5678", "contact") == [contact.pk]
    run("customer_reassign", made.pk, world.actor("mona"), {"owner": "赵磊"})
    assert ids(world, "bob", "顾维民", "contact") == [contact.pk] and ids(world, "alice", "顾维民", "contact") == []


def test_unreadable_and_masked_fields_do_not_match(world):
    made = named(world, "苏州恒砺")
    run("contact_create", None, world.actor("alice"), values={"customer": made.pk, "name": "顾维民", "mobile": "13812345678"})
    contact = Contact.objects.get()
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="contact", field="mobile", level="masked")
    assert ids(world, "alice", "5678", "contact") == [] and ids(world, "alice", "13812345678", "contact") == [contact.pk]
    FieldRight.objects.update(level="none")
    assert ids(world, "alice", "13812345678", "contact") == [] and ids(world, "alice", "顾维民", "contact") == [contact.pk]


def test_syllables():
    assert split_syllables("suzhou") == ("su", "zhou")
    assert split_syllables("hengl") == ("heng",)
    assert split_syllables("xyz") == ()
    assert read("138 1234 5678")[0].digits == "13812345678"


def test_equals_a_naive_search_in_every_scope(world):
    rnd = random.Random(7)
    parts = ["苏州", "杭州", "恒砺", "云帆", "精密", "智能", "装备", "科技", "有限公司", "新能源", "电机", "阀门"]
    for n in range(count(60, 600)):
        named(world, "".join(rnd.sample(parts, rnd.randint(2, 4))) + str(n % 7), by=rnd.choice(["alice", "carol", "bob", "sam"]))
    wrong = []
    for who in ("alice", "sam", "mona", "wendy", "erin", "bob"):
        visible = list(scoped(Customer, world.actor(who)).values_list("id", "name"))
        for query in [*parts, "恒砺 精密", "云帆智能", "苏州恒", "装备9", "科技 有限", "不存在"]:
            want = {i for i, name in visible if all(plain(w) in plain(name) for w in query.split())}
            got = set(ids(world, who, query))
            if not (got <= want and (got == want or len(got) >= min(len(want), engine.CANDIDATES))):
                wrong.append((who, query, len(got), len(want)))
    assert not wrong


def test_a_share_reaches_its_record_only(world):
    made, other = named(world, "苏州恒砺精密", by="bob"), named(world, "常州恒砺液压", by="bob")
    contact = run("contact_create", None, world.actor("bob"), values={"name": "王恒砺", "customer": made.pk}).record
    # a share whose own number is that of a record: the row's id and the share's must not be mixed up
    Share.objects.create(id=900_001, resource="customer", record_id=900_001, user=world.users["alice"])
    Share.objects.create(resource="customer", record_id=made.pk, user=world.users["alice"])
    assert ids(world, "alice", "恒砺") == [made.pk]
    assert ids(world, "alice", "恒砺", "contact") == [contact.pk]
    assert set(ids(world, "bob", "恒砺")) == {made.pk, other.pk}


def test_initials_of_a_part_find_what_is_in_reach_from_every_page(world, browser):
    made = world.customer("江苏诚泰环保科技有限公司")  # as it is entered: its reading is nobody's to fill in
    for who, seen in (("alice", True), ("erin", True), ("bob", False)):
        page = browser(who)
        for address in ("/search?q=cthb", "/search/palette?q=cthb", "/customers/?view=all&q=cthb"):
            assert (made.name in page.get(address, headers={"HX-Request": "true"}).content.decode()) is seen, (who, address)
