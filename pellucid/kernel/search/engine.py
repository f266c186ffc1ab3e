"""Search over everything the reader may see: per resource the plan its scope and words call for, then ranked together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.scopes import Scope, where_sql
from pellucid.kernel.resources.declare import Resource, registry
from pellucid.kernel.resources.lists.stats import table_stats

from .asked import Word, read
from .conditions import hidden_fields, of_words, recheck
from .derived import table_of
from .text import bigrams, plain
from .typos import best

CANDIDATES = 60
NARROW = 0.10  # below this share of the rows the scope goes into the grams
FEW_ROOTS = 3_000  # below this many rows of its root a child is searched from the root
COMMON = 0.02  # a word in more rows than this is found by walking from the latest
FEW_HITS = 3  # with fewer hits, slips of the finger are tried


@dataclass(frozen=True, slots=True)
class Hit:
    """One record found: which, how well (0 best), how."""

    resource: str
    id: int
    rank: tuple[Any, ...]
    slip: bool = False


def search(
    actor: Actor, query: str, *, limit: int = 6, resources: tuple[str, ...] = (), slips: bool = True
) -> dict[str, list[Hit]]:
    """Up to `limit` hits per resource the actor may view, best first; resources in the order of their best hit."""
    words = read(query)
    if not words or len(plain(query)) == 0:
        return {}
    found: dict[str, list[Hit]] = {}
    wanted = [r for k, r in registry.items() if r.search and (not resources or k in resources) and actor.may(k, "view")]
    for resource in wanted:
        hits = of_resource(resource, words, actor, query)
        if hits:
            found[resource.key()] = hits[:limit]
    if slips and sum(map(len, found.values())) < FEW_HITS and len(plain(query)) >= 3:
        for resource in wanted:
            known = {h.id for h in found.get(resource.key(), ())}
            more = [h for h in near(resource, query, actor) if h.id not in known]
            if more:
                found[resource.key()] = (found.get(resource.key(), []) + more)[:limit]
    return dict(sorted(found.items(), key=lambda item: item[1][0].rank))


def scope_of(resource: type[Resource], actor: Actor) -> Scope:
    """What the actor may view of a resource."""
    return actor.rights.scope(resource.key(), "view") if actor.rights is not None else Scope(0, all=True)


def share_of(scope: Scope, table: str) -> tuple[float, float]:
    """(share of the rows, rows) that a scope reaches in a root's table, estimated."""
    if scope.all:
        return 1.0, float("inf")
    stats = table_stats(raw(), table)
    total = max(stats.total, 1.0)
    rows = sum(stats.sizes(sorted(scope.units))) if scope.units else 0.0
    if scope.own:
        column = stats.columns.get("owner_id")
        rows += column.frequency(scope.user) * total if column else 1000
    return min(rows / total, 1.0), rows


def raw() -> psycopg.Connection[Any]:
    """psycopg's own connection."""
    connection.ensure_connection()
    return connection.connection


def common(words: tuple[Word, ...], table: str) -> bool:
    """Whether every word stands in so many rows that walking from the latest finds enough at once."""
    column = table_stats(raw(), table).columns.get("grams")
    if column is None:
        return False
    return all(any(grams and min(column.common.get(g, 0.0) for g in grams) > COMMON for grams in w.grams) for w in words)


def of_resource(resource: type[Resource], words: tuple[Word, ...], actor: Actor, query: str) -> list[Hit]:
    """Hits in one resource, ranked."""
    text, params = of_words(words, resource, actor)
    if text == "false":
        return []
    return ranked(
        resource, candidates(resource, text, params, words, actor, common(words, table_of(resource.key()))), query, actor
    )


def candidates(
    resource: type[Resource], text: str, params: list[Any], words: tuple[Word, ...], actor: Actor, walk: bool
) -> list[tuple[Any, ...]]:
    """(id, title, plain, initials, pinyin, owner, at) of rows within scope that hold the words."""
    key, model = resource.key(), resource.model
    table, scope = table_of(key), scope_of(resource, actor)
    if not scope.parts:
        return []
    via = getattr(model, "scope_via", "")
    root = model._meta.get_field(via).related_model if via else model
    joins, where = "", [text]
    values = list(params)
    if hidden_fields(resource, actor):
        again, more = recheck(words, resource, actor, "r") if words else ("true", [])
        joins += f" JOIN {model._meta.db_table} r ON r.id = s.id"
        where[0] = text.replace("{recheck}", again)
        values += more
    share, rows = share_of(scope, root._meta.db_table)
    narrow = share < NARROW
    picked = "s.id, s.title, s.plain, s.initials, s.pinyin, s.owner_id, s.at"
    reach = where_sql(scope, "root" if via else "s", root._meta.model_name or "").as_string(None)
    living = "root.deleted_at IS NULL AND root.merged_into IS NULL"
    if via and narrow and rows < FEW_ROOTS:
        # OFFSET 0 keeps the roots first: few of them, each with a handful of children
        statement = (
            f"SELECT {picked} FROM (SELECT root.id FROM {root._meta.db_table} root WHERE ({reach}) AND {living} OFFSET 0) root"  # noqa: S608
            f" JOIN {table} s ON s.root_id = root.id{joins} WHERE {where[0]} LIMIT {CANDIDATES}"
        )
    else:
        if via:
            joins += f" JOIN {root._meta.db_table} root ON root.id = s.root_id AND {living}"
        if not scope.all:
            where.append(reach)
            if not via and narrow and not scope.shared and not scope.by:
                where.append("s.grams && %s::text[]")
                values.append([f"u{u}" for u in scope.units] + ([f"o{scope.user}"] if scope.own else []))
                walk = False
        order = " ORDER BY s.at DESC, s.id DESC" if walk else ""
        statement = (
            f"SELECT {picked} FROM {table} s{joins} WHERE {' AND '.join(f'({w})' for w in where)}{order} LIMIT {CANDIDATES}"  # noqa: S608
        )
    with psycopg.Cursor(raw()) as cursor:
        return cursor.execute(statement, values, prepare=False).fetchall()  # type: ignore[arg-type]


def ranked(resource: type[Resource], rows: list[tuple[Any, ...]], query: str, actor: Actor) -> list[Hit]:
    """Best first: the whole name, its beginning, within it, by reading, elsewhere; one's own before others', then the latest."""
    asked = plain(query)
    order = list(registry).index(resource.key())

    def rank(row: tuple[Any, ...]) -> tuple[Any, ...]:
        _id, title, _text, initials, pinyin, owner, at = row
        if title == asked:
            how = 0
        elif title.startswith(asked):
            how = 1
        elif initials == asked or pinyin.startswith(asked):
            how = 2
        elif asked in title:
            how = 3
        elif asked in initials or asked in pinyin:
            how = 4
        else:
            how = 5
        return (how, owner != actor.user_id, order, -at.timestamp())

    return [Hit(resource.key(), row[0], r) for r, row in sorted(((rank(row), row) for row in rows), key=lambda pair: pair[0])]


def near(resource: type[Resource], query: str, actor: Actor) -> list[Hit]:
    """Titles one slip away: rows that share most pairs of characters with what was typed, then compared letter by letter."""
    if hidden_fields(resource, actor) or not fields_of_text(resource):
        return []
    pairs = bigrams(query)
    column = table_stats(raw(), table_of(resource.key())).columns.get("grams")
    rare = sorted(pairs, key=lambda g: column.common.get(g, 0.0) if column else 0.0)[:4]
    if plain(query).isascii() and len(plain(query)) <= 8:
        rare = ["~" + g for g in rare]
    rows: dict[int, tuple[Any, ...]] = {}
    for gram in rare:
        for row in candidates(resource, "s.grams @> %s::text[]", [[gram]], (), actor, False):
            rows[row[0]] = row
    kept = list(rows.values())
    out = []
    for place, points in best(query, [r[1] for r in kept], limit=8, at_least=62.0):
        row = kept[place]
        out.append(
            Hit(resource.key(), row[0], (6, -points, list(registry).index(resource.key()), -row[6].timestamp()), slip=True)
        )
    return out


def fields_of_text(resource: type[Resource]) -> bool:
    """Whether anything is searched as text."""
    return "text" in resource.search.values()
