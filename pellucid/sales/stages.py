"""Pipelines and stages as every process knows them: one read per change, then from memory."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from django.apps import apps

from pellucid.kernel.records.derived_versions import watch
from pellucid.kernel.records.versions import versioned
from pellucid.kernel.records.whole import is_whole

watch("terms", "sales_pipeline", "sales_stage")


class Way(NamedTuple):
    """A pipeline."""

    id: int
    name: str
    name_en: str
    active: bool

    def label(self, language: str) -> str:
        """Its name in the reader's language."""
        return self.name_en or self.name if not language.startswith("zh") else self.name


class Known(NamedTuple):
    """A stage."""

    id: int
    pipeline: int
    name: str
    name_en: str
    position: int
    kind: str
    probability: Decimal
    rotting_days: int | None
    guidance: str
    gates: list[str]
    checklist: str
    active: bool

    def label(self, language: str) -> str:
        """Its name in the reader's language."""
        return self.name_en or self.name if not language.startswith("zh") else self.name

    @property
    def tone(self) -> str:
        """The colour of its end; in progress it has none."""
        return {"won": "ok", "lost": "bad"}.get(self.kind, "")

    @property
    def things(self) -> list[str]:
        """What must be done before going on."""
        return [line.strip() for line in self.checklist.splitlines() if line.strip()]


@versioned("terms")
def pipelines() -> dict[int, Way]:
    """Every living pipeline by id, in order."""
    rows = apps.get_model("sales", "Pipeline")._base_manager.filter(deleted_at=None).order_by("position", "id")
    return {r[0]: Way(*r) for r in rows.values_list("id", "name", "name_en", "active")}


@versioned("terms")
def stages() -> dict[int, Known]:
    """Every living stage by id: those of a pipeline together, open ones in order, then won, then lost."""
    rows = apps.get_model("sales", "Stage")._base_manager.filter(deleted_at=None)
    names = ("id", "pipeline_id", "name", "name_en", "position", "kind", "probability", "rotting_days", "guidance", "gates", "checklist", "active")
    ways, ends = list(pipelines()), {"open": 0, "won": 1, "lost": 2}
    found = [Known(*r) for r in rows.values_list(*names) if r[1] in ways]
    return {s.id: s for s in sorted(found, key=lambda s: (ways.index(s.pipeline), ends[s.kind], s.position, s.id))}


def of_pipeline(pipeline: int) -> list[Known]:
    """The stages of a pipeline in order, those switched off left out."""
    return [s for s in stages().values() if s.pipeline == pipeline and s.active]


def first_pipeline() -> int | None:
    """The pipeline a new opportunity goes through unless somebody says otherwise."""
    return next((w.id for w in pipelines().values() if w.active), None)


def first_stage(pipeline: int) -> Known | None:
    """Where a pipeline begins."""
    return next((s for s in of_pipeline(pipeline) if s.kind == "open"), None)


def end_of(pipeline: int, kind: str) -> Known | None:
    """The stage for won or for lost."""
    return next((s for s in of_pipeline(pipeline) if s.kind == kind), None)


def way_of(here: Known) -> list[Known]:
    """The stages in progress of its pipeline, and the end it has come to or is meant for; a stage switched off shows while something is in it."""
    end = "lost" if here.kind == "lost" else "won"
    return [s for s in stages().values() if s.pipeline == here.pipeline and (s.active or s.id == here.id) and s.kind in ("open", end)]


def over(stage: int) -> bool:
    """Whether what is in this stage is closed."""
    found = stages().get(stage)
    return found is not None and found.kind != "open"


def same_named(stage: Known, pipeline: int) -> Known | None:
    """The stage of another pipeline that bears the same name."""
    return next((s for s in of_pipeline(pipeline) if s.name == stage.name), None)


def passed(here: Known, there: Known) -> list[Known]:
    """The open stages that are left behind on the way forward, the first one included; nothing on the way back."""
    way = [s for s in of_pipeline(here.pipeline) if s.kind == "open"]
    begin = next((at for at, s in enumerate(way) if (s.position, s.id) >= (here.position, here.id)), len(way))
    end = len(way) if there.kind == "won" else next((at for at, s in enumerate(way) if s.id == there.id), begin)
    return way[begin:end] if there.kind != "lost" else []


def word(found: dict[int, Any], raw: Any) -> int | None:
    """The id of what is named so in either language; the first in order."""
    text = str(raw).strip().casefold()
    if is_whole(text) and int(text) in found:
        return int(text)
    return next((i for i, f in found.items() if text in (f.name.casefold(), f.name_en.casefold())), None)
