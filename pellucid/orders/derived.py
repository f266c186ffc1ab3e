"""What the database itself holds to be true of money: a plan adds up once it is submitted, an invoice is the sum of its lines, a
posting and an issued invoice are never changed."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.kernel.records.derived import Derived, derives

# Deferred to the commit, so that a plan may be rewritten line by line. Both sides ask about the order, whichever was written.
ADDS_UP = """
CREATE OR REPLACE FUNCTION public.order_plan_adds_up() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE wanted bigint; total numeric; parts numeric;
BEGIN
  IF TG_TABLE_NAME = 'orders_order' THEN wanted := NEW.id; ELSE wanted := coalesce(NEW.order_id, OLD.order_id); END IF;
  SELECT amount INTO total FROM orders_order
   WHERE id = wanted AND state NOT IN ('draft', 'void') AND deleted_at IS NULL AND merged_into IS NULL;
  IF FOUND THEN
    SELECT coalesce(sum(amount), 0) INTO parts FROM orders_instalment WHERE order_id = wanted AND deleted_at IS NULL;
    IF parts <> total THEN
      RAISE EXCEPTION 'the instalments of order % add up to %, not to %', wanted, parts, total
        USING ERRCODE = 'check_violation', CONSTRAINT = 'order_plan_adds_up';
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER order_plan_adds_up AFTER INSERT OR UPDATE OF state, amount, deleted_at ON public.orders_order
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.order_plan_adds_up();
CREATE CONSTRAINT TRIGGER instalment_plan_adds_up AFTER INSERT OR DELETE OR UPDATE OF amount, deleted_at, order_id ON public.orders_instalment
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.order_plan_adds_up();
"""
UNDO = """
DROP TRIGGER IF EXISTS order_plan_adds_up ON public.orders_order;
DROP TRIGGER IF EXISTS instalment_plan_adds_up ON public.orders_instalment;
DROP FUNCTION IF EXISTS public.order_plan_adds_up();
"""

# Whose an instalment is, is its order's: written by nobody, so that lists of what is owed can be searched and sorted by it.
WHOSE = """
CREATE OR REPLACE FUNCTION public.instalment_is_whose() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  SELECT customer_id INTO NEW.customer_id FROM orders_order WHERE id = NEW.order_id;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION public.order_is_whose() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE orders_instalment SET customer_id = NEW.customer_id WHERE order_id = NEW.id AND customer_id IS DISTINCT FROM NEW.customer_id;
  RETURN NULL;
END $$;
CREATE TRIGGER instalment_is_whose BEFORE INSERT OR UPDATE OF order_id, customer_id ON public.orders_instalment
  FOR EACH ROW EXECUTE FUNCTION public.instalment_is_whose();
CREATE TRIGGER order_is_whose AFTER UPDATE OF customer_id ON public.orders_order
  FOR EACH ROW WHEN (OLD.customer_id IS DISTINCT FROM NEW.customer_id) EXECUTE FUNCTION public.order_is_whose();
"""
UNDO_WHOSE = """
DROP TRIGGER IF EXISTS instalment_is_whose ON public.orders_instalment;
DROP TRIGGER IF EXISTS order_is_whose ON public.orders_order;
DROP FUNCTION IF EXISTS public.instalment_is_whose();
DROP FUNCTION IF EXISTS public.order_is_whose();
"""

# A merge of customers moves a posting to the survivor; nothing else about it ever changes.
APPEND_ONLY = """
CREATE OR REPLACE FUNCTION public.posting_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'a posting is reversed by another one, never changed or deleted'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_stays';
END $$;
CREATE TRIGGER posting_stays BEFORE DELETE OR UPDATE OF order_id, instalment_id, receipt_id, kind, amount, amount_base, posted_on, due_on,
  sold_by_id, sold_unit_id, sold_branch_id ON public.orders_posting
  FOR EACH ROW EXECUTE FUNCTION public.posting_stays();
"""
UNDO_STAYS = "DROP TRIGGER IF EXISTS posting_stays ON public.orders_posting; DROP FUNCTION IF EXISTS public.posting_stays();"

# What a product was like at the signing stays on its line, as long as it is a line of that product.
ATTRIBUTES_STAY = """
CREATE OR REPLACE FUNCTION public.order_line_attributes_stay() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the attributes of a signed line are never changed'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'order_line_attributes_stay';
END $$;
CREATE TRIGGER order_line_attributes_stay BEFORE UPDATE OF attributes_id ON public.orders_orderline FOR EACH ROW WHEN (OLD.attributes_id IS NOT NULL
  AND OLD.product_id IS NOT DISTINCT FROM NEW.product_id AND OLD.attributes_id IS DISTINCT FROM NEW.attributes_id)
  EXECUTE FUNCTION public.order_line_attributes_stay();
"""
UNDO_ATTRIBUTES = """
DROP TRIGGER IF EXISTS order_line_attributes_stay ON public.orders_orderline;
DROP FUNCTION IF EXISTS public.order_line_attributes_stay();
"""

# The state may go on, the amount be corrected, the tax system's number come later; nothing else of an issued invoice changes.
INVOICE_STAYS = """
CREATE OR REPLACE FUNCTION public.invoice_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'an issued invoice is voided or corrected, never changed or deleted'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_stays';
END $$;
CREATE TRIGGER invoice_stays BEFORE UPDATE OF order_id, number, issued_by_id, kind, state, amount, net, tax, amount_base, tax_rate, buyer,
  buyer_tax_number, invoiced_on, corrects_id ON public.orders_invoice FOR EACH ROW WHEN (OLD.state <> 'draft' AND
  (OLD.order_id, OLD.number, OLD.issued_by_id, OLD.kind, OLD.amount, OLD.net, OLD.tax, OLD.amount_base, OLD.tax_rate, OLD.buyer,
   OLD.buyer_tax_number, OLD.invoiced_on, OLD.corrects_id) IS DISTINCT FROM (NEW.order_id, NEW.number, NEW.issued_by_id, NEW.kind, NEW.amount,
   NEW.net, NEW.tax, NEW.amount_base, NEW.tax_rate, NEW.buyer, NEW.buyer_tax_number, NEW.invoiced_on, NEW.corrects_id)
   OR OLD.state = 'void' AND NEW.state <> 'void' OR OLD.state = 'issued' AND NEW.state = 'draft')
  EXECUTE FUNCTION public.invoice_stays();
CREATE TRIGGER invoice_is_kept BEFORE DELETE ON public.orders_invoice FOR EACH ROW WHEN (OLD.state <> 'draft')
  EXECUTE FUNCTION public.invoice_stays();
"""
UNDO_INVOICE = """
DROP TRIGGER IF EXISTS invoice_stays ON public.orders_invoice;
DROP TRIGGER IF EXISTS invoice_is_kept ON public.orders_invoice;
DROP FUNCTION IF EXISTS public.invoice_stays();
"""

# Deferred to the commit, so that the parts may be rewritten one by one: an invoice of parts is their sum, and no line or instalment is
# invoiced beyond what it comes to. Whoever issues has the order's row, so that of two the second sees the first.
PARTS_ADD_UP = """
CREATE OR REPLACE FUNCTION public.invoice_parts_add_up() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE wanted bigint; own record; parts record;
BEGIN
  IF TG_TABLE_NAME = 'orders_invoice' THEN wanted := NEW.id; ELSE wanted := coalesce(NEW.invoice_id, OLD.invoice_id); END IF;
  SELECT count(*) AS n, sum(amount) AS amount, sum(net) AS net, sum(tax) AS tax, sum(corrected) AS corrected INTO parts
    FROM orders_invoicepart WHERE invoice_id = wanted AND deleted_at IS NULL;
  SELECT state, amount, net, tax, corrected, corrects_id INTO own FROM orders_invoice WHERE id = wanted AND deleted_at IS NULL;
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF (own.corrects_id IS NOT NULL OR parts.n = 0 AND own.state <> 'draft') AND EXISTS (
    SELECT FROM orders_invoicepart WHERE invoice_id = wanted AND deleted_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the lines of an issued invoice are never changed or deleted'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_part_stays';
  END IF;
  IF parts.n = 0 THEN RETURN NULL; END IF;
  IF (own.amount, own.net, own.tax, own.corrected) IS DISTINCT FROM (parts.amount, parts.net, parts.tax, parts.corrected) THEN
    RAISE EXCEPTION 'the lines of invoice % add up to %, not to %', wanted, parts.amount, own.amount
      USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_parts_add_up';
  END IF;
  IF own.state = 'issued' AND EXISTS (
    SELECT FROM orders_invoicepart p WHERE p.invoice_id = wanted AND p.deleted_at IS NULL AND (
      (SELECT l.amount FROM orders_orderline l WHERE l.id = p.line_id) < (SELECT sum(q.amount) FROM orders_invoicepart q JOIN orders_invoice i
        ON i.id = q.invoice_id WHERE q.line_id = p.line_id AND q.deleted_at IS NULL AND i.state = 'issued' AND i.deleted_at IS NULL)
      OR (SELECT a.amount FROM orders_instalment a WHERE a.id = p.instalment_id) < (SELECT sum(q.amount) FROM orders_invoicepart q
        JOIN orders_invoice i ON i.id = q.invoice_id WHERE q.instalment_id = p.instalment_id AND q.deleted_at IS NULL AND i.state = 'issued'
        AND i.deleted_at IS NULL))) THEN
    RAISE EXCEPTION 'more is invoiced of a line or an instalment than it comes to'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_parts_within';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER invoice_parts_add_up AFTER UPDATE OF state, amount, net, tax, corrected, deleted_at ON public.orders_invoice
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.invoice_parts_add_up();
CREATE CONSTRAINT TRIGGER invoice_part_to_its_sum AFTER INSERT OR DELETE OR UPDATE OF invoice_id, line_id, instalment_id, amount, net, tax,
  corrected, deleted_at ON public.orders_invoicepart
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.invoice_parts_add_up();
"""
UNDO_PARTS_ADD_UP = """
DROP TRIGGER IF EXISTS invoice_parts_add_up ON public.orders_invoice;
DROP TRIGGER IF EXISTS invoice_part_to_its_sum ON public.orders_invoicepart;
DROP FUNCTION IF EXISTS public.invoice_parts_add_up();
"""
PARTS_STAY = """
CREATE OR REPLACE FUNCTION public.invoice_part_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM orders_invoice WHERE id = OLD.invoice_id AND state <> 'draft') THEN
    RAISE EXCEPTION 'the lines of an issued invoice are never changed or deleted'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_part_stays';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER invoice_part_stays BEFORE DELETE OR UPDATE OF order_id, invoice_id, line_id, instalment_id, amount, net, tax, tax_rate, corrects_id
  ON public.orders_invoicepart FOR EACH ROW EXECUTE FUNCTION public.invoice_part_stays();
"""
UNDO_PARTS_STAY = """
DROP TRIGGER IF EXISTS invoice_part_stays ON public.orders_invoicepart;
DROP FUNCTION IF EXISTS public.invoice_part_stays();
"""


@derives
def money() -> Iterator[Derived]:
    """What is promised of plans, postings and invoices."""
    yield Derived("orders:plan_adds_up", ADDS_UP, UNDO)
    yield Derived("orders:posting_stays", APPEND_ONLY, UNDO_STAYS)
    yield Derived("orders:instalment_is_whose", WHOSE, UNDO_WHOSE)
    yield Derived("orders:invoice_stays", INVOICE_STAYS, UNDO_INVOICE)
    yield Derived("orders:invoice_parts_add_up", PARTS_ADD_UP, UNDO_PARTS_ADD_UP)
    yield Derived("orders:invoice_part_stays", PARTS_STAY, UNDO_PARTS_STAY)
    yield Derived("orders:attributes_stay", ATTRIBUTES_STAY, UNDO_ATTRIBUTES)
