"""Derived database objects follow their declarations, whoever asks and however often."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.state import ProjectState

from pellucid.kernel.records import baseline, derived
from pellucid.kernel.records.derived import Derived
from tests import counts, databases

TRIGGER = Derived(
    "note trigger",
    "CREATE FUNCTION note_said() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
    "CREATE TRIGGER note_said BEFORE UPDATE ON note FOR EACH ROW EXECUTE FUNCTION note_said();",
    "DROP TRIGGER IF EXISTS note_said ON note; DROP FUNCTION IF EXISTS note_said();",
)
INDEX = Derived("note index", "CREATE INDEX note_text ON note (text)", "DROP INDEX IF EXISTS note_text", concurrently=True)


@pytest.fixture
def declare(empty_database: str, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Declares the objects given, in a database with one table that Django's connection looks at."""
    before = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        databases.use(empty_database)
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE note (id bigint PRIMARY KEY, text text)")

        def declared(*items: Derived) -> None:
            monkeypatch.setattr(derived, "_sources", {"test": lambda: items})

        declared()
        yield declared
        databases.use(before)


def ask(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def there(name: str) -> bool:
    found = "SELECT EXISTS (SELECT FROM pg_class WHERE relname = '{0}') OR EXISTS (SELECT FROM pg_trigger WHERE tgname = '{0}')"
    return ask(found.format(name))


def test_objects_are_made_replaced_and_dropped(declare: Any) -> None:
    declare(TRIGGER, INDEX)
    assert derived.sync().made == ["note trigger", "note index"]
    assert there("note_said") and there("note_text")
    assert derived.sync() == derived.Report()
    changed = Derived("note index", "CREATE INDEX note_id_text ON note (id, text)", "DROP INDEX IF EXISTS note_id_text")
    declare(changed)
    report = derived.sync()
    assert (report.made, report.dropped) == (["note index"], ["note trigger"])
    assert there("note_id_text") and not there("note_text") and not there("note_said")
    declare()
    assert derived.sync().dropped == ["note index"]
    assert ask("SELECT count(*) FROM derived_object") == 0


def test_a_failed_change_leaves_the_old_version(declare: Any) -> None:
    declare(TRIGGER)
    derived.sync()
    declare(Derived("note trigger", "CREATE TRIGGER note_said BEFORE UPDATE ON note FOR EACH ROW EXECUTE FUNCTION nothing()"))
    with pytest.raises(Exception, match="nothing"):
        derived.sync()
    assert there("note_said")
    declare(TRIGGER)
    assert derived.sync() == derived.Report()


def test_what_got_lost_is_made_again(declare: Any) -> None:
    """A migration that makes a table anew takes its triggers and indexes with it."""
    declare(TRIGGER, INDEX)
    derived.sync()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE note; CREATE TABLE note (id bigint PRIMARY KEY, text text)")
    assert derived.sync().made == ["note trigger", "note index"]
    assert there("note_said") and there("note_text")


def test_an_index_on_a_big_table_lets_writers_pass(declare: Any) -> None:
    """A writer in the middle of its work does not make further writers wait; the index comes when he is done."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO note SELECT g, g::text FROM generate_series(1, 20000) g; ANALYZE note")
    said: list[str] = []
    writes: list[str] = []
    declare(INDEX)
    with databases.administer(connection.settings_dict["NAME"]) as writer, databases.administer(writer.info.dbname) as other:
        writer.execute("BEGIN")
        writer.execute("UPDATE note SET text = 'x' WHERE id = 1")

        def meanwhile() -> None:
            waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            while not other.execute(waits).fetchone()[0]:
                time.sleep(0.01)
            other.execute("SET lock_timeout = '2s'")
            other.execute("UPDATE note SET text = 'y' WHERE id = 2")
            writes.append("written")
            writer.execute("COMMIT")

        thread = threading.Thread(target=meanwhile)
        thread.start()
        derived.sync(say=said.append)
        thread.join()
    assert writes == ["written"]
    assert there("note_text")
    assert any("big table" in line for line in said)


def test_a_half_built_index_is_built_again(declare: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO note SELECT g, 'same' FROM generate_series(1, 20000) g; ANALYZE note")
    declare(replace(INDEX, sql="CREATE UNIQUE INDEX note_text ON note (text)"))
    with pytest.raises(Exception, match="duplicate"):
        derived.sync()
    assert ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'note_text'::regclass") is False
    with connection.cursor() as cursor:
        cursor.execute("UPDATE note SET text = id")
    assert derived.sync().made == ["note index"]
    assert ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'note_text'::regclass") is True


def test_processes_that_start_together_wait_for_each_other(declare: Any, django_db_blocker: Any) -> None:
    slow = Derived("slow", "SELECT pg_sleep(0.3); CREATE TABLE once (id int)", "DROP TABLE IF EXISTS once")
    declare(slow, TRIGGER, INDEX)
    reports, said, errors = [], [], []
    name = connection.settings_dict["NAME"]

    def start() -> None:
        with django_db_blocker.unblock():
            own = connections["default"]
            try:
                own.settings_dict["NAME"] = name
                reports.append(derived.sync(own, said.append))
            except Exception as error:
                errors.append(error)
            finally:
                own.close()

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert sorted(len(report.made) for report in reports) == [0, 0, 3]
    assert any("another process" in line for line in said)


def test_a_busy_table_is_waited_for(declare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "PATIENCE", "50ms")
    declare(TRIGGER)
    said: list[str] = []
    with databases.administer(connection.settings_dict["NAME"]) as writer:
        writer.execute("BEGIN")
        writer.execute("LOCK TABLE note IN ROW EXCLUSIVE MODE")
        threading.Timer(0.4, lambda: writer.execute("COMMIT")).start()
        derived.sync(say=said.append)
    assert there("note_said")
    assert any("busy" in line for line in said)


def test_the_application_reads_and_writes_but_not_what_is_read_only(declare: Any, settings: Any) -> None:
    role = settings.PELLUCID_APP_ROLE = settings.PELLUCID_APP_ROLE or "pellucid_app"
    past = Derived("past", "CREATE TABLE past (id int); CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';"
                   "REVOKE ALL ON FUNCTION f(int) FROM PUBLIC", read_only=("past",), callable=("public.f(int)",))  # fmt: skip
    declare(past)
    derived.sync()

    def may(table: str) -> list[str]:
        words = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
        return [word for word in words if ask(f"SELECT has_table_privilege('{role}', '{table}', '{word}')")]

    assert may("note") == ["SELECT", "INSERT", "UPDATE", "DELETE"]
    assert may("past") == may("derived_object") == ["SELECT"]
    assert ask(f"SELECT has_function_privilege('{role}', 'f(int)', 'EXECUTE')")
    with connection.cursor() as cursor:  # a table that a later migration brings
        cursor.execute("CREATE TABLE later (id int)")
    assert derived.sync() == derived.Report()
    assert may("later") == ["SELECT", "INSERT", "UPDATE", "DELETE"]
    with connection.cursor() as cursor:  # a pass that was killed before it could grant
        cursor.execute(f'REVOKE ALL ON FUNCTION f(int) FROM "{role}"')
    derived.sync()
    assert ask(f"SELECT has_function_privilege('{role}', 'f(int)', 'EXECUTE')")


def test_two_objects_of_one_name_are_refused(declare: Any) -> None:
    declare(TRIGGER, TRIGGER)
    with pytest.raises(ImproperlyConfigured, match="note trigger"):
        derived.sync()


def shape() -> dict[str, list[tuple[Any, ...]]]:
    """What tables, constraints, indexes and extensions there are, whatever order they were made in."""
    asked = {
        "columns": "SELECT table_name, column_name, data_type, udt_name, character_maximum_length, numeric_precision, numeric_scale, is_nullable,"
        " column_default, is_identity, identity_generation, generation_expression, collation_name FROM information_schema.columns"
        " WHERE table_schema = 'public'",
        "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
        "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "extensions": "SELECT extname FROM pg_extension",
        "migrations": "SELECT app, name FROM django_migrations",
    }
    found = {}
    with connection.cursor() as cursor:
        for what, sql in asked.items():
            cursor.execute(sql)
            found[what] = sorted(cursor.fetchall(), key=str)
    return found


@pytest.fixture
def models_drawn_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step draws anew the one model it changes, instead of all that are linked with it by however many links: nine tenths of a walk are
    that. Steps that mend rows get all of them fresh, as ever."""

    def alone(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:
        if "apps" in state.__dict__:
            state.is_delayed = True
            state._reload({(app_label, model_name)})

    if not counts.PROOF:
        monkeypatch.setattr(ProjectState, "reload_model", alone)


@pytest.mark.dear
def test_migrate_brings_them_when_nothing_is_left_to_apply(declare: Any, models_drawn_alone: None, capsys: pytest.CaptureFixture[str]) -> None:
    """The same test sees that an empty database made at once is what migrating step by step makes of one: walking all the steps is slow."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE note")
    assert baseline.build(connection)
    at_once = shape()
    assert not baseline.build(connection)
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE note (id bigint PRIMARY KEY, text text)")
    declare(TRIGGER)
    call_command("migrate", "contenttypes", verbosity=1)
    assert "left as they are" in capsys.readouterr().out
    assert not there("note_said")
    call_command("migrate", verbosity=1)
    assert "1 to make" in capsys.readouterr().out
    assert there("note_said")
    call_command("migrate", plan=True, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE note CASCADE; DROP TABLE derived_object")
    step_by_step = shape()
    for what, rows in at_once.items():
        assert sorted(set(rows) ^ set(step_by_step[what]), key=str) == [], what


@pytest.mark.django_db
def test_the_products_own_are_in_place() -> None:
    make, drop = derived.pending(connection)
    assert (make, drop) == ([], [])
    assert not derived._grants_missing(connection, derived.declared(connection))
