"""The container files and systemd units name what exists: commands, variables, files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pellucid.config import cli

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))


def commands() -> list[list[str]]:
    """What the files start, as arguments of `pellucid`."""
    found = [line.split("-m pellucid ", 1)[1].split() for unit in UNITS for line in unit.read_text().splitlines() if line.startswith("ExecStart=")]
    found += [yaml.safe_load(line.removeprefix("CMD ")) for line in (DEPLOY / "Containerfile").read_text().splitlines() if line.startswith("CMD ")]
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return found + [service["command"] for service in services.values() if "command" in service]


def test_every_command_is_one_of_ours():
    assert len(commands()) == 5
    for arguments in commands():
        assert arguments[0] in {c.name for c in cli.COMMANDS}
        answer = subprocess.run([sys.executable, "-m", "pellucid", arguments[0], "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert all(flag in answer.stdout for flag in arguments[1:]), answer.stdout + answer.stderr


def test_every_variable_is_known_to_the_program():
    known = (ROOT / "pellucid" / "config").rglob("*.py")
    text = "\n".join(path.read_text() for path in known)
    for path in [*UNITS, DEPLOY / "Containerfile", DEPLOY / "compose.yaml"]:
        for name in set(re.findall(r"PELLUCID_[A-Z_]+", path.read_text())):
            assert name in text or f"_{name.removeprefix('PELLUCID_')}" in cli.EPILOG, f"{path.name}: {name}"


def test_what_the_image_copies_is_there():
    for line in (DEPLOY / "Containerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            assert all((ROOT / source).exists() for source in line.split()[1:-1]), line


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_are_sound(unit, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here")
    text = re.sub(r"^ExecStart=\S+", f"ExecStart={shutil.which('true')}", unit.read_text(), flags=re.M)
    text = re.sub(r"^(User|Group|WorkingDirectory|EnvironmentFile)=.*\n", "", text, flags=re.M)
    (tmp_path / unit.name.replace("@", "")).write_text(text.replace("%i", "1"))
    answer = subprocess.run(["systemd-analyze", "verify", "--man=no", "--generators=no", str(tmp_path / unit.name.replace("@", ""))],
                            capture_output=True, text=True, check=False)  # fmt: skip
    assert unit.stem.strip("@") not in answer.stderr, answer.stderr
