"""Files that are brought in or made here: stored once under their SHA-256, however large."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from django.core.files.base import File
from django.core.files.storage import default_storage

from pellucid.kernel.records.blobs import again
from pellucid.kernel.records.models import Blob
from pellucid.kernel.resources.attachments import media_type


def store(file: BinaryIO, name: str) -> Blob:
    """Keep the bytes of an open file."""
    digest, size, head = hashlib.sha256(), 0, b""
    file.seek(0)
    while part := file.read(1 << 20):
        head = head or part[:64]
        digest.update(part)
        size += len(part)
    sha = digest.hexdigest()
    if found := again(sha):
        return found
    path = f"blobs/{sha[:2]}/{sha}"
    file.seek(0)
    if not default_storage.exists(path):
        path = default_storage.save(path, File(file))
    return Blob.objects.update_or_create(sha256=sha, defaults={"size": size, "media_type": media_type(head, name), "stored_as": path})[0]


@contextmanager
def opened(blob: Blob) -> Iterator[Any]:
    """The stored file as the readers take it: its path where it lies on this machine, else open."""
    try:
        yield default_storage.path(blob.stored_as)
    except NotImplementedError:
        with default_storage.open(blob.stored_as, "rb") as file:
            yield file
