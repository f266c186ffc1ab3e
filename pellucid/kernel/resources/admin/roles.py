"""Roles as an administrator edits them: the grid of areas and verbs, rights on single fields, who holds a role where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import FieldRight, Grant, Role, RoleRight
from pellucid.kernel.access.rights import VERBS
from pellucid.kernel.actions.declare import Action, Ask, action, keep_action
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.translated import say

from ..declare import registry
from ..fields import specs
from .above import holders_units, holds, not_above
from .areas import AREAS

OWN = frozenset({"own", "shared"})
STEPS: tuple[frozenset[str], ...] = (
    frozenset(),
    OWN,
    OWN | {"unit"},
    OWN | {"unit_below"},
    OWN | {"unit_below", "branch"},
    frozenset({"all"}),
)
STEP_LABELS = (t("Nothing"), t("Own only"), t("Own unit"), t("Unit and below"), t("Whole branch"), t("Everything"))
WIDEST = {"own": 1, "shared": 1, "unit": 2, "unit_below": 3, "branch": 4, "all": 5}


def step_of(scopes: Iterable[str]) -> int:
    """How far a set of scopes reaches, from 0 (nothing) to 5 (all)."""
    return max((WIDEST.get(scope, 0) for scope in scopes), default=0)


def roles() -> list[tuple[Role, int]]:
    """Every role with the number of people who hold it."""
    held: dict[int, set[int]] = {}
    for role, user in Grant.objects.filter(user__is_active=True).values_list("role_id", "user_id"):
        held.setdefault(role, set()).add(user)
    return [(role, len(held.get(role.pk, ()))) for role in Role.objects.order_by("process_only", "position", "code")]


def role(pk: int) -> Role | None:
    """A role."""
    return Role.objects.filter(pk=pk).first()


def grid(role_id: int) -> dict[tuple[str, str], int]:
    """(resource, verb) -> how far."""
    found: dict[tuple[str, str], set[str]] = {}
    for resource, verb, scope in RoleRight.objects.filter(role_id=role_id).values_list("resource", "verb", "scope"):
        found.setdefault((resource, verb), set()).add(scope)
    return {key: step_of(scopes) for key, scopes in found.items()}


def field_rights(role_id: int) -> dict[tuple[str, str], str]:
    """(resource, field) -> level, where it differs from "may edit"."""
    return {(r, f): level for r, f, level in FieldRight.objects.filter(role_id=role_id).values_list("resource", "field", "level")}


def holders(role_id: int) -> list[tuple[int, int, str, str]]:
    """(grant, user, name of the user, name of the unit) of those who hold a role."""
    found = Grant.objects.filter(role_id=role_id, user__is_active=True).values_list("id", "user_id", "unit_id")
    named = [(pk, user, directory.user_name(user), directory.unit_name(unit, full=True)) for pk, user, unit in found]
    return sorted(named, key=lambda row: row[2])


def grants_of(user_id: int) -> list[tuple[int, str, str]]:
    """(grant, role, unit) of a user."""
    found = Grant.objects.filter(user_id=user_id).select_related("role").order_by("role__position", "id")
    return [(g.pk, say(g.role.label), directory.unit_name(g.unit_id, full=True)) for g in found]


def roles_of(user_ids: Iterable[int]) -> dict[int, list[str]]:
    """The names of the roles each user holds."""
    out: dict[int, list[str]] = {}
    for user, label in (
        Grant.objects.filter(user_id__in=list(user_ids)).order_by("role__position").values_list("user_id", "role__label")
    ):
        if (name := say(label)) not in out.setdefault(user, []):
            out[user].append(name)
    return out


def _label(zh: str, en: str) -> dict[str, str]:
    zh, en = (zh or "").strip(), (en or "").strip()
    if not zh and not en:
        raise Invalid({"zh": [_("Please fill in.")]})
    return {"zh-hans": zh or en, "en": en or zh}


Zh = Annotated[str, Ask(t("Name in Chinese"), max_length=60)]
En = Annotated[str, Ask(t("Name in English"), max_length=60)]


@action(Role, label=t("New role"), verb="edit", on="new", icon="plus", sentence=t("{actor} made the role {zh}"))
def role_create(
    *,
    actor: Actor,
    zh: Zh,
    en: En = "",
    like: Annotated[int | None, Ask(t("Rights as in"), kind="role")] = None,
    process: Annotated[bool, Ask(t("Only named by processes, without rights"))] = False,
) -> Role:
    """A role of one's own; it may begin with the rights of another."""
    last = Role.objects.order_by("-id").values_list("id", flat=True).first() or 0
    made = Role.objects.create(code=f"role{last + 1}", label=_label(zh, en), process_only=bool(process), position=100 + last)
    if like and not process:
        RoleRight.objects.bulk_create(
            [
                RoleRight(role=made, resource=r.resource, verb=r.verb, scope=r.scope)
                for r in RoleRight.objects.filter(role_id=like)
                if r.resource not in AREAS
            ]
        )
        FieldRight.objects.bulk_create(
            [
                FieldRight(role=made, resource=f.resource, field=f.field, level=f.level)
                for f in FieldRight.objects.filter(role_id=like)
            ]
        )
    return made


@action(Role, label=t("Rename"), verb="edit", icon="pencil", sentence=t("{actor} renamed a role to {zh}"))
def role_rename(role: Role, *, actor: Actor, zh: Zh, en: En = "") -> None:
    """Call a role something else."""
    role.label = _label(zh, en)
    role.save(update_fields=("label",))


@action(Role, label=t("Delete role"), verb="delete", tone="bad", icon="trash", sentence=t("{actor} deleted a role"))
def role_delete(role: Role, *, actor: Actor) -> None:
    """Do away with a role that nobody holds."""
    if role.builtin:
        raise Refused(_("This role ships with the program; take its rights away instead."))
    if Grant.objects.filter(role=role).exists():
        raise Refused(_("People still hold this role; take it from them first."))
    noted(code=role.code)
    role.delete()


def role_set_rights(
    role: Role, *, actor: Actor, cells: Mapping[tuple[str, str], int], fields: Mapping[tuple[str, str], str]
) -> int:
    """Set cells of the grid (how far, 0 to 5) and rights on fields ("write" takes one back); returns how many really changed."""
    if role.code == "admin":
        raise Refused(_("The administrator's rights are fixed, so that somebody can always act."))
    if role.process_only:
        raise Refused(_("A role of processes has no rights."))
    changed, before = [], grid(role.pk)
    for (resource, verb), step in cells.items():
        if resource not in registry and resource not in AREAS or verb not in VERBS or not 0 <= step < len(STEPS):
            raise Invalid(_("There is no such right: %(name)s.") % {"name": f"{resource}.{verb}"})
        if before.get((resource, verb), 0) == step:
            continue
        changed.append(f"{resource}.{verb}")
        RoleRight.objects.filter(role=role, resource=resource, verb=verb).delete()
        scopes = STEPS[step] if resource in registry or not step else STEPS[5]
        RoleRight.objects.bulk_create([RoleRight(role=role, resource=resource, verb=verb, scope=s) for s in sorted(scopes)])
        RoleRight.objects.filter(role=role, resource=resource).update(seeded=False)
    now = field_rights(role.pk)
    for (resource, name), level in fields.items():
        if resource not in registry or name not in specs(resource) or level not in FieldRight.Level.values:
            raise Invalid(_("There is no such right: %(name)s.") % {"name": f"{resource}.{name}"})
        if now.get((resource, name), "write") == level:
            continue
        changed.append(f"{resource}.{name}")
        if level == "write":
            FieldRight.objects.filter(role=role, resource=resource, field=name).delete()
        else:
            FieldRight.objects.update_or_create(role=role, resource=resource, field=name, defaults={"level": level})
    holds(role.pk, holders_units(role.pk), actor, {name.partition(".")[0] for name in changed})
    noted(rights=changed[:50], n=len(changed))
    return len(changed)


keep_action(
    Action(
        name="role_set_rights",
        model=Role,
        label=t("Change rights"),
        verb="edit",
        function=role_set_rights,
        event="role.rights_changed",
        icon="shield",
    ),
    t("{actor} changed {n} rights of a role"),
)


@action(
    Role,
    label=t("Give a role"),
    verb="edit",
    on="new",
    icon="user-plus",
    sentence=t("{actor} gave {user:user} a role at {unit:unit}"),
)
def grant_give(
    *,
    actor: Actor,
    user: Annotated[int, Ask(t("Colleague"), kind="user")],
    role: Annotated[int, Ask(t("Role"), kind="role")],
    unit: Annotated[int, Ask(t("At"), kind="unit")],
) -> None:
    """Let somebody hold a role at a unit."""
    somebody = directory.users().get(user)
    if somebody is None or not somebody.active:
        raise Invalid({"user": [_("This colleague no longer works here.")]})
    if Grant.objects.filter(user_id=user, role_id=role, unit_id=unit).exists():
        raise Refused(_("%(name)s holds this role there already.") % {"name": somebody.name})
    not_above(user, actor)
    holds(role, [unit], actor)
    Grant.objects.create(user_id=user, role_id=role, unit_id=unit)


@action(
    Role,
    label=t("Take the role away"),
    verb="edit",
    on="new",
    icon="user-minus",
    tone="bad",
    sentence=t("{actor} took a role from {who:user}"),
)
def grant_take(*, actor: Actor, grant: Annotated[int, Ask(t("Grant"))]) -> None:
    """Somebody no longer holds a role at a unit. Refused for the last administrator."""
    found = Grant.objects.select_for_update().filter(pk=grant).select_related("role").first()
    if found is None:
        raise Refused(_("This was done already."))
    if found.role.code == "admin":
        keep_an_administrator(found.user_id)
    noted(who=found.user_id, role=found.role.code, unit=found.unit_id)
    found.delete()


def administrators(but: int | None = None) -> int:
    """How many active people administer the system, one left out."""
    held = Grant.objects.filter(role__code="admin", user__is_active=True).exclude(user_id=but)
    return held.values("user_id").distinct().count()


def keep_an_administrator(but: int) -> None:
    """Somebody can always act: refuse what would leave nobody but this user out. Others who try the same wait here."""
    list(Role.objects.select_for_update().filter(code="admin"))
    if not administrators(but):
        raise Refused(_("This is the last administrator; make somebody else one first."))


def facts(user_id: int) -> dict[str, Any]:
    """What a login is: name, whether a password was ever set, last sign-in, active."""
    from django.contrib.auth.hashers import is_password_usable

    from pellucid.kernel.access.models import User

    found = User.objects.get(pk=user_id)
    return {
        "username": found.username,
        "active": found.is_active,
        "last_login": found.last_login,
        "second_step": bool(found.totp_secret),
        "ready": is_password_usable(found.password),
    }
