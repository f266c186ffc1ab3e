from django.db import migrations, models
import django.db.models.deletion
import pellucid.kernel.records.fields


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0023_fill_credit_used_and_whose_instalments'),
    ]

    operations = [
        migrations.AlterField(
            model_name='instalment',
            name='customer',
            field=pellucid.kernel.records.fields.Link(blank=True, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer', verbose_name='Customer'),
        ),
        migrations.AddIndex(
            model_name='instalment',
            index=models.Index(fields=['customer', 'due_key'], name='instalment_of_customer'),
        ),
    ]
