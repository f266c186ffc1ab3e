"""Bytes of files stay while anything holds them, whoever declares it, and leave when nothing does."""

from __future__ import annotations

import datetime as dt
import io
import threading
import time

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from pellucid.collaboration.models import DocumentVersion
from pellucid.collaboration.resources import DocumentResource
from pellucid.customers.resources import CustomerResource
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import run
from pellucid.kernel.exchange.models import ImportRun
from pellucid.kernel.jobs import queue
from pellucid.kernel.jobs.models import Job
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.records import blobs
from pellucid.kernel.records.models import Attachment, Blob
from pellucid.kernel.resources.attachments import attach, keep, preview, remove

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - dt.timedelta(days=40)


def done(name: str) -> dict[str, int]:
    job = queue.start(name, Actor.system())
    work_off()
    job.refresh_from_db()
    assert job.state == "done", job.trace
    return job.result


def given(text: str) -> io.BytesIO:
    return io.BytesIO(text.encode())


def aged() -> None:
    Blob.objects.update(created_at=LONG_AGO)


def there(sha: str) -> tuple[bool, bool]:
    return Blob.objects.filter(pk=sha).exists(), default_storage.exists(f"blobs/{sha[:2]}/{sha}")


def test_every_relation_to_bytes_is_known():
    known = {f"{model.__name__}.{column}" for model, column in blobs.holders()}
    assert {"Attachment.blob_id", "Document.file_id", "DocumentVersion.file_id", "ImportRun.file_id", "ImportRun.failed_file_id",
            "ExportRun.file_id", "Job.result_file_id"} <= known and not any(name.startswith("FileText") for name in known)  # fmt: skip


def test_what_was_imported_and_is_a_document_too_stays(world):
    blob = keep(given("名称\n恒砺"), "名单.csv")
    alone = keep(given("名称\n锐进"), "名单.csv")
    made = run("document_create", None, world.actor("alice"), values={"name": "名单", "file": given("名称\n恒砺")})
    assert DocumentVersion.objects.get(document=made.record.pk).file_id == blob.pk
    for each in (blob, alone):
        ImportRun.objects.create(resource="customer", state="done", file=each, user=world.users["alice"])
    ImportRun.objects.update(created_at=LONG_AGO)
    for each in (blob, alone):
        Job.objects.create(name="x", state="done", result_file=each, finished_at=LONG_AGO)
    aged()
    assert done("exchange.tidy") == {"files": 1}
    assert there(blob.pk) == (True, True) and there(alone.pk) == (False, False)
    assert not ImportRun.objects.exclude(file=None).exists()
    assert DocumentResource.model.objects.get(pk=made.record.pk).file_id == blob.pk


def test_files_that_nothing_holds_are_swept(world):
    alice, customer = world.actor("alice"), world.customer("恒砺")
    gone = attach(CustomerResource, customer.pk, "旧.txt", given("旧图纸"), alice)
    lately = attach(CustomerResource, customer.pk, "新.txt", given("新图纸"), alice)
    stays = attach(CustomerResource, customer.pk, "在.txt", given("在用"), alice)
    for each in (gone, lately):
        remove(CustomerResource, customer.pk, each.pk, alice)
    Attachment.objects.filter(pk=gone.pk).update(deleted_at=LONG_AGO)
    left, tokened = keep(given("没有交的表单"), "a.txt"), keep(given("刚给的"), "b.txt")
    aged()
    keep(given("刚给的"), "b.txt")
    assert done("kernel.files") == {"attachments": 1, "files": 2}
    assert [there(sha)[0] for sha in (gone.blob_id, left.pk)] == [False, False]
    assert all(there(sha) == (True, True) for sha in (lately.blob_id, stays.blob_id, tokened.pk))
    assert done("kernel.files") == {"attachments": 0, "files": 0}


def test_a_picture_leaves_with_its_preview(world):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG")
    out.seek(0)
    blob = keep(out, "a.png")
    preview(blob).close()
    assert default_storage.exists(blobs.preview_path(blob.pk))
    aged()
    assert blobs.let_go(blob.pk) and not default_storage.exists(blobs.preview_path(blob.pk))


@pytest.mark.django_db(transaction=True)
def test_bytes_given_again_while_they_are_removed_are_there_afterwards(monkeypatch):
    blob = keep(given("同一份"), "a.txt")
    aged()
    real, removing, kept = default_storage.delete, threading.Event(), []

    def slowly(path: str) -> None:
        removing.set()
        time.sleep(0.5)
        real(path)

    def again() -> None:
        removing.wait(5)
        kept.append(keep(given("同一份"), "a.txt").pk)
        connection.close()

    monkeypatch.setattr(default_storage, "delete", slowly)
    other = threading.Thread(target=again)
    other.start()
    assert blobs.let_go(blob.pk)
    other.join()
    assert kept == [blob.pk] and there(blob.pk) == (True, True)
