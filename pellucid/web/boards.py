"""A list as a board: columns with their figures, cards with what the resource says they show."""
from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django.db import connection
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from markupsafe import Markup
from psycopg import sql

from pellucid.kernel.actions.declare import actions
from pellucid.kernel.records.kinds import html
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.resources.boards import Column, board_of, columns_of, in_lanes, movable
from pellucid.kernel.resources.columns import ALIAS
from pellucid.kernel.resources.declare import Board, Sum
from pellucid.kernel.resources.fields import masked, readable, writable
from pellucid.kernel.resources.lists import conditions as on
from pellucid.kernel.resources.lists.groups import Group, groups, of_value, others, tops
from pellucid.kernel.resources.lists.query import ListQuery
from pellucid.kernel.resources.lists.run import COUNT_LIMIT, count
from pellucid.kernel.resources.params import Filter
from pellucid.kernel.resources.query import Listing, encode, listing, type_of

from .opened import Opened

CARDS = 20
BARE = frozenset({"integer", "decimal", "percent"})     # numbers that say nothing without their name
TONES = ("bad", "ok", "grey", "warn")          # late, today, later, nothing planned


def shown_as_board(opened: Opened) -> bool:
    """Whether the reader asked for the board, and there is one for him."""
    return opened.params.display == "board" and not opened.params.bin and board_of(opened.resource, opened.actor) is not None


@lru_cache(maxsize=256)
def sort_column(column: str | sql.Composable) -> sql.Composable:
    """The list's sort key as a column: cursors are made of it."""
    return sql.Identifier(ALIAS, column) if isinstance(column, str) else column


def cards_listing(opened: Opened, board: Board, after: str = "") -> tuple[Listing, ListQuery]:
    """The query of the cards; the sort key is its last column."""
    names = [opened.resource.title, *board.above, *board.card, *filter(None, (board.foot, board.person))]
    params = replace(opened.params, after=after, before="", page=1, columns=())
    found = listing(opened.resource, opened.actor, params, opened.show, names)
    return found, replace(found.query, columns=(*found.query.columns, sort_column(found.query.sort.column)))


def summed(opened: Opened, board: Board) -> list[tuple[Sum, Spec, sql.Composable]]:
    """What is added up in the heads: only what the reader may read in full."""
    may, out = readable(opened.key, opened.actor), []
    for s in board.sums:
        names = [n for n in (s.column, s.weight) if n]
        if any(n not in may or masked(opened.key, n, opened.actor) for n in names):
            continue
        text: sql.Composable = sql.Identifier(ALIAS, may[s.column].column)
        if s.weight:
            text = sql.SQL("{} * {}").format(text, sql.Identifier(ALIAS, may[s.weight].column))  # per cent: divided once, when said
        out.append((s, may[s.column], text))
    return out


def drawn(opened: Opened) -> dict[str, Any]:
    """What list_board.html asks for, and the figures of the strip above it."""
    found = board_of(opened.resource, opened.actor)
    assert found is not None
    board, spec = found
    cards, query = cards_listing(opened, board)
    sums, moment = summed(opened, board), moment_of(opened, board)
    every = columns_of(board, spec, opened.actor, opened.show)
    figures, known_over = figures_of(opened, spec, query, every, [text for _s, _spec, text in sums], moment)
    columns = in_lanes(every, spec, figures)
    known = {c.value for c in every}
    columns += [Column(v, spec.kind.words(spec, v, opened.show) or _("No value")) for v in figures if v not in known and spec.kind.key != "link"]
    counts = {c.value: figures[c.value].count for c in columns if c.value in figures and not c.folded}
    rows = tops(connection, query, spec.column, type_of(opened.resource, spec), counts, CARDS + 1)
    may_move = movable(opened.resource, spec, board, opened.actor)
    none = Group(None, 0)
    out = [column_of(opened, cards, board, spec, c, figures.get(c.value, none if known_over or not c.folded else None), rows.get(c.value, []), sums,
                     may_move) for c in columns]  # fmt: skip
    over = {c.value for c in every if c.folded}
    return {"board": {"columns": [c for c in out if not c["folded"]], "folded": [c for c in out if c["folded"]], "movable": may_move},
            "strip": strip_of(opened, [g for g in figures.values() if g.value not in over], sums, bool(moment))}


def figures_of(opened: Opened, spec: Spec, query: ListQuery, columns: list[Column], sums: list[sql.Composable],
               moment: tuple[sql.Composable, dt.datetime, dt.datetime] | None) -> tuple[dict[Any, Group], bool]:  # fmt: skip
    """The figures by value, and whether those of folded columns are among them: what is over grows for ever, and beyond what a list counts
    exactly it is left to the list."""
    at, type = sql.Identifier(ALIAS, spec.column), type_of(opened.resource, spec)
    if over := [c.value for c in columns if c.folded]:
        closed = on.any_of(ALIAS, spec.column, over, type=type, indexed=True)
        if count(connection, replace(query, where=(*query.where, closed)))[0] >= COUNT_LIMIT:
            rest = others(query, spec.column, over, type, empty=opened.resource.model._meta.get_field(spec.name).null)
            return groups(connection, replace(query, where=(*query.where, rest)), at, sums, moment), False
    return groups(connection, query, at, sums, moment), True


def moment_of(opened: Opened, board: Board) -> tuple[sql.Composable, dt.datetime, dt.datetime] | None:
    """The column of the next step's moment, now, and the end of the reader's day."""
    spec = readable(opened.key, opened.actor).get(board.foot)
    if spec is None or not spec.companion or spec.kind.family == "moment" or masked(opened.key, board.foot, opened.actor):
        return None
    tomorrow = opened.show.now.astimezone(opened.show.zone).date() + dt.timedelta(days=1)
    return sql.Identifier(ALIAS, spec.companion), opened.show.now, dt.datetime.combine(tomorrow, dt.time(0), opened.show.zone)


def said_sums(opened: Opened, sums: list[tuple[Sum, Spec, sql.Composable]], values: tuple[Any, ...]) -> list[dict[str, str]]:
    """Sums in words."""
    return [{"label": str(s.label or spec.label), "value": spec.kind.words(spec, (value or 0) / (100 if s.weight else 1), opened.show)}
            for (s, spec, _text), value in zip(sums, values, strict=False)]


def strip_of(opened: Opened, found: list[Group], sums: list[tuple[Sum, Spec, sql.Composable]], moments: bool) -> list[dict[str, Any]]:
    """The figures of the whole board."""
    noun = opened.resource.model._meta.verbose_name_plural
    out: list[dict[str, Any]] = [{"label": capfirst(str(noun)), "value": f"{sum(g.count for g in found):,}", "tone": "", "href": ""}]
    whole = tuple(sum(g.sums[i] or 0 for g in found) for i in range(len(sums)))
    out += [s | {"tone": "", "href": ""} for s in said_sums(opened, sums, whole)]
    if moments:
        late = sum(g.moments[0] for g in found)
        none = sum(g.moments[3] for g in found)
        out += [{"label": label, "value": f"{n:,}", "tone": tone, "href": ""}
                for label, n, tone in ((_("Overdue"), late, "bad"), (_("Today"), sum(g.moments[1] for g in found), "ok"),
                                       (_("Without a next step"), none, "warn")) if n]
    return out


def column_of(opened: Opened, cards: Listing, board: Board, spec: Spec, column: Column, group: Group | None, rows: list[tuple[Any, ...]],
              sums: list[tuple[Sum, Spec, sql.Composable]], may_move: bool) -> dict[str, Any]:
    """One column as its template wants it; without a group how much is in it is not said."""
    state = opened.params.url()[1:]
    addable = (column.value is not None and spec.name in writable(opened.key, opened.actor) and spec.name in opened.resource.form
               and opened.actor.may(opened.key, "create") and not opened.actor.read_only and f"{opened.key}_create" in actions)
    said_count = f"{group.count:,}" if group else ""
    group = group or Group(column.value, 0)
    total = sum(group.moments)
    bar = [{"share": 100 * n / total, "tone": tone} for n, tone in zip(group.moments, TONES, strict=True) if n] if total else []
    said = _("%(late)s overdue, %(today)s today, %(later)s later, %(none)s without a next step") % dict(
        zip(("late", "today", "later", "none"), group.moments, strict=True))
    return {"key": column.key, "label": column.label, "tone": column.tone, "folded": column.folded, "count": said_count,
            "sums": said_sums(opened, sums, group.sums) if said_count else [], "bar": bar, "bar_label": said,
            "href": f"/{opened.resource.path}/" + opened.params.url(display="table", filters=(*opened.params.filters, filter_for(spec, column))),
            "add": f"{opened.path}new?{spec.name}={quote(column.key)}" if addable else "", "movable": may_move and column.value is not None,
            "cards": cards_of(opened, cards, board, rows[:CARDS], may_move), "more": more_of(opened, column, rows, state)}


def filter_for(spec: Spec, column: Column) -> Filter:
    """The list's filter that leaves what is in this column."""
    return Filter(spec.name, "empty") if column.value is None else Filter(spec.name, "in", (column.key,))


def more_of(opened: Opened, column: Column, rows: list[tuple[Any, ...]], state: str) -> str:
    """Where the next cards of a column come from."""
    if len(rows) <= CARDS:
        return ""
    last = rows[CARDS - 1]
    query = f"at={quote(column.key)}&after={quote(encode(last[-1], last[0]))}"
    return f"{opened.path}column?{query}" + (f"&{state}" if state else "")


def further(opened: Opened, key: str, after: str) -> dict[str, Any] | None:
    """The next cards of one column; None for a column there is not."""
    found = board_of(opened.resource, opened.actor)
    if found is None:
        return None
    board, spec = found
    columns = [*columns_of(board, spec, opened.actor, opened.show), Column(None, "")]
    column = next((c for c in columns if c.key == key), None)
    if column is None:
        return None
    cards, query = cards_listing(opened, board, after)
    rows = of_value(connection, query, spec.column, column.value, CARDS + 1)
    may_move = movable(opened.resource, spec, board, opened.actor)
    return {"cards": cards_of(opened, cards, board, rows[:CARDS], may_move), "more": more_of(opened, column, rows, opened.params.url()[1:]),
            "movable": may_move}


def cards_of(opened: Opened, cards: Listing, board: Board, rows: list[tuple[Any, ...]], may_move: bool) -> list[dict[str, Any]]:
    """Cards: every value drawn by its kind."""
    show, tail = opened.show, "?list=" + quote(opened.params.url()[1:], safe="") if opened.params.url() != "?" else ""
    columns = {c.spec.name: c for c in cards.columns}
    cells = {n: c.spec.kind.scattered(c.spec, show) for n, c in columns.items()}
    title, base = columns[opened.resource.title], f"/{opened.resource.path}/"

    def values(names: tuple[str, ...], row: tuple[Any, ...]) -> list[dict[str, Any]]:
        out = []
        for name in names:
            value = columns[name].pick(row) if name in columns else None
            if value in (None, "", []) or isinstance(value, tuple) and value[0] is None:
                continue
            if (drawn := cells[name](value)) == html.EMPTY:
                continue
            out.append({"label": str(columns[name].spec.label), "value": drawn, "num": columns[name].spec.kind.align == "r",
                        "named": columns[name].spec.kind.key in BARE})
        return out

    def person(row: tuple[Any, ...]) -> Markup | None:
        column = columns.get(board.person)
        value = column.pick(row) if column else None
        name = column.spec.kind.words(column.spec, value, show) if column and value else ""
        return Markup('<span title="{0}"><span class="sr">{0}</span>{1}</span>').format(name, html.avatar(name, value)) if name else None

    return [{"id": row[0], "href": f"{base}{row[0]}{tail}", "title": title.spec.kind.words(title.spec, title.pick(row), show)[:160] or f"#{row[0]}",
             "above": values(board.above, row), "lines": values(board.card, row), "person": person(row),
             "foot": cells[board.foot](columns[board.foot].pick(row)) if board.foot in columns else None,
             "move": f"{base}{row[0]}/move" if may_move else ""} for row in rows]
