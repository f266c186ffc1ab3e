"""A worker on the database named in the environment, with the sample jobs."""

from __future__ import annotations

import argparse
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")


def main() -> int:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["SAMPLE_DATABASE"]
    django.setup()
    from pellucid.kernel.jobs import declare, worker
    from tests.kernel.jobs import sample  # noqa: F401

    if os.environ.get("SAMPLE_SCHEDULES") != "1":
        declare.schedules.clear()
    else:
        for name in [n for n in declare.schedules if not n.startswith("sample.")]:
            del declare.schedules[name]
    worker.BEAT_EVERY, worker.POLL_EVERY = 0.5, 0.1
    parser = argparse.ArgumentParser()
    worker.add_arguments(parser)
    return worker.main(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
