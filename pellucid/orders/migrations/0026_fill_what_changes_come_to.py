from django.db import migrations

# In a transaction of its own: rows that were written stand in the way of changes to their table. Nobody changed anything, so no trigger counts it.
WORTH = """
ALTER TABLE orders_orderchange DISABLE TRIGGER USER;
UPDATE orders_orderchange c SET change_base = round((c.amount_after - c.amount_before) * o.rate, 2) FROM orders_order o WHERE o.id = c.order_id;
ALTER TABLE orders_orderchange ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0025_what_changes_come_to'),
    ]

    operations = [migrations.RunSQL(WORTH, migrations.RunSQL.noop)]
