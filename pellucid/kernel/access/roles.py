"""Built-in roles and the presets that fill the grid of rights."""
from __future__ import annotations

from typing import NamedTuple

from django.db.models import Q

from pellucid.kernel.records.models import Setting

from .models import FieldRight, Role, RoleRight
from .rights import VERBS


class Builtin(NamedTuple):
    code: str
    zh: str
    en: str
    scopes: tuple[str, ...]           # where this role reads and works unless a resource says otherwise


BUILTIN = (
    Builtin("admin", "系统管理员", "Administrator", ("all",)),
    Builtin("executive", "集团高管", "Executive", ("all",)),
    Builtin("branch_manager", "分公司经理", "Branch manager", ("branch", "unit_below", "own", "shared")),
    Builtin("sales_manager", "销售经理", "Sales manager", ("unit_below", "own", "shared")),
    Builtin("sales", "销售", "Sales", ("own", "shared")),
    Builtin("marketing", "市场", "Marketing", ("branch", "own", "shared")),
    Builtin("service", "服务", "Service", ("branch", "own", "shared")),
    Builtin("finance", "财务", "Finance", ("all",)),
    Builtin("warehouse", "仓储", "Warehouse", ("branch",)),
    Builtin("auditor", "审计", "Auditor", ("all",)),
)
PROCESS = (("legal", "法务", "Legal"), ("commerce", "商务", "Commerce"), ("tech", "技术", "Technical"), ("quality", "质量", "Quality"))
LEVELS: dict[str, tuple[str, ...]] = {
    "none": (),
    "read": ("view",),
    "work": ("view", "create", "edit"),
    "manage": VERBS,
}
ORDER = tuple(LEVELS)


def parts(role: str, level: str) -> list[tuple[str, tuple[str, ...]]]:
    """(level, scopes) named by "work", "work:unit", "read:all" or several of them, such as "read:all,work:own+shared"."""
    out = []
    for part in level.split(","):
        name, _colon, where = part.partition(":")
        out.append((name, tuple(where.split("+")) if where else next(b.scopes for b in BUILTIN if b.code == role)))
    return out


def preset(role: str, level: str) -> set[tuple[str, str]]:
    """(verb, scope) pairs of a role at a level."""
    return {(verb, scope) for name, scopes in parts(role, level) for verb in LEVELS[name] for scope in scopes}


def seed(presets: dict[str, dict[str, str]]) -> None:
    """Create the built-in roles and fill in rights for (role, resource) pairs nobody has edited. presets: resource -> role -> level."""
    for position, role in enumerate(BUILTIN):
        Role.objects.get_or_create(code=role.code, defaults={"label": {"zh-hans": role.zh, "en": role.en}, "builtin": True, "position": position})
    for position, (code, zh, en) in enumerate(PROCESS, len(BUILTIN)):
        Role.objects.get_or_create(code=code, defaults={"label": {"zh-hans": zh, "en": en}, "process_only": True, "position": position})
    ids = dict(Role.objects.filter(builtin=True).values_list("code", "id"))
    now: dict[tuple[int, str], set[tuple[str, str]]] = {}
    edited: set[tuple[int, str]] = set()
    for role_id, resource, verb, scope, seeded in RoleRight.objects.values_list("role_id", "resource", "verb", "scope", "seeded"):
        now.setdefault((role_id, resource), set()).add((verb, scope))
        if not seeded:
            edited.add((role_id, resource))
    due = {(ids[code], resource): preset(code, level) for resource, by_role in presets.items() for code, level in by_role.items()}
    new = {key: wanted for key, wanted in due.items() if key not in edited and now.get(key, set()) != wanted}
    gone = Q(pk__in=())
    for role_id in {key[0] for key in new if key in now}:
        gone |= Q(role_id=role_id, resource__in=[resource for of, resource in new if of == role_id])
    RoleRight.objects.filter(gone).delete()
    RoleRight.objects.bulk_create(RoleRight(role_id=role_id, resource=resource, verb=verb, scope=scope, seeded=True)
                                  for (role_id, resource), wanted in new.items() for verb, scope in sorted(wanted))  # fmt: skip


def seed_fields(name: str, role: str, fields: dict[str, tuple[str, ...]]) -> None:
    """Hide fields of resources from a built-in role, once: what an administrator makes of it stays. The role comes into being first."""
    if Setting.objects.filter(key=f"seed.fields.{name}").exists() or (found := Role.objects.filter(code=role).first()) is None:
        return
    Setting.objects.create(key=f"seed.fields.{name}", value=True)
    FieldRight.objects.bulk_create((FieldRight(role=found, resource=resource, field=field, level="none")
                                    for resource, names in fields.items() for field in names), ignore_conflicts=True)  # fmt: skip
