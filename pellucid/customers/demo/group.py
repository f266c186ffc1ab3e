"""Marketing at the headquarters works for the whole group: a role of the company's own that reaches every lead and reads every customer."""

from __future__ import annotations

from pellucid.kernel.access.models import Grant, Role, RoleRight, Unit, User
from pellucid.kernel.actions.demo import Stage

CODE, LABEL = "group_marketing", {"zh-hans": "集团市场", "en": "Group marketing"}
WORKS_ON = ("lead", "leadfollowup")
READS = ("customer", "contact", "followup", "opportunity")
VERBS = ("view", "create", "edit", "transfer", "export")


def fill(stage: Stage) -> None:
    """The role, and who holds it."""
    people = User.objects.filter(staff__position__contains="市场", staff__unit__parent__parent=None, staff__leave_on=None, is_active=True)
    position = Role.objects.count()
    role, _made = Role.objects.get_or_create(code=CODE, defaults={"label": LABEL, "position": position})
    rights = [(key, verb) for key in WORKS_ON for verb in VERBS] + [(key, "view") for key in READS]
    for key, verb in rights:
        RoleRight.objects.get_or_create(role=role, resource=key, verb=verb, scope="all")
    root = Unit.objects.get(parent=None)
    for user in people:
        Grant.objects.get_or_create(user=user, role=role, unit=root)
