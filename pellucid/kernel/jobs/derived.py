"""What the worker needs of the owner's rights: fresh statistics after loads, on PostgreSQL 15 too."""
from __future__ import annotations

from collections.abc import Iterator

from pellucid.kernel.records.derived import Derived, derives

ANALYZE = """
CREATE OR REPLACE FUNCTION public.analyze_stale() RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE t record; n int := 0;
BEGIN
  -- autovacuum looks at partitions, never at their parent, and comes late after a load
  FOR t IN
    SELECT format('%I.%I', s.schemaname, s.relname) AS name FROM pg_stat_user_tables s
     WHERE s.schemaname IN ('public', 'history') AND s.n_mod_since_analyze > 500 + 0.2 * greatest(s.n_live_tup, 0)
     UNION ALL
    SELECT format('%I.%I', ns.nspname, c.relname) FROM pg_class c JOIN pg_namespace ns ON ns.oid = c.relnamespace
     WHERE c.relkind = 'p' AND ns.nspname IN ('public', 'history')
       AND coalesce((SELECT last_analyze FROM pg_stat_user_tables WHERE relid = c.oid), '-infinity') < now() - interval '20 hours'
  LOOP
    EXECUTE 'ANALYZE ' || t.name;
    n := n + 1;
  END LOOP;
  RETURN n;
END $$;
REVOKE ALL ON FUNCTION public.analyze_stale() FROM PUBLIC;
"""


@derives
def statistics() -> Iterator[Derived]:
    """The function by which the worker refreshes planner statistics."""
    yield Derived("jobs:analyze", ANALYZE, callable=("public.analyze_stale()",))
