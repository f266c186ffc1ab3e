"""The project's own source files, for the tests that read them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "pellucid"
FLOORS = (  # from the lowest up; a row of alternatives stands on one floor
    ("kernel",),
    ("people",),
    ("collaboration",),
    ("spending",),
    ("products",),
    ("customers",),
    ("partners", "marketing"),
    ("sales",),
    ("orders",),
    ("service",),
    ("performance",),
    ("insight",),
)
AREAS = tuple(name for floor in FLOORS[1:] for name in floor)
DOORS = ("web", "api")
FOREIGN = ("vendor", "dist", "node_modules")  # third-party and generated files


@cache
def files() -> tuple[Path, ...]:
    """Every file under version control, or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):  # a source archive without git
        return tuple(path for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts)
    return tuple(path for name in names if name and (path := ROOT / name).is_file())


def own(*suffixes: str, under: Path = ROOT) -> Iterator[Path]:
    """Our own files with one of these endings; not vendored, not built, no migrations."""
    for path in files():
        if path.suffix in suffixes and path.is_relative_to(under):
            inside = path.relative_to(ROOT).parts
            if not set(inside) & set(FOREIGN) and "migrations" not in inside:
                yield path


def name(path: Path) -> str:
    """The path as a person would write it."""
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(), filename=str(path))
