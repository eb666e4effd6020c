"""What a step writes while it runs, sent as it grows."""

from __future__ import annotations

import os
import stat

from .errors import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .speaking import Server

_PIECE = 1 << 20
_TOO_MUCH = 413


class Growing:
    """A file in the shared folder that `main` appends to; `sent` counts its bytes that the server has. A link, or what is no file, has none."""

    def __init__(self, server: Server, folder: int, name: str) -> None:
        self._server, self._folder, self._name = server, folder, name
        self._file = -1
        self._full = False
        self.sent = 0

    def pump(self) -> None:
        """Send what is new, until there is no more. Raises `Refused`, `Fault`."""
        while self.is_there() and not self._full:
            data = os.pread(self._file, _PIECE, self.sent)
            if not data:
                return
            self.send(data)

    def send(self, data: bytes) -> None:
        """Send bytes that follow those that were sent. Raises `Refused`, `Fault`."""
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
            self._full = not stat.S_ISREG(os.fstat(self._file).st_mode)
        return True
