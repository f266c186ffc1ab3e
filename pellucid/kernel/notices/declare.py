"""Kinds of notices and the channels that carry them."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

APP = "app"                              # the channel everybody has: the list under the bell


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """A kind of notice. `sentence` may use {actor}, {record} and the keys of params; `many` with {n} replaces it once several have been
    folded together; `quotes` names the key of the event's payload to quote to who may see the record; `fold` says what is folded:
    "record" (all about one record within an hour), "flood" (the sixth and later within ten minutes) or "" (nothing); `channels` are
    those used unless the user wishes otherwise; `to_self` tells also who did it."""

    key: str
    label: Any
    sentence: Any
    many: Any = ""
    quotes: str = ""
    icon: str = "bell"
    tone: str = ""
    fold: str = "flood"
    channels: tuple[str, ...] = (APP,)
    to_self: bool = False
    roles: tuple[str, ...] = ()          # offered in the preferences to these roles only; empty: to everybody


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to reach people outside of the program. ``send(user, lines, message)`` gets what is to be said, in the user's language, and
    the message's id; it may be called again with the same id. ``reaches(user)`` says whether it can reach him at all."""

    key: str
    label: Any
    send: Callable[..., None]
    reaches: Callable[[Any], bool]


kinds: dict[str, NoticeKind] = {}
channels: dict[str, Channel] = {}


def declare(*found: NoticeKind) -> None:
    """Make kinds known."""
    for kind in found:
        if kind.key in kinds:
            raise RuntimeError(f"kind of notice {kind.key!r} is declared twice")
        kinds[kind.key] = kind


def carry(channel: Channel) -> Channel:
    """Make a channel known."""
    channels[channel.key] = channel
    return channel
