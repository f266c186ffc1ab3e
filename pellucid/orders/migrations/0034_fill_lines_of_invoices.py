from django.db import migrations

# In a transaction of its own: rows that were written stand in the way of changes to their table. What an invoice named becomes its one line;
# that of a red-letter invoice takes back the line of what it corrects.
NAMED = """
INSERT INTO orders_invoicepart (order_id, invoice_id, name, line_id, instalment_id, amount, tax_rate, net, tax, corrected, corrects_id,
  created_at, created_by_id, updated_at, deleted_at, deleted_by_id)
SELECT i.order_id, i.id, left(concat_ws(' · ', l.name, a.name), 200), i.line_id, i.instalment_id, i.amount, i.tax_rate, i.net, i.tax, i.corrected,
  b.id, i.created_at, i.created_by_id, i.updated_at, i.deleted_at, i.deleted_by_id
  FROM orders_invoice i LEFT JOIN orders_orderline l ON l.id = i.line_id LEFT JOIN orders_instalment a ON a.id = i.instalment_id
  LEFT JOIN orders_invoicepart b ON b.invoice_id = i.corrects_id
 WHERE (i.line_id IS NOT NULL OR i.instalment_id IS NOT NULL) AND (i.corrects_id IS NULL) = {blue} AND ({blue} OR b.id IS NOT NULL)
 ORDER BY i.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0033_lines_of_invoices'),
    ]

    operations = [
        migrations.RunSQL(NAMED.format(blue="true"), migrations.RunSQL.noop),
        migrations.RunSQL(NAMED.format(blue="false"), migrations.RunSQL.noop),
    ]
