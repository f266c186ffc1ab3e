from django.db import migrations

# In a transaction of its own: rows that were written stand in the way of changes to their table. Nobody changed anything, so no trigger counts it.
# Until now the days after the acceptance stood for the warranty. The shortest of an order become its months (none: due on acceptance as before),
# what is longer stays in days after its end; what is due already stays due on its day. A plan knows no order and so no warranty of its own: its
# parts of a year and more are taken to come after the usual 12 months, shorter ones wait for the acceptance and those days, as they did.
WARRANTY = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE orders_order DISABLE TRIGGER USER;
ALTER TABLE orders_instalment DISABLE TRIGGER USER;
ALTER TABLE orders_paymentplanstep DISABLE TRIGGER USER;
UPDATE orders_order o SET warranty_months = least(240, round(i.days * 12 / 365.0)) FROM (
  SELECT order_id, min(days) AS days FROM orders_instalment WHERE basis = 'warranty' AND deleted_at IS NULL GROUP BY order_id) i
 WHERE i.order_id = o.id;
UPDATE orders_instalment i SET days = greatest(i.days - floor(o.warranty_months * 365 / 12.0), 0) FROM orders_order o
 WHERE o.id = i.order_id AND i.basis = 'warranty' AND o.warranty_months IS NOT NULL;
UPDATE orders_instalment SET name = CASE days WHEN 0
  THEN regexp_replace(name, '^(质保期满后|After the warranty),? [0-9]+ (天|days)$', '\\1')
  ELSE regexp_replace(name, '^(质保期满后|After the warranty,?) [0-9]+ (天|days)$', '\\1 ' || days || ' \\2') END
 WHERE basis = 'warranty';
UPDATE orders_paymentplanstep SET basis = CASE WHEN days >= 365 THEN 'warranty' ELSE 'accepted' END,
  days = CASE WHEN days >= 365 THEN days - 365 ELSE days END WHERE basis = 'warranty';
ALTER TABLE orders_order ENABLE TRIGGER USER;
ALTER TABLE orders_instalment ENABLE TRIGGER USER;
ALTER TABLE orders_paymentplanstep ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0029_warranty'),
    ]

    operations = [migrations.RunSQL(WARRANTY, migrations.RunSQL.noop)]
