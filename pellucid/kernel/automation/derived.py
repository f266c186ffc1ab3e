"""What the database itself holds: a published version of a rule is never changed."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.kernel.records.derived import Derived, derives

FROZEN = """
CREATE OR REPLACE FUNCTION public.rule_version_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF old.state <> 'draft' AND (tg_op = 'DELETE' OR new.body <> old.body OR new.number <> old.number OR new.rule_id <> old.rule_id
     OR new.published_at IS DISTINCT FROM old.published_at OR new.state = 'draft') THEN
    RAISE EXCEPTION 'a published version is never changed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN coalesce(new, old);
END $$;
CREATE TRIGGER rule_version_frozen BEFORE UPDATE OR DELETE ON public.automation_ruleversion
  FOR EACH ROW EXECUTE FUNCTION public.rule_version_frozen();
"""
UNDO = """
DROP TRIGGER IF EXISTS rule_version_frozen ON public.automation_ruleversion;
DROP FUNCTION IF EXISTS public.rule_version_frozen();
"""


@derives
def frozen() -> Iterator[Derived]:
    """The trigger over published versions."""
    yield Derived("automation.version_frozen", FROZEN, undo=UNDO)
