"""Stored files as the readers of tables take them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.storage import default_storage

from pellucid.kernel.records.models import Blob


@contextmanager
def opened(blob: Blob) -> Iterator[Any]:
    """The stored file as the readers take it: its path where it lies on this machine, else open."""
    try:
        yield default_storage.path(blob.stored_as)
    except NotImplementedError:
        with default_storage.open(blob.stored_as, "rb") as file:
            yield file
