"""Fetching from a URL: which addresses are public, and when it is over."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bakehouse.actions import fetching
from bakehouse.actions.errors import BadUrl, NotFetched

HOST = "127.0.0.1"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104  # not listened at
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::10.0.0.1",
        "fe80::1%eth0",
        "fec0::1",
        "fd00::1",
        "ff0e::1",
        "2001:db8::1",
        "2001:0:808:808::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::8.8.8.8",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2002:e000:1::1",
    ],
)
def test_an_address_that_only_some_can_reach_is_not_public(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is an IPv6 address that leads to such a one."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(family, socket.SOCK_STREAM, 6, "", (address, 443))])
    with pytest.raises(BadUrl, match="not a public one"):
        fetching.fetch("https://pipelines.example.org/a.yaml")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"])
def test_an_address_that_everybody_can_reach_is_public(address: str) -> None:
    """Whatever it is wrapped in."""
    assert fetching._is_public(address)


class Clock:
    """Says what time it is, later each time it is asked."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        """The time."""
        self.now += self.step
        return self.now


@contextmanager
def answering(*answers: bytes) -> Iterator[str]:
    """A server that answers one connection after the other, and then says no more; its address."""
    over = threading.Event()
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            for answer in answers:
                if not _asked(listener, over):
                    return
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(answer.replace(b"PORT", str(port).encode()))
                    if answer is answers[-1]:
                        over.wait(30)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://{HOST}:{port}/pipeline.yaml"
        over.set()
        thread.join()


def _asked(listener: socket.socket, over: threading.Event) -> bool:
    """Waits until somebody asks, or nobody will any more."""
    while not over.is_set():
        if select.select([listener], [], [], 0.02)[0]:
            return True
    return False


def test_all_of_a_fetch_has_one_deadline() -> None:
    """A server that has sent the beginning may send the rest too late."""
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nx") as url, pytest.raises(NotFetched, match="longer than 60 s"):
        fetching.fetch(url, (HOST,), Clock(13.0))


def test_redirects_have_no_deadline_of_their_own() -> None:
    """What one of them took, the next one lacks."""
    elsewhere = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:PORT/b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    last = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    with answering(elsewhere, last) as url:
        assert fetching.fetch(url, (HOST,), Clock(1.0)) == (b"ok", "b")
    with answering(elsewhere, elsewhere, last) as url, pytest.raises(NotFetched, match="longer than 60 s"):
        fetching.fetch(url, (HOST,), Clock(9.0))
