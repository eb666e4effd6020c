"""HTTP as the keeper needs it: one request at a time on a connection that stays, asked again for as long as the server is away.

Not `http.client`: importing it takes longer than everything else a keeper does before its step starts.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time

from . import protocol
from .errors import Fault, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO, Any

_TIMEOUT = 5.0
#: Seconds that the server may take over the last part of something: it unpacks it then.
LONG = 60.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_LONGEST_LINE = 1 << 16
_MOST_HEADERS = 100
_PORTS = {"http": 80, "https": 443}
CONFLICT = 409
#: The status of what was refused before a word was said.
UNSPOKEN = 0
#: It answers, but not now.
_NOT_NOW = frozenset({408, 425, 429, 500, 502, 503, 504})


class Answer:
    """What the server said. The names of headers are in lower case."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body


class Server:
    """The routes of one attempt. Any thread may ask; each has a connection of its own."""

    def __init__(self, url: str, token: str, *, ca: str = "", patience: float = 300.0) -> None:
        scheme, _, rest = url.partition("://")
        place, _, path = rest.partition("/")
        if scheme not in _PORTS or not place:
            raise ValueError(f"{url!r} is no URL of a server")
        if not (url.isascii() and token.isascii()):
            raise ValueError("the URL of a server and the token of an attempt are ASCII")
        name, colon, port = place.rpartition(":")
        has_port = bool(colon) and port.isdigit()
        self._address = ((name if has_port else place).strip("[]"), int(port) if has_port else _PORTS[scheme])
        self._host, self._path, self._token, self._patience = place, "/" + path, token, patience
        # The token stands in the pod's manifest. This stands nowhere: once the server has heard it, the token is of no use to anybody else.
        self._word = os.urandom(16).hex()
        self._tls: Any = None
        self._distrust: tuple[type[OSError], ...] = ()
        if scheme == "https":
            self._tls, self._distrust = _tls(ca)
        self._own = threading.local()
        self.quiet = False
        #: The routes of what it has taken whole.
        self.taken: set[str] = set()

    def ask(self, method: str, route: str, body: bytes = b"", *, headers: Mapping[str, str] | None = None, timeout: float = _TIMEOUT) -> Answer:
        """The answer to one request: a success; or 409 to what was brought, which tells how to go on.

        A server that is away is asked until it is there. Raises `Refused` for what will not change, and for a certificate that was not trusted
        for longer than is waited for (`UNSPOKEN`); `Fault` for a server that could not do it for so long.
        """
        pause, give_up = _SHORTEST_PAUSE, 0.0
        while True:
            try:
                answer = self._once(method, route, body, headers or {}, timeout)
            except self._distrust as error:
                self._say(f"the server shows a certificate that is not trusted: {error}")
                give_up = give_up or time.monotonic() + self._patience
                if time.monotonic() > give_up:
                    raise Refused(UNSPOKEN, "untrusted", f"the server's certificate is not trusted: {error}") from error
            except (OSError, ValueError) as error:
                self._say(f"the server is away: {error}")
                give_up = 0.0
            else:
                if answer.status < 300 or (answer.status == CONFLICT and method != "GET"):  # noqa: PLR2004  # successes
                    self.quiet = False
                    return answer
                why = _words(answer)
                if answer.status not in _NOT_NOW and why[0] != protocol.DAMAGED:
                    raise Refused(answer.status, *why)
                self._say(f"{method} {route}: {answer.status} {why[1]}")
                give_up = give_up or time.monotonic() + self._patience
                if time.monotonic() > give_up:
                    raise Fault("store", why[1] or f"the server answers {answer.status}")
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _say(self, what: str) -> None:
        """Once for each time that something is wrong."""
        if not self.quiet:
            self.quiet = True
            sys.stderr.write(f"bakehouse: {what}\n")
            sys.stderr.flush()

    # ------------------------------------------------------------ one request

    def _once(self, method: str, route: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        """Raises `OSError` where there is no answer, `ValueError` for what is none.

        A connection that stood idle may have been closed: another one is tried then.
        """
        connection = getattr(self._own, "connection", None)
        if connection is not None:
            try:
                return self._said(connection, self._request(method, route, body, headers), timeout)
            except (OSError, ValueError):
                self.close()
        connection = socket.create_connection(self._address, timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_hostname=self._address[0])
        self._own.connection = connection
        try:
            return self._said(connection, self._request(method, route, body, headers), timeout)
        except (OSError, ValueError):
            self.close()
            raise

    def close(self) -> None:
        """Let go of this thread's connection."""
        connection = getattr(self._own, "connection", None)
        self._own.connection = None
        if connection is not None:
            connection.close()

    def _request(self, method: str, route: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        said = {"Host": self._host, "Authorization": f"Bearer {self._token}", protocol.KEEPER: self._word, **headers}
        if method != "GET":
            said.update({"Content-Length": str(len(body)), protocol.DIGEST: protocol.digest(body)})
        lines = [f"{method} {self._path}/{route} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), "", ""]
        return "\r\n".join(lines).encode("ascii") + body

    def _said(self, connection: socket.socket, request: bytes, timeout: float) -> Answer:
        connection.settimeout(timeout)
        connection.sendall(request)
        with connection.makefile("rb") as file:
            status, headers = _head(file)
            body = _body(file, headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        digest = headers.get(protocol.DIGEST.lower())
        if digest is not None and digest != protocol.digest(body):
            raise ValueError("an answer was damaged on its way")
        answer = Answer(status, headers, body)
        if status in _NOT_NOW and _words(answer)[0] == protocol.ELSEWHERE:  # as good as none: another connection may lead to the one that has it
            raise ConnectionRefusedError("another server has the attempt")
        return answer


def _head(file: IO[bytes]) -> tuple[int, dict[str, str]]:
    first = file.readline(_LONGEST_LINE)
    if not first:
        raise ConnectionResetError("the connection was closed")
    words = first.decode("latin-1").split(None, 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():  # noqa: PLR2004  # version and status
        raise ValueError("the answer is not HTTP")
    headers: dict[str, str] = {}
    for _ in range(_MOST_HEADERS):
        line = file.readline(_LONGEST_LINE).decode("latin-1")
        if line in {"\r\n", "\n", ""}:
            return int(words[1]), headers
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    raise ValueError("the answer has too many headers")


def _body(file: IO[bytes], headers: Mapping[str, str]) -> bytes:
    length = headers.get("content-length", "")
    if not length.isdigit():
        raise ValueError("the answer does not say how long it is")
    body = file.read(int(length))
    if len(body) != int(length):
        raise ConnectionResetError("the connection was closed within an answer")
    return body


def _words(answer: Answer) -> tuple[str, str]:
    """Code and message of an error of ours; of any other one, what it begins with."""
    try:
        said = json.loads(answer.body)
        return str(said["code"]), str(said["message"])
    except (ValueError, KeyError, TypeError):
        return "", answer.body[:200].decode("utf-8", "replace")


def _tls(ca: str) -> tuple[Any, tuple[type[OSError], ...]]:
    """What makes connections safe, and the errors of a server whose certificate is not trusted."""
    import ssl

    return ssl.create_default_context(cafile=ca or None), (ssl.SSLCertVerificationError,)
