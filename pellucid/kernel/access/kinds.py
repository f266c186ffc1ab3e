"""Kinds of values that name a user, a unit or another record."""
from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.records.kinds import html
from pellucid.kernel.records.kinds.base import BadValue, Cell, Kind, register
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.records.translated import say
from pellucid.kernel.records.words import folded

from . import directory
from .rights import tree


@register
class UserKind(Kind):
    key, control, family, operators, groupable = "user", "combobox", "set", ("in", "notin", "me", "empty", "filled"), True

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        if raw is None or str(raw).strip() == "":
            return None
        if str(raw).strip() == "me" and show.user_id:
            return show.user_id
        found = directory.find_user(raw)
        if found is None:
            raise BadValue(_("There is no colleague “%(value)s”.") % {"value": str(raw)[:40]})
        return found

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return directory.user_name(value)

    def cell(self, spec: Spec, show: Show) -> Cell:
        users = directory.users()

        def draw(value: Any):
            found = users.get(value)
            return html.person(found.name, found.id) if found else html.EMPTY
        return draw

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": 2**53, "description": "id of a user"}


@register
class UnitKind(Kind):
    key, control, family, operators, groupable = "unit", "choice", "set", ("in", "below", "notin", "empty", "filled"), True

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        if raw is None or str(raw).strip() == "":
            return None
        found = directory.find_unit(raw)
        if found is None:
            raise BadValue(_("There is no unit “%(value)s”.") % {"value": str(raw)[:40]})
        return found

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return directory.unit_name(value, full=True)

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": 2**53, "description": "id of a unit"}

    def options(self, spec: Spec, show: Show):
        units = directory.units()
        now = tree()
        return [(u, "　" * len(now.ancestors(u)) + units[u].name, "") for u in now.walk() if not units[u].closed]


@register
class LinkKind(Kind):
    """A record of another resource. Values are ids; lists select (id, title) and hand the pair to the cell."""

    key, control, family, operators = "link", "combobox", "set", ("in", "empty", "filled")
    columnar = True

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        if raw is None or str(raw).strip() == "":
            return None
        try:
            value = int(str(raw).strip())
        except ValueError:
            raise BadValue(_("Please choose from the list.")) from None
        if not 0 < value < 2**63:
            raise BadValue(_("Please choose from the list."))
        return value

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return "" if value is None else str(value[1] if isinstance(value, tuple) else value)

    def cell(self, spec: Spec, show: Show) -> Cell:
        def draw(value: Any):
            if value is None or value[0] is None:
                return html.EMPTY
            return html.link(show.url(spec.target, value[0]), value[1]) if show.url else html.text(value[1])
        return draw

    def json(self, spec: Spec, value: Any) -> Any:
        return value[0] if isinstance(value, tuple) else value

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": 2**53, "description": f"id of a {spec.target}"}


@register
class RoleKind(Kind):
    """A role of the program or of the administrator's own."""

    key, control, family, operators = "role", "choice", "set", ("in",)

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        if raw is None or str(raw).strip() == "":
            return None
        word = folded(raw)
        for role in directory.roles():
            if word in (str(role.id), folded(role.code), *(folded(v) for v in role.label.values())):
                return role.id
        raise BadValue(_("There is no role “%(value)s”.") % {"value": str(raw)[:40]})

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return next((say(r.label, show.language) for r in directory.roles() if r.id == value), "")

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": 2**53, "description": "id of a role"}

    def options(self, spec: Spec, show: Show):
        return [(r.id, say(r.label, show.language), "") for r in directory.roles()]
