"""What the application's role may and may not do to the past."""

from __future__ import annotations

import psycopg
import pytest

from tests.kernel.history.test_audit import lines, new

REFUSED = [
    "INSERT INTO history.audit (at, txid, tbl, row_id, op) VALUES (now(), pg_current_xact_id(), 'thing', 1, 'U')",
    "UPDATE history.audit SET new = NULL",
    "DELETE FROM history.audit",
    "DELETE FROM history.audit_default",
    "TRUNCATE history.audit",
    "DROP TABLE history.audit_default",
    "INSERT INTO history.personal VALUES ('thing', 'stage', 'id')",
    "INSERT INTO thing_span (id, valid_from, recorded_at) VALUES (1, now(), now())",
    "UPDATE thing_span SET stage = 1",
    "DELETE FROM thing_span",
    "TRUNCATE thing_span",
    "TRUNCATE thing",
    "UPDATE thing SET id = id + 1",
    "ALTER TABLE thing DISABLE TRIGGER ALL",
    "DROP TRIGGER thing_audit_upd ON thing",
    "ALTER TABLE thing_span DROP CONSTRAINT thing_span_apart",
    "SET session_replication_role = replica",
    "SELECT history.erase('thing', '{1}', '{name}', 'x')",
    "SELECT history.drop_month(now()::date, 0, 'x', repeat('0', 64))",
    "SELECT history.drop_month((now() - interval '6 months')::date, 0, 'x', repeat('0', 64))",
    "SELECT history.thing_span_align()",
    "CREATE FUNCTION history.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TEMP TABLE thing (LIKE public.thing); CREATE TRIGGER forged AFTER INSERT ON pg_temp.thing"
    " REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION history.thing_audit()",
    "CREATE TRIGGER mine BEFORE UPDATE ON thing FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "UPDATE derived_object SET undo = ''",
    "DELETE FROM derived_object",
]  # fmt: skip


@pytest.mark.parametrize("statement", REFUSED)
def test_the_application_cannot_touch_the_past(application: psycopg.Connection, statement: str) -> None:
    new(application)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), application.transaction():
        application.execute(statement)


def test_its_ordinary_writes_reach_both_stores(application: psycopg.Connection) -> None:
    [i] = new(application)
    application.execute("UPDATE thing SET stage = 2 WHERE id = %s", [i])
    application.execute("DELETE FROM thing WHERE id = %s", [i])
    assert [op for op, _, _ in lines(application, i)] == ["I", "U", "D"]
    assert application.execute("SELECT count(*) FROM thing_span WHERE id = %s", [i]).fetchone() == (2,)


@pytest.mark.parametrize("setting", ["pellucid.spans = 'loaded'", "search_path = pg_temp, public", "pellucid.valid_by = 'no'"])
def test_no_setting_switches_the_triggers_off(application: psycopg.Connection, setting: str) -> None:
    [i] = new(application)
    with application.transaction():
        application.execute(f"SET LOCAL {setting}")
        application.execute("CREATE TEMP TABLE thing_span (id bigint) ON COMMIT DROP")
        application.execute("UPDATE public.thing SET stage = 2 WHERE id = %s", [i])
    assert [op for op, _, _ in lines(application, i)] == ["I", "U"]
    assert application.execute("SELECT count(*) FROM public.thing_span WHERE id = %s", [i]).fetchone() == (2,)


def test_months_may_be_made_by_the_worker(application: psycopg.Connection) -> None:
    assert application.execute("SELECT history.make_months(3)").fetchone() == (0,)
