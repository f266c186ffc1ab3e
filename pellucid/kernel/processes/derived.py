"""What the database itself holds: a published version is never changed."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.kernel.records.derived import Derived, derives

FROZEN = """
CREATE OR REPLACE FUNCTION public.process_version_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF old.state <> 'draft' AND (tg_op = 'DELETE' OR new.body <> old.body OR new.number <> old.number OR new.process_id <> old.process_id
     OR new.published_at IS DISTINCT FROM old.published_at OR new.state = 'draft') THEN
    RAISE EXCEPTION 'a published version is never changed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN coalesce(new, old);
END $$;
CREATE TRIGGER process_version_frozen BEFORE UPDATE OR DELETE ON public.processes_processversion
  FOR EACH ROW EXECUTE FUNCTION public.process_version_frozen();
"""
UNDO = """
DROP TRIGGER IF EXISTS process_version_frozen ON public.processes_processversion;
DROP FUNCTION IF EXISTS public.process_version_frozen();
"""


@derives
def frozen() -> Iterator[Derived]:
    """The trigger over published versions."""
    yield Derived("processes.version_frozen", FROZEN, undo=UNDO)
