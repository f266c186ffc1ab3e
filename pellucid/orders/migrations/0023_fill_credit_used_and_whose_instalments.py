from django.db import migrations

# In a transaction of its own: rows that were written stand in the way of changes to their table. Nobody changed anything, so no trigger counts it.
WHOSE = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE orders_instalment DISABLE TRIGGER USER;
UPDATE orders_instalment i SET customer_id = o.customer_id FROM orders_order o WHERE o.id = i.order_id;
ALTER TABLE orders_instalment ENABLE TRIGGER USER;
"""
USED = """
ALTER TABLE orders_creditprofile DISABLE TRIGGER USER;
WITH RECURSIVE company(profile, customer) AS (
  SELECT id, customer_id FROM orders_creditprofile
  UNION SELECT c.profile, k.id FROM company c JOIN customers_customer k ON k.parent_id = c.customer AND k.deleted_at IS NULL),
said AS (
  SELECT c.profile, coalesce(round(sum((i.amount - i.allocated - i.credited) * o.rate), 2), 0) AS used,
         coalesce(round(sum(i.balance * o.rate) FILTER (WHERE i.balance > 0 AND i.due_on < current_date), 2), 0) AS overdue
    FROM company c LEFT JOIN orders_order o ON o.customer_id = c.customer AND o.state IN ('signed', 'running', 'delivered', 'settled')
     AND o.deleted_at IS NULL
    LEFT JOIN orders_instalment i ON i.order_id = o.id AND i.deleted_at IS NULL GROUP BY c.profile)
UPDATE orders_creditprofile p SET used = said.used, overdue = said.overdue FROM said WHERE said.profile = p.id;
ALTER TABLE orders_creditprofile ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0022_credit_used_and_whose_instalments'),
    ]

    operations = [
        migrations.RunSQL(WHOSE, migrations.RunSQL.noop),
        migrations.RunSQL(USED, migrations.RunSQL.noop),
    ]
