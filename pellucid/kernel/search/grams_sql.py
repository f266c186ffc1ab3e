"""The normal forms of `text` as immutable SQL functions, for generated columns, triggers and expression indexes.

Locale plays no part: ASCII is lowered in collation "C", other letters by a fixed table, so every server agrees with Python.
Works on PostgreSQL 15 and newer; the database must be UTF-8.
"""

from __future__ import annotations

from .text import GRAM_LIMIT, LOWER, SEPARATORS, UPPER

SCHEMA = "CREATE SCHEMA IF NOT EXISTS search"

FOLD = f"""
CREATE OR REPLACE FUNCTION search.fold(source text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 20 AS $fold$
DECLARE folded text;
BEGIN
  IF octet_length(source) = length(source) THEN
    RETURN lower(source COLLATE "C");
  END IF;
  folded := lower(normalize(source, NFKC) COLLATE "C");
  IF folded ~ '[\\u00c0-\\u052f\\u1e00-\\u1fff]' THEN
    folded := translate(folded, '{UPPER}', '{LOWER}');
  END IF;
  RETURN folded;
END $fold$
"""

PLAIN = f"""
CREATE OR REPLACE FUNCTION search.plain(source text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 40 AS $plain$
  SELECT regexp_replace(search.fold(source), '{SEPARATORS}', '', 'g')
$plain$
"""

GRAMS = """
CREATE OR REPLACE FUNCTION search.grams(source text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100 AS $grams$
DECLARE letters text := left(search.plain(source), gram_limit); pair text; pairs text[] := '{}'; n int := 0;
BEGIN
  IF letters IS NULL OR letters = '' THEN
    RETURN '{}';
  ELSIF length(letters) = 1 THEN
    RETURN ARRAY[letters];
  ELSIF length(letters) <= 64 THEN
    -- a loop takes a fifth of what a query takes that is started for a name
    FOR i IN 1 .. length(letters) - 1 LOOP
      pair := substr(letters, i, 2);
      IF pair <> ALL (pairs) THEN n := n + 1; pairs[n] := pair; END IF;
    END LOOP;
    RETURN pairs;
  END IF;
  -- Past a few words substr, which counts from the beginning each time, is slower than one pass.
  RETURN (
    SELECT array_agg(couple ORDER BY place)
    FROM (SELECT couple, min(place) AS place
          FROM (SELECT letter || lead(letter) OVER (ORDER BY place) AS couple, place
                FROM unnest(string_to_array(letters, NULL)) WITH ORDINALITY AS one(letter, place)) AS every
          WHERE couple IS NOT NULL GROUP BY couple) AS once
  );
END $grams$
""".replace("gram_limit", str(GRAM_LIMIT))

LONG = f"""
CREATE OR REPLACE FUNCTION search.long_grams(source text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000 AS $grams$
  -- pieces of a long text, each reaching one character into the next, so that no pair is lost at a seam
  SELECT coalesce(array_agg(DISTINCT gram), '{{}}')
    FROM (SELECT search.plain(source) AS letters) whole,
         generate_series(0, greatest(length(letters) - 2, 0) / {GRAM_LIMIT - 1}) AS n,
         unnest(search.grams(substr(letters, n * {GRAM_LIMIT - 1} + 1, {GRAM_LIMIT}))) AS gram
$grams$
"""  # noqa: S608  a number of our own

STATEMENTS: tuple[str, ...] = (SCHEMA, FOLD, PLAIN, GRAMS, LONG)


def gram_column(*columns: str) -> str:
    """The expression of a generated gram column over one or several text columns (already quoted names)."""
    return " || ".join(f"search.grams({column})" for column in columns)
