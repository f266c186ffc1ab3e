# ruff: noqa: S608  every name in this SQL comes from a declaration, none from a user
"""The one statement that applies changes to spans: it supersedes what was believed and inserts the pieces; no belief is lost."""

from __future__ import annotations

from .base_sql import ACTOR, EVENT
from .tracked import FAR, Tracked


def sql(t: Tracked, changes: str) -> str:
    """`changes` selects id, v (valid from; NULL is now), v_end, alive and was (after, before), c_* new values, m_* what is meant.

    It answers how many spans of this very transaction it superseded. The INSERT pulls from the UPDATE's rows, so that every
    replaced span is out of the way before its pieces come; the exclusion constraint can be immediate.
    """
    columns = t.temporal
    merged = ", ".join(f'CASE WHEN ch.m_{c} THEN ch.c_{c} ELSE s."{c}" END AS n_{c}, s."{c}" AS o_{c}' for c in columns)
    differs = " OR ".join(f'(ch.m_{c} AND ch.c_{c} IS DISTINCT FROM s."{c}")' for c in columns)
    targets = ", ".join(f'"{c}"' for c in columns)
    new, old, first = (", ".join(f"{prefix}{c}" for c in columns) for prefix in ("u.n_", "u.o_", "ch.c_"))
    return f"""
WITH ch AS MATERIALIZED ({changes}),
met AS (  -- the current spans a change meets; a: where it begins, moved behind a transaction that committed first
  SELECT s.span_id, s.id, s.valid_from AS vf, s.valid_to AS vt, s.recorded_at,
    s.actor AS o_actor, s.event AS o_event, s.is_correction AS o_correction, ch.alive, ch.v IS NULL AS live, ch.v_end AS b,
    CASE WHEN ch.v IS NOT NULL THEN ch.v WHEN s.valid_from < now() THEN now() WHEN s.recorded_at = now() THEN s.valid_from
         ELSE greatest(clock_timestamp(), s.valid_from + interval '1 microsecond') END AS a,
    {merged}
  FROM ch JOIN public.{t.span} s ON s.id = ch.id AND s.recorded_to = '{FAR}'
    AND s.valid_to > coalesce(ch.v, now()) AND s.valid_from < ch.v_end
  WHERE ch.was AND (ch.v IS NOT NULL OR s.valid_to = '{FAR}') AND (NOT ch.alive OR {differs})
),
aim AS (  -- closing in place loses no belief when the change is of now, or the span of this transaction
  SELECT *, vf < a AND (live OR recorded_at = now()) AND vt <= b AS cut FROM met
),
u AS (
  UPDATE public.{t.span} s SET valid_to = CASE WHEN aim.cut THEN aim.a ELSE s.valid_to END,
    recorded_to = CASE WHEN aim.cut THEN s.recorded_to ELSE now() END
  FROM aim WHERE s.span_id = aim.span_id RETURNING aim.*
),
pieces AS (
  INSERT INTO public.{t.span} (id, valid_from, valid_to, recorded_at, is_correction, actor, event, {targets})
  SELECT u.id, u.vf, u.a, now(), u.o_correction, u.o_actor, u.o_event, {old} FROM u WHERE NOT cut AND u.vf < u.a
  UNION ALL
  SELECT u.id, greatest(u.vf, u.a), least(u.vt, u.b), now(), NOT u.live AND u.recorded_at < now(), {ACTOR}, {EVENT}, {new}
  FROM u WHERE u.alive
  UNION ALL
  SELECT u.id, u.b, u.vt, now(), u.o_correction, u.o_actor, u.o_event, {old} FROM u WHERE NOT cut AND u.b < u.vt
  UNION ALL  -- a record that comes (back) to life
  SELECT ch.id, greatest(coalesce(ch.v, now()),
      (SELECT max(s.valid_to) FROM public.{t.span} s WHERE s.id = ch.id AND s.recorded_to = '{FAR}')), '{FAR}', now(),
    ch.v IS NOT NULL, {ACTOR}, {EVENT}, {first} FROM ch WHERE ch.alive AND NOT ch.was
  RETURNING 1
)
SELECT count(*) FILTER (WHERE NOT cut AND recorded_at = now()) FROM u"""
