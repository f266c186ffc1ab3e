-- step: orders drawn
CREATE UNLOGGED TABLE bench_order AS SELECT *, (signed + 35 + floor(r3 * 30)::int) AS gone, (signed + 60 + floor(r3 * 30)::int) AS taken,
  CASE WHEN r4 < .6 THEN -2 WHEN r4 < .85 THEN 15 WHEN r4 < .95 THEN 60 ELSE 400 END AS lag, amounts[1] + amounts[2] + amounts[3] + amounts[4] + amounts[5] AS net
 FROM (SELECT g, c.id AS customer, c.short_name, c.owner_id, c.unit_id, c.branch_id,
   (now() - interval '690 days' + g * (interval '689 days' / {orders}))::date AS signed, r3, r4, r5, ARRAY(SELECT round((800 + power(r1, 3) * 90000 * k)::numeric, 2) FROM generate_series(1, 5) k) AS amounts
   FROM (SELECT g, 1 + floor(random() * random() * {rows})::int AS cid, random() r1, random() r3, random() r4, random() r5 FROM generate_series(1, {orders}) g) x
   JOIN customers_customer c ON c.id = cid) y;
CREATE INDEX ON bench_order (g);
ANALYZE bench_order;

-- step: contracts
INSERT INTO orders_contract (id, created_at, updated_at, created_by_id, number, issued_by_id, name, kind, customer_id, state, currency, rate, amount, amount_base,
  signed_on, starts_on, terms, note, owner_id, unit_id, branch_id)
SELECT g, signed, signed, owner_id, 'HT-' || extract(year FROM signed) || '-' || lpad(g::text, 7, '0'), branch_id, short_name || ' 测量机', 'single', customer, 'active', 'CNY', 1,
  net + round(net * .13, 2), net + round(net * .13, 2), signed, signed, '', '', owner_id, unit_id, branch_id FROM bench_order ORDER BY g;

-- step: orders
INSERT INTO orders_order (id, created_at, updated_at, created_by_id, number, name, contract_id, customer_id, state, special_reason, signed_on, promised_on, accepted_on,
  currency, rate, net, tax, amount, amount_base, cost, planned, delivered, returned, received, receivable, sold_by_id, sold_unit_id, sold_branch_id, is_first, note, owner_id, unit_id, branch_id)
SELECT g, signed, signed, owner_id, 'DD-' || extract(year FROM signed) || '-' || lpad(g::text, 7, '0'), short_name || ' 测量机', g, customer, 'signed', '', signed, signed + 45, CASE WHEN taken <= current_date THEN taken END,
  'CNY', 1, net, round(net * .13, 2), net + round(net * .13, 2), net + round(net * .13, 2), round(net * .7, 2), net + round(net * .13, 2),
  CASE WHEN gone <= current_date THEN net + round(net * .13, 2) ELSE 0 END, 0, 0, 0, owner_id, unit_id, branch_id, false, '', owner_id, unit_id, branch_id FROM bench_order ORDER BY g;

-- step: attributes of products, kept at the signing
INSERT INTO resources_customfield (resource, slug, kind, label, help, target, required, personal, sortable, section, position, created_at, uom, edges)
VALUES ('product', 'power', 'decimal', '{"zh-hans": "功率", "en": "Power"}', '{}', '', false, false, false, '', 1, now(), 'kW', '["5", "20", "50"]'),
  ('product', 'colour', 'text', '{"zh-hans": "颜色", "en": "Colour"}', '{}', '', false, false, false, '', 2, now(), '', '[]');
INSERT INTO products_attributeset (values, digest)
SELECT jsonb_build_object('x_power', (n * 7 % 60)::text) || CASE WHEN n % 5 > 0 THEN jsonb_build_object('x_colour', 'c' || n % 5) ELSE '{}' END, 'bench' || n
 FROM generate_series(1, 40) n ORDER BY n;

-- step: order lines
INSERT INTO orders_orderline (id, created_at, updated_at, created_by_id, order_id, product_id, name, quantity, unit_price, discount, tax_rate, net, tax, amount,
  unit_cost, cost, net_base, cost_base, signed_on, promised_on, delivered, returned, note, attributes_id)
SELECT (g - 1)::bigint * 5 + k, signed, signed, owner_id, g, 1 + (g * 7 + k * 3) % 40, '测量机', k, round(amounts[k] / k, 4), 0, 13, amounts[k], 0, amounts[k],
  round(amounts[k] * .7 / k, 4), round(amounts[k] * .7, 2), amounts[k], round(amounts[k] * .7, 2), signed, signed + 45, CASE WHEN gone <= current_date THEN k ELSE 0 END, 0, '',
  (SELECT min(id) FROM products_attributeset) + (g * 7 + k * 3) % 40
 FROM bench_order, generate_series(1, 5) k ORDER BY g, k;

-- step: deliveries
INSERT INTO orders_delivery (id, created_at, updated_at, created_by_id, order_id, line_id, batch, quantity, amount, net_base, delivered_on, promised_on, executor_id, carrier, note)
SELECT row_number() OVER (ORDER BY g, k), gone, gone, owner_id, g, (g - 1)::bigint * 5 + k, 1, k, amounts[k], amounts[k], gone, signed + 45, owner_id, '', ''
 FROM bench_order, generate_series(1, 5) k WHERE gone <= current_date;

-- step: instalments
CREATE UNLOGGED TABLE bench_part AS SELECT (g - 1)::bigint * 3 + k AS id, g, k, owner_id, unit_id, branch_id, customer, r5, lag,
  CASE k WHEN 1 THEN 'signed' WHEN 2 THEN 'delivered' ELSE 'warranty' END AS basis, CASE k WHEN 1 THEN 7 WHEN 2 THEN 30 ELSE 365 END AS days,
  CASE k WHEN 3 THEN whole - round(whole * .3, 2) - round(whole * .6, 2) WHEN 1 THEN round(whole * .3, 2) ELSE round(whole * .6, 2) END AS amount,
  signed, CASE k WHEN 1 THEN signed WHEN 2 THEN gone ELSE taken END AS since FROM (SELECT *, net + round(net * .13, 2) AS whole FROM bench_order) o, generate_series(1, 3) k;
ALTER TABLE bench_part ADD due date, ADD paid date;
UPDATE bench_part SET due = since + days, paid = CASE WHEN greatest(since, since + days + lag) <= current_date THEN greatest(since, since + days + lag) END WHERE since <= current_date;
INSERT INTO orders_instalment (id, created_at, updated_at, created_by_id, order_id, customer_id, position, name, basis, days, share, amount, due_on, owed, allocated, credited, settled_on, winding, disputed, in_charge_id, note)
SELECT id, signed, signed, owner_id, g, customer, k, '', basis, days, CASE k WHEN 1 THEN 30 WHEN 2 THEN 60 ELSE 10 END, amount, due, CASE WHEN due IS NULL THEN 0 ELSE amount END,
  CASE WHEN paid IS NULL THEN 0 ELSE amount END, 0, paid, false, false, owner_id, '' FROM bench_part ORDER BY id;

-- step: receipts
INSERT INTO orders_receipt (id, created_at, updated_at, created_by_id, number, issued_by_id, kind, customer_id, received_on, amount, currency, rate, amount_base, reference, allocated, refunded, note)
SELECT id, paid, paid, owner_id, 'SK-' || extract(year FROM paid) || '-' || lpad(id::text, 8, '0'), branch_id, 'receipt', customer, paid, amount, 'CNY', 1, amount, '', amount, 0, ''
 FROM bench_part WHERE paid IS NOT NULL ORDER BY id;

-- step: ledger
INSERT INTO orders_posting (id, created_at, updated_at, order_id, instalment_id, receipt_id, kind, amount, amount_base, posted_on, due_on, customer_id, sold_by_id, sold_unit_id, sold_branch_id, reason, settled_on, winding, late_on)
SELECT row_number() OVER (ORDER BY posted, id), posted, posted, g, id, receipt, kind, amount, amount, posted, due, customer, owner_id, unit_id, branch_id, '', paid, false, CASE WHEN kind = 'due' AND paid > due THEN paid END
 FROM (SELECT id, g, NULL::bigint AS receipt, 'due' AS kind, amount, since AS posted, due, paid, customer, owner_id, unit_id, branch_id FROM bench_part WHERE due IS NOT NULL
  UNION ALL SELECT id, g, id, 'receipt', -amount, paid, due, paid, customer, owner_id, unit_id, branch_id FROM bench_part WHERE paid IS NOT NULL) p;

-- step: what orders came to
UPDATE orders_order o SET received = s.received, receivable = s.receivable,
  state = CASE WHEN s.received = o.amount AND o.delivered > 0 THEN 'settled' WHEN o.delivered > 0 THEN 'delivered' WHEN s.received > 0 THEN 'running' ELSE 'signed' END
 FROM (SELECT g, sum(amount) FILTER (WHERE paid IS NOT NULL) AS r, coalesce(sum(amount) FILTER (WHERE paid IS NOT NULL), 0) AS received,
   coalesce(sum(amount) FILTER (WHERE due IS NOT NULL AND paid IS NULL), 0) AS receivable FROM bench_part GROUP BY g) s WHERE o.id = s.g;

-- step: periods of contracts and orders
INSERT INTO orders_contract_span (id, valid_from, recorded_at, actor, state, amount, amount_base, owner_id, unit_id, branch_id)
SELECT id, signed_on, signed_on, owner_id, state, amount, amount_base, owner_id, unit_id, branch_id FROM orders_contract;
INSERT INTO orders_order_span (id, valid_from, valid_to, recorded_at, actor, state, amount, amount_base, owner_id, unit_id, branch_id)
SELECT id, from_at, until_at, from_at, owner_id, state, amount, amount_base, owner_id, unit_id, branch_id
 FROM (SELECT o.id, w.state, w.at AS from_at, coalesce(lead(w.at) OVER (PARTITION BY o.id ORDER BY w.at), timestamptz '9999-01-01') AS until_at, o.owner_id, o.amount, o.amount_base, o.unit_id, o.branch_id
  FROM orders_order o JOIN bench_order b ON b.g = o.id CROSS JOIN LATERAL (VALUES ('signed', b.signed + time '09:00'), (CASE WHEN o.delivered > 0 THEN 'running' END, b.signed + 7 + time '09:00'),
   (CASE WHEN o.delivered > 0 THEN o.state END, b.gone + time '09:00')) w (state, at) WHERE w.state IS NOT NULL) p;

