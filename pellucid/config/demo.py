"""`pellucid demo`: fills in the demo company, step by step; what is there already stays as it is."""

from __future__ import annotations

import argparse
import sys
import time
from importlib import import_module

from django.apps import apps
from django.db import connection

from pellucid.config.parts import installed
from pellucid.kernel.access.models import User

LOGINS = (
    ("exec", "集团高管 Executive"), ("branch", "分公司经理 Branch manager"), ("manager", "销售经理 Sales manager"), ("lin", "销售 Sales"),
    ("chen", "销售 Sales"), ("market", "市场 Marketing"), ("service", "服务 Service"), ("finance", "财务 Finance"),
    ("admin", "系统管理员 Administrator"),
)  # fmt: skip
PASSWORD = "pellucid"  # noqa: S105  printed at the start, for the sample company only


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--list", action="store_true", help="show the steps that are still missing, and do nothing")
    parser.add_argument("--scale", type=float, default=1.0, help="how much of everything: 0.1 is a tenth")


def logins() -> list[str]:
    """Who may sign in to the demo company, one line each; nothing where it was never filled in."""
    names = dict(User.objects.filter(username__in=[login for login, _ in LOGINS]).values_list("username", "name"))
    lines = [f"  {login:9} {names[login]:　<4} {role}" for login, role in LOGINS if login in names]
    return [*lines, f"  密码 password: {PASSWORD}"] if lines else []


def missing() -> list[tuple[int, str]]:
    """The steps this database does not have, in order."""
    from pellucid.kernel.actions import demo

    for app in apps.get_app_configs():
        if app.name.startswith("pellucid.") and installed(f"{app.name}.demo"):
            import_module(f"{app.name}.demo")
    return demo.missing()


def outgrown() -> bool:
    """Whether this is a demo company that an older release filled in: it lacks steps, but not the first."""
    steps = missing()
    return bool(steps) and all(number != 1 for number, _ in steps)


def main(options: argparse.Namespace) -> int:
    """Play the missing steps. A database with people of its own is left alone."""
    from pellucid.kernel.actions import demo

    steps = missing()
    if options.list:
        print("\n".join(f"{number:4} {name}" for number, name in steps) or "Nothing is missing.")
        return 0
    if any(number == 1 for number, _ in steps) and User.objects.exists():
        print("There are people in this database already: the demo company is for an empty one.", file=sys.stderr)
        return 1
    for n, (number, name) in enumerate(steps, 1):
        started = time.perf_counter()
        print(f"  [{n}/{len(steps)}] {name} ... ", end="", flush=True)
        demo.play(number, scale=options.scale)
        print(f"{time.perf_counter() - started:.1f} s", flush=True)
    if steps:
        with connection.cursor() as cursor:  # the lists' planner lives on statistics
            cursor.execute("ANALYZE")
    print("\n".join(logins()))
    return 0
