"""Secrets that the program itself must read again: kept encrypted under the installation's key, so that a copy of the database gives none away."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext as _

from .errors import Refused


def _keys() -> MultiFernet:
    known = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"pellucid sealed " + key.encode()).digest())) for key in known])


def sealed(text: str) -> str:
    """The text as it may be kept."""
    return _keys().encrypt(text.encode()).decode()


def opened(kept: str) -> str:
    """What was sealed. Refused when the installation's key has changed since."""
    try:
        return _keys().decrypt(kept.encode()).decode()
    except InvalidToken as error:
        raise Refused(_("This secret was kept under another key of the installation; make a new one.")) from error
