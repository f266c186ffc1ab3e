"""`make generate`: everything that follows from the sources and is committed beside them.

Migrations, compiled catalogues (.mo, without GNU msgfmt), static bundles, and the snapshots of the API and of the rights.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOTS = ("api_snapshot",)  # management commands of the doors and of the kernel


def catalogues() -> list[Path]:
    """Every .po file of the product."""
    return sorted((ROOT / "pellucid").rglob("locale/*/LC_MESSAGES/*.po"))


def compiled(catalogue: Path) -> bytes:
    """The .mo file's contents for a .po file."""
    return bytes(polib.pofile(str(catalogue)).to_binary())


def compile_catalogues() -> list[Path]:
    """Write the .mo files that differ; answers those."""
    changed = []
    for catalogue in catalogues():
        target, wanted = catalogue.with_suffix(".mo"), compiled(catalogue)
        if not target.exists() or target.read_bytes() != wanted:
            target.write_bytes(wanted)
            changed.append(target)
    return changed


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True)


def main() -> int:
    for path in compile_catalogues():
        print(f"compiled {path.relative_to(ROOT)}")
    if (ROOT / "scripts" / "build_static.py").exists():
        _run("-m", "scripts.build_static")
    _run("manage.py", "makemigrations")
    _run("manage.py", "makemigrations", "newcomer", "--settings=tests.newcomer.settings")  # the object that tests add to the product

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pellucid.config.settings")
    import django
    from django.core.management import call_command, get_commands

    django.setup()
    for name in SNAPSHOTS:
        if name in get_commands():
            call_command(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
