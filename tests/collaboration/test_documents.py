"""The knowledge base: versions, who reads what, what was used where, and that nobody learns of a text he may not read."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from pellucid.collaboration import knowledge
from pellucid.collaboration.actions.linking import figures_agree, recount
from pellucid.collaboration.comparing import compare
from pellucid.collaboration.demo import files
from pellucid.collaboration.document_panels import text_tab, used_here, uses_card, versions_tab
from pellucid.collaboration.models import Document, DocumentLink, DocumentVersion
from pellucid.kernel.access.sessions import open_session
from pellucid.kernel.actions.run import run, scoped
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.records import terms
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused
from pellucid.kernel.records.models import FileText
from pellucid.kernel.resources.held import Kept, keep_given
from pellucid.kernel.search.engine import search
from pellucid.kernel.search.texts import reading
from pellucid.sales import stages
from pellucid.sales.models import Opportunity

pytestmark = pytest.mark.django_db
MARKER = "绝密标记琥珀七号"


def given(*paragraphs: str, name: str = "方案.docx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, files.docx("方案", paragraphs))


def document(world, name="压装方案", by="alice", **values):
    made = run("document_create", None, world.actor(by), values={"name": name, **values}).record
    while reading.ask() or work_off():
        pass
    return Document._base_manager.get(pk=made.pk)


def found(world, who: str, query: str) -> list[int]:
    return [h.id for h in search(world.actor(who), query, resources=("document",)).get("document", [])]


def page(world, who: str, **params: str) -> dict:
    return knowledge.knowledge(world.actor(who), params)


def test_a_document_is_found_by_what_is_in_its_file(world):
    made = document(world, file=given("节拍从 22 秒降到 18 秒", "伺服压装机采用双工位"), summary="概述")
    assert (made.edition, made.file_name) == (1, "方案.docx")
    assert FileText.objects.get(pk=made.file_id).state == "read"
    assert found(world, "bob", "双工位") == [made.pk] and found(world, "bob", "三工位") == []
    hit = page(world, "bob", q="双工位")["hits"][0]
    assert hit["label"] == "压装方案" and "<mark>双工位</mark>" in hit["passage"]


def test_a_new_version_takes_the_place_of_the_old_one_in_search(world):
    made = document(world, file=given("旧版节拍二十二秒"))
    run("document_new_version", made.pk, world.actor("alice"), {"file": given("新版节拍十八秒", name="方案二.docx"), "note": "改了节拍"})
    while reading.ask() or work_off():
        pass
    made.refresh_from_db()
    assert (made.edition, made.file_name) == (2, "方案二.docx")
    assert found(world, "alice", "旧版节拍") == [] and found(world, "alice", "新版节拍") == [made.pk]
    rows = versions_tab(made, world.actor("alice"))["rows"]
    assert [(r["number"], r["note"], r["now"]) for r in rows] == [(2, "改了节拍", True), (1, "", False)]
    run("document_restore_version", made.pk, world.actor("alice"), {"number": "1"})
    made.refresh_from_db()
    assert (made.edition, made.file_name) == (3, "方案.docx") and found(world, "alice", "旧版节拍") == [made.pk]
    assert DocumentVersion.objects.filter(document=made).count() == 3
    for number, gone in ((3, False), (2, True)):
        version = DocumentVersion.objects.get(document=made, number=number)
        if gone:
            run("documentversion_delete", version.pk, world.actor("admin"))
        else:
            with pytest.raises(Refused):
                run("documentversion_delete", version.pk, world.actor("admin"))
    with pytest.raises(Refused):
        run("document_restore_version", made.pk, world.actor("alice"), {"number": "3"})
    with pytest.raises(Invalid):
        run("document_restore_version", made.pk, world.actor("alice"), {"number": "9"})


def test_the_same_file_is_no_new_version(world):
    made = document(world, file=given("一样"))
    with pytest.raises(Invalid) as refused:
        run("document_new_version", made.pk, world.actor("alice"), {"file": given("一样")})
    assert "file" in refused.value.errors and DocumentVersion.objects.count() == 1


def test_what_changed_is_said_in_words(world):
    assert [str(p) for p in compare("节拍 22 秒\n双工位\n视觉复检", "节拍 18 秒\n双工位\n视觉复检")] == [
        "节拍 <del>22</del><ins>18</ins> 秒", "双工位", "视觉复检"]  # fmt: skip
    assert compare("一样\n一样", "一样\n一样") == []
    long = "\n".join(f"第{n}行" for n in range(40))
    pieces = compare(long, long.replace("第20行", "第20排<b>"))
    assert pieces.count(None) == 2 and any("<ins>排&lt;b&gt;</ins>" in str(p) for p in pieces)
    made = document(world, file=given("节拍 22 秒"))
    run("document_new_version", made.pk, world.actor("alice"), {"file": given("节拍 18 秒")})
    while reading.ask() or work_off():
        pass
    told = knowledge.comparison(world.actor("bob"), {"document": str(made.pk), "from": "1", "to": "2"})
    assert any("<del>22</del><ins>18</ins>" in str(p) for p in told["pieces"])
    with pytest.raises(Missing):
        knowledge.comparison(world.actor("bob"), {"document": str(made.pk), "from": "1", "to": "7"})


WHO_READS = (
    ({"audience": "all"}, {"alice", "carol", "bob", "mark", "walt", "mona"}),
    ({"audience": "unit"}, {"alice", "carol", "sam", "mona"}),
    ({"audience": "unit", "audience_unit": "华东分公司"}, {"alice", "carol", "sam", "mona", "mark", "sally", "walt"}),
    ({"audience": "named"}, {"alice", "sam", "mona"}),
)


@pytest.mark.parametrize(("values", "readers"), WHO_READS)
def test_who_may_read(world, values, readers):
    made = document(world, **values)
    everybody = {"alice", "carol", "bob", "mark", "sally", "walt", "wendy", "mona", "sam"}
    reads = {name for name in everybody if scoped(Document, world.actor(name)).filter(pk=made.pk).exists()}
    assert reads & everybody == (readers if values["audience"] != "all" else everybody) & everybody


def test_named_colleagues_read_it_too(world):
    made = document(world, audience="named")
    run("document_share", made.pk, world.actor("alice"), {"user": "赵磊", "level": "1"})
    assert scoped(Document, world.actor("bob")).filter(pk=made.pk).exists()
    with pytest.raises(Missing):
        run("document_update", made.pk, world.actor("wendy"), values={"name": "x"}, version=1)
    with pytest.raises(Forbidden):
        run("document_update", made.pk, world.actor("bob"), values={"name": "x"}, version=1)


def test_nobody_learns_of_a_text_he_may_not_read(world):
    """The marker stands in the file of a document for one unit; no page of an outsider holds it, counts it or cuts it out."""
    customer = world.customer("海川", by="bob")
    made = document(world, audience="unit", name="内部测算", file=given(MARKER), steps=[terms.dictionaries()["document_step"][1].id])
    run("customer_add_document", world.customer("恒砺").pk, world.actor("alice"), {"document": str(made.pk)})
    user = world.users["bob"]
    client = Client()
    client.cookies["pellucid"] = open_session(user)
    for href in (f"/search?q={MARKER}", f"/search/palette?q={MARKER}", f"/p/knowledge?q={MARKER}", f"/documents/?q={MARKER}",
                 f"/documents/totals?q={MARKER}", "/p/knowledge",
                 f"/customers/{customer.pk}/panel/documents", "/documents/?view=all", "/document-versions/", "/"):  # fmt: skip
        answer = client.get(href)
        shown = answer.content.decode().replace(f'value="{MARKER}"', "").replace(f"q={MARKER}", "").replace(f"“{MARKER}”", "")
        assert answer.status_code == 200 and "内部测算" not in shown and "<mark>" not in shown, href
    assert page(world, "bob", q=MARKER)["count"] == "0" and page(world, "carol", q=MARKER)["count"] == "1"
    version = DocumentVersion.objects.get()
    for href in (f"/documents/{made.pk}", f"/documents/{made.pk}/held/file", f"/documents/{made.pk}/panel/text", f"/document-versions/{version.pk}",
                 f"/document-versions/{version.pk}/held/file", f"/p/knowledge/compare?document={made.pk}&from=1&to=1"):  # fmt: skip
        assert client.get(href).status_code == 404, href


def test_who_may_not_read_files_does_not_search_them(world):
    from pellucid.kernel.access.models import FieldRight, Role

    made = document(world, file=given(MARKER))
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="document", field="file", level="none")
    assert found(world, "bob", MARKER) == [] and found(world, "mark", MARKER) == [made.pk]
    assert page(world, "bob", q=MARKER)["hits"] == [] and page(world, "bob", q="压装方案")["hits"][0]["passage"] == ""
    assert text_tab(made, world.actor("bob"))["paragraphs"] == []
    client = Client()
    client.cookies["pellucid"] = open_session(world.users["bob"])
    assert client.get(f"/documents/{made.pk}/held/file").status_code == 404


def test_the_file_comes_back_as_it_was(world):
    content = given("原样").read()
    made = document(world, file=SimpleUploadedFile("原 样.docx", content))
    client = Client()
    client.cookies["pellucid"] = open_session(world.users["carol"])
    answer = client.get(f"/documents/{made.pk}/held/file")
    assert b"".join(answer.streaming_content) == content
    assert "%E5%8E%9F%20%E6%A0%B7.docx" in answer["Content-Disposition"] and "sandbox" in answer["Content-Security-Policy"]


def test_a_file_chosen_once_survives_a_mistake_in_the_form(world):
    client = Client()
    client.cookies["pellucid"] = open_session(world.users["alice"])
    answer = client.post("/documents/new", {"name": "", "audience": "all", "file": given("还在")})
    assert answer.status_code == 422
    form = answer.content.decode()
    assert "方案.docx" in form
    token = form.split('type="hidden" name="file" value="')[1].split('"')[0]
    answer = client.post("/documents/new", {"name": "好了", "audience": "all", "file": token})
    assert answer.status_code == 302
    assert Document.objects.get(name="好了").file_name == "方案.docx"
    answer = client.post("/documents/new", {"name": "假的", "audience": "all", "file": token[:-3] + "abc"})
    assert answer.status_code == 422 and not Document.objects.filter(name="假的").exists()


def test_programs_and_empty_files_are_refused_at_the_field(world):
    for content in (b"MZ\x90", b""):
        with pytest.raises(Invalid) as refused:
            document(world, file=SimpleUploadedFile("x.exe", content))
        assert "file" in refused.value.errors
    kept = keep_given({"name": "../a\x00b.txt", "content": "5Lit5paH"})
    assert isinstance(kept, Kept) and kept.name == "ab.txt"


def test_a_new_one_from_an_old_one(world):
    old = document(world, file=given("底稿"), summary="摘要", audience="unit")
    with pytest.raises(Missing):
        run("document_copy", old.pk, world.actor("bob"), {"name": "别人的"})
    made = run("document_copy", old.pk, world.actor("carol"), {"name": "苏州版"}).value
    assert (made.owner, made.file_id, made.summary, made.based_on_id, made.edition) == (world.users["carol"], old.file_id, "摘要", old.pk, 1)
    other = run("document_copy", old.pk, world.actor("carol"), {"name": "宁波版", "file": given("改过")}).value
    assert other.file_id != old.file_id and DocumentVersion.objects.get(document=other).number == 1
    with pytest.raises(Forbidden):
        run("document_copy", document(world).pk, world.actor("audrey"), {"name": "审计"})


# ------------------------------------------------------------------------------------------------ what it was used for
def opportunity(world, name="三号线", by="alice", **values):
    customer = values.pop("customer", None) or world.customer(f"{name}客户", by=by)
    given = {"name": name, "customer": customer.pk, "amount": "1000", "expected_on": "2030-01-01", **values}
    return run("opportunity_create", None, world.actor(by), values=given).record


def test_used_in_deals_that_were_won(world):
    made = document(world, file=given("好方案"))
    deals = [opportunity(world, f"第{n}单") for n in range(3)]
    for deal in deals:
        run("opportunity_add_document", deal.pk, world.actor("alice"), {"document": str(made.pk)})
    run("opportunity_add_document", deals[0].pk, world.actor("alice"), {"document": str(made.pk)})  # twice is once
    run("opportunity_win", deals[0].pk, world.actor("alice"), {"amount": "1000"})
    run("opportunity_lose", deals[1].pk, world.actor("alice"), {"loss_reason": str(terms.find("loss_reason", "price"))})
    work_off()
    made.refresh_from_db()
    assert (made.uses, made.won_with, made.lost_with) == (3, 1, 1) and figures_agree() == []
    run("opportunity_reopen", deals[0].pk, world.actor("alice"), {"reason": "客户反悔"})
    work_off()
    made.refresh_from_db()
    assert (made.won_with, made.lost_with) == (0, 1)
    run("opportunity_drop_document", deals[1].pk, world.actor("alice"), {"document": str(made.pk)})
    run("opportunity_delete", deals[2].pk, world.actor("sam"))
    work_off()
    made.refresh_from_db()
    assert (made.uses, made.won_with, made.lost_with) == (1, 0, 0) and figures_agree() == []
    Document._base_manager.filter(pk=made.pk).update(won_with=7)
    assert figures_agree() == [made.pk] and recount([made.pk]) == 1 and figures_agree() == []


def test_a_deal_is_offered_what_fits_its_stage_first(world):
    deal = opportunity(world)
    stage = stages.stages()[deal.stage_id]
    here = terms.find("document_step", stage.name)
    fits = document(world, "适合本阶段", steps=[here])
    document(world, "别的阶段", steps=[t.id for t in terms.dictionaries()["document_step"] if t.id != here])
    about = document(world, "写给这家客户")
    run("customer_add_document", deal.customer_id, world.actor("alice"), {"document": str(about.pk)})
    tab = used_here(Opportunity._base_manager.get(pk=deal.pk), world.actor("alice"))
    assert {r["label"] for r in tab["fitting"]} == {"适合本阶段", "写给这家客户"} and tab["rows"] == []
    run("opportunity_add_document", deal.pk, world.actor("alice"), {"document": str(fits.pk)})
    tab = used_here(deal, world.actor("alice"))
    assert [r["label"] for r in tab["rows"]] == ["适合本阶段"] and [r["label"] for r in tab["fitting"]] == ["写给这家客户"]
    assert page(world, "alice", customer=str(deal.customer_id))["hits"][0]["label"] == "写给这家客户"
    assert page(world, "bob", customer=str(deal.customer_id))["hits"] == []  # a customer one does not see finds nothing
    assert [r["label"] for r in uses_card(about, world.actor("alice"))["rows"]] == [deal.customer.name]
    assert uses_card(about, world.actor("bob")) is None


def test_a_document_one_does_not_see_cannot_be_used(world):
    secret = document(world, by="bob", audience="named")
    with pytest.raises(Invalid) as refused:
        run("customer_add_document", world.customer("甲").pk, world.actor("alice"), {"document": str(secret.pk)})
    assert "document" in refused.value.errors and not DocumentLink.objects.exists()


def test_a_new_stage_is_a_step_at_once(world):
    stage = next(s for s in stages.stages().values() if s.kind == "open")
    run("stage_create", None, world.actor("admin"), values={"pipeline": stage.pipeline, "name": "样机测试", "name_en": "Trial", "position": "35",
                                                            "probability": "40"})  # fmt: skip
    assert terms.find("document_step", "样机测试") and terms.find("document_step", "Trial")


def test_recommending_is_for_those_above_and_reaches_everybody(world):
    made = document(world, audience="unit", kind="experience", lessons="先做样件再报价")
    with pytest.raises(Forbidden):
        run("document_recommend", made.pk, world.actor("alice"), {"reason": "好"})
    run("document_recommend", made.pk, world.actor("erin"), {"reason": "值得各分公司看"})
    made.refresh_from_db()
    assert made.recommended_by == world.users["erin"] and scoped(Document, world.actor("bob")).filter(pk=made.pk).exists()
    assert [h["label"] for h in page(world, "bob", tab="recommended")["hits"]] == ["压装方案"]


def test_erasing_a_person_takes_the_name_out_of_what_was_read(world):
    customer = world.customer("恒砺")
    contact = run("contact_create", None, world.actor("alice"), values={"name": "顾维民", "customer": customer.pk, "mobile": "13800138000"}).record
    made = document(world, name="致顾维民的方案", file=given("顾维民总监审阅", "电话 13800138000", name="顾维民.docx"))
    other = document(world, name="顾维民讲课稿")
    run("customer_add_document", customer.pk, world.actor("alice"), {"document": str(made.pk)})
    assert found(world, "alice", "顾维民总监审阅") == [made.pk]
    run("contact_erase", contact.pk, world.actor("admin"), {"reason": "本人要求"})
    made.refresh_from_db()
    text = FileText.objects.get(pk=made.file_id).text
    assert "顾维民" not in text + made.name + made.file_name and "13800138000" not in text and found(world, "alice", "顾维民总监审阅") == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM history.audit WHERE tbl LIKE 'collaboration_document%%' AND row_id = ANY(%s)"
                       " AND concat(old, new) LIKE '%%顾维民%%'", [[made.pk, *made.versions.values_list("pk", flat=True)]])  # fmt: skip
        assert cursor.fetchone() == (0,)
    other.refresh_from_db()
    assert other.name == "顾维民讲课稿"  # of somebody by that name, in another matter


def test_bytes_given_over_the_api_are_a_file_like_any_other(world):
    import base64

    content = {"name": "报价.xlsx", "content": base64.b64encode(files.xlsx("报价", [["伺服压装机", 4]])).decode()}
    made = document(world, file=content)
    assert made.file_name == "报价.xlsx" and found(world, "alice", "伺服压装机") == [made.pk]
    with pytest.raises(Invalid):
        document(world, file={"name": "x", "content": "不是"})


def test_fields_one_may_not_read_are_on_no_page_of_the_knowledge_base(world):
    from pellucid.kernel.access.models import FieldRight, Role

    document(world, summary=MARKER, lessons=MARKER, kind="experience")
    for name, level in (("summary", "none"), ("kind", "none"), ("owner", "masked"), ("won_with", "none")):
        FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="document", field=name, level=level)
    hit = page(world, "bob")["hits"][0]
    assert (hit["passage"], hit["kind"], hit["by"], hit["won"]) == ("", None, "", 0) and page(world, "mark")["hits"][0]["passage"] == MARKER
