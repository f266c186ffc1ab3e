from django.db import migrations

import pellucid.kernel.resources.conditions

# What stood there was of the kind beside it. Nobody changed anything, so no trigger counts it.
NAMED = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE people_transferline DISABLE TRIGGER USER;
UPDATE people_transferline SET conditions = resource || '?' || conditions WHERE conditions <> '' AND resource <> '';
ALTER TABLE people_transferline ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0006_call_owners_by_what_they_do'),
    ]

    operations = [
        migrations.AlterField(
            model_name='transferline',
            name='conditions',
            field=pellucid.kernel.resources.conditions.Conditions(blank=True, default='', help_text='None: all of this kind.', verbose_name='Only those'),
        ),
        migrations.RunSQL(NAMED, migrations.RunSQL.noop),
    ]
