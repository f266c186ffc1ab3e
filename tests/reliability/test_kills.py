"""kill -9 of web processes, of job workers and of the whole database while clients write: nothing acknowledged is lost, doubled, half done."""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.config.test_serve import until
from tests.counts import PROOF, count
from tests.reliability.installation import House, Writer, serving_again

KILLS = count(2, 50)
WRITERS = 6


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    home = Path(tempfile.mkdtemp(prefix="pellucid-kills-"))
    home.chmod(0o711)
    made = House(home)
    try:
        made.start("--no-worker")
        made.tokens = made.inside("build", str(WRITERS), str(count(3, 30)))["tokens"]
        yield made
    finally:
        made.clean()


def compared(house: House, writers: list[Writer], imports: tuple[dict[str, Any], ...] = ()) -> None:
    """What was acknowledged is there, once, with everything that belongs to it."""
    for writer in writers:
        writer.stopping.set()
    for writer in writers:
        writer.stop()
    assert house.inside("verify", given={"writers": [w.told() for w in writers], "imports": list(imports)}) == []


def writing(house: House, name: str) -> list[Writer]:
    """Writers at work."""
    made = [Writer(house, f"{name}{n}", tokens) for n, tokens in enumerate(house.tokens)]
    for writer in made:
        writer.start()
    until("the first answers", lambda: all(w.base or w.wrong for w in made))
    return made


def test_one_of_many_wins_through_the_api(house: House) -> None:
    token = house.tokens[0]
    made = json.loads(house.call("POST", "customers", {"name": "甲"}, token[0])[1])
    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda n: house.call("PATCH", f"customers/{made['id']}", {"address": f"{n} 号", "version": 1}, token[n % len(token)]),
                                range(64)))
    assert Counter(status for status, _body, _headers in answers) == {200: 1, 409: 63}
    won = next(n for n, answer in enumerate(answers) if answer[0] == 200)
    status, body, headers = house.call("GET", f"customers/{made['id']}", None, token[0])
    assert (status, json.loads(body)["address"], headers["etag"]) == (200, f"{won} 号", '"2"')
    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda n: house.call("POST", "customers", {"name": "乙"}, token[n % len(token)], Idempotency_Key="one"), range(64)))
    assert {status for status, _body, _headers in answers} == {201} and len({body for _status, body, _headers in answers}) == 1


def owed(house: House) -> int:
    """How much the program owes the requests."""
    return int(house.value("SELECT count(*) FROM processes_effect WHERE state = 'due'") or 0)


@pytest.mark.parametrize("victim", ["program", "database"])
def test_killed_while_it_carries_out_what_was_agreed_to(house: House, victim: str) -> None:
    asked = house.inside("ask", victim, str(count(12, 300)))
    left, cut = owed(house), 0
    assert left
    for _kill in range(KILLS):
        if not left:
            break
        going = house.carry_out()
        until("progress", lambda left=left: owed(house) != left)
        time.sleep(random.uniform(0, 0.1))  # anywhere in the action that follows
        cut += going.poll() is None
        if victim == "database":
            house.kill_database()
            going.wait(30)  # without its database it ends by itself
            serving_again(house)
        else:
            going.kill()
            going.wait()
        left = owed(house)
    house.inside("carry_out")
    assert house.inside("carried_out", given=asked) == []
    assert cut, "nothing was cut off: this proved nothing"


def test_killed_web_processes(house: House) -> None:
    writers = writing(house, "web")
    for kill in range(KILLS):
        time.sleep(random.uniform(0.4, 1.2) if not PROOF else 7)  # one that ends again and again at once is given up
        if kill % 5 == 1:
            house.kill_web()
        else:
            house.kill_serving()
        serving_again(house)
    compared(house, writers)
    assert any(writer.repeated for writer in writers), "no call was cut off: this proved nothing"


def test_killed_database_with_an_import(house: House) -> None:
    writers = writing(house, "db")
    rows = count(3000, 100_000)
    worker = house.work()
    asked = house.inside("import", "库", str(rows))
    slowest = 0.0
    for _kill in range(KILLS):
        time.sleep(random.uniform(0.5, 1.5))
        house.kill_database()
        slowest = max(slowest, serving_again(house))
    until("the import", lambda: house.job_over(asked["job"]), count(60, 1200))
    assert worker.poll() is None, "the worker lives through it"
    compared(house, writers, ({"run": asked["run"], "rows": rows, "prefix": "库"},))
    assert any(writer.repeated for writer in writers)
    assert slowest < 15, f"{slowest:.1f} s until the database was back"
    worker.terminate()
    assert worker.wait(15) == 0


def done(house: House, run: int) -> int:
    """How many rows of an import are done."""
    return int(house.value("SELECT rows FROM exchange_importrun WHERE id = %s", run) or 0)


def test_killed_job_workers_in_an_import(house: House) -> None:
    rows, reached = count(4000, 120_000), -1
    asked = house.inside("import", "工人", str(rows))
    for _kill in range(KILLS):
        worker = house.work()
        until("progress", lambda reached=reached: done(house, asked["run"]) > reached or house.job_over(asked["job"]))
        reached = done(house, asked["run"])
        time.sleep(random.uniform(0, 0.3))  # anywhere in the chunk that follows
        worker.kill()
        worker.wait()
    house.work()
    until("the import", lambda: house.job_over(asked["job"]), count(60, 900))
    compared(house, [], ({"run": asked["run"], "rows": rows, "prefix": "工人"},))


def test_killed_workers_and_web_processes_while_money_is_asked_for_and_comes_in(house: House) -> None:
    owing = house.inside("owe", "催款", str(count(12, 200)))
    reached = -1
    asked = house.inside("ask_for_money")["job"]
    for _kill in range(KILLS):
        worker = house.work()
        until("progress", lambda reached=reached, asked=asked: seen(house, asked) > reached or house.job_over(asked))
        reached = seen(house, asked)
        time.sleep(random.uniform(0, 0.2))  # anywhere in what follows
        worker.kill()
        worker.wait()
        if house.job_over(asked):
            reached, asked = -1, house.inside("ask_for_money")["job"]
    house.work()
    until("the job", lambda: house.job_over(asked), count(60, 300))
    assert house.inside("verify_money", given=owing | {"paid": False}) == []
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(sure, house, pk, owing["tokens"][n % 4]) for n, pk in enumerate(owing["receipts"])]
        for _kill in range(KILLS):
            time.sleep(random.uniform(0.2, 0.6))
            house.kill_serving()
            serving_again(house)
        assert {answer.result() for answer in answers} == {200}
    waiting = "SELECT count(*) FROM events_delivery WHERE delivered_at IS NULL"
    until("what follows from the payments", lambda: house.value(waiting) == 0, count(60, 300))
    assert house.inside("verify_money", given=owing | {"paid": True}) == []


def test_killed_database_while_money_is_asked_for_and_comes_in(house: House) -> None:
    owing = house.inside("owe", "断电", str(count(8, 200)))
    worker, asked = house.work(), house.inside("ask_for_money")["job"]
    for _kill in range(KILLS):
        time.sleep(random.uniform(0.2, 0.8))  # anywhere in the customers it looks at
        house.kill_database()
        serving_again(house)
        if house.job_over(asked):
            asked = house.inside("ask_for_money")["job"]
    until("the job", lambda: house.job_over(asked), count(60, 300))
    assert house.inside("verify_money", given=owing | {"paid": False}) == []
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(sure, house, pk, owing["tokens"][n % 4]) for n, pk in enumerate(owing["receipts"])]
        for _kill in range(KILLS):
            time.sleep(random.uniform(0.2, 0.8))
            house.kill_database()
            serving_again(house)
        assert {answer.result() for answer in answers} == {200}
    waiting = "SELECT count(*) FROM events_delivery WHERE delivered_at IS NULL"
    until("what follows from the payments", lambda: house.value(waiting) == 0, count(60, 300))
    assert house.inside("verify_money", given=owing | {"paid": True}) == []
    assert worker.poll() is None, "the worker lives through it"


def seen(house: House, job: int) -> int:
    """How far a job has come."""
    return int(house.value("SELECT done FROM jobs_job WHERE id = %s", job) or 0)


def sure(house: House, receipt: int, token: str) -> int:
    """Allocate a receipt, asking again with the same key until there is an answer."""
    for _again in range(600):
        status, body, _headers = house.call("POST", f"receipts/{receipt}/allocate-oldest", {}, token, Idempotency_Key=f"receipt {receipt}")
        if status not in (0, 429, 500, 503):
            assert status == 200, body[:500]
            return status
        time.sleep(0.1)
    return 0
