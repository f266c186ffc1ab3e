"""Which kinds of records use documents. An area says so for its own; this one never learns what the records are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models

Near = Callable[[Any], list[tuple[str, int]]]
Steps = Callable[[Any], list[int]]
Ends = Callable[[list[int]], dict[int, bool]]


@dataclass(frozen=True, slots=True)
class Using:
    """A model whose records have documents. `steps(record)` gives the terms of document_step it stands at, `near(record)` the (resource, id)
    it has to do with, `ended(ids)` which of them came to a good (true) or a bad end; `tag`: documents are looked for by it; `part`: it is
    no use of them yet, only says what to have at hand."""

    model: type[models.Model]
    steps: Steps | None = None
    near: Near | None = None
    ended: Ends | None = None
    tag: bool = False
    part: bool = False

    @property
    def key(self) -> str:
        return self.model._meta.model_name or ""


_using: dict[str, Using] = {}


def uses_documents(
    model: type[models.Model], *, steps: Steps | None = None, near: Near | None = None, ended: Ends | None = None, tag: bool = False,
    part: bool = False,
) -> None:
    """Records of this model can be given documents, and show them."""
    from .actions.linking import declare_linking
    from .document_panels import place_documents

    made = _using[model._meta.model_name or ""] = Using(model, steps, near, ended, tag, part)
    declare_linking(made)
    place_documents(made)


def using(key: str) -> Using | None:
    """What is known of the documents of a resource."""
    return _using.get(key)


def all_using() -> Iterable[Using]:
    """Every kind of record with documents, in the order they were declared."""
    return tuple(_using.values())
