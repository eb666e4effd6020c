"""What a step writes while it runs, sent as it grows, and once more to another server."""

from __future__ import annotations

import os
import stat

from .errors import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .speaking import Server

_PIECE = 1 << 20
_OF_THE_REST = 1 << 16
_TOO_MUCH = 413


class Growing:
    """A file in the shared folder that `main` appends to, and a rest that nobody wrote into it any more.

    `sent` counts the bytes that the server has. A link, or what is no file, has none.
    """

    def __init__(self, server: Server, folder: int, name: str) -> None:
        self._server, self._folder, self._name = server, folder, name
        self._file, self._is_file = -1, False
        self._full = False
        self._end, self._rest = -1, b""
        self.sent = 0

    def pump(self) -> None:
        """Send what is new, until there is no more. Raises `Refused`, `Fault`."""
        while not self._full and (data := self._next()):
            self._send(data)

    def end(self, rest: bytes) -> None:
        """The file is as long as it will be, and `rest` follows it."""
        self._end, self._rest = self.size(), rest

    def again(self) -> None:
        """Another server has nothing of it yet, and may take what the one before did not."""
        self.sent, self._full = 0, False

    def size(self) -> int:
        """How long the file is, in bytes."""
        return os.fstat(self._file).st_size if self.is_there() and self._is_file else 0

    def _next(self) -> bytes:
        """What follows that which was sent; no bytes where there is no more."""
        if 0 <= self._end <= self.sent:
            at = self.sent - self._end
            return self._rest[at : at + _OF_THE_REST]
        if not (self.is_there() and self._is_file):
            return b""
        return os.pread(self._file, _PIECE if self._end < 0 else min(_PIECE, self._end - self.sent), self.sent)

    def _send(self, data: bytes) -> None:
        try:
            answer = self._server.ask("POST", f"{self._name}?offset={self.sent}", data)
        except Refused as error:
            if error.status != _TOO_MUCH:
                raise
            self._full = True  # the runner keeps to its limit; somebody else writes there
            return
        self.sent = int(answer.headers["upload-offset"]) if answer.status != 200 else self.sent + len(data)  # noqa: PLR2004  # taken

    def is_there(self) -> bool:
        """Whether the file is there, and one that may be read."""
        if self._file < 0:
            try:
                self._file = os.open(self._name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self._folder)
            except OSError:
                return False
            self._is_file = stat.S_ISREG(os.fstat(self._file).st_mode)
        return True
