"""Nobody reaches through another login, or gives away, what he may not do himself (docs/architecture.md, "Who may give what")."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import FieldRight, Grant, Role, RoleRight, Unit
from pellucid.kernel.access.rights import FIELD_LEVELS, Granted, Rights, duty, fitting, rights_of, tree
from pellucid.kernel.access.scopes import BUILT_IN, OWN_OF, Scope, scope
from pellucid.kernel.actions.reach import verb_words
from pellucid.kernel.records.errors import Refused

from ..declare import registry
from ..fields import specs
from .areas import AREAS


def free(actor: Actor) -> bool:
    """Whether nothing holds this actor back: the system, and administrators."""
    return actor.rights is None or "admin" in actor.rights.roles


def not_above(person: int | None, actor: Actor) -> None:
    """Raise Refused where somebody may do more than the actor himself: his login is not the actor's to open, move or close."""
    if person is None or person == actor.user_id or free(actor):
        return
    theirs = rights_of(person)
    if more := _excess(person, theirs.granted, theirs.fields, actor):
        raise Refused(_("%(name)s may do more than you (%(right)s): this is for somebody who may do as much, or for an administrator.") % {
            "name": directory.user_name(person), "right": more})  # fmt: skip
    if "admin" in theirs.roles:
        raise Refused(_("Only an administrator may do this to an administrator."))


def holds(role: int, units: Iterable[int], actor: Actor, only: set[str] | None = None) -> None:
    """Raise Refused where a role at one of these units (`only` in these areas) allows more than the actor himself may: nobody gives more
    than he holds."""
    if free(actor):
        return
    if Role.objects.filter(pk=role, code="admin").exists():
        raise Refused(_("Only an administrator makes somebody an administrator."))
    rights = [r for r in RoleRight.objects.filter(role_id=role).values_list("resource", "verb", "scope") if only is None or r[0] in only]
    levels = {(r, f): level for r, f, level in FieldRight.objects.filter(role_id=role).values_list("resource", "field", "level")}
    for unit in units:
        granted: dict[tuple[str, str], frozenset[tuple[str, int]]] = {}
        for key, verb, kind in rights:
            granted[key, verb] = granted.get((key, verb), frozenset()) | {(kind, unit)}
        if more := _excess(actor.user_id or 0, granted, levels, actor):
            raise Refused(_("This role may do more than you (%(right)s): nobody gives more than he holds.") % {"right": more})


def catches(unit: Unit, actor: Actor) -> None:
    """Raise Refused where catching for a unit brings rights there that the actor lacks himself, whomever he names."""
    if free(actor):
        return
    assert isinstance(actor.rights, Rights)
    if more := _excess(0, duty([(unit.pk, unit.parent_id)]), actor.rights.fields, actor):
        raise Refused(_("Whoever catches for this unit may do more there than you (%(right)s): nobody gives more than he holds.") % {"right": more})


def regroups(gain: Callable[[str, int], frozenset[int]], actor: Actor) -> None:
    """Raise Refused where a change of the tree lets somebody, the actor not least, reach units that the actor did not reach before it.
    `gain(kind of scope, its unit)` says which units come within it."""
    if free(actor):
        return
    mine = actor.rights
    assert isinstance(mine, Rights)
    wide = Grant.objects.filter(user__is_active=True, role__rights__scope__in=("unit", "unit_below", "branch"))
    reaching = set(wide.values_list("role__rights__resource", "role__rights__verb", "role__rights__scope", "unit_id").distinct())
    catching = Unit.objects.filter(catcher__is_active=True, closed_at=None).values_list("pk", "parent_id")
    reaching |= {(*key, *scope) for key, scopes in duty(catching).items() for scope in scopes if scope[0] != "all"}
    gained = {found: gain(*found) for found in {(kind, anchor) for _key, _verb, kind, anchor in reaching}}
    for key, verb, kind, anchor in sorted(reaching):
        units = fitting(Scope(0, units=gained[kind, anchor]), key).units
        if units and not _covers(fitting(scope(mine.user_id, mine.own.get((key, verb), ()), mine.tree), key), Scope(0, units=units)):
            raise Refused(_("Somebody would reach more by this than you reach now (%(right)s): nobody gives more than he holds.") % {
                "right": f"{_area(key)} · {verb_words(verb)}"})  # fmt: skip


def _excess(person: int, granted: Granted, levels: Mapping[tuple[str, str], str], actor: Actor) -> str:
    """The first of these rights that goes beyond the actor's own, in words; what is only lent to him does not count."""
    mine = actor.rights
    assert isinstance(mine, Rights)
    for (key, verb), grants in sorted(granted.items()):
        held = mine.own.get((key, verb), frozenset())
        if not _covers(_scope(mine.user_id, held, key), _scope(person, _beyond(grants, held), key)):
            return f"{_area(key)} · {verb_words(verb)}"
    for key, name in sorted({*mine.fields, *levels}):
        if (key, "view") in granted and _rank(levels.get((key, name), "write")) > _rank(mine.field(key, name)):
            return f"{_area(key)} · {specs(key)[name].label if key in registry and name in specs(key) else name}"
    return ""


def _beyond(grants: Iterable[tuple[str, int]], held: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Without what an area's own kind of scope gives at a unit below one where the actor has the same."""
    inside = {(kind, unit) for kind, anchor in held if kind not in BUILT_IN and anchor in tree() for unit in tree().below(anchor)}
    return [grant for grant in grants if grant not in inside]


def _rank(level: str) -> int:
    return FIELD_LEVELS.index(level)


def _scope(user: int, grants: Iterable[tuple[str, int]], key: str) -> Scope:
    """Without the parts that rows of this kind do not know."""
    return fitting(scope(user, grants, tree()), key)


def _covers(mine: Scope, theirs: Scope) -> bool:
    """Whether every part of theirs is within mine. What is somebody's own, or shared with him, counts as the narrowest step: who reaches his
    own, or units, reaches as far."""
    if mine.all or not theirs:
        return True
    wide, kept = bool(mine.units), {part.name: part.ids for part in mine.by}
    return (
        not theirs.all
        and theirs.units <= mine.units
        and (wide or mine.own or not theirs.own)
        and (wide or mine.shared or not (theirs.shared or theirs.shares_of))
        and all(part.ids <= kept.get(part.name, frozenset()) or (wide and part.name == OWN_OF) for part in theirs.by)
    )


def _area(key: str) -> str:
    return str(registry[key].model._meta.verbose_name if key in registry else AREAS.get(key, key))


def holders_units(role: int) -> list[int]:
    """Where a role is held."""
    return sorted(set(Grant.objects.filter(role_id=role).values_list("unit_id", flat=True)))
