"""What the people one signs in as have been told lately: questions, advice and news under their bell, each a remark on a record they see."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.db.models import QuerySet

from pellucid.kernel.access import directory
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.events.models import Event
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.notices.tell import may_see
from pellucid.kernel.records.copying import copy
from pellucid.kernel.records.models import Comment

from ..models import Customer, Lead

# who is told, by whom, on whose record, after how many hours, what; with {me} it is a mention, without a remark on one's own record
SAID = (
    ("lin", "何建国", "lin", 3, "@{me} 下周我陪你去一次，先把对方的立项时间问清楚。"),
    ("lin", "沈静", "lin", 20, "现场调试那边我这周能派人，需要提前两天告诉我。"),
    ("lin", "何建国", "lin", 27, "价格先不要松口，等他们总监表态。"),
    ("chen", "何建国", "chen", 4, "@{me} 这家三个月没有推进，周会上说说卡在哪里。"),
    ("chen", "林晓彤", "chen", 23, "他们集团在苏州还有一个厂，我认识设备经理，可以引荐。"),
    ("manager", "林晓彤", "lin", 2, "@{me} 客户要求质保三年，超出我的权限，请定一下。"),
    ("manager", "陈卓", "chen", 6, "@{me} 对方想见您，下周三下午方便吗？"),
    ("branch", "何建国", "lin", 5, "@{me} 华东今年最大的一单，建议您出面拜访一次他们总经理。"),
    ("exec", "周正平", "lin", 7, "@{me} 集团级客户，想请您参加年底的高层会面。"),
    ("market", "林晓彤", "lead", 8, "@{me} 展会来的这条质量很好，同类名单还有吗？"),
    ("market", "陈卓", "lead", 26, "@{me} 官网表单留的电话是空号，麻烦核对一下来源。"),
    ("service", "林晓彤", "lin", 3, "@{me} 客户反映拧紧工位偶发报警，能否安排远程看一下？"),
    ("admin", "何建国", "chen", 9, "@{me} 这个客户和另一条像是重复的，请帮忙合并。"),
)
COMMENTED, MENTION = "commented", "mention"


def fill(stage: Stage) -> None:
    """Remarks with their events, and a notice about each to who is told."""
    logins = {u.username: u.id for u in directory.users().values()}
    names = {u.name: u.id for u in directory.users().values()}
    people = User._base_manager.in_bulk([logins[login] for login in {line[0] for line in SAID} if login in logins])
    found = []
    for at, (login, author, whose, hours, text) in enumerate(SAID):
        user = people.get(logins.get(login, 0))
        record = _record(user, whose, logins, at) if user and author in names else None
        if user and record:
            found.append((user, names[author], record, stage.now - dt.timedelta(hours=hours, minutes=7 * at), text.format(me=user.name)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('events_event_id') FROM generate_series(1, %s)", [len(found)])
        ids = sorted(row[0] for row in cursor.fetchall())
    found.sort(key=lambda one: one[3])
    for event_id, (user, writer, (resource, pk), when, text) in zip(ids, found, strict=True):
        mentions = [user.pk] if text.startswith("@") else []
        copy(Comment, [{"resource": resource, "record_id": pk, "text": text, "created_at": when, "created_by_id": writer, "mentions": mentions}])
        copy(Event, [{"id": event_id, "at": when, "name": f"{resource}.commented", "actor_id": writer, "resource": resource, "record_id": pk,
                      "payload": {"text": text, "mentions": mentions, "about": ""}, "door": "demo", "reason": "", "many": 0,
                      "on_behalf_of": None, "cause": None}])  # fmt: skip
        copy(Notice, [{"user_id": user.pk, "kind": MENTION if mentions else COMMENTED, "event_id": event_id, "actor_id": writer,
                       "resource": resource, "record_id": pk, "created_at": when}])  # fmt: skip


def _record(user: User, whose: str, logins: dict[str, int], at: int) -> tuple[str, int] | None:
    """An important record of somebody that the user sees: one after the other for each line."""
    rows: QuerySet
    if whose == "lead":
        rows = Lead._base_manager.filter(deleted_at=None, state__in=Lead.OPEN).order_by("-score", "id")
        kind = "lead"
    else:
        rows = Customer._base_manager.filter(deleted_at=None, owner_id=logins.get(whose)).order_by("-customer_class", "level_id", "id")
        kind = "customer"
    seen = (pk for pk in rows.values_list("pk", flat=True)[at % 5 : at + 40] if may_see(user, kind, pk))
    pk = next(seen, None)
    return (kind, pk) if pk else None
