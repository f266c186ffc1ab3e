"""Standard Webhooks: id, timestamp and body are signed with HMAC-SHA256; several signatures while a secret is replaced."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping

PREFIX = "whsec_"
TOLERANCE = 300  # seconds a receiver should allow between the timestamp and his clock


def new_secret() -> str:
    """A secret as it is shown: 32 bytes, base64, after its prefix."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, uid: str, stamp: int, body: bytes) -> str:
    """`v1,` and the signature of one secret."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, f"{uid}.{stamp}.".encode() + body, hashlib.sha256).digest()).decode()


def headers(known: Iterable[str], uid: str, stamp: int, body: bytes) -> dict[str, str]:
    """What goes along with a message."""
    return {"webhook-id": uid, "webhook-timestamp": str(stamp), "webhook-signature": " ".join(signature(s, uid, stamp, body) for s in known)}


def verified(known: Iterable[str], given: Mapping[str, str], body: bytes, now: int) -> bool:
    """What a receiver does: whether one of the signatures is by one of the secrets, and not too old."""
    try:
        stamp = int(given["webhook-timestamp"])
        if abs(now - stamp) > TOLERANCE:
            return False
        good = [signature(s, given["webhook-id"], stamp, body) for s in known]
    except (KeyError, ValueError, binascii.Error):
        return False
    return any(hmac.compare_digest(one, other) for one in good for other in given.get("webhook-signature", "").split())
