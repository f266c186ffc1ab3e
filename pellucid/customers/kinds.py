"""What happens with customers, as a value: areas above say what may happen."""

from __future__ import annotations

from typing import Any

from pellucid.collaboration.kinds import Listed
from pellucid.kernel.records import fields
from pellucid.kernel.records.kinds.base import register
from pellucid.kernel.records.spec import Spec

from . import happenings


@register
class HappeningKind(Listed):
    """Something that happens with a customer and may raise him to a class."""

    key = "happening"

    def known(self, spec: Spec, language: str) -> list[tuple[str, str]]:
        return [(key, str(label)) for key, label in happenings.labels().items()]


class Happening(fields.Text):
    """What happens."""

    kind = "happening"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        super().__init__(*args, **kwargs)
