"""What colleagues leave on customers: teams, comments, stars, watches, and the views they keep."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pellucid.kernel.access import directory
from pellucid.kernel.access.models import Share
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.records.copying import copy
from pellucid.kernel.records.models import Comment, Star, Visit, Watch
from pellucid.kernel.resources.models import SavedView
from pellucid.people.models import Staff

from ..models import Customer
from ..resources import CustomerResource
from .companies import Terms
from .notes import numbers
from .plans import LIVELY
from .words import filled, phrases, words

DICTIONARIES = {"f.level": "customer_level", "f.origin": "origin"}
PARTS = ("技术支持", "现场调试", "商务配合", "协同拜访", "售后对接", "方案设计")
VIEWS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("lin", "A 类客户", (("f.owner", "me"), ("f.level", "in:A"))),
    (
        "lin",
        "机会客户，两周没联系",
        (("f.owner", "me"), ("f.customer_class", "in:3"), ("f.last_contact_at", "within:over_14_days_ago")),
    ),
    ("chen", "本周要跟的", (("f.owner", "me"), ("f.next_step_at", "within:this_week"))),
    ("manager", "部门逾期下一步", (("f.next_step_at", "within:overdue"),)),
    ("manager", "本月新增客户", (("f.created_at", "within:this_month"),)),
    ("branch", "战略客户", (("f.level", "in:A"),)),
    ("exec", "集团战略客户", (("f.level", "in:A"), ("f.customer_class", "in:4,5"))),
    ("market", "展会来的客户", (("f.origin", "in:fair"),)),
)


def fill(stage: Stage) -> None:
    """Leave all of it on the customers that are there."""
    names = (
        "id",
        "owner_id",
        "branch_id",
        "created_at",
        "created_by_id",
        "customer_class",
        "level__code",
        "next_step_at",
        "last_contact_at",
        "name",
    )
    customers = list(Customer._base_manager.order_by("id").values(*names))
    mates = _mates()
    _shares(stage, customers, mates)
    _comments(stage, customers, mates)
    _kept(stage, customers)
    _views(stage)


def _mates() -> dict[int, list[int]]:
    """Who works in each branch, and everybody else's helpers at the headquarters."""
    places, root = tree(), next(u.id for u in directory.units().values() if u.parent is None)
    out: dict[int, list[int]] = {}
    for staff in Staff._base_manager.filter(leave_on=None).order_by("id"):
        branch = places.branch(staff.unit_id)
        if branch != root and "仓库" not in staff.position:
            out.setdefault(branch, []).append(staff.user_id)
    return out


def _important(customer: dict[str, Any]) -> bool:
    return customer["level__code"] == "A" or customer["customer_class"] >= 4


def _shares(stage: Stage, customers: list[dict[str, Any]], mates: dict[int, list[int]]) -> None:
    chance, rows = stage.chance, []
    for customer in customers:
        if chance.random() < (0.45 if _important(customer) else 0.06):
            others = [u for u in mates[customer["branch_id"]] if u != customer["owner_id"]]
            for user in chance.sample(others, min(len(others), chance.choice((1, 1, 2, 3)))):
                at = _between(stage, customer["created_at"])
                rows.append(
                    {
                        "resource": "customer",
                        "record_id": customer["id"],
                        "user_id": user,
                        "level": chance.choice((1, 2, 2)),
                        "note": chance.choice(PARTS),
                        "sort_key": customer["next_step_at"] or dt.datetime(9999, 1, 1, tzinfo=dt.UTC),
                        "created_at": at,
                        "created_by_id": customer["owner_id"],
                    }
                )
                stage.happened(at, "customer.shared", customer["owner_id"], "customer", customer["id"], user=user)
    copy(Share, rows)


def _comments(stage: Stage, customers: list[dict[str, Any]], mates: dict[int, list[int]]) -> None:
    chance, rows, users = stage.chance, [], directory.users()
    for customer in customers:
        if chance.random() < (0.3 if _important(customer) else 0.05):
            for _ in range(chance.choice((1, 1, 2))):
                colleague, author = chance.sample(mates[customer["branch_id"]], 2)
                author = customer["owner_id"] if chance.random() < 0.5 else author
                colleague = customer["owner_id"] if author != customer["owner_id"] and chance.random() < 0.5 else colleague
                line = chance.choice(phrases("remarks"))
                given: dict[str, Any] = {
                    "colleague": users[colleague].name,
                    "boss": f"{chance.choice(words('surnames'))}总",
                    "who": "客户",
                    "rival": chance.choice(words("rivals")),
                    "thing": "产线",
                }
                text = filled(line, given, numbers(chance))
                mentions = [colleague] if "{colleague}" in line else []
                at = _between(stage, customer["created_at"], 160)
                rows.append(
                    {
                        "resource": "customer",
                        "record_id": customer["id"],
                        "text": text,
                        "created_at": at,
                        "created_by_id": author,
                        "mentions": mentions,
                    }
                )
                stage.happened(
                    at, "customer.commented", author, "customer", customer["id"], text=text, mentions=mentions, about=""
                )
    copy(Comment, rows)


def _between(stage: Stage, since: dt.datetime, days: int = 730) -> dt.datetime:
    span = min((stage.now - since).total_seconds(), days * 86400.0)
    return stage.now - dt.timedelta(seconds=span * stage.chance.uniform(0.02, 0.9))


def _mark(customer: dict[str, Any], user: int) -> dict[str, Any]:
    return {"resource": "customer", "record_id": customer["id"], "user_id": user}


def _kept(stage: Stage, customers: list[dict[str, Any]]) -> None:
    chance = stage.chance
    stars: list[dict[str, Any]] = []
    watches: list[dict[str, Any]] = []
    visits: list[dict[str, Any]] = []
    by_owner: dict[int, list[dict[str, Any]]] = {}
    for customer in customers:
        by_owner.setdefault(customer["owner_id"], []).append(customer)
    heads = {u.id: u.head for u in directory.units().values()}
    logins = {u.id: u.username for u in directory.users().values()}
    for owner, mine in by_owner.items():
        best = sorted(mine, key=lambda c: (-_important(c), -c["customer_class"], c["id"]))
        stars += [_mark(c, owner) | {"created_at": _between(stage, c["created_at"])} for c in best[: chance.randint(2, 6)]]
        watches += [
            _mark(c, head) | {"created_at": _between(stage, c["created_at"])}
            for c in best[:3]
            if (head := heads.get(c["branch_id"])) and head != owner and chance.random() < 0.5
        ]
        if logins[owner] in LIVELY:
            visits += [
                _mark(c, owner) | {"at": stage.now - dt.timedelta(hours=3 + 5 * n)}
                for n, c in enumerate(chance.sample(mine, min(8, len(mine))))
            ]
    copy(Star, stars)
    copy(Watch, watches)
    copy(Visit, visits)


def _views(stage: Stage) -> None:
    ids = {u.username: u.id for u in directory.users().values()}
    terms = Terms()

    def said(name: str, condition: str) -> list[str]:
        """A filter as the list's address has it: with the id of a term."""
        operator, _, code = condition.partition(":")
        return [name, f"{operator}:{terms(DICTIONARIES[name], code)}" if name in DICTIONARIES else condition]

    copy(
        SavedView,
        [
            {
                "resource": CustomerResource.key(),
                "name": name,
                "owner_id": ids[login],
                "params": [said(*pair) for pair in params],
                "position": position,
                "favourite": True,
                "created_at": stage.now - dt.timedelta(days=stage.chance.randint(20, 200)),
            }
            for position, (login, name, params) in enumerate(VIEWS)
        ],
    )
