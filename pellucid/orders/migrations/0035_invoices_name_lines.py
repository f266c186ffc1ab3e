from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0034_fill_lines_of_invoices'),
    ]

    operations = [
        migrations.RemoveField(model_name='invoice', name='instalment'),
        migrations.RemoveField(model_name='invoice', name='line'),
    ]
