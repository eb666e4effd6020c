"""A pipeline file fetched from a URL on behalf of a user, who must not reach through us what only we can reach.

Only https on its own port, to a host whose every address is public. The connection goes to an address that was checked, so a name
that answers differently the second time gains nothing; each redirect is checked like the first URL. Hosts that the setting
`BAKEHOUSE_FETCH_ALLOW` names are exempt, http and private addresses included. All of it has one deadline: a server that answers
a byte at a time keeps nobody waiting.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore

from bakehouse.actions import access, packages
from bakehouse.actions.context import Context
from bakehouse.actions.errors import BadUrl, NotFetched
from bakehouse.ir.nodes import LARGEST_TEXT
from bakehouse.ir.spec import PipelineFile

_SECONDS = 20.0  # for each wait
_MOST_SECONDS = 60.0  # for all of it, redirects included
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = 200


def pipeline(context: Context, url: str) -> PipelineFile:
    """The pipeline at a URL. Raises `BadUrl`, `NotFetched`, and what `packages.package` raises."""
    access.own(context)
    return packages.package(*fetch(url, context.fetch_allow))


def fetch(url: str, allowed: Collection[str] = (), clock: Callable[[], float] = time.monotonic) -> tuple[bytes, str]:
    """The content at a URL, at most 32 MiB, and the name of its file. Raises `BadUrl`, `NotFetched`."""
    with httpcore.ConnectionPool(network_backend=_Guarded(url, allowed, _Deadline(clock() + _MOST_SECONDS, clock))) as pool:
        for _ in range(_MOST_REDIRECTS + 1):
            _check(url, allowed)
            where, content = _get(pool, url)
            if not where:
                return content, urlsplit(url).path.rsplit("/", 1)[-1]
            url = urljoin(url, where)
    raise NotFetched(url=url, why=f"it was redirected more than {_MOST_REDIRECTS} times")


def _get(pool: httpcore.ConnectionPool, url: str) -> tuple[str, bytes]:
    """Where the URL redirects to, or what lies there."""
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), _SECONDS)
    try:
        with pool.stream("GET", url, headers={"Accept": "*/*"}, extensions={"timeout": timeouts}) as answer:
            if answer.status in _REDIRECTS:
                where = dict(answer.headers).get(b"location") or dict(answer.headers).get(b"Location") or b""
                return where.decode("latin-1"), b""
            if answer.status != _OK:
                raise NotFetched(url=url, why=f"the server answered with status {answer.status}")
            return "", _content(url, answer.iter_stream())
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise NotFetched(url=url, why=str(error) or type(error).__name__) from error


def _content(url: str, chunks: Iterable[bytes]) -> bytes:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > LARGEST_TEXT:
            most = f"{LARGEST_TEXT >> 20} MiB"
            raise NotFetched(url=url, why=f"it is larger than {most}", remedy=f"Name a pipeline file of at most {most}.")
    return bytes(content)


def _check(url: str, allowed: Collection[str]) -> None:
    """Refuse what is no plain https URL, unless its host is allowed."""
    if not url.isascii():
        raise BadUrl(url=url, why="it holds characters that stand percent-encoded in a URL")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadUrl(url=url, why=str(error)) from error
    if not host or parts.scheme not in {"http", "https"}:
        raise BadUrl(url=url, why="it does not begin with https:// and a host")
    if host in allowed:
        return
    if parts.scheme != "https" or port not in {None, 443}:
        raise BadUrl(url=url, why="only https on its own port is fetched")
    if parts.username or parts.password:
        raise BadUrl(url=url, why="it holds a user name or password, which would be recorded")


@dataclass(frozen=True)
class _Deadline:
    """When all must be over."""

    at: float
    clock: Callable[[], float]

    def left(self, timeout: float | None) -> float:
        """How long may be waited now. Raises `httpcore.ReadTimeout` if it is over."""
        left = self.at - self.clock()
        if left <= 0:
            raise httpcore.ReadTimeout(f"it took longer than {_MOST_SECONDS:.0f} s")
        return left if timeout is None else min(timeout, left)


class _Timed(httpcore.NetworkStream):
    """A connection on which no wait goes beyond the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come."""
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send."""
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        """End it."""
        self._stream.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None) -> httpcore.NetworkStream:
        """The same, encrypted."""
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout)), self._deadline)

    def get_extra_info(self, info: str) -> Any:  # httpcore's own signature
        """What the connection knows of itself."""
        return self._stream.get_extra_info(info)


class _Guarded(httpcore.NetworkBackend):
    """Connects to public addresses only; a host's name is resolved here, once."""

    def __init__(self, url: str, allowed: Collection[str], deadline: _Deadline) -> None:
        self._url, self._allowed, self._deadline = url, allowed, deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,  # httpcore's own signature
    ) -> httpcore.NetworkStream:
        """A connection to an address of the host that may be reached. Raises `BadUrl`, `NotFetched`."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NotFetched(url=self._url, why=f"the host {host} cannot be found: {error}") from error
        addresses = [str(one[4][0]) for one in found]
        if host not in self._allowed:
            for address in addresses:
                if not _is_public(address):
                    raise BadUrl(url=self._url, why=f"the host {host} has the address {address}, which is not a public one")
        return _Timed(self._plain.connect_tcp(addresses[0], port, self._deadline.left(timeout), local_address, socket_options), self._deadline)


# ---------------------------------------------------------------- which addresses everybody can reach

#: What the internet uses of IPv6.
_IN_USE = ipaddress.IPv6Network("2000::/3")
#: Gateways send what goes there on to the IPv4 address in the last 32 bits (RFC 6052).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _is_public(address: str) -> bool:
    """Whether an address is a public one. An IPv6 address with an IPv4 address in it leads to that one, which is what counts."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv4Address):
        return parsed.is_global and not parsed.is_multicast
    inside = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF) if parsed in _NAT64 else parsed.ipv4_mapped or parsed.sixtofour
    return _is_public(str(inside)) if inside is not None else parsed in _IN_USE and parsed.is_global
