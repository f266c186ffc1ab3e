"""The command line: complete help, late loading, and sentences instead of tracebacks."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys

import pytest

from pellucid.config import cli
from pellucid.config.parts import installed
from pellucid.config.refusals import guarded
from scripts import check_licences, check_texts
from tests.contracts.sources import ROOT

PRESENT = [command for command in cli.COMMANDS if installed(command.module)]


@pytest.fixture(autouse=True)
def unchanged_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ) | {"PELLUCID_DB_ROLE": "owner"})
    monkeypatch.setattr(cli, "_set_up_django", lambda: None)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--help"])
    assert left.value.code == 0
    told = capsys.readouterr().out
    for command in cli.COMMANDS:
        assert re.search(rf"^    {command.name}\s+{re.escape(command.help)}$", told, re.M)


@pytest.mark.parametrize("command", PRESENT, ids=lambda command: command.name)
def test_every_command_explains_itself(command: cli.Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main([command.name, "--help"])
    assert left.value.code == 0
    told = capsys.readouterr().out
    assert f"usage: pellucid {command.name}" in told
    parser = argparse.ArgumentParser()
    __import__(command.module, fromlist=["add_arguments"]).add_arguments(parser)
    assert all(action.help for action in parser._actions), "an option without a word of help"


def test_a_missing_part_is_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cli, "COMMANDS", (cli.Command("fly", "pellucid.nowhere.fly", "fly"),))
    assert cli.main(["fly"]) == 2
    assert capsys.readouterr().err == "This installation has no part that can do 'fly'.\n"


def test_a_folder_that_may_not_be_written_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse() -> int:
        raise PermissionError(13, "Permission denied", "/var/lib/pellucid")

    assert guarded(refuse) == 1
    assert capsys.readouterr().err.startswith("/var/lib/pellucid cannot be used: Permission denied.")


def test_an_unknown_word_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["fly"])
    assert left.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


@pytest.mark.django_db
def test_check_is_content_with_a_sound_installation(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["check"])
    told = capsys.readouterr().out
    assert "database     ok" in told
    assert "migrations   ok" in told
    assert code == 0 or "worker       silent" in told


def test_the_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "pellucid", "--version"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"Pellucid \d+\.\d+\.\d+\n", done.stdout)


def test_make_help_lists_every_target() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^([a-z-]+):(?!=)", (ROOT / "Makefile").read_text(), re.M)) - {"environment"}
    assert targets == set(re.findall(r"^  ([a-z-]+)\s", told, re.M))


@pytest.mark.parametrize(
    ("licence", "good"),
    [
        ("MIT", True), ("BSD-3-Clause", True), ("Apache-2.0 OR BSD-2-Clause", True), ("MIT AND PSF-2.0", True),
        ("LGPL-3.0-only", True), ("Mozilla Public License 2.0 (MPL 2.0)", True), ("GPL-3.0-only", False), ("AGPL-3.0", False),
        ("MIT AND GPL-2.0", False), ("GPL-2.0 OR MIT", True), ("SSPL-1.0", False), ("UNKNOWN", False), ("CC-BY-NC-4.0", False),
    ],
)  # fmt: skip
def test_licences(licence: str, good: bool) -> None:
    assert check_licences.allowed(licence) is good


def test_texts_are_found_in_code() -> None:
    source = 'a = _("One"); b = pgettext("place", "Two"); c = ngettext("%(n)d row", "%(n)d rows", n); d = _(name); e = f("Three")'
    assert [text for _, text in check_texts.used_in_python(source)] == ["One", "place\x04Two", "%(n)d row"], "a plural goes by its singular"


def test_texts_are_found_in_templates() -> None:
    import jinja2

    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    source = '<p>{{ _("One") }}</p>{% trans %}Two{% endtrans %}{{ ngettext("a", "b", 2) }}{{ pgettext("c", "d") }}'
    assert {text for _, text in check_texts.used_in_template(environment, source)} == {"One", "Two", "a", "c\x04d"}


def test_faulty_translations_are_seen() -> None:
    import polib

    entry = polib.POEntry
    assert check_texts.faults_of(entry(msgid="Name", msgstr="名称")) == ""
    assert check_texts.faults_of(entry(msgid="Name", msgstr=" ")) == "empty"
    assert check_texts.faults_of(entry(msgid="Name", msgstr="名称", flags=["fuzzy"])) == "fuzzy"
    assert check_texts.faults_of(entry(msgid="%(n)d of {all}", msgstr="共 {all}")) == "its placeholders differ"
    assert "write %%" in check_texts.faults_of(entry(msgid="%(n)d of it (95% sure)", msgstr="其中 %(n)d（95% 置信）"))
    assert check_texts.faults_of(entry(msgid="%(n)d of it (95%% sure)", msgstr="其中 %(n)d（95%% 置信）")) == ""
    plural = entry(msgid="%(n)d row", msgid_plural="%(n)d rows", msgstr_plural={0: "%(n)d 行"})
    assert check_texts.faults_of(plural) == ""


def test_one_word_has_one_translation() -> None:
    import polib

    def clashing(*entries: tuple[str, str, str, str]) -> list[str]:
        return check_texts.clashes((place, polib.POEntry(msgid=word, msgstr=text, msgctxt=context or None)) for place, context, word, text in entries)

    assert clashing(("a", "", "To", "到"), ("b", "", "To", "到"), ("b", "receiver", "To", "接收人")) == []
    assert clashing(("a", "", "To", "到"), ("b", "", "To", "接收人")) == [
        "'To' is translated differently (one word for all, or pgettext with a context): 到 in a, 接收人 in b"
    ]


def test_the_terminal_speaks_chinese_where_the_locale_does() -> None:
    def told(**environment: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PELLUCID_"))}
        command = [sys.executable, "-X", "utf8", "-m", "pellucid", "--help"]
        return subprocess.run(command, cwd=ROOT, env=kept | environment, capture_output=True, text=True, check=True).stdout

    assert "启动全部" in told(LANG="zh_CN.UTF-8")
    assert "启动全部" in told(LANG="en_US.UTF-8", PELLUCID_LANGUAGE="zh")
    assert "start everything" in told(LANG="en_US.UTF-8")
    assert "start everything" in told()
