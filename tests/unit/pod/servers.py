"""A server that answers as a test wants, request by request."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bakehouse.pod import protocol

#: Status, body, further headers; `None`: the connection is closed without a word.
Answer = tuple[int, bytes, dict[str, str]] | None


class Scripted:
    """Answers each request by the next answer; what was asked is in `asked`."""

    def __init__(self, *answers: Answer, always: Callable[[str, bytes], Answer] | None = None) -> None:
        self.answers, self.always = list(answers), always
        self.asked: list[tuple[str, str, bytes]] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/apis/attempt"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """No more answers."""
        self._http.shutdown()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:
                    self.close_connection = True

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.asked.append((self.command, self.path, body))
                said = server.always(self.path, body) if server.always is not None else server.answers.pop(0)
                if said is None:
                    self.close_connection = True
                    return
                self.send_response(said[0])
                for name, value in {"Content-Length": str(len(said[1])), **said[2]}.items():
                    if value:
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(said[1])

            do_GET = do_PUT = do_POST = _answer  # noqa: N815  # as http.server asks for them

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        return Handler


def ok(body: bytes = b"{}", **headers: str) -> Answer:
    """A success."""
    return 200, body, headers


def with_digest(body: bytes) -> Answer:
    """A success with the digest of its body."""
    return 200, body, {protocol.DIGEST: protocol.digest(body)}


def error(status: int, code: str, **headers: str) -> Answer:
    """An error of ours."""
    return status, f'{{"code": "{code}", "message": "why"}}'.encode(), {name.replace("_", "-"): value for name, value in headers.items()}
