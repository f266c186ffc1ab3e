"""`pellucid restore`: a backup is brought back beside the present data, compared with its manifest, and only then takes over."""

from __future__ import annotations

import argparse
import shutil
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import CommandError
from django.db import connection
from psycopg import sql

from pellucid.config.backup import manifest, postgres
from pellucid.config.backup.progress import Progress
from pellucid.config.backup.save import DUMP, FILES, key_mark, uploads_folder
from pellucid.config.backup.sums import difference, table_sums, tables
from pellucid.config.texts import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help=_("the backup's folder"))
    parser.add_argument("--verify", action="store_true", help=_("prove that it can be restored; change nothing"))
    parser.add_argument("--yes", action="store_true", help=_("replace the present data without asking"))


def _create(name: str) -> None:
    with postgres.session("postgres") as session:
        session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))


def _drop(name: str) -> None:
    with postgres.session("postgres") as session:
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _has_application_role() -> bool:
    role = settings.PELLUCID_APP_ROLE
    with postgres.session("postgres") as session:
        return not role or session.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None


def _load(folder: Path, name: str, saved: manifest.Manifest) -> None:
    progress = Progress(_("database"), sum(table["rows"] for table in saved.tables.values()))
    names = {table.split(".", 1)[1]: facts["rows"] for table, facts in saved.tables.items()}
    arguments = ["--no-owner", "--exit-on-error", *([] if _has_application_role() else ["--no-privileges"])]

    def begun(table: str) -> None:
        progress.step(names.get(table.rsplit(".", 1)[-1], 0))

    postgres.run("pg_restore", [*arguments, str(folder / DUMP)], name, begun)
    progress.end()


def _compare(name: str, saved: manifest.Manifest) -> None:
    with postgres.session(name) as session, session.transaction():
        progress = Progress(_("checksums of the tables"), sum(size for _, size in tables(session)))
        found = difference(saved.tables, table_sums(session, progress.step))
        progress.end()
    if found:
        raise manifest.Damaged("\n".join([_("The restored tables differ from the manifest:"), *found[:20]]))


def _unpack(folder: Path, target: Path, saved: manifest.Manifest) -> None:
    progress = Progress(_("files"), max(saved.uploads or 0, 1))
    count = 0
    target.mkdir(mode=0o700, parents=True)
    with tarfile.open(folder / FILES) as archive:
        for member in archive:
            archive.extract(member, target, filter="data")
            count += 1
            progress.step()
    progress.end()
    if count != saved.uploads:
        text = _("{name} holds {found} files instead of {saved}.")
        raise manifest.Damaged(text.format(name=FILES, found=count, saved=saved.uploads))


def _swap(fresh: str, stamp: str) -> str:
    """Let the restored database take the name; the present one is kept under another. Answers that name."""
    present, kept = settings.DATABASES["default"]["NAME"], f"{settings.DATABASES['default']['NAME']}_before_{stamp}"
    connection.close()
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with postgres.session("postgres") as session:
        for attempt in range(20):
            session.execute(end, [present])
            try:
                session.execute(rename.format(sql.Identifier(present), sql.Identifier(kept)))
                break
            except psycopg.errors.ObjectInUse:
                if attempt == 19:
                    raise CommandError(_("The present database is in use: stop Pellucid first.")) from None
                time.sleep(0.2)
        session.execute(rename.format(sql.Identifier(fresh), sql.Identifier(present)))
    return kept


def check(folder: Path, keep: bool) -> tuple[manifest.Manifest, str, Path | None]:
    """Restore beside the present data and compare everything. Answers the manifest, the database and the folder of files."""
    saved = manifest.read(folder)
    manifest.check_files(folder, saved)
    stamp = time.strftime("%Y%m%d_%H%M%S")
    name = f"pellucid_restore_{stamp}"
    present = uploads_folder()
    target = (present or settings.PELLUCID_HOME / "files").with_name(f"files.restore-{stamp}") if FILES in saved.files else None
    done = False
    try:
        _create(name)
        _load(folder, name, saved)
        _compare(name, saved)
        if target is not None:
            _unpack(folder, target, saved)
        done = True
    finally:
        if not (done and keep):
            _drop(name)
            if target is not None:
                shutil.rmtree(target, ignore_errors=True)
    return saved, name, target


def replace(folder: Path) -> list[str]:
    """Bring the backup back. Answers what was kept of the present data, in words."""
    saved, name, target = check(folder, keep=True)
    stamp = name.removeprefix("pellucid_restore_")
    told = [_("The data before is kept as database {name}.", name=_swap(name, stamp))]
    present = uploads_folder()
    if target is not None and present is not None:
        if present.exists():
            present.rename(present.with_name(f"files.before-{stamp}"))
            told.append(_("The files before are kept as {folder}.", folder=present.with_name(f"files.before-{stamp}")))
        target.rename(present)
    if saved.key_mark != key_mark():
        told.append(_("This installation has another secret key than the saved one: bring its secret.key back, too."))
    return told


def main(options: argparse.Namespace, say: Callable[[str], None] = print) -> int:
    """Restore or prove; says what was done."""
    folder: Path = options.folder.absolute()
    try:
        if options.verify:
            saved = check(folder, keep=False)[0]
            rows = sum(table["rows"] for table in saved.tables.values())
            text = _("{folder} is whole: {tables} tables, {rows} rows and all files are as they were saved.")
            say(text.format(folder=folder, tables=len(saved.tables), rows=f"{rows:,}"))
            return 0
        if not options.yes:
            answer = input(_("Replace all data of this installation by {name}? Type yes: ", name=folder.name))
            if answer.strip().lower() != "yes":
                say(_("Nothing was changed."))
                return 1
        for line in replace(folder):
            say(line)
        say(_("Restored. Run `pellucid migrate` when the backup is of an older release."))
    except manifest.Damaged as reason:
        raise CommandError(f"{reason} {_('Nothing was changed.')}") from None
    return 0
