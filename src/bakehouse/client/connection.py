"""One question to a server and its answer, as JSON; what goes wrong with either becomes an error with a way out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from bakehouse.client import needed
from bakehouse.client.errors import NoPipelineServer, NoServer, NotOnServer, RefusedByServer, ServerConflict, ServerFailed, WrongArguments
from bakehouse.ir.values import JsonObject

API = "/apis/v2beta1"
DEFAULT_HOST = "http://127.0.0.1:8811"
#: Where the server is, if the program does not say it: the first that is set counts.
ENDPOINTS = ("BAKEHOUSE_ENDPOINT", "KF_PIPELINES_ENDPOINT")
_LOCAL = frozenset(("localhost", "127.0.0.1", "::1"))
_CONNECTING, _WAITING = 10.0, 120.0  # seconds
_LONGEST = 500  # characters of an answer that is no JSON
_UNAUTHORIZED = (401, 403)
_ERRORS: Mapping[int, type[NotOnServer | ServerConflict]] = {404: NotOnServer, 409: ServerConflict}


def host_of(given: str | None) -> str:
    """The address of the server: what is given, else what the environment says, else the usual one. Raises `WrongArguments`."""
    wanted = given or next((os.environ[name] for name in ENDPOINTS if os.environ.get(name)), DEFAULT_HOST)
    whole = wanted if "://" in wanted else f"//{wanted}"
    try:
        parts = urlsplit(whole)
        is_address = parts.scheme in {"", "http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an address, or a port that there cannot be
        is_address = False
    if not is_address:
        raise WrongArguments(f"{wanted!r} is no address of a server", place="host", remedy=f"Write one such as {DEFAULT_HOST}.")
    if parts.username or parts.password:
        remedy = "Leave them out of it, where logs and messages show them: Client(existing_token=…), or cookies=…"
        raise WrongArguments("the address of the server holds a user name or password", place="host", remedy=remedy)
    scheme = "" if parts.scheme else "http:" if parts.hostname in _LOCAL else "https:"
    return f"{scheme}{whole}".rstrip("/")


def part(given: str, what: str) -> str:
    """An id as a part of a path. Raises `WrongArguments` for one that is empty: the path would lead to the list of all."""
    if not given:
        raise WrongArguments(f"the id of {what} is empty", place=what, remedy="Give the id that the server has given it.")
    return quote(given, safe="")


@dataclass(frozen=True)
class Connection:
    """`host` is the address before `/apis`. `verify`: whether the certificate of an https server is checked, or the file of its authority."""

    host: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: str | None = None
    verify: bool | str = True

    def get(self, path: str, **query: str | None) -> JsonObject:
        """Ask for something; `path` follows `/apis/v2beta1`, empty parts of the query are left out. Raises what `client.errors` lists."""
        return self._asked("GET", path, query, {})

    def post(self, path: str, body: JsonObject) -> JsonObject:
        """Have something made. Raises what `client.errors` lists."""
        return self._asked("POST", path, {}, {"json": body})

    def upload(self, path: str, file: tuple[str, bytes], **query: str | None) -> JsonObject:
        """Send a file: its name, and what is in it. Raises what `client.errors` lists."""
        return self._asked("POST", path, query, {"files": {"uploadfile": file}})

    @property
    def _is_elsewhere(self) -> bool:
        """Whether the proxies of the environment count: they would look for a server of this machine on their own."""
        return urlsplit(self.host).hostname not in _LOCAL

    def _asked(self, method: str, path: str, query: Mapping[str, str | None], more: Mapping[str, Any]) -> JsonObject:
        httpx = needed.httpx()
        params = {name: value for name, value in query.items() if value}
        timeout = httpx.Timeout(_WAITING, connect=_CONNECTING)
        verify = self.verify if self.host.startswith("https:") else False
        try:
            with httpx.Client(headers=self.headers, proxy=self.proxy, verify=verify, timeout=timeout, trust_env=self._is_elsewhere) as client:
                answer = client.request(method, f"{self.host}{API}{path}", params=params, **more)
        except httpx.HTTPError as error:
            # Its words are all there is to know: the chain behind it is eighty lines of libraries above the one that helps.
            raise NoServer(host=self.host, why=str(error) or type(error).__name__) from None
        if not answer.is_success:
            raise _error(answer, f"{method} {API}{path}")
        return _object(answer, f"{method} {API}{path}")


def _object(answer: Any, place: str) -> JsonObject:
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise NoPipelineServer(
            "what answers there is no server of pipelines",
            status=answer.status_code,
            place=f"{place} at {answer.url.host}",
            remedy=f"Look at the address: the API lies at HOST{API}, and HOST is what Client(host=…) takes.",
        )
    return said


def _error(answer: Any, place: str) -> RefusedByServer | NotOnServer | ServerConflict | ServerFailed:
    status = int(answer.status_code)
    message = _message(answer)
    if status in _UNAUTHORIZED:
        remedy = "Say who you are: Client(existing_token=…), or cookies=…"
        return RefusedByServer(message or "the server wants to know who asks", status=status, place=place, remedy=remedy)
    if status in _ERRORS:
        return _ERRORS[status](message, status=status, place=place)
    if status >= 500:  # noqa: PLR2004  # the server's own fault
        return ServerFailed(message, status=status, place=place, remedy="See what the server says about it, and try again.")
    return RefusedByServer(message, status=status, place=place)


def _message(answer: Any) -> str:
    """What the server says went wrong: `message` of the API's errors, `error_details` of uploads, else the text."""
    try:
        said = answer.json()
    except ValueError:
        said = None
    if isinstance(said, dict):
        for name in ("message", "error_details", "error_message"):
            if isinstance(said.get(name), str) and said[name]:
                return str(said[name])
    return f"the server answers {answer.status_code}: {answer.text[:_LONGEST]}".rstrip(": ")
