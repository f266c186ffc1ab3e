"""Model fields that carry the facts screens, checks and erasure need: kind, personal data, masks, tones. Facts never reach a migration."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

FACTS = ("kind", "personal", "mask", "tones", "dictionary", "companion", "ordered", "style", "called", "between")


class Facts:
    """Keyword facts of a field, kept beside Django's own and left out of migrations."""

    kind = "text"
    personal = False
    mask = ""
    tones: dict[Any, str] = {}
    dictionary = ""
    companion = ""
    ordered = False
    between: tuple[str, ...] = ()  # a difference: the fields that hold what was, and what is to be
    called: Any = None  # what the numbers of kind "named" are called: (language) -> {number: name}
    style = ""                            # another way to show it: "ago" for a moment, "plain" for a number without separators

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        for fact in FACTS:
            if fact in kwargs:
                setattr(self, fact, kwargs.pop(fact))
        super().__init__(*args, **kwargs)


class Text(Facts, models.CharField):
    """One line of text."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 200)
        super().__init__(*args, **kwargs)


class LongText(Facts, models.TextField):
    """Several lines of text."""

    kind = "longtext"


class Phone(Text):
    """A phone number as typed; compared by its digits."""

    kind, mask, personal = "phone", "phone", True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        super().__init__(*args, **kwargs)


class Email(Facts, models.EmailField):
    """An e-mail address."""

    kind, mask, personal = "email", "email", True


class Url(Facts, models.URLField):
    """A web address with http or https."""

    kind = "url"


class Integer(Facts, models.IntegerField):
    """A whole number."""

    kind = "integer"


class Number(Facts, models.DecimalField):
    """A decimal number."""

    kind = "decimal"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 18)
        kwargs.setdefault("decimal_places", 4)
        super().__init__(*args, **kwargs)


class Money(Number):
    """An amount in the currency of its record, to the cent."""

    kind = "money"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)


class Percent(Number):
    """A share between 0 and 100."""

    kind = "percent"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 5)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)


class Day(Facts, models.DateField):
    """A day of the company."""

    kind = "date"


class Moment(Facts, models.DateTimeField):
    """A point in time, kept in UTC."""

    kind = "datetime"


class YesNo(Facts, models.BooleanField):
    """Yes or no."""

    kind = "bool"


class Choice(Facts, models.CharField):
    """One of the values the code knows; `tones` maps a value to ok, warn, bad, info, vio or acc."""

    kind = "choice"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 24)
        super().__init__(*args, **kwargs)


class Level(Facts, models.SmallIntegerField):
    """One of a few ordered stages, drawn as a rising water level."""

    kind, ordered = "level", True


class Term(Facts, models.ForeignKey):
    """A value of a dictionary that an administrator edits."""

    kind = "term"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("to", "records.Term")
        kwargs.setdefault("on_delete", models.PROTECT)
        kwargs.setdefault("related_name", "+")
        super().__init__(*args, **kwargs)


class Several(Facts, ArrayField):
    """Several values in one column, none by default."""

    @staticmethod
    def each() -> models.Field:
        """The field of one of them."""
        return models.BigIntegerField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("base_field", self.each())
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)


class Terms(Several):
    """Several values of a dictionary, as an array of their ids."""

    kind = "terms"


class FieldNames(Several):
    """Names of fields of a resource; which ones is the kind's matter."""

    @staticmethod
    def each() -> models.Field:
        return models.CharField(max_length=60)


class Person(Facts, models.ForeignKey):
    """A user of this installation."""

    kind = "user"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("to", settings.AUTH_USER_MODEL)
        kwargs.setdefault("on_delete", models.PROTECT)
        kwargs.setdefault("related_name", "+")
        super().__init__(*args, **kwargs)


class InUnit(Facts, models.ForeignKey):
    """A node of the unit tree."""

    kind = "unit"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("to", "access.Unit")
        kwargs.setdefault("on_delete", models.PROTECT)
        kwargs.setdefault("related_name", "+")
        super().__init__(*args, **kwargs)


class InRole(Facts, models.ForeignKey):
    """A role people hold."""

    kind = "role"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("to", "access.Role")
        kwargs.setdefault("on_delete", models.PROTECT)
        kwargs.setdefault("related_name", "+")
        super().__init__(*args, **kwargs)


class Link(Facts, models.ForeignKey):
    """A record of another resource."""

    kind = "link"


class File(Facts, models.ForeignKey):
    """A stored file; its companion column holds the name it came under."""

    kind = "file"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("to", "records.Blob")
        kwargs.setdefault("on_delete", models.PROTECT)
        kwargs.setdefault("related_name", "+")
        super().__init__(*args, **kwargs)
