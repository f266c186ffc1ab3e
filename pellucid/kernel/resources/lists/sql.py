"""List SQL: one text per shape of query, values as named parameters, names through psycopg.sql only.

Every part of a scope yields (k, id) in order, at most offset + limit of them; the parts are united (a row in two parts
has equal copies), cut, and the columns are fetched by id at the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from psycopg import sql

from pellucid.kernel.access.scopes import SHARE_TABLE, SHARED_OF, Scope, among, part_sql

from .plan import EACH, FENCE, LATERAL, SORT, TEST
from .query import ListQuery

S, Name = sql.SQL, sql.Identifier
BIG = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Step:
    """How one part of the scope is read. `bound`: index rows a walk may read, 0 for no bound. `way`: how rows are collected."""

    part: str
    plan: str
    bound: int = 0
    way: str = ""


def named(name: str, value: Any = None) -> sql.Composable:
    return sql.Placeholder(name)


def renumber(conditions: Sequence[str], kept: Sequence[bool] = ()) -> str:
    """The filters (or those that are kept) as one text: every %s becomes the named parameter its position gives it."""
    count = iter(range(1 << 30))
    texts = [re.sub(r"%(.)", lambda m: f"%(f{next(count)})s" if m[1] == "s" else m[0], text) for text in conditions]
    return " AND ".join(f"({text})" for at, text in enumerate(texts) if not kept or kept[at]) or "true"


def verbatim(text: sql.Composable) -> sql.SQL:
    """SQL without parameters, made safe for a statement that has some."""
    return S(text.as_string(None).replace("%", "%%"))  # type: ignore[arg-type]


class Composer:
    """Builds the texts of one query shape. `filters` is what `renumber` returned."""

    def __init__(self, query: ListQuery, filters: str) -> None:
        self.q = query
        self.c = Name(query.alias)
        self.table = S("{} {}").format(Name(query.table), self.c)
        self.filters: sql.Composable = S(filters)  # type: ignore[arg-type]
        # filters on the sort's own column: where a walk begins and ends
        stretch = renumber([c.sql.as_string(None) for c in query.where], [c.stretch == query.sort.column for c in query.where])
        self.stretch: sql.Composable = S(stretch)  # type: ignore[arg-type]
        self.key = verbatim(query.sort.of(self.c))
        self.n = sql.Literal(query.offset + query.limit)
        backwards = query.before is not None
        self.down = query.sort.desc != backwards
        self.show = self._order(query.sort.desc, last=True)
        self.read = self._order(self.down, last=not backwards)

    def _order(self, down: bool, last: bool) -> tuple[sql.Composable, sql.Composable]:
        nulls = S(" NULLS LAST" if last else " NULLS FIRST") if self.q.sort.nullable else S("")
        word = S("DESC" if down else "ASC")
        return word + nulls, word

    def by(
        self, key: sql.Composable, id: sql.Composable, order: tuple[sql.Composable, sql.Composable] | None = None
    ) -> sql.Composable:
        k, i = order or self.read
        return S("{} {}, {} {}").format(key, k, id, i)

    @property
    def id(self) -> sql.Composable:
        return S("{}.id").format(self.c)

    # ------------------------------------------------------------------------------------------ conditions
    def alive(self, alias: sql.Composable | None = None) -> sql.Composable:
        row = alias or self.c
        if self.q.bin and alias is None:
            return S("{0}.deleted_at IS NOT NULL AND {0}.merged_into IS NULL").format(row)
        return S("{0}.deleted_at IS NULL AND {0}.merged_into IS NULL").format(row)

    def beyond(self, key: sql.Composable | None = None, id: sql.Composable | None = None) -> sql.Composable:
        """Only rows past the cursor, in reading direction."""
        key, id = key or self.key, id or self.id
        cursor = self.q.after or self.q.before
        if cursor is None:
            return S("true")
        op = S("<" if self.down else ">")
        past = S("({}, {}) {} (%(ak)s::{}, %(ai)s::bigint)").format(key, id, op, S(self.q.sort.type))  # type: ignore[arg-type]
        if not self.q.sort.nullable:
            return past
        same = S("({} IS NULL AND {} {} %(ai)s::bigint)").format(key, id, op)
        if self.q.after is not None:
            return same if cursor[0] is None else S("({} OR {} IS NULL)").format(past, key)
        return past if cursor[0] is not None else S("({} IS NOT NULL OR {})").format(key, same)

    def root(self) -> tuple[sql.Composable, str]:
        """The join to the owned root (empty for a root) and the alias that carries the scope columns."""
        via = self.q.via
        if via is None:
            return S(""), self.q.alias
        text = S(" JOIN {t} {r} ON {r}.id = {c}.{fk} AND {alive}").format(
            t=Name(via.table), r=Name(via.alias), c=self.c, fk=Name(via.fk), alive=self.alive(Name(via.alias))
        )
        return text, via.alias

    def part(self, part: str, by_bits: bool = False) -> sql.Composable:
        return part_sql(self.q.scope, part, self.root()[1], self.q.resource, named, as_bits=by_bits)

    # ------------------------------------------------------------------------------------------ plans
    def step(self, step: Step) -> sql.Composable:
        if step.plan == SORT:
            return self.sorted(step)
        if step.plan == LATERAL:
            return self.lateral()
        if step.part == "shared":
            return self.shares()
        return self.walk(step)

    def walk(self, step: Step, whole: bool = False) -> sql.Composable:
        """Along an index in its order; `whole` gives all columns of one page. With a bound the filters stand outside the read, but for
        those on the sort's own column."""
        join, _ = self.root()
        what, stop = S("{} AS k, {} AS id").format(self.key, self.id), S("{}").format(self.n)
        if whole:
            what = S("{}.*").format(self.c)
            stop = S("{} OFFSET {}").format(sql.Literal(self.q.limit), sql.Literal(self.q.offset))
        where: sql.Composable
        if step.bound:
            source = S("(SELECT {c}.* FROM {t} WHERE {alive} AND {stretch} AND {beyond} ORDER BY {by} LIMIT {w}) {c}").format(
                c=self.c,
                t=self.table,
                alive=self.alive(),
                stretch=self.stretch,
                beyond=self.beyond(),
                by=self.by(self.key, self.id),
                w=sql.Literal(step.bound),
            )
            where = self.part(step.part, by_bits=True)
        else:
            source, where = self.table, S("{} AND {} AND {}").format(self.part(step.part), self.alive(), self.beyond())
        return S("SELECT {} FROM {}{} WHERE {} AND {} ORDER BY {} LIMIT {}").format(
            what, source, join, where, self.filters, self.by(self.key, self.id), stop
        )

    def sorted(self, step: Step) -> sql.Composable:
        source, test = self.collected(step.part, step.way)
        if step.part == "shared":
            test = S("true")
        return S(
            "SELECT * FROM (WITH m AS MATERIALIZED (SELECT {k} AS k, {i} AS id FROM {t} WHERE {p} AND {alive} AND {f} AND {b})"
            " SELECT k, id FROM m ORDER BY {by} LIMIT {n}) z"
        ).format(
            k=self.key, i=self.id, t=source, p=test, alive=self.alive(), f=self.filters,
            b=self.beyond(), by=self.by(Name("k"), Name("id")), n=self.n,
        )  # fmt: skip

    def collected(self, part: str, way: str) -> tuple[sql.Composable, sql.Composable]:
        """Where the rows of a part come from, and the test that they belong to it."""
        join, alias = self.root()
        if part == "shared":
            join += S(" JOIN {} share ON share.record_id = {}.id AND {}").format(Name(SHARE_TABLE), Name(alias), self.of_user())
        test = self.part(part, by_bits=way == TEST)
        if way == FENCE:
            fenced = S("(SELECT {c}.* FROM {t} WHERE {p} AND {a} OFFSET 0) {c}")
            return fenced.format(c=self.c, t=self.table, p=test, a=self.alive()), S("true")
        return self.table + join, test

    def _of_unit(self, more: sql.Composable, limit: sql.Composable) -> sql.Composable:
        """The top rows of one unit `u` of the outer query."""
        return S(
            "SELECT {k} AS k, {i} AS id FROM {t} WHERE {c}.unit_id = u.id AND {a} AND {f} AND {b}{m} ORDER BY {by} LIMIT {n}"
        ).format(
            k=self.key, i=self.id, t=self.table, c=self.c, a=self.alive(), f=self.filters, b=self.beyond(), m=more,
            by=self.by(self.key, self.id), n=limit,
        )  # fmt: skip

    def lateral(self) -> sql.Composable:
        # When the first round finds too little there is no bound; the outermost living key stands in for it.
        up, outermost = self._order(not self.down, last=False), sql.Literal(0 if self.down else BIG)
        beats = S(
            " AND ({k}, {i}) {op} (coalesce((SELECT k FROM t), (SELECT {k} FROM {table} WHERE {alive} ORDER BY {up} LIMIT 1)),"
            " coalesce((SELECT id FROM t), {far}::bigint))"
        ).format(
            k=self.key, i=self.id, op=S(">=" if self.down else "<="), table=self.table, alive=self.alive(),
            up=self.by(self.key, self.id, up), far=outermost,
        )  # fmt: skip
        return S(
            "SELECT * FROM (WITH r AS MATERIALIZED (SELECT x.k, x.id"
            " FROM unnest(%(units)s::bigint[], %(quotas)s::bigint[]) u(id, quota) CROSS JOIN LATERAL ({first}) x),"
            " t AS MATERIALIZED (SELECT k, id FROM r ORDER BY {by} OFFSET {last} LIMIT 1)"
            " SELECT x.k, x.id FROM unnest(%(units)s::bigint[]) u(id) CROSS JOIN LATERAL ({second}) x ORDER BY {by} LIMIT {n}) z"
        ).format(
            first=self._of_unit(S(""), S("u.quota")), second=self._of_unit(beats, self.n), by=self.by(Name("k"), Name("id")),
            last=sql.Literal(self.q.offset + self.q.limit - 1), n=self.n,
        )  # fmt: skip

    def of_user(self) -> sql.Composable:
        """The user's own share rows of this resource, as far as they reach."""
        level = sql.Literal(self.q.scope.share_level)
        return S("share.resource = %(resource)s AND share.user_id = %(user)s AND share.level >= {}").format(level)

    def shares(self) -> sql.Composable:
        """Along the copied keys of the share rows; the record is looked at for life and filters."""
        key, id = S("share.sort_key"), S("share.record_id")
        return S(
            "SELECT {k} AS k, {i} AS id FROM {s} share JOIN {t} ON {c}.id = share.record_id"
            " WHERE {mine} AND {b} AND {a} AND {f} ORDER BY {by} LIMIT {n}"
        ).format(
            mine=self.of_user(), k=key, i=id, s=Name(SHARE_TABLE), t=self.table, c=self.c, b=self.beyond(key, id), a=self.alive(),
            f=self.filters, by=self.by(key, id), n=self.n,
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------ whole statements
    def page(self, steps: Sequence[Step], columns: sql.Composable, joins: sql.Composable) -> sql.Composable:
        """Rows in display order. A bounded walk beside other parts reports how much it found in a last column."""
        only = steps[0]
        if len(steps) == 1 and only.plan not in (LATERAL, SORT) and only.part != "shared" and self.touches_rows(only):
            return S("SELECT {} FROM ({}) {}{} ORDER BY {}").format(
                columns, self.walk(only, whole=True), self.c, joins, self.by(self.key, self.id, self.show)
            )
        head: sql.Composable = S("")
        found: sql.Composable = S("")
        arms: list[sql.Composable] = []
        for step in steps:
            arm = self.step(step)
            if step.bound and len(steps) > 1:
                head, found = S("WITH w AS MATERIALIZED ({}) ").format(arm), S(", (SELECT count(*) FROM w)")
                arm = S("SELECT k, id FROM w")
            arms.append(S("({})").format(arm))
        return S(
            "{h}SELECT {cols}{found} FROM (SELECT k, id FROM ({arms}) y ORDER BY {read} OFFSET {o} LIMIT {n}) t"
            " JOIN {table} ON {c}.id = t.id{joins} ORDER BY {show}"
        ).format(
            h=head, cols=columns, found=found, arms=S(" UNION ").join(arms), read=self.by(Name("k"), Name("id")),
            o=sql.Literal(self.q.offset), n=sql.Literal(self.q.limit), table=self.table, c=self.c, joins=joins,
            show=self.by(S("t.k"), S("t.id"), self.show),
        )  # fmt: skip

    def touches_rows(self, step: Step) -> bool:
        """Does the walk read the heap anyway? Then the columns come along; else the index alone finds the page first."""
        return bool(self.q.where) or (self.q.offset == 0 and not step.bound)

    def aggregate(
        self,
        figures: sql.Composable,
        sums: Sequence[sql.Composable],
        limit: int | None,
        ways: dict[str, str],
        beyond: bool = False,
    ) -> sql.Composable:
        """`figures` over the disjoint parts, at most `limit` rows of all of them together. `ways`: how a part is collected."""
        columns = S(", ").join(S("{} AS {}").format(verbatim(s), Name(f"s{i}")) for i, s in enumerate(sums))
        stop = S("") if limit is None else S(" LIMIT {}").format(sql.Literal(limit))
        rest = S("{} AND {} AND {}").format(self.alive(), self.filters, self.beyond() if beyond else S("true"))
        arms = []
        for i, part in enumerate(self.q.scope.parts):
            source, test = self.collected(part, ways.get(part, ""))
            if ways.get(part) == EACH:
                source = S(
                    "unnest(%(units)s::bigint[]) u(id) CROSS JOIN LATERAL (SELECT {}.* FROM {} WHERE {}.unit_id = u.id{}) {}"
                ).format(self.c, self.table, self.c, S(" AND ") + self.alive(), self.c)
                test = S("true")
            if part == "shared":
                test = S("true")
            tests = [test, *self.minus(self.q.scope.parts[:i]), rest]
            arms.append(S("(SELECT {} FROM {} WHERE {}{})").format(columns, source, S(" AND ").join(tests), stop))
        return S("SELECT {} FROM (SELECT * FROM ({}) a{}) y").format(figures, S(" UNION ALL ").join(arms), stop)

    def minus(self, earlier: Sequence[str]) -> list[sql.Composable]:
        """Not in these parts either: what makes the parts disjoint. A row without owner or unit stays."""
        return [S("({}) IS NOT TRUE").format(self.part(part, by_bits=True)) for part in earlier]


@lru_cache(maxsize=1024)
def scope_params(scope: Scope, resource: str) -> dict[str, Any]:
    """Values for every name that a text of this scope may use; not to be changed."""
    values: dict[str, Any] = {"user": scope.user, "resource": resource}

    def bind(name: str, value: Any) -> sql.Composable:
        values[name] = array(frozenset(value)) if isinstance(value, list) else value
        return S("")

    for name, ids in [("units", scope.units), (SHARED_OF, scope.shares_of), *((f"by_{p.name}", p.ids) for p in scope.by)]:
        if ids:
            among(S(""), ids, name, bind)
            among(S(""), ids, name, bind, as_bits=True)
    return values


def array(ids: frozenset[int]) -> str:
    """An array parameter as text: its type is then the cast in the statement, whatever the size of the ids."""
    return "{" + ",".join(map(str, sorted(ids))) + "}"
