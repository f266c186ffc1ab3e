"""A job worker whose imports commit a few rows at a time, so that it can be killed in between."""

from __future__ import annotations

import sys

from tests.kernel.jobs import run_worker


def main() -> int:
    import django

    run_worker.os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from pellucid.kernel.exchange import running

    running.CHUNK = 25
    return run_worker.main()


if __name__ == "__main__":
    sys.exit(main())
