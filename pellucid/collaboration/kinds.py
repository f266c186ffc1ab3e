"""Kinds of values that only working together knows: what of a list was ticked off, who does a step, to which stage it belongs and on what it
hangs, a plan to start."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.kinds.base import KINDS, BadValue, Kind, register
from pellucid.kernel.records.spec import Show, Spec

from . import doers, milestones, phases


@register
class TicksKind(Kind):
    """Things that are done, in their own words; ticked where the list stands, never typed."""

    key, family = "ticks", "array"
    operators: ClassVar[tuple[str, ...]] = ("empty", "filled")

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return ("、" if show.chinese else ", ").join(value or ())

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "maxLength": 200}}


class Ticks(fields.Facts, ArrayField):
    """The things of a list that are done."""

    kind = "ticks"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("base_field", models.CharField(max_length=200))
        kwargs |= {"default": list, "blank": True, "editable": False}
        super().__init__(*args, **kwargs)


def things(text: str) -> list[str]:
    """The things of a list, one a line, each once."""
    return list(dict.fromkeys(line.strip()[:200] for line in text.splitlines() if line.strip()))


class Listed(Kind):
    """One of a few values that areas declare, kept as text."""

    control, family, groupable = "choice", "set", True
    operators: ClassVar[tuple[str, ...]] = ("in", "notin", "empty", "filled")

    def known(self, spec: Spec, language: str) -> list[tuple[str, str]]:
        """(value, label) of each, in order."""
        raise NotImplementedError

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        text = str(raw or "").strip()
        if not text:
            return None
        found = next((v for v, label in self.known(spec, show.language) if text == v or text.casefold() == label.casefold()), None)
        if found is None:
            raise BadValue(_("“%(value)s” is not in the list.") % {"value": text[:40]})
        return found

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return next((label for v, label in self.known(spec, show.language) if v == value), "")

    def options(self, spec: Spec, show: Show):
        return [(value, label, "") for value, label in self.known(spec, show.language)]


@register
class DoerKind(Listed):
    """Who does a step."""

    key = "doer"

    def known(self, spec: Spec, language: str) -> list[tuple[str, str]]:
        return [(key, str(label)) for key, label in doers.labels().items()]


@register
class PhaseKind(Listed):
    """The stage of a record to which a step belongs."""

    key = "phase"

    def known(self, spec: Spec, language: str) -> list[tuple[str, str]]:
        return phases.options(language)


@register
class SinceKind(Listed):
    """The day of a record from which a step counts."""

    key = "since"

    def known(self, spec: Spec, language: str) -> list[tuple[str, str]]:
        return [(key, str(label)) for key, label in milestones.days().items()]


@register
class EachKind(Listed):
    """The parts of a record a step is made for."""

    key = "each"

    def known(self, spec: Spec, language: str) -> list[tuple[str, str]]:
        return [(key, str(label)) for key, label in milestones.kinds_of_parts().items()]


@register
class FactKind(Listed):
    """What completes a step by happening."""

    key = "fact"

    def known(self, spec: Spec, language: str) -> list[tuple[str, str]]:
        return [(key, str(label)) for key, label in milestones.facts().items()]


class Doer(fields.Text):
    """Who does a step, told from the record."""

    kind = "doer"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 24)
        super().__init__(*args, **kwargs)


class Phase(fields.Text):
    """A stage of the record, or none."""

    kind = "phase"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 60)
        super().__init__(*args, **{"blank": True, "default": "", **kwargs})


class Hangs(fields.Text):
    """Something a step hangs on, or nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        super().__init__(*args, **{"blank": True, "default": "", "db_default": "", **kwargs})


class Since(Hangs):
    """The day a step counts from."""

    kind = "since"


class Each(Hangs):
    """What a step is made for, one by one."""

    kind = "each"


class Fact(Hangs):
    """What completes a step."""

    kind = "fact"


def plan_kind(key: str) -> str:
    """The kind of value that is a plan in use for records of this resource; made at its first use."""
    name = f"plan_for_{key}"
    if name not in KINDS:
        register(type(f"PlanFor{key.title()}", (PlanKind,), {"key": name, "about": key}))
    return name


class PlanKind(Kind):
    """A plan in use, chosen by its name; kept as its id."""

    control, family, about = "choice", "set", ""
    operators: ClassVar[tuple[str, ...]] = ("in",)

    def known(self) -> list[tuple[int, str]]:
        """(id, name) of each, those of one kind together."""
        rows = apps.get_model("collaboration", "Plan")._base_manager.filter(about=self.about, active=True, deleted_at=None)
        return list(rows.order_by("kind", "name").values_list("id", "name"))

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        text = str(raw or "").strip()
        if not text:
            return None
        found = next((pk for pk, name in self.known() if text in (str(pk), name)), None)
        if found is None:
            raise BadValue(_("“%(value)s” is not in the list.") % {"value": text[:40]})
        return found

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return dict(self.known()).get(value, "")

    def options(self, spec: Spec, show: Show):
        return [(pk, name, "") for pk, name in self.known()]

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": 2**53, "description": "id of a plan"}
