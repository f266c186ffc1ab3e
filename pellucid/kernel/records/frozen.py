"""Versions that stay as they were published: held by the database, whoever writes."""

from __future__ import annotations

from .derived import Derived

FROZEN = """
CREATE OR REPLACE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF old.state <> 'draft' AND (tg_op = 'DELETE' OR new.body <> old.body OR new.number <> old.number OR new.{parent} <> old.{parent}
     OR new.published_at IS DISTINCT FROM old.published_at OR new.state = 'draft') THEN
    RAISE EXCEPTION 'a published version is never changed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN coalesce(new, old);
END $$;
CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON public.{table}
  FOR EACH ROW EXECUTE FUNCTION public.{name}();
"""
UNDO = """
DROP TRIGGER IF EXISTS {name} ON public.{table};
DROP FUNCTION IF EXISTS public.{name}();
"""


def frozen_versions(key: str, name: str, table: str, parent: str) -> Derived:
    """The trigger over the published versions in a table: rows with state, number, body, published_at and a parent's column."""
    return Derived(key, FROZEN.format(name=name, table=table, parent=parent), undo=UNDO.format(name=name, table=table))
