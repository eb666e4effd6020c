"""What can go wrong with the bytes of artifacts.

NotLocal      the URI names a place that this release cannot reach
Unreadable    what lies there cannot be read: a permission, a failing disk
└── Special   it is neither a file nor a folder, but a device, a pipe or a socket
NotInstalled  the URI names an object, and what speaks to object stores is not installed
Away          an object store cannot be reached now: it is waited for
Refused       an object store answers, and does not want to: a wrong key, no such bucket
Missing       no such object
Altered       objects were changed while they were read
Abandoned     a transfer that nobody wants any more
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


class OwnRecord(Special):
    """What lies there are records of Bakehouse's own, and no artifact."""

    code = "own_record"

    def __init__(self, *, path: str) -> None:
        super(Special, self).__init__(path=path, why="Bakehouse keeps its own records there", remedy="Keep artifacts out of the files of the home.")


class NotInstalled(Unavailable):
    """The URI names an object, and what speaks to object stores is not installed."""

    code = "not_installed"

    def __init__(self, *, uri: str) -> None:
        self.uri = uri
        super().__init__(
            f"{uri} lies in an object store, and what speaks to those is not installed", place=uri, remedy="Run `pip install 'bakehouse[stores]'`."
        )


class Away(Unavailable):
    """An object store cannot be reached now."""

    code = "store_away"

    def __init__(self, *, bucket: str, operation: str, why: str) -> None:
        self.bucket, self.operation, self.why = bucket, operation, why
        super().__init__(
            f"the store of {bucket} cannot be reached ({operation}): {why}",
            place=bucket,
            remedy="See that it runs and that its endpoint is right: it is tried again until it answers.",
        )


class Refused(Unavailable):
    """An object store answers, and does not want to. `reason` is the store's own code for it, such as `AccessDenied`."""

    code = "store_refused"

    def __init__(self, *, bucket: str, operation: str, reason: str, why: str, remedy: str) -> None:
        self.bucket, self.operation, self.reason, self.why = bucket, operation, reason, why
        super().__init__(f"{bucket} refuses to {operation}: {reason}{f' ({why})' if why else ''}", place=bucket, remedy=remedy)


class Missing(Unavailable):
    """No such object."""

    code = "no_such_object"

    def __init__(self, *, uri: str) -> None:
        self.uri = uri
        super().__init__(f"there is no object {uri}", place=uri, remedy="It was deleted, or never written: run the pipeline again.")


class Altered(Unavailable):
    """Objects were changed while they were read."""

    code = "altered"

    def __init__(self, *, uri: str) -> None:
        self.uri = uri
        super().__init__(
            f"{uri} is not what was written there", place=uri, remedy="Something else writes to that place: let it write elsewhere, and run again."
        )


class Abandoned(Unavailable):
    """A transfer that nobody wants any more."""

    code = "abandoned"

    def __init__(self, *, uri: str) -> None:
        self.uri = uri
        super().__init__(f"the transfer of {uri} was abandoned", place=uri, remedy="Whoever stopped the step wanted that.")
