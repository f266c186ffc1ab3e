"""The product's settings on the tests' own home and database server."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


def _place() -> Path:
    """In memory where there is plenty: a database is copied for each test that commits, 2,500 small files, and a disk takes ten times as long."""
    memory, facts, much = Path("/dev/shm"), Path("/proc/meminfo"), 4 * 2**30
    folder = f"pellucid-tests-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    fits = memory.is_dir() and facts.exists() and shutil.disk_usage(memory).free > much
    if fits and not (memory / folder).exists():
        kilobytes = dict(line.split(":") for line in facts.read_text().splitlines()).get("MemAvailable", "0 kB")
        fits = int(kilobytes.split()[0]) * 1024 > much
    return (memory if fits else Path(tempfile.gettempdir())) / folder


os.environ.setdefault("PELLUCID_HOME", str(_place()))
os.environ["PELLUCID_TEST_SERVER"] = "1"
os.environ.setdefault("PELLUCID_SECRET_KEY", "tests only: nothing of worth is signed with this key, ever")
os.environ.setdefault("PELLUCID_LOG_LEVEL", "ERROR")
os.environ.setdefault("PELLUCID_PATIENCE", "3600")  # pages come whole, however busy the machine is

from pellucid.config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # argon2 is slow on purpose
