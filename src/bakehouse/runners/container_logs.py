"""What a container prints, copied from its engine to the log of its attempt: while it runs, and once more, to the last byte, when it is over.

The file holds the beginning of it up to the limit, then, where it is longer, a line that says so and its end, as a supervisor writes it.
How far a copy has come is the size of the file: whoever goes on with it skips so many bytes.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from bakehouse.runners.container_answers import Stream
from bakehouse.runners.errors import EngineAway, EngineRefused

#: Bytes of the end that are kept where the log is longer than its limit.
TAIL = 64 << 10
_SOON = 0.3  # seconds: what ends sooner is read once, when it is over
_AGAIN = 0.5  # seconds before a stream that broke off is asked for again
_PATIENCE = 5.0  # seconds for a thread to end whose stream was closed


@dataclass(frozen=True)
class Written:
    """How many bytes a container printed, and how many of them are in the file."""

    bytes: int
    kept: int


class Following:
    """A thread that copies what a container prints while it runs, up to the limit.

    `ask`: asks the engine for it, from the beginning on, which may take until there is something. Raises `EngineAway`, `EngineRefused`.
    """

    def __init__(self, ask: Callable[[], Stream], path: Path, limit: int) -> None:
        self._ask, self._path, self._limit = ask, path, limit
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._stream: Stream | None = None
        self._thread = threading.Thread(target=self._follow, name="bakehouse-container-log", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it: nothing more is written to the file."""
        self._stop.set()
        with self._lock:
            stream = self._stream
        if stream is not None:
            stream.close()
            self._thread.join(_PATIENCE)
        # Else the engine has not answered yet. When it does, the thread sees that it is to stop, and nobody waits for that.

    def _follow(self) -> None:
        self._stop.wait(_SOON)
        try:
            while not self._stop.is_set() and self._copied():
                self._stop.wait(_AGAIN)
        except OSError:
            return  # a disk takes nothing more: what is missing is copied at the end, or said

    def _copied(self) -> bool:
        """Copy what comes until the stream ends; whether there may be more."""
        try:
            stream = self._ask()
        except EngineAway:
            return True
        except EngineRefused:
            return False
        with self._lock:
            self._stream = stream
        try:
            return not self._stop.is_set() and self._take(stream)
        except EngineAway:
            return True
        finally:
            with self._lock:
                self._stream = None
            stream.release()

    def _take(self, stream: Stream) -> bool:
        with self._path.open("ab", buffering=0) as file:
            known, at = file.tell(), 0
            for piece in stream:
                if self._stop.is_set():
                    return False
                write(file, piece[max(0, known - at) : self._limit - at])
                at += len(piece)
                if at >= self._limit:
                    return False
        return True


def finish(pieces: Iterable[bytes], path: Path, limit: int) -> Written:
    """Complete the file with all that a container printed. Doing it twice is doing it once. Raises `OSError`, `EngineAway`."""
    with path.open("a+b", buffering=0) as file:
        known = min(file.tell(), limit)
        file.truncate(known)  # behind it stands what an earlier call wrote of the end
        at, tail = 0, bytearray()
        for piece in pieces:
            write(file, piece[max(0, known - at) : max(0, limit - at)])
            tail += piece[max(0, limit - at) :]
            at += len(piece)
            if len(tail) > 2 * TAIL:  # moving the bytes down each time would cost more than they are worth
                del tail[:-TAIL]
        kept = min(at, limit)
        return Written(at, kept + _end(file, bytes(tail), at - kept))


def _end(file: FileIO, tail: bytes, beyond: int) -> int:
    """Write the end of what is longer than its limit; how many bytes of it."""
    if len(tail) > TAIL:
        tail = tail[-TAIL:]
    if len(tail) < beyond:
        tail = tail[tail.find(b"\n") + 1 :]  # a line cut in two is no help
        begin = b"" if os.pread(file.fileno(), 1, max(0, os.fstat(file.fileno()).st_size - 1)) == b"\n" else b"\n"
        write(file, b"%b[bakehouse: %d bytes left out here]\n" % (begin, beyond - len(tail)))
    write(file, tail)
    return len(tail)


def write(file: FileIO, data: bytes) -> None:
    """Write all of it: a disk that is almost full takes a part, and what came after that would stand in its place."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]
