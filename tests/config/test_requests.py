"""What every request passes through: health, request ids, log lines, compression, headers."""

from __future__ import annotations

import gzip
import json
import logging

import pytest
import zstandard
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.test import Client, RequestFactory

from pellucid.config import health, logs
from pellucid.config.compress import CompressMiddleware, encoding_for
from pellucid.config.health import HealthMiddleware
from pellucid.config.observing import ObservingMiddleware

PAGE = "<p>苏州恒砺精密制造有限公司</p>" * 100
get = RequestFactory().get


def _no_page(request: HttpRequest) -> HttpResponse:
    raise AssertionError("a probe reaches no view")


def test_livez_needs_no_database_and_no_host() -> None:
    answer = HealthMiddleware(_no_page)(get("/livez", headers={"host": "10.0.0.7"}))
    assert (answer.status_code, json.loads(answer.content)) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_readyz_tells_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = HealthMiddleware(_no_page)(get("/readyz"))
    assert answer.status_code == 200, answer.content

    def broken() -> str:
        raise RuntimeError("password of the database: hunter2")

    monkeypatch.setattr(health, "_disk", broken)
    answer = HealthMiddleware(_no_page)(get("/readyz"))
    assert answer.status_code == 503
    assert json.loads(answer.content)["parts"]["disk"] == "failed"
    assert b"hunter2" not in answer.content


def test_full_disk_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FREE_MEGABYTES", 10**9)
    assert "MB free" in health._disk()


def _observed(path: str = "/x", trusted: bool = False, **headers: str) -> tuple[HttpRequest, HttpResponse]:
    request = get(path, headers=headers)
    request.resolver_match = None
    middleware = ObservingMiddleware(lambda request: HttpResponse(status=403))
    middleware.trusted = trusted
    return request, middleware(request)


def test_request_ids_are_our_own_unless_a_proxy_is_trusted() -> None:
    request, answer = _observed(x_request_id="chosen-by-the-caller")
    assert answer["X-Request-ID"] == request.request_id != "chosen-by-the-caller"
    assert _observed(trusted=True, x_request_id="from-the-proxy-1")[1]["X-Request-ID"] == "from-the-proxy-1"
    assert _observed(trusted=True, x_request_id="bad id\n")[1]["X-Request-ID"] != "bad id\n"
    assert logs.request_id.get() == ""


def test_a_refusal_is_logged_on_one_line_without_the_query(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "pellucid.access"):
        _observed("/customers/1?token=hunter2")
        _observed("/a%0d%0a2026 ERROR forged")
    first, second = caplog.records
    assert (first.levelname, first.status, first.path) == ("WARNING", 403, "/customers/1")
    for form in (logs.Plain(), logs.JsonLines()):
        text = form.format(first) + form.format(second)
        assert "hunter2" not in text
        assert "\n" not in text
        assert "\r" not in text


def test_json_lines_are_json() -> None:
    record = logging.LogRecord("pellucid", logging.INFO, __file__, 1, "saved %s", ("苏州",), None)
    record.customer = 7
    token = logs.request_id.set("abc")
    try:
        line = json.loads(logs.JsonLines().format(record))
    finally:
        logs.request_id.reset(token)
    assert (line["message"], line["request_id"], line["customer"], line["level"]) == ("saved 苏州", "abc", 7, "info")


def _compressed(response: HttpResponse, accepted: str, path: str = "/x") -> HttpResponse:
    return CompressMiddleware(lambda request: response)(get(path, headers={"accept-encoding": accepted}))


def test_pages_are_compressed_as_the_browser_takes_it() -> None:
    answer = _compressed(HttpResponse(PAGE), "gzip, deflate, br, zstd")
    assert answer["Content-Encoding"] == "zstd"
    assert zstandard.ZstdDecompressor().decompress(answer.content).decode() == PAGE
    answer = _compressed(HttpResponse(PAGE), "gzip, deflate")
    assert gzip.decompress(answer.content).decode() == PAGE
    assert answer["Content-Length"] == str(len(answer.content))
    assert "Accept-Encoding" in answer["Vary"]
    assert not _compressed(HttpResponse(PAGE), "").has_header("Content-Encoding")


@pytest.mark.parametrize(
    ("header", "wanted"),
    [("gzip;q=0", ""), ("zstd;q=0, gzip", "gzip"), ("zstd;q=0.0,gzip;q=0", ""), ("zstd;q=0.5", "zstd"), ("br", "")],
)
def test_refused_encodings(header: str, wanted: str) -> None:
    assert encoding_for(header) == wanted


def test_what_stays_plain() -> None:
    secret = JsonResponse({"token": "x" * 2000})
    secret.keep_plain = True
    for response in (HttpResponse("short"), HttpResponse(PAGE, content_type="image/png"), HttpResponse(PAGE, status=500), secret):
        assert not _compressed(response, "gzip").has_header("Content-Encoding")


def test_static_files_are_compressed_once() -> None:
    import io

    def file(request: HttpRequest) -> FileResponse:
        answer = FileResponse(io.BytesIO(PAGE.encode()), content_type="text/css")
        answer["Last-Modified"] = "Tue, 24 Nov 2026 00:00:00 GMT"
        return answer

    middleware = CompressMiddleware(file)
    for _ in range(2):
        answer = middleware(get(f"{settings.STATIC_URL}css/a.css", headers={"accept-encoding": "gzip"}))
        assert gzip.decompress(answer.content).decode() == PAGE
        assert answer["Content-Type"] == "text/css"
    assert len(middleware.kept) == 1


@pytest.mark.django_db
def test_every_answer_carries_the_policies(client: Client) -> None:
    answer = client.get("/there-is-no-such-page")
    assert (answer.status_code, answer["Location"]) == (302, "/login?next=/there-is-no-such-page"), "what there is, is not told to strangers"
    policy = answer["Content-Security-Policy"]
    for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
