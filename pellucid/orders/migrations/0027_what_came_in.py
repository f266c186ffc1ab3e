from decimal import Decimal

from django.db import migrations, models

import pellucid.kernel.records.fields


class Migration(migrations.Migration):
    """Refunds and reversals take away from what came in, and have nothing left to allocate."""

    dependencies = [("orders", "0026_fill_what_changes_come_to")]

    operations = [
        migrations.RemoveField(model_name="receipt", name="free"),
        migrations.AddField(
            model_name="receipt",
            name="free",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(kind="receipt", reversed_on=None, then=models.F("amount") - models.F("allocated") - models.F("refunded")),
                    default=models.Value(Decimal(0)),
                ),
                output_field=pellucid.kernel.records.fields.Money(decimal_places=2, default=0, max_digits=18, verbose_name="Prepaid"),
            ),
        ),
        migrations.AddField(
            model_name="receipt",
            name="came_in",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(models.When(kind="receipt", then=models.F("amount_base")), default=-models.F("amount_base")),
                output_field=pellucid.kernel.records.fields.Money(
                    decimal_places=2, default=0, max_digits=18, verbose_name="Came in, in company currency"
                ),
            ),
        ),
    ]
