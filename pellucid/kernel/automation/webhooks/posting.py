"""One POST to an address a person typed in: to public addresses only, the very one that was looked at, no redirects, ten seconds."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from pellucid.kernel.records.errors import Refused

PATIENCE = 10.0
LONGEST_WAIT = 86400  # seconds a receiver may ask for


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart: `address` is what will be connected to."""

    secure: bool
    host: str
    port: int
    path: str
    address: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, or why there was none; seconds the receiver asks to wait."""

    status: int | None
    error: str = ""
    wait: int = 0


def private(host: str) -> bool:
    """Whether the operator allows this host of the own network (PELLUCID_WEBHOOK_HOSTS)."""
    return host.lower() in settings.WEBHOOK_HOSTS


def read(url: str) -> tuple[bool, str, int, str]:
    """(secure, host, port, path) of an address. Refused for what is no https address of the internet, as far as can be seen from itself."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused(_("This is no address.")) from error
    secure = parts.scheme == "https"
    if not host or parts.username or parts.password or not (secure or parts.scheme == "http" and private(host)):
        raise Refused(_("The address must begin with https:// and hold no password."))
    if not private(host) and _literal(host) and not _public(host):
        raise Refused(_("“%(host)s” leads into a private network; only public addresses are posted to.") % {"host": host})
    return secure, host, port or (443 if secure else 80), (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _literal(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def target_of(url: str) -> Target:
    """Where a message goes. Refused as by `read`, or when the name leads into a private network."""
    secure, host, port, path = read(url)
    return Target(secure, host, port, path, _looked_up(host, port))


def _looked_up(host: str, port: int) -> str:
    """The address to connect to. Every address of the name must be public: one that is not is what an attacker would choose."""
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise Refused(_("There is no host “%(host)s”.") % {"host": host}) from error
    if not private(host) and not all(_public(address) for address in found):
        raise Refused(_("“%(host)s” leads into a private network; only public addresses are posted to.") % {"host": host})
    return found[0]


def _public(address: str) -> bool:
    known = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(known, "ipv4_mapped", None) or getattr(known, "sixtofour", None)
    return known.is_global and not known.is_multicast and (inner is None or inner.is_global) and not _translated(known)


def _translated(known: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an IPv6 address stands for an IPv4 one behind a translator (NAT64)."""
    return isinstance(known, ipaddress.IPv6Address) and known in ipaddress.ip_network("64:ff9b::/96")


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was looked at, whatever the name leads to by now; the certificate must be the name's."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=PATIENCE)
        self.target = target
        self.cut = False

    def connect(self) -> None:
        self.sock = socket.create_connection((self.target.address, self.target.port), PATIENCE)
        if self.cut:  # the time was over before there was anything to cut
            raise TimeoutError
        if self.target.secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.target.host, do_handshake_on_connect=False)
            self.sock.do_handshake()  # by now it can be cut off

    def cut_off(self) -> None:
        """End it from another thread: a receiver that sends a letter now and then would outwit every time-out of a single read."""
        self.cut = True
        with contextlib.suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send it; never raises for what the network or the receiver does."""
    began = time.monotonic()
    try:
        target = target_of(url)
    except Refused as refusal:
        return Answer(None, refusal.message)
    connection = _Pinned(target)
    watch = threading.Timer(max(0.1, PATIENCE - (time.monotonic() - began)), connection.cut_off)
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", target.path, body, {"content-type": "application/json", "user-agent": "Pellucid-Webhooks/1", **headers})
        answer = connection.getresponse()
        return Answer(answer.status, "", _asked_to_wait(answer.getheader("retry-after")))
    except (OSError, http.client.HTTPException) as error:
        if connection.cut or isinstance(error, TimeoutError):
            return Answer(None, _("No answer within %(n)s seconds.") % {"n": int(PATIENCE)})
        return Answer(None, f"{type(error).__name__}: {error}"[:200])
    finally:
        watch.cancel()
        connection.close()


def _asked_to_wait(header: str | None) -> int:
    """Seconds out of Retry-After: a number, or a date."""
    text = (header or "").strip()
    if text.isdigit() and text.isascii():
        return min(int(text[:9]), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return 0
    return min(max(int((moment - timezone.now()).total_seconds()), 0), LONGEST_WAIT) if moment.tzinfo else 0
