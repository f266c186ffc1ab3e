"""The process that builds, migrates or measures one company: `python -m bench.product.child WHAT ROWS`; the section starts it."""

from __future__ import annotations

import os
import sys
import time

import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pellucid.config.settings")


def main() -> int:
    what, rows = sys.argv[1], int(sys.argv[2])
    if what in ("bring", "take"):
        from bench.product import mass

        mass.main(what, rows)
    elif what not in ("measure", "money"):
        import django

        django.setup()
        from django.core.management import call_command

        started = time.monotonic()
        call_command("migrate", verbosity=0, interactive=False)
        print(f"  migrate: {time.monotonic() - started:.1f} s", flush=True)
        if what == "migrate":
            return 0
        from bench.product import company

        with psycopg.connect(os.environ["BENCH_ADMIN"], autocommit=True) as admin:
            company.build(admin, rows)
    else:
        from bench.product import measure, money

        (measure if what == "measure" else money).main(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
