# ruff: noqa: S608  every name in this SQL comes from a declaration, none from a user
"""The periods of one table's temporal columns: the span table and the triggers that keep it. span_apply.py applies a change.

A span row says: from valid_from to valid_to the record had these values; the database believed so from recorded_at to
recorded_to. Rows exist only for the time a record lives. Open ends are FAR. No foreign key: a purged record keeps its past.
"""

from __future__ import annotations

from . import span_apply
from .base_sql import ACTOR, EVENT, HEAD
from .tracked import FAR, Tracked

FEW = 20  # see audit_sql.FEW


def table_sql(t: Tracked) -> str:
    """The span table. Repeatable: a column named later is added with NULL (unknown) in old periods; one named no more is kept."""
    add = "\n".join(f'ALTER TABLE public.{t.span} ADD COLUMN IF NOT EXISTS "{c}" {t.type_of(c)};' for c in t.temporal)
    retype = "\n".join(
        f"""  IF format_type({_attribute(t.span, c)}) <> format_type({_attribute(t.table, c)}) THEN
    EXECUTE format('ALTER TABLE public.{t.span} ALTER COLUMN %I TYPE %s', '{c}', format_type({_attribute(t.table, c)}));
  END IF;"""
        for c in t.temporal
    )
    return f"""
CREATE TABLE IF NOT EXISTS public.{t.span} (
  span_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id bigint NOT NULL,
  valid_from timestamptz NOT NULL,
  valid_to timestamptz NOT NULL DEFAULT '{FAR}',
  recorded_at timestamptz NOT NULL,
  recorded_to timestamptz NOT NULL DEFAULT '{FAR}',
  is_correction boolean NOT NULL DEFAULT false,
  actor bigint,
  event bigint,
  CONSTRAINT {t.span}_order CHECK (valid_from < valid_to)
);
{add}
DO $body$ BEGIN
{retype}
  IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = '{t.span}_apart') THEN
    ALTER TABLE public.{t.span} ADD CONSTRAINT {t.span}_apart
      EXCLUDE USING gist (id WITH =, tstzrange(valid_from, valid_to) WITH &&) WHERE (recorded_to = '{FAR}');
  END IF;
END $body$;
CREATE INDEX IF NOT EXISTS {t.span}_of ON public.{t.span} (id, valid_from);
CREATE INDEX IF NOT EXISTS {t.span}_open ON public.{t.span} (id) WHERE recorded_to = '{FAR}' AND valid_to = '{FAR}';
-- spans are closed in place: readers on the index alone need the visibility map kept up
ALTER TABLE public.{t.span} SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
"""


def _attribute(table: str, column: str) -> str:
    found = f"FROM pg_attribute WHERE attrelid = 'public.{table}'::regclass AND attname = '{column}'"
    return f"(SELECT atttypid {found}), (SELECT atttypmod {found})"


def undo(t: Tracked) -> str:
    """Takes triggers and functions away; the periods stay."""
    drops = "".join(f'DROP TRIGGER IF EXISTS {t.table}_span_{event} ON public."{t.table}";\n' for event in ("ins", "upd", "del"))
    return drops + "".join(f"DROP FUNCTION IF EXISTS {signature};\n" for signature in _functions(t))


def open_to_app(t: Tracked) -> tuple[str, ...]:
    """Signatures of the guarded functions the application may call."""
    return f"history.{t.span}_correct(bigint, timestamptz, timestamptz, jsonb)", f"history.{t.span}_load(jsonb)"


def _functions(t: Tracked) -> tuple[str, ...]:
    return f"history.{t.span}_write()", f"history.{t.span}_align()", *open_to_app(t)


def sql(t: Tracked) -> str:
    """Functions and triggers, and periods for rows that are older than the declaration."""
    table, trigger = f'public."{t.table}"', f"FOR EACH STATEMENT EXECUTE FUNCTION history.{t.span}_write()"
    closed = "\n".join(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC;" for signature in _functions(t))
    return f"""
{undo(t)}
{_write(t)}
{_align(t)}
{_correct(t)}
{_load(t)}
{closed}
CREATE TRIGGER {t.table}_span_ins AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows {trigger};
CREATE TRIGGER {t.table}_span_upd AFTER UPDATE ON {table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows {trigger};
CREATE TRIGGER {t.table}_span_del AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows {trigger};
SELECT history.{t.span}_align();
"""


def _alive(t: Tracked, row: str) -> str:
    return "(" + (" AND ".join(f'{row}."{c}" IS NULL' for c in t.alive) or "true") + ")"


def _columns(t: Tracked, row: str = "") -> str:
    return ", ".join(f'{row}."{c}"' if row else f'"{c}"' for c in t.temporal)


def _planned(static: str, into: str, indent: str = "    ") -> str:
    """The statement with a kept plan for few rows and a fresh one for many; `at_time` is the only variable it reads."""
    fresh = static.replace("«v»", "$1")
    return f"""IF few THEN
{indent}  {static.replace("«v»", "at_time")} INTO {into};
{indent}ELSE
{indent}  EXECUTE $many${fresh}$many$ INTO {into} USING at_time;
{indent}END IF;"""


def _sweep(t: Tracked, ids: str) -> str:
    """A span made and superseded in one transaction was never believed by anybody."""
    return f"""IF trash > 0 THEN
      DELETE FROM public.{t.span} s WHERE s.recorded_to = s.recorded_at AND s.recorded_at = now() AND s.id IN ({ids});
    END IF;"""


def _write(t: Tracked) -> str:
    # CASE keeps the planner from guessing that one row in 200 is NULL, twice, and so from a nested loop over all pairs
    pk, o, n = f'"{t.pk}"', *(f"(CASE WHEN {_alive(t, row)} THEN true ELSE false END)" for row in "on")
    differs = f"(({_columns(t, 'o')}) IS DISTINCT FROM ({_columns(t, 'n')}) OR {o} <> {n})"
    pairs = f"old_rows o JOIN new_rows n ON n.{pk} = o.{pk}"
    now_c = ", ".join(f'n."{c}" AS c_{c}' for c in t.temporal)
    now_m = ", ".join(f'o."{c}" IS DISTINCT FROM n."{c}" AS m_{c}' for c in t.temporal)
    nothing = ", ".join(f"NULL::{t.type_of(c)} AS c_{c}, false AS m_{c}" for c in t.temporal)
    updated = span_apply.sql(
        t,
        f"SELECT n.{pk} AS id, «v» AS v, '{FAR}'::timestamptz AS v_end, {n} AS alive, {o} AS was, {now_c}, {now_m}"
        f" FROM {pairs} WHERE ({o} OR {n}) AND {differs}",
    )
    deleted = span_apply.sql(
        t,
        f"SELECT o.{pk} AS id, «v» AS v, '{FAR}'::timestamptz AS v_end, false AS alive, true AS was, {nothing}"
        f" FROM old_rows o WHERE {o}",
    )
    counted = f"SELECT count(*) FROM {pairs} WHERE ({o} OR {n}) AND {differs}"
    ordinary = f"""WITH closed AS (
        UPDATE public.{t.span} s SET valid_to = now() FROM {pairs}
        WHERE s.id = n.{pk} AND s.recorded_to = '{FAR}' AND s.valid_to = '{FAR}' AND s.valid_from < now()
          AND {o} AND {n} AND {differs}
        RETURNING n.*
      ), opened AS (
        INSERT INTO public.{t.span} (id, valid_from, recorded_at, actor, event, {_columns(t)})
        SELECT n.{pk}, now(), now(), {ACTOR}, {EVENT}, {_columns(t, "n")} FROM closed n RETURNING 1
      ) SELECT count(*) FROM opened"""
    since = "".join(f""" WHEN '{c}' THEN n."{c}" """ for c in t.valid_since)
    begin = f"coalesce(CASE by_column{since} END, at_time, now())" if since else "coalesce(at_time, now())"
    return f"""
CREATE FUNCTION history.{t.span}_write() RETURNS trigger LANGUAGE plpgsql {HEAD} AS $body$
DECLARE
  at_time timestamptz := nullif(current_setting('pellucid.valid_at', true), '')::timestamptz;
  by_column text := nullif(current_setting('pellucid.valid_by', true), '');
  few boolean;
  changed bigint;
  done bigint;
  trash bigint;
BEGIN
  IF at_time > now() THEN
    RAISE EXCEPTION 'valid_at % lies in the future', at_time USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO public.{t.span} (id, valid_from, recorded_at, actor, event, {_columns(t)})
    SELECT n.{pk}, {begin}, now(), {ACTOR}, {EVENT}, {_columns(t, "n")} FROM new_rows n WHERE {n};
    IF by_column IS NOT NULL AND EXISTS (SELECT FROM new_rows n WHERE {begin} > now()) THEN
      RAISE EXCEPTION 'a row begins in the future (%)', by_column USING ERRCODE = 'invalid_parameter_value';
    END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    few := (SELECT count(*) <= {FEW} FROM (SELECT FROM new_rows LIMIT {FEW + 1}) x);
    {_planned(counted, "changed")}
    IF changed = 0 THEN
      RETURN NULL;
    END IF;
    IF at_time IS NULL THEN  -- the everyday case: close the open span, open the next; whatever is left over takes the long way
      {_planned(ordinary, "done", "      ")}
      IF done = changed THEN
        RETURN NULL;
      END IF;
    END IF;
    {_planned(updated, "trash")}
    {_sweep(t, f"SELECT n.{pk} FROM new_rows n")}
  ELSE
    few := (SELECT count(*) <= {FEW} FROM (SELECT FROM old_rows LIMIT {FEW + 1}) x);
    {_planned(deleted, "trash")}
    {_sweep(t, f"SELECT o.{pk} FROM old_rows o")}
  END IF;
  RETURN NULL;
END $body$;"""


def _align(t: Tracked) -> str:
    """Rows whose open span is missing or says something else get their values from now on: what was before stays unknown."""
    m = ", ".join(f's."{c}" IS DISTINCT FROM r."{c}" AS m_{c}' for c in t.temporal)
    c = ", ".join(f'r."{c}" AS c_{c}' for c in t.temporal)
    table, pk = f'public."{t.table}"', f'r."{t.pk}"'
    changed = f"""SELECT {pk} AS id, NULL::timestamptz AS v, '{FAR}'::timestamptz AS v_end, true AS alive,
        s.id IS NOT NULL AS was, {c}, {m}
      FROM {table} r LEFT JOIN public.{t.span} s ON s.id = {pk} AND s.recorded_to = '{FAR}' AND s.valid_to = '{FAR}'
      WHERE {_alive(t, "r")} AND (s.id IS NULL OR ({_columns(t, "s")}) IS DISTINCT FROM ({_columns(t, "r")}))"""
    dead = f"""UPDATE public.{t.span} s SET valid_to = greatest(now(), s.valid_from + interval '1 microsecond')
    WHERE s.recorded_to = '{FAR}' AND s.valid_to = '{FAR}'
      AND NOT EXISTS (SELECT FROM {table} r WHERE {pk} = s.id AND {_alive(t, "r")})"""
    return f"""
CREATE FUNCTION history.{t.span}_align() RETURNS bigint LANGUAGE plpgsql {HEAD} AS $body$
DECLARE
  trash bigint;
BEGIN
  LOCK TABLE public."{t.table}" IN SHARE ROW EXCLUSIVE MODE;
  {dead};
  {span_apply.sql(t, changed)} INTO trash;
  IF trash > 0 THEN
    DELETE FROM public.{t.span} s WHERE s.recorded_to = s.recorded_at AND s.recorded_at = now();
  END IF;
  RETURN trash;
END $body$;"""


def _correct(t: Tracked) -> str:
    """A correction of a past, ended period; the row of today is not touched. It leaves a line of its own in the audit."""
    c = ", ".join(f"(p_changes ->> '{c}')::{t.type_of(c)} AS c_{c}, p_changes ? '{c}' AS m_{c}" for c in t.temporal)
    known = ", ".join(f"'{c}'" for c in t.temporal)
    return f"""
CREATE FUNCTION history.{t.span}_correct(p_id bigint, p_from timestamptz, p_to timestamptz, p_changes jsonb) RETURNS bigint
LANGUAGE plpgsql {HEAD} AS $body$
DECLARE
  trash bigint;
BEGIN
  -- "until now", said within a transaction, is a little later than its now()
  p_to := CASE WHEN p_to > now() AND p_to <= clock_timestamp() THEN now() ELSE p_to END;
  IF p_to IS NULL OR p_to > now() OR p_from >= p_to THEN
    RAISE EXCEPTION 'a correction needs a period that has ended' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF p_changes - ARRAY[{known}] <> '{{}}' OR p_changes = '{{}}' THEN
    RAISE EXCEPTION 'only temporal columns can be corrected, not %', p_changes - ARRAY[{known}]
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- one writer per record; a record that was purged has none
  PERFORM FROM public."{t.table}" r WHERE r."{t.pk}" = p_id FOR NO KEY UPDATE;
  {span_apply.sql(t, f"SELECT p_id AS id, p_from AS v, p_to AS v_end, true AS alive, true AS was, {c}")} INTO trash;
  IF trash > 0 THEN
    DELETE FROM public.{t.span} s WHERE s.recorded_to = s.recorded_at AND s.recorded_at = now() AND s.id = p_id;
  END IF;
  INSERT INTO history.audit (at, txid, tbl, row_id, op, actor, event, new)
  VALUES (now(), pg_current_xact_id(), '{t.table}', p_id, 'C', {ACTOR}, {EVENT},
    p_changes || jsonb_build_object('valid_from', p_from, 'valid_to', p_to));
  RETURN trash;
END $body$;"""


def _load(t: Tracked) -> str:
    """Whole histories, for rows inserted in this very transaction only: what anybody has believed once cannot be loaded away.

    Each period is {id, valid_from, valid_to?, columns...}; valid_to defaults to the next beginning. The last period of a living
    row is open and says what the row says.
    """
    record = ", ".join(f'"{c}" {t.type_of(c)}' for c in t.temporal)
    return f"""
CREATE FUNCTION history.{t.span}_load(p_periods jsonb) RETURNS bigint LANGUAGE plpgsql {HEAD} AS $body$
DECLARE
  ids bigint[] := ARRAY(SELECT DISTINCT (p ->> 'id')::bigint FROM jsonb_array_elements(p_periods) p);
  stranger bigint;
  loaded bigint;
BEGIN
  SELECT i INTO stranger FROM unnest(ids) i WHERE NOT EXISTS (SELECT FROM history.audit a
    WHERE a.tbl = '{t.table}' AND a.row_id = i AND a.at = now() AND a.op = 'I' AND a.txid = pg_current_xact_id()) LIMIT 1;
  IF stranger IS NOT NULL THEN
    RAISE EXCEPTION 'row % was not inserted in this transaction: its past cannot be loaded', stranger
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  DELETE FROM public.{t.span} s WHERE s.id = ANY (ids) AND s.recorded_at = now();
  INSERT INTO public.{t.span} (id, valid_from, valid_to, recorded_at, actor, event, {_columns(t)})
  SELECT p.id, p.valid_from, coalesce(p.valid_to, lead(p.valid_from) OVER (PARTITION BY p.id ORDER BY p.valid_from), '{FAR}'),
    now(), {ACTOR}, {EVENT}, {_columns(t, "p")}
  FROM jsonb_to_recordset(p_periods) AS p (id bigint, valid_from timestamptz, valid_to timestamptz, {record});
  GET DIAGNOSTICS loaded = ROW_COUNT;
  SELECT r."{t.pk}" INTO stranger FROM public."{t.table}" r
  LEFT JOIN public.{t.span} s ON s.id = r."{t.pk}" AND s.recorded_to = '{FAR}' AND s.valid_to = '{FAR}'
  WHERE r."{t.pk}" = ANY (ids) AND ({_alive(t, "r")} <> (s.id IS NOT NULL)
    OR s.id IS NOT NULL AND ({_columns(t, "s")}) IS DISTINCT FROM ({_columns(t, "r")})) LIMIT 1;
  IF stranger IS NOT NULL THEN
    RAISE EXCEPTION 'the last period of row % does not say what the row says', stranger USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF EXISTS (SELECT FROM public.{t.span} s WHERE s.id = ANY (ids) AND s.recorded_at = now()
             AND (s.valid_from > now() OR s.valid_to > now() AND s.valid_to < '{FAR}')) THEN
    RAISE EXCEPTION 'a period begins or ends in the future' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN loaded;
END $body$;"""
