"""Draw every page template with sample contents and take its picture: python -m scripts.preview [name ...].

Pages land in the folder below (served with the product's own content security policy while the pictures are taken).
"""

from __future__ import annotations

import sys
import tempfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings

FOLDER = Path(tempfile.gettempdir()) / "pellucid-preview"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)


def configure() -> None:
    """Just enough of Django to draw templates."""
    settings.configure(
        INSTALLED_APPS=[],
        LOCALE_PATHS=[Path(__file__).parent.parent / "pellucid" / "web" / "locale"],
        STATIC_URL="/static/", DEBUG=False, USE_I18N=True, SECRET_KEY="preview",
        LANGUAGE_CODE="zh-hans", LANGUAGES=[("zh-hans", "简体中文"), ("en", "English")],
    )  # fmt: skip
    django.setup()


class Handler(SimpleHTTPRequestHandler):
    """Serves the drawn pages and the static files."""

    def translate_path(self, path: str) -> str:
        from scripts.build_static import STATIC

        address = urlsplit(path).path
        if address.startswith("/static/"):
            return str(STATIC / address.removeprefix("/static/"))
        return str(FOLDER / (address.strip("/") or "index.html"))

    def do_POST(self) -> None:
        self.send_response(204)
        self.end_headers()

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_arguments: Any) -> None:
        """Silence: the browser's own complaints are printed instead."""


def serve() -> tuple[ThreadingHTTPServer, str]:
    """A server on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


def draw(language: str = "zh-hans") -> list[str]:
    """Write every sample page; returns the names of the whole pages."""
    from pellucid.web.jinja import folded, render
    from scripts.samples import contexts

    FOLDER.mkdir(exist_ok=True)
    whole = []
    for name, (template, context, is_page) in contexts(folded(language)).items():
        stem = name if language == "zh-hans" else f"{name}.{language}"
        (FOLDER / f"{stem}.html").write_text(render(template, context, language))
        if is_page:
            whole.append(stem)
    return whole


def main() -> None:
    """Draw, serve, take pictures and report what the browser said."""
    configure()
    from scripts.shots import browser, page_of, shoot

    wanted = set(sys.argv[1:])
    names = [name for name in [*draw(), *draw("en")] if not wanted or name in wanted]
    server, address = serve()
    with browser() as opened:
        for kind, phone, dark in (("desktop", False, False), ("phone", True, False), ("dark", False, True)):
            page = page_of(opened, phone, dark)
            page.on("console", lambda message: print("console:", message.text) if message.type in {"error", "warning"} else None)
            page.on("pageerror", lambda error: print("error:", error))
            for name in names:
                if name.endswith(".en") and kind != "desktop" and not wanted:
                    continue
                shoot(page, f"{address}/{name}.html", FOLDER / f"{name}.{kind}.png")
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if wide > 0:
                    print(f"{name}.{kind}: {wide} px too wide")
    server.shutdown()
    print(FOLDER)


if __name__ == "__main__":
    main()
