"""Customers that may be one: while typing, and as a list of pairs."""

from __future__ import annotations

import pytest

from pellucid.customers import duplicates, selectors
from pellucid.customers.models import Customer
from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Refused, Unsure

pytestmark = pytest.mark.django_db


def test_a_name_without_its_region_and_form_is_found(world):
    known = world.customer("苏州恒砺精密制造有限公司", phone="0512-62857700")
    world.customer("杭州云帆智能家居有限公司")
    hits = selectors.duplicates(world.actor("alice"), name="恒砺精密制造（苏州）股份有限公司")
    assert [h.customer for h in hits] == [known] and hits[0].likeness.words
    assert selectors.duplicates(world.actor("alice"), name="无锡鼎曜半导体设备有限公司") == []


def test_out_of_reach_only_that_somebody_works_on_it(world):
    world.customer("苏州恒砺精密制造有限公司")
    (hit,) = selectors.duplicates(world.actor("bob"), name="苏州恒砺精密制造有限公司")
    assert hit.customer is None


def test_the_record_itself_is_no_duplicate_of_itself(world):
    known = world.customer("苏州恒砺精密制造有限公司")
    assert selectors.duplicates(world.actor("alice"), name=known.name, exclude=known.pk) == []


def test_pairs_within_reach_with_the_one_that_has_more_behind_it_first(world):
    lean = world.customer("恒砺精密制造（苏州）有限公司")
    rich = world.customer("苏州恒砺精密制造有限公司")
    world.customer("苏州恒砺精密制造公司", by="bob")
    run("followup_create", None, world.actor("alice"), values={"customer": rich.pk, "text": "谈了节拍"})
    (pair,) = duplicates.pairs(world.actor("alice"))
    assert (pair.keep, pair.other) == (rich, lean)
    assert len(duplicates.pairs(world.actor("erin"))) == 3
    assert duplicates.pairs(world.actor("bob")) == []


def test_the_page_offers_the_merge_to_who_may(world):
    one, other = world.customer("恒砺精密（苏州）有限公司"), world.customer("苏州恒砺精密有限公司")
    (row,) = duplicates.page(world.actor("sam"), {})["rows"]
    assert [b.get("dialog") or b["post"] for b in row["buttons"]] == [
        f"/customers/{one.pk}/do/customer_keep_apart?other={other.pk}", f"/customers/{one.pk}/do/customer_merge?other={other.pk}"]
    (row,) = duplicates.page(world.actor("alice"), {})["rows"]
    assert [b["label"] for b in row["buttons"]] == ["不是同一家"] and row["why"]


def test_a_pair_found_to_be_two_is_not_shown_until_compared_again(world, browser):
    one, other = world.customer("苏州恒砺精密制造有限公司"), world.customer("恒砺精密制造（苏州）有限公司")
    alice = world.actor("alice")
    assert len(duplicates.pairs(alice)) == 1
    page = browser("erin")
    assert page.post(f"/customers/{other.pk}/do/customer_keep_apart?other={one.pk}", **{"HTTP_HX-Request": "true"}).status_code == 204
    run("customer_keep_apart", one.pk, alice, {"other": other.pk})  # said twice, kept once
    assert duplicates.pairs(alice) == [] and len(duplicates.pairs(alice, apart=True)) == 1
    assert selectors.duplicates(alice, name=one.name, exclude=other.pk) == []
    assert len(selectors.duplicates(alice, name=one.name)) == 2, "a third of that name is still warned of"
    assert duplicates.pairs(world.actor("bob"), apart=True) == [], "a pair out of reach is not told"
    assert "恒砺精密" in page.get("/p/customers/duplicates?apart=1").content.decode()
    run("customer_compare_again", one.pk, alice, {"other": other.pk})
    assert len(duplicates.pairs(alice)) == 1
    for wrong in (one.pk, other.pk):
        with pytest.raises(Refused):
            run("customer_compare_again", one.pk, alice, {"other": wrong})


def test_a_name_that_is_there_is_asked_about_once(world, browser):
    known = world.customer("苏州恒砺精密制造有限公司")
    with pytest.raises(Unsure) as asked:
        run("customer_create", None, world.actor("alice"), values={"name": "蘇州恒礪精密製造有限公司 "})
    assert asked.value.errors == {"name": [f"已有“苏州恒砺精密制造有限公司”（{known.number}），由林晓彤负责。"]}
    with pytest.raises(Unsure) as hidden:
        run("customer_create", None, world.actor("bob"), values={"name": known.name})
    assert "林晓彤" not in str(hidden.value) and known.number not in str(hidden.value)
    run("customer_create", None, world.actor("alice"), values={"name": "恒砺精密制造（苏州）有限公司"})  # alike, not the same: the hint says so
    run("customer_create", None, world.actor("alice", "rule"), values={"name": known.name})  # nobody to ask
    page = browser("bob")
    answer = page.post("/customers/new", {"name": known.name})
    text = answer.content.decode()
    assert answer.status_code == 422 and 'name="sure" value="1">仍要新建' in text and "已有同名客户" in text
    assert page.post("/customers/new", {"name": known.name, "sure": "1"}).status_code == 302
    assert Customer.objects.filter(name=known.name, owner=world.users["bob"]).count() == 1


def test_two_people_of_one_name_are_asked_about_too(world):
    run("customer_create", None, world.actor("alice"), values={"name": "顾维民", "kind": "person"})
    with pytest.raises(Unsure):
        run("customer_create", None, world.actor("alice"), values={"name": "顾维民", "kind": "person"})
