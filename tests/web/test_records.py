"""The page of a record, its forms, actions, marks and files, as stories."""
from __future__ import annotations

import io
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days
from pellucid.kernel.records.models import Comment, Star, Visit, Watch
from pellucid.kernel.resources.declare import registry

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def made(world):
    return world.customer("苏州恒砺精密制造有限公司", address="星塘街 218 号", employees="600")


def test_page_shows_everything_and_remembers_the_visit(world, browser, made):
    page = browser("alice").get(f"/customers/{made.pk}?list=view%3Dmine")
    text = page.content.decode()
    assert page.status_code == 200 and "星塘街 218 号" in text and "<h1" in text
    record = page.context_data["record"]
    assert record["pager"]["position"] == "1 / 1" and record["path"]["steps"][0]["state"] == "now"
    assert Visit.objects.get().record_id == made.pk


def test_not_yours_is_not_there(browser, made):
    assert browser("bob").get(f"/customers/{made.pk}").status_code == 404
    assert browser("alice").get("/customers/999999").status_code == 404
    assert browser("alice").get("/nothing/").status_code == 404


def test_create_in_the_drawer_keeps_what_was_typed(world, browser):
    alice = browser("alice")
    assert alice.get("/customers/new", headers=HTMX).status_code == 200
    wrong = alice.post("/customers/new", {"name": "", "website": "javascript:alert(1)", "address": "打过的字"}, headers=HTMX)
    assert wrong.status_code == 422 and "打过的字" in wrong.content.decode()
    assert {e["id"] for e in wrong.context_data["form"]["errors"]} == {"f-name", "f-website"}
    good = alice.post("/customers/new", {"name": "无锡新客户有限公司"}, headers=HTMX)
    model = registry["customer"].model
    assert good.status_code == 204 and good.headers["HX-Redirect"] == f"/customers/{model._base_manager.get().pk}"
    plain = alice.post("/customers/new", {"name": "常州新客户有限公司"})
    assert plain.status_code == 302


def test_what_is_added_to_a_record_leaves_the_reader_there(world, browser, made):
    alice, asked = browser("alice"), {"name": "周工", "customer": made.pk}
    here = HTMX | {"Referer": f"http://testserver/customers/{made.pk}?list=view%3Dmine", "HX-Source": "form"}
    stays = alice.post("/contacts/new", asked, headers=here)
    assert stays.status_code == 204 and "HX-Redirect" not in stays.headers and "reload" in json.loads(stays.headers["HX-Trigger"])
    elsewhere = alice.post("/contacts/new", asked | {"name": "吴工"}, headers=HTMX | {"Referer": "http://testserver/contacts/"})
    assert elsewhere.headers["HX-Redirect"].startswith("/contacts/")
    following = alice.post("/contacts/new", asked | {"name": "郑工", "next": "1"}, headers=here)
    kept = {f["name"]: f for part in following.context_data["form"]["sections"] for f in part["fields"]}
    assert kept["customer"]["chosen"][0]["value"] == made.pk, "the next one is of the same customer"


def edit_form(client, made):
    form = client.get(f"/customers/{made.pk}/edit", headers=HTMX).context_data["form"]
    fields = {f["name"]: f.get("value", "") for s in form["sections"] for f in s["fields"]} | {f["name"]: f.get("value", "") for f in form["more"]}
    chosen = {f["name"]: next((o["value"] for o in f["options"] if o["selected"]), "") for s in (*form["sections"], {"fields": form["more"]})
              for f in s["fields"] if f.get("options") is not None and f["kind"] == "choice"}
    flat = {k: v for k, v in {**fields, **chosen}.items() if v not in (None, True, False)}
    flat |= {k: "1" for k, v in fields.items() if v is True}
    return flat | form["hidden"]


def test_two_editors_of_different_fields_merge_and_of_the_same_field_choose(world, browser, made):
    alice, sam = browser("alice"), browser("sam")
    hers, his = edit_form(alice, made), edit_form(sam, made)
    assert alice.post(f"/customers/{made.pk}/edit", hers | {"address": "新址 1 号"}).status_code == 302
    merged = sam.post(f"/customers/{made.pk}/edit", his | {"employees": "700"}, headers=HTMX)
    assert merged.status_code == 204
    made.refresh_from_db()
    assert (made.address, made.employees) == ("新址 1 号", 700)
    clash = sam.post(f"/customers/{made.pk}/edit", his | {"address": "新址 2 号"}, headers=HTMX)
    assert clash.status_code == 409
    conflict = clash.context_data["conflict"]
    assert [(c["mine"], c["theirs"]) for c in conflict["clashes"]] == [("新址 2 号", "新址 1 号")] and conflict["who"] == "林晓彤"
    sent = dict(conflict["hidden"]) | {"pick.address": "mine"}
    assert sam.post(f"/customers/{made.pk}/edit", sent, headers=HTMX).status_code == 204
    made.refresh_from_db()
    assert made.address == "新址 2 号"


def test_inline_edit(world, browser, made):
    alice, here = browser("alice"), f"/customers/{made.pk}/field/employees"
    assert "<form" in alice.get(here, headers=HTMX).content.decode()
    saved = alice.post(here, {"employees": "700", "version": "1"}, headers=HTMX)
    assert saved.status_code == 200 and "700" in saved.content.decode() and "data-saved" in saved.content.decode()
    wrong = alice.post(here, {"employees": "many", "version": "2"}, headers=HTMX)
    assert wrong.status_code == 422 and "many" in wrong.content.decode()
    stale = alice.post(here, {"employees": "800", "version": "1"}, headers=HTMX)
    assert stale.status_code == 409 and "800" in stale.content.decode() and "700" in stale.content.decode()
    again = dict(re.findall(r'name="(version|employees)" value="(\d+)"', stale.content.decode()))
    assert again["employees"] == "800" and alice.post(here, again, headers=HTMX).status_code == 200
    alice.post(here, {"employees": "700", "version": str(int(again["version"]) + 1)}, headers=HTMX)
    assert browser("audrey").post(here, {"employees": "1", "version": "2"}, headers=HTMX).content.decode().find("<form") == -1
    made.refresh_from_db()
    assert made.employees == 700


def test_the_composer_saves_everything_that_was_typed(world, browser, made):
    sam, here = browser("sam"), f"/customers/{made.pk}"
    page = sam.get(here).content.decode()
    action = re.search(r'action="([^"]*/compose/[^"]*)"', page)[1]
    sent = {"kind": "meeting", "text": "谈了节拍", "met_decision_maker": "true", "next_on": "2030-05-06T10:00", "next_text": "发节拍测算"}
    assert sam.post(action, sent, headers=HTMX).status_code == 204
    said = sam.get(here).content.decode()
    assert "谈了节拍" in said and "发节拍测算" in said and "决策人" in said


def test_a_file_that_is_not_taken_leaves_nothing_behind(world, browser, made):
    from pellucid.customers.models import FollowUp
    from pellucid.kernel.records.models import Attachment

    alice = browser("alice")
    action = re.search(r'action="([^"]*/compose/[^"]*)"', alice.get(f"/customers/{made.pk}").content.decode())[1]
    sent = {"kind": "call", "text": "谈了节拍"}
    for bad in (SimpleUploadedFile("empty.txt", b""), SimpleUploadedFile("setup.exe", b"MZ\x90\x00 program")):
        good = SimpleUploadedFile("节拍.txt", "每件 12 秒".encode())
        assert alice.post(action, sent | {"files": [good, bad]}, headers=HTMX).status_code == 422
        assert not FollowUp.objects.exists() and not Attachment.objects.exists()
    good = SimpleUploadedFile("节拍.txt", "每件 12 秒".encode())
    assert alice.post(action, sent | {"files": [good]}, headers=HTMX).status_code == 204
    told = FollowUp.objects.get()
    assert list(Attachment.objects.values_list("resource", "record_id", "name", "created_by")) == [("followup", told.pk, "节拍.txt", told.author_id)]
    assert "节拍.txt" in alice.get(f"/customers/{made.pk}").content.decode()


def test_action_dialog_run_and_undo(world, browser, made):
    sam = browser("sam")
    dialog = sam.get(f"/customers/{made.pk}/do/customer_reassign", headers=HTMX)
    assert dialog.status_code == 200 and "owner" in dialog.content.decode()
    done = sam.post(f"/customers/{made.pk}/do/customer_reassign", {"owner": world.users["carol"].pk, "reason": "区域"}, headers=HTMX)
    assert done.status_code == 204
    made.refresh_from_db()
    assert made.owner == world.users["carol"]
    from pellucid.kernel.events.models import Event

    event = Event.objects.get(name="customer.reassigned")
    assert sam.post(f"/undo/{event.pk}", headers=HTMX).status_code == 204
    made.refresh_from_db()
    assert made.owner == world.users["alice"]
    assert browser("alice").post(f"/undo/{event.pk}", headers=HTMX).status_code == 404
    assert browser("alice").post(f"/customers/{made.pk}/do/customer_reassign", {"owner": 1}).status_code == 403


def test_delete_shows_in_the_bin_and_comes_back(world, browser, made):
    sam = browser("sam")
    assert sam.post(f"/customers/{made.pk}/do/customer_delete", headers=HTMX).status_code == 204
    assert browser("alice").get(f"/customers/{made.pk}").status_code == 404
    gone = sam.get(f"/customers/{made.pk}")
    assert gone.status_code == 200 and gone.context_data["record"]["note"]["button"]
    assert "恒砺" in sam.get("/customers/?bin=1").content.decode()
    assert sam.post(f"/customers/{made.pk}/do/customer_restore", headers=HTMX).status_code == 204
    assert browser("alice").get(f"/customers/{made.pk}").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_marks_comment_and_timeline(world, browser, made):
    alice = browser("alice")
    assert alice.post(f"/customers/{made.pk}/star").status_code == 204 and Star.objects.count() == 1
    alice.post(f"/customers/{made.pk}/watch")
    assert Watch.objects.count() == 1
    entry = alice.post(f"/customers/{made.pk}/comment", {"text": "@孙明 <script>看一下"}, headers=HTMX)
    assert "&lt;script&gt;看一下" in entry.content.decode() and "<script>看" not in entry.content.decode()
    assert Comment.objects.get().mentions == [world.users["sam"].pk]
    alice.post(f"/customers/{made.pk}/field/address", {"address": "新址", "version": "1"})
    whole = alice.get(f"/customers/{made.pk}/timeline").content.decode()
    assert "星塘街 218 号" in whole and "新址" in whole and "看一下" in whole
    only = alice.get(f"/customers/{made.pk}/timeline?only=comments").content.decode()
    assert "看一下" in only and "新址" not in only
    assert alice.get(f"/customers/{made.pk}/timeline?before=nonsense").status_code == 404


def test_what_no_event_tells_of_is_said_to_be_created(world, browser):
    from pellucid.customers.models import Pool

    pool = Pool._base_manager.create(name="华东线索公海", kind="lead", unit=world.units["east"], keeper=world.users["mona"])
    entries = re.findall(r'class="ev".*?</time>', browser("admin").get(f"/pools/{pool.pk}").content.decode(), re.DOTALL)
    assert len(entries) == 1 and "创建了这条记录" in entries[0]


@pytest.mark.django_db(transaction=True)
def test_timeline_pages_do_not_lose_or_repeat(world, browser, made):
    alice = browser("alice")
    for n in range(26):
        alice.post(f"/customers/{made.pk}/field/address", {"address": f"第 {n:02d} 号", "version": str(n + 1)})
    seen, href = "", f"/customers/{made.pk}/timeline?only=system"
    for _page in range(4):
        answer = alice.get(href)
        seen += answer.content.decode()
        href = answer.context_data["timeline"]["more"]
        if not href:
            break
    assert all(seen.count(f"<ins>第 {n:02d} 号</ins>") == 1 for n in range(26))


def test_history_of_a_day_and_paper(world, browser, made):
    alice = browser("alice")
    assert alice.get(f"/customers/{made.pk}/history").status_code == 200
    today = alice.get(f"/customers/{made.pk}/history?on={days.day_of(made.created_at)}")
    assert today.context_data["record"]["then"] and alice.get(f"/customers/{made.pk}/history?on=1999-01-01").context_data["record"]["then"] is None
    assert alice.get(f"/customers/{made.pk}/print").status_code == 200


def test_who_sees_this_and_why(world, browser, made):
    found = browser("alice").get(f"/customers/{made.pk}/seers", headers=HTMX).context_data["people"]
    by_name = {p["label"]: p["right"] for p in found}
    assert "负责人" in by_name["林晓彤"] or "owner" in by_name["林晓彤"]
    assert "赵磊" not in by_name and "孙明" in by_name


def test_files_are_judged_by_their_bytes(world, browser, made):
    from PIL import Image

    alice, here = browser("alice"), f"/customers/{made.pk}/files"
    picture = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", (2000, 1000), "red").save(picture, "JPEG", exif=exif)
    answer = alice.post(here, {"files": SimpleUploadedFile("../../etc/照片.jpg", picture.getvalue())}, headers=HTMX)
    assert answer.status_code == 200 and [f["label"] for f in answer.context_data["files"]] == ["照片.jpg"]
    href = answer.context_data["files"][0]["href"]
    fetched = alice.get(href)
    assert fetched.headers["Content-Disposition"].startswith("attachment") and "sandbox" in fetched.headers["Content-Security-Policy"]
    assert fetched.headers["X-Content-Type-Options"] == "nosniff"
    small = b"".join(alice.get(href + "/preview").streaming_content)
    assert small[8:12] == b"WEBP" and b"secret place" not in small and Image.open(io.BytesIO(small)).width == 1280
    refused = alice.post(here, {"files": SimpleUploadedFile("harmless.pdf", b"MZ\x90\x00 program")}, headers=HTMX)
    assert refused.status_code == 422
    assert alice.post(here, {"files": SimpleUploadedFile("empty.txt", b"")}, headers=HTMX).status_code == 422
    assert browser("bob").get(href).status_code == 404
    assert browser("audrey").post(here, {"files": SimpleUploadedFile("a.txt", b"text")}, headers=HTMX).status_code == 403
    assert alice.post(href + "/remove", headers=HTMX).status_code == 204 and alice.get(href).status_code == 404


def test_bulk_previews_then_does(world, browser, made):
    theirs = world.customer("另一家", by="carol")
    held = world.customer("母公司")
    world.customer("子公司", parent=str(held.pk))
    sam = browser("sam")
    ids = f"{made.pk},{theirs.pk},{held.pk}"
    seen = sam.get(f"/customers/bulk/customer_delete?ids={ids}", headers=HTMX)
    bulk = seen.context_data["bulk"]
    assert (bulk["ready"], bulk["skipped"]) == (2, 1) and "子公司" in bulk["rows"][0]["reason"]
    done = sam.post("/customers/bulk/customer_delete", dict(bulk["hidden"]), headers=HTMX)
    assert done.status_code == 204
    assert registry["customer"].model._base_manager.filter(deleted_at=None).count() == 2
    assert browser("alice").get(f"/customers/bulk/customer_delete?ids={ids}", headers=HTMX).status_code == 403
    assert sam.get("/customers/bulk/customer_delete?ids=", headers=HTMX).status_code == 422


def test_bulk_edit_of_all_that_match(world, browser):
    for n in range(5):
        world.customer(f"客户{n}", employees=str(n))
    sam, query = browser("sam"), "?view=all&f.employees=gte:2&all=1"
    asked = sam.get("/customers/bulk/customer_update" + query, headers=HTMX)
    assert asked.status_code == 200
    first = sam.post(asked.context_data["form"]["action"], {"all": "1", "set": ["address", "size"], "address": "园区", "size": ""}, headers=HTMX)
    bulk = first.context_data["bulk"]
    assert bulk["ready"] == 3
    post: dict[str, list[str]] = {}
    for k, v in bulk["hidden"]:
        post.setdefault(k, []).append(v)
    assert sam.post(bulk["action"], post, headers=HTMX).status_code == 204
    assert registry["customer"].model._base_manager.filter(address="园区").count() == 3


def test_peek_related_and_options(world, browser, made):
    alice = browser("alice")
    assert alice.get(f"/customers/{made.pk}/peek", headers=HTMX).status_code == 200
    tab = next(t for t in alice.get(f"/customers/{made.pk}").context_data["record"]["tabs"] if t["key"].startswith("related"))
    assert alice.get(tab["src"], headers=HTMX).status_code == 200
    world.customer("西部客户", by="bob")
    options = alice.get("/options/customer?q=", headers=HTMX).context_data["options"]
    assert [o["label"] for o in options] == ["苏州恒砺精密制造有限公司"]
    assert [o["label"] for o in alice.get("/options/user?q=孙", headers=HTMX).context_data["options"]] == ["孙明"]
    assert alice.get("/options/unit?q=", headers=HTMX).status_code == 200 and alice.get("/options/nothing", headers=HTMX).status_code == 404


def test_calendar_by_week_month_and_list(world, browser, made):
    type(made)._base_manager.filter(pk=made.pk).update(next_step="方案评审", next_step_at="2026-11-26T06:00:00Z")
    alice = browser("alice")
    week = alice.get("/customers/calendar?view=mine&on=2026-11-25").context_data["cal"]
    found = [(d["number"], e["label"], e["time"]) for d in week["days"] for e in d["events"]]
    assert found == [(26, "方案评审", "14:00")]
    for mode in ("month", "agenda"):
        assert "方案评审" in alice.get(f"/customers/calendar?view=mine&on=2026-11-25&mode={mode}").content.decode()


def test_calendar_tells_late_from_done_and_shows_visits_beside_tasks(world, browser, made):
    from pellucid.kernel.actions.run import run

    alice = world.actor("alice")
    for name, due in (("late", "2020-01-07T02:00:00Z"), ("done", "2020-01-07T05:00:00Z")):
        task = run("task_create", None, alice, values={"name": name, "due_at": due, "owner": alice.user_id}).record
        if name == "done":
            run("task_complete", task.pk, alice)
    run("followup_create", None, alice, values={"customer": made.pk, "kind": "visit", "text": "看了现场", "at": "2020-01-08T01:00:00Z"})
    run("followup_create", None, alice, values={"customer": made.pk, "kind": "call", "text": "打了电话", "at": "2020-01-08T03:00:00Z"})
    page = browser("alice").get("/tasks/calendar?view=all&on=2020-01-08&f.owner=me").context_data["cal"]
    found = [(d["number"], e["label"], e["tone"]) for d in page["days"] for e in d["events"]]
    assert found == [(7, "late", "bad"), (7, "done", "mute"), (8, made.name, "ok")]       # what was told is never late; a call is no visit
    assert [(c["label"], c["count"], c["current"]) for c in page["chips"][:2]] == [("任务", 2, True), ("拜访", 1, True)]
    hidden = browser("alice").get(page["chips"][1]["href"]).context_data["cal"]
    assert not any(e["label"] == made.name for d in hidden["days"] for e in d["events"]) and not hidden["chips"][1]["current"]
    assert not page["wide"] and not any(m["label"] == "按人员" for m in page["modes"])          # alice sees nobody else's


def test_calendar_has_a_row_for_each_person_a_manager_sees(world, browser, made):
    from pellucid.kernel.actions.run import run

    for who in ("alice", "mona"):
        run("task_create", None, world.actor(who), values={"name": f"of {who}", "due_at": "2020-01-11T02:00:00Z",
                                                             "owner": world.users[who].pk})
    sam = browser("sam")
    mine = sam.get("/tasks/calendar?view=mine&on=2020-01-08").context_data["cal"]
    rows = sam.get(next(m["href"] for m in mine["modes"] if m["label"] == "按人员")).context_data["cal"]["rows"]
    assert {r["name"]: [e["label"] for c in r["cells"] for e in c["events"]] for r in rows} == {"林晓彤": ["10:00 of alice"]}
    assert sam.get("/tasks/calendar?view=all&on=2020-01-08").context_data["cal"]["wide"]     # somebody works on that Saturday


def test_paper_holds_every_section_what_points_here_and_the_story(world, browser, made):
    from pellucid.kernel.actions.run import run

    run("contact_create", None, world.actor("alice"), values={"customer": made.pk, "name": "顾维民"})
    run("followup_create", None, world.actor("alice"), values={"customer": made.pk, "kind": "visit", "text": "看了现场"})
    alice = browser("alice")
    page = alice.get(f"/customers/{made.pk}/print")
    shown, text = page.context_data["record"], page.content.decode()
    assert len(shown["groups"]) == 4 and [r["rows"] for r in shown["related"]] == [1]
    assert "顾维民" in text and "看了现场" in text and 'href="/customers' not in text.partition("<main")[2].partition("顾维民")[0]
    bare = alice.get(f"/customers/{made.pk}/print?story=no").content.decode()
    assert "顾维民" in bare and "看了现场" not in bare


def test_phone_tabs_reach_the_whole_menu(browser):
    tabs = browser("alice").get("/customers/").context_data["shell"]["tabs"]
    assert [t["label"] for t in tabs] == ["工作台", "业务", "新建", "任务", "审批", "我的"]
    assert tabs[1]["act"] == "side" and any(e["drawer"] == "/customers/new" for e in tabs[2]["entries"])


def test_home_language_and_preferences(world, browser):
    alice = browser("alice")
    assert alice.get("/").status_code == 200 and alice.get("/home/cards", headers=HTMX).status_code == 200
    assert alice.post("/home/cards", {"order": [], "shown": []}, headers=HTMX).status_code == 204
    assert alice.post("/language", {"language": "en"}).status_code == 302
    assert b'lang="en"' in alice.get("/").content


def test_looking_as_somebody_changes_nothing(world, browser, made):
    from pellucid.kernel.access.models import Session

    admin = browser("admin")
    Session.objects.filter(user=world.users["admin"]).update(viewing_as=world.users["alice"])
    assert admin.get(f"/customers/{made.pk}").status_code == 200
    assert admin.post(f"/customers/{made.pk}/field/address", {"address": "x", "version": "1"}).content.decode().find("data-saved") == -1
    assert admin.post(f"/customers/{made.pk}/comment", {"text": "x"}).status_code == 403
    assert admin.post(f"/customers/{made.pk}/star").status_code == 403 and not Visit.objects.exists()
    made.refresh_from_db()
    assert made.version == 1


def test_was_is_only_what_the_form_showed(browser, made):
    form = browser("alice").get(f"/customers/{made.pk}/edit", headers=HTMX).context_data["form"]
    assert json.loads(form["hidden"]["was"])["address"] == "星塘街 218 号"


def test_what_an_address_says_a_dialog_begins_with_is_no_value_of_it(world, browser, made):
    """An address may say anything; what does not fit the field is left out."""
    alice = browser("alice")
    for said in ("at=12.5", "at=²", "text=²", "at=abc"):
        assert alice.get(f"/customers/{made.pk}/do/customer_next_step?{said}", headers={"HX-Request": "true"}).status_code == 200
    assert alice.get("/customers/calendar?unit=²&page=²&from=²").status_code == 200


def test_short_fields_stand_in_pairs_and_mobiles_read_alike(world, browser):
    """The address of a mailbox takes one column, so that the field behind it is not alone; a mobile is grouped however it was typed."""
    drawn = browser("alice").get("/leads/new").content.decode()
    assert all(re.search(rf'<div class="f " data-field="{name}"', drawn) for name in ("email", "wechat"))
    for name, mobile in (("甲公司", "13861234577"), ("乙公司", "138 6123 4578")):
        run("lead_create", None, world.actor("alice"), values={"name": name, "mobile": mobile})
    rows = browser("alice").get("/leads/").content.decode()
    assert 'href="tel:13861234577">138 6123 4577' in rows and "138 6123 4578" in rows
