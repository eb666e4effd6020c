"""Bytes that an engine sends as they come, over a real socket: to their end, broken off, and let go of half way."""

from __future__ import annotations

import gc
import queue
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bakehouse.runners import container_engine
from bakehouse.runners.container_answers import unframed
from bakehouse.runners.container_engine import ContainerEngine
from bakehouse.runners.endpoints import Endpoint
from bakehouse.runners.errors import EngineAway, EngineRefused

_BEGIN = b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
_READY = b"HTTP/1.1 200 OK\r\nConnection: close\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\nOK"
_WORDS = b'{"message": "no such container"}'
_REFUSED = b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(_WORDS), _WORDS)


def frame(text: bytes, output: int = 1) -> bytes:
    """What one write of a container becomes."""
    return bytes([output, 0, 0, 0]) + len(text).to_bytes(4, "big") + text


def chunk(data: bytes = b"") -> bytes:
    """A piece of an answer whose length nobody knows before; an empty one ends it."""
    return b"%x\r\n%b\r\n" % (len(data), data)


class Peer:
    """Speaks for an engine: each question is answered with the next of `answers`; `None` in it closes the connection.

    `asked` is the last question. `left` says of each other connection, when whoever asked lets go of it, that nothing more was asked.
    """

    def __init__(self, path: Path) -> None:
        self.answers: queue.SimpleQueue[Iterable[bytes | None]] = queue.SimpleQueue()
        self.asked = ""
        self.left: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Take no more connections. May be called again."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        try:
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._speak, args=(connection,), daemon=True).start()
        except OSError:
            return  # it is closed

    def _speak(self, connection: socket.socket) -> None:
        with connection:
            self.asked = connection.recv(1 << 16).decode()
            for piece in self.answers.get():
                if piece is None:
                    return
                connection.sendall(piece)
            self.left.put(connection.recv(1) == b"")


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    peer = Peer(tmp_path / "socket")
    yield peer
    peer.close()


@pytest.fixture
def engine(peer: Peer, tmp_path: Path) -> Iterator[ContainerEngine]:
    peer.answers.put([_READY])
    engine = container_engine.connected(Endpoint(f"unix://{tmp_path}/socket"))
    yield engine
    engine.close()


@pytest.mark.parametrize("size", [1, 3, 8, 9, 1000])
def test_frames_are_taken_off_wherever_they_are_cut(size: int) -> None:
    """Of both outputs, empty ones too; what has come of one is given before the rest comes."""
    whole = frame(b"one\n") + frame(b"") + frame(b"two\n", 2) + frame(b"x" * 300) + frame(b"three")[:-2]
    assert b"".join(unframed(whole[at : at + size] for at in range(0, len(whole), size))) == b"one\ntwo\n" + b"x" * 300 + b"thr"


def test_a_log_is_read_to_its_end(engine: ContainerEngine, peer: Peer) -> None:
    """Of a container with a terminal as it comes, of any other out of its frames; whoever closes it late does no harm."""
    for terminal, sent in ((False, frame(b"a") + frame(b"b", 2)), (True, b"ab")):
        peer.answers.put([_BEGIN, chunk(sent), chunk()])
        stream = engine.log("c", follow=True, terminal=terminal)
        assert b"".join(stream) == b"ab"
        stream.close()


def test_a_log_that_breaks_off_is_not_taken_for_whole(engine: ContainerEngine, peer: Peer) -> None:
    """What came is there, that it is not all is said, and no socket is left open."""
    peer.answers.put([_BEGIN, chunk(frame(b"one")), None])
    stream = engine.log("c", follow=True, terminal=False)
    pieces = iter(stream)
    assert next(pieces) == b"one"
    with pytest.raises(EngineAway, match="does not answer"):
        next(pieces)
    stream.close()
    peer.answers.put([_BEGIN, chunk(frame(b"all")), chunk()])
    assert list(engine.log("c", follow=False, terminal=False)) == [b"all"]


def test_a_reader_that_waits_is_at_its_end_when_another_closes(engine: ContainerEngine, peer: Peer) -> None:
    """However long the container would have been silent; its connection is closed."""
    peer.answers.put([_BEGIN, chunk(frame(b"one"))])
    stream = engine.log("c", follow=True, terminal=False)
    pieces = iter(stream)
    assert next(pieces) == b"one"
    closing = threading.Thread(target=stream.close)
    closing.start()
    with pytest.raises(EngineAway):
        next(pieces)
    closing.join()
    assert peer.left.get(timeout=10)


def test_what_is_let_go_of_half_way_is_closed(engine: ContainerEngine, peer: Peer) -> None:
    """No answer that was not wanted is left on a connection for the next question."""
    peer.answers.put([_BEGIN, chunk(b"half"), chunk(b"rest")])
    stream = engine.archive("c", "/srv")
    assert stream is not None
    assert next(iter(stream)) == b"half"
    assert "Accept-Encoding: identity" in peer.asked.splitlines()
    stream.release()
    assert peer.left.get(timeout=10)


def test_an_engine_that_has_no_log_says_why(engine: ContainerEngine, peer: Peer) -> None:
    """In its own words; a file that is not there is nothing."""
    peer.answers.put([_REFUSED])
    with pytest.raises(EngineRefused, match="could not give the log of the container: no such container"):
        engine.log("c", follow=False, terminal=False)
    peer.answers.put([_REFUSED])
    assert engine.archive("c", "/srv") is None


def test_an_engine_that_is_gone_is_away(engine: ContainerEngine, peer: Peer) -> None:
    """And no socket is left open that leads nowhere."""
    peer.close()
    with pytest.raises(EngineAway, match="Connection refused"):
        engine.state("c")
    gc.collect()  # it would complain now
