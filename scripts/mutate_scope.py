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


def survives(resource: str, tests: list[str]) -> bool:
    """Do all tests pass although everybody sees every row of this resource ("" plants no fault)?"""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", "-m", "not browser and not proof", *tests]
    environment = os.environ | {"PELLUCID_WIDEN": resource}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True).returncode == 0


def main() -> int:
    tests = sys.argv[1:] or ["tests"]
    if not survives("", tests):
        print("Some test fails as it is: nothing can be learnt from planted faults.")
        return 1
    unseen = []
    for resource in resources():
        started = time.monotonic()
        seen = not survives(resource, tests)
        print(f"{'seen  ' if seen else 'UNSEEN'} {resource} ({time.monotonic() - started:.0f} s)", flush=True)
        unseen += [] if seen else [resource]
    print(f"{len(unseen)} of the widened scopes went unseen{': ' + ', '.join(unseen) if unseen else ''}.")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
