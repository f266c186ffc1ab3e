"""Where an installation keeps what it owns: the embedded database, uploaded files, the secret key."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def home() -> Path:
    """The folder of this installation: PELLUCID_HOME, else /var/lib/pellucid for root, else below the user's data folder."""
    if chosen := os.environ.get("PELLUCID_HOME"):
        return Path(chosen).expanduser().resolve()
    if os.name == "posix" and os.geteuid() == 0:
        return Path("/var/lib/pellucid")
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "pellucid"


def make_private(folder: Path) -> Path:
    """Create a folder that only its owner can read; what exists keeps its mode."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def secret_key(folder: Path) -> str:
    """The installation's own secret, drawn once and kept readable for its owner only."""
    file = folder / "secret.key"
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    draft = folder / f".secret.{os.getpid()}.{secrets.token_hex(4)}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(secrets.token_urlsafe(48) + "\n")
    try:
        os.link(draft, file)  # fails when another process was first: its key counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return file.read_text().strip()
