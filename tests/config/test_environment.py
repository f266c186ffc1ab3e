"""What the environment may say, and what is refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from pellucid.config import environment
from pellucid.config.home import home, secret_key

SAFE = "x7Jc0dYq" * 6


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("PELLUCID_") or name in {"DATABASE_URL", "SECRET_KEY"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("PELLUCID_HOME", str(tmp_path))


def test_home_of_root_and_of_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    assert home() == Path(os.environ["PELLUCID_HOME"])
    monkeypatch.delenv("PELLUCID_HOME")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert home() == Path("/var/lib/pellucid")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/li")
    assert home() == Path("/home/li/.local/share/pellucid")


def test_the_key_is_drawn_once_and_private(tmp_path: Path) -> None:
    first = secret_key(tmp_path)
    assert len(first) >= 60
    assert secret_key(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert secret_key(tmp_path / "other") != first


@pytest.mark.parametrize("sample", ["change-me" * 8, "django-insecure-" + SAFE, "short"])
def test_sample_keys_are_refused_in_production(monkeypatch: pytest.MonkeyPatch, sample: str) -> None:
    monkeypatch.setenv("PELLUCID_SECRET_KEY", sample)
    assert environment.key() == sample
    monkeypatch.setenv("PELLUCID_ENV", "production")
    with pytest.raises(ImproperlyConfigured):
        environment.key()
    monkeypatch.setenv("PELLUCID_SECRET_KEY", SAFE)
    assert environment.key() == SAFE


def test_embedded_is_refused_in_production_unless_on_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.database()["ENGINE"] == "pellucid.config.embedded"
    monkeypatch.setenv("PELLUCID_ENV", "production")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        environment.database()
    monkeypatch.setenv("PELLUCID_ALLOW_EMBEDDED", "1")
    assert environment.database()["ENGINE"] == "pellucid.config.embedded"


def test_roles_of_the_embedded_server(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.database()["USER"] == "pellucid"
    monkeypatch.setenv("PELLUCID_DB_ROLE", "app")
    found = environment.database()
    assert found["USER"] == "pellucid_app"
    assert "statement_timeout=30s" in found["OPTIONS"]["options"]
    monkeypatch.setenv("PELLUCID_DB_ROLE", "root")
    with pytest.raises(ImproperlyConfigured):
        environment.database()


def test_a_url_says_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://me:p%40ss@[::1]:5433/crm?sslmode=verify-full&sslrootcert=/ca.pem")
    found = environment.database()
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"], found["NAME"]) == ("me", "p@ss", "::1", "5433", "crm")
    assert found["OPTIONS"]["sslrootcert"] == "/ca.pem"
    assert environment.application_role() == ""


def test_two_urls_are_two_roles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://app:a@localhost/crm")
    monkeypatch.setenv("PELLUCID_OWNER_URL", "postgres://owner:o@localhost/crm")
    assert environment.database()["USER"] == "owner"
    assert environment.application_role() == "app"
    monkeypatch.setenv("PELLUCID_DB_ROLE", "app")
    assert environment.database()["USER"] == "app"


def test_a_distant_database_needs_tls_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PELLUCID_ENV", "production")
    monkeypatch.setenv("DATABASE_URL", "postgres://me@db.example/crm")
    with pytest.raises(ImproperlyConfigured, match="sslmode"):
        environment.database()
    for good in ("postgres://me@db.example/crm?sslmode=require", "postgres://me@localhost/crm", "postgres:///crm?host=/run/pg"):
        monkeypatch.setenv("DATABASE_URL", good)
        assert environment.database()["NAME"] == "crm"
    monkeypatch.setenv("DATABASE_URL", "mysql://me@localhost/crm")
    with pytest.raises(ImproperlyConfigured, match="PostgreSQL"):
        environment.database()


def test_behind_a_pooler_nothing_is_prepared_or_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PELLUCID_DB_ROLE", "app")
    assert environment.database()["OPTIONS"]["prepare_threshold"] == 5
    monkeypatch.setenv("PELLUCID_POOLER", "1")
    found = environment.database()
    assert found["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert found["OPTIONS"]["prepare_threshold"] is None
    assert "options" not in found["OPTIONS"]


def test_files_may_live_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert environment.storages(tmp_path)["default"]["OPTIONS"]["location"] == str(tmp_path)
    monkeypatch.setenv("PELLUCID_STORAGE", "storages.backends.s3.S3Storage")
    monkeypatch.setenv("PELLUCID_STORAGE_OPTIONS", '{"bucket_name": "crm"}')
    assert environment.storages(tmp_path)["default"] == {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": "crm"},
    }
