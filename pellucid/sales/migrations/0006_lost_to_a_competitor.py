"""Whom an opportunity was lost to was a name; now it is a competitor of that name, who took part in it."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def link(apps: Any, editor: Any) -> None:
    """A competitor for each name, found again in every opportunity that names it. The table's triggers still know the columns of before;
    they are made anew after the migration."""
    opportunities, competitors = apps.get_model("sales", "Opportunity").objects, apps.get_model("sales", "Competitor").objects
    part = apps.get_model("sales", "OpportunityCompetitor").objects
    found = opportunities.exclude(lost_to_text="")
    if not found.exists():
        return
    editor.execute("ALTER TABLE sales_opportunity DISABLE TRIGGER USER")
    known: dict[str, int] = {}
    for raw in found.values_list("lost_to_text", flat=True).order_by("lost_to_text").distinct():
        name = " ".join(raw.split())
        if not name:
            continue
        key = name.casefold()
        if key not in known:
            known[key] = competitors.create(name=name).pk
        deals = found.filter(lost_to_text=raw)
        part.bulk_create([part.model(opportunity_id=pk, competitor_id=known[key])
                          for pk in deals.filter(deleted_at=None).values_list("pk", flat=True)], batch_size=2000)
        deals.update(lost_to=known[key], competitors=[known[key]])
    editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    editor.execute("ALTER TABLE sales_opportunity ENABLE TRIGGER USER")


def unlink(apps: Any, editor: Any) -> None:
    """The names again."""
    opportunities = apps.get_model("sales", "Opportunity").objects
    for competitor in apps.get_model("sales", "Competitor").objects.all():
        opportunities.filter(lost_to=competitor.pk).update(lost_to_text=competitor.name)


class Migration(migrations.Migration):
    dependencies = [("sales", "0005_competitors")]
    operations = [
        migrations.RunPython(link, unlink),
        migrations.RemoveField(model_name="opportunity", name="lost_to_text"),
    ]
