"""Files on records: stored once under their SHA-256, with the rights of the record, judged by their bytes and not by their name."""
from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image, ImageOps, UnidentifiedImageError

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin, fetch, named
from pellucid.kernel.events.bus import EventKind, declare, publish
from pellucid.kernel.records.blobs import again, preview_path
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing
from pellucid.kernel.records.models import Attachment, Blob, Record

from .declare import Resource

LARGEST = 50 * 2**20
MOST_PIXELS = 60_000_000
PREVIEW = (1280, 1280)
IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"),
    (b"PK\x03\x04", "application/zip"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/vnd.ms-office"), (b"Rar!", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"), (b"\x1f\x8b", "application/gzip"), (b"OggS", "audio/ogg"), (b"ID3", "audio/mpeg"),
)
PROGRAMS: tuple[bytes, ...] = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!")
OFFICE = {"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
          "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
          "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation"}

declare(EventKind("file.attached", gettext_lazy("{actor} attached {name}"), icon="paperclip"))
declare(EventKind("file.removed", gettext_lazy("{actor} removed the file {name}"), icon="paperclip"))


def media_type(head: bytes, name: str) -> str:
    """What the first bytes say a file is; a program is refused by the caller."""
    found = next((kind for magic, kind in MAGIC if head.startswith(magic)), "")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if found == "application/zip":
        return OFFICE.get(name.rpartition(".")[2].lower(), found)
    if found:
        return found
    return "text/plain" if head and b"\x00" not in head else "application/octet-stream"


def plain_name(name: str) -> str:
    """A file name without folders and control characters."""
    return re.sub(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", name.replace("\\", "/").rpartition("/")[2]).strip(". ")[:255] or "file"


def keep(file: BinaryIO, name: str) -> Blob:
    """Store the bytes of a file that somebody brings. Raises Invalid for one that is empty, too large or a program."""
    return store(file, name, acceptable)


def acceptable(head: bytes, size: int) -> None:
    """Refuse what is not kept, as soon as it shows."""
    if size > LARGEST:
        raise Invalid({"file": [_("A file may have at most %(n)s MB.") % {"n": LARGEST // 2**20}]})
    if not size:
        raise Invalid({"file": [_("This file is empty.")]})
    if head.startswith(PROGRAMS):
        raise Invalid({"file": [_("Programs are not kept here.")]})


def store(file: BinaryIO, name: str, accepts: Callable[[bytes, int], None] = lambda head, size: None) -> Blob:
    """Keep the bytes of an open file, once. `accepts` is told its beginning and its size so far."""
    digest, size, head = hashlib.sha256(), 0, b""
    file.seek(0)
    while part := file.read(1 << 20):
        head = head or part[:64]
        digest.update(part)
        size += len(part)
        accepts(head, size)
    accepts(head, size)
    sha = digest.hexdigest()
    if found := again(sha):
        return found
    path = f"blobs/{sha[:2]}/{sha}"
    file.seek(0)
    if not default_storage.exists(path):
        path = default_storage.save(path, File(file))
    return Blob.objects.update_or_create(sha256=sha, defaults={"size": size, "media_type": media_type(head, name), "stored_as": path})[0]


def attach(resource: type[Resource], pk: int, name: str, file: BinaryIO, actor: Actor, note: str = "") -> Attachment:
    """Put a file on a record that the actor may edit."""
    _writing(actor)
    record = fetch(resource.model, pk, actor, "edit")
    name = plain_name(name)
    with transaction.atomic():
        return put_on(record, name, keep(file, name), actor, note)


def put_on(record: Record, name: str, blob: Blob, actor: Actor, note: str = "") -> Attachment:
    """Bytes that are kept go onto a record, within a running transaction; who just made the record may."""
    event, key = begin(actor), record._meta.model_name or ""
    made = Attachment.objects.create(resource=key, record_id=record.pk, blob=blob, name=plain_name(name), note=note[:200],
                                     created_by_id=actor.user_id)
    publish("file.attached", event_id=event, by=named(actor, record, "edit"), resource=key, record_id=record.pk,
            payload={"name": made.name, "size": blob.size})
    return made


def files_of(resource: type[Resource], pk: int) -> list[Attachment]:
    """The files of a record, newest first."""
    return list(Attachment.objects.filter(resource=resource.key(), record_id=pk, deleted_at=None).select_related("blob").order_by("-created_at"))


def file_of(resource: type[Resource], pk: int, file_id: int, actor: Actor) -> Attachment:
    """One file of a record the actor may see. Missing otherwise."""
    fetch(resource.model, pk, actor)
    found = Attachment.objects.filter(pk=file_id, resource=resource.key(), record_id=pk, deleted_at=None).select_related("blob").first()
    if found is None:
        raise Missing(_("This file is not here any more."))
    return found


def remove(resource: type[Resource], pk: int, file_id: int, actor: Actor) -> Attachment:
    """Take a file off a record that the actor may edit; its bytes stay until nothing holds them."""
    _writing(actor)
    record = fetch(resource.model, pk, actor, "edit")
    found = file_of(resource, pk, file_id, actor)
    with transaction.atomic():
        event = begin(actor)
        Attachment.objects.filter(pk=found.pk).update(deleted_at=timezone.now())
        publish("file.removed", event_id=event, by=named(actor, record, "edit"), resource=resource.key(), record_id=pk,
                payload={"name": found.name})
    return found


def carry(source: Record, to: Record) -> list[int]:
    """What is attached to one record is attached to another, too, within a running action; returns the new attachments. The bytes stay one."""
    key = to._meta.model_name or ""
    kept = Attachment.objects.filter(resource=source._meta.model_name, record_id=source.pk, deleted_at=None).order_by("created_at", "id")
    return [a.pk for a in Attachment.objects.bulk_create([
        Attachment(resource=key, record_id=to.pk, blob_id=a.blob_id, name=a.name, note=a.note, created_at=a.created_at, created_by_id=a.created_by_id)
        for a in kept])]  # fmt: skip


def drop(files: Sequence[int]) -> None:
    """Take attachments off again, within a running action."""
    Attachment.objects.filter(pk__in=list(files), deleted_at=None).update(deleted_at=timezone.now())


def opened(blob: Blob) -> Any:
    """The stored bytes as an open file."""
    return default_storage.open(blob.stored_as, "rb")


def preview(blob: Blob) -> Any:
    """A picture made smaller, without place, camera or any other hidden facts; Missing when it is no picture."""
    if blob.media_type not in IMAGES:
        raise Missing(_("This file is not here any more."))
    path = preview_path(blob.sha256)
    if not default_storage.exists(path):
        try:
            with opened(blob) as source, Image.open(source) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Missing(_("This picture is too large to show."))
                small = ImageOps.exif_transpose(image)
                small.thumbnail(PREVIEW)
                out = io.BytesIO()
                small.convert("RGBA" if "A" in small.getbands() else "RGB").save(out, "WEBP", quality=82)
        except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as broken:
            raise Missing(_("This picture cannot be read.")) from broken
        default_storage.save(path, ContentFile(out.getvalue()))
    return default_storage.open(path, "rb")


def _writing(actor: Actor) -> None:
    if actor.read_only:
        raise Forbidden("file.edit", _("You are looking as somebody else: nothing can be changed."))
