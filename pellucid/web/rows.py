"""Rows of a list as HTML: cells compiled once per request, one loop, every value escaped by the kind that draws it."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from markupsafe import Markup, escape

from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.columns import Column
from pellucid.kernel.resources.declare import Resource
from pellucid.kernel.resources.params import ListParams

# Where columns stand in the two-line row of the phone: right above, left below, right below; kinds that suit a place come first. What hangs
# on something else says on what.
PLACES = {"p2": ("money", "decimal", "level"), "p3": ("step", "datetime", "date", "phone"), "p4": ("level", "link", "user", "choice", "term")}
CHILD = {"p2": ("money", "decimal", "level"), "p3": ("root",), "p4": ("datetime", "date", "phone", "user", "choice", "term", "link")}
DUE = {"p2": ("due",), "p3": ("text", "link"), "p4": ("user", "choice", "term")}  # of what is to be done: by when, about what, by whom


def classes(columns: Sequence[Column], via: str = "") -> list[str]:
    """The class of each column's cell: alignment, and its place on the phone. `via` is the column of what the record hangs on."""
    places = phone_places(["due" if c.spec.style == "due" else "root" if at and c.spec.name == via else c.spec.kind.key
                           for at, c in enumerate(columns)])  # fmt: skip
    out = []
    for at, column in enumerate(columns):
        kind = column.spec.kind
        names = ["name"] if at == 0 else ["r", "num"] if kind.align == "r" else []
        if at in places:
            names.append(places[at])
        if kind.key in ("longtext", "text", "url") and at:
            names.append("cut")
        out.append(" ".join(names))
    return out


def phone_places(kinds: Sequence[str]) -> dict[int, str]:
    """Position of a column -> its place on the phone: the name, and up to three more."""
    out = {0: "p1"}
    for place, wanted in (DUE if "due" in kinds else CHILD if "root" in kinds else PLACES).items():
        free = [at for at in range(1, len(kinds)) if at not in out]
        best = min((at for at in free if kinds[at] in wanted), key=lambda at: (wanted.index(kinds[at]), at), default=None)
        if best is not None:
            out[best] = place
    return out


def table(resource: type[Resource], columns: Sequence[Column], rows: Sequence[Sequence[Any]], show: Show, *, suffix: str = "",
          pick: bool = True, tick: str = "") -> Markup:
    """The body of a list. `suffix` goes behind the address of each record and says which list it was opened from; `tick` is the action by
    which what is to be done is done: a box before its name."""
    base, choose = f"/{resource.path}/", escape(_("Select"))
    tail = str(escape("?list=" + quote(suffix, safe="")) if suffix else "")
    draw = [(column.spec.kind.column(column.spec, show), column.pick, opening(column, cls, show))
            for column, cls in zip(columns[1:], classes(columns, resource.model.scope_via)[1:], strict=True)]
    first, words = columns[0], columns[0].spec.kind.words
    over = next((c.pick for c in columns if tick and c.spec.companion and c.spec.companion == resource.calendar.done), None)  # type: ignore[union-attr]
    done = escape(pgettext("button", "Done") + _(": "))
    out: list[str] = []
    for row in rows:
        pk = row[0]
        title = escape(words(first.spec, first.pick(row), show)[:160] or f"#{pk}")
        out.append(f'<tr data-id="{pk}" data-version="{row[1]}" data-href="{base}{pk}{tail}">')
        if pick:
            out.append(f'<td class="pick"><input type="checkbox" class="ck" name="ids" value="{pk}" aria-label="{choose} {title}"></td>')
        out.append('<td class="name p1">')
        if over is not None and (held := over(row)) is not None:
            ticked = "" if held[1] is None else " checked disabled"
            out.append(f'<input type="checkbox" class="ck tick" aria-label="{done}{title}" data-post="{base}{pk}/do/{tick}" data-anew{ticked}>')
        out.append(f'<a href="{base}{pk}{tail}">{title}</a>')
        for cell, value, before in draw:
            out.append(before)
            out.append(cell(value(row)))
        out.append("</td></tr>\n")
    return Markup("".join(out))  # noqa: S704 - every part was escaped by its kind


def opening(column: Column, cls: str, show: Show) -> str:
    """The tag that a cell stands in; on the phone, which has no heads, the unit follows the value."""
    unit = column.spec.kind.unit(column.spec, show)
    told = f' data-unit="{escape(unit)}"' if unit else ""
    return f'</td><td class="{cls}"{told}>' if cls else f"</td><td{told}>"


def heads(resource: type[Resource], columns: Sequence[Column], state: ListParams, show: Show) -> list[dict[str, Any]]:
    """The head cells: label, and how a click sorts."""
    declared = {s.shows or s.name: s for s in resource.sorts}
    now = state.sort or (resource.sorts[0].name if resource.sorts else "")
    name, flipped = now.lstrip("-"), now.startswith("-")
    out = []
    for at, column in enumerate(columns):
        spec, sort = column.spec, declared.get(column.spec.name)
        active = name in (spec.name, sort.name if sort else spec.name)
        desc = (sort.desc if sort else False) != flipped
        possible = sort is not None or spec.kind.family != "array" and spec.kind.key not in ("longtext", "link", "step")
        wanted = sort.name if sort else spec.name
        out.append({"name": spec.name, "label": str(spec.label), "unit": spec.kind.unit(spec, show), "right": spec.kind.align == "r",
                    "frozen": at == 0, "sort": state.url(sort="-" + wanted if active and not flipped else wanted) if possible else "",
                    "sorted": ("desc" if desc else "asc") if active else ""})
    return out
