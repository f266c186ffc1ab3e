"""Competitors as values: read from memory, named in lists, on cards and in dialogs without a join."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext as _
from markupsafe import Markup

from pellucid.kernel.records import fields
from pellucid.kernel.records.derived_versions import watch
from pellucid.kernel.records.kinds import html
from pellucid.kernel.records.kinds.base import BadValue, Cell, register
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.records.versions import versioned
from pellucid.kernel.records.whole import is_whole

from .kinds import Listed

watch("terms", "sales_competitor")


class Rival(NamedTuple):
    """A competitor."""

    id: int
    name: str
    short_name: str
    threat: str
    active: bool

    def label(self, language: str) -> str:
        """Its name; companies have one in every language."""
        return self.name

    @property
    def brief(self) -> str:
        """What colleagues call it."""
        return self.short_name or self.name

    @property
    def tone(self) -> str:
        """The colour of how dangerous it is."""
        return {"high": "bad", "middle": "warn"}.get(self.threat, "")


@versioned("terms")
def rivals() -> dict[int, Rival]:
    """Every living competitor by id, the most dangerous first."""
    rows = apps.get_model("sales", "Competitor")._base_manager.filter(deleted_at=None, merged_into=None)
    found = [Rival(*r) for r in rows.values_list("id", "name", "short_name", "threat", "active")]
    ranks = {"high": 0, "middle": 1, "low": 2}
    return {r.id: r for r in sorted(found, key=lambda r: (ranks.get(r.threat, 3), r.name, r.id))}


def named(word: Any) -> int | None:
    """The id of the competitor that has this name, or is called so for short."""
    text = " ".join(str(word).split()).casefold()
    if is_whole(text) and int(text) in rivals():
        return int(text)
    whole = next((r.id for r in rivals().values() if r.name.casefold() == text), None)
    return whole or next((r.id for r in rivals().values() if r.short_name.casefold() == text), None)


@register
class CompetitorKind(Listed):
    """One competitor, chosen from the list of those in use."""

    key = "competitor"

    def known(self) -> dict[int, Any]:
        return rivals()

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        if raw is None or str(raw).strip() == "":
            return None
        if (found := named(raw)) is None:
            raise BadValue(_("“%(value)s” is not in the list.") % {"value": str(raw)[:40]})
        return found

    def cell(self, spec: Spec, show: Show) -> Cell:
        known = rivals()

        def draw(value: Any) -> Markup:
            if (found := known.get(value)) is None:
                return html.EMPTY
            return html.link(show.url("competitor", value), found.name) if show.url else html.text(found.name)

        return draw

    def options(self, spec: Spec, show: Show):
        return [(r.id, r.name, "") for r in rivals().values() if r.active]


@register
class CompetitorsKind(CompetitorKind):
    """Several competitors; on cards and in lists by their short names."""

    key, control, family, groupable = "competitors", "choices", "array", False
    operators: ClassVar[tuple[str, ...]] = ("any", "all", "none", "empty", "filled")

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        parts = raw if isinstance(raw, (list, tuple)) else str(raw or "").replace("、", ",").split(",")
        return [found for part in parts if (found := super(CompetitorsKind, self).parse(spec, part, show)) is not None]

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        known = rivals()
        return ("、" if show.chinese else ", ").join(known[v].name for v in value or () if v in known)

    def cell(self, spec: Spec, show: Show) -> Cell:
        drawn = {r.id: html.tag(r.brief, r.tone if r.tone == "bad" else "") for r in rivals().values()}

        def draw(value: Any) -> Markup:
            found = [drawn[v] for v in value or () if v in drawn]
            return Markup(" ").join(found) if found else html.EMPTY

        return draw

    def json(self, spec: Spec, value: Any) -> Any:
        return list(value or ())

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 2**53}, "maxItems": 100}

    def operand(self, spec: Spec, raw: str, show: Show) -> Any:
        return CompetitorKind.parse(self, spec, raw, show)


class OfCompetitor(fields.Link):
    """A competitor, by its name."""

    kind = "competitor"


class Competitors(fields.Facts, ArrayField):
    """Ids of competitors, kept as a copy of who takes part."""

    kind = "competitors"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("base_field", models.BigIntegerField())
        kwargs |= {"default": list, "blank": True, "editable": False}
        super().__init__(*args, **kwargs)
