"""What the demo company sold: contracts out of won opportunities, delivered and paid for, late at times; and some that wait for a signature."""

from __future__ import annotations

import datetime as dt

from pellucid.kernel.actions.demo import Stage, step

from .. import value_facts
from ..actions.lines import keep_attributes
from ..actions.using import bring_up
from ..actions.values import publish
from ..actions.warnings import keep
from ..models import OrderLine
from . import (
    altering,
    drawing,
    dunning,
    grouping,
    invoicing,
    keeping,
    planning,
    returning,
    reviewing,
    ruling,
    special,
    trusting,
    writing,
)


@step(60, "合同、订单与回款")
def deals(stage: Stage) -> None:
    """Contracts, orders, what went out and what was paid."""
    writing.write(stage, drawing.deals(stage))


@step(61, "客户信用")
def credit(stage: Stage) -> None:
    """How far customers are trusted."""
    trusting.fill(stage)


@step(65, "签约时的产品特征")
def attributes(stage: Stage) -> None:
    """What products were like stands on the lines that were signed."""
    keep_attributes(OrderLine._base_manager.filter(signed_on__isnull=False, attributes=None))


@step(63, "收款预警")
def warnings(stage: Stage) -> None:
    """Who may stop paying, as the night found it."""
    keep(stage.today)


@step(64, "客户价值")
def worth(stage: Stage) -> None:
    """Scores and grades as they were published twice a year, the last time a week ago."""
    for model in value_facts.models():
        for days_ago in (190, 7) if model.leading else (7,):
            on = stage.today - dt.timedelta(days=days_ago)
            found = value_facts.live(stage.actor, value_facts.indicators_of(model.pk), on)
            if found:
                publish(model, found, on)


@step(66, "订单执行计划")
def plans(stage: Stage) -> None:
    """Who has to do what for the orders that are being carried out."""
    planning.fill(stage)


@step(70, "发票与红字发票")
def invoices(stage: Stage) -> None:
    """What was invoiced, and what of it was void or corrected."""
    invoicing.fill(stage)


@step(71, "财务登录与待分配收款")
def books(stage: Stage) -> None:
    """The head of finance finds receipts to allocate."""
    keeping.login(stage)
    keeping.receipts(stage)


@step(72, "催款、承诺与争议")
def collecting(stage: Stage) -> None:
    """Overdue money, asked for level by level."""
    dunning.fill(stage)


@step(67, "订单变更")
def changes(stage: Stage) -> None:
    """Orders in force that are being changed, and the process that asks for it."""
    altering.fill(stage)


@step(75, "大额合同评审")
def reviews(stage: Stage) -> None:
    """Contracts from 300,000 on are reviewed before they are signed."""
    reviewing.fill(stage)


@step(76, "自动化规则")
def rules(stage: Stage) -> None:
    """Three rules the company lives with."""
    ruling.fill(stage)


@step(79, "开票完成的执行步骤")
def invoiced_steps(stage: Stage) -> None:
    """Steps that the invoices of the demo company completed."""
    planning.invoiced()


@step(84, "信用特批")
def specials(stage: Stage) -> None:
    """Orders beyond what customers are trusted with, and the process that decides on them."""
    special.fill(stage)


@step(86, "信用占用")
def used(stage: Stage) -> None:
    """Credit profiles say how much of them is used."""
    bring_up()


@step(87, "企业集团与集团额度")
def groups(stage: Stage) -> None:
    """Holdings with their subsidiaries, trusted together up to a limit."""
    grouping.fill(stage)


@step(88, "退货")
def returns(stage: Stage) -> None:
    """What came back, and why."""
    returning.fill(stage)
