from __future__ import annotations

from django.db import migrations

import pellucid.kernel.records.fields


class Migration(migrations.Migration):
    dependencies = [("collaboration", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="task",
            name="cancelled",
            field=pellucid.kernel.records.fields.YesNo(db_default=False, default=False, verbose_name="Cancelled"),
        ),
    ]
