# ruff: noqa: S608  every name in this SQL comes from a declaration, none from a user
"""The schema `history`: the audit table, its months, and the functions that every table shares. PostgreSQL 15 and newer.

Every function runs as the owner (SECURITY DEFINER), names everything in full and is closed to PUBLIC: a trigger function open to
all could be hung on a temporary table and made to write forged lines.
"""

from __future__ import annotations

HEAD = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
ACTOR = "nullif(pg_catalog.current_setting('pellucid.actor', true), '')::bigint"
EVENT = "nullif(pg_catalog.current_setting('pellucid.event', true), '')::bigint"

TABLES = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE SCHEMA IF NOT EXISTS history;
REVOKE ALL ON SCHEMA history FROM PUBLIC;
CREATE SEQUENCE IF NOT EXISTS history.audit_seq;  -- no CACHE: seq must follow the order in which one row was changed
CREATE TABLE IF NOT EXISTS history.audit (
  at timestamptz NOT NULL,
  seq bigint NOT NULL DEFAULT nextval('history.audit_seq'),
  txid xid8 NOT NULL,
  tbl text NOT NULL,
  row_id bigint NOT NULL,
  op "char" NOT NULL CHECK (op IN ('I', 'U', 'D', 'C', 'E')),  -- insert, update, delete, correction of a past period, erasure
  actor bigint,
  event bigint,
  version integer,  -- the row's own count of changes, after this one
  old jsonb,
  new jsonb
) PARTITION BY RANGE (at);
CREATE INDEX IF NOT EXISTS audit_row ON history.audit (tbl, row_id, seq);
CREATE INDEX IF NOT EXISTS audit_event ON history.audit (event) WHERE event IS NOT NULL;
CREATE TABLE IF NOT EXISTS history.audit_default PARTITION OF history.audit DEFAULT;
-- which keys an erasure may take out of the past
CREATE TABLE IF NOT EXISTS history.personal (tbl text NOT NULL, key text NOT NULL, pk text NOT NULL, PRIMARY KEY (tbl, key));
"""

MONTHS = f"""
CREATE OR REPLACE FUNCTION history.make_months(ahead integer DEFAULT 3) RETURNS integer LANGUAGE plpgsql {HEAD} AS $body$
DECLARE
  first date := date_trunc('month', now() AT TIME ZONE 'UTC');
  month date;
  part text;
  made integer := 0;
BEGIN
  -- two makers at once: the second waits and finds the months there
  PERFORM pg_advisory_xact_lock(hashtext('history.make_months'));
  FOR month IN
    SELECT generate_series(first, first + make_interval(months => least(ahead, 24)), '1 month')::date
    UNION SELECT date_trunc('month', at AT TIME ZONE 'UTC')::date FROM history.audit_default
  LOOP
    part := 'audit_' || to_char(month, 'YYYYMM');
    CONTINUE WHEN to_regclass('history.' || part) IS NOT NULL;
    EXECUTE format('CREATE TABLE history.%I (LIKE history.audit INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
    -- lines that fell into the net because nobody made their month in time
    EXECUTE format('WITH moved AS (DELETE FROM history.audit_default WHERE at >= %1$L AND at < %2$L RETURNING *)
                    INSERT INTO history.%3$I SELECT * FROM moved',
                   month::text || ' 00:00+00', (month + interval '1 month')::date::text || ' 00:00+00', part);
    EXECUTE format('ALTER TABLE history.audit ATTACH PARTITION history.%I FOR VALUES FROM (%L) TO (%L)',
                   part, month::text || ' 00:00+00', (month + interval '1 month')::date::text || ' 00:00+00');
    made := made + 1;
  END LOOP;
  RETURN made;
END $body$;
REVOKE ALL ON FUNCTION history.make_months(integer) FROM PUBLIC;
SELECT history.make_months(3);
"""

# The floor of six months stands here, in the owner's function: no setting and no fault of the application can go below it.
RETENTION = f"""
CREATE OR REPLACE FUNCTION history.drop_month(p_month date, p_lines bigint, p_file text, p_sha256 text) RETURNS boolean
LANGUAGE plpgsql {HEAD} AS $body$
DECLARE
  first date := date_trunc('month', p_month);
  part text := 'audit_' || to_char(p_month, 'YYYYMM');
  held bigint;
BEGIN
  IF (first + interval '1 month') AT TIME ZONE 'UTC' > now() - interval '6 months' THEN
    RAISE EXCEPTION 'the audit of the last six months stays' USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM set_config('lock_timeout', '4s', true);  -- every writer would queue behind a DROP that waits
  IF to_regclass('history.' || part) IS NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('SELECT count(*) FROM history.%I', part) INTO held;
  IF held <> p_lines OR length(p_sha256) <> 64 OR p_file = '' THEN
    RAISE EXCEPTION 'the file of % has % lines, the month has %', part, p_lines, held USING ERRCODE = 'insufficient_privilege';
  END IF;
  EXECUTE format('DROP TABLE history.%I', part);
  INSERT INTO history.audit (at, txid, tbl, row_id, op, actor, event, old)
  VALUES (now(), pg_current_xact_id(), 'history_audit', to_char(p_month, 'YYYYMM')::bigint, 'D', {ACTOR}, {EVENT},
    jsonb_build_object('lines', p_lines, 'file', p_file, 'sha256', p_sha256));
  RETURN true;
END $body$;
REVOKE ALL ON FUNCTION history.drop_month(date, bigint, text, text) FROM PUBLIC;
"""

SHARED = f"""
CREATE OR REPLACE FUNCTION history.minus(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
  SET search_path = pg_catalog, pg_temp AS $body$
  -- the keys in which a and b differ, with a's values; null where a has none
  SELECT coalesce(jsonb_object_agg(key, a -> key), '{{}}') FROM jsonb_object_keys(a || b) key
  WHERE a -> key IS DISTINCT FROM b -> key
$body$;
REVOKE ALL ON FUNCTION history.minus(jsonb, jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION history.no_new_id() RETURNS trigger LANGUAGE plpgsql {HEAD} AS $body$
BEGIN
  RAISE EXCEPTION 'the id of a row of % may not change', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $body$;
REVOKE ALL ON FUNCTION history.no_new_id() FROM PUBLIC;

CREATE OR REPLACE FUNCTION history.no_truncate() RETURNS trigger LANGUAGE plpgsql {HEAD} AS $body$
BEGIN
  RAISE EXCEPTION 'TRUNCATE of % would leave no history; delete the rows', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $body$;
REVOKE ALL ON FUNCTION history.no_truncate() FROM PUBLIC;
"""

# Erasure. The owner's `erase` changes the past; the application reaches it only through `erase_person`, which lets it take out
# what is declared personal and already gone from the row itself.
MARKED = """(SELECT jsonb_object_agg(k, CASE WHEN k = ANY (p_keys) AND v <> 'null' THEN to_jsonb(p_mark) ELSE v END)
      FROM jsonb_each({side}) AS t (k, v))"""
ERASURE = f"""
CREATE OR REPLACE FUNCTION history.erase(p_tbl text, p_ids bigint[], p_keys text[], p_mark text) RETURNS bigint
LANGUAGE plpgsql {HEAD} AS $body$
DECLARE
  changed bigint;
  spans text;
  col record;
BEGIN
  IF nullif(current_setting('pellucid.actor', true), '') IS NULL THEN
    RAISE EXCEPTION 'erasure needs an actor' USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE history.audit SET
    old = {MARKED.format(side="old")},
    new = {MARKED.format(side="new")}
  WHERE tbl = p_tbl AND row_id = ANY (p_ids) AND op <> 'E' AND (old ?| p_keys OR new ?| p_keys);
  GET DIAGNOSTICS changed = ROW_COUNT;
  spans := format('public.%I', p_tbl || '_span');
  IF to_regclass(spans) IS NOT NULL THEN
    -- a text says that it was erased; a date or a number becomes unknown
    FOR col IN SELECT attname, CASE WHEN atttypid IN ('text'::regtype, 'varchar'::regtype) THEN '$2' ELSE 'NULL' END AS said
      FROM pg_attribute WHERE attrelid = to_regclass(spans) AND attname = ANY (p_keys) AND attnum > 0 AND NOT attisdropped
    LOOP
      EXECUTE format('UPDATE %s SET %I = %s WHERE id = ANY ($1) AND %2$I IS NOT NULL', spans, col.attname, col.said)
        USING p_ids, p_mark;
    END LOOP;
  END IF;
  INSERT INTO history.audit (at, txid, tbl, row_id, op, actor, event, new)
  SELECT now(), pg_current_xact_id(), p_tbl, i, 'E', {ACTOR}, {EVENT}, jsonb_build_object('erased', to_jsonb(p_keys))
  FROM unnest(p_ids) i;
  RETURN changed;
END $body$;
REVOKE ALL ON FUNCTION history.erase(text, bigint[], text[], text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION history.erase_person(p_tbl text, p_ids bigint[], p_keys text[], p_mark text DEFAULT '[erased]')
RETURNS bigint LANGUAGE plpgsql {HEAD} AS $body$
DECLARE
  wanted text;
  pk_column text;
  kept bigint;
BEGIN
  FOREACH wanted IN ARRAY p_keys LOOP
    -- custom fields are declared in a table of their own; their keys begin with x_
    SELECT p.pk INTO pk_column FROM history.personal p
    WHERE p.tbl = p_tbl AND p.key = CASE WHEN wanted LIKE 'x\\_%' THEN '' ELSE wanted END;
    IF pk_column IS NULL THEN
      RAISE EXCEPTION '% of % is not declared personal', wanted, p_tbl USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- a text that holds the mark has been cleaned in the row; x: the row with its custom fields lifted to the top, as the audit has it
    EXECUTE format('SELECT count(*) FROM public.%I t, LATERAL (SELECT to_jsonb(t) AS j) x, LATERAL (SELECT
                    CASE WHEN jsonb_typeof(x.j -> ''extra'') = ''object'' THEN x.j || (x.j -> ''extra'') ELSE x.j END AS j) y
                    WHERE t.%I = ANY ($1) AND coalesce(y.j ->> $2, '''') NOT IN ('''', ''[]'', ''{{}}'')
                      AND strpos(y.j ->> $2, $3) = 0', p_tbl, pk_column)
      INTO kept USING p_ids, wanted, p_mark;
    IF kept > 0 THEN
      RAISE EXCEPTION 'erase % of % in the row before its past', wanted, p_tbl USING ERRCODE = 'insufficient_privilege';
    END IF;
  END LOOP;
  RETURN history.erase(p_tbl, p_ids, p_keys, p_mark);
END $body$;
REVOKE ALL ON FUNCTION history.erase_person(text, bigint[], text[], text) FROM PUBLIC;
"""

ERASE_PERSON = "history.erase_person(text, bigint[], text[], text)"
MAKE_MONTHS = "history.make_months(integer)"
DROP_MONTH = "history.drop_month(date, bigint, text, text)"
BASE = TABLES + MONTHS + RETENTION + SHARED + ERASURE
