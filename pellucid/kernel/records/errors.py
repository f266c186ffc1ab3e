"""What an operation may answer instead of its result. The doors turn each into a status and a sentence."""

from __future__ import annotations

from typing import Any


class Failure(Exception):
    """Base of every refusal that a person should read."""

    status = 400
    code = "refused"

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class Refused(Failure):
    """A rule of the business says no; the message says why and what would help."""

    status = 409


class Invalid(Failure):
    """Inputs are wrong: {field name or "": [sentences]}."""

    status = 422
    code = "invalid"

    def __init__(self, errors: dict[str, list[str]] | str) -> None:
        self.errors = {"": [errors]} if isinstance(errors, str) else errors
        super().__init__("; ".join(str(m) for ms in self.errors.values() for m in ms))


class Faults(dict[str, list[str]]):
    """What is wrong with one record, kept together so that all of it is told at once."""

    def tell(self, name: str, sentence: str) -> None:
        self.setdefault(name, []).append(sentence)

    def settle(self) -> None:
        """Raise Invalid if there is anything."""
        if self:
            raise Invalid(dict(self))


class Unsure(Invalid):
    """The values are right, but are they meant? `anyway` is the button that says so; asked once, done when the actor says he is sure."""

    status = 409
    code = "unsure"

    def __init__(self, errors: dict[str, list[str]] | str, anyway: str) -> None:
        super().__init__(errors)
        self.anyway = anyway


class Forbidden(Failure):
    """The actor may see the record but lacks the named right."""

    status = 403
    code = "forbidden"

    def __init__(self, right: str, message: str = "") -> None:
        super().__init__(message or right)
        self.right = right


class Missing(Failure):
    """Not there, or not yours: the answer is the same."""

    status = 404
    code = "missing"


class Stale(Failure):
    """Somebody else changed the same fields: {field: {"mine", "theirs"}}, who and when."""

    status = 409
    code = "stale"

    def __init__(self, conflicts: dict[str, dict[str, Any]], *, who: str = "", when: Any = None, version: int = 0) -> None:
        super().__init__("stale")
        self.conflicts, self.who, self.when, self.version = conflicts, who, when, version


class VersionNeeded(Failure):
    """A change of a record must say which version it was based on."""

    status = 428
    code = "version_needed"
