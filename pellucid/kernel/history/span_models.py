"""Read-only models over the span tables, made from the models whose periods they hold."""

from __future__ import annotations

from functools import cache
from threading import RLock
from typing import Any, ClassVar, NoReturn

from django.apps.registry import Apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from .tracked import column_of, tracked_of

_apart = Apps()  # a registry of their own: neither migrations nor reverse relations know these models


class ReadOnly(models.QuerySet):
    """Spans are written by triggers and by guarded functions only."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("spans are read only: they follow from changes of the records")

    update = delete = create = bulk_create = bulk_update = get_or_create = update_or_create = _refuse  # type: ignore[assignment]


class Span(models.Model):
    """A period of one record; `id` is the record's, so a query as of one moment has one row per record."""

    id = models.BigIntegerField(primary_key=True)
    span_id = models.BigIntegerField()
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_to = models.DateTimeField()
    is_correction = models.BooleanField()
    actor = models.BigIntegerField(null=True)
    event = models.BigIntegerField(null=True)
    of: ClassVar[type[models.Model]]  # the model whose periods these are
    objects = ReadOnly.as_manager()

    class Meta:
        abstract = True
        apps = _apart

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("spans are read only: they follow from changes of the records")

    delete = save  # type: ignore[assignment]


_making = RLock()


def span_model(model: type[models.Model]) -> type[Span]:
    """The model over a table's periods: its temporal fields under their own names, all of them nullable (unknown), and `record`,
    the row as it is now. Made once, whichever thread asks first."""
    with _making:
        return _made(model)


@cache
def _made(model: type[models.Model]) -> type[Span]:
    tracked = tracked_of(model)
    if not tracked.temporal:
        raise ImproperlyConfigured(f"{model._meta.label} keeps no periods: it declares no temporal fields")
    fields = {f.name: _copy(f) for f in model._meta.local_concrete_fields if f.column in tracked.temporal}
    meta = type("Meta", (), {"apps": _apart, "managed": False, "db_table": tracked.span, "app_label": model._meta.app_label})
    fields["record"] = models.ForeignObject(model, models.DO_NOTHING, from_fields=("id",), to_fields=(model._meta.pk.name,), related_name="+")
    made: Any = type(f"{model.__name__}Span", (Span,), {**fields, "Meta": meta, "__module__": model.__module__, "of": model})
    for f in made._meta.local_fields:
        if isinstance(f, models.ForeignObject):  # the other end lives in the real registry, which this one does not ask
            f.do_related_class(f.remote_field.model, made)
    return made


def _copy(field: models.Field) -> models.Field:
    _, _, args, options = field.deconstruct()
    for name in ("unique", "primary_key", "db_index", "default", "db_default", "auto_now", "auto_now_add", "limit_choices_to"):
        options.pop(name, None)
    options["null"] = True
    if isinstance(field, models.ForeignKey):
        options |= {"to": field.remote_field.model, "on_delete": models.DO_NOTHING, "related_name": "+", "db_constraint": False}
    made = type(field)(*args, **options)
    made.db_column = field.column
    return made


def span_field(model: type[models.Model], name: str) -> str:
    """The name under which a span's value of a field is read: for a link its id."""
    column = column_of(model, name)
    if column not in tracked_of(model).temporal:
        raise ImproperlyConfigured(f"{model._meta.label}.{name} keeps no periods: it is not temporal")
    return next(f.attname for f in model._meta.local_concrete_fields if f.column == column)
