"""The demo company's opportunities: one believes them, and rows, periods and copies agree."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.jobs.checks import checks
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days

SPAN = "sales_opportunity_span s"
# what must never be found, whatever was drawn
WRONG = {
    "a row whose open period says something else": f"""sales_opportunity o WHERE NOT EXISTS (SELECT FROM {SPAN} WHERE s.id = o.id
        AND s.valid_to = '9999-01-01 00:00+00' AND s.closed_on IS NOT DISTINCT FROM o.closed_on
        AND s.loss_reason_id IS NOT DISTINCT FROM o.loss_reason_id AND s.expected_on IS NOT DISTINCT FROM o.expected_on
        AND (s.stage_id, s.state, s.amount, s.amount_base, s.probability, s.forecast, s.owner_id, s.unit_id, s.branch_id, s.pipeline_id)
          = (o.stage_id, o.state, o.amount, o.amount_base, o.probability, o.forecast, o.owner_id, o.unit_id, o.branch_id, o.pipeline_id))""",
    "a past that does not begin when it was opened": f"""sales_opportunity o WHERE o.created_at <>
        (SELECT min(valid_from) FROM {SPAN} WHERE s.id = o.id) OR (o.created_at AT TIME ZONE 'Asia/Shanghai')::date <> o.opened_on""",
    "a period that begins in the future": f"{SPAN} WHERE s.valid_from > now()",
    "a next step that its task does not say": """sales_opportunity o LEFT JOIN collaboration_task t
        ON t.about_resource = 'opportunity' AND t.about_id = o.id AND t.kind = 'next_step' AND t.done_at IS NULL
        WHERE (o.next_step, o.next_step_at) IS DISTINCT FROM (coalesce(t.name, ''), t.due_at)""",
    "a lost one without a reason, or a reason of one that was not lost": "sales_opportunity WHERE (state = 'lost') <> (loss_reason_id IS NOT NULL)",
    "lines that are not the amount": """sales_opportunity o WHERE o.amount <> (SELECT sum(amount) FROM sales_opportunityline l
        WHERE l.opportunity_id = o.id)""",
    "one lost to somebody who did not take part": """sales_opportunity o WHERE o.lost_to_id IS NOT NULL AND NOT EXISTS (SELECT FROM
        sales_opportunitycompetitor c WHERE c.opportunity_id = o.id AND c.competitor_id = o.lost_to_id)""",
    "competitors that the deal does not name, or others": """sales_opportunity o WHERE
        (SELECT coalesce(array_agg(competitor_id ORDER BY competitor_id), '{}') FROM sales_opportunitycompetitor c WHERE c.opportunity_id = o.id)
        <> (SELECT coalesce(array_agg(x ORDER BY x), '{}') FROM unnest(o.competitors) x)""",
    "nobody competes, and somebody does": "sales_opportunity WHERE uncontested AND competitors <> '{}'",
    "a last quote that is not the last": """sales_opportunitycompetitor c WHERE c.quote IS DISTINCT FROM (SELECT q.amount
        FROM sales_competitorquote q WHERE (q.opportunity_id, q.competitor_id) = (c.opportunity_id, c.competitor_id)
        ORDER BY q.quoted_on DESC, q.id DESC LIMIT 1)""",
    "a quote of a day to come, or from before the deal": """sales_competitorquote q JOIN sales_opportunity o ON o.id = q.opportunity_id
        WHERE q.quoted_on > current_date + 1 OR q.quoted_on < o.opened_on OR q.quoted_on > coalesce(o.closed_on, q.quoted_on)""",
    "a product of another competitor": """sales_opportunitycompetitor c JOIN sales_competitorproduct p ON p.id = c.product_id
        WHERE p.competitor_id <> c.competitor_id""",
    "a winner's price that nobody quoted": """sales_opportunity o WHERE o.lost_price IS NOT NULL AND NOT EXISTS (SELECT FROM sales_competitorquote q
        WHERE (q.opportunity_id, q.competitor_id, q.amount) = (o.id, o.lost_to_id, o.lost_price))""",
    "a price of a product that is not its last": """sales_competitorproduct p WHERE p.price IS DISTINCT FROM
        (SELECT c.price FROM sales_competitorprice c WHERE c.product_id = p.id ORDER BY c.valid_from DESC, c.id DESC LIMIT 1)""",
    "a person of another customer": """sales_opportunitycontact p JOIN sales_opportunity o ON o.id = p.opportunity_id
        JOIN customers_contact c ON c.id = p.contact_id WHERE c.customer_id <> o.customer_id""",
    "a customer who orders and never did": """customers_customer c WHERE c.customer_class >= 4 AND c.merged_into IS NULL AND c.pool_id IS NULL
        AND NOT EXISTS (SELECT FROM sales_opportunity o WHERE o.customer_id = c.id AND o.state = 'won')""",
    "an opportunity customer with nothing in progress": """customers_customer c WHERE c.customer_class = 3 AND c.pool_id IS NULL
        AND NOT EXISTS (SELECT FROM sales_opportunity o WHERE o.customer_id = c.id AND o.state = 'open')""",
    "a win of a customer who never ordered": """sales_opportunity o JOIN customers_customer c ON c.id = o.customer_id
        WHERE o.state = 'won' AND c.customer_class < 4""",
    "one opened before its customer was there": """sales_opportunity o JOIN customers_customer c ON c.id = o.customer_id
        WHERE o.created_at < c.created_at""",
}  # fmt: skip


def count(what: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {what}")
        return int(cursor.fetchone()[0])


def test_a_small_company_is_believable(small_company):
    assert {name: n for name, what in WRONG.items() if (n := count(what))} == {}
    assert {name: said for name, function in checks.items() if (said := list(function()))} == {}, "nothing for the nightly check to find"
    assert count("products_product") == 24 and count("sales_competitor") == 10
    assert count("sales_opportunity WHERE competitors <> '{}' AND state = 'won'") > 5 < count("sales_competitorquote WHERE unit_price IS NOT NULL")
    today = days.today()
    year = Days(today - dt.timedelta(days=365), today)
    cells = answer(Actor.system(), Ask(("won_count", "lost_count", "open_count", "win_rate", "cycle_days"), period=year)).lines[0].cells
    assert cells["won_count"] > 20 and cells["lost_count"] > 20 and cells["open_count"] > 30, cells
    assert 0.25 < cells["win_rate"] < 0.75 and 15 < cells["cycle_days"] < 200, cells
    by_stage = answer(Actor.system(), Ask(("open_count",), by=("stage",), filters={"opportunity_state": "open"}))
    assert len([line for line in by_stage.lines if line.cells["open_count"]]) == 5
    ago = answer(Actor.system(), Ask(("open_count",), asof=today - dt.timedelta(days=400))).lines[0].cells
    assert ago["open_count"] > 5, "the funnel of last year is there, too"
