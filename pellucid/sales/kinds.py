"""Kinds of values that only sales knows: a pipeline, a stage, what a gate asks for, since when something is stalled."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _
from markupsafe import Markup

from pellucid.kernel.records import fields, words
from pellucid.kernel.records.kinds import html
from pellucid.kernel.records.kinds.base import BadValue, Cell, Kind, register
from pellucid.kernel.records.kinds.plain import DateKind
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.fields import specs

from . import stages


class Listed(Kind):
    """One of a few records that an administrator keeps, chosen from a list; read from memory, never joined."""

    control, family, groupable = "choice", "set", True
    operators: ClassVar[tuple[str, ...]] = ("in", "notin", "empty", "filled")

    def known(self) -> dict[int, Any]:
        """Every one by id, in order."""
        raise NotImplementedError

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        if raw is None or str(raw).strip() == "":
            return None
        found = stages.word(self.known(), raw)
        if found is None:
            raise BadValue(_("“%(value)s” is not in the list.") % {"value": str(raw)[:40]})
        return found

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        found = self.known().get(value)
        return found.label(show.language) if found else ""

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": 2**53, "description": f"id of a {self.key}"}


@register
class PipelineKind(Listed):
    key = "pipeline"

    def known(self) -> dict[int, Any]:
        return stages.pipelines()

    def options(self, spec: Spec, show: Show):
        return [(w.id, w.label(show.language), "") for w in stages.pipelines().values() if w.active]


@register
class StageKind(Listed):
    key, columnar = "stage", True

    def known(self) -> dict[int, Any]:
        return stages.stages()

    def cell(self, spec: Spec, show: Show) -> Cell:
        drawn = {s.id: html.tag(s.label(show.language), s.tone) if s.tone else html.text(s.label(show.language)) for s in stages.stages().values()}
        return lambda value: drawn.get(value, html.EMPTY)

    def options(self, spec: Spec, show: Show):
        ways = [w for w in stages.pipelines().values() if w.active]
        named = len(ways) > 1
        return [(s.id, f"{w.label(show.language)} / {s.label(show.language)}" if named else s.label(show.language), s.tone)
                for w in ways for s in stages.of_pipeline(w.id)]

    def lane(self, value: Any) -> Any:
        found = stages.stages().get(value)
        return found.pipeline if found else None

    def steps(self, spec: Spec, value: Any, show: Show):
        here = stages.stages().get(value)
        way = stages.way_of(here) if here else []
        return [(s.id, s.label(show.language), s.tone) for s in way]


@register
class GatesKind(Kind):
    """Names of fields of an opportunity that must be filled in."""

    key, control, family = "gates", "choices", "array"
    operators: ClassVar[tuple[str, ...]] = ("empty", "filled")

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        names = raw if isinstance(raw, (list, tuple)) else str(raw or "").replace("、", ",").split(",")
        known = {value: value for value, _label, _tone in self.options(spec, show)}
        known |= {label.casefold(): value for value, label, _tone in self.options(spec, show)}
        wanted = [n.strip() for n in map(str, names) if n.strip()]
        if unknown := [n for n in wanted if n.casefold() not in known]:
            raise BadValue(_("“%(value)s” is not in the list.") % {"value": unknown[0][:40]})
        return sorted({known[n.casefold()] for n in wanted})

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        labels = {v: label for v, label, _tone in self.options(spec, show)}
        return ("、" if show.chinese else ", ").join(labels.get(n, n) for n in value or ())

    def cell(self, spec: Spec, show: Show) -> Cell:
        return lambda value: Markup(" ").join(html.tag(part, "") for part in self.words(spec, value, show).split("、" if show.chinese else ", ")
                                              ) if value else html.EMPTY

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "maxLength": 60}, "maxItems": 50}

    def options(self, spec: Spec, show: Show):
        known = specs("opportunity")
        return [(n, str(known[n].label), "") for n in GATED if n in known] + [
            (n, str(s.label), "") for n, s in known.items() if s.custom] + [
            (DECIDER, _("A decision maker"), ""), (COMPETITORS, _("Competitors, or that there are none"), ""),
            (QUOTED, _("Products and quotes of the competitors"), "")]


GATED = ("customer", "amount", "product", "expected_on", "needs", "needs_note", "origin", "forecast", "next_step")
DECIDER, COMPETITORS, QUOTED = "decision_maker", "competitors", "competitor_quotes"


@register
class RottingKind(DateKind):
    """The day from which on something counts as stalled, shown as how long it has stood still."""

    key = "rotting"

    def cell(self, spec: Spec, show: Show) -> Cell:
        def draw(value: Any) -> Markup:
            said = self.words(spec, value, show)
            return html.span(said, "warn") if said else html.EMPTY

        return draw

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        on, since = value if isinstance(value, tuple) else (value, None)
        if on is None or on > show.today or since is None:
            return ""
        still = (show.today - since.astimezone(show.zone).date()).days
        return _("Stalled for %(days)s") % {"days": words.duration(dt.timedelta(days=still), show.language)}

    def export(self, spec: Spec, value: Any, show: Show) -> Any:
        return value[0] if isinstance(value, tuple) else value

    def json(self, spec: Spec, value: Any) -> Any:
        return super().json(spec, value[0] if isinstance(value, tuple) else value)


@register
class MarksKind(Kind):
    """Which things of the stages' lists were done; the record page shows them where they are to be done."""

    key, family = "marks", "array"
    operators: ClassVar[tuple[str, ...]] = ("empty", "filled")

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return ("、" if show.chinese else ", ").join(mark.partition(":")[2] for mark in value or ())

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "maxLength": 200}}


class Marks(fields.Several):
    """Things that were done, by stage; changed by ticking off only."""

    kind = "marks"

    @staticmethod
    def each() -> models.Field:
        return models.CharField(max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"editable": False})


class OfPipeline(fields.Link):
    """A pipeline, by its name in the reader's language."""

    kind = "pipeline"


class OfStage(fields.Link):
    """A stage of a pipeline."""

    kind = "stage"


class RotsOn(fields.Day):
    """From which day on a record counts as stalled; its companion says since when it stands still."""

    kind = "rotting"


class Gates(fields.FieldNames):
    """Fields that must be filled in before a stage is left forwards."""

    kind = "gates"
