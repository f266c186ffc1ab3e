"""What kind of phone number was written, and how it is shown."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple

from pellucid.kernel.search.text import phone_digits

Kind = Literal["mobile", "landline", "service", "local", "foreign"]
# Area codes of three digits; all others have four.
_SHORT_AREAS = ("010", "020", "021", "022", "023", "024", "025", "027", "028", "029")
_EXTENSION = re.compile(r"(?:转|轉|分机|ext\.?|x|#)\s*(\d{1,6})\s*$", re.IGNORECASE)


class Phone(NamedTuple):
    """`digits` are compared and searched, `shown` is for people."""

    kind: Kind
    digits: str
    shown: str


def read(text: str) -> Phone | None:
    """The number that was written, or None when no number can look like this."""
    written = unicodedata.normalize("NFKC", text).strip()
    digits = phone_digits(written)
    extension = _EXTENSION.search(written)
    tail = f" #{extension[1]}" if extension else ""
    if written.startswith("+") and not written.startswith("+86"):
        return Phone("foreign", digits, f"+{digits}{tail}") if 7 <= len(digits) <= 15 else None
    if re.fullmatch(r"1[3-9]\d{9}", digits):
        return Phone("mobile", digits, f"{digits[:3]} {digits[3:7]} {digits[7:]}")
    if re.fullmatch(r"[48]00\d{7}", digits):
        return Phone("service", digits, f"{digits[:3]}-{digits[3:6]}-{digits[6:]}{tail}")
    if re.fullmatch(r"0[1-9]\d{8,10}", digits):
        area = 3 if digits.startswith(_SHORT_AREAS) else 4
        local = digits[area:]
        if len(local) in (7, 8) and local[0] not in "01":
            return Phone("landline", digits, f"{digits[:area]}-{local[:-4]} {local[-4:]}{tail}")
        return None
    if re.fullmatch(r"[2-9]\d{6,7}", digits):
        return Phone("local", digits, f"{digits[:-4]} {digits[-4:]}{tail}")
    return None


def same(one: str, other: str) -> bool:
    """Whether two spellings mean one number; a local number equals the landline that ends with it."""
    first, second = phone_digits(one), phone_digits(other)
    if len(first) < 7 or len(second) < 7:
        return False
    if first == second:
        return True
    shorter, longer = sorted((first, second), key=len)
    return len(shorter) <= 8 and longer.startswith("0") and longer.endswith(shorter) and len(longer) - len(shorter) in (3, 4)
