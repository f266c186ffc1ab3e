"""Compresses pages and static files where no proxy does: zstd where the browser takes it, else gzip.

A view whose answer mixes a secret with what the caller sent sets `response.keep_plain = True`: the length of a compressed
answer would tell about the secret. CSRF tokens are masked anew in every answer and need no such care.
"""

from __future__ import annotations

import gzip
import re
import threading
from collections.abc import Callable

import zstandard
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

SMALLEST = 1024
TEXTS = re.compile(r"text/|application/(json|javascript|manifest\+json|xml)|image/svg\+xml")
REFUSED = re.compile(r"\b(zstd|gzip)\s*;\s*q=0(\.0*)?(?=\s*(,|$))")
KEPT = 200  # static files held compressed, per process

_own = threading.local()


def _zstd(body: bytes, level: int) -> bytes:
    name = f"level{level}"
    if not hasattr(_own, name):  # a compressor serves one thread at a time
        setattr(_own, name, zstandard.ZstdCompressor(level=level))
    packed: bytes = getattr(_own, name).compress(body)
    return packed


def encoding_for(accepted: str) -> str:
    """The best encoding this Accept-Encoding header allows, empty for none."""
    wanted = REFUSED.sub("", accepted.lower())
    return "zstd" if "zstd" in wanted else "gzip" if "gzip" in wanted else ""


def compress(body: bytes, encoding: str, once: bool = False) -> bytes:
    """The body in this encoding; harder work is spent on what is kept."""
    if encoding == "zstd":
        return _zstd(body, 12 if once else 3)
    return gzip.compress(body, 9 if once else 4, mtime=0)


class CompressMiddleware:
    """Above WhiteNoise, so that it sees static files too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.kept: dict[tuple[str, str, str], bytes] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            response.status_code != 200
            or request.method != "GET"
            or response.has_header("Content-Encoding")
            or response.has_header("Content-Range")
            or getattr(response, "keep_plain", False)
            or not TEXTS.match(response.get("Content-Type", ""))
        ):
            return response
        static = request.path.startswith(settings.STATIC_URL)
        if (response.streaming and not static) or (not response.streaming and len(response.content) < SMALLEST):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        encoding = encoding_for(request.headers.get("Accept-Encoding", ""))
        if not encoding:
            return response
        return self._static(request, response, encoding) if response.streaming else self._page(response, encoding)

    @staticmethod
    def _page(response: HttpResponse, encoding: str) -> HttpResponse:
        response.content = compress(response.content, encoding)
        response["Content-Encoding"], response["Content-Length"] = encoding, str(len(response.content))
        if etag := response.get("ETag"):
            response["ETag"] = etag if etag.startswith("W/") else f"W/{etag}"
        return response

    def _static(self, request: HttpRequest, response: HttpResponse, encoding: str) -> HttpResponse:
        key = (request.path, response.get("ETag") or response.get("Last-Modified", ""), encoding)
        body = self.kept.get(key)
        if body is None:
            body = compress(b"".join(response.streaming_content), encoding, once=True)  # type: ignore[attr-defined]
            if len(self.kept) < KEPT:
                self.kept[key] = body
        packed = HttpResponse(body, headers={name: value for name, value in response.items() if name != "Content-Length"})
        packed["Content-Encoding"], packed["Content-Length"] = encoding, str(len(body))
        response.close()
        return packed
