"""The way to a container engine by a socket of this machine, for the Docker SDK. Its own leaves a socket open where nobody listens."""

from __future__ import annotations

import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection

_MOST = 256  # connections at once; a pool complains of each one more


class _Connection(HTTPConnection):
    """HTTP over a socket."""

    def __init__(self, host: str, *, path: str, **named: Any) -> None:  # as urllib3 makes connections
        super().__init__(host, **named)
        self._path = path

    def connect(self) -> None:
        """Raises `OSError` where nobody listens."""
        found = socket.socket(socket.AF_UNIX)
        try:
            found.settimeout(self.timeout)
            found.connect(self._path)
        except OSError:
            found.close()
            raise
        self.sock = found


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class SocketAdapter(HTTPAdapter):
    """Sends what a session asks to the socket at `path`, whatever host it names."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._pool = _Pool("localhost", maxsize=_MOST, path=path)

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> HTTPConnectionPool:  # as requests calls it
        """The same for all."""
        return self._pool

    def request_url(self, request: Any, _proxies: Any) -> str:  # as requests calls it
        """The path alone: there are no proxies on the way."""
        url: str = request.path_url
        return url

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()
