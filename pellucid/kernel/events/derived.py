"""The event table: partitioned by month, a default partition as a net."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.kernel.records.derived import Derived, derives

EVENT = """
CREATE SEQUENCE IF NOT EXISTS events_event_id AS bigint CACHE 20;
CREATE TABLE IF NOT EXISTS events_event (
    id bigint NOT NULL DEFAULT nextval('events_event_id'), at timestamptz NOT NULL DEFAULT now(), name varchar(80) NOT NULL,
    actor_id bigint, on_behalf_of bigint, door varchar(8) NOT NULL, cause bigint, reason text NOT NULL DEFAULT '',
    resource varchar(40) NOT NULL DEFAULT '', record_id bigint, many int NOT NULL DEFAULT 0, payload jsonb NOT NULL DEFAULT '{}'
) PARTITION BY RANGE (at);
CREATE TABLE IF NOT EXISTS events_event_default PARTITION OF events_event DEFAULT;
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


@derives
def event_tables() -> Iterator[Derived]:
    """The partitioned event table and the function that makes its months."""
    yield Derived("events.table", EVENT)
    yield Derived("events.months", MONTHS)
