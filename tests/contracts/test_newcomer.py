"""A new business object takes a model and a resource: with nothing else written, every contract that walks the registries holds for it."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.contracts.sources import ROOT

CONTRACTS = ("tests/contracts/test_columns.py", "tests/contracts/test_matrix.py", "tests/contracts/test_pages.py", "tests/api/test_contract.py")
WALKS = "vehicle or every_resource_has_its_operations or answers_fit_the_description"
LONGEST = 60


def test_sixty_lines_make_one_more_object_with_all_that_objects_have() -> None:
    lines = [line for name in ("models", "resources") for line in (ROOT / "tests" / "newcomer" / f"{name}.py").read_text().splitlines()]
    assert len(lines) <= LONGEST
    command = [sys.executable, "-m", "pytest", "--ds=tests.newcomer.settings", "-q", "-n", "0", "-k", WALKS, *CONTRACTS]
    alone = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "DJANGO_SETTINGS"))}
    done = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-6000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed and int(passed[1]) >= 11, done.stdout[-600:]
