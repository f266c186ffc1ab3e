"""Import and export as a user meets them: the wizard, the tray, the file that comes back."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from pellucid.customers.models import Customer
from pellucid.kernel.events.models import Event
from pellucid.kernel.exchange import exporting
from pellucid.kernel.exchange.models import ExportRun, ImportMapping, ImportRun
from pellucid.kernel.jobs.perform import work_off

pytestmark = pytest.mark.django_db
TABLE = "公司全称,行业分类,电话,备注2\r\n苏州甲装备有限公司,34,0512-66668888,x\r\n苏州乙装备有限公司,渔具,0512-66668889,x\r\n,34,,\r\n"


@pytest.fixture
def seat(client, world):
    """``seat("alice")`` gives her browser, signed in."""

    def take(name: str):
        user = world.users[name]
        user.set_password("correct horse")
        user.save()
        client.post("/login", {"username": name, "password": "correct horse"})
        return client

    return take


def uploaded(browser, text: str = TABLE, name: str = "工博会名单.csv"):
    answer = browser.post("/customers/import", {"file": SimpleUploadedFile(name, text.encode("gb18030"))})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return answer.url


def test_a_long_file_has_about_so_many_rows_until_it_was_checked(seat):
    browser = seat("alice")
    here = uploaded(browser, "公司全称\n" + "".join(f"苏州第{n}精密制造有限公司\n" for n in range(1, 301)))
    assert "约 " in browser.get(here).context_data["imp"]["note"]
    browser.post(here, {"column-0": "name", "policy": "skip"})
    assert browser.get(here).context_data["imp"]["note"].endswith("· 300 行")


def test_wizard_from_file_to_records(seat):
    browser = seat("alice")
    assert "multipart/form-data" in browser.get("/customers/import").content.decode()
    here = uploaded(browser)
    page = browser.get(here)
    text = page.content.decode()
    assert page.status_code == 200 and "公司全称" in text and "GB18030" in text.upper()
    given = {f"column-{at}": name for at, name in enumerate(("name", "industry", "phone", ""))} | {"policy": "skip", "remember": "1"}
    assert browser.post(here, given).url == here
    run = ImportRun.objects.get()
    assert (run.checked["imported"], run.checked["failed"]) == (1, 2) and not Customer.objects.exists()
    text = browser.get(here).content.decode()
    assert "渔具" in text and "faults.xlsx" in text and "/words/1" in text
    book = load_workbook(io.BytesIO(b"".join(browser.get(here + "/faults.xlsx").streaming_content)))
    assert len(list(book.active.values)) == 3
    assert "渔具" in browser.get(here + "/words/1").content.decode()
    assert browser.post(here + "/words/1", {"word-0": "24", "rest": "error"}).url == here
    run.refresh_from_db()
    assert run.checked["imported"] == 2
    assert browser.post(here, given).url == here + "/confirm"
    assert browser.get(here + "/confirm").status_code == 200
    assert browser.post(here + "/confirm").url == here + "/run"
    assert "hx-get" in browser.get(here + "/run").content.decode()
    work_off()
    text = browser.get(here + "/run").content.decode()
    assert Customer.objects.count() == 2 and f"/jobs/{ImportRun.objects.get().job_id}/file" in text
    assert browser.get(f"/jobs/{run.pk}").status_code in (200, 404)
    job = ImportRun.objects.get().job_id
    assert browser.get(f"/jobs/{job}/file").headers["Content-Disposition"].startswith("attachment")
    assert browser.get("/jobs").status_code == 200
    assert ImportMapping.objects.get().headers == ["公司全称", "行业分类", "电话", "备注2"]
    assert browser.post(here + "/undo").status_code == 302
    assert not Customer.objects.filter(deleted_at=None).exists()
    assert "由林晓彤撤销，今天" in browser.get(here + "/run").content.decode()
    again = browser.get(uploaded(browser)).content.decode()
    assert 'value="phone" selected' in again


def test_bad_file_is_refused_in_words(seat):
    browser = seat("alice")
    answer = browser.post("/customers/import", {"file": SimpleUploadedFile("a.xlsx", b"%PDF-1.7 nothing")})
    assert answer.status_code == 422 and "PDF" in answer.content.decode()


def test_somebody_elses_import_is_not_there(seat, world, client):
    here = uploaded(seat("alice"))
    client.post("/logout")
    assert seat("carol").get(here).status_code == 404


def test_without_the_right_there_is_no_import(seat):
    assert seat("audrey").get("/customers/import").status_code == 403


def test_export_shows_what_the_list_shows(seat, world):
    world.customer("甲公司", phone="0512-66668888")
    world.customer("=cmd", by="bob")
    browser = seat("mona")
    assert browser.get("/customers/export?f.level=filled").status_code == 200
    answer = browser.post("/customers/export?view=all", {"kind": "xlsx", "fields": "all", "reason": "周会"})
    rows = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)
    assert len(rows) == 2 and rows[1][0] == "甲公司" and "0512-66668888" in rows[1]
    run = ExportRun.objects.get()
    assert (run.rows, run.reason, run.user_id) == (1, "周会", world.users["mona"].pk) and "phone" in run.columns
    assert Event.objects.filter(name="exchange.exported", actor_id=world.users["mona"].pk).exists()


def test_long_export_is_a_job(seat, world, monkeypatch):
    monkeypatch.setattr(exporting, "INLINE", 0)
    world.customer("甲公司")
    browser = seat("mona")
    assert browser.post("/customers/export?view=all", {"kind": "csv", "fields": "shown"}).status_code == 302
    work_off()
    run = ExportRun.objects.get()
    content = b"".join(browser.get(f"/jobs/{run.job_id}/file").streaming_content).decode("utf-8-sig")
    assert "甲公司" in content and run.rows == 1


def test_masked_fields_leave_masked(seat, world):
    from pellucid.kernel.access.models import FieldRight, Role

    world.customer("甲公司", phone="0512-66668888")
    FieldRight.objects.create(role=Role.objects.get(code="branch_manager"), resource="customer", field="phone", level="masked")
    FieldRight.objects.create(role=Role.objects.get(code="branch_manager"), resource="customer", field="revenue", level="none")
    answer = seat("mona").post("/customers/export?view=all", {"kind": "csv", "fields": "all"})
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "66668888" not in content and "甲公司" in content
    assert "revenue" not in ExportRun.objects.get().columns
