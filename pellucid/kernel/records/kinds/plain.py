"""Text, numbers, days, yes and no."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from markupsafe import Markup

from .. import days, words
from ..spec import Show, Spec
from . import html
from .base import BadValue, Cell, Kind, register

MOBILE = re.compile(r"1[3-9][0-9]{9}")  # of China
COMPARE = ("eq", "ne", "gte", "lte", "between", "empty", "filled")


@register
class TextKind(Kind):
    key = "text"


@register
class LongTextKind(Kind):
    key, control = "longtext", "longtext"
    operators = ("contains", "empty", "filled")

    def trimmed(self, spec: Spec, typed: str) -> str:
        """A piece of a table is taken as it is: a tab at its beginning is an empty cell, an empty line a row."""
        return typed if spec.options.get("cells") and typed.strip() else super().trimmed(spec, typed)


def grouped(number: str) -> str:
    """A mobile number that was written without blanks, in the groups in which one reads it; any other as it was written."""
    return f"{number[:3]} {number[3:7]} {number[7:]}" if MOBILE.fullmatch(number) else number


@register
class PhoneKind(Kind):
    key, control = "phone", "phone"
    operators = ("contains", "eq", "ends", "empty", "filled")

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        value = super().parse(spec, raw, show)
        if value and (sum(c.isdigit() for c in value) < 5 or not set(value) <= set("+0123456789-–() 转#*xext./")):
            raise BadValue(_("A phone number has at least 5 digits, and only digits, spaces, + - ( )."))
        return value

    def cell(self, spec: Spec, show: Show) -> Cell:
        def draw(value: Any):
            if not value:
                return html.EMPTY
            return (
                html.text(value)
                if "*" in value
                else html.link("tel:" + "".join(c for c in value if c in "+0123456789"), grouped(value), "")
            )

        return draw

    def mask(self, spec: Spec, value: Any) -> Any:
        return masked_phone(value)


@register
class EmailKind(Kind):
    key, control = "email", "email"
    operators = ("contains", "eq", "empty", "filled")

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        value = super().parse(spec, raw, show)
        if value:
            try:
                validate_email(value)
            except ValidationError:
                raise BadValue(_("An e-mail address looks like name@company.com.")) from None
        return value

    def cell(self, spec: Spec, show: Show) -> Cell:
        def draw(value: Any):
            if not value:
                return html.EMPTY
            return html.text(value) if "*" in value else html.link("mailto:" + value, value)

        return draw

    def mask(self, spec: Spec, value: Any) -> Any:
        if not value:
            return None
        name, _at, host = str(value).partition("@")
        return f"{name[:1]}***@{host}" if host else "****"


@register
class UrlKind(Kind):
    key, control = "url", "url"
    operators = ("contains", "empty", "filled")

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        value = super().parse(spec, raw, show)
        if not value:
            return value
        if "://" not in value:
            value = "https://" + value
        try:
            parts = urlsplit(value)
        except ValueError:  # half a bracket of an IPv6 address
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or "." not in parts.netloc or " " in value:
            raise BadValue(_("A web address looks like https://www.company.com."))
        return value

    def cell(self, spec: Spec, show: Show) -> Cell:
        return lambda value: html.outward(value, value.split("://", 1)[-1].rstrip("/")) if value else html.EMPTY


@register
class IntegerKind(Kind):
    key, control, align, family, operators = "integer", "number", "r", "number", COMPARE

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        value = number(raw)
        if value is None:
            return None
        if value != value.to_integral_value():
            raise BadValue(_("A whole number, please."))
        if abs(value) > 2**31 - 1:
            raise BadValue(_("This number is too large."))
        return int(value)

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return "" if value is None else str(value) if spec.style == "plain" else f"{value:,}".replace("-", "−")

    def export(self, spec: Spec, value: Any, show: Show) -> Any:
        return value

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "integer", "minimum": -(2**31) + 1, "maximum": 2**31 - 1}


@register
class NamedKind(IntegerKind):
    """Numbers that have names, such as the levels of something: read by their names, compared as numbers."""

    key, align = "named", ""

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return "" if value is None else spec.options["called"](show.language).get(value, str(value))

    def cell(self, spec: Spec, show: Show) -> Cell:
        names = spec.options["called"](show.language)
        return lambda value: html.EMPTY if value is None else html.text(names.get(value, str(value)))


@register
class DecimalKind(Kind):
    key, control, align, family, operators = "decimal", "number", "r", "number", COMPARE

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        value = number(raw)
        if value is None:
            return None
        whole, places = spec.digits
        if abs(value) >= Decimal(10) ** (whole - places):
            raise BadValue(_("This number is too large."))
        rounded = value.quantize(Decimal(1).scaleb(-places))
        if rounded != value:
            raise BadValue(_("At most %(n)s decimal places.") % {"n": places})
        return rounded

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return "" if value is None else f"{Decimal(value).normalize():,f}".replace("-", "−")

    def entry(self, spec: Spec, value: Any, show: Show) -> str:
        return "" if value is None else f"{Decimal(value).normalize():f}"

    def export(self, spec: Spec, value: Any, show: Show) -> Any:
        return value

    def json(self, spec: Spec, value: Any) -> Any:
        return None if value is None else f"{value:f}"

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "string", "pattern": rf"^-?\d{{1,16}}(\.\d{{1,{max(4, spec.digits[1])}}})?$"}


@register
class MoneyKind(DecimalKind):
    key, control = "money", "money"

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        if isinstance(raw, str):
            try:
                raw = words.parse_money(raw) if raw.strip() else None
            except ValueError:
                raise BadValue(_("An amount looks like 1286.40, 420万 or 4.2m.")) from None
        return super().parse(spec, raw, show)

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return "" if value is None else words.money(value, show.language)

    def full(self, spec: Spec, value: Any, show: Show) -> str:
        """What is owed to the cent is said so where there is room; prices as fine as they are."""
        if value is None or spec.style != "exact":
            return self.words(spec, value, show)
        return words.number(value, 2 if round(value, 2) == value else spec.digits[1])

    def column(self, spec: Spec, show: Show) -> Cell:
        """Amounts in one unit, exact when pointed at; on paper, and prices, which are finer than cents, in full."""
        if spec.digits[1] > 2 or spec.style == "paper":
            return lambda value: html.EMPTY if value is None else html.text(words.number(value, 2))
        return lambda value: html.EMPTY if value is None else html.told(words.amount(value, show.language), words.number(value, 2))

    def unit(self, spec: Spec, show: Show) -> str:
        return "" if spec.digits[1] > 2 or spec.style == "paper" else words.amount_unit(show.language)

    def scattered(self, spec: Spec, show: Show) -> Cell:
        """Amounts in one unit that has no heading to stand in."""
        return lambda value: html.EMPTY if value is None else html.told(words.money(value, show.language, beside=10_000), words.number(value, 2))

    def entry(self, spec: Spec, value: Any, show: Show) -> str:
        if value is None:
            return ""
        whole, _point, part = f"{Decimal(value):f}".partition(".")
        return f"{whole}.{part.rstrip('0').ljust(2, '0')}"  # to the cent; finer prices as fine as they are


@register
class PercentKind(DecimalKind):
    key = "percent"

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        return super().parse(spec, raw.strip().rstrip("%％").rstrip() or raw if isinstance(raw, str) else raw, show)

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return "" if value is None else f"{Decimal(value).normalize():f}%"


@register
class DateKind(Kind):
    key, control, family = "date", "date", "moment"
    operators = ("within", "eq", "gte", "lte", "between", "empty", "filled")

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        if raw is None or isinstance(raw, str) and not raw.strip():
            return None
        if isinstance(raw, dt.datetime):
            return raw.astimezone(show.zone).date() if raw.tzinfo else raw.date()
        if isinstance(raw, dt.date):
            return raw
        try:
            value = days.parse(str(raw), today=show.today)
        except ValueError:
            raise BadValue(_("A day looks like 2026-11-24.")) from None
        return value.date() if isinstance(value, dt.datetime) else value

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return "" if value is None else words.relative_day(value, show.today, show.language)

    def entry(self, spec: Spec, value: Any, show: Show) -> str:
        return "" if value is None else value.isoformat()

    def export(self, spec: Spec, value: Any, show: Show) -> Any:
        return value

    def json(self, spec: Spec, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def operand(self, spec: Spec, raw: str, show: Show) -> Any:
        return raw if days.is_range(raw) else super().operand(spec, raw, show)


@register
class MomentKind(DateKind):
    """A point in time. In the style "due" it is one by which something is to be done; the companion says when it was."""

    key, control = "datetime", "datetime"

    def cell(self, spec: Spec, show: Show) -> Cell:
        plain = super().cell(spec, show)
        if spec.style != "due":
            return plain

        def draw(value: Any) -> Markup:
            at, done = value if isinstance(value, tuple) else (value, None)
            return html.span(self.words(spec, value, show), "bad") if at is not None and done is None and at < show.now else plain(value)

        return draw

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        if raw is None or isinstance(raw, str) and not raw.strip():
            return None
        try:
            value = raw if isinstance(raw, dt.date) else days.parse(str(raw), today=show.today)
        except ValueError:
            raise BadValue(_("A time looks like 2026-11-24 14:30.")) from None
        if not isinstance(value, dt.datetime):
            value = dt.datetime.combine(value, dt.time(0))
        return (value if value.tzinfo else value.replace(tzinfo=show.zone)).astimezone(dt.UTC)

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        value, done = value if isinstance(value, tuple) else (value, None)
        if value is None:
            return ""
        if not isinstance(value, dt.datetime):  # a whole day, as filters say it
            return super().words(spec, value, show)
        if spec.style == "ago":
            return words.ago(value, show.now, show.language)
        if spec.style == "due" and done is None:
            return words.due(value.astimezone(show.zone), show.now.astimezone(show.zone), show.language)
        return words.moment(value.astimezone(show.zone), show.now.astimezone(show.zone), show.language)

    def entry(self, spec: Spec, value: Any, show: Show) -> str:
        value = value[0] if isinstance(value, tuple) else value
        return "" if value is None else value.astimezone(show.zone).strftime("%Y-%m-%dT%H:%M")

    def export(self, spec: Spec, value: Any, show: Show) -> Any:
        value = value[0] if isinstance(value, tuple) else value
        return None if value is None else value.astimezone(show.zone).replace(tzinfo=None)

    def json(self, spec: Spec, value: Any) -> Any:
        value = value[0] if isinstance(value, tuple) else value
        return None if value is None else value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}

    def operand(self, spec: Spec, raw: str, show: Show) -> Any:
        return raw if days.is_range(raw) else DateKind.parse(self, spec, raw, show)


YES, NO = (
    frozenset({"1", "true", "yes", "y", "on", "是", "有", "对"}),
    frozenset({"0", "false", "no", "n", "off", "否", "无", ""}),
)


@register
class YesNoKind(Kind):
    key, control, family, operators, groupable = "bool", "switch", "flag", ("is",), True

    def parse(self, spec: Spec, raw: Any, show: Show) -> Any:
        if raw is None or isinstance(raw, bool):
            return None if raw is None and spec.null else bool(raw)
        value = words.folded(raw)
        if value in YES:
            return True
        if value in NO:
            return None if value == "" and spec.null else False
        raise BadValue(_("Yes or no, please."))

    def words(self, spec: Spec, value: Any, show: Show) -> str:
        return "" if value is None else (_("Yes") if value else _("No"))

    def entry(self, spec: Spec, value: Any, show: Show) -> str:
        return "1" if value else ""

    def schema(self, spec: Spec) -> dict[str, Any]:
        return {"type": "boolean"}

    def options(self, spec: Spec, show: Show):
        return (("1", _("Yes"), ""), ("0", _("No"), ""))


def number(raw: Any) -> Decimal | None:
    """A finite Decimal of what was typed (thousands separators and full-width digits allowed), None when empty. Raises BadValue."""
    if raw is None or isinstance(raw, bool):
        return None
    if isinstance(raw, float):
        raw = repr(raw)
    typed = str(raw).strip().replace(",", "").replace("，", "").replace("−", "-").replace(" ", "")
    if not typed:
        return None
    try:
        value = Decimal(typed)
    except InvalidOperation:
        raise BadValue(_("A number, please.")) from None
    if not value.is_finite() or len(typed) > 40 or value.adjusted() > 20:
        raise BadValue(_("This number is too large."))
    return value


def masked_phone(value: Any) -> str | None:
    """138****8000: the first three and last four digits of a mobile number, the last two of others."""
    if not value:
        return None
    digits = [c for c in str(value) if c.isdigit()]
    if len(digits) >= 11:
        return "".join(digits[-11:-8]) + "****" + "".join(digits[-4:])
    return "****" + "".join(digits[-2:])
