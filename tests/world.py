"""A small company that tests share: HQ, two branches with departments, one user per role. Alice sells in the east, Bob in the west."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Grant, Membership, Role, Unit, User
from pellucid.kernel.actions.run import run


@dataclass
class World:
    """Units and users by name; `actor(name)` acts as one of them, `customer(...)` makes a customer through its action."""

    units: dict[str, Unit] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    made: dict[str, list[int]] = field(default_factory=dict)  # samples by resource

    def actor(self, name: str, door: str = "web") -> Actor:
        return Actor.of(self.users[name], door)

    def customer(self, name: str, by: str = "alice", **values: object):
        return run("customer_create", None, self.actor(by), values={"name": name, **values}, sure=True).record


PEOPLE = (
    ("admin", "系统管理员", "hq", "admin"),
    ("erin", "高以宁", "hq", "executive"),
    ("mona", "马东来", "east", "branch_manager"),
    ("sam", "孙明", "east_sales", "sales_manager"),
    ("alice", "林晓彤", "east_sales", "sales"),
    ("carol", "陈卓", "east_sales", "sales"),
    ("bob", "赵磊", "west_sales", "sales"),
    ("wendy", "魏东", "west", "branch_manager"),
    ("mark", "梅可", "east_market", "marketing"),
    ("sally", "史兰", "east_service", "service"),
    ("fay", "方芳", "hq", "finance"),
    ("walt", "吴涛", "east", "warehouse"),
    ("audrey", "安迪", "hq", "auditor"),
)


def build() -> World:
    """Make the company; needs a database with the built-in roles."""
    world = World()
    world.users["erin"] = User(username="erin", name=next(name for login, name, *_ in PEOPLE if login == "erin"))
    world.users["erin"].set_unusable_password()
    world.users["erin"].save()
    for code, name, kind, parent in (
        ("hq", "集团总部", "hq", None),
        ("east", "华东分公司", "branch", "hq"),
        ("west", "西部分公司", "branch", "hq"),
        ("east_sales", "华东销售部", "department", "east"),
        ("east_market", "华东市场部", "department", "east"),
        ("east_service", "华东服务部", "department", "east"),
        ("east_team", "苏州组", "team", "east_sales"),
        ("west_sales", "西部销售部", "department", "west"),
    ):
        catcher = world.users["erin"] if parent is None else None  # the headquarters have one from the beginning
        world.units[code] = Unit.objects.create(name=name, kind=kind, parent=world.units.get(parent or ""), catcher=catcher)
    roles = {r.code: r for r in Role.objects.all()}
    for username, name, unit, role in PEOPLE:
        user = world.users.get(username) or User(username=username, name=name)
        if user.pk is None:
            user.set_unusable_password()
            user.save()
        world.users[username] = user
        Membership.objects.create(user=user, unit=world.units[unit], starts_on=dt.date(2024, 1, 1))
        Grant.objects.create(user=user, role=roles[role], unit=world.units[unit])
    return world
