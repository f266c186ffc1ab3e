"""Units: made, renamed, moved, closed. A re-organisation writes no right: scopes follow the tree."""

from __future__ import annotations

from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Grant, RoleRight, Unit
from pellucid.kernel.access.rights import rights_of, tree
from pellucid.kernel.access.scopes import scope
from pellucid.kernel.access.tree import Tree
from pellucid.kernel.actions.declare import Ask, Shown, action
from pellucid.kernel.actions.run import noted
from pellucid.kernel.notices.tell import notify
from pellucid.kernel.records import settings, versions
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.admin.above import catches, regroups
from pellucid.kernel.resources.verbs import insert, write

from ..models import Staff, Transfer
from ..resources import StaffResource, TransferResource
from ..responsible import responsible
from ..selectors import owned_models, owned_rows
from . import duties

KINDS = (("branch", t("Branch")), ("department", t("Department")), ("team", t("Team")))
Name = Annotated[str, Ask(t("Name"), max_length=120)]
Short = Annotated[str, Ask(t("Short name"), max_length=40)]
Head = Annotated[int | None, Ask(t("Head"), kind="user")]
Catcher = Annotated[int | None, Ask(t("Catcher"), kind="user", help=t("Receives what nobody else does."))]


def _active(**people: int | None) -> None:
    for name, user in people.items():
        if user and not (found := directory.users().get(user)) or user and not found.active:
            raise Invalid({name: [_("This colleague no longer works here.")]})


def _open(parent: int) -> Unit:
    versions.alone("access")  # every change of the tree is checked against the tree that the one before has left
    above = Unit.objects.filter(pk=parent, closed_at=None).first()
    if above is None:
        raise Invalid({"parent": [_("Please choose a unit that is open.")]})
    return above


def _named_once(parent: int | None, name: str, but: int | None = None) -> None:
    if Unit.objects.filter(parent_id=parent, name=name, closed_at=None).exclude(pk=but).exists():
        raise Invalid({"name": [_("There is a unit of this name here already.")]})


def _reached(kind: str, anchor: int, of: Tree) -> frozenset[int]:
    """The units that a scope anchored at one of them reaches in a tree."""
    found = scope(0, ((kind, anchor),), of)
    return frozenset(of.walk()) if found.all else found.units


@action(Unit, label=t("New unit"), verb="create", on="new", icon="sitemap", sentence=t("{actor} made the unit {name}"))
def unit_create(
    *,
    actor: Actor,
    parent: Annotated[int, Ask(t("Above"), kind="unit")],
    name: Name,
    kind: Annotated[str, Ask(t("Kind"), choices=KINDS)] = "department",
    short_name: Short = "",
    head: Head = None,
) -> Unit:
    """A unit below another."""
    if kind == "branch" and not settings.get("company.branches"):
        raise Refused(_("This company has no branches; the company settings can change that."))
    _active(head=head)
    above = _open(parent)
    _named_once(above.pk, name)
    last = Unit.objects.filter(parent=above).order_by("-position").values_list("position", flat=True).first() or 0
    return Unit.objects.create(
        parent=above, kind=kind or "department", name=name, short_name=short_name or "", head_id=head, position=last + 1
    )


@action(Unit, label=t("Edit"), verb="edit", icon="pencil", sentence=t("{actor} changed the unit {name}"))
def unit_change(
    unit: Unit, *, actor: Actor, name: Name, short_name: Short = "", head: Head = None, catcher: Catcher = None
) -> None:
    """What a unit is called, who leads it, who catches what nobody receives."""
    _active(head=head, catcher=catcher)
    if unit.parent_id is None and catcher is None:
        raise Invalid({"catcher": [_("The headquarters need a catcher, so that somebody can always act.")]})
    _named_once(unit.parent_id, name, unit.pk)
    if catcher is not None and catcher != unit.catcher_id:
        catches(unit, actor)
    unit.name, unit.short_name, unit.head_id, unit.catcher_id = name, short_name or "", head, catcher
    unit.save(update_fields=("name", "short_name", "head", "catcher"))


@action(Unit, label=t("Move"), verb="edit", icon="arrows-move", sentence=t("{actor} moved a unit below {parent:unit}"))
def unit_move(unit: Unit, *, actor: Actor, parent: Annotated[int, Ask(t("To below"), kind="unit")]) -> None:
    """Hang a unit, with everything in it, below another one. Who reaches it follows at once; its records' branch is rewritten."""
    if unit.parent_id is None:
        raise Refused(_("The headquarters stay on top."))
    above = _open(parent)
    if parent in tree().below(unit.pk):
        raise Invalid({"parent": [_("A unit cannot stand below itself.")]})
    _named_once(above.pk, unit.name, unit.pk)
    noted(was=unit.parent_id)
    before = tree()
    unit.parent = above
    unit.save(update_fields=("parent",))
    rebranch(unit.pk)
    after = tree()
    regroups(lambda kind, anchor: _reached(kind, anchor, after) - _reached(kind, anchor, before), actor)


def _goes_along(unit: Unit, actor: Actor, given: dict[str, Any]) -> Shown:
    """How many people and records of a unit go to the one that takes over."""
    models: list[Any] = [Staff, *(r.model for r in owned_models())]
    counts = [(m._meta.verbose_name_plural, m._base_manager.filter(unit=unit.pk, deleted_at=None).count()) for m in models]
    return Shown("people/closing.html", {"counts": [(label, n) for label, n in counts if n]})


@action(
    Unit,
    label=t("Close unit"),
    verb="delete",
    shows=_goes_along,
    icon="archive",
    tone="bad",
    sentence=t("{actor} closed a unit; {receiver:unit} took over"),
)
def unit_close(
    unit: Unit,
    *,
    actor: Actor,
    receiver: Annotated[int, Ask(t("Unit that takes over"), kind="unit", help=t("Receives the people and records."))],
) -> None:
    """Close a unit: its people and records go to another one. Roles whose reach began at it end with it."""
    if unit.parent_id is None:
        raise Refused(_("The headquarters stay on top."))
    if unit.closed_at is not None:
        raise Refused(_("This was done already."))
    versions.alone("access")
    if Unit.objects.filter(parent=unit, closed_at=None).exists():
        raise Refused(_("There are open units below it; close or move them first."))
    place = directory.units().get(receiver)
    if place is None or place.closed or receiver == unit.pk:
        raise Invalid({"receiver": [_("Please choose a unit that is open.")]})
    known, here = tree(), frozenset((unit.pk,))

    def gain(kind: str, anchor: int) -> frozenset[int]:
        reached = _reached(kind, anchor, known)
        return here - reached if receiver in reached else frozenset()

    regroups(gain, actor)
    for staff in Staff.objects.select_for_update().filter(unit_id=unit.pk, deleted_at=None):
        staff.unit_id = receiver
        write(StaffResource, staff, {"unit"}, actor=actor)
    wide = set(RoleRight.objects.filter(scope__in=("unit", "unit_below", "branch")).values_list("role_id", flat=True))
    ended: list[int] = []
    for grant in Grant.objects.select_for_update().filter(unit=unit):
        if grant.role_id in wide or Grant.objects.filter(user=grant.user_id, role=grant.role_id, unit=receiver).exists():
            ended += [grant.user_id] if grant.role_id in wide else []
            grant.delete()
        else:
            grant.unit_id = receiver
            grant.save(update_fields=("unit",))
    for resource in owned_models():
        resource.model._base_manager.filter(unit=unit.pk).update(unit=receiver, branch=tree().branch(receiver))
    duties.hand_on(Unit, unit.pk, receiver, actor=actor)
    unit.closed_at = timezone.now()
    unit.save(update_fields=("closed_at",))
    noted(name=unit.name, roles_ended=len(ended))
    versions.forget()
    for user in dict.fromkeys(ended):
        _need_new_hands(user, unit, receiver, actor=actor)


def _need_new_hands(user: int, unit: Unit, receiver: int, *, actor: Actor) -> None:
    """Who has lost the right to work on what he owns: a transfer is prepared, and who leads the receiving unit hears of it. Until it is
    carried out the catcher is responsible."""
    held = [r.key() for r in owned_models() if owned_rows(r, user).exists() and not rights_of(user).scope(r.key(), "edit").own]
    if not held or not directory.users()[user].active:
        return
    transfer = Transfer(owner_id=user, unit_id=receiver, kind=Transfer.Kind.REORGANISATION, note=unit.name)
    insert(TransferResource, transfer, actor=actor)
    place = directory.units()[receiver]
    to = place.head or place.catcher or responsible(transfer)
    notify([to], "people.without_rights", actor_id=None, name=directory.user_name(user))


def rebranch(unit: int) -> int:
    """Rewrite the stored branch of records in a unit and below, where it differs; returns how many."""
    versions.forget()
    now, changed = tree(), 0
    by_branch: dict[int, list[int]] = {}
    for below in now.below(unit):
        by_branch.setdefault(now.branch(below), []).append(below)
    for resource in owned_models():
        for branch, units in by_branch.items():
            changed += resource.model._base_manager.filter(unit__in=units).exclude(branch=branch).update(branch=branch)
    return changed
