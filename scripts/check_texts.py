"""Every text a user sees exists in both languages: no empty or doubtful translation, no text in the code without one."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polib

from scripts.generate import ROOT, catalogues, compiled

PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
CONTEXT = "\x04"  # stands between context and msgid in a catalogue's key
HOLES = re.compile(r"%\([a-z_]\w*\)[sdif]|(?<!\{)\{[a-z_]\w*\}(?!\})|%[sd]")
LONE = re.compile(r"%(?!\([a-z_]\w*\)[sdif])")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def used_in_python(source: str) -> Iterator[tuple[int, str]]:
    """Line and key (msgid, after its context) of each literal handed to gettext, by whatever name a file imports it."""
    parsed = ast.parse(source)
    names: dict[str, str] = {}
    for node in ast.walk(parsed):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
    for node in ast.walk(parsed):
        if not isinstance(node, ast.Call):
            continue
        function = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        function = names.get(function, function)
        arguments = node.args[1:] if function in WITH_CONTEXT else node.args if function in PLAIN else []
        context = _keyed(node.args[0]) if function in WITH_CONTEXT and node.args else ""
        for argument in arguments[:1]:  # a plural is found by its singular, and by that alone
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield node.lineno, context + argument.value


def _keyed(argument: ast.expr) -> str:
    """What stands before the text in the key of one that has a context, as gettext writes it."""
    return f"{argument.value}{CONTEXT}" if isinstance(argument, ast.Constant) else ""


def _environment() -> Any:
    if importlib.util.find_spec("pellucid.web") and importlib.util.find_spec("pellucid.web.jinja"):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pellucid.config.settings")
        import django

        django.setup()
        from pellucid.web.jinja import environment

        return environment()
    import jinja2

    return jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True)


def used_in_template(environment: Any, source: str) -> Iterator[tuple[int, str]]:
    """Line and key of each literal handed to gettext, and of each trans block."""
    from jinja2.ext import extract_from_ast

    for line, function, message in extract_from_ast(environment.parse(source), tuple(PLAIN | WITH_CONTEXT)):
        texts = message if isinstance(message, tuple) else (message,)
        if function in WITH_CONTEXT:
            texts = tuple(f"{texts[0]}{CONTEXT}{text}" for text in texts[1:] if isinstance(text, str))
        yield from ((line, text) for text in texts[:1] if isinstance(text, str))


def used() -> Iterator[tuple[str, str]]:
    """Where (file:line) and msgid of every text."""
    environment = _environment()
    for path in sorted((ROOT / "pellucid").rglob("*")):
        if path.suffix == ".py" and "migrations" not in path.parts:
            yield from ((f"{_name(path)}:{line}", text) for line, text in used_in_python(path.read_text()))
        elif path.suffix in {".html", ".jinja"} and "templates" in path.parts:
            yield from ((f"{_name(path)}:{line}", text) for line, text in used_in_template(environment, path.read_text()))


def faults_of(entry: polib.POEntry) -> str:
    """What is wrong with a translation, empty when nothing is."""
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    if "fuzzy" in entry.flags:
        return "fuzzy"
    if not texts or any(not text.strip() for text in texts):
        return "empty"
    holes = {frozenset(HOLES.findall(text)) for text in (entry.msgid, entry.msgid_plural) if text}
    if any(frozenset(HOLES.findall(text)) not in holes for text in texts):
        return "its placeholders differ"
    filled = [text for text in (entry.msgid, entry.msgid_plural, *texts) if "%(" in text]
    if any(LONE.search(text.replace("%%", "")) for text in filled):
        return "a per cent sign stands alone where values are filled in (write %%)"
    return ""


def clashes(entries: Iterable[tuple[str, polib.POEntry]]) -> list[str]:
    """Words that two catalogues translate differently: Django joins all into one, so that one answer would win everywhere."""
    answers: dict[tuple[str, str], dict[tuple[str, ...], list[str]]] = {}
    for place, entry in entries:
        answer = tuple(entry.msgstr_plural.values()) if entry.msgid_plural else (entry.msgstr,)
        answers.setdefault((entry.msgctxt or "", entry.msgid), {}).setdefault(answer, []).append(place)
    return [
        f"{msgid!r} is translated differently (one word for all, or pgettext with a context): "
        + ", ".join(f"{' / '.join(answer)} in {place}" for answer, places in several.items() for place in places)
        for (_context, msgid), several in answers.items()
        if len(several) > 1
    ]


def problems() -> list[str]:
    """Everything that would show a user a text in the wrong language."""
    found, known, entries = [], set(), []
    for path in catalogues():
        translations = polib.pofile(str(path))
        for entry in translations:
            if entry.obsolete:
                continue
            context = f"{entry.msgctxt}{CONTEXT}" if entry.msgctxt else ""
            known.add(context + entry.msgid)
            entries.append((f"{_name(path)}:{entry.linenum}", entry))
            if fault := faults_of(entry):
                found.append(f"{_name(path)}:{entry.linenum} {fault}: {entry.msgid!r}")
        target = path.with_suffix(".mo")
        if not target.exists() or target.read_bytes() != compiled(path):
            found.append(f"{_name(target)} is not up to date: make generate")
    found += clashes(entries)
    found += [f"{place} has no translation: {text!r}" for place, text in used() if text not in known]
    return found


def main() -> int:
    found = problems()
    print("\n".join(found) or f"Texts: {len(catalogues())} catalogues, all whole.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
