from django.db import migrations

# In a transaction of its own: rows that were written stand in the way of changes to their table. Nobody changed anything, so no trigger counts it.
# Until now the days after the acceptance stood for the warranty. They become its months, on the order; what is due already stays due on its day.
WARRANTY = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE orders_order DISABLE TRIGGER USER;
ALTER TABLE orders_instalment DISABLE TRIGGER USER;
ALTER TABLE orders_paymentplanstep DISABLE TRIGGER USER;
UPDATE orders_order o SET warranty_months = least(240, round(i.days * 12 / 365.0)) FROM (
  SELECT order_id, max(days) AS days FROM orders_instalment WHERE basis = 'warranty' AND deleted_at IS NULL GROUP BY order_id) i
 WHERE i.order_id = o.id AND i.days > 0;
UPDATE orders_instalment SET days = 0, name = regexp_replace(name, '^(质保期满后|After the warranty),? [0-9]+ (天|days)$', '\\1')
 WHERE basis = 'warranty' AND days > 0;
UPDATE orders_paymentplanstep SET days = greatest(days - 365, 0) WHERE basis = 'warranty';
ALTER TABLE orders_order ENABLE TRIGGER USER;
ALTER TABLE orders_instalment ENABLE TRIGGER USER;
ALTER TABLE orders_paymentplanstep ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0029_warranty'),
    ]

    operations = [migrations.RunSQL(WARRANTY, migrations.RunSQL.noop)]
