"""The unit tree in memory: read once per version, asked thousands of times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# Kinds that begin a branch of their own; `branch_units` stops at them.
BRANCH_KINDS = frozenset({"branch", "hq"})


class Tree:
    """An immutable adjacency list (id, parent_id, kind). An unknown unit has nothing below it: rights fail closed."""

    __slots__ = ("_below", "_branch", "_branch_units", "_order", "_span", "kind", "parent")

    def __init__(self, rows: Iterable[tuple[int, int | None, str]]) -> None:
        found = list(rows)
        self.parent: dict[int, int | None] = {unit: parent for unit, parent, _ in found}
        self.kind: dict[int, str] = {unit: kind for unit, _, kind in found}
        children: dict[int | None, list[int]] = {}
        for unit, parent, _ in found:
            children.setdefault(parent, []).append(unit)
        # Pre-order positions: everything below a unit is one slice of `_order`.
        self._order: list[int] = []
        self._span: dict[int, tuple[int, int]] = {}
        self._branch: dict[int, int] = {}
        self._below: dict[int, frozenset[int]] = {}
        self._branch_units: dict[int, frozenset[int]] = {}
        todo: list[tuple[int, bool]] = [(unit, False) for unit in reversed(children.get(None, []))]
        while todo:
            unit, leaving = todo.pop()
            if leaving:
                self._span[unit] = (self._span[unit][0], len(self._order))
                continue
            self._span[unit] = (len(self._order), 0)
            self._order.append(unit)
            parent = self.parent[unit]
            starts = self.kind[unit] in BRANCH_KINDS or parent is None
            self._branch[unit] = unit if starts else self._branch[parent]  # type: ignore[index]
            todo.append((unit, True))
            todo.extend((child, False) for child in reversed(children.get(unit, [])))
        if len(self._order) != len(self.parent):
            lost = sorted(self.parent.keys() - self._span.keys())[:5]
            raise ValueError(f"units without a way to a root (cycle or missing parent): {lost}")

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, unit: int) -> bool:
        return unit in self._span

    def walk(self) -> Iterator[int]:
        """Every unit, each before what is below it, in the order of the tree."""
        return iter(self._order)

    def below(self, unit: int) -> frozenset[int]:
        """The unit and everything under it."""
        if unit not in self._below:
            start, end = self._span.get(unit, (0, 0))
            self._below[unit] = frozenset(self._order[start:end])
        return self._below[unit]

    def branch(self, unit: int) -> int:
        """The nearest unit upwards (itself included) that is a branch or the headquarters; the root where there is none."""
        return self._branch[unit]

    def branch_units(self, unit: int) -> frozenset[int]:
        """All units of the unit's branch: below it, but not through another branch or headquarters."""
        if unit not in self._branch_units:
            branch = self._branch.get(unit)
            members = () if branch is None else (u for u in self.below(branch) if self._branch[u] == branch)
            self._branch_units[unit] = frozenset(members)
        return self._branch_units[unit]

    def ancestors(self, unit: int) -> tuple[int, ...]:
        """From the parent up to the root."""
        out: list[int] = []
        parent = self.parent.get(unit)
        while parent is not None:
            out.append(parent)
            parent = self.parent[parent]
        return tuple(out)
