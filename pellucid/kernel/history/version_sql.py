"""The row trigger that counts a record's changes: whoever writes, version and updated_at follow."""

from __future__ import annotations

from .base_sql import HEAD
from .tracked import Tracked


def undo(t: Tracked) -> str:
    """Takes trigger and function away."""
    return f"""DROP TRIGGER IF EXISTS {t.table}_version ON public."{t.table}";
DROP FUNCTION IF EXISTS history.{t.table}_version();"""


def sql(t: Tracked) -> str:
    """A change of an audited column counts; what a writer puts into version or updated_at itself does not."""
    columns = [name for name, _ in t.columns if name not in t.unaudited]
    old, new = (", ".join(f'{side}."{name}"' for name in columns) for side in ("OLD", "NEW"))
    return f"""
CREATE OR REPLACE FUNCTION history.{t.table}_version() RETURNS trigger LANGUAGE plpgsql {HEAD} AS $body$
BEGIN
  IF ({old}) IS DISTINCT FROM ({new}) THEN
    NEW.version := OLD.version + 1;
    NEW.updated_at := now();
  ELSE
    NEW.version := OLD.version;
    NEW.updated_at := OLD.updated_at;
  END IF;
  RETURN NEW;
END $body$;
REVOKE ALL ON FUNCTION history.{t.table}_version() FROM PUBLIC;
DROP TRIGGER IF EXISTS {t.table}_version ON public."{t.table}";
CREATE TRIGGER {t.table}_version BEFORE UPDATE ON public."{t.table}" FOR EACH ROW EXECUTE FUNCTION history.{t.table}_version();
"""
