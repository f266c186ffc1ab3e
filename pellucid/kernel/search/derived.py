"""One search table per resource, kept by statement triggers: never stale, whoever writes.

A row holds the plain text of the searched fields, its grams, and tokens in the same array: o<owner> and u<unit> (roots only), ~<pair of
initials>, ^<syllable>, #<code>, p<last four digits of a phone>. So one GIN index answers text and scope together; a child is found by text and
read through its root, so that a reassignment writes one row.
"""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.kernel.records.derived import Derived, derives
from pellucid.kernel.records.models import OwnedRecord
from pellucid.kernel.resources.declare import Resource, registry

from .grams_sql import STATEMENTS

TOKENS = """
CREATE OR REPLACE FUNCTION search.initial_tokens(initials text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE token text; tokens text[] := '{}'; n int := 0;
BEGIN
  FOR i IN 1 .. coalesce(length(initials), 0) - 1 LOOP
    token := '~' || substr(initials, i, 2);
    IF token <> ALL (tokens) THEN n := n + 1; tokens[n] := token; END IF;
  END LOOP;
  RETURN tokens;
END $f$;
CREATE OR REPLACE FUNCTION search.syllable_tokens(pinyin text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$
DECLARE syllable text; tokens text[] := '{}'; n int := 0;
BEGIN
  FOREACH syllable IN ARRAY string_to_array(split_part(coalesce(pinyin, ''), E'\\x1f', 1), ' ') LOOP
    IF syllable <> '' AND '^' || syllable <> ALL (tokens) THEN n := n + 1; tokens[n] := '^' || syllable; END IF;
  END LOOP;
  RETURN tokens;
END $f$;
CREATE OR REPLACE FUNCTION search.digits(phone text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT regexp_replace(coalesce(phone, ''), '[^0-9]', '', 'g') $f$;
CREATE OR REPLACE FUNCTION search.phone_tokens(phone text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT CASE WHEN length(d) >= 4 THEN ARRAY['p' || right(d, 4)] ELSE '{}' END FROM (SELECT search.digits(phone) d) x $f$;
CREATE OR REPLACE FUNCTION search.code_tokens(code text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
  SELECT CASE WHEN p = '' THEN '{}'::text[] WHEN ltrim(tail, '0') <> '' AND length(p) < 20
    THEN ARRAY['#' || p, '#' || ltrim(tail, '0')] ELSE ARRAY['#' || p] END
    FROM (SELECT search.plain(coalesce(code, '')) p, coalesce(substring(code from '[0-9]+$'), '') tail) x $f$;
"""


def table_of(key: str) -> str:
    """The search table of a resource."""
    return f"search_{key}"


def searched(resource: type[Resource]) -> bool:
    """Whether anything of its own is searched, and so has a search table; links are searched in the table of where they lead."""
    return any(how != "link" for how in resource.search.values())


def fields_of(resource: type[Resource], kind: str) -> list[str]:
    """Columns that are searched as text, phone, code or (the text of a) file."""
    return [column_of(resource, name) for name, how in resource.search.items() if how == kind]


def column_of(resource: type[Resource], name: str) -> str:
    """The column of a searched field."""
    return str(resource.model._meta.get_field(name).column)


def file_text(column: str) -> str:
    """What is written in the file that a column names."""
    return f"coalesce((SELECT t.text FROM public.records_filetext t WHERE t.blob_id = {column}), '')"  # noqa: S608  a column's name


def has(resource: type[Resource], column: str) -> bool:
    """Whether the model has this column."""
    return any(f.column == column for f in resource.model._meta.fields)


def row_sql(resource: type[Resource], r: str) -> str:
    """The columns of a search row, made from a row of the table called r."""
    texts, phones, codes, files = (fields_of(resource, k) for k in ("text", "phone", "code", "file"))
    owned = issubclass(resource.model, OwnedRecord)
    said = [f"left(search.plain({r}.{c}), 2000)" for c in texts] + [f"search.plain({file_text(f'{r}.{c}')})" for c in files]
    plain = " || ' ' || ".join(said) or "''"
    title = f"left(search.plain({r}.{texts[0]}), 60)" if texts else "''"
    grams = (
        " || ".join(
            [f"search.grams({r}.{c})" for c in texts]
            + [f"search.long_grams({file_text(f'{r}.{c}')})" for c in files]
            + [f"search.phone_tokens({r}.{c})" for c in phones]
            + [f"search.code_tokens({r}.{c})" for c in codes]
            + ([f"search.initial_tokens({r}.initials)"] if has(resource, "initials") else [])
            + ([f"search.syllable_tokens({r}.pinyin)"] if has(resource, "pinyin") else [])
            + ([f"ARRAY['o' || {r}.owner_id, 'u' || {r}.unit_id]"] if owned else [])
        )
        or "'{}'::text[]"
    )
    digits = " || ' ' || ".join(f"search.digits({r}.{c})" for c in phones) or "''"
    pinyin = f"replace(split_part({r}.pinyin, E'\\x1f', 1), ' ', '')" if has(resource, "pinyin") else "''"
    initials = f"{r}.initials" if has(resource, "initials") else "''"
    via = getattr(resource.model, "scope_via", "")
    root = f"{r}.{resource.model._meta.get_field(via).column}" if via else f"{r}.id"
    owner, unit = (f"{r}.owner_id", f"{r}.unit_id") if owned else ("NULL::bigint", "NULL::bigint")
    return f"{r}.id, {root}, {owner}, {unit}, {title}, {plain}, {digits}, {pinyin}, {initials}, {grams}, {r}.updated_at"


COLUMNS = "id, root_id, owner_id, unit_id, title, plain, digits, pinyin, initials, grams, at"


def watched(resource: type[Resource]) -> list[str]:
    """Columns whose change makes a search row stale."""
    via = getattr(resource.model, "scope_via", "")
    names = [*(column_of(resource, n) for n, how in resource.search.items() if how != "link"), "deleted_at", "merged_into"]
    names += [c for c in ("pinyin", "initials", "owner_id", "unit_id") if has(resource, c)]
    return names + ([str(resource.model._meta.get_field(via).column)] if via else [])


def table_sql(resource: type[Resource]) -> str:
    """The search table, its indexes, its triggers, and a row for every living record."""
    key, source = resource.key(), resource.model._meta.db_table
    table = table_of(key)
    head = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
    alive = "{r}.deleted_at IS NULL AND {r}.merged_into IS NULL"
    differs = (
        f"({', '.join('o.' + c for c in watched(resource))}) IS DISTINCT FROM ({', '.join('n.' + c for c in watched(resource))})"
    )
    update = ", ".join(f"{c} = excluded.{c}" for c in COLUMNS.split(", ") if c != "id")
    wait = "".join(f"\n  IF TG_OP <> 'DELETE' THEN\n    {waiting_sql(c, 'new_rows')}\n  END IF;" for c in fields_of(resource, "file"))
    return f"""
CREATE TABLE public.{table} (id bigint PRIMARY KEY, root_id bigint NOT NULL, owner_id bigint, unit_id bigint, title text NOT NULL,
  plain text NOT NULL, digits text NOT NULL, pinyin text NOT NULL, initials text NOT NULL, grams text[] NOT NULL, at timestamptz NOT NULL);
ALTER TABLE public.{table} ALTER grams SET STATISTICS 500;
CREATE OR REPLACE FUNCTION public.{table}_write() RETURNS trigger {head} AS $f$
BEGIN{wait}
  IF TG_OP = 'UPDATE' THEN
    DELETE FROM public.{table} s USING new_rows n WHERE s.id = n.id AND NOT ({alive.format(r="n")});
    INSERT INTO public.{table} ({COLUMNS}) SELECT {row_sql(resource, "n")} FROM new_rows n JOIN old_rows o ON o.id = n.id
      WHERE {alive.format(r="n")} AND {differs} ON CONFLICT (id) DO UPDATE SET {update};
  ELSIF TG_OP = 'INSERT' THEN
    INSERT INTO public.{table} ({COLUMNS}) SELECT {row_sql(resource, "n")} FROM new_rows n WHERE {alive.format(r="n")};
  ELSE
    DELETE FROM public.{table} s USING old_rows o WHERE s.id = o.id;
  END IF;
  RETURN NULL;
END $f$;
CREATE TRIGGER {source}_search_ins AFTER INSERT ON public.{source} REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
  EXECUTE FUNCTION public.{table}_write();
CREATE TRIGGER {source}_search_upd AFTER UPDATE ON public.{source} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
  EXECUTE FUNCTION public.{table}_write();
CREATE TRIGGER {source}_search_del AFTER DELETE ON public.{source} REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT
  EXECUTE FUNCTION public.{table}_write();
INSERT INTO public.{table} ({COLUMNS}) SELECT {row_sql(resource, "n")} FROM public.{source} n WHERE {alive.format(r="n")};
CREATE INDEX {table}_grams ON public.{table} USING gin (grams) WITH (fastupdate = on, gin_pending_list_limit = 512);
CREATE INDEX {table}_title ON public.{table} (title text_pattern_ops);
CREATE INDEX {table}_pinyin ON public.{table} (pinyin text_pattern_ops) WHERE pinyin <> '';
CREATE INDEX {table}_at ON public.{table} (at DESC, id DESC);
CREATE INDEX {table}_root ON public.{table} (root_id);
CREATE INDEX {table}_owner ON public.{table} (owner_id, at DESC) WHERE owner_id IS NOT NULL;
"""  # noqa: S608  names come from the declarations


def waiting_sql(column: str, rows: str) -> str:
    """Note the files of these rows whose text was never read."""
    return (
        f"INSERT INTO public.records_filetext (blob_id, state, text, reason, asked_at) SELECT DISTINCT n.{column}, 'waiting', '', '', now()"  # noqa: S608
        f" FROM {rows} n WHERE n.{column} IS NOT NULL ON CONFLICT (blob_id) DO NOTHING;"
    )


def file_sql(resource: type[Resource]) -> str:
    """The search rows follow the text of their files, whenever it has been read."""
    table, source, files = table_of(resource.key()), resource.model._meta.db_table, fields_of(resource, "file")
    if not files:
        return ""
    held = " OR ".join(f"n.{c} = t.blob_id" for c in files)
    update = ", ".join(f"{c} = excluded.{c}" for c in ("plain", "grams"))
    fill = "".join(waiting_sql(c, f"public.{source}") for c in files)
    return f"""
CREATE OR REPLACE FUNCTION public.{table}_read() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
  INSERT INTO public.{table} ({COLUMNS}) SELECT {row_sql(resource, "n")} FROM public.{source} n
    WHERE n.deleted_at IS NULL AND n.merged_into IS NULL
      AND EXISTS (SELECT FROM new_rows t JOIN old_rows o USING (blob_id) WHERE ({held}) AND t.text <> o.text)
    ON CONFLICT (id) DO UPDATE SET {update};
  RETURN NULL;
END $f$;
CREATE TRIGGER {table}_read AFTER UPDATE ON public.records_filetext REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
  EXECUTE FUNCTION public.{table}_read();
{fill}"""  # noqa: S608  names come from the declarations


def undo_sql(resource: type[Resource]) -> str:
    """Take it all away."""
    table, source = table_of(resource.key()), resource.model._meta.db_table
    drops = "".join(f"DROP TRIGGER IF EXISTS {source}_search_{what} ON public.{source};" for what in ("ins", "upd", "del"))
    drops += f"DROP TRIGGER IF EXISTS {table}_read ON public.records_filetext; DROP FUNCTION IF EXISTS public.{table}_read();"
    return f"{drops} DROP FUNCTION IF EXISTS public.{table}_write(); DROP TABLE IF EXISTS public.{table};"


@derives
def search_tables() -> Iterator[Derived]:
    """The functions, then a table per searched resource."""
    yield Derived("search.functions", ";".join(STATEMENTS) + ";" + TOKENS)
    for key, resource in registry.items():
        if searched(resource):
            yield Derived(f"search.table:{key}", table_sql(resource) + file_sql(resource), undo_sql(resource), read_only=(table_of(key),))
