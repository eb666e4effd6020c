"""The web UI: built assets from `ui/` beside this file, and `index.html` for every page.

Without a built UI every page says how to build it; the API works all the same.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from bakehouse.server import errors

FOLDER = Path(__file__).resolve().parent / "ui"
#: What `<base href>` of the built page holds, for the base path of the server.
BASE_PATH = "__BASE_PATH__"
_CSP = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; frame-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; frame-ancestors 'none'"
)
_PAGE_HEADERS = MappingProxyType({"Content-Security-Policy": _CSP, "Cache-Control": "no-cache"})
#: Assets have the digest of their content in their names.
_FOR_EVER = "public, max-age=31536000, immutable"
_FILE = re.compile(r"\.[A-Za-z0-9]{1,11}$")
_SMALLEST = 1_024  # bytes below which compressing does not pay
_COMPRESSED = ("text/", "application/javascript", "application/json", "application/manifest+json", "image/svg+xml", "application/wasm")
#: Python asks the machine's own tables, which lack or mistake some of these.
_MEDIA_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".txt": "text/plain",
}
_UNBUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Bakehouse</title>
<style>body { font: 16px/1.5 sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; color-scheme: light dark }</style>
<h1>Bakehouse is running, without its pages</h1>
<p>This copy was started from a checkout in which the web UI has not been built. Build it there, then load this page again:</p>
<pre>make web</pre>
<p>The API works: <code>/apis/v2beta1</code>, <code>/apis/bakehouse/v1</code>, described by <a href="__BASE_PATH__/openapi.json">openapi.json</a>.</p>
</html>
"""


class Pages(Route):
    """Everything that is no route of an API: files of the built UI, and its page at every other path."""

    def __init__(self, base_path: str, folder: Path = FOLDER) -> None:
        self._base_path, self._folder = base_path, folder
        super().__init__("/{path:path}", self._answer, methods=["GET"], include_in_schema=False)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Not what lies below `/apis`: what is unknown there is an error in the form of its API."""
        if scope["type"] == "http" and f"{errors.path_of(scope)}/".startswith("/apis/"):
            return Match.NONE, {}
        return super().matches(scope)

    def _answer(self, request: Request) -> Response:
        path = request.path_params["path"]
        if _FILE.search(path) or path.startswith("assets/"):
            return _asset(self._folder, path, request.headers)
        return self._page(request)

    def _page(self, request: Request) -> Response:
        file = self._folder / "index.html"
        text = file.read_text(encoding="utf-8") if file.is_file() else _UNBUILT
        content = text.replace(BASE_PATH, self._base_path).encode()
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {**_PAGE_HEADERS, "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type="text/html", headers=headers)


@dataclass(frozen=True)
class _Loaded:
    """A file of the UI as it is sent: compressed where that pays."""

    content: bytes
    compressed: bytes | None
    media_type: str


def _asset(folder: Path, path: str, wanted: Mapping[str, str]) -> Response:
    file = folder / path
    try:
        if {"", ".", ".."} & set(path.split("/")) or not file.is_file():
            raise FileNotFoundError(path)
        loaded = _loaded(file, file.stat().st_mtime_ns)
    except (OSError, ValueError):  # too long for a name, or with a NUL
        return PlainTextResponse(f"there is no file {path}\n", status_code=404)
    headers = {"Cache-Control": _FOR_EVER if path.startswith("assets/") else "no-cache", "Vary": "Accept-Encoding"}
    if loaded.compressed is not None and _takes_gzip(wanted.get("accept-encoding", "")):
        return Response(loaded.compressed, media_type=loaded.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(loaded.content, media_type=loaded.media_type, headers=headers)


@lru_cache(maxsize=64)
def _loaded(file: Path, changed: int) -> _Loaded:
    """A file as it is since `changed`."""
    del changed
    content = file.read_bytes()
    media_type = _MEDIA_TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    pays = len(content) >= _SMALLEST and media_type.startswith(_COMPRESSED)
    return _Loaded(content, gzip.compress(content, 9, mtime=0) if pays else None, media_type)


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        name, _, quality = part.strip().partition(";")
        if name.strip() in {"gzip", "*"}:
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
