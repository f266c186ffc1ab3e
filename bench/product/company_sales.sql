-- step: products and stages
INSERT INTO products_product (id, number, name, pinyin, specification, list_price, active, note)
SELECT g, 'P' || lpad(g::text, 4, '0'), t.word || '测量机', t.reading, '', 20000 + g * 1500, true, ''
 FROM generate_series(1, 40) g JOIN bench_word t ON t.kind = 'trade' AND t.i = g;
UPDATE sales_pipeline SET active = false;
INSERT INTO sales_pipeline (id, name, name_en, position, active, note) VALUES (1000, '设备销售', 'Equipment', 1, true, '');
INSERT INTO sales_stage (id, pipeline_id, name, name_en, position, kind, probability, rotting_days, guidance, gates, checklist, active)
SELECT 1000 + n, 1000, '阶段' || n, 'Stage ' || n, n, CASE n WHEN 9 THEN 'won' WHEN 10 THEN 'lost' ELSE 'open' END,
  CASE n WHEN 9 THEN 100 WHEN 10 THEN 0 ELSE n * 10 END, CASE WHEN n < 9 THEN 30 END, '', '{}', '', true FROM generate_series(1, 10) n;
CREATE UNLOGGED TABLE bench_reasons AS SELECT array_agg(id) FILTER (WHERE dictionary = 'loss_reason') AS losses,
  array_agg(id) FILTER (WHERE dictionary = 'lead_invalid_reason') AS wrong FROM (SELECT id, dictionary FROM records_term ORDER BY id) t;

-- step: pools
INSERT INTO customers_pool (id, name, kind, cooldown_days, active, note, keeper_id, unit_id)
SELECT row_number() OVER (), '公海' || u.id, 'lead', 7, true, '', (SELECT owner_id FROM bench_slot s WHERE s.branch_id = u.id ORDER BY i LIMIT 1), u.id
 FROM access_unit u WHERE u.kind IN ('branch', 'hq') ORDER BY u.id;

-- step: leads
INSERT INTO customers_lead (id, created_at, updated_at, created_by_id, number, name, pinyin, initials, company_key, contact_name, position, mobile, phone,
  email, wechat, address, website, channel, needs, needs_note, tags, consent, consent_source, state, received_at, assigned_at, qualified_at, converted_at,
  score, allocated_because, next_step, next_step_at, last_contact_at, told, note, owner_id, unit_id, branch_id, customer_id, industry_id,
  invalid_reason_id, origin_id, region_id, size_id, pool_id)
SELECT g, born, born + (now() - born) * r5, CASE WHEN waits THEN keeper_id ELSE s.owner_id END, 'XS-' || lpad(g::text, 7, '0'), c.word || a.word || b.word || t.word || '公司',
  c.reading || ' ' || a.reading || ' ' || b.reading || ' ' || t.reading || ' gong si' || E'\x1f' || c.word || a.word || b.word || t.word || '公司',
  c.initials || a.initials || b.initials || t.initials || 'gs', a.word || b.word || t.word, '联系人' || g % 977, '', '13' || lpad((g::bigint * 7919 % 1000000000)::text, 9, '0'), '',
  '', '', '', '', (ARRAY['phone', 'web', 'email', 'wechat', 'face'])[1 + floor(r3 * 5)::int], ARRAY[needs[1 + floor(r1 * 8)::int]], '', '{}', 'unknown', '',
  state, born, born + interval '2 hours', CASE WHEN state IN ('qualified', 'converted') THEN born + (now() - born) * r4 / 2 END,
  CASE WHEN state = 'converted' THEN born + (now() - born) * (r4 + 1) / 2 END, floor(r1 * 100)::int, '', CASE WHEN state IN ('new', 'qualified') AND r9 < .6 THEN '电话回访' ELSE '' END,
  CASE WHEN state IN ('new', 'qualified') AND r9 < .6 THEN now() + (r2 - .3) * interval '60 days' END, CASE WHEN r3 < .8 THEN born + (now() - born) * r6 END,
  CASE WHEN r3 < .8 THEN 1 + floor(r6 * 4)::int ELSE 0 END, '', CASE WHEN waits THEN keeper_id ELSE s.owner_id END, CASE WHEN waits THEN p.unit_id ELSE s.unit_id END,
  CASE WHEN waits THEN p.unit_id ELSE s.branch_id END, CASE WHEN state = 'converted' THEN g END, industries[1 + floor(r2 * r3 * cardinality(industries))::int],
  CASE WHEN state = 'invalid' THEN wrong[1 + floor(r8 * cardinality(wrong))::int] END, origins[1 + floor(r8 * 14)::int], region, sizes[1 + floor(r4 * 5)::int], CASE WHEN waits THEN p.id END
 FROM (SELECT *, state IN ('new', 'qualified') AND r10 < .4 AS waits FROM (SELECT *, CASE WHEN r7 < .2 THEN 'new' WHEN r7 < .3 THEN 'nurtured' WHEN r7 < .5 THEN 'qualified' WHEN r7 < .85 THEN 'converted' ELSE 'invalid' END AS state
   FROM (SELECT g, now() - interval '700 days' + g * (interval '699 days' / {rows}) AS born, floor(random() * (SELECT count(*) FROM bench_slot))::int AS si,
   floor(random() * random() * (SELECT count(*) FROM bench_word WHERE kind = 'city'))::int AS ci, floor(random() * (SELECT count(*) FROM bench_word WHERE kind = 'first'))::int AS ai,
   floor(random() * (SELECT count(*) FROM bench_word WHERE kind = 'second'))::int AS bi, floor(random() * random() * (SELECT count(*) FROM bench_word WHERE kind = 'trade'))::int AS ti,
   floor(random() * (SELECT count(*) FROM bench_region))::int AS ri,
   random() r1, random() r2, random() r3, random() r4, random() r5, random() r6, random() r7, random() r8, random() r9, random() r10
   FROM generate_series(1, {rows}) g) w) v) x
 JOIN bench_slot s ON s.i = si JOIN customers_pool p ON p.unit_id = s.branch_id JOIN bench_region ON n = ri
 JOIN bench_word c ON c.kind = 'city' AND c.i = ci JOIN bench_word a ON a.kind = 'first' AND a.i = ai
 JOIN bench_word b ON b.kind = 'second' AND b.i = bi JOIN bench_word t ON t.kind = 'trade' AND t.i = ti CROSS JOIN bench_terms CROSS JOIN bench_reasons
 ORDER BY g;

-- step: deals
CREATE UNLOGGED TABLE bench_deal AS SELECT g, c.id AS customer, c.short_name, c.owner_id, c.unit_id, c.branch_id, c.level_id, c.origin_id, c.needs, product,
  state, opened, CASE WHEN state = 'open' THEN now() ELSE ended END AS until, round((20000 + power(r1, 3) * 2000000)::numeric, 2) AS amount, r2, r3, r4, r5,
  CASE state WHEN 'won' THEN 9 WHEN 'lost' THEN 10 ELSE 1 + floor(r2 * 8)::int END AS last
 FROM (SELECT *, opened + interval '5 days' + (now() - opened) * (.1 + .8 * r4) AS ended FROM (SELECT g, 1 + floor(random() * {rows})::int AS cid, 1 + floor(random() * 40)::int AS product,
   CASE WHEN r < .2 THEN 'open' WHEN r < .55 THEN 'won' ELSE 'lost' END AS state,
   now() - interval '10 days' - CASE WHEN r < .2 THEN sqrt(b) * interval '200 days' ELSE b * interval '690 days' END AS opened, r1, r2, r3, r4, r5
   FROM (SELECT g, random() r, random() b, random() r1, random() r2, random() r3, random() r4, random() r5 FROM generate_series(1, {rows}) g) y) z) x
 JOIN customers_customer c ON c.id = cid;

-- step: opportunities
INSERT INTO sales_opportunity (id, created_at, updated_at, created_by_id, number, name, stage_since, rots_on, state, probability, forecast, amount, currency, rate,
  amount_base, opened_on, expected_on, closed_on, closing_note, needs, needs_note, incomplete, ticked, next_step, next_step_at, note, owner_id, unit_id, branch_id,
  customer_id, customer_level_id, loss_reason_id, origin_id, product_id, pipeline_id, stage_id, closed_owner_id, closed_unit_id)
SELECT g, opened, until, owner_id, 'SJ-' || lpad(g::text, 7, '0'), short_name || ' 测量机', since, CASE WHEN state = 'open' THEN (since + interval '30 days')::date END,
  state, CASE state WHEN 'open' THEN last * 10 WHEN 'won' THEN 100 ELSE 0 END, (ARRAY['commit', 'best', 'pipeline', 'pipeline'])[1 + floor(r3 * 4)::int], amount, 'CNY', 1, amount,
  opened::date, (until + r4 * interval '90 days')::date, CASE WHEN state <> 'open' THEN until::date END, '', needs, '', false, '{}',
  CASE WHEN state = 'open' AND r5 < .7 THEN '报价跟进' ELSE '' END, CASE WHEN state = 'open' AND r5 < .7 THEN now() + (r4 - .3) * interval '60 days' END, '', owner_id, unit_id, branch_id,
  customer, level_id, CASE WHEN state = 'lost' AND r3 < .9 THEN losses[1 + floor(r5 * cardinality(losses))::int] END, origin_id, product, 1000, 1000 + last,
  CASE WHEN state <> 'open' THEN owner_id END, CASE WHEN state <> 'open' THEN unit_id END
 FROM (SELECT *, CASE state WHEN 'open' THEN opened + (until - opened) * .8 ELSE until END AS since FROM bench_deal) d CROSS JOIN bench_reasons ORDER BY g;

-- step: next steps of opportunities
INSERT INTO collaboration_task (id, created_at, updated_at, created_by_id, name, kind, priority, due_at, about_resource, about_id, about_title, note, result, owner_id, unit_id, branch_id)
SELECT (SELECT max(id) FROM collaboration_task) + row_number() OVER (), least(now(), next_step_at - interval '5 days'), now(), owner_id, next_step, 'next_step', 'normal', next_step_at,
  'opportunity', id, name, '', '', owner_id, unit_id, branch_id FROM sales_opportunity WHERE next_step <> '';

-- step: periods of leads and opportunities
INSERT INTO customers_lead_span (id, valid_from, recorded_at, actor, state, owner_id, unit_id, branch_id, origin_id)
SELECT id, created_at, created_at, created_by_id, state, owner_id, unit_id, branch_id, origin_id FROM customers_lead;
INSERT INTO sales_opportunity_span (id, valid_from, valid_to, recorded_at, actor, pipeline_id, stage_id, state, amount, amount_base, expected_on, probability, forecast,
  closed_on, loss_reason_id, owner_id, unit_id, branch_id)
SELECT o.id, opened + (until - opened) * k / parts, CASE WHEN k = 4 THEN timestamptz '9999-01-01' ELSE opened + (until - opened) * (k + 1) / parts END,
  opened + (until - opened) * k / parts, o.owner_id, 1000, CASE WHEN k = 4 THEN o.stage_id ELSE 1000 + greatest(1, least(last, 8) - 4 + k) END,
  CASE WHEN k = 4 THEN o.state ELSE 'open' END, CASE WHEN k = 4 THEN o.amount ELSE round(o.amount * (80 + k * 4 + d.r3 * 10)::numeric / 100, 2) END,
  CASE WHEN k = 4 THEN o.amount ELSE round(o.amount * (80 + k * 4 + d.r3 * 10)::numeric / 100, 2) END, o.expected_on + (4 - k) * 7 * (d.r5 < .4)::int,
  CASE WHEN k = 4 THEN o.probability ELSE greatest(1, least(last, 8) - 4 + k) * 10 END, o.forecast, CASE WHEN k = 4 THEN o.closed_on END,
  CASE WHEN k = 4 THEN o.loss_reason_id END, o.owner_id, o.unit_id, o.branch_id
 FROM sales_opportunity o JOIN (SELECT *, CASE WHEN state = 'open' THEN 5 ELSE 4 END AS parts FROM bench_deal) d ON d.g = o.id CROSS JOIN generate_series(0, 4) k ORDER BY o.id, k;
INSERT INTO collaboration_task_span (id, valid_from, recorded_at, actor, owner_id, unit_id, due_at, done_at)
SELECT id, created_at, created_at, created_by_id, owner_id, unit_id, due_at, done_at FROM collaboration_task WHERE about_resource = 'opportunity';

