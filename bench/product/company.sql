-- The company of the bench, set-wise. Each step has a headline; {rows} is the number of customers, {orders} that of orders.
-- Runs with triggers off: the past (periods, audit lines, events) is written here, from the rows, in the triggers' own words.

-- step: words
CREATE UNLOGGED TABLE bench_terms AS SELECT
  array_agg(id) FILTER (WHERE dictionary = 'customer_level') AS levels,
  array_agg(id) FILTER (WHERE dictionary = 'industry') AS industries,
  array_agg(id) FILTER (WHERE dictionary = 'origin') AS origins, array_agg(id) FILTER (WHERE dictionary = 'business') AS businesses,
  array_agg(id) FILTER (WHERE dictionary = 'company_size') AS sizes, array_agg(id) FILTER (WHERE dictionary = 'need') AS needs,
  array_agg(id) FILTER (WHERE dictionary = 'customer_tag') AS tags, array_agg(id) FILTER (WHERE dictionary = 'decision_role') AS roles,
  array_agg(id) FILTER (WHERE dictionary = 'follow_up_result') AS results
 FROM (SELECT id, dictionary FROM records_term ORDER BY id) t;
CREATE UNLOGGED TABLE bench_region AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, id AS region FROM records_term WHERE dictionary = 'region';

-- step: customers
INSERT INTO customers_customer (id, created_at, updated_at, created_by_id, version, extra, number, name, short_name, pinyin, initials, company_key,
  kind, is_customer, is_partner, credit_code, parent_id, industry_id, business_id, size_id, region_id, address, website, phone, employees, revenue,
  founded, level_id, customer_class, class_since, origin_id, needs, needs_note, tags, account_contact_id, next_step, next_step_at,
  last_contact_at, last_contact_kind, last_contact_by_id, completeness, note, owner_id, unit_id, branch_id, deleted_at)
SELECT g, born, greatest(born, now() - r5 * interval '400 days'), owner_id, 1, '{}', 'KH-' || extract(year FROM born) || '-' || lpad(g::text, 7, '0'),
  c.word || a.word || b.word || t.word || '有限公司', a.word || b.word || t.word,
  c.reading || ' ' || a.reading || ' ' || b.reading || ' ' || t.reading || ' you xian gong si' || E'\x1f' || c.word || a.word || b.word || t.word || '有限公司',
  c.initials || a.initials || b.initials || t.initials || 'yxgs', a.word || b.word || t.word,
  'company', true, r1 < .02, '', NULL, industries[1 + floor(r2 * r3 * cardinality(industries))::int], businesses[1 + floor(r3 * 6)::int],
  sizes[1 + floor(r4 * 5)::int], region, c.word || '市高新区创新路' || g % 999 || '号', '',
  '0' || 512 + g % 400 || '-' || lpad((g::bigint * 7919 % 90000000)::text, 8, '6'), (10 + r1 * r2 * 5000)::int, round((r1 * r2 * r3 * 900000000)::numeric, 2),
  1980 + floor(r6 * 45)::int, levels[CASE WHEN r6 < .08 THEN 1 WHEN r6 < .4 THEN 2 ELSE 3 END],
  CASE WHEN r7 < .35 THEN 1 WHEN r7 < .65 THEN 2 WHEN r7 < .85 THEN 3 WHEN r7 < .95 THEN 4 ELSE 5 END,
  CASE WHEN r7 < .35 THEN born ELSE born + (now() - born) * r4 END, origins[1 + floor(r8 * 14)::int],
  ARRAY[needs[1 + floor(r1 * 8)::int]], '', CASE WHEN r8 < .4 THEN ARRAY[tags[1 + floor(r2 * 6)::int]] WHEN r8 < .5 THEN tags[2:3] ELSE '{}' END,
  owner_id, CASE WHEN r9 < .6 THEN '电话回访 ' || a.word || b.word ELSE '' END, CASE WHEN r9 < .6 THEN now() + (r2 - .3) * interval '120 days' END,
  CASE WHEN r3 < .85 THEN born + (now() - born) * sqrt(r6) END, CASE WHEN r3 < .85 THEN (ARRAY['call', 'visit', 'wechat', 'email'])[1 + floor(r4 * 4)::int] ELSE '' END,
  CASE WHEN r3 < .85 THEN owner_id END, 40 + floor(r5 * 60)::int, '', owner_id, unit_id, branch_id, CASE WHEN r10 < .01 THEN now() - r1 * interval '90 days' END
 FROM (SELECT g, now() - interval '700 days' + g * (interval '699 days' / {rows}) AS born, floor(random() * (SELECT count(*) FROM bench_slot))::int AS s,
   floor(random() * random() * (SELECT count(*) FROM bench_word WHERE kind = 'city'))::int AS ci, floor(random() * (SELECT count(*) FROM bench_word WHERE kind = 'first'))::int AS ai,
   floor(random() * (SELECT count(*) FROM bench_word WHERE kind = 'second'))::int AS bi, floor(random() * random() * (SELECT count(*) FROM bench_word WHERE kind = 'trade'))::int AS ti,
   floor(random() * (SELECT count(*) FROM bench_region))::int AS ri,
   random() r1, random() r2, random() r3, random() r4, random() r5, random() r6, random() r7, random() r8, random() r9, random() r10
   FROM generate_series(1, {rows}) g) x
 JOIN bench_slot ON i = s JOIN bench_region ON n = ri JOIN bench_word c ON c.kind = 'city' AND c.i = ci JOIN bench_word a ON a.kind = 'first' AND a.i = ai
 JOIN bench_word b ON b.kind = 'second' AND b.i = bi JOIN bench_word t ON t.kind = 'trade' AND t.i = ti CROSS JOIN bench_terms
 ORDER BY g;

-- step: contacts
INSERT INTO customers_contact (id, created_at, updated_at, created_by_id, version, extra, name, pinyin, initials, gender, department, position, is_primary,
  mobile, phone, email, wechat, consent, consent_source, last_contact_at, note, role_id, customer_id)
SELECT row_number() OVER (), born, born, owner_id, 1, '{}', s.word || n.word, s.reading || ' ' || n.reading || E'\x1f' || s.word || n.word, s.initials || n.initials,
  '', '采购部', (ARRAY['采购经理', '设备主管', '总经理', '技术部长', '生产副总'])[1 + floor(r2 * 5)::int], k = 1,
  '13' || lpad(floor(r1 * 999999999)::bigint::text, 9, '0'), '', 'c' || cid || k || '@example.com', '', 'unknown', '', last_contact_at, '',
  roles[1 + floor(r2 * 7)::int], cid
 FROM (SELECT c.id AS cid, c.created_at AS born, c.owner_id, c.last_contact_at, k, random() r1, random() r2,
   floor(random() * random() * (SELECT count(*) FROM bench_word WHERE kind = 'surname'))::int AS si, floor(random() * (SELECT count(*) FROM bench_word WHERE kind = 'given'))::int AS ni
   FROM (SELECT *, floor(random() * 4)::int AS people FROM customers_customer ORDER BY id) c, generate_series(1, people) k) x
 JOIN bench_word s ON s.kind = 'surname' AND s.i = si JOIN bench_word n ON n.kind = 'given' AND n.i = ni CROSS JOIN bench_terms;

-- step: follow-ups
INSERT INTO customers_followup (id, created_at, updated_at, created_by_id, version, extra, kind, at, text, met_decision_maker, minutes, next_step,
  place, author_id, author_unit_id, customer_id, result_id)
SELECT row_number() OVER (), said_at, said_at, owner_id, 1, '{}', (ARRAY['call', 'visit', 'wechat', 'email'])[1 + floor(r1 * 4)::int], said_at,
  o.word || f.word || e.word, r1 < .2, (r2 * 90)::int, '', '', owner_id, unit_id, cid, results[1 + floor(r2 * 6)::int]
 FROM (SELECT c.id AS cid, c.owner_id, c.unit_id, greatest(c.created_at, c.last_contact_at - (k - 1) * interval '9 days' * random()) AS said_at, random() r1, random() r2,
   floor(random() * (SELECT count(*) FROM bench_word WHERE kind = 'opening'))::int AS oi, floor(random() * (SELECT count(*) FROM bench_word WHERE kind = 'fact'))::int AS fi,
   floor(random() * (SELECT count(*) FROM bench_word WHERE kind = 'ending'))::int AS ei
   FROM (SELECT *, 1 + floor(random() * random() * 11)::int AS times FROM customers_customer WHERE last_contact_at IS NOT NULL ORDER BY id) c, generate_series(1, times) k) x
 JOIN bench_word o ON o.kind = 'opening' AND o.i = oi JOIN bench_word f ON f.kind = 'fact' AND f.i = fi JOIN bench_word e ON e.kind = 'ending' AND e.i = ei CROSS JOIN bench_terms;

-- step: tasks
INSERT INTO collaboration_task (id, created_at, updated_at, created_by_id, version, extra, name, kind, priority, due_at, done_at, state, about_resource, about_id,
  about_title, note, result, owner_id, unit_id, branch_id)
SELECT row_number() OVER (), least(now(), at - interval '5 days'), least(now(), at), owner_id, 1, '{}', name, kind, 'normal', at, done, CASE WHEN done IS NULL THEN 'todo' ELSE 'done' END, 'customer', cid, title, '', '', owner_id, unit_id, branch_id
 FROM (SELECT id AS cid, next_step AS name, 'next_step' AS kind, next_step_at AS at, NULL::timestamptz AS done, name AS title, owner_id, unit_id, branch_id
   FROM customers_customer WHERE next_step <> '' AND deleted_at IS NULL
  UNION ALL SELECT id, '准备方案 ' || short_name, 'task', created_at + (now() - created_at) * .8, created_at + (now() - created_at) * .9, name, owner_id, unit_id, branch_id
   FROM customers_customer WHERE id % 5 < 2) t;

-- step: shares
INSERT INTO access_share (resource, record_id, user_id, level, note, sort_key, created_at)
SELECT 'customer', c.id, s.user_id, 2, '', coalesce(c.last_contact_at, timestamptz '1900-01-01'), now()
 FROM bench_member s JOIN LATERAL (SELECT id, last_contact_at FROM customers_customer WHERE id % greatest({rows} / 2200, 2) = s.user_id % greatest({rows} / 2200, 2)
   AND deleted_at IS NULL LIMIT 2000) c ON true WHERE s.scope = 'shared';

-- step: periods
INSERT INTO customers_customer_span (id, valid_from, valid_to, recorded_at, actor, customer_class, level_id, owner_id, unit_id, branch_id, industry_id, origin_id)
SELECT id, created_at, coalesce(CASE WHEN customer_class > 1 AND class_since > created_at THEN class_since END, gone), created_at, created_by_id, 1, level_id, owner_id, unit_id, branch_id, industry_id, origin_id
 FROM (SELECT *, CASE WHEN deleted_at IS NULL THEN timestamptz '9999-01-01' ELSE greatest(deleted_at, created_at + interval '1 second') END AS gone FROM customers_customer) c
UNION ALL
SELECT id, class_since, CASE WHEN deleted_at IS NULL THEN timestamptz '9999-01-01' ELSE greatest(deleted_at, class_since + interval '1 second') END, class_since, created_by_id, customer_class, level_id, owner_id, unit_id, branch_id, industry_id, origin_id
 FROM customers_customer WHERE customer_class > 1 AND class_since > created_at;
INSERT INTO customers_contact_span (id, valid_from, recorded_at, actor, customer_id, role_id, position)
SELECT id, created_at, created_at, created_by_id, customer_id, role_id, position FROM customers_contact;
INSERT INTO collaboration_task_span (id, valid_from, recorded_at, actor, owner_id, unit_id, due_at, done_at)
SELECT id, created_at, created_at, created_by_id, owner_id, unit_id, due_at, done_at FROM collaboration_task;

-- include: company_sales.sql

-- include: company_orders.sql

-- step: months
SET ROLE pellucid;
DO $$ DECLARE m date; BEGIN
  FOR m IN SELECT generate_series(date_trunc('month', now() - interval '701 days'), date_trunc('month', now() - interval '1 month'), '1 month')::date LOOP
    EXECUTE format('CREATE TABLE IF NOT EXISTS history.%I PARTITION OF history.audit FOR VALUES FROM (%L) TO (%L)',
      'audit_' || to_char(m, 'YYYYMM'), m::text || ' 00:00+00', (m + interval '1 month')::date::text || ' 00:00+00');
    EXECUTE format('CREATE TABLE IF NOT EXISTS public.%I PARTITION OF public.events_event FOR VALUES FROM (%L) TO (%L)',
      'events_event_' || to_char(m, 'YYYYMM'), m::text || ' 00:00+00', (m + interval '1 month')::date::text || ' 00:00+00');
  END LOOP;
END $$;
RESET ROLE;

-- step: events
INSERT INTO events_event (id, at, name, actor_id, door, resource, record_id, payload)
SELECT nextval('events_event_id'), created_at, 'customer.created', created_by_id, 'web', 'customer', id, jsonb_build_object('name', name) FROM customers_customer
UNION ALL SELECT nextval('events_event_id'), created_at, 'followup.created', created_by_id, 'web', 'followup', id, '{}' FROM customers_followup
UNION ALL SELECT nextval('events_event_id'), created_at, 'lead.created', created_by_id, 'web', 'lead', id, '{}' FROM customers_lead
UNION ALL SELECT nextval('events_event_id'), created_at, 'opportunity.created', created_by_id, 'web', 'opportunity', id, '{}' FROM sales_opportunity
UNION ALL SELECT nextval('events_event_id'), created_at, 'order.created', created_by_id, 'web', 'order', id, '{}' FROM orders_order;

-- step: numbers
SELECT setval('number_customer', {rows}), setval('customers_customer_id_seq', {rows}),
  setval('customers_contact_id_seq', (SELECT max(id) FROM customers_contact)), setval('customers_followup_id_seq', (SELECT max(id) FROM customers_followup)),
  setval('collaboration_task_id_seq', (SELECT max(id) FROM collaboration_task)), setval('number_lead', {rows}), setval('customers_lead_id_seq', {rows}),
  setval('number_opportunity', {rows}), setval('sales_opportunity_id_seq', {rows}), setval('products_product_id_seq', 40), setval('sales_pipeline_id_seq', 1000),
  setval('sales_stage_id_seq', 1010), setval('customers_pool_id_seq', (SELECT max(id) FROM customers_pool)), setval('number_order', {orders}), setval('orders_contract_id_seq', {orders}),
  setval('orders_order_id_seq', {orders}), setval('orders_orderline_id_seq', {orders} * 5), setval('orders_instalment_id_seq', {orders} * 3),
  setval('orders_receipt_id_seq', {orders} * 3), setval('orders_posting_id_seq', (SELECT max(id) FROM orders_posting)),
  setval('orders_delivery_id_seq', (SELECT max(id) FROM orders_delivery));
DROP TABLE bench_word, bench_region, bench_slot, bench_terms, bench_member, bench_deal, bench_reasons, bench_order, bench_part;
