from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.BinaryField(max_length=32)),
                ('at', models.DateTimeField(default=timezone.now)),
            ],
            options={
                'indexes': [models.Index(fields=['key', 'at'], name='attempt_of')],
            },
        ),
    ]
