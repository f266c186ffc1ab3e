"""The house rules that a reviewer would otherwise have to remember."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField, Model

from tests.contracts.sources import AREAS, DOORS, FLOORS, PACKAGE, ROOT, name, own, tree

LONGEST = 400
BANNED_NAMES = {"utils", "util", "common", "helpers", "helper", "core", "misc"}
REASON = re.compile(r"long on purpose: \S.+")  # in the first lines of a file that must be longer

WRITES = {"save", "create", "update", "delete", "get_or_create", "update_or_create", "bulk_create", "bulk_update"}
WRITERS = ("actions", "migrations")  # folders or modules of an area that may write
READERS = ("selectors", *WRITERS)


def _told(found: list[str]) -> str:
    return "\n  " + "\n  ".join(found)


def test_files_stay_short() -> None:
    long = []
    for path in own(".py", ".html", ".jinja", ".css", ".js"):
        lines = path.read_text().splitlines()
        if len(lines) > LONGEST and not any(REASON.search(line) for line in lines[:10]):
            long.append(f"{name(path)}: {len(lines)} lines")
    assert not long, _told(long)


def test_names_say_what_is_inside() -> None:
    bad = []
    for path in own(".py", ".js", ".css", ".html"):
        if BANNED_NAMES & {path.stem, *path.parent.relative_to(ROOT).parts}:
            bad.append(name(path))
    assert not bad, _told(bad)


def _floor(model: type[Model]) -> int | None:
    parts = model.__module__.split(".")
    if parts[0] != "pellucid":
        return None
    return next((height for height, names in enumerate(FLOORS) if parts[1] in names), None)


def test_foreign_keys_point_down() -> None:
    up = []
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, ForeignKey | ManyToManyField):
                source, target = _floor(model), _floor(field.related_model)
                if source is not None and target is not None and target > source:
                    up.append(f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}")
    assert not up, _told(up)


def _inside(path: Path, allowed: tuple[str, ...]) -> bool:
    parts = path.relative_to(PACKAGE).with_suffix("").parts[1:]
    return any(part in allowed or part.startswith(tuple(f"{word}_" for word in allowed)) for part in parts)


def calls_that_write(path: Path) -> list[str]:
    """Calls of a method that changes rows, with their lines."""
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            found.append(f"{name(path)}:{node.lineno} .{node.func.attr}(")
    return found


def managers_used(path: Path) -> list[str]:
    """Places that reach for `.objects`."""
    nodes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute) and node.attr == "objects"]
    return [f"{name(path)}:{node.lineno} .objects" for node in nodes]


def test_rows_are_written_by_actions_only() -> None:
    found: list[str] = []
    for area in (*AREAS, *DOORS):
        for path in own(".py", under=PACKAGE / area):
            if not _inside(path, WRITERS):
                found += calls_that_write(path)
    assert not found, _told(found)


def test_rows_are_read_by_selectors_only() -> None:
    found: list[str] = []
    for area in (*AREAS, *DOORS):
        for path in own(".py", under=PACKAGE / area):
            if not _inside(path, READERS):
                found += managers_used(path)
    assert not found, _told(found)


SHOWING = ("pages", "panels", "home")  # modules of an area that make what somebody looks at, by the end of their name


def test_what_is_shown_is_read_through_the_scope_or_a_selector() -> None:
    """`_base_manager` knows no scope: doors and pages ask `scoped`, or a selector that says why it needs none."""
    found: list[str] = []
    for area in (*AREAS, *DOORS):
        for path in own(".py", under=PACKAGE / area):
            if area in DOORS or path.stem.endswith(SHOWING):
                nodes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute) and node.attr == "_base_manager"]
                found += [f"{name(path)}:{node.lineno} ._base_manager" for node in nodes]
    assert not found, _told(found)


# Modules of areas that read rows whoever asks, and why that gives nobody more than he may see. Actions write what their door has checked,
# selectors say it themselves.
WHOEVER_ASKS = {
    "what a company keeps for everybody: stages, rivals, rules, forms, prices, grades": (
        "collaboration/kinds", "customers/scoring", "customers/web_forms", "orders/grades", "orders/models/dunning", "products/pricing",
        "sales/competing", "sales/stages",
    ),
    "the program at work: clocks, what follows from events, what was copied; who is told is asked for his rights": (
        "collaboration/copies", "collaboration/reminding", "collaboration/subscribers", "collaboration/telling", "customers/clocks",
        "customers/copies", "customers/subscribers", "orders/debtors", "orders/subscribers", "people/approving", "people/responsible",
        "sales/copies", "sales/histories", "sales/seeds", "sales/subscribers",
    ),
    "what actions decide by: limits, gates, who gets what, who it may be; nothing of it is shown but the decision": (
        "customers/allocation", "customers/groups", "customers/intake", "customers/pools", "orders/credit", "sales/allocation", "sales/gates",
    ),
    "parts of records that their caller has reached by the reader's scope": (
        "customers/duplicates", "orders/agreed", "orders/collecting", "orders/dunning", "orders/invoiceable", "orders/letters", "orders/obligations",
        "people/absences", "people/handing", "people/transfers", "sales/agreed", "sales/documents",
    ),
    "what measures are counted over; the reader's scope is added to it": (
        "customers/analyses", "customers/measures", "orders/cohort_measures", "orders/measures", "orders/value_facts", "orders/value_measures",
        "sales/measures",
    ),
}  # fmt: skip


def test_who_reads_rows_whoever_asks_says_why() -> None:
    said = {module for modules in WHOEVER_ASKS.values() for module in modules}
    found = set()
    for area in AREAS:
        for path in own(".py", under=PACKAGE / area):
            if not _inside(path, (*READERS, "demo")) and any(
                isinstance(node, ast.Attribute) and node.attr == "_base_manager" for node in ast.walk(tree(path))):  # fmt: skip
                found.add(path.relative_to(PACKAGE).with_suffix("").as_posix())
    assert found - said == set(), "read them through the scope, or say why not"
    assert said - found == set(), "said of modules that read none"


TEMPLATE_RULES = {
    "an inline style": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "a <style> element": re.compile(r"<style\b", re.I),
    "an inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "an inline script": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)", re.I),
    "unescaped output": re.compile(r"\|\s*safe\b|autoescape\s+(false|off)", re.I),
}


def faults_of_template(text: str) -> list[str]:
    """Which rules of the content security policy and of escaping a template breaks; comments do not count."""
    seen = re.sub(r"{#.*?#}", "", text, flags=re.S)
    return [rule for rule, pattern in TEMPLATE_RULES.items() if pattern.search(seen)]


def test_events_are_signed_whole() -> None:
    """An event that names who did something names in whose name, too: by its actor, or both by hand. At the sign-in page all act for themselves."""
    half = []
    for path in own(".py"):
        if name(path).startswith("tests") or name(path) == "pellucid/kernel/resources/admin/identity.py":
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "publish":
                said = {k.arg for k in node.keywords}
                if "actor_id" in said and not said & {"on_behalf_of", "by"}:
                    half.append(f"{name(path)}:{node.lineno}")
    assert not half, _told(half)


def test_templates_keep_the_policy() -> None:
    found = []
    for path in own(".html", ".jinja", under=PACKAGE):
        found += [f"{name(path)}: {fault}" for fault in faults_of_template(path.read_text())]
    assert not found, _told(found)


FAULTS = ['<p style="color:red">', "<style>p{}</style>", '<a onclick="x()">', "<script>x()</script>", "{{ a|safe }}"]


@pytest.mark.parametrize("text", FAULTS)
def test_template_faults_are_seen(text: str) -> None:
    assert faults_of_template(text)


def test_good_templates_pass() -> None:
    good = '<script src="/static/a.js"></script><script type="application/json">{}</script><p class="on" data-on="1">{{ a }}</p>'
    assert faults_of_template(good) == []


# Spelled in halves, so that this file does not hold what it forbids.
ELSEWHERE = [
    "/" + "work/", "/tmp/" + "brief", "clau" + "de", "anthro" + "pic", "chat" + "gpt", "co-authored" + "-by",
    "PIP_FIND" + "_LINKS", "/opt/" + "wheels", "the " + "CEO", "shared/" + "design", "spik" + "es/", "decisions" + ".md",
]  # fmt: skip


def test_files_speak_of_the_product_only() -> None:
    found = []
    for path in own(".py", ".html", ".css", ".js", ".md", ".toml", ".sh", ".po", ".in", ".lock", ".yml", ""):
        text = path.read_text(errors="replace").lower()
        found += [f"{name(path)}: {word}" for word in ELSEWHERE if word.lower() in text]
    assert not found, _told(found)


def test_kernel_knows_no_business_word() -> None:
    business = re.compile(r"customer|opportunit|quotation(?! mark)|campaign", re.I)
    found = []
    for path in own(".py", ".html", under=PACKAGE / "kernel"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if hit := business.search(line):
                found.append(f"{name(path)}:{number} {hit[0]}")
    assert not found, _told(found)


def test_every_module_postpones_annotations() -> None:
    found = []
    for path in own(".py"):
        body = [node for node in tree(path).body if not isinstance(node, ast.Expr)]  # a docstring alone needs nothing
        if body and not any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in body):
            found.append(name(path))
    assert not found, _told(found)


def test_a_percent_sign_is_doubled_only_where_something_is_filled_in() -> None:
    said = re.compile(r"_\('[^']*%%[^']*'\)(?!\s*%)")
    wrong = [f"{name(path)}: {found}" for path in own(".html") for found in said.findall(path.read_text())]
    assert not wrong, _told(wrong)
