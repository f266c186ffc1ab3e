"""Who does something, for whom, through which door and why. A value: it is handed down, never looked up."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .rights import Rights


READING = ("view", "export")


@dataclass(frozen=True, slots=True)
class Actor:
    """`user_id` None is the system itself. `rights` None means every right (system, and effects already checked at the door)."""

    user_id: int | None
    name: str = ""
    rights: Rights | None = None
    on_behalf_of: int | None = None
    door: str = "web"                  # web, api, job, rule, import, system, demo
    cause: int | None = None           # the event this follows from
    reason: str = ""
    read_only: bool = False            # an administrator viewing as somebody
    language: str = "zh-hans"

    @classmethod
    def system(cls, door: str = "system", cause: int | None = None) -> Actor:
        """The program itself."""
        return cls(None, "", None, door=door, cause=cause)

    @classmethod
    def of(cls, user: object, door: str = "web") -> Actor:
        """A user with the rights he has now."""
        from .rights import rights_of

        return cls(user.pk, user.name, rights_of(user.pk), door=door, language=user.language or "zh-hans")  # type: ignore[attr-defined]

    def caused_by(self, event_id: int | None, door: str = "") -> Actor:
        """The same person, following from an event."""
        return replace(self, cause=event_id, door=door or self.door)

    def may(self, resource: str, verb: str) -> bool:
        """Whether any scope of this verb is granted, and he may use it: who looks as somebody else changes nothing."""
        return (not self.read_only or verb in READING) and self.granted(resource, verb)

    def granted(self, resource: str, verb: str) -> bool:
        """Whether any scope of this verb is granted."""
        return self.rights is None or self.rights.may(resource, verb)
