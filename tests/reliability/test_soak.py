"""Processes that have served and worked for a while are no bigger than after their first minute."""

from __future__ import annotations

import http.client
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.config.test_serve import until
from tests.reliability.installation import House

pytestmark = pytest.mark.proof
WARM, MORE = 3000, 12_000
PAGES = ("/customers/", "/", "/customers/filter", "/tasks/", "/customers/1", "/search?q=甲", "/customers/1/history")
ALLOWED = 8 * 2**20


@pytest.fixture
def house() -> Iterator[House]:
    home = Path(tempfile.mkdtemp(prefix="pellucid-soak-"))
    home.chmod(0o711)
    made = House(home)
    try:
        made.start("--no-worker", PELLUCID_WORKERS="1")
        yield made
    finally:
        made.clean()


def read(house: House, session: str, times: int) -> None:
    """Open pages again and again, as one reader."""
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)
    for n in range(times):
        page = PAGES[n % len(PAGES)].replace("甲", "%E7%94%B2")
        connection.request("GET", page, headers={"Cookie": f"pellucid={session}"})
        answer = connection.getresponse()
        assert answer.status == 200 and answer.read(), (page, answer.status)
    connection.close()


def test_a_web_process_does_not_grow(house: House) -> None:
    made = house.inside("build", "1", "1")
    assert house.call("POST", "customers", {"name": "甲"}, made["tokens"][0][0])[0] == 201
    read(house, made["session"], WARM)
    process = house.serving()[0]
    before = process.memory_info().rss
    read(house, made["session"], MORE)
    grown = process.memory_info().rss - before
    assert grown < ALLOWED, f"{grown / 2**20:.1f} MB after {MORE} pages"


def test_a_job_worker_does_not_grow(house: House) -> None:
    house.inside("build", "1", "1")
    worker = psutil.Process(house.work().pid)

    def imported(times: int, name: str) -> int:
        for n in range(times):
            asked = house.inside("import", f"{name}{n}", "3000")
            until("the import", lambda asked=asked: house.job_over(asked["job"]), 120)
        return worker.memory_info().rss

    before = imported(6, "先")
    grown = imported(20, "后") - before
    assert grown < ALLOWED, f"{grown / 2**20:.1f} MB after 60,000 rows"
