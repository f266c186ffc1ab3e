"""Import and export by programs."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pellucid.customers.models import Customer
from pellucid.kernel.exchange import exporting
from pellucid.kernel.exchange.models import ImportRun
from pellucid.kernel.jobs.perform import work_off

pytestmark = pytest.mark.django_db


def post(caller, path, key="", **data):
    file = SimpleUploadedFile("a.csv", "名称,电话\r\n甲公司,0512-66668888\r\n,1\r\n".encode())
    response = caller.client.post(f"/api/v1/{path}", {"file": file, **data}, HTTP_AUTHORIZATION=f"Bearer {caller.secret}",
                                  **({"HTTP_IDEMPOTENCY_KEY": key} if key else {}))  # fmt: skip
    response.data = json.loads(response.content)
    return response


def test_import_is_a_job(world, api):
    alice = api("alice")
    said = post(alice, "customers/import", check="1")
    assert said.status_code == 200 and (said.data["imported"], said.data["failed"]) == (1, 1) and not Customer.objects.exists()
    asked = post(alice, "customers/import")
    assert asked.status_code == 202
    assert alice("GET", f"jobs/{asked.data['job']}").data["state"] == "queued"
    work_off()
    job = alice("GET", f"jobs/{asked.data['job']}").data
    assert job["state"] == "done" and job["result"]["imported"] == 1 and job["result"]["failed"] == 1
    assert Customer.objects.get().owner == world.users["alice"]
    file = alice.client.get(job["file"], HTTP_AUTHORIZATION=f"Bearer {alice.secret}")
    assert file.status_code == 200 and b"".join(file.streaming_content)[:2] == b"PK"
    assert api("bob")("GET", f"jobs/{asked.data['job']}").status_code == 404


def test_what_is_wrong_is_named(world, api):
    alice = api("alice")
    assert post(alice, "customers/import", mapping="{}").status_code == 422
    assert post(alice, "customers/import", mapping="[" * 5).status_code == 422
    assert post(alice, "customers/import", policy="other").data["error"]["fields"].keys() == {"policy"}
    assert post(api("audrey"), "customers/import").status_code == 403
    assert post(api("alice", ("read",)), "customers/import").status_code == 403
    assert alice("POST", "customers/import").status_code == 422


def test_export(world, api, monkeypatch):
    world.customer("甲公司")
    world.customer("西部公司", by="bob")
    mona = api("mona")
    answer = mona.client.get("/api/v1/customers/export?kind=csv", HTTP_AUTHORIZATION=f"Bearer {mona.secret}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "甲公司" in text and "西部公司" not in text
    assert mona("GET", "customers/export?kind=pdf").status_code == 422
    assert api("sales" if "sales" in world.users else "alice")("GET", "customers/export").status_code == 403
    monkeypatch.setattr(exporting, "INLINE", 0)
    asked = mona("GET", "customers/export?kind=csv")
    assert asked.status_code == 202
    work_off()
    assert mona("GET", f"jobs/{asked.data['job']}").data["result"]["rows"] == 1


def test_an_import_with_a_key_has_one_effect(world, api):
    alice = api("alice")
    answers = [post(alice, "customers/import", key="i1") for _ in range(2)]
    assert [a.status_code for a in answers] == [202, 202] and answers[0].data == answers[1].data
    assert answers[1]["Idempotency-Replayed"] == "true" and ImportRun.objects.count() == 1
    other = post(alice, "customers/import", key="i1", policy="update")
    assert (other.status_code, other.data["error"]["code"]) == (422, "idempotency_mismatch")
