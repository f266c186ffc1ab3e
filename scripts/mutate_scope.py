"""`make mutate-scope`: replaces the scope of each resource by "all rows" in turn; some test must fail every time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def resources() -> list[str]:
    """Keys of the resources that have owners; children are read through them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from pellucid.kernel.records.models import OwnedRecord
    from pellucid.kernel.resources.declare import registry

    return sorted(key for key, resource in registry.items() if issubclass(resource.model, OwnedRecord))


def failures(resource: str, tests: list[str]) -> list[str]:
    """Tests that fail while everybody sees every row of this resource ("" plants no fault); the run ends at the first."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", "-rfE", "-m", "not browser and not proof", *tests]
    environment = os.environ | {"PELLUCID_WIDEN": resource}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    failed = [line.split()[1] for line in run.stdout.splitlines() if line.startswith("FAILED ")]
    if run.returncode != 0 and not failed:  # a run that broke down has seen nothing
        raise SystemExit(f"The tests did not run{f' with {resource} widened' if resource else ''}:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return failed


def main() -> int:
    tests = sys.argv[1:] or ["tests"]
    if broken := failures("", tests):
        print(f"{broken[0]} fails as it is: nothing can be learnt from planted faults.")
        return 1
    unseen = []
    for resource in resources():
        started = time.monotonic()
        seen_by = failures(resource, tests)
        said = f"seen   {resource} by {seen_by[0]}" if seen_by else f"UNSEEN {resource}"
        print(f"{said} ({time.monotonic() - started:.0f} s)", flush=True)
        unseen += [] if seen_by else [resource]
    print(f"{len(unseen)} of the widened scopes went unseen{': ' + ', '.join(unseen) if unseen else ''}.")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
