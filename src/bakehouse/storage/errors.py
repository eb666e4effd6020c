"""What can go wrong with the bytes of artifacts.

NotLocal      the URI names a place that this release cannot reach
Unreadable    what lies there cannot be read: a permission, a failing disk
└── Special   it is neither a file nor a folder, but a device, a pipe or a socket
"""

from __future__ import annotations

from bakehouse.errors import Unavailable


class NotLocal(Unavailable):
    """The URI names a place that this release cannot reach."""

    code = "not_local"

    def __init__(self, *, uri: str) -> None:
        self.uri = uri
        super().__init__(
            f"{uri} is not a local folder: only local folders in this release",
            place=uri,
            remedy="Give an absolute path, or a file:// URI of this machine.",
        )


class Unreadable(Unavailable):
    """What lies there cannot be read. `errno` is the system's number for it, where the system refused."""

    code = "unreadable"

    def __init__(
        self,
        *,
        path: str,
        why: str,
        errno: int | None = None,
        remedy: str = "See that it can be read by the user who runs the engine, and that its disk answers.",
    ) -> None:
        self.path, self.why, self.errno = path, why, errno
        super().__init__(f"{path} cannot be read: {why}", place=path, remedy=remedy)


class Special(Unreadable):
    """What lies there is neither a file nor a folder."""

    code = "special"

    def __init__(self, *, path: str) -> None:
        super().__init__(
            path=path, why="it is neither a file nor a folder", remedy="Write a file or a folder there: a pipe or a device has no content to keep."
        )
