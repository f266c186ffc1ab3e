from django.db import migrations, models

import pellucid.kernel.records.fields


class Migration(migrations.Migration):
    """A wrong refund is reversed, too: what it took away from what came in comes back with its counter-document."""

    dependencies = [("orders", "0027_what_came_in")]

    operations = [
        migrations.RemoveConstraint(model_name="receipt", name="receipt_reversed_once"),
        migrations.RemoveConstraint(model_name="receipt", name="receipt_counters"),
        migrations.RemoveField(model_name="receipt", name="came_in"),
        migrations.AddField(
            model_name="receipt",
            name="came_in",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(kind__in=("receipt", "refund_reversal"), then=models.F("amount_base")), default=-models.F("amount_base")
                ),
                output_field=pellucid.kernel.records.fields.Money(
                    decimal_places=2, default=0, max_digits=18, verbose_name="Came in, in company currency"
                ),
            ),
        ),
        migrations.AlterField(
            model_name="receipt",
            name="kind",
            field=pellucid.kernel.records.fields.Choice(
                choices=[
                    ("receipt", "Receipt"), ("refund", "Refund"), ("reversal", "Reversal"), ("refund_reversal", "Reversal of a refund"),
                ],
                default="receipt", editable=False, max_length=24, verbose_name="Kind of receipt",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ("reversal", "refund_reversal"))), fields=("counters",), name="receipt_reversed_once",
                violation_error_message="It has been reversed already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("counters", None), ("kind", "receipt")),
                    models.Q(("counters__isnull", False), ("kind__in", ("refund", "reversal", "refund_reversal"))), _connector="OR",
                ),
                name="receipt_counters",
            ),
        ),
    ]
