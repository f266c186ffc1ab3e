"""The demo company's contracts and money: rows, facts and the ledger agree, whatever was drawn."""

from __future__ import annotations

from django.db import connection

SPAN = "orders_order_span s"
WRONG = {
    "instalments that are not the amount": """orders_order o WHERE o.state NOT IN ('draft', 'void') AND o.amount <>
        (SELECT coalesce(sum(amount), 0) FROM orders_instalment i WHERE i.order_id = o.id)""",
    "lines that are not the amount": """orders_order o WHERE (o.net, o.tax, o.amount) <> (SELECT sum(net), sum(tax), sum(amount)
        FROM orders_orderline l WHERE l.order_id = o.id)""",
    "an instalment that its postings do not say": """orders_instalment i WHERE (i.owed, i.allocated) <>
        (SELECT coalesce(sum(p.amount) FILTER (WHERE p.kind = 'due'), 0), coalesce(-sum(p.amount) FILTER (WHERE p.kind = 'receipt'), 0)
        FROM orders_posting p WHERE p.instalment_id = i.id)""",
    "an order that its instalments do not say": """orders_order o WHERE (o.received, o.receivable) <> (SELECT sum(allocated),
        sum(balance) FROM orders_instalment i WHERE i.order_id = o.id)""",
    "goods that did not go out": """orders_orderline l WHERE l.delivered <> (SELECT coalesce(sum(quantity), 0) FROM orders_delivery d
        WHERE d.line_id = l.id)""",
    "deliveries that are not the delivered amount": """orders_order o WHERE o.delivered <> (SELECT coalesce(sum(amount), 0) FROM orders_delivery d
        WHERE d.order_id = o.id)""",
    "money of no receipt": """orders_receipt r WHERE r.allocated <> (SELECT coalesce(-sum(amount), 0) FROM orders_posting p
        WHERE p.receipt_id = r.id)""",
    "a contract worth something else": """orders_contract c WHERE c.amount <> (SELECT coalesce(sum(amount), 0) FROM orders_order o
        WHERE o.contract_id = c.id)""",
    "paid before it was owed": """orders_posting p WHERE p.kind = 'receipt' AND p.posted_on < (SELECT min(d.posted_on) FROM orders_posting d
        WHERE d.instalment_id = p.instalment_id AND d.kind = 'due')""",
    "a row whose open period says something else": f"""orders_order o WHERE NOT EXISTS (SELECT FROM {SPAN} WHERE s.id = o.id
        AND s.valid_to = '9999-01-01 00:00+00' AND (s.state, s.amount, s.owner_id) = (o.state, o.amount, o.owner_id))""",
    "invoices that are not what the order says": """orders_order o WHERE o.invoiced <> (SELECT coalesce(sum(amount), 0) FROM orders_invoice i
        WHERE i.order_id = o.id AND i.state = 'issued')""",
    "invoices that do not add up": "orders_invoice i WHERE i.net + i.tax <> i.amount OR i.corrected <> (SELECT coalesce(-sum(r.amount), 0) FROM"
        " orders_invoice r WHERE r.corrects_id = i.id AND r.state = 'issued')",
    "invoices that are not the sum of their lines": """orders_invoice i WHERE NOT EXISTS (SELECT FROM orders_invoicepart p
        WHERE p.invoice_id = i.id HAVING (sum(p.amount), sum(p.net), sum(p.tax), sum(p.corrected)) = (i.amount, i.net, i.tax, i.corrected))""",
    "lines of invoices that corrections do not say": """orders_invoicepart p WHERE p.corrected <> (SELECT coalesce(-sum(r.amount), 0)
        FROM orders_invoicepart r WHERE r.corrects_id = p.id)""",
    "more invoiced of an instalment than it is": """orders_instalment a WHERE a.amount < (SELECT sum(p.amount) FROM orders_invoicepart p
        JOIN orders_invoice i ON i.id = p.invoice_id WHERE p.instalment_id = a.id AND i.state = 'issued')""",
    "numbers of invoices with gaps": """(SELECT issued_by_id, split_part(number, '-', 2) AS year, count(*) AS n, max(right(number, 5)::int) AS last
        FROM orders_invoice WHERE number <> '' GROUP BY 1, 2) x WHERE n <> last""",
    "a case that the ledger does not say": """orders_dunningcase c WHERE c.closed_on IS NULL AND c.overdue <> (SELECT coalesce(sum(i.balance), 0)
        FROM orders_instalment i JOIN orders_order o ON o.id = i.order_id WHERE o.customer_id = c.customer_id AND i.balance > 0
        AND i.due_on < (now() AT TIME ZONE 'Asia/Shanghai')::date)""",
    "a level that was not climbed to": """orders_dunningcase c WHERE c.level <> (SELECT count(*) FROM orders_dunningstep s WHERE s.case_id = c.id)
        AND c.closed_on IS NULL""",
    "promises that are not counted": """orders_dunningcase c WHERE (c.kept, c.broken) <> (SELECT count(*) FILTER (WHERE p.state = 'kept'),
        count(*) FILTER (WHERE p.state = 'broken') FROM orders_paymentpromise p WHERE p.case_id = c.id)""",
    "a promise awaited by nobody": """orders_paymentpromise p JOIN orders_dunningcase c ON c.id = p.case_id WHERE p.state = 'open'
        AND c.state <> 'promised'""",
    "a day to come": """orders_posting p WHERE p.posted_on > current_date + 1""",
    "numbers with gaps": """(SELECT issued_by_id, split_part(number, '-', 2) AS year, count(*) AS n, max(right(number, 5)::int) AS last
        FROM orders_receipt GROUP BY 1, 2) x WHERE n <> last""",
}


def test_the_books_of_the_demo_agree(small_company):
    with connection.cursor() as cursor:
        for what, rows in WRONG.items():
            cursor.execute(f"SELECT count(*) FROM {rows}")
            assert cursor.fetchone()[0] == 0, what
        cursor.execute("SELECT state, count(*) FROM orders_order GROUP BY state")
        states = dict(cursor.fetchall())
        cursor.execute("SELECT count(*) FROM orders_instalment WHERE balance > 0 AND due_on < current_date")
        assert cursor.fetchone()[0] > 0, "somebody is late"
        cursor.execute("SELECT count(*) FROM orders_receipt WHERE free > 0")
        assert cursor.fetchone()[0] > 0, "something is to be allocated"
        cursor.execute("SELECT count(*) FILTER (WHERE corrects_id IS NOT NULL), count(*) FILTER (WHERE state = 'draft') FROM orders_invoice")
        assert all(cursor.fetchone()), "red-letter invoices, and some to be issued"
        cursor.execute("SELECT count(*) FROM (SELECT FROM orders_invoicepart GROUP BY invoice_id HAVING count(*) > 1) x")
        assert cursor.fetchone()[0] > 0, "some are over several lines or instalments"
        cursor.execute("SELECT count(*) FILTER (WHERE o.state <> 'signed'), count(d.id) FROM orders_order o LEFT JOIN orders_creditdecision d"
                       " ON d.order_id = o.id WHERE o.over_credit")
        assert all(cursor.fetchone()), "an order beyond credit waits, another one was let pass"
    assert {"pending", "running", "settled"} <= set(states), states
