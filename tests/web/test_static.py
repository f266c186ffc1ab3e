"""What the browser loads: built afresh, complete, within its budgets; and templates that keep to the sheets and to the policy."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from pellucid.web import jinja
from scripts import build_static
from scripts.build_static import DIST, PACKAGE, STATIC
from scripts.samples import contexts
from tests.contracts.test_structure import faults_of_template

VENDOR = STATIC / "vendor"
LANGUAGES = ("zh-hans", "en")


def gz(content: bytes | str) -> int:
    return len(gzip.compress(content.encode() if isinstance(content, str) else content, 9))


def built(name: str) -> bytes:
    return (DIST / json.loads((DIST / "manifest.json").read_text())[name]).read_bytes()


def test_built_files_are_fresh() -> None:
    assert {path.name: path.read_bytes() for path in DIST.iterdir()} == build_static.build(), "run `make generate`"


LAID_OUT = {"agenda.ponly", "cd.pair", "tb.tw"}  # meant so: what the second class lays out by itself is laid out there, too


def test_a_class_that_lays_out_by_itself_qualifies_no_other() -> None:
    """A small mark named like a whole layout (.set, the settings) takes its columns along."""
    rules = [(selector.strip(), body, path) for path in (STATIC / "css").rglob("*.css")
             for selectors, body in re.findall(r"([^{}@]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL))
             for selector in selectors.split(",")]  # fmt: skip
    lays_out = {(selector[1:], path) for selector, body, path in rules
                if re.fullmatch(r"\.[\w-]+", selector) and re.search(r"grid-template-columns|display:\s*(grid|flex)", body)}  # fmt: skip
    alone = {name for name, _path in lays_out}
    found = {f"{one}.{two}" for s, _body, path in rules for one, two in re.findall(r"\.([\w-]+)\.([\w-]+)", s)
             if two in alone and (two, path) not in lays_out}  # fmt: skip
    assert found == LAID_OUT


def test_vendored_files_are_those_of_the_lock() -> None:
    lock = json.loads((VENDOR / "vendor.lock.json").read_text())
    sums = {name: checksum for package in lock for name, checksum in package["files"].items()}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.iterdir() if path.name != "vendor.lock.json"}
    assert found == sums
    assert all(package["licence"] in {"MIT", "0BSD", "OFL-1.1", "MPL-2.0"} for package in lock)


def test_every_icon_asked_for_is_vendored() -> None:
    assert build_static.missing_icons() == []


def test_budgets() -> None:
    core = gz(built("pellucid.css"))
    assert core <= 12_000
    assert all(core + gz(built(name)) <= 14_000 for name in build_static.page_sheets())
    assert gz(built("app.js")) + gz(built("htmx.js")) <= 70_000
    assert len(built("inter.woff2")) <= 50_000
    assert gz(built("icons.svg")) <= 16_000


def test_modules_are_small() -> None:
    long = {path.name: lines for path in (STATIC / "js").glob("*.js") if (lines := len(path.read_text().splitlines())) > 200}
    assert not long


# -- classes: what templates use, some sheet defines

EXPRESSION = re.compile(r"{{.*?}}|{%.*?%}", re.S)
CHOSEN = re.compile(r"(?<![=(,\[] )(?<![\[(])'([a-z][\w -]*)'(?!\])(?! *in\b)")


def defined_classes() -> set[str]:
    text = "\n".join(path.read_text() for path in (STATIC / "css").rglob("*.css"))
    return set(re.findall(r"\.([a-zA-Z][\w-]*)", re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", text, flags=re.S)))


def classes_of(template: str) -> set[str]:
    """Class names a template writes: plain ones, and quoted ones inside expressions; a name with a value glued to it is left out."""
    text = re.sub(r"{#.*?#}", "", template, flags=re.S)
    found: set[str] = set()
    for attribute in re.findall(r'\bclass="((?:{{.*?}}|{%.*?%}|[^"])*)"', text, flags=re.S):
        for expression in EXPRESSION.findall(attribute):
            for literal in CHOSEN.findall(expression):
                found.update(word for word in literal.split() if not literal.endswith("-") and not literal.startswith("-"))
        glued = EXPRESSION.sub("\0", attribute)
        found.update(word for word in glued.split() if "\0" not in word)
    return found


def templates() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.html") if "templates" in path.parts)


def test_every_class_is_defined_in_a_sheet() -> None:
    known = defined_classes()
    unknown = {f"{path.relative_to(PACKAGE)}: {name}" for path in templates() for name in classes_of(path.read_text()) - known}
    assert not unknown, "\n  " + "\n  ".join(sorted(unknown))


def test_every_page_links_the_sheets_its_classes_stand_in() -> None:
    shared = {path for path in (STATIC / "css").rglob("*.css") if path.parent.parent.name != "pages"}

    def classes(sheets: Iterable[Path]) -> set[str]:
        return set(re.findall(r"\.([a-zA-Z][\w-]*)", "\n".join(re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S) for path in sheets)))

    core, everywhere, lacking = classes(shared), defined_classes(), set()
    whole = {name for name, (_template, _context, page) in contexts(jinja.folded("en")).items() if page}
    for name, text in drawn("en").items():
        if name in whole:
            linked = set(re.findall(r'<link rel="stylesheet" href="[^"]*/([a-z]+)\.[0-9a-f]{8}\.css">', text)) - {"pellucid"}
            known = core | classes(path for folder in linked for path in (STATIC / "css" / "pages" / folder).glob("*.css"))
            used = {word for words in re.findall(r'\sclass="([^"]*)"', text) for word in words.split()}
            lacking |= {f"{name}: {word}" for word in used & everywhere - known}
    assert not lacking, "\n  " + "\n  ".join(sorted(lacking))


def test_unknown_classes_are_noticed() -> None:
    text = """<p class="row0 wobbly {{ 'other' if a else b }} d{{ n }} {{ x == 'no' }}">{# class="never" #}</p>"""
    assert classes_of(text) - {"row0"} == {"wobbly", "other"}


# -- templates: drawn with sample contents in both languages


def drawn(language: str) -> dict[str, str]:
    """Every sample page and fragment."""
    environment = jinja.folded(language)
    return {name: jinja.render(template, context, language) for name, (template, context, _whole) in contexts(environment).items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_keep_the_policy_and_the_budget(language: str) -> None:
    for name, text in drawn(language).items():
        assert faults_of_template(text) == [], name
        assert gz(text) <= 20_000, name
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text), name
        assert "{{" not in text and "Undefined" not in text, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_have_one_heading_landmarks_and_unique_ids(language: str) -> None:
    whole = {name for name, (_template, _context, page) in contexts(jinja.folded(language)).items() if page}
    for name, text in drawn(language).items():
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids)), (name, [one for one in ids if ids.count(one) > 1])
        if name in whole:
            assert text.count("<h1") == 1, name
            assert text.count("<main") == 1, name
            assert f'lang="{"zh-CN" if language == "zh-hans" else "en"}"' in text, name


def test_texts_are_escaped_wherever_they_stand() -> None:
    hostile = "<script>\"'&"

    def spoilt(value: Any) -> Any:
        if type(value) is str and not re.fullmatch(r"[#?/\w.:=&-]*", value):
            return value + hostile
        if isinstance(value, dict):
            return {key: spoilt(item) for key, item in value.items()}
        return [spoilt(item) for item in value] if type(value) is list else value

    for name, (template, context, _whole) in contexts(jinja.folded("en")).items():
        text = jinja.render(template, spoilt(context), "en")
        assert "<script>\"" not in text and "<script>&" not in text, name


# -- folding


@pytest.mark.parametrize(("language", "word"), [("zh-hans", "保存"), ("en", "Save")])
def test_literals_are_folded_per_language(language: str, word: str) -> None:
    source = "{{ _('Save') }}{{ ic('check', 'i-s') }}"
    environment = jinja.folded(language)
    assert word in environment.compile(source, raw=True)
    text = environment.from_string(source).render()
    assert text.startswith(word)
    assert '<svg class="i i-s" aria-hidden="true"><use href="/static/dist/icons.' in text


def test_what_is_not_literal_is_called_when_drawn() -> None:
    environment = jinja.folded("en")
    assert environment.from_string("{{ _(x) }}{{ ic(x) }}").render(x="check").startswith("check<svg")
    assert environment.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


def test_names_of_templates_cannot_be_taken_twice() -> None:
    def shout(text: str) -> str:
        return text.upper()

    jinja.register("shout_for_test", shout)
    assert jinja.folded("en").from_string("{{ shout_for_test('a') }}").render() == "A"
    with pytest.raises(ValueError, match="shout_for_test"):
        jinja.register("shout_for_test", str)
    with pytest.raises(ValueError, match="ic"):
        jinja.register("ic", str)


def test_every_template_compiles() -> None:
    assert jinja.warm() >= 2 * len(templates())


def test_no_template_prints_a_method_of_a_dict() -> None:
    """`book.copy` is what every dict can do, not what is in it: `book["copy"]` is."""
    method = re.compile(r"\{[{%][^{}]*?\w\.(" + "|".join(name for name in dir(dict) if not name.startswith("_")) + r")\b(?!\()")
    found = [(path.name, said[0][-40:]) for path in templates() for said in method.finditer(path.read_text())]
    assert not found
