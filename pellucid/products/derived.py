"""What the database itself holds to be true of products: what was kept of one at a signing is never changed."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.kernel.records.derived import Derived, derives

STAYS = """
CREATE OR REPLACE FUNCTION public.attribute_set_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'attributes at signing are never changed or deleted'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'attribute_set_stays';
END $$;
CREATE TRIGGER attribute_set_stays BEFORE UPDATE OR DELETE ON public.products_attributeset
  FOR EACH ROW EXECUTE FUNCTION public.attribute_set_stays();
"""
UNDO = """
DROP TRIGGER IF EXISTS attribute_set_stays ON public.products_attributeset;
DROP FUNCTION IF EXISTS public.attribute_set_stays();
"""


@derives
def attribute_sets() -> Iterator[Derived]:
    """Sets of attributes are made and stay."""
    yield Derived("products:attribute_set", STAYS, UNDO)
