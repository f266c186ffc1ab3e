"""Backup and restore: equal tables and files, and no flipped byte goes unseen."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError
from django.db import connection

from pellucid.config.backup import manifest, postgres, restore, save
from pellucid.config.backup.sums import difference, table_sums
from tests import databases

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def installation(settings: object, tmp_path: Path) -> Iterator[Path]:
    """A small database with awkward values and a folder of uploaded files."""
    files = tmp_path / "home" / "files"
    (files / "ab").mkdir(parents=True)
    (files / "ab" / "合同.pdf").write_bytes(b"%PDF" + bytes(range(256)) * 40)
    (files / "empty").touch()
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(files)}}
    settings.STORAGES = {"default": options, "staticfiles": settings.STORAGES["staticfiles"]}  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS odd")
        cursor.execute('CREATE TABLE odd."Weird name" (id bigint PRIMARY KEY, t text, n numeric, b bytea, at timestamptz)')
        cursor.execute(
            """INSERT INTO odd."Weird name" SELECT g, repeat('苏州', g % 7) || g, g / 3.0, decode('00ff', 'hex'), now()
               FROM generate_series(1, 2000) g"""
        )
    yield tmp_path


def _with_rows(name: str) -> dict[str, dict[str, object]]:
    with postgres.session(name) as session, session.transaction():
        return table_sums(session, lambda size: None)


def test_restored_equals_saved(installation: Path) -> None:
    folder = installation / "backup"
    made = save.save(folder)
    assert made.tables["odd.Weird name"]["rows"] == 2000
    assert made.uploads == 2
    with connection.cursor() as cursor:
        cursor.execute("""DELETE FROM odd."Weird name" WHERE id > 10""")
    (installation / "home" / "files" / "empty").write_text("no longer")
    name = settings.DATABASES["default"]["NAME"]
    told = restore.replace(folder)
    kept = next(word for word in told[0].split() if "_before_" in word).rstrip(".")
    try:
        assert difference(made.tables, _with_rows(name)) == []
        assert difference(made.tables, _with_rows(kept)) == ["odd.Weird name: 2000 rows saved, 10 found"]
        assert (installation / "home" / "files" / "empty").read_text() == ""
        assert (installation / "home" / "files" / "ab" / "合同.pdf").stat().st_size == 4 + 256 * 40
    finally:
        databases.remove(kept)


def test_verify_changes_nothing_and_leaves_nothing(installation: Path) -> None:
    folder = installation / "backup"
    save.save(folder)
    said: list[str] = []
    assert restore.main(argparse.Namespace(folder=folder, verify=True, yes=False), said.append) == 0
    assert "whole" in said[0]
    with databases.administer() as session:
        left = session.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'pellucid_restore%'").fetchone()
    assert left == (0,)
    assert sorted(path.name for path in (installation / "home").iterdir()) == ["files"]


@pytest.mark.parametrize("name", [save.DUMP, save.FILES, manifest.NAME])
def test_a_flipped_byte_is_seen(installation: Path, name: str) -> None:
    folder = installation / "backup"
    save.save(folder)
    whole = (folder / name).read_bytes()
    for position in (0, len(whole) // 2, len(whole) - 1):
        (folder / name).write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        with pytest.raises(CommandError, match="damaged"):
            restore.main(argparse.Namespace(folder=folder, verify=True, yes=False))
    (folder / name).unlink()
    with pytest.raises(CommandError, match="missing"):
        restore.main(argparse.Namespace(folder=folder, verify=True, yes=False))


def test_a_changed_row_is_seen(installation: Path) -> None:
    saved = save.save(installation / "backup").tables
    with connection.cursor() as cursor:
        cursor.execute("""UPDATE odd."Weird name" SET n = n + 0.000001 WHERE id = 1234""")
    assert difference(saved, _with_rows(settings.DATABASES["default"]["NAME"])) == ["odd.Weird name: the contents differ"]


def test_a_failed_backup_leaves_no_folder(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise psycopg.OperationalError("the connection is lost")

    monkeypatch.setattr(save, "_dump", fail)
    with pytest.raises(psycopg.OperationalError):
        save.save(installation / "backup")
    assert [path.name for path in installation.iterdir()] == ["home"]
