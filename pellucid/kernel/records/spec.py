"""What is known of one value - a field of a record, a custom field, an input of an action - in one shape that every builder reads."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .kinds.base import Kind


@dataclass(frozen=True, slots=True)
class Spec:
    """One value: its name, label and kind, and the facts that checks and screens need."""

    name: str
    label: Any
    kind: Kind
    column: str = ""  # column of the record's table; "" for an input
    required: bool = False
    help: Any = ""
    choices: tuple[tuple[Any, Any, str], ...] = ()  # (value, label, tone)
    dictionary: str = ""
    target: str = ""  # resource key of a link
    max_length: int = 0
    digits: tuple[int, int] = (18, 2)
    editable: bool = True
    unique: bool = False
    personal: bool = False
    mask: str = ""  # "phone", "email", "name": how a masked value looks
    custom: bool = False  # lives in extra, under x_<slug>
    default: Any = None
    null: bool = False
    empty: Any = None  # what a column that is never NULL holds when nothing was given
    style: str = ""                       # another way to show it: "ago", "plain", "exact", "paper"
    companion: str = ""  # a second column this value is shown with
    options: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)

    def changed(self, **facts: Any) -> Spec:
        """The same value with other facts."""
        return replace(self, **facts)


@dataclass(frozen=True, slots=True)
class Show:
    """How the reader wants to see values: language, zone, and the moment the page is made."""

    language: str
    zone: Any
    now: Any
    today: Any
    user_id: int = 0
    currency: str = "CNY"
    url: Any = None  # (resource key, id) -> href, given by the door

    @property
    def chinese(self) -> bool:
        return self.language.startswith("zh")
