"""A folder as a zip archive that is made while it is read: no copy on a disk, no more in memory than a piece of a file and the names.

Files are opened by the folder that they were found in, and no link is followed, also if somebody exchanges things meanwhile: a link is kept as
a link, by its text. Names are such that no system takes them for a way out of the folder into which they are unpacked.
"""

from __future__ import annotations

import os
import re
import stat
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, NoReturn

from bakehouse.storage.objects import Item

_PIECE = 1 << 20  # bytes
_NO_WAITING = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW  # a pipe would make us wait for its other end
_UNSAFE = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
#: What the time of a file can be in a zip archive.
_EARLIEST, _LATEST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)
#: Permissions of what comes from an object store, by its kind there.
_MODES = {"f": stat.S_IFREG | 0o644, "x": stat.S_IFREG | 0o755, "d": stat.S_IFDIR | 0o755, "l": stat.S_IFLNK | 0o777}
_UNIX = 3  # the system by whose rules the permissions are meant


class _Pipe:
    """What is written and not yet taken; it cannot be gone back in, so the archive tells sizes after the contents."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, content: bytes) -> int:
        self._written += content
        return len(content)

    def flush(self) -> None:
        """Nothing waits elsewhere."""

    def take(self) -> bytes:
        """All that was written since the last call."""
        taken = bytes(self._written)
        self._written.clear()
        return taken


def pieces(folder: Path, name: str) -> Iterator[bytes]:
    """The archive, bit by bit: all files, folders and links below `folder`, under `name`. Raises `OSError` for what cannot be read."""
    pipe, names = _Pipe(), set[str]()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:  # type: ignore[call-overload]  # a file that is only written
        for path, folders, files, descriptor in os.fwalk(folder, onerror=_refuse):
            folders.sort()
            way = "/".join((name, *Path(path).relative_to(folder).parts))
            archive.writestr(_info(f"{way}/", os.fstat(descriptor), names), b"")
            links = [one for one in folders if _is_link(one, descriptor)]
            for one in sorted([*files, *links]):
                yield from _file(archive, pipe, f"{way}/{one}", (one, descriptor), names)
            yield pipe.take()
    yield pipe.take()


def of_items(items: Iterable[Item], name: str, read: Callable[[Item], Iterator[bytes]]) -> Iterator[bytes]:
    """The same of what lies in an object store, under `name`; times are those of now, since a bucket knows none of the files'."""
    pipe, names = _Pipe(), set[str]()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:  # type: ignore[call-overload]  # a file that is only written
        for item in items:
            way = f"{name}/{item.name}" if item.name else name
            if item.kind == "d":
                archive.writestr(_entry(f"{way}/", _MODES["d"], time.time(), names), b"")
            elif item.kind == "l":
                archive.writestr(_entry(way, _MODES["l"], time.time(), names), os.fsencode(item.text))
            else:
                with archive.open(_entry(way, _MODES[item.kind], time.time(), names), "w", force_zip64=True) as target:
                    for piece in read(item):
                        target.write(piece)
                        yield pipe.take()
            yield pipe.take()
    yield pipe.take()


def safe(name: str) -> str:
    """A path as it stands in an archive: backslashes and colons lead out on some systems, and bytes that are no UTF-8 are read by none."""
    return _UNSAFE.sub("_", os.fsencode(name).decode("utf-8", "replace"))


def _file(archive: zipfile.ZipFile, pipe: _Pipe, name: str, at: tuple[str, int], names: set[str]) -> Iterator[bytes]:
    """One file or link; of anything else, which holds no bytes, nothing."""
    found = os.stat(at[0], dir_fd=at[1], follow_symlinks=False)  # by its folder's descriptor
    if stat.S_ISLNK(found.st_mode):
        archive.writestr(_info(name, found, names), os.fsencode(os.readlink(at[0], dir_fd=at[1])))
    elif stat.S_ISREG(found.st_mode):
        with open(os.open(at[0], _NO_WAITING, dir_fd=at[1]), "rb") as file:  # noqa: PTH123  # by its folder's descriptor
            yield from _copied(archive, pipe, _info(name, os.fstat(file.fileno()), names), file)


def _copied(archive: zipfile.ZipFile, pipe: _Pipe, info: zipfile.ZipInfo, file: IO[bytes]) -> Iterator[bytes]:
    with archive.open(info, "w", force_zip64=True) as target:
        while content := file.read(_PIECE):
            target.write(content)
            yield pipe.take()


def _info(name: str, found: os.stat_result, names: set[str]) -> zipfile.ZipInfo:
    return _entry(name, found.st_mode, found.st_mtime, names)


def _entry(name: str, mode: int, changed_at: float, names: set[str]) -> zipfile.ZipInfo:
    """The head of an entry, under a name that no other one has."""
    free = wanted = safe(name)
    number = 1
    while free in names:
        number += 1
        free = f"{wanted}-{number}"
    names.add(free)
    info = zipfile.ZipInfo(free, min(max(time.localtime(changed_at)[:6], _EARLIEST), _LATEST))
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, _UNIX, (mode & 0xFFFF) << 16
    return info


def _is_link(name: str, descriptor: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode)  # by its folder's descriptor


def _refuse(error: OSError) -> NoReturn:
    raise error
