"""Would the random worlds notice? Each safeguard of the machine is taken out in turn; they must fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MACHINE = "pellucid/kernel/processes/machine"
# what is lost, the file, (text, what stands there instead)
MUTANTS = [
    ("a join counts any finished lane", "walking", ("if done >= node.wanted:", "if done >= 1:")),
    ("lanes beside a decided join stay open", "walking",
     ("    if done >= node.wanted:\n        run.cancel(run.below(parent))\n", "    if done >= node.wanted:\n")),
    ("a return leaves what came after", "walking",
     ('run.cancel([*run.below(top), *([top] if top.state == "open" else [])])', "pass")),
    ("the end leaves steps open", "walking",
     ('    run.cancel([s for s in run.i.steps.values() if s.state == "open"])\n    run.i.state', "    run.i.state")),
    ("closing leaves timers armed", "run", ('if clock.step == step.no and clock.state == "armed":', "if False:")),
    ("closing leaves people asked", "run",
     ("            if row.live:\n                self.settle", "            if False:\n                self.settle")),
    ("the requester may approve", "people", ("ban = {run.i.requester} if approval else set()", "ban = set()")),
    ("one person in two places", "deciding", ("if not may_hold(run, step, actor, row.slot):", "if False:")),
    ("leavers are not followed", "elapsing",
     ("for row in [a for a in run.i.asked.values() if a.person == person and a.live]:", "for row in []:")),
    ("a deleted field counts as false", "entering",
     ("hold(run, step, unknown.why, **unknown.facts)", 'finish(run, step, "done")')),
    ("an approval nobody may decide waits for ever", "entering",
     ('    if not found:\n        return hold(run, step, "nobody")\n    if node.mode == "n"',
      '    if not found:\n        return None\n    if node.mode == "n"')),
    ("two of n may be one", "approving", ("return yes >= node.need", "return yes >= node.need - 1")),
    ("decided twice", "deciding",
     ('if row.state != "pending":', "if False:"), "run", ("        if not row.live:\n            raise decided_already()\n", "")),
    ("circles are not noticed", "entering", ("if len(run.i.steps) > MAX_STEPS or visit > MAX_VISITS:", "if False:")),
    ("a lane begins after its join is over", "entering",
     ("    if up is not None:\n        parent", "    if False:\n        parent")),
    ("failed work is forgotten", "elapsing", ('        hold(run, step, "failed", error=why)', "        pass")),
    ("added signers do not count", "approving", ("if all(not a.live for a in run.slots(step, True)):", "if True:")),
    ("escalation may ask the requester", "elapsing",
     ("    ban = run.used(step)\n    if then", "    ban = set()\n    if then")),
]  # fmt: skip


@pytest.mark.proof
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m[0])
def test_random_worlds_notice(mutant: tuple, tmp_path: Path) -> None:
    for name in ("pellucid", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "static", "vendor", "*.mo"))
    for file, (text, instead) in zip(mutant[1::2], mutant[2::2], strict=True):
        path = tmp_path / MACHINE / f"{file}.py"
        source = path.read_text()
        assert source.count(text) == 1, (mutant[0], source.count(text))
        path.write_text(source.replace(text, instead))
    command = [sys.executable, "-c", "import django; django.setup(); from tests.kernel.processes.test_random import lives; lives(0, 1500)"]
    env = os.environ | {"PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    try:
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        return  # it never ends: noticed
    assert done.returncode, f"nobody noticed: {mutant[0]}"
    assert "AssertionError" in done.stderr or "decided" in done.stderr or "StopIteration" in done.stderr, done.stderr[-2000:]
