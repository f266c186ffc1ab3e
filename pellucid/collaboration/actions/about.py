"""What every record with a next step can be given: the next step itself, and tasks for somebody. Declared by `keeps(Model)`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Action, Ask, keep_action, specs_of
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records.errors import Forbidden, Invalid
from pellucid.kernel.resources.declare import registry, resource_of
from pellucid.kernel.resources.fields import resource_title
from pellucid.kernel.resources.verbs import insert

from ..models import Task
from .next_steps import set_step


def next_step(
    record: Any,
    *,
    actor: Actor,
    text: Annotated[str, Ask(gettext_lazy("What to do"), max_length=200)],
    at: Annotated[dt.datetime, Ask(gettext_lazy("When"))],
) -> None:
    """Plan what comes next; what was planned before is replaced."""
    set_step(record, text, at, actor=actor)


def add_task(
    record: Any,
    *,
    actor: Actor,
    name: Annotated[str, Ask(gettext_lazy("What to do"), max_length=200)],
    due_at: Annotated[dt.datetime, Ask(gettext_lazy("Due"))],
    owner: Annotated[int | None, Ask(gettext_lazy("Who does it"), kind="user")] = None,
    priority: Annotated[str, Ask(gettext_lazy("Priority"), choices=Task.Priority)] = Task.Priority.NORMAL.value,
    to_check: Annotated[bool, Ask(gettext_lazy("I check the result"), kind="bool")] = False,
    checklist: Annotated[str, Ask(gettext_lazy("Checklist"), kind="longtext", max_length=4000, help=gettext_lazy("One thing per line."))] = "",
    note: Annotated[str, Ask(gettext_lazy("Note"), kind="longtext", max_length=4000)] = "",
) -> Task:
    """Give somebody something to do about this record."""
    if not actor.may("task", "create"):
        raise Forbidden("task.create", _("The right to make tasks is missing."))
    somebody = directory.users().get(owner or actor.user_id or getattr(record, "owner_id", None) or 0)  # a rule is nobody: whoever has the record
    if somebody is None and not owner:
        raise Invalid({"owner": [_("Say who does it.")]})
    if somebody is None or not somebody.active:
        raise Invalid({"owner": [_("This colleague no longer works here.")]})
    task = Task(
        name=name,
        due_at=due_at,
        owner_id=somebody.id,
        priority=priority or Task.Priority.NORMAL.value,
        note=note or "",
        to_check=bool(to_check),
        checklist=checklist or "",
        about_resource=record._meta.model_name,
        about_id=record.pk,
        about_title=resource_title(resource_of(type(record)), record)[:200],
    )
    insert(registry["task"], task, actor=actor)
    noted(task=task.pk)
    return task


def declare_about(model: type[models.Model], shown: Callable[[Any], bool] | None = None, within: str = "") -> None:
    """The two verbs on a model; what it belongs to is locked first, because it is brought in line."""
    key = model._meta.model_name or ""
    for name, function, label, verb, icon, sentence, did in (
        ("next_step", next_step, gettext_lazy("Plan the next step"), "edit", "calendar-plus", gettext_lazy("{actor} planned the next step: {text}"),
         gettext_lazy("Planned the next step of “{name}”")),
        ("add_task", add_task, gettext_lazy("New task"), "view", "checkbox", gettext_lazy("{actor} gave out a task: {name}"),
         gettext_lazy("Made a task about “{name}”")),
    ):  # fmt: skip
        inputs = specs_of(function, ("record", "actor"))
        keep_action(Action(name=f"{key}_{name}", model=model, label=label, verb=verb, function=function, inputs=inputs, icon=icon,
                           did=did, event=f"{key}.{name}", shown=shown, locks=(within,) if within else ()), sentence)  # fmt: skip
