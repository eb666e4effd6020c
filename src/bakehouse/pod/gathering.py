"""What a step left, taken to the server when `main` is dead.

`main` may have put anything there: no link is followed, or the keeper's own secrets would be taken for outputs of the step.
"""

from __future__ import annotations

import json
import os
import stat

from . import protocol
from .errors import Fault, Refused
from .speaking import LONG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .speaking import Server

    #: At most so many bytes from an offset on.
    Read = Callable[[int, int], bytes]

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC
_UNRESERVED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")
_LARGEST_WORD = 1 << 16
#: The cause of a fault in what the step left.
BAD_OUTPUT = "bad output"
_REMEDY = "let the step write plain files and folders to the paths that it is given"


def word(folder: int, name: str) -> Any:
    """The JSON value of a small file in the shared folder; `None` where there is none, or it is no such file."""
    try:
        file = os.open(name, _FILE, dir_fd=folder)
    except OSError:
        return None
    try:
        return json.loads(os.read(file, _LARGEST_WORD)) if stat.S_ISREG(os.fstat(file).st_mode) else None
    except (ValueError, RecursionError, OSError):
        return None
    finally:
        os.close(file)


def texts(server: Server, folder: int, outputs: Sequence[str]) -> None:
    """Bring the texts of output parameters. Raises `Fault`, `Refused`."""
    try:
        place = os.open("outputs", _FOLDER, dir_fd=folder)
    except OSError as error:
        raise Fault(BAD_OUTPUT, f"the outputs of the step cannot be read: {error}") from error
    try:
        for name in outputs:
            file(server, place, name, f"outputs/{_quoted(name)}")
    finally:
        os.close(place)


def file(server: Server, folder: int, name: str, route: str) -> None:
    """Bring a file of this folder, if it is there. Raises `Fault`, `Refused`."""
    try:
        descriptor = os.open(name, _FILE, dir_fd=folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise Fault(BAD_OUTPUT, f"{name} cannot be read: {error.strerror}; {_REMEDY}") from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise Fault(BAD_OUTPUT, f"{name} is no file; {_REMEDY}")
        _bring(server, route, found.st_size, lambda offset, count: os.pread(descriptor, count, offset))
    finally:
        os.close(descriptor)


def artifacts(server: Server, folder: int) -> None:
    """Bring all artifacts: whatever lies in their folder. Raises `Fault`, `Refused`."""
    try:
        place = os.open("artifacts", _FOLDER, dir_fd=folder)
    except OSError as error:
        raise Fault(BAD_OUTPUT, f"the artifacts of the step cannot be read: {error}") from error
    try:
        for name in sorted(os.listdir(place)):
            _artifact(server, place, name)
    finally:
        os.close(place)


def _artifact(server: Server, place: int, name: str) -> None:
    kind = os.lstat(name, dir_fd=place).st_mode
    if stat.S_ISDIR(kind):
        tree(server, place, name, f"artifacts/{_quoted(name)}?kind={protocol.FOLDER}")
    elif stat.S_ISREG(kind):
        file(server, place, name, f"artifacts/{_quoted(name)}?kind={protocol.FILE}")
    else:
        raise Fault(BAD_OUTPUT, f"the artifact {name} is neither a file nor a folder; {_REMEDY}")


def tree(server: Server, folder: int, name: str, route: str) -> None:
    """Bring a folder of this folder as a tar. Raises `Fault`, `Refused`."""
    from . import archives

    try:
        descriptor = os.open(name, _FOLDER, dir_fd=folder)
    except OSError as error:
        raise Fault(BAD_OUTPUT, f"the folder {name} cannot be read: {error}; {_REMEDY}") from error
    try:
        # By its descriptor: its path may be another folder's by now.
        archive = archives.Archive(f"/proc/self/fd/{descriptor}")
        _bring(server, route, archive.size, archive.read)
    except (OSError, archives.Special) as error:
        raise Fault(BAD_OUTPUT, f"the folder {name} cannot be read: {error}; {_REMEDY}") from error
    finally:
        os.close(descriptor)


def holds_something(folder: int, name: str) -> bool:
    """Whether there is anything in a folder of this folder."""
    try:
        descriptor = os.open(name, _FOLDER, dir_fd=folder)
    except OSError:
        return False
    try:
        return bool(os.listdir(descriptor))
    finally:
        os.close(descriptor)


def _bring(server: Server, route: str, size: int, read: Read) -> None:
    """Send all bytes, a piece at a time, going on where the server says."""
    offset, before = 0, "&" if "?" in route else "?"
    while True:
        data = read(offset, min(protocol.PIECE, size - offset))
        last = offset + len(data) >= size
        if not data and not last:
            raise OSError("it was cut short while it was read")
        try:
            answer = server.ask("PUT", f"{route}{before}offset={offset}&last={str(last).lower()}", data, timeout=LONG)
        except Refused as error:
            if error.status in {400, 413}:
                raise Fault(BAD_OUTPUT, error.message) from error
            raise
        if answer.status != 200:  # noqa: PLR2004  # taken
            offset = int(answer.headers["upload-offset"])
        elif last:
            server.taken.add(route)
            return
        else:
            offset += len(data)


def _quoted(name: str) -> str:
    """A name as a part of a path in a URL."""
    return "".join(chr(byte) if chr(byte) in _UNRESERVED else f"%{byte:02X}" for byte in os.fsencode(name))
