"""What a rule says, `pellucid.rule/1`: when something happens, if conditions hold, then do.

The shape is checked here, the meaning in `checking.py`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from django.utils.translation import gettext as _

from pellucid.kernel.records.errors import Invalid

SCHEMA = "pellucid.rule/1"
BEFORE = "old_"  # stands before a field's name for what it held before the event
MOST_STEPS = 10
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Clock = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Anything in a rule: an unknown word in it is refused."""


class When(Part, tag_field="type", kw_only=True):
    """What a rule waits for."""

    @property
    def type(self) -> str:
        return str(self.__struct_config__.tag)


class Created(When, tag="created", kw_only=True):
    """A record is made, by whatever door."""


class Changed(When, tag="changed", kw_only=True):
    """One of these fields changes; of none: any."""

    fields: tuple[Name, ...] = ()


class Happened(When, tag="event", kw_only=True):
    """One of these things is done to a record."""

    names: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=20)]


class Reached(When, tag="date", kw_only=True):
    """So many days before or after the day in a field, at a time of the company's day; once per record and value."""

    field: Name
    days: Annotated[int, msgspec.Meta(ge=-366, le=366)] = 0
    at: Clock = "08:00"


class Scheduled(When, tag="schedule", kw_only=True):
    """Every day, or on days of the week (1 is Monday) or of the month, for each record the conditions find."""

    every: Literal["day", "week", "month"] = "day"
    on: tuple[Annotated[int, msgspec.Meta(ge=1, le=31)], ...] = ()
    at: Clock = "08:00"


AnyWhen = Created | Changed | Happened | Reached | Scheduled


class Do(Part, kw_only=True):
    """One thing to do. `kind` names it (`doing.py`), `on` what it is done with: an action, a resource, a process; inputs are literals,
    {"field": a field of the record}, or for a day {"days": from today on}."""

    kind: Name
    on: Annotated[str, msgspec.Meta(max_length=80)] = ""
    inputs: dict[str, Any] = {}


class Body(Part, kw_only=True):
    """A whole rule."""

    schema: Literal["pellucid.rule/1"] = "pellucid.rule/1"
    resource: Name
    when: AnyWhen
    if_: Annotated[str, msgspec.Meta(max_length=8000)] = msgspec.field(default="", name="if")
    do: Annotated[tuple[Do, ...], msgspec.Meta(min_length=1, max_length=MOST_STEPS)]
    rate: Annotated[int, msgspec.Meta(ge=1, le=6000)] = 600  # runs a minute


def read(body: Any) -> Body:
    """The rule in a JSON body. Invalid names the place of what does not fit."""
    try:
        return msgspec.convert(body, Body)
    except msgspec.ValidationError as error:
        text, _sep, place = str(error).partition(" - at ")
        raise Invalid(_("This is no rule: %(why)s (at %(where)s)") % {"why": text, "where": place.strip("`") or "$"}) from error


def written(body: Body) -> dict[str, Any]:
    """The rule as JSON."""
    return {"schema": SCHEMA, **msgspec.to_builtins(body)}
