"""The list of what a backup holds, and the proof that nothing in it has changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pellucid.config.texts import _

NAME, FORMAT, BLOCK = "manifest.json", 1, 2**20


class Damaged(Exception):
    """The backup is not what was written; the text says which part."""


@dataclass
class Manifest:
    """What was saved: file checksums, and rows and content sum of every table."""

    application: str
    postgresql: str
    created_at: str
    key_mark: str  # begins of the secret key's hash: tells whether this installation can read its own secrets
    files: dict[str, dict[str, Any]] = field(default_factory=dict)  # name -> size, sha256
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)  # schema.table -> rows, md5
    uploads: int | None = None  # None: the files live in a storage of their own
    format: int = FORMAT


def sha256(path: Path) -> str:
    """Checksum of a file, read in blocks."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _text(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest with the checksum of its own contents."""
    facts = asdict(manifest)
    facts["sha256"] = hashlib.sha256(_text(facts).encode()).hexdigest()
    (folder / NAME).write_text(_text(facts))
    (folder / NAME).chmod(0o600)


def read(folder: Path) -> Manifest:
    """Read the manifest; refuses one that differs from what was written by a single byte."""
    try:
        raw = (folder / NAME).read_bytes()
    except FileNotFoundError:
        raise Damaged(_("{folder} is not a backup: {name} is missing.", folder=folder, name=NAME)) from None
    try:
        facts = json.loads(raw)
        whole = _text(facts).encode() == raw
        own = facts.pop("sha256")
        whole = whole and own == hashlib.sha256(_text(facts).encode()).hexdigest()
    except (ValueError, KeyError, AttributeError, TypeError):
        whole = False
    if not whole:
        raise Damaged(_("{name} is damaged.", name=NAME))
    if facts["format"] != FORMAT:
        text = _("This backup has format {format}; this release reads format {known}.")
        raise Damaged(text.format(format=facts["format"], known=FORMAT))
    return Manifest(**facts)


def check_files(folder: Path, manifest: Manifest) -> None:
    """Compare every file with its checksum."""
    for name, facts in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise Damaged(_("{name} is missing.", name=name))
        if path.stat().st_size != facts["size"] or sha256(path) != facts["sha256"]:
            raise Damaged(_("{name} is damaged: its contents differ from what was saved.", name=name))
