"""The step's output as it is kept: its beginning as a file that grows, and the end of it where it is longer than allowed."""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

#: Bytes of the end that are kept when the output is longer than its limit.
TAIL = 64 << 10
_LAST_WORDS = 1000  # characters


class Log:
    """Takes bytes in order. Never raises: a step is not to fail because its output cannot be kept; the log says so instead.

    `written` counts the bytes that the step wrote, `kept` those of them that are in the file. `last_words`: once closed, the end
    of an output that a full disk did not take.
    """

    def __init__(self, path: str, limit: int) -> None:
        self.written = 0
        self.kept = 0
        self.last_words = ""
        self._room = max(0, limit)
        self._tail = bytearray()
        self._dropped = 0
        self._last = b"\n"
        self._trouble: Optional[str] = None
        self._full = False
        self._descriptor = -1
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            self._stop(error)

    def add(self, data: bytes) -> None:
        """Take more of the output."""
        self.written += len(data)
        if self._room:
            head = data[: self._room]
            done = self._put(head)
            self.kept += done
            self._room = max(0, self._room - done)  # nothing, if it could not be written
            data = data[done:]
        if data:
            self._tail += data
            excess = len(self._tail) - TAIL
            # Moving the bytes down each time would cost more than they are worth.
            if excess > TAIL:
                self._drop(excess)

    def close(self) -> None:
        """Append the end that was held back, after a line that says how much is missing."""
        self._drop(len(self._tail) - TAIL)
        if self._dropped:
            # A line cut in two is no help: the end begins with a whole one, if it has any.
            self._drop(self._tail.find(b"\n") + 1)
        if self._dropped or self._trouble:
            reason = f": {self._trouble}" if self._trouble else ""
            begin = "" if self._last == b"\n" else "\n"
            self._put(f"{begin}[bakehouse: {self._dropped} bytes left out here{reason}]\n".encode())
        kept = self._put(bytes(self._tail))
        self.kept += kept
        if self._full:
            self.last_words = self._tail[kept:].decode("utf-8", "replace")[-_LAST_WORDS:]
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _drop(self, count: int) -> None:
        if count > 0:
            del self._tail[:count]
            self._dropped += count

    def _put(self, data: bytes) -> int:
        """How many of these bytes are in the file now."""
        done = 0
        while done < len(data) and self._descriptor >= 0:
            try:
                count = os.write(self._descriptor, data[done:] if done else data)
            except OSError as error:
                self._stop(error)
                break
            done += count
        if done:
            self._last = data[done - 1 : done]
        return done

    def _stop(self, error: OSError) -> None:
        self._trouble = error.strerror or str(error)
        self._full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        self._room = 0
