from django.db import migrations


def like_cost(apps, schema_editor):
    """What an order leaves says what it cost: who may not read the one reads no other, unless somebody has said so of the margin already."""
    right = apps.get_model("access", "FieldRight")
    said = set(right.objects.filter(resource="order", field="margin").values_list("role_id", flat=True))
    right.objects.bulk_create(right(role_id=one.role_id, resource="order", field="margin", level="none")
                              for one in right.objects.filter(resource="order", field="cost", level__in=("none", "masked")) if one.role_id not in said)


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0020_value_grades"),
        ("access", "0001_initial"),
    ]

    operations = [migrations.RunPython(like_cost, migrations.RunPython.noop)]
