"""What leaves by the month: the audit into a file that can be read without knowing anybody's phone, the outbox for good."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import io
import json
from typing import Any

import psycopg
import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.utils import timezone

from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import run
from pellucid.kernel.actions.settings import setting_set
from pellucid.kernel.history import retention
from pellucid.kernel.jobs.checks import checks
from pellucid.kernel.resources.models import CustomField
from tests import databases
from tests.kernel.jobs.test_chores import done

# The owner moves lines back in time over a session of its own, so what the tests do must be committed.
pytestmark = pytest.mark.django_db(transaction=True)
MONTHS = 37


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    }


def first_of(months_ago: int) -> dt.date:
    today = timezone.now().date()
    at = today.year * 12 + today.month - 1 - months_ago
    return dt.date(at // 12, at % 12 + 1, 1)


def owner() -> psycopg.Connection:
    return databases.administer(connection.settings_dict["NAME"])


def aged(months: int, where: str = "true") -> int:
    """Let what happened have happened long ago; answers how many lines of audit that are."""
    with owner() as session:
        moved = session.execute(f"UPDATE history.audit SET at = %s WHERE {where}", [f"{first_of(months)} 08:00+00"]).rowcount
        session.execute("SELECT history.make_months(3)")
    return moved


def asked(sql: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


def lines_of(name: str) -> list[dict[str, str]]:
    with default_storage.open(name, "rb") as file:
        return list(csv.DictReader(io.StringIO(gzip.decompress(file.read()).decode())))


def a_contact(world: Any) -> int:
    CustomField.objects.create(resource="contact", slug="hobby", label={"en": "Hobby"}, kind="text", personal=True)
    customer = world.customer("甲")
    said = {"customer": customer.pk, "name": "张秘密", "mobile": "13812345678", "x_hobby": "钓鱼", "position": "采购"}
    contact = run("contact_create", None, world.actor("alice"), values=said).record
    run("contact_update", contact.pk, world.actor("alice"), values={"mobile": "13987654321", "position": "总监"}, version=contact.version)
    return int(contact.pk)


def test_an_old_month_leaves_into_its_file(world: Any) -> None:
    pk = a_contact(world)
    lines = aged(MONTHS)
    world.customer("乙")
    young = asked("SELECT count(*) FROM history.audit") - lines
    assert young and retention.leaving() == [first_of(MONTHS)]
    assert done("kernel.retention").result == {"audit": 1, "lines": lines, "events": 0}
    assert asked("SELECT count(*) FROM history.audit WHERE at < %s", first_of(36)) == 0
    assert asked("SELECT count(*) FROM history.audit WHERE tbl <> 'history_audit'") == young

    name = f"archive/audit-{first_of(MONTHS):%Y-%m}.csv.gz"
    told = json.loads(asked("SELECT old::text FROM history.audit WHERE tbl = 'history_audit' AND row_id = %s", int(f"{first_of(MONTHS):%Y%m}")))
    with default_storage.open(name, "rb") as file:
        assert told == {"lines": lines, "file": name, "sha256": hashlib.sha256(file.read()).hexdigest()}
    written = lines_of(name)
    assert len(written) == lines
    made, changed = [line for line in written if line["tbl"] == "customers_contact" and line["row_id"] == str(pk)]
    assert (made["op"], made["action"], made["actor"]) == ("I", "contact.created", str(world.users["alice"].pk))
    new = json.loads(made["new"])
    assert (new["name"], new["mobile"], new["x_hobby"], new["position"]) == ("[personal]", "[personal]", "[personal]", "采购")
    assert json.loads(changed["new"])["position"] == "总监" and json.loads(changed["old"])["mobile"] == "[personal]"
    text = json.dumps(written, ensure_ascii=False)
    assert not [secret for secret in ("张秘密", "13812345678", "13987654321", "钓鱼") if secret in text]
    assert done("kernel.retention").result == {"audit": 0, "lines": 0, "events": 0}


def test_the_setting_says_how_long(world: Any) -> None:
    aged(12)
    assert retention.leaving() == []
    run("setting_set", None, world.actor("admin"), values={"history.audit_months": "11"})
    assert retention.leaving() == [first_of(12)] and retention.first_kept() == first_of(11)
    with pytest.raises(Exception, match=r"6.*1200"):
        setting_set(actor=world.actor("admin"), values={"history.audit_months": "5"})


def test_a_month_stays_when_its_file_does_not_hold_it_all(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = aged(MONTHS)
    made = retention.archive(first_of(MONTHS), [])
    with pytest.raises(Exception, match=f"has {lines - 1} lines"):
        retention.drop(retention.Archive(made.month, lines - 1, made.name, made.sha256))
    monkeypatch.setattr(FileSystemStorage, "open", lambda self, name, mode: io.BytesIO(b"other bytes"))
    with pytest.raises(OSError, match="read back"):
        retention.archive(first_of(MONTHS), [])
    assert asked("SELECT count(*) FROM history.audit WHERE at < %s", first_of(36)) == lines


def test_the_nightly_check_names_months_that_should_have_left(world: Any) -> None:
    aged(MONTHS + 4)
    assert list(checks["retention"]()) == [f"history.audit: {first_of(MONTHS + 4):%Y-%m} should have left"]
    done("kernel.retention")
    assert list(checks["retention"]()) == []


def test_events_stay_four_hundred_days(world: Any) -> None:
    customer = world.customer("甲")
    run("customer_comment", customer.pk, world.actor("alice"), {"text": "旧"})
    run_many("customer_reassign", [customer.pk], world.actor("sam"), {"owner": world.users["bob"].pk})
    before = asked("SELECT count(*) FROM events_event")
    old, part = first_of(15), f"events_event_{first_of(15):%Y%m}"
    with owner() as session:  # half of them in a month of their own, half in the net, one younger
        moved = session.execute(f"UPDATE events_event SET at = CASE WHEN id % 2 = 0 THEN timestamptz '{old} 08:00+00' ELSE '{first_of(20)}' END"
                                " WHERE name LIKE 'customer.%'").rowcount
        session.execute(f"CREATE TABLE {part} (LIKE events_event INCLUDING DEFAULTS)")
        session.execute(f"WITH m AS (DELETE FROM events_event_default WHERE at >= '{old}' RETURNING *) INSERT INTO {part} SELECT * FROM m")
        session.execute(f"ALTER TABLE events_event ATTACH PARTITION {part} FOR VALUES FROM ('{old} 00:00+00') TO ('{first_of(14)} 00:00+00')")
        session.execute("INSERT INTO events_event (at, name, door) VALUES (now() - interval '399 days', 'young', 'web')")
    assert moved >= 3
    assert done("kernel.retention").result["events"] == 1
    assert asked("SELECT count(*) FROM events_event WHERE name LIKE 'customer.%%'") == 0
    assert asked("SELECT count(*) FROM events_event") == before - moved + 1
    assert asked("SELECT count(*) FROM events_event WHERE name = 'young'") == 1
    for table in ("events_eventitem", "events_delivery"):
        assert asked(f"SELECT count(*) FROM {table} x WHERE NOT EXISTS (SELECT FROM events_event e WHERE e.id = x.event_id)") == 0
