"""Who may ask, from where, and how much: pure ASGI, in front of all routes.

A browser lets any page send requests to this server. A page that was reached by another name (DNS rebinding) is known by its Host,
a page of another origin by its Origin or Sec-Fetch-Site. The first is refused always, the second when it would change something, and
when it asks the API: it could not read the answer, but keep streams open. Whoever follows a link is let in.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bakehouse.errors import BadInput, Problem
from bakehouse.pod import protocol
from bakehouse.server import errors

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
#: Bytes of a request's body. A file of 32 MiB comes with a little around it.
MOST_JSON = 1 << 20
MOST_UPLOAD = 33 << 20
#: What every answer says; one that says otherwise itself keeps its word.
HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({"same-origin", "none"})
#: What a browser says that follows a link; one that loads a frame says `iframe`.
_LINK = ("navigate", "document")
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?")
#: Routes that take a pipeline file, or a run with the pipeline in it.
_WITH_PIPELINE = re.compile(r"/apis/(v2beta1/(pipelines/upload(_version)?|runs)|bakehouse/v1/pipelines/upload)/?")
#: Routes of keepers, which are programs in a cluster: a token opens them, and no browser has one. They are asked by whatever name leads here.
_OF_KEEPERS = re.compile(r"/apis/bakehouse/v1/attempts/.*")
_MOST_PIECE = protocol.PIECE + (64 << 10)
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_BASE_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_OURS = frozenset({"apis", "assets", "openapi.json"})


def base_path(text: str) -> str:
    """A base path as it is used: empty, or with a slash at its beginning and none at its end. Raises `BadInput`."""
    path = "/" + text.strip("/")
    if path == "/":
        return ""
    if not _BASE_PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise BadInput(
            f"{text!r} cannot be a base path", place="--base-path", remedy="It looks like /bakehouse: letters, digits, `-._~` and slashes."
        )
    if path.split("/")[1] in _OURS:
        raise BadInput(f"{path} is where the server's own routes lie", place="--base-path", remedy="Choose another one, such as /bakehouse.")
    return path


def allowed_host(text: str) -> str:
    """A further name of the server as it is compared: `NAME` or `NAME:PORT`, in lower case. Raises `BadInput`."""
    if _HOST.fullmatch(text.lower()) is None:
        raise BadInput(
            f"{text!r} is not the name of a host",
            place="--allowed-host",
            remedy="It is what stands in the address of the page after https://, such as bakehouse.example.org or 10.0.0.5:8443.",
        )
    return text.lower()


class BasePath:
    """The same routes at their own paths and below the base path: a proxy may strip it or not."""

    def __init__(self, app: ASGIApp, base_path: str) -> None:
        self._app, self._base_path = app, base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the base path told apart from the path."""
        path, base = scope.get("path", ""), self._base_path
        if base and f"{path}/".startswith(f"{base}/"):
            scope = {**scope, "root_path": base, "path": f"{base}/" if path == base else path}
        await self._app(scope, receive, send)


class Guard:
    """Refuses what does not come from this server's own pages or from a program of this machine, and what is too large.

    `by_any_name`: whoever asks must log in, so that a page that reached it by another name could do nothing.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Collection[str], *, by_any_name: bool = False) -> None:
        self._app, self._allowed, self._by_any_name = app, frozenset(allowed_hosts), by_any_name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 4xx, or pass on; every answer gets `HEADERS`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = _with_headers(send)
        path = errors.path_of(scope)
        refused = self._refusal(scope["method"], Headers(scope=scope), path)
        if refused is not None:
            status, problem = refused
            await errors.answer(path, status, errors.code_of(status), [problem])(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            await _headers_only(self._app, scope, receive, send)
            return
        await self._app(scope, _limited(receive, _most(path)), send)

    def _refusal(self, method: str, headers: Headers, path: str) -> tuple[int, Problem] | None:
        hosts = headers.getlist("host")
        host = _HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
        if host is None or not (self._is_own(host["name"], host[0]) or _OF_KEEPERS.fullmatch(path)):
            said = repr(hosts[0]) if hosts else "no name"
            return 400, Problem(
                f"this server does not answer to {said}", "header Host", f"`bakehouse server --allowed-host {hosts[0] if host else 'NAME'}` lets it."
            )
        problem = self._foreign(headers, hosts[0].lower()) if method not in _SAFE else _foreign_reader(headers, path)
        if problem is not None:
            return 403, problem
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > _most(path):
            return 413, errors.too_large(_most(path))
        return None

    def _is_own(self, name: str, whole: str) -> bool:
        return self._by_any_name or name in LOOPBACK or name in self._allowed or whole in self._allowed

    def _foreign(self, headers: Headers, host: str) -> Problem | None:
        """Why a request that changes something comes from a page of somebody else's, if it does."""
        remedy = "Requests that change something are taken from Bakehouse's own pages, and from programs that are no browsers."
        if _is_of_another_site(headers):
            return _of_another_site(headers, remedy)
        for origin in headers.getlist("origin"):
            if not self._is_own_origin(origin.lower(), host):
                return Problem(f"this request comes from a page of another origin ({origin})", "header Origin", remedy)
        return None

    def _is_own_origin(self, origin: str, host: str) -> bool:
        if origin == f"http://{host}" or (self._by_any_name and origin == f"https://{host}"):
            return True
        try:
            parts = urlsplit(origin)
            name, port = parts.netloc.rpartition(":")[0], str(parts.port or "")
        except ValueError:
            return False
        if parts.scheme not in _DEFAULT_PORTS or f"{parts.scheme}://{parts.netloc}" != origin:
            return False
        if not port:
            return parts.netloc in self._allowed or f"{parts.netloc}:{_DEFAULT_PORTS[parts.scheme]}" in self._allowed
        return parts.netloc in self._allowed or (name in self._allowed and parts.netloc == host)


def _foreign_reader(headers: Headers, path: str) -> Problem | None:
    """Why a request that changes nothing comes from a page of somebody else's and is refused, if it is."""
    followed = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest", "document")) == _LINK
    if followed or not path.startswith("/apis") or not _is_of_another_site(headers):
        return None
    return _of_another_site(headers, "The API answers Bakehouse's own pages, programs that are no browsers, and whoever follows a link to it.")


def _is_of_another_site(headers: Headers) -> bool:
    return headers.get("sec-fetch-site", "none") not in _OWN_SITES


def _of_another_site(headers: Headers, remedy: str) -> Problem:
    return Problem(f"this request comes from a page of another site ({headers['sec-fetch-site']})", "header Sec-Fetch-Site", remedy)


def _most(path: str) -> int:
    if _OF_KEEPERS.fullmatch(path):
        return _MOST_PIECE
    return MOST_UPLOAD if _WITH_PIPELINE.fullmatch(path) else MOST_JSON


def _limited(receive: Receive, most: int) -> Receive:
    """The body as it comes, until it is too large: most clients say its length before, some only send it in pieces."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(413, errors.too_large(most).message)
        return message

    return counted


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS:
                headers.setdefault(name, value)
        await send(message)

    return sent


async def _headers_only(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """HEAD: what GET would answer, without its body, which may be long or without end."""
    answered = asyncio.Event()

    async def sent(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
        elif not answered.is_set():
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            answered.set()
        else:
            await asyncio.get_running_loop().create_future()  # never done: it waits here until it is cancelled

    asked = asyncio.ensure_future(app({**scope, "method": "GET"}, receive, sent))
    waiting = asyncio.ensure_future(answered.wait())
    try:
        await asyncio.wait({asked, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()
        waiting.cancel()
        (came_to, _) = await asyncio.gather(asked, waiting, return_exceptions=True)
    if not answered.is_set() and isinstance(came_to, Exception):
        raise came_to
