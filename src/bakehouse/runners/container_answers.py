"""What a container engine answers: bytes that come as long as there are any, and trouble on the way told from a refusal."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import requests
import urllib3
from docker.errors import APIError, DockerException

from bakehouse.runners.endpoints import Endpoint
from bakehouse.runners.errors import EngineAway, EngineRefused

_MOST = 1 << 16  # bytes that are taken at once
_HEADER = 8  # bytes before each frame; the last four of them are its length


class Stream:
    """Bytes as they come; raises `EngineAway` where they break off. `close` may be called from another thread.

    `framed`: several outputs come as one, in frames (Docker Engine API, ContainerAttach): what they hold is given.
    """

    def __init__(self, answer: requests.Response, endpoint: Endpoint, *, framed: bool = False) -> None:
        self._answer, self._endpoint, self._framed = answer, endpoint, framed
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[bytes]:
        try:
            pieces = self._pieces()
            yield from unframed(pieces) if self._framed else pieces
        finally:
            self.release()

    def close(self) -> None:
        """Whoever reads it is at its end. May be called again, and when it is at its end already."""
        # The other side has closed it, or whoever reads it has let go of it: then there is nothing to be cut.
        with self._lock, suppress(OSError, RuntimeError, ValueError):
            self._answer.raw.shutdown()

    def release(self) -> None:
        """Let go of it, in the thread that reads it. Its connection is closed: each question has one of its own."""
        with self._lock:
            self._answer.close()

    def _pieces(self) -> Iterator[bytes]:
        while True:
            with answering(self._endpoint):
                piece: bytes = self._answer.raw.read1(_MOST)
            if not piece:
                return
            yield piece


def unframed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What the frames hold that these pieces are of, as far as it has come."""
    held, left = b"", 0  # what nobody has looked at yet, and how much of it belongs to a frame that has begun
    for piece in pieces:
        held, at, found = held + piece, 0, []
        while left or len(held) - at >= _HEADER:
            if not left:
                left = int.from_bytes(held[at + _HEADER // 2 : at + _HEADER], "big")
                at += _HEADER
            part = held[at : at + left]
            found.append(part)
            at, left = at + len(part), left - len(part)
            if at == len(held):
                break
        held = held[at:]
        if found:
            yield b"".join(found)


@contextmanager
def answering(endpoint: Endpoint) -> Iterator[None]:
    """Tells trouble on the way to the engine (`EngineAway`) from what the engine says (`EngineRefused`)."""
    try:
        yield
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        if isinstance(error, APIError):
            raise EngineRefused(what="do what it was asked", why=said(error)) from error
        raise EngineAway(endpoint=str(endpoint), why=reason(error)) from error
    except DockerException as error:  # the SDK itself will not
        raise EngineRefused(what="do what it was asked", why=str(error)) from error


def reason(error: BaseException) -> str:
    """What the system said of it, if it did: the SDK, and what it uses, wrap that many times."""
    words, found = str(error) or type(error).__name__, error
    while True:
        if isinstance(found, OSError) and found.strerror:
            words = found.strerror
        if (before := found.__cause__ or found.__context__) is None:
            return words
        found = before


def said(error: APIError) -> str:
    """The engine's own words."""
    return str(error.explanation or error).strip()
