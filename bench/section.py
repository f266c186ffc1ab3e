"""What a part of the bench promises: a heading in docs/figures.md and the text below it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from pellucid.config.embedded.server import Server


@dataclass(frozen=True, slots=True)
class Options:
    rows: tuple[int, ...] = ()
    rebuild: bool = False
    fit: bool = False


class Section(ABC):
    heading: str

    @abstractmethod
    def run(self, server: Server, options: Options) -> str:
        """Measures and answers with markdown."""
