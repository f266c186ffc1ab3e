"""Somebody can always act: the catcher of the headquarters is there (a constraint) and works here (this trigger)."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.kernel.records.derived import Derived, derives

FUNCTION = """
CREATE OR REPLACE FUNCTION public.access_root_is_caught() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM public.access_unit u JOIN public.access_user p ON p.id = u.catcher_id WHERE u.parent_id IS NULL AND NOT p.is_active) THEN
    RAISE EXCEPTION 'the catcher of the headquarters works here' USING ERRCODE = 'check_violation', CONSTRAINT = 'root_catcher_is_active';
  END IF;
  RETURN NULL;
END $$;
"""


@derives
def catcher_trigger() -> Iterator[Derived]:
    """Checked whenever a login is closed, or the headquarters get another catcher."""
    yield Derived("access.caught", FUNCTION)
    for table, column in (("access_user", "is_active"), ("access_unit", "catcher_id")):
        name = f"{table}_root_is_caught"
        yield Derived(
            f"access.caught:{table}",
            f"CREATE TRIGGER {name} AFTER INSERT OR UPDATE OF {column} ON public.{table} FOR EACH STATEMENT"
            " EXECUTE FUNCTION public.access_root_is_caught();",
            undo=f"DROP TRIGGER IF EXISTS {name} ON public.{table};",
        )
