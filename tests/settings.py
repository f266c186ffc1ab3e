"""The product's settings on the tests' own home and database server."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_user = os.getuid() if hasattr(os, "getuid") else "user"
os.environ.setdefault("PELLUCID_HOME", str(Path(tempfile.gettempdir()) / f"pellucid-tests-{_user}"))
os.environ["PELLUCID_TEST_SERVER"] = "1"
os.environ.setdefault("PELLUCID_SECRET_KEY", "tests only: nothing of worth is signed with this key, ever")
os.environ.setdefault("PELLUCID_LOG_LEVEL", "ERROR")

from pellucid.config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # argon2 is slow on purpose
