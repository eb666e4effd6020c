"""Who asks, where the server wants to know: pure ASGI, behind `Guard`.

Programs show a token (`Authorization: Bearer …`), pages a cookie that they got for it. The files of the web UI and signs of life are open,
so that there is a page to log in at. An attempt has a token of its own, which its routes look at themselves.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from bakehouse.errors import Problem, Unavailable
from bakehouse.server import errors

_log = logging.getLogger("bakehouse.server")

COOKIE = "bakehouse_session"
ADMIN = "admin"
_UNAUTHORIZED = 401
_OPEN = frozenset({"/apis/v2beta1/healthz", "/apis/bakehouse/v1/login"})
_ATTEMPTS = "/apis/bakehouse/v1/attempts/"
_SCHEME = "bearer "
_REMEDY = "Send the header `Authorization: Bearer TOKEN`, as a client does with existing_token=…; `bakehouse token` prints the token of a home."


def no_others(token: str) -> str | None:
    """Nobody else has a token."""
    del token
    return None


@dataclass(frozen=True)
class Login:
    """What a server asks for: `token` is its own, as it is now; `others` names who else a token belongs to, and may take its time."""

    token: Callable[[], str]
    others: Callable[[str], str | None] = no_others  # both raise `Unavailable`

    @property
    def session(self) -> str:
        """What a page's cookie holds: it tells nothing of the token, and is worth nothing once there is another one."""
        return base64.urlsafe_b64encode(hmac.digest(self.token().encode(), b"session of a page", hashlib.sha256)).decode().rstrip("=")

    def is_own(self, token: str) -> bool:
        """Whether this is the server's own token."""
        return hmac.compare_digest(token.encode(), self.token().encode())

    def is_session(self, cookie: str) -> bool:
        """Whether this is what a page got for that token."""
        return hmac.compare_digest(cookie.encode(), self.session.encode())


class Door:
    """Answers 401 to whoever does not say who they are; whom it lets in is `scope["caller"]`."""

    def __init__(self, app: ASGIApp, login: Login) -> None:
        self._app, self._login = app, login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or say what is wanted."""
        path = errors.path_of(scope)
        if scope["type"] != "http" or not _is_closed(path):
            await self._app(scope, receive, send)
            return
        try:
            caller = await self._caller(Headers(scope=scope))
        except Unavailable as error:  # what is wrong is for whoever runs the server, not for whoever asks
            _log.error("nobody is let in: %s", error)  # it is no fault of the program
            problem = Problem("this server cannot tell who asks", None, "Ask whoever runs it: its log says why.")
            await errors.answer(path, errors.status_of(error), error.code, [problem])(scope, receive, send)
            return
        if caller is None:
            answer = errors.answer(path, _UNAUTHORIZED, errors.code_of(_UNAUTHORIZED), [Problem("this server asks for a login", None, _REMEDY)])
            answer.headers["WWW-Authenticate"] = "Bearer"
            await answer(scope, receive, send)
            return
        await self._app({**scope, "caller": caller}, receive, send)

    async def _caller(self, headers: Headers) -> str | None:
        said = headers.get("authorization", "")
        if said[: len(_SCHEME)].lower() == _SCHEME:
            token = said[len(_SCHEME) :].strip()
            return ADMIN if self._login.is_own(token) else await run_in_threadpool(self._login.others, token)
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        return ADMIN if self._login.is_session(cookie) else None


def _is_closed(path: str) -> bool:
    return path == "/openapi.json" or (path.startswith("/apis") and path not in _OPEN and not path.startswith(_ATTEMPTS))
