"""`pellucid backup`: one folder with the database, the files and the proof of both, taken while people work."""

from __future__ import annotations

import argparse
import hashlib
import shutil
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError

from pellucid import __version__
from pellucid.config.backup import manifest, postgres
from pellucid.config.backup.progress import Progress
from pellucid.config.backup.sums import table_sums, tables
from pellucid.config.texts import _

DUMP, FILES = "dump.pgdump", "files.tar"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, nargs="?", help=_("folder to make (default: PELLUCID_HOME/backups/<time>)"))
    parser.add_argument("--no-files", action="store_true", help=_("leave uploaded files out"))


def key_mark() -> str:
    """Begin of the secret key's hash: equal marks mean equal keys."""
    return hashlib.sha256(settings.SECRET_KEY.encode()).hexdigest()[:12]


def uploads_folder() -> Path | None:
    """The folder of uploaded files, None when they live in another storage."""
    default = settings.STORAGES["default"]
    local = default["BACKEND"].endswith("FileSystemStorage")
    return Path(default["OPTIONS"]["location"]) if local else None


def _pack(source: Path, target: Path) -> int:
    paths = sorted(path for path in source.rglob("*") if path.is_file()) if source.exists() else []
    progress = Progress(_("files"), sum(path.stat().st_size for path in paths))
    with tarfile.open(target, "w") as archive:
        for path in paths:
            archive.add(path, arcname=path.relative_to(source).as_posix(), recursive=False)
            progress.step(path.stat().st_size)
    progress.end()
    return len(paths)


def _dump(target: Path, snapshot: str, sizes: dict[str, int]) -> None:
    progress = Progress(_("database"), sum(sizes.values()))
    before: list[str] = []

    def begun(table: str) -> None:
        if before:
            progress.step(sizes.get(before.pop(), 0))
        before.append(table)

    arguments = ["--format=custom", "--compress=3", f"--snapshot={snapshot}", f"--file={target}"]
    postgres.run("pg_dump", arguments, None, begun)
    progress.end()


def save(folder: Path, with_files: bool = True) -> manifest.Manifest:
    """Make the backup; the folder appears under its name only when it is complete."""
    if folder.exists():
        raise CommandError(_("{folder} exists already.", folder=folder))
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    try:
        made = _fill(draft, with_files)
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return made


def _fill(draft: Path, with_files: bool) -> manifest.Manifest:
    with postgres.session() as session, session.transaction():
        # Dump and sums read one snapshot, so that they agree whatever is written meanwhile.
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = session.execute("SELECT pg_export_snapshot(), current_setting('server_version')").fetchone()
        assert row is not None
        sizes = dict(tables(session))
        made = manifest.Manifest(__version__, row[1], datetime.now(UTC).isoformat(timespec="seconds"), key_mark())
        _dump(draft / DUMP, row[0], sizes)
        progress = Progress(_("checksums of the tables"), sum(sizes.values()))
        made.tables = table_sums(session, progress.step)
        progress.end()
    source = uploads_folder()
    if with_files and source is not None:
        made.uploads = _pack(source, draft / FILES)
    for path in sorted(draft.iterdir()):
        path.chmod(0o600)
        made.files[path.name] = {"size": path.stat().st_size, "sha256": manifest.sha256(path)}
    manifest.write(draft, made)
    return made


def main(options: argparse.Namespace, say: Callable[[str], None] = print) -> int:
    """Save, and say where."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    folder = (options.folder or settings.PELLUCID_HOME / "backups" / stamp).absolute()
    made = save(folder, with_files=not options.no_files)
    rows = sum(table["rows"] for table in made.tables.values())
    megabytes = sum(file["size"] for file in made.files.values()) / 1e6
    text = _("{folder}: {tables} tables, {rows} rows, {files} files, {megabytes} MB")
    sizes = {"tables": len(made.tables), "rows": f"{rows:,}", "files": made.uploads or 0, "megabytes": f"{megabytes:,.1f}"}
    say(text.format(folder=folder, **sizes))
    if made.uploads is None and not options.no_files:
        say(_("Uploaded files live in a storage of their own and are not part of this backup."))
    say(_("Keep a copy on another machine, and secret.key apart from it."))
    return 0
