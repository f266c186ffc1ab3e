"""What a list's address says: view, filters, sort, page, columns. The URL is the state; a saved view is the same thing kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from pellucid.kernel.records.whole import is_whole

FILTER = re.compile(r"^f(\d{0,2})\.([a-z][a-z0-9_]{0,59})$")
SIZES = (20, 50, 100)
DISPLAYS = ("table", "board")
DENSITIES = ("compact", "normal", "roomy")


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition. Filters of group 0 must all hold; of every other group at least one."""

    name: str
    op: str
    operands: tuple[str, ...] = ()
    group: int = 0

    def pair(self) -> tuple[str, str]:
        """As it stands in the address: f.stage=in:3,4 or f1.stage=in:3."""
        value = self.op + (
            ":" + ",".join(o.replace("\\", "\\\\").replace(",", "\\,") for o in self.operands) if self.operands else ""
        )
        return (f"f{self.group or ''}.{self.name}", value)


def parse_filter(key: str, value: str) -> Filter | None:
    """A filter of one parameter; None if the parameter is none."""
    found = FILTER.match(key)
    if not found:
        return None
    op, _colon, rest = value.partition(":")
    operands = tuple(re.sub(r"\\(.)", r"\1", part) for part in re.split(r"(?<!\\),", rest)) if rest else ()
    return Filter(found[2], op[:20], operands[:500], int(found[1] or 0))


@dataclass(frozen=True, slots=True)
class ListParams:
    """The whole state of a list."""

    view: str = ""
    filters: tuple[Filter, ...] = ()
    sort: str = ""  # name, or -name for the other direction
    q: str = ""
    unit: int | None = None
    page: int = 1
    after: str = ""
    before: str = ""
    size: int = 50
    columns: tuple[str, ...] = ()
    density: str = ""
    display: str = ""  # how the rows stand: "" is the view's way, else a table
    bin: bool = False
    bare: bool = False  # these filters and no others: neither those of the view, nor of the view a list opens in
    scene: tuple[str, ...] | None = None  # the fields that the view filters by, once the view is known

    @classmethod
    def parse(cls, items: Iterable[tuple[str, str]]) -> ListParams:
        """Read parameters; nonsense is left out rather than refused, unknown fields are refused later."""
        given = list(items)
        known: Mapping[str, str] = dict(given)
        filters = tuple(f for f in (parse_filter(k, v) for k, v in given) if f)

        def number(name: str, low: int, high: int, default: int) -> int:
            text = known.get(name, "")
            return min(max(int(text), low), high) if is_whole(text) and len(text) < 10 else default

        size = number("size", 1, 100, 50)
        return cls(
            view=known.get("view", "")[:60],
            filters=filters,
            sort=known.get("sort", "")[:60],
            q=known.get("q", "").strip()[:80],
            unit=number("unit", 1, 2**31, 0) or None,
            page=number("page", 1, 10_000, 1),
            after=known.get("after", "")[:200],
            before=known.get("before", "")[:200],
            size=size if size in SIZES else 50,
            columns=tuple(c for c in known.get("columns", "").split(",") if c)[:60],
            density=known.get("density", "") if known.get("density") in DENSITIES else "",
            display=known.get("as", "") if known.get("as") in DISPLAYS else "",
            bin=known.get("bin") == "1",
            bare=known.get("bare") == "1",
        )

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters of this state, in one fixed order, defaults left out."""
        out = [("view", self.view)] if self.view else []
        out += [f.pair() for f in self.filters]
        for name in ("sort", "q", "after", "before", "density"):
            if getattr(self, name):
                out.append((name, getattr(self, name)))
        if self.unit:
            out.append(("unit", str(self.unit)))
        if self.page > 1:
            out.append(("page", str(self.page)))
        if self.size != 50:
            out.append(("size", str(self.size)))
        if self.columns:
            out.append(("columns", ",".join(self.columns)))
        if self.display:
            out.append(("as", self.display))
        if self.bin:
            out.append(("bin", "1"))
        if self.bare and not self.whole:
            out.append(("bare", "1"))
        return out

    @property
    def whole(self) -> bool:
        """Whether these filters are all there are even with the view's laid below: they name each of its fields."""
        return self.scene is not None and bool(self.filters) and {*self.scene} <= {f.name for f in self.filters}

    def url(self, **changes: object) -> str:
        """The query string of this state with some changes; a changed filter or sort begins at page 1 again."""
        state = replace(self, **changes)  # type: ignore[arg-type]
        if not {"page", "after", "before"} & set(changes):
            state = replace(state, page=1, after="", before="")
        text = urlencode(state.pairs(), safe=":,-.", quote_via=quote)
        return "?" + text if text else "?"

    def over(self, kept: ListParams) -> ListParams:
        """This state laid over a view: what the address does not say, the view says. A filter of the address takes the
        place of the view's on the same field and joins those on others; an OR group gives way as one."""
        return replace(
            self,
            filters=self.filters if self.bare else (*kept.beside(self.filters), *self.filters),
            scene=tuple(dict.fromkeys(f.name for f in kept.filters)),
            sort=self.sort or kept.sort,
            q=self.q or kept.q,
            columns=self.columns or kept.columns,
            density=self.density or kept.density,
            display=self.display or kept.display,
            size=self.size if self.size != 50 else kept.size,
            bare=True,
        )

    def beside(self, others: tuple[Filter, ...]) -> tuple[Filter, ...]:
        """These filters without those on a field that the others name; OR groups are numbered on behind the others'."""
        named = {f.name for f in others}
        gone = {f.group for f in self.filters if f.group and f.name in named}
        last = max((f.group for f in others), default=0)
        return tuple(replace(f, group=f.group + last if f.group else 0) for f in self.filters if f.name not in named and f.group not in gone)

    def without(self, filter_: Filter) -> tuple[Filter, ...]:
        """All filters but this one."""
        return tuple(f for f in self.filters if f != filter_)
