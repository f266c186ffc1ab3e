"""Marketing at the headquarters works for the whole group: a role of the company's own that reaches every lead and reads every customer."""

from __future__ import annotations

from pellucid.kernel.access.models import Grant, Role, RoleRight, Unit, User
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.records.copying import copy, reserve

CODE, LABEL = "group_marketing", {"zh-hans": "集团市场", "en": "Group marketing"}
WORKS_ON = ("lead", "leadfollowup")
READS = ("customer", "contact", "followup", "opportunity")
VERBS = ("view", "create", "edit", "transfer", "export")


def fill(stage: Stage) -> None:
    """The role, and who holds it."""
    known = Role._base_manager.filter(code=CODE).values_list("pk", flat=True).first()
    role, root = known or reserve(Role, 1)[0], Unit._base_manager.get(parent=None)
    if known is None:
        copy(Role, [{"id": role, "code": CODE, "label": LABEL, "position": Role._base_manager.count()}])
    held = set(RoleRight._base_manager.filter(role=role).values_list("resource", "verb"))
    rights = {(key, verb) for key in WORKS_ON for verb in VERBS} | {(key, "view") for key in READS}
    copy(RoleRight, [{"role_id": role, "resource": key, "verb": verb, "scope": "all"} for key, verb in sorted(rights - held)])
    people = User._base_manager.filter(staff__position__contains="市场", staff__unit__parent=root, staff__leave_on=None, is_active=True)
    new = people.exclude(grants__role=role).values_list("pk", flat=True)
    copy(Grant, [{"user_id": user, "role_id": role, "unit_id": root.pk} for user in sorted(new)])
