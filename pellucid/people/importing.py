"""People come in as tables too: a unit or a manager who is not there yet is made, and each gets a login and a role."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import follows
from pellucid.kernel.actions.run import run
from pellucid.kernel.exchange.guessing import also_called
from pellucid.kernel.exchange.making import also_fills, makes, unmakes
from pellucid.kernel.records import settings
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Spec

from .models import Staff
from .selectors import employee, employs

MANAGES, SELLS = "sales_manager", "sales"

also_called(
    "staff",
    name=("姓名", "员工", "员工姓名", "sales agent", "employee"),
    unit=("部门", "所属部门", "组织", "regional office", "department", "office"),
    manager=("上级", "经理", "直接上级", "supervisor"),
    phone=("手机", "电话", "手机号"),
    email=("邮箱", "电子邮箱"),
    number=("工号", "员工编号"),
    position=("职务", "岗位", "职位"),
    entry_on=("入职日期", "entry date"),
    role=("角色",),
    login=("登录名", "账号"),
)
also_fills("staff", Spec("role", gettext_lazy("Role"), kind("role"), null=True),
           Spec("login", gettext_lazy("Login"), kind("text"), max_length=80, null=True))


def knows_colleagues(key: str) -> None:
    """Let an import of this resource make an employee of a word that names no colleague, where its mapping says so; taking the import back
    puts him into the bin."""
    makes(key, "user")(make_colleague)
    unmakes(key, "user")(unmake_manager)


def make_colleague(word: str, values: Mapping[str, Any], *, actor: Actor) -> int:
    """A colleague nobody knew: an employee of the unit of whoever imports, who sells."""
    unit = directory.home_of(actor.user_id)
    if unit is None:
        raise Invalid(_("%(name)s is not known, and no unit is named.") % {"name": word})
    role = next((r.id for r in directory.roles() if r.code == SELLS), None) if actor.may("role", "edit") else None
    given = {"name": word, "unit": unit, "role": role}
    return int(run("staff_hire", None, actor, {n: v for n, v in given.items() if v is not None}).record.user_id)


@makes("staff", "unit")
def make_unit(word: str, values: Mapping[str, Any], *, actor: Actor) -> int:
    """A unit nobody knew: a branch of headquarters, or a department where there are no branches."""
    root = next(u.id for u in directory.units().values() if u.parent is None)
    what = "branch" if settings.get("company.branches") else "department"
    return int(run("unit_create", None, actor, {"parent": root, "name": word, "kind": what}).record.pk)


@makes("staff", "user")
def make_manager(word: str, values: Mapping[str, Any], *, actor: Actor) -> int:
    """A manager nobody knew: an employee of the unit of the first row that names him, who leads it."""
    if "unit" not in values:
        raise Invalid(_("%(name)s is not known, and no unit is named.") % {"name": word})
    role = next((r.id for r in directory.roles() if r.code == MANAGES), None) if actor.may("role", "edit") else None
    given = {"name": word, "unit": values["unit"], "role": role}
    return int(run("staff_hire", None, actor, {n: v for n, v in given.items() if v is not None}).record.user_id)


@unmakes("staff", "unit")
def unmake_unit(pk: int, *, actor: Actor) -> None:
    """Close a unit the import made, as long as nobody belongs to it."""
    place = directory.units().get(pk)
    if place is None or place.closed:
        return
    if employs(pk):
        raise Refused(_("Somebody belongs to this unit."))
    run("unit_close", pk, actor, {"receiver": place.parent})


@unmakes("staff", "user")
def unmake_manager(user: int, *, actor: Actor) -> None:
    """Put a manager the import made into the bin, as long as he leads nobody."""
    if (staff := employee(user)) is not None:
        run("staff_delete", staff.pk, actor)


@follows(Staff)
def give_role(records: list[Staff], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """The role a row names, at the employee's unit."""
    for staff in records:
        if changed is None and (role := getattr(staff, "role", None)):
            run("staff_grant", staff.pk, actor, {"role": role, "unit": staff.unit_id})
