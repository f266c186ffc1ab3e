"""Search over everything the reader may see: per resource the plan its scope and words call for, then ranked together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
from django.db import connection
from django.db.models import Model
from psycopg import sql

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.scopes import SHARE_TABLE, Scope, part_sql, where_sql
from pellucid.kernel.records.models import root_model
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.declare import Resource, registry
from pellucid.kernel.resources.lists.stats import table_stats

from .asked import Word, read
from .conditions import hidden_fields, of_words, recheck
from .derived import searched, table_of
from .text import bigrams, plain
from .typos import best

CANDIDATES = 60
NARROW = 0.10  # below this share of the rows the scope goes into the grams
FEW_ROOTS = 3_000  # below this many records in reach, they are looked through one by one
COMMON = 0.02  # a word in more rows than this is found by walking from the latest
LONGEST_WALK = 2_000  # unless so many rows were not enough to meet a page within reach
LIVING = "root.deleted_at IS NULL AND root.merged_into IS NULL"
FEW_HITS = 3  # with fewer hits, slips of the finger are tried


@dataclass(frozen=True, slots=True)
class Hit:
    """One record found: which, how well (0 best), how."""

    resource: str
    id: int
    rank: tuple[Any, ...]
    slip: bool = False


@dataclass(frozen=True, slots=True)
class Arm:
    """One resource's part of the statement that looks everywhere at once."""

    resource: type[Resource]
    text: str
    values: list[Any]


def search(
    actor: Actor, query: str, *, limit: int = 6, resources: tuple[str, ...] = (), slips: bool = True
) -> dict[str, list[Hit]]:
    """Up to `limit` hits per resource the actor may view, best first; resources in the order of their best hit."""
    words, asked = read(query), plain(query)
    if not words or not asked:
        return {}
    found: dict[str, list[Hit]] = {}
    wanted = [r for k, r in registry.items() if searched(r) and (not resources or k in resources) and actor.may(k, "view")]
    arms = [arm for resource in wanted if (arm := of_resource(resource, words, actor, limit)) is not None]
    for arm, rows in zip(arms, gathered(arms), strict=True):
        if rows:
            found[arm.resource.key()] = ranked(arm.resource, rows, query, actor)[:limit]
    code = asked.isascii() and any(is_whole(c) for c in asked)
    if slips and sum(map(len, found.values())) < FEW_HITS and len(asked) >= 3 and not code:
        arms = [arm for resource in wanted if (arm := like_it(resource, query, actor)) is not None]
        for arm, rows in zip(arms, gathered(arms), strict=True):
            known = {h.id for h in found.get(arm.resource.key(), ())}
            more = [h for h in near(arm.resource, rows, query) if h.id not in known]
            if more:
                found[arm.resource.key()] = (found.get(arm.resource.key(), []) + more)[:limit]
    return dict(sorted(found.items(), key=lambda item: item[1][0].rank))


def gathered(arms: list[Arm]) -> list[list[tuple[Any, ...]]]:
    """(id, title, initials, pinyin, owner, at) of the rows of every arm, by one statement."""
    out: list[list[tuple[Any, ...]]] = [[] for _ in arms]
    if arms:
        text = " UNION ALL ".join(f"SELECT {n}, a.* FROM ({arm.text}) a" for n, arm in enumerate(arms))  # noqa: S608
        values = [value for arm in arms for value in arm.values]
        for n, *row in psycopg.Cursor(raw()).execute(text, values, prepare=False):  # type: ignore[arg-type]
            out[n].append(tuple(row))
    return [list({row[0]: row for row in rows}.values()) for rows in out]


def scope_of(resource: type[Resource], actor: Actor) -> Scope:
    """What the actor may view of a resource."""
    return actor.rights.scope(resource.key(), "view") if actor.rights is not None else Scope(0, all=True)


def share_of(scope: Scope, table: str) -> tuple[float, float]:
    """(share of the rows, rows) that a scope reaches in a root's table, estimated."""
    if scope.all:
        return 1.0, float("inf")
    stats = table_stats(raw(), table)
    total = max(stats.total, 1.0)
    if scope.by or scope.shares_of:
        return 1.0, total
    rows = sum(stats.sizes(sorted(scope.units))) if scope.units else 0.0
    if scope.own:
        column = stats.columns.get("owner_id")
        rows += column.frequency(scope.user) * total if column else 1000
    if scope.shared:
        shares = table_stats(raw(), SHARE_TABLE)
        column = shares.columns.get("user_id")
        rows += column.frequency(scope.user) * shares.total if column else 100
    return min(rows / total, 1.0), rows


@lru_cache(maxsize=1024)
def within(scope: Scope, alias: str, key: str) -> str:
    """A scope as a condition on the row `alias`."""
    return where_sql(scope, alias, key).as_string(None)


def ids_of(scope: Scope, root: type[Model]) -> str:
    """The ids of all records within a scope, part by part, each by its own index."""
    key, found = root._meta.model_name or "", []
    for part in scope.parts:
        if part == "shared":
            shares = sql.SQL("SELECT record_id FROM {} WHERE resource = {} AND user_id = {} AND level >= {}").format(
                sql.Identifier(SHARE_TABLE), sql.Literal(key), sql.Literal(scope.user), sql.Literal(scope.share_level)
            )
            found.append(shares.as_string(None))
        else:
            where = part_sql(scope, part, "own", key).as_string(None)
            found.append(f"SELECT own.id FROM {root._meta.db_table} own WHERE {where}")  # noqa: S608
    return " UNION ALL ".join(found)


def raw() -> psycopg.Connection[Any]:
    """psycopg's own connection."""
    connection.ensure_connection()
    return connection.connection


def expected(words: tuple[Word, ...], table: str) -> float:
    """The share of a search table's rows that hold the words, estimated by their two rarest pairs of characters, which are half related."""
    column = table_stats(raw(), table).columns.get("grams")
    if column is None or not words:
        return 1.0
    rest = min(column.common.values(), default=0.0)  # what is in no list of the common ones is rarer than they

    def together(grams: Iterable[str]) -> float:
        first, second, *_others = *sorted(column.common.get(g, rest) for g in grams), 1.0, 1.0
        return first * math.sqrt(second)

    return min(max((together(grams) for grams in (*w.grams, *initials_of(w))), default=rest) for w in words)


def initials_of(word: Word) -> list[list[str]]:
    """The pairs of a word that may be initials."""
    return [["~" + word.initials[i : i + 2] for i in range(len(word.initials) - 1)]] if len(word.initials) >= 2 else []


def of_resource(resource: type[Resource], words: tuple[Word, ...], actor: Actor, limit: int) -> Arm | None:
    """The rows of one resource that hold the words."""
    text, params = of_words(words, resource, actor)
    if text == "false":
        return None
    holding = expected(words, table_of(resource.key()))
    most = min(CANDIDATES, 4 * limit) if holding > COMMON else CANDIDATES
    return candidates(resource, text, params, words, actor, holding, most)


def few_roots(resource: type[Resource], actor: Actor, holding: float) -> bool:
    """Whether fewer records are in reach than rows hold the words."""
    _share, rows = share_of(scope_of(resource, actor), root_model(resource.model)._meta.db_table)
    return rows < min(FEW_ROOTS, holding * table_stats(raw(), table_of(resource.key())).total)


def candidates(
    resource: type[Resource],
    text: str,
    params: list[Any],
    words: tuple[Word, ...],
    actor: Actor,
    holding: float,
    most: int = CANDIDATES,
) -> Arm | None:
    """The rows within scope that meet the text, as about `holding` of all do: by the plan which that and the scope call for."""
    key, model = resource.key(), resource.model
    table, scope = table_of(key), scope_of(resource, actor)
    if not scope.parts:
        return None
    via, root = getattr(model, "scope_via", ""), root_model(model)
    joins, where = "", [text]
    values = list(params)
    if hidden_fields(resource, actor):
        again, more = recheck(words, resource, actor, "r") if words else ("true", [])
        joins += f" JOIN {model._meta.db_table} r ON r.id = s.id"
        where[0] = text.replace("{recheck}", again)
        values += more
    share, _rows = share_of(scope, root._meta.db_table)
    picked = "s.id, s.title, s.initials, s.pinyin, s.owner_id, s.at"
    apart = bool(via or scope.by or scope.shares_of)  # the search row knows owner and unit only; what else a scope looks at stands in the root
    reach = within(scope, "root" if apart else "s", root._meta.model_name or "")
    walk = holding > COMMON and most < LONGEST_WALK * holding * share
    if apart:
        joins += f" JOIN {root._meta.db_table} root ON root.id = s.root_id AND {LIVING}"
    if few_roots(resource, actor, holding):
        # what is in reach is less than what holds the words: it is looked through, found by its ids
        where.append(f"s.root_id = ANY(ARRAY({ids_of(scope, root)}))")
        walk = False
    elif not scope.all:
        where.append(reach)
        if not via and share < NARROW and not scope.shared and not apart:
            where.append("s.grams && %s::text[]")
            values.append([f"u{u}" for u in scope.units] + ([f"o{scope.user}"] if scope.own else []))
            walk = False
    rest = f"{joins} WHERE {' AND '.join(f'({w})' for w in where)}"
    statement = f"SELECT {picked} FROM {table} s{rest} LIMIT {most}"  # noqa: S608
    if walk:  # from the latest; should they happen to hold few (a large import of something else), what is found by the words follows
        latest = f"(SELECT * FROM {table} s ORDER BY s.at DESC, s.id DESC LIMIT {LONGEST_WALK}) s"  # noqa: S608
        statement = f"(SELECT {picked} FROM {latest}{rest} LIMIT {most}) UNION ALL ({statement}) LIMIT {most}"  # noqa: S608
        values *= 2
    return Arm(resource, statement, values)


def ranked(resource: type[Resource], rows: list[tuple[Any, ...]], query: str, actor: Actor) -> list[Hit]:
    """Best first: the whole name, its beginning, within it, by reading, elsewhere; one's own before others', then the latest."""
    asked = plain(query)
    order = list(registry).index(resource.key())

    def rank(row: tuple[Any, ...]) -> tuple[Any, ...]:
        _id, title, initials, pinyin, owner, at = row
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


def like_it(resource: type[Resource], query: str, actor: Actor) -> Arm | None:
    """Rows that share a rare pair of characters with what was typed."""
    if hidden_fields(resource, actor) or not fields_of_text(resource):
        return None
    column = table_stats(raw(), table_of(resource.key())).columns.get("grams")
    common = column.common if column else {}
    rare = sorted(bigrams(query), key=lambda g: common.get(g, 0.0))[:4]
    if plain(query).isascii() and len(plain(query)) <= 8:
        rare = ["~" + g for g in rare]
    # pairs for which all that is in reach is looked through are looked for at once
    all_through = [g for g in rare if few_roots(resource, actor, min(common.get(g, 0.0), COMMON))]
    arms = [candidates(resource, "s.grams @> %s::text[]", [[g]], (), actor, min(common.get(g, 0.0), COMMON)) for g in rare if g not in all_through]
    if all_through:
        arms.append(candidates(resource, "s.grams && %s::text[]", [all_through], (), actor, COMMON, CANDIDATES * len(all_through)))
    found = [arm for arm in arms if arm is not None]
    if not found:
        return None
    return Arm(resource, " UNION ALL ".join(f"({arm.text})" for arm in found), [value for arm in found for value in arm.values])


def near(resource: type[Resource], rows: list[tuple[Any, ...]], query: str) -> list[Hit]:
    """Those whose title is one slip away, compared letter by letter."""
    out = []
    for place, points in best(query, [row[1] for row in rows], limit=8, at_least=62.0):
        row = rows[place]
        out.append(
            Hit(resource.key(), row[0], (6, -points, list(registry).index(resource.key()), -row[5].timestamp()), slip=True)
        )
    return out


def fields_of_text(resource: type[Resource]) -> bool:
    """Whether anything is searched as text."""
    return "text" in resource.search.values()
