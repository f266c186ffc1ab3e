# ruff: noqa: S608  the number of days is ours
"""The event table: partitioned by month, a default partition as a net."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.kernel.records.derived import Derived, derives

KEPT_DAYS = 400

EVENT = """
CREATE SEQUENCE IF NOT EXISTS events_event_id AS bigint CACHE 20;
CREATE TABLE IF NOT EXISTS events_event (
    id bigint NOT NULL DEFAULT nextval('events_event_id'), at timestamptz NOT NULL DEFAULT now(), name varchar(80) NOT NULL,
    actor_id bigint, on_behalf_of bigint, door varchar(8) NOT NULL, cause bigint, reason text NOT NULL DEFAULT '',
    resource varchar(40) NOT NULL DEFAULT '', record_id bigint, many int NOT NULL DEFAULT 0, payload jsonb NOT NULL DEFAULT '{}'
) PARTITION BY RANGE (at);
CREATE TABLE IF NOT EXISTS events_event_default PARTITION OF events_event DEFAULT;
-- what led here without anybody deciding it: the first event, and a link per rule that acted
ALTER TABLE events_event ADD COLUMN IF NOT EXISTS root varchar(60) NOT NULL DEFAULT '';
ALTER TABLE events_event ADD COLUMN IF NOT EXISTS chain text[] NOT NULL DEFAULT '{}';
CREATE INDEX IF NOT EXISTS event_id ON events_event (id);
CREATE INDEX IF NOT EXISTS event_record ON events_event (resource, record_id, at DESC);
CREATE INDEX IF NOT EXISTS event_actor ON events_event (actor_id, at DESC);
CREATE INDEX IF NOT EXISTS event_name ON events_event (name, at DESC);
"""

MONTHS = """
CREATE OR REPLACE FUNCTION events_make_months(ahead int DEFAULT 3) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE m date; made int := 0; p text;
BEGIN
  FOR m IN SELECT generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'),
                                  date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead), '1 month')::date LOOP
    p := 'events_event_' || to_char(m, 'YYYYMM');
    IF to_regclass('public.' || p) IS NULL THEN
      EXECUTE format('CREATE TABLE public.%I PARTITION OF public.events_event FOR VALUES FROM (%L) TO (%L)',
                     p, m::text || ' 00:00+00', (m + interval '1 month')::date::text || ' 00:00+00');
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END $$;
SELECT events_make_months(3);
"""

# What the bus has delivered long ago leaves by the month; back-dated events lie in the net and leave from there.
RETENTION = f"""
CREATE OR REPLACE FUNCTION events_drop_old() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  before timestamptz := now() - interval '{KEPT_DAYS} days';
  part text;
  dropped int := 0;
BEGIN
  PERFORM set_config('lock_timeout', '4s', true);  -- every writer would queue behind a DROP that waits
  WITH gone AS (DELETE FROM public.events_event_default WHERE at < before RETURNING id),
    items AS (DELETE FROM public.events_eventitem i USING gone WHERE i.event_id = gone.id)
  DELETE FROM public.events_delivery d USING gone WHERE d.event_id = gone.id;
  FOR part IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.events_event'::regclass AND c.relname ~ '^events_event_[0-9]{{6}}$'
      AND (to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month') AT TIME ZONE 'UTC' <= before
  LOOP
    EXECUTE format('DELETE FROM public.events_eventitem i USING public.%I e WHERE i.event_id = e.id', part);
    EXECUTE format('DELETE FROM public.events_delivery d USING public.%I e WHERE d.event_id = e.id', part);
    EXECUTE format('DROP TABLE public.%I', part);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;
REVOKE ALL ON FUNCTION events_drop_old() FROM PUBLIC;
"""


@derives
def event_tables() -> Iterator[Derived]:
    """The partitioned event table and the function that makes its months."""
    yield Derived("events.table", EVENT)
    yield Derived("events.months", MONTHS)
    yield Derived("events.retention", RETENTION, callable=("public.events_drop_old()",))
