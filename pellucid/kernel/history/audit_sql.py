# ruff: noqa: S608  every name in this SQL comes from a declaration, none from a user
"""The audit triggers of one table: one line per changed row of every INSERT, UPDATE, DELETE and COPY."""

from __future__ import annotations

from .base_sql import ACTOR, EVENT, HEAD
from .tracked import Tracked

FEW = 20  # rows up to which a kept plan is right; above, a statement is planned afresh for the size of its transition tables


def names(t: Tracked) -> tuple[str, ...]:
    """The triggers of a table."""
    return tuple(f"{t.table}_audit_{event}" for event in ("ins", "upd", "del", "trunc", "id"))


def undo(t: Tracked) -> str:
    """Takes triggers and function away; the lines stay."""
    drops = "".join(f'DROP TRIGGER IF EXISTS {name} ON public."{t.table}";\n' for name in names(t))
    return drops + f"DROP FUNCTION IF EXISTS history.{t.table}_audit();"


def sql(t: Tracked) -> str:
    """The function, its triggers, and the list of what is personal."""
    update = _update(t)
    table, pk, run = f'public."{t.table}"', f'"{t.pk}"', f"FOR EACH STATEMENT EXECUTE FUNCTION history.{t.table}_audit()"
    personal = ", ".join(f"('{t.table}', '{key}', '{t.pk}')" for key in ["", *sorted(t.personal)])
    return f"""
CREATE OR REPLACE FUNCTION history.{t.table}_audit() RETURNS trigger LANGUAGE plpgsql {HEAD} AS $body$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (SELECT count(*) <= {FEW} FROM (SELECT FROM new_rows LIMIT {FEW + 1}) few) THEN
      {update};
    ELSE
      EXECUTE $many${update}$many$;
    END IF;
  ELSIF TG_OP = 'INSERT' THEN
    {_whole(t, "I", "new_rows", "new")};
  ELSE
    {_whole(t, "D", "old_rows", "old")};
  END IF;
  RETURN NULL;
END $body$;
REVOKE ALL ON FUNCTION history.{t.table}_audit() FROM PUBLIC;
{undo(t).rsplit("DROP FUNCTION", 1)[0]}
CREATE TRIGGER {t.table}_audit_ins AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows {run};
CREATE TRIGGER {t.table}_audit_upd AFTER UPDATE ON {table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows {run};
CREATE TRIGGER {t.table}_audit_del AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows {run};
CREATE TRIGGER {t.table}_audit_trunc BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION history.no_truncate();
CREATE TRIGGER {t.table}_audit_id BEFORE UPDATE OF {pk} ON {table} FOR EACH ROW
  WHEN (OLD.{pk} IS DISTINCT FROM NEW.{pk}) EXECUTE FUNCTION history.no_new_id();
DELETE FROM history.personal WHERE tbl = '{t.table}';
INSERT INTO history.personal (tbl, key, pk) VALUES {personal};
"""


def _list(alias: str, columns: list[str]) -> str:
    return ", ".join(f'{alias}."{name}"' for name in columns)


def _object(extra: str) -> str:
    return f"CASE WHEN jsonb_typeof({extra}) = 'object' THEN {extra} ELSE '{{}}' END"


def _version(t: Tracked, row: str) -> str:
    return f"{row}.version" if t.versioned else "NULL::integer"


def _whole(t: Tracked, op: str, rows: str, side: str) -> str:
    """A line with the whole row: custom fields stand beside the columns, so that erasure by key finds them."""
    lifted = f' || {_object(f"""r."{t.extra}" """)}' if t.extra else ""
    return f"""INSERT INTO history.audit (at, txid, tbl, row_id, op, actor, event, version, {side})
    SELECT now(), pg_current_xact_id(), '{t.table}', r."{t.pk}", '{op}', {ACTOR}, {EVENT}, {_version(t, "r")},
      to_jsonb(whole_row){lifted}
    FROM {rows} r, LATERAL (SELECT {_list("r", t.audit_columns)}) whole_row"""


def _update(t: Tracked) -> str:
    """A line with the changed keys only. The columns are written out: ten times cheaper than comparing JSON key by key."""
    columns = t.audit_columns
    compared = [*columns, t.extra] if t.extra else columns
    same = ", ".join(f"""CASE WHEN o."{name}" IS NOT DISTINCT FROM n."{name}" THEN '{name}' END""" for name in columns)
    old, new = "to_jsonb(old_row) - d.same", "to_jsonb(new_row) - d.same"
    if t.extra:
        o, n = _object(f'o."{t.extra}"'), _object(f'n."{t.extra}"')
        changed = f'o."{t.extra}" IS NOT DISTINCT FROM n."{t.extra}"'
        old = f"CASE WHEN {changed} THEN {old} ELSE ({old}) || history.minus({o}, {n}) END"
        new = f"CASE WHEN {changed} THEN {new} ELSE ({new}) || history.minus({n}, {o}) END"
    return f"""INSERT INTO history.audit (at, txid, tbl, row_id, op, actor, event, version, old, new)
      SELECT now(), pg_current_xact_id(), '{t.table}', n."{t.pk}", 'U', {ACTOR}, {EVENT}, {_version(t, "n")}, {old}, {new}
      FROM old_rows o JOIN new_rows n ON n."{t.pk}" = o."{t.pk}",
        LATERAL (SELECT {_list("o", columns)}) old_row, LATERAL (SELECT {_list("n", columns)}) new_row,
        LATERAL (SELECT array_remove(ARRAY[{same}], NULL) AS same OFFSET 0) d
      WHERE ({_list("o", compared)}) IS DISTINCT FROM ({_list("n", compared)})"""
