"""Cross tables that people of the demo company kept: for the group, for a department, for a role, for oneself."""

from __future__ import annotations

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.actions.run import run

REPORTS = (
    ("exec", "各机构赢单：按产品大类", "集团例会第一页：谁靠什么赢", "all",
     "measures=won_opp_amount,won_count&rows=unit&columns=product_class&period=this_year&compare=year"),
    ("exec", "丢单原因：按负责人", "每周看一次，及时调整打法", "role",
     "measures=lost_count,lost_opp_amount&rows=owner&columns=loss_reason&period=this_quarter"),
    ("manager", "部门在手商机：人 × 阶段", "周会用", "unit", "measures=open_amount,open_count&rows=owner&columns=stage&period=this_quarter"),
    ("manager", "部门预计成交：人 × 月", "盯本季度缺口", "unit", "measures=weighted_amount&rows=owner&columns=expected_month&period=this_quarter"),
    ("lin", "我的商机来源", "哪些来源成得了", "private",
     "measures=new_opportunities,new_opportunity_amount&rows=origin&columns=opportunity_state&period=this_year"),
)  # fmt: skip


def fill(stage: Stage) -> None:
    """Each by whoever keeps it, within what he may share."""
    users = {user.username: user for user in User._default_manager.filter(username__in={r[0] for r in REPORTS})}
    managers = next(role.id for role in directory.roles() if role.code == "sales_manager")
    for who, name, answers, audience, question in REPORTS:
        if who not in users:
            continue
        given = {"name": name, "answers": answers, "audience": audience, "question": question}
        run("report_create", None, Actor.of(users[who], "demo"), values=given | ({"audience_role": managers} if audience == "role" else {}))
