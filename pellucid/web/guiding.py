"""What an area says of what is next for a record; a move that waits for a decision is offered by nobody."""
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.resources.declare import Panel

OFFERS = ("next", "act")  # the button it puts first, and the one it puts beside its words


def address(button: dict[str, Any]) -> str:
    """Where a button leads, whichever way it opens."""
    return str(next((button[way] for way in ("href", "dialog", "drawer", "post") if button.get(way)), ""))


def advice(panels: Iterable[Panel], record: Any, actor: Actor, href: str, waiting: Callable[[], set[str]]) -> dict[str, Any]:
    """What the first of the guides that has something to say says. `waiting`: the moves of the record that are being decided."""
    found: dict[str, Any] = next((said for p in panels if (said := p.select(record, actor))), {})

    def waits(button: dict[str, Any]) -> bool:
        name = address(button).partition("?")[0].removeprefix(f"{href}/do/")
        return name in actions and actions[name].move in waiting()

    return found | {key: None for key in OFFERS if found.get(key) and waits(found[key])}
