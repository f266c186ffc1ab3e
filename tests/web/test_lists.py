"""Lists: scenes, filters, chips, pages, figures."""
from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone

from pellucid.kernel.actions.run import run
from pellucid.kernel.records import terms

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def names(answer) -> list[str]:
    return re.findall(r'<td class="name p1"><a href="[^"]*">([^<]*)</a>', answer.content.decode())


def test_opens_in_the_first_scene_and_shows_only_what_is_in_reach(world, browser):
    world.customer("苏州恒砺精密制造有限公司")
    world.customer("重庆西部机械有限公司", by="bob")
    assert names(browser("alice").get("/customers/")) == ["苏州恒砺精密制造有限公司"]
    assert names(browser("bob").get("/customers/")) == ["重庆西部机械有限公司"]
    assert len(names(browser("erin").get("/customers/"))) == 2
    assert len(names(browser("sam").get("/customers/"))) == 1 and names(browser("sam").get("/customers/?view=mine")) == []


def test_fragment_is_the_part_that_changes(world, browser):
    world.customer("甲")
    whole, part = browser("alice").get("/customers/"), browser("alice").get("/customers/", headers=HTMX)
    assert b"<html" in whole.content and b"<html" not in part.content and names(part) == ["甲"]
    assert whole.headers["Cache-Control"] == "private, no-store" and "HX-Request" in whole.headers["Vary"]


def test_filters_are_chips_and_each_can_be_dropped(world, browser):
    world.customer("甲", employees="100")
    world.customer("乙", employees="900")
    alice = browser("alice")
    found = alice.get("/customers/?view=all&f.employees=gte:500&f.kind=in:company")
    assert names(found) == ["乙"]
    chips = found.context_data["list"]["chips"]
    assert [(c["label"], c["value"]) for c in chips] == [("员工人数", "≥ 500"), ("类型", "公司")] or len(chips) == 2
    assert names(alice.get("/customers/" + chips[0]["remove"])) and len(names(alice.get("/customers/" + chips[0]["remove"]))) == 2


def test_a_view_without_its_filter_stays_without_it(world, browser):
    world.customer("甲")
    alice = browser("alice")
    mine = alice.get("/customers/?view=overdue")
    assert names(mine) == []
    bare = mine.context_data["list"]["chips"][0]["remove"]
    assert "bare=1" in bare and names(alice.get("/customers/" + bare)) == ["甲"]


def test_filters_of_the_address_join_those_of_the_view(world, browser):
    """On other fields both hold; on the view's own field the address has the last word; what the page links to says it whole."""
    for n, at in ((1, "2020-03-01"), (5, "2020-03-01"), (9, "2090-03-01")):
        run("customer_next_step", world.customer(f"客户{n}", employees=str(n)).pk, world.actor("alice"), {"text": "回访", "at": at})
    alice = browser("alice")
    found = alice.get("/customers/?view=overdue&f.employees=gte:5")
    assert names(found) == ["客户5"] and len(found.context_data["list"]["chips"]) == 2
    left = [sorted(names(alice.get("/customers/" + c["remove"]))) for c in found.context_data["list"]["chips"]]
    assert left == [["客户5", "客户9"], ["客户1", "客户5"]]
    assert sorted(names(alice.get("/customers/?view=overdue&f.next_step_at=filled"))) == ["客户1", "客户5", "客户9"]
    assert sorted(names(alice.get("/customers/?view=overdue&bare=1&f.employees=gte:5"))) == ["客户5", "客户9"]


def test_an_unknown_view_says_so_and_stands_on_all(world, browser):
    world.customer("甲")
    found = browser("alice").get("/customers/?view=nonsense").context_data["list"]
    assert found["notice"] and [v["key"] for v in found["views"] if v["current"]] == ["all"]


def test_alternatives(world, browser):
    for n in (1, 5, 9):
        world.customer(f"客户{n}", employees=str(n))
    found = browser("alice").get("/customers/?view=all&f1.employees=eq:1&f1.name=contains:9")
    assert sorted(names(found)) == ["客户1", "客户9"] and len(found.context_data["list"]["chips"]) == 1


def test_unknown_filter_says_so(browser):
    assert browser("alice").get("/customers/?f.nope=eq:1").status_code == 422


def test_pages_by_number_and_by_key(world, browser, monkeypatch):
    from pellucid.web.views import lists

    monkeypatch.setattr(lists, "NEAR", 20)
    made = [world.customer(f"客户{n:02d}").name for n in range(45)]
    alice, seen = browser("alice"), []
    href = "?view=mine&size=20&sort=name"
    while href:
        found = alice.get("/customers/" + href if href.startswith("?") else href)
        seen += names(found)
        href = found.context_data["list"]["pager"]["next"]
        assert len(seen) < 60
    assert sorted(seen) == made
    back = alice.get(found.context_data["list"]["pager"]["previous"])
    assert len(names(back)) == 20


def test_figures_come_after_the_rows(world, browser):
    for n in range(3):
        world.customer(f"客户{n}")
    answer = browser("alice").get("/customers/totals?view=all", headers=HTMX)
    assert answer.status_code == 200 and "3" in answer.content.decode() and '"count": 3' in answer.headers["HX-Trigger"]


def test_empty_speaks_of_the_filters_and_offers_the_way_out(world, browser):
    for n in range(2):
        world.customer(f"客户{n}", employees="5")
    empty = browser("alice").get("/customers/?view=all&f.employees=gte:100&f.kind=in:company").context_data["list"]["empty"]
    assert empty["kind"] == "filter" and "2" in empty["actions"][0]["label"]
    none = browser("bob").get("/customers/").context_data["list"]["empty"]
    assert none["kind"] in ("none", "filter")


def test_masked_and_hidden_fields(world, browser):
    from pellucid.kernel.access.models import FieldRight, Role

    made = world.customer("甲", phone="0512-62857700", address="园区星塘街 218 号")
    sales = Role.objects.get(code="sales")
    FieldRight.objects.create(role=sales, resource="customer", field="phone", level="masked")
    FieldRight.objects.create(role=sales, resource="customer", field="address", level="none")
    alice = browser("alice")
    page = alice.get("/customers/?view=mine&columns=name,phone,address").content.decode()
    assert "62857700" not in page and "星塘街" not in page and "****7700" in page
    record = alice.get(f"/customers/{made.pk}").content.decode()
    assert "62857700" not in record and "星塘街" not in record
    assert alice.get("/customers/?f.address=contains:星塘").status_code == 422
    assert alice.get("/customers/?f.phone=contains:6285").status_code == 422
    shown = alice.post(f"/customers/{made.pk}/reveal/phone", headers=HTMX)
    assert "62857700" in shown.content.decode()
    from pellucid.kernel.access.models import Reveal

    assert Reveal.objects.filter(user=world.users["alice"], record_id=made.pk, field="phone").count() == 1
    assert alice.post(f"/customers/{made.pk}/reveal/address", headers=HTMX).status_code == 404


def test_saved_views(world, browser):
    world.customer("甲", employees="900")
    alice = browser("alice")
    answer = alice.post("/customers/view?view=all&f.employees=gte:500", {"name": "大客户", "audience": "private"})
    assert answer.status_code == 302
    found = alice.get(answer.url)
    assert names(found) == ["甲"] and found.context_data["list"]["changed"] is None
    altered = alice.get(answer.url + "&f.employees=gte:950")
    assert altered.context_data["list"]["changed"]["save"]
    assert alice.post(altered.context_data["list"]["changed"]["save"]).status_code == 302
    assert names(alice.get(answer.url)) == []
    pk = answer.url.rpartition("=")[2]
    assert browser("bob").get(answer.url).status_code == 404
    gone = alice.post(f"/customers/view/{pk}/delete")
    assert gone.status_code == 302 and alice.get(answer.url).status_code == 404
    assert alice.post(f"/customers/view/{pk}/restore").status_code == 204 and alice.get(answer.url).status_code == 200
    assert alice.post("/customers/view?view=all", {"name": "x", "audience": "all"}).status_code == 403


def test_views_stand_in_the_readers_own_order(world, browser):
    alice, bob = browser("alice"), browser("bob")
    assert alice.post("/customers/view?f.owner=me", {"name": "重点", "audience": "unit"}, headers=HTMX).status_code == 204

    def tabs(client) -> list[str]:
        return [v["key"] for v in client.get("/customers/").context_data["list"]["views"]]

    before, others = tabs(alice), tabs(bob)
    wanted = [before[-1], *before[:-1]]
    assert [v["key"] for v in alice.get("/customers/views", headers=HTMX).context_data["views"]] == before
    assert alice.post("/customers/views", {"order": [*before[::-1], "nonsense"]}, headers=HTMX).status_code == 204
    assert tabs(alice) == before[::-1]
    assert alice.post("/customers/views", {"order": ",".join(wanted), "dragged": "1"}, headers=HTMX).status_code == 204    # as dragged tabs say it
    assert tabs(alice) == wanted and tabs(bob) == others                    # it is nobody else's order
    alice.post("/customers/view?f.owner=me&f.level=empty", {"name": "后来的", "audience": "private"}, headers=HTMX)
    assert tabs(alice)[:-1] == wanted                                       # what comes later stands at the end


def test_a_module_switched_off_is_nowhere(world, browser):
    from pellucid.kernel.actions.run import run

    admin = browser("admin")
    assert "/tasks/" in admin.get("/").content.decode()
    from pellucid.kernel.records import settings
    from pellucid.kernel.resources.switches import areas, fixed, needs

    off = next((a for a in areas() if not fixed(a) and not any(a in needs(b) for b in areas())), None)
    if off is None:
        pytest.skip("no area can be switched off")
    run("setting_set", None, world.actor("admin"), values={f"modules.{off}": False})
    assert settings.get(f"modules.{off}") is False
    page = browser("admin").get("/").content.decode()
    from pellucid.kernel.resources.declare import registry

    for resource in (r for r in registry.values() if r.model._meta.app_label == off):
        assert f'href="/{resource.path}/"' not in page
        assert browser("admin").get(f"/{resource.path}/").status_code == 403


def test_more_than_a_request_should_wait_for_is_a_job(world, browser, monkeypatch):
    from pellucid.kernel.jobs.models import Job
    from pellucid.kernel.resources.declare import registry
    from pellucid.web.views import bulk

    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    made = [world.customer(f"客户{n}").pk for n in range(4)]
    sam, ids = browser("sam"), ",".join(map(str, made))
    seen = sam.get(f"/customers/bulk/customer_delete?ids={ids}", headers=HTMX).context_data["bulk"]
    assert seen["sample"] == 2
    assert sam.post("/customers/bulk/customer_delete", dict(seen["hidden"]), headers=HTMX).status_code == 204
    job = Job.objects.get(name="actions.many")
    assert job.user_id == world.users["sam"].pk and registry["customer"].model._base_manager.filter(deleted_at=None).count() == 4
    from pellucid.kernel.jobs.bulk import many
    from pellucid.kernel.jobs.context import Context

    monkeypatch.setattr(Context, "chunk", lambda self: __import__("contextlib").nullcontext())
    monkeypatch.setattr(Context, "progress", lambda self, *args, **facts: None)
    assert many(Context(job), **job.args) == ""
    assert registry["customer"].model._base_manager.filter(deleted_at=None).count() == 0


def test_the_switch_of_the_scope_offers_what_is_in_reach_and_keeps_the_page_as_it_stands(world, browser):
    page = browser("mona").get("/customers/")
    assert page.context_data["shell"]["scope"] == {"label": "全部可见", "src": "/menu/scopes"}
    here = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/customers/?f.kind=in:company&page=3&unit={world.units['east_sales'].pk}"}
    shown = browser("mona").get("/menu/scopes", headers=here).context_data["options"]
    assert [(o["label"], o["depth"], o["current"]) for o in shown] == [
        ("全部可见", 0, False), ("华东分公司", 0, False), ("华东销售部", 1, True), ("苏州组", 2, False), ("华东市场部", 1, False),
        ("华东服务部", 1, False)]
    assert shown[1]["href"] == f"?f.kind=in%3Acompany&unit={world.units['east'].pk}"
    assert browser("alice").get("/customers/").context_data["shell"]["scope"] is None       # nothing to choose from


def test_a_range_of_days_leaves_out_those_without_one_in_every_order(world, browser):
    """The range is read along the key of its sort, where the empty ones stand at an end."""
    for name, at in (("早", "2020-03-01"), ("晚", "2026-03-01"), ("无", "")):
        made = world.customer(name)
        run("customer_next_step", made.pk, world.actor("alice"), {"text": "电话", "at": at}) if at else None
    alice = browser("alice")
    for sort in ("next_step", "-next_step", "name", "-created_at"):
        for asked, found in (("gte:2020-03-01", {"早", "晚"}), ("lte:2020-03-01", {"早"}), ("between:2020-01-01,2021-01-01", {"早"}),
                             ("gte:2027-01-01", set()), ("empty", {"无"})):  # fmt: skip
            assert set(names(alice.get(f"/customers/?view=all&f.next_step_at={asked}&sort={sort}"))) == found, (sort, asked)


def test_searching_a_list_keeps_its_view_and_filters(world, browser):
    text = browser("alice").get("/customers/?view=all&f.level=filled&sort=name&page=3").content.decode()
    form = re.search(r'<form class="in in-s find1".*?</form>', text, re.DOTALL).group()
    kept = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
    assert kept == [("view", "all"), ("f.level", "filled"), ("sort", "name")]
    assert 'hx-get="/customers/?view=all&amp;f.level=filled&amp;sort=name"' in form  # from page 1, not among those of page 3


def test_who_may_create_finds_it_on_the_list_and_in_the_menu_in_its_order(world, browser):
    seen = browser("alice").get("/customers/").context_data
    (new,) = [b for b in seen["list"]["buttons"] if b.get("drawer")]
    assert (new["label"], new["drawer"], new["key"]) == ("新建客户", "/customers/new", "C")
    menu = [o["drawer"] for o in seen["shell"]["create"]]
    assert menu[:4] == ["/tasks/new", "/leads/new", "/customers/new", "/contacts/new"]
    assert not {"/opportunity-lines/new", "/absence-covers/new", "/plan-steps/new"} & set(menu)
    assert not [b for b in browser("audrey").get("/customers/").context_data["list"]["buttons"] if b.get("drawer")]


def test_tasks_are_ticked_in_their_list_and_say_how_late_they_are(world, browser):
    late = (timezone.now() - dt.timedelta(days=3)).isoformat()
    customer = world.customer("苏州恒砺精密制造有限公司")
    made = run("customer_add_task", customer.pk, world.actor("alice"), {"name": "送样", "due_at": late}).value
    page = browser("alice")
    text = page.get("/tasks/?view=mine").content.decode()
    assert f'data-post="/tasks/{made.pk}/do/task_complete" data-anew>' in text
    assert re.search(r'<td class="p2"><span class="bad">逾期 3 天</span>', text)
    assert re.search(r'<td class="[^"]*p3[^"]*">苏州恒砺精密制造有限公司', text)
    assert page.post(f"/tasks/{made.pk}/do/task_complete", {"on": "1"}, headers={"HX-Request": "true"}).status_code == 204
    text = page.get("/tasks/?view=all").content.decode()
    assert "checked disabled>" in text and "逾期" not in re.search(r"<tbody>.*</tbody>", text, re.DOTALL).group()
    assert "task_complete" not in re.search(r"<tbody>.*</tbody>", browser("audrey").get("/tasks/?view=all").content.decode(), re.DOTALL).group()


def test_what_each_record_has_of_its_own_is_not_offered_for_many(world, browser):
    one = world.customer("苏州恒砺精密制造有限公司")
    text = browser("alice").get(f"/customers/bulk/customer_update?ids={one.pk}", headers={"HX-Request": "true"}).content.decode()
    offered = set(re.findall(r'name="set" value="([a-z_]+)"', text))
    assert {"industry", "region", "note"} <= offered
    assert not offered & {"name", "short_name", "phone", "credit_code", "pinyin", "initials", "number"}


def test_the_phone_has_the_first_of_the_menu_at_hand_not_what_stands_in_the_settings(world, browser):
    tabs = browser("sam").get("/").context_data["shell"]["tabs"]
    assert [t["href"] for t in tabs if t.get("href")][1].startswith("/tasks/")


def test_on_a_phone_a_row_says_what_it_hangs_on():
    """The order of an instalment, the customer of a sale, come before the day and the person; what is due says when."""
    from pellucid.web.rows import phone_places

    assert phone_places(["text", "root", "money", "date", "user"]) == {0: "p1", 1: "p3", 2: "p2", 3: "p4"}
    assert phone_places(["text", "link", "term", "money", "step", "user"]) == {0: "p1", 1: "p4", 3: "p2", 4: "p3"}
    assert phone_places(["text", "link", "due", "user"]) == {0: "p1", 1: "p3", 2: "p2", 3: "p4"}


def test_amounts_of_a_list_share_the_unit_of_their_head(world, browser):
    world.customer("恒砺", revenue="23187.6")
    page = browser("sam").get("/customers/?view=all&columns=name,revenue").content.decode()
    assert 'data-unit="万"><span title="23,187.60">2.3</span>' in page and '年营收<span class="unit">万</span>' in page
    page = browser("sam", "en").get("/customers/?view=all&columns=name,revenue&f.revenue=gte:0.01").content.decode()
    assert 'data-unit="k"><span title="23,187.60">23.2</span>' in page and "&gt; 0" in page


def test_a_value_out_of_many_is_searched_and_one_out_of_few_is_ticked(browser):
    page, cars = browser("alice"), terms.find("industry", "36")
    long = page.get(f"/customers/filter/row?i=0&g=0&n.0=industry&o.0=in&v.0={cars}").content.decode()
    assert "<select" not in long.split('class="cdv"')[1], "nobody rolls through a hundred of them"
    assert 'data-src="/options/term/industry"' in long and f'<input type="hidden" name="v.0" value="{cars}">' in long and "汽车制造业" in long
    few = page.get("/customers/filter/row?i=0&g=0&n.0=level&o.0=in").content.decode()
    assert few.count('type="checkbox"') == 3 and "data-combobox" not in few
