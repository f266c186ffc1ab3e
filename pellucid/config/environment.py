"""Reads the environment variables that tell one installation from another; every one is named here or in logs.py."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from pellucid.config.embedded.server import APPLICATION, DATABASE, OWNER
from pellucid.config.home import home, secret_key
from pellucid.config.texts import _

LOOPBACK = {"", "localhost", "127.0.0.1", "::1"}
SAMPLE_KEYS = ("change", "replace", "sample", "example", "insecure", "secret-key", "django-insecure")


def flag(name: str, default: bool = False) -> bool:
    """Is the switch on? 1, true, yes and on count."""
    value = os.environ.get(name)
    return default if value is None else value.strip().lower() in {"1", "true", "yes", "on"}


def seconds(name: str, default: float) -> float:
    """A length of time; ImproperlyConfigured if it is none."""
    try:
        found = float(os.environ.get(name) or default)
    except ValueError:
        found = -1
    if not found >= 0:
        raise ImproperlyConfigured(f"{name} is no number of seconds: {os.environ[name]!r}")
    return found


def words(name: str, default: str = "") -> list[str]:
    """A list written with commas."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def production() -> bool:
    """Is this an installation that real work depends on?"""
    return os.environ.get("PELLUCID_ENV", "trial") == "production"


def durable() -> bool:
    """Does the embedded server survive a crash? The tests' own trades that for speed."""
    return not flag("PELLUCID_TEST_SERVER")


def key() -> str:
    """SECRET_KEY from the environment, else the installation's own; sample values are refused in production."""
    given = os.environ.get("PELLUCID_SECRET_KEY") or os.environ.get("SECRET_KEY")
    if not given:
        return secret_key(home())
    if production() and (len(given) < 40 or any(sample in given.lower() for sample in SAMPLE_KEYS)):
        raise ImproperlyConfigured(_("PELLUCID_SECRET_KEY is a sample or too short: use at least 40 random characters."))
    return given


def database_role() -> str:
    """`owner` (migrations, restore, tests) or `app` (what serves and works), from PELLUCID_DB_ROLE."""
    role = os.environ.get("PELLUCID_DB_ROLE", "owner")
    if role not in {"owner", "app"}:
        raise ImproperlyConfigured(_("PELLUCID_DB_ROLE is 'owner' or 'app'."))
    return role


def application_role() -> str:
    """The database role that serves requests when it is not the owner, else an empty string."""
    url, owner_url = os.environ.get("DATABASE_URL"), os.environ.get("PELLUCID_OWNER_URL")
    if not url:
        return APPLICATION
    return unquote(urlsplit(url).username or "") if owner_url else ""


def _from_url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql", "pgsql"}:
        raise ImproperlyConfigured(_("DATABASE_URL begins with postgres:// : Pellucid works on PostgreSQL only."))
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    elsewhere = host not in LOOPBACK and not host.startswith("/")
    if production() and elsewhere and options.get("sslmode") not in {"require", "verify-ca", "verify-full"}:
        raise ImproperlyConfigured(_("DATABASE_URL needs ?sslmode=require (or verify-full) when the database is elsewhere."))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or DATABASE,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


# A request gets one core: parallel workers and compiled plans cost more than a page may (an analysis raises them for itself).
LEAN = {"jit": "off", "max_parallel_workers_per_gather": "0"}


def database() -> dict[str, Any]:
    """Django's settings for the one database, in the role this process has."""
    role, pooler = database_role(), flag("PELLUCID_POOLER")
    url = os.environ.get("DATABASE_URL")
    if url:
        found = _from_url((os.environ.get("PELLUCID_OWNER_URL") or url) if role == "owner" else url)
    else:
        if production() and not flag("PELLUCID_ALLOW_EMBEDDED"):
            raise ImproperlyConfigured(
                _(
                    "In production set DATABASE_URL to a PostgreSQL server (15 or newer), or set PELLUCID_ALLOW_EMBEDDED=1 "
                    "to run on the embedded server on purpose."
                )
            )
        user = OWNER if role == "owner" else APPLICATION
        found = {"ENGINE": "pellucid.config.embedded", "NAME": DATABASE, "USER": user, "OPTIONS": {}}
    options = found["OPTIONS"]
    options["application_name"] = f"pellucid-{os.environ.get('PELLUCID_PROCESS', 'tool')}"
    options["connect_timeout"] = int(options.get("connect_timeout", 10))
    # The ORM binds on the client and never prepares; the few hot reads use psycopg's own cursor, which does after five runs.
    options["prepare_threshold"] = None if pooler else 5
    if role == "app" and not pooler:  # behind a pooler these belong to the database role: ALTER ROLE ... SET
        seconds = int(os.environ.get("PELLUCID_STATEMENT_TIMEOUT", "30"))
        limits = {"statement_timeout": f"{seconds}s", "lock_timeout": "2s", "idle_in_transaction_session_timeout": "30s"}
        options["options"] = " ".join(f"-c {name}={value}" for name, value in {**LEAN, **limits}.items())
    return found | {
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": False,
        "DISABLE_SERVER_SIDE_CURSORS": pooler,
        "ATOMIC_REQUESTS": False,
    }


def storages(folder: Path) -> dict[str, Any]:
    """Where uploaded files live: below the home, or any Django storage (S3 for example) named by PELLUCID_STORAGE."""
    backend = os.environ.get("PELLUCID_STORAGE")
    options = json.loads(os.environ.get("PELLUCID_STORAGE_OPTIONS", "{}"))
    files = {"BACKEND": backend, "OPTIONS": options} if backend else {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(folder), "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    }  # fmt: skip
    return {"default": files, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


def mailer() -> dict[str, Any]:
    """The mail server named by PELLUCID_SMTP_*; without one nothing is sent."""
    host = os.environ.get("PELLUCID_SMTP_HOST")
    if not host:
        return {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    options = {
        "host": host,
        "port": int(os.environ.get("PELLUCID_SMTP_PORT", "587")),
        "username": os.environ.get("PELLUCID_SMTP_USER", ""),
        "password": os.environ.get("PELLUCID_SMTP_PASSWORD", ""),
        "use_tls": flag("PELLUCID_SMTP_TLS", True),
        "timeout": 20,
    }
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}
