"""A few companies that somebody entered a second time under another spelling: what the list of duplicates is for."""

from __future__ import annotations

import datetime as dt

from pellucid.kernel.actions.declare import prepare
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.records import terms
from pellucid.kernel.records.copying import copy, reserve, row_of
from pellucid.kernel.records.numbers import draw_many

from ..models import Contact, Customer, CustomerClass
from ..resources import CustomerResource

DOUBLES = 12
FORMS = ("{core}（{place}）有限公司", "{place}市{core}有限公司", "{place}{core}公司")
FORM = "有限公司"
TOWNS = frozenset((
    "苏州", "无锡", "常州", "南京", "南通", "扬州", "镇江", "泰州", "徐州", "盐城", "杭州", "宁波", "嘉兴", "绍兴", "湖州", "温州",
    "台州", "金华", "上海", "合肥", "芜湖", "广州", "深圳", "东莞", "佛山", "中山", "珠海", "惠州", "厦门", "福州", "泉州", "北京",
    "天津", "青岛", "济南", "烟台", "潍坊", "大连", "沈阳", "保定", "唐山", "成都", "重庆", "绵阳", "德阳", "西安", "武汉", "昆明",
    "贵阳", "长沙",
))  # fmt: skip


def fill(stage: Stage) -> None:
    """For every n-th company known by its town: the same once more, by a colleague of the branch, with one of its people."""
    known = Customer._base_manager.filter(customer_class__gte=CustomerClass.OPPORTUNITY, name__regex=rf"^[^（]+{FORM}$").exclude(phone="")
    found = [c for c in known.order_by("id") if c.name[:2] in TOWNS and len(c.name) > 9 and c.name[-6:-4] != "股份"]
    wanted = min(len(found), max(2, round(DOUBLES * stage.scale)))
    chosen = found[:: max(1, len(found) // wanted)][:wanted]
    numbers, ids = draw_many("customer", CustomerResource.number, wanted), reserve(Customer, wanted)
    people = {p.customer_id: p for p in Contact._base_manager.filter(customer__in=[c.pk for c in chosen], is_primary=True)}
    rows, contacts = [], []
    for at, (first, number, pk) in enumerate(zip(chosen, numbers, ids, strict=True)):
        colleague = stage.chance.choice(sorted(set(
            Customer._base_manager.filter(branch=first.branch_id).exclude(owner=first.owner_id).values_list("owner_id", "unit_id"))))  # fmt: skip
        since = stage.now - dt.timedelta(days=stage.chance.randint(3, 90), minutes=stage.chance.randint(0, 500))
        rows.append(Customer(
            id=pk, number=number, name=FORMS[at % len(FORMS)].format(place=first.name[:2], core=first.name[2 : -len(FORM)]), phone=first.phone,
            owner_id=colleague[0], unit_id=colleague[1], branch_id=first.branch_id, class_since=since, created_at=since, updated_at=since,
            created_by_id=colleague[0], origin_id=terms.by_code("origin", "import"),
        ))  # fmt: skip
        stage.happened(since, "customer.created", colleague[0], "customer", pk)
        if person := people.get(first.pk):
            contacts.append(Contact(customer_id=pk, name=person.name, position=person.position, mobile=person.mobile, gender=person.gender,
                                    is_primary=True, created_at=since, updated_at=since, created_by_id=colleague[0]))  # fmt: skip
    prepare(Customer, rows, actor=stage.actor, changed=None)
    prepare(Contact, contacts, actor=stage.actor, changed=None)
    copy(Customer, [row_of(row) for row in rows])
    copy(Contact, [row_of(row) for row in contacts])
