"""What the server gives the keeper of an attempt: what is to run, and the bytes of its inputs, in pieces from any byte on."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from bakehouse.ir.values import JsonObject
from bakehouse.pod import protocol
from bakehouse.pod.archives import Archive, Special
from bakehouse.runners import reading
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.errors import BadInputs
from bakehouse.runners.pods import PodDocument
from bakehouse.storage.errors import Unreadable
from bakehouse.storage.files import NOTHING
from bakehouse.storage.recent import Recent

#: Lists of folders, of so many bytes of memory together.
_ARCHIVES = Recent[Archive](100 << 20)
_KEY = 500  # bytes of memory of what one of them is found by
_AGAIN = "Run the pipeline again: the step that made it runs anew."


@dataclass(frozen=True)
class Piece:
    """Bytes from `offset` on, of `total`."""

    data: bytes
    offset: int
    total: int


def launch(folder: AttemptFolder, document: PodDocument) -> JsonObject:
    """All that the keeper must know, but for bytes. Raises `BadInputs` for what is gone, `Unreadable`."""
    inputs = []
    for number, one in enumerate(document.inputs):
        if not os.path.lexists(one.source) and one.digest in {"", NOTHING}:
            continue  # a step declared it and never wrote it: there is nothing to bring
        inputs.append({"path": one.path, "url": f"inputs/{number}", **_described(one.source, folder)})
    return {
        "version": document.version,
        "launch": document.launch,
        "command": list(document.command),
        "inputs": inputs,
        "code": {"url": "code", **_described(document.code, folder)} if document.code else None,
        "checkpoint": {"url": "checkpoint", **_described(str(folder.checkpoint), folder)} if _holds_something(folder.checkpoint) else None,
        "outputs": list(document.outputs),
        "log_limit": document.log_limit,
    }


def piece(source: str, folder: AttemptFolder, offset: int, count: int) -> Piece:
    """A piece of a file, or of the tar of a folder; no bytes beyond its end. Raises `BadInputs` for what is gone, `Unreadable`."""
    try:
        if Path(source).is_dir():
            archive = _archive(source, str(folder.path))
            return Piece(archive.read(offset, count) if offset < archive.size else b"", offset, archive.size)
        with reading.opened(Path(source)) as file:
            total = os.fstat(file.fileno()).st_size
            return Piece(os.pread(file.fileno(), count, offset), offset, total)
    except FileNotFoundError as error:
        raise BadInputs("an input of the step is gone", place=source, remedy=_AGAIN) from error
    except (OSError, Special) as error:
        raise Unreadable(path=source, why=str(error), errno=error.errno if isinstance(error, OSError) else None) from error


def _described(source: str, folder: AttemptFolder) -> JsonObject:
    """Kind and size (bytes, of the tar where it is a folder) of what is to be brought."""
    try:
        found = os.stat(source)  # noqa: PTH116  # a path as text
    except FileNotFoundError as error:
        raise BadInputs("an input of the step is gone", place=source, remedy=_AGAIN) from error
    except OSError as error:
        raise Unreadable(path=source, why=error.strerror or str(error), errno=error.errno) from error
    if stat.S_ISDIR(found.st_mode):
        return {"kind": protocol.FOLDER, "size": piece(source, folder, 0, 0).total}
    return {"kind": protocol.FILE, "size": found.st_size, "executable": bool(found.st_mode & stat.S_IXUSR)}


def _archive(source: str, attempt: str) -> Archive:
    """The list of what is in a folder is made once for all its pieces: of an attempt, since a checkpoint changes from one to the next."""

    def make() -> tuple[Archive, int]:
        archive = Archive(source)
        return archive, _KEY + archive.memory

    return _ARCHIVES.get((source, attempt), make)


def _holds_something(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise Unreadable(path=str(folder), why=error.strerror or str(error), errno=error.errno) from error
