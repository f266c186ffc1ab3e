import datetime

import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models

import pellucid.kernel.records.fields

FAR = datetime.datetime(9999, 1, 1, tzinfo=datetime.UTC)


def plan_by(**living: object) -> models.GeneratedField:
    runs = models.Q(plan_due_at__isnull=False, pool=None, **living) & (
        models.Q(next_step_at=None) | models.Q(next_step_set_at__lt=models.F("plan_since"))) & (
        models.Q(last_contact_at=None) | models.Q(last_contact_at__lt=models.F("plan_since")))  # fmt: skip
    return models.GeneratedField(
        expression=models.Case(models.When(runs, then=models.F("plan_due_at")), default=models.Value(FAR, models.DateTimeField())),
        output_field=models.DateTimeField(), db_persist=True)  # fmt: skip


def clock(name: str, **living: object) -> list[migrations.operations.base.Operation]:
    """The moment a clock ends is reckoned anew; under another name, because the sorts of the old one go with it."""
    index = models.Index(fields=["plan_by"], name=f"{name}_plan", condition=models.Q(plan_due_at__isnull=False, deleted_at=None))
    return [
        migrations.AddField(name, "next_step_set_at", pellucid.kernel.records.fields.Moment(
            db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False,
            verbose_name="Next step planned")),
        migrations.RemoveIndex(name, f"{name}_plan"),
        migrations.RemoveField(name, "plan_key"),
        migrations.AddField(name, "plan_by", plan_by(**living)),
        migrations.AddIndex(name, index),
    ]  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [("collaboration", "0008_when_planned"), ("customers", "0009_customer_clock")]

    operations = [*clock("lead", state__in=("new", "nurtured", "qualified")), *clock("customer")]
