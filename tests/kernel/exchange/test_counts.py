"""Whatever a file holds and however often its worker is killed: every row ends once, and the sums are those of the records."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection

from pellucid.customers.models import Customer
from pellucid.kernel.exchange import running
from pellucid.kernel.exchange.models import ImportRow, ImportRun
from pellucid.kernel.exchange.running import Alone, carry_out, open_file, run_plan, settle
from pellucid.kernel.resources.declare import registry
from tests import counts
from tests.contracts.sources import ROOT

from .test_import import table

HEAD = "名称,行业,电话,上级公司,负责人,统一社会信用代码,备注"


def lines_of(chance: random.Random, n: int) -> list[str]:
    """Rows with everything that goes wrong, and much that is the same."""
    names = ["", *(f"苏州{c}{d}装备有限公司" for c in "甲乙丙丁戊己" for d in "一二三四")]

    def one() -> str:
        name = chance.choice(names)
        return ",".join((
            name, chance.choice(("34", "35", "渔具", "", "制造业")), chance.choice(("", "0512-66668888", "x")), chance.choice(("", "", "", *names)),
            chance.choice(("", "", "林晓彤", "赵磊", "王小川")), chance.choice(("", "", "", "ABC")), chance.choice(("", "好", '"多\n行"'))))

    return [HEAD, *(one() for _ in range(n))]


@pytest.mark.django_db
def test_every_row_ends_once(world, monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 7)
    actor = world.actor("alice")
    world.customer("苏州甲一装备有限公司", note="旧")
    world.customer("苏州乙一装备有限公司", by="bob")
    for seed in range(counts.count(12, 400)):
        chance = random.Random(seed)
        before, rows = Customer.objects.count(), lines_of(chance, chance.randrange(1, 40))
        run, _book, _guesses = open_file(registry["customer"], actor, table(*rows), "file.csv")
        settle(run, actor, run_plan(run), chance.choice(ImportRun.Policy.values))
        said = sum(len(part) for part in running.check(run, actor))
        done = carry_out(run, Alone(actor))
        ends = ImportRow.objects.filter(run=run)
        assert done.imported + done.updated + done.skipped + done.failed == done.rows == said == ends.count(), seed
        assert ends.filter(state="imported").count() == done.imported == Customer.objects.count() - before, seed
        assert not ends.filter(state="failed", reason="").exists() and not ends.filter(pending__isnull=False).exists(), seed
        assert bool(done.failed_file_id) == bool(done.failed), seed


@pytest.fixture
def worker() -> Iterator[object]:
    started: list[subprocess.Popen] = []

    def start() -> subprocess.Popen:
        environment = os.environ | {"SAMPLE_DATABASE": connection.settings_dict["NAME"], "PYTHONPATH": str(ROOT),
                                    "PELLUCID_HOME": str(settings.PELLUCID_HOME), "PELLUCID_LOG_LEVEL": "ERROR"}
        environment.pop("PYTEST_CURRENT_TEST", None)
        started.append(subprocess.Popen([sys.executable, "-m", "tests.kernel.exchange.run_worker"], cwd=ROOT, env=environment))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def summary(run: ImportRun) -> tuple[object, ...]:
    """What a run left behind, but for ids, numbers and times."""
    run.refresh_from_db()
    rows = list(ImportRow.objects.filter(run=run).order_by("number").values_list("number", "state", "reason"))
    records = list(Customer.objects.order_by("name", "note", "phone").values_list("name", "note", "phone", "parent__name", "owner__username"))
    return rows, records, (run.rows, run.imported, run.updated, run.skipped, run.failed)


STEP = 180                              # seconds until a machine busy with other things must have gone on


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_ends_as_an_undisturbed_one(world, worker, monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 25)  # as in run_worker
    rows = lines_of(random.Random(7), counts.count(600, 20_000))
    rows += [f"无锡{n}号机械有限公司,34,,无锡{n + 1}号机械有限公司,,,{n}" for n in range(counts.count(600, 20_000))]
    actor = world.actor("alice")

    def asked() -> ImportRun:
        run, _book, _guesses = open_file(registry["customer"], actor, table(*rows), "file.csv")
        return settle(run, actor, run_plan(run), "update")

    run, chance, kills = asked(), random.Random(1), 0
    running.start(run, actor)
    while kills < counts.count(3, 50):
        process, begun, deadline = worker(), run.position, time.monotonic() + STEP
        while run.position == begun and run.state not in ("done", "failed"):
            assert time.monotonic() < deadline, run.state
            time.sleep(0.02)
            run.refresh_from_db()
        time.sleep(chance.random() * 0.1)
        process.kill()
        process.wait()
        kills += 1
        run.refresh_from_db()
        assert run.rows == ImportRow.objects.filter(run=run).count() == run.imported + run.updated + run.skipped + run.failed
    worker()
    deadline = time.monotonic() + counts.count(STEP, 3000)
    while run.state != "done":
        assert time.monotonic() < deadline, run.state
        time.sleep(0.1)
        run.refresh_from_db()
    disturbed = summary(run)
    Customer.objects.filter(parent__isnull=False).update(parent=None)
    Customer.objects.all().delete()
    other = asked()
    carry_out(other, Alone(actor))
    assert summary(other) == disturbed
