"""A living record of any resource, made from its model alone: required fields get values of their kind, links get records of their own."""
from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import prepare
from pellucid.kernel.actions.run import begin, run
from pellucid.kernel.records.models import OwnedRecord, Term
from pellucid.kernel.resources.attachments import keep
from pellucid.kernel.resources.declare import registry
from tests.world import World

SKIPPED = {"id", "created_by", "deleted_by", "created_at", "updated_at", "version", "deleted_at", "merged_into", "extra"}
PLACED = {"owner", "unit", "branch"}
# what a rule of the area asks for though a form may leave it empty, or takes in one shape only
WORTH = {"instalment": {"amount": Decimal(1)}, "endpoint": {"url": "https://hooks.example.com/in"},
         "report": {"question": "measures=open_amount&rows=owner&columns=stage"}}


def value_for(field: models.Field, world: World, owner: str, text: str) -> Any:
    """A value of a required field."""
    if field.related_model is not None:
        key = field.related_model._meta.model_name
        if key == "user":
            used = set(field.model._base_manager.values_list(field.attname, flat=True)) if field.unique else set()
            return next(u for u in (world.users[owner], *world.users.values()) if u.pk not in used)
        if key == "unit":
            return world.units["east_sales"]
        if key == "blob":
            return keep(io.BytesIO(text.encode()), "样本.txt")
        if key == "term":
            return Term.objects.filter(dictionary=getattr(field, "dictionary", "")).first()
        return record_of(key, world, owner=owner, text=text) if key in registry else plain_of(field.related_model, world, owner, text)
    if isinstance(field, models.JSONField):
        return {}
    if field.choices:
        return chosen(field, world) if once(field) else field.choices[0][0]
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.DateField):
        return dt.date(2026, 1, 1)
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.DecimalField):
        return Decimal("1")
    if isinstance(field, models.IntegerField):
        return 1 + (field.model._base_manager.aggregate(most=models.Max(field.name))["most"] or 0) if once(field) else 1
    return unused(field, text[:field.max_length or 200])


def chosen(field: models.Field, world: World) -> Any:
    """A value that no row has. Where each has one, a row that ships with the program makes room, for want of one the newest."""
    rows = field.model._base_manager.order_by("pk")
    taken = set(rows.values_list(field.name, flat=True))
    free = next((value for value, _label in field.flatchoices if value not in taken), None)
    if free is None:
        old = rows.exclude(pk__in=world.made.get(field.model._meta.model_name or "", ())).first() or rows.last()
        free = getattr(old, field.name)
        rows.filter(pk=old.pk).delete()
    return free


def plain_of(model: type[models.Model], world: World, owner: str, text: str) -> models.Model:
    """A row of a model that is no record."""
    fields = [f for f in model._meta.fields if not f.primary_key and not f.null and not f.has_default()]
    return model._base_manager.create(**{f.name: value_for(f, world, owner, text) for f in fields})


def once(field: models.Field) -> bool:
    """Whether only one living record may have a value of this field, or none."""
    return any(isinstance(c, models.UniqueConstraint) and c.fields == (field.name,) for c in field.model._meta.constraints)


def unused_unit(field: models.Field, world: World) -> Any:
    """A unit that no living record has."""
    used = set(field.model._base_manager.filter(deleted_at=None).values_list(field.attname, flat=True))
    return next(unit for unit in world.units.values() if unit.pk not in used)


def unused(field: models.Field, text: str) -> str:
    """The text, with a number where another living record has it and names may be given once only."""
    rows = field.model._base_manager.filter(deleted_at=None) if once(field) else field.model._base_manager.none()
    found, n = text, 1
    while rows.filter(**{field.name: found}).exists():
        n += 1
        found = f"{text}{n}"
    return found


def goods(world: World, owner: str, *, out: bool) -> dict[str, Any]:
    """An order in force, and its line: what goes out or comes back is of one."""
    from tests.orders.making import signed

    order = signed(world, by=owner, on="2026-01-01", customer=world.customer("订货客户", by=owner))
    if out:
        run("order_deliver", order.pk, world.actor("admin"), {"delivered_on": "2026-01-01"})
    return {"order": order, "line": order.lines.get()}


def in_force(world: World, owner: str) -> dict[str, Any]:
    """An order in force: it may be invoiced."""
    order = goods(world, owner, out=False)["order"]
    return {"order": order, "customer": order.customer}


def asked_for(world: World, owner: str) -> dict[str, Any]:
    """A draft of an invoice, and what of its order one more line could be for."""
    order = goods(world, owner, out=False)["order"]
    made = run("invoice_create", None, world.actor("admin"), values={"order": order.pk, "kind": "general", "amount": "1"}).record
    return {"invoice": made, "order": order, "line": order.lines.get(), "amount": Decimal(1)}


def of_order(world: World, owner: str) -> dict[str, Any]:
    """An order in force: it may be changed."""
    return {"order": goods(world, owner, out=False)["order"]}


IN_FORCE = {"invoice": in_force, "invoicepart": asked_for,
            "orderchange": of_order, "delivery": partial(goods, out=False), "returnedgoods": partial(goods, out=True)}


def record_of(key: str, world: World, *, owner: str = "alice", text: str = "样本", **values: Any) -> Any:
    """A record of this resource that belongs to somebody of the world."""
    record = filled(key, world, owner=owner, text=text, **values)
    with transaction.atomic():
        begin(Actor.system("demo"))
        prepare(type(record), [record], actor=Actor.system("demo"), changed=None)
        record.save(force_insert=True)
    world.made.setdefault(key, []).append(record.pk)
    return record


def filled(key: str, world: World, *, owner: str = "alice", text: str = "样本", **values: Any) -> Any:
    """The same, not written yet."""
    resource = registry[key]
    record = resource.model()
    for field in resource.model._meta.concrete_fields:
        placed = field.name in PLACED and isinstance(record, OwnedRecord)
        if field.name in SKIPPED or placed or field.name in values or getattr(field, "generated", False):
            continue
        if key in IN_FORCE and field.name in ("order", "invoice", "line", "customer"):
            continue
        if field.null and field.name == "unit" and once(field):
            setattr(record, field.name, unused_unit(field, world))
            continue
        if field.null or field.has_default() or (field.blank and not field.related_model and field.name != resource.title):
            continue
        setattr(record, field.name, value_for(field, world, owner, text))
    if isinstance(record, OwnedRecord):
        user = world.users[owner]
        record.owner = user
        record.unit_id = user.memberships.get(primary=True).unit_id
        record.branch_id = tree().branch(record.unit_id)
    given = {**WORTH.get(key, {}), **(IN_FORCE[key](world, owner) if key in IN_FORCE else {}), **values}
    for name, value in given.items():
        setattr(record, name, value)
    return record
