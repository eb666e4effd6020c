"""A folder as a tar that can be read from any byte on, and back: nothing has to be kept between two pieces of it."""

from __future__ import annotations

import bisect
import os
import posixpath
import shutil
import stat
import tarfile
from array import array
from collections.abc import Iterator
from typing import IO

_BLOCK = tarfile.BLOCKSIZE
_END = b"\0" * (2 * _BLOCK)
#: Bytes that a reader of headers may ask for at once: a long name, not a gigabyte of them.
_LONGEST_HEADER = 1 << 20
_COPIED = 1 << 20


class Special(ValueError):
    """There is something in a folder that is neither file, folder nor link."""


class Unsafe(ValueError):
    """An archive holds what must not be unpacked."""


class Archive:
    """The tar of a folder: the same bytes each time as long as the folder stays as it is.

    Only what a step may rely on is in it: names, contents, who may execute, texts of links. Raises `OSError`, `Special`.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._names: list[str] = []
        self._starts, self._sizes = array("Q"), array("Q")
        self.size = 0
        for name, found in _walk(root):
            self._names.append(name)
            self._starts.append(self.size)
            size = found.st_size if stat.S_ISREG(found.st_mode) else 0
            self._sizes.append(size)
            self.size += len(self._header(name, found)) + _padded(size)
        self.size += len(_END)

    def read(self, offset: int, count: int) -> bytes:
        """At most so many bytes from there on; fewer at the end only. Raises `OSError` where the folder is not what it was."""
        wanted = min(count, self.size - offset)
        pieces: list[bytes] = []
        index = max(0, bisect.bisect_right(self._starts, offset) - 1)
        while wanted > 0:
            piece = self._part(index, offset, wanted)
            pieces.append(piece)
            offset += len(piece)
            wanted -= len(piece)
            index += 1
        return b"".join(pieces)

    def _part(self, index: int, offset: int, count: int) -> bytes:
        """Bytes of one entry from an offset on, or of the end of the archive."""
        if index >= len(self._names):
            return _END[len(_END) - (self.size - offset) :][:count]
        name, size = self._names[index], self._sizes[index]
        path = os.path.join(self._root, name)
        found = os.lstat(path)
        if (found.st_size if stat.S_ISREG(found.st_mode) else 0) != size:
            raise OSError(f"{path} was changed")
        header = self._header(name, found)
        at = offset - self._starts[index]
        part = header[at : at + count]
        at = max(at, len(header)) - len(header)
        if len(part) < count and at < size:
            part += _content(path, at, min(count - len(part), size - at))
            at = size
        missing = len(header) + _padded(size) - (offset - self._starts[index]) - len(part)
        return part + b"\0" * min(missing, count - len(part))

    def _header(self, name: str, found: os.stat_result) -> bytes:
        info = tarfile.TarInfo(name)
        if stat.S_ISDIR(found.st_mode):
            info.type, info.mode = tarfile.DIRTYPE, 0o755
        elif stat.S_ISLNK(found.st_mode):
            info.type, info.linkname = tarfile.SYMTYPE, os.readlink(os.path.join(self._root, name))
        elif stat.S_ISREG(found.st_mode):
            info.size, info.mode = found.st_size, 0o755 if found.st_mode & stat.S_IXUSR else 0o644
        else:
            raise Special(f"{name} is neither a file nor a folder")
        return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _walk(root: str) -> Iterator[tuple[str, os.stat_result]]:
    """Everything below a folder, each folder before what is in it, in an order that depends on names alone. Links are not followed."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        if folder:
            yield folder, os.lstat(os.path.join(root, folder))
        with os.scandir(os.path.join(root, folder)) as listed:
            entries = sorted(listed, key=lambda entry: os.fsencode(entry.name))
        below = []
        for entry in entries:
            name = posixpath.join(folder, entry.name)
            if entry.is_dir(follow_symlinks=False):
                below.append(name)
            else:
                yield name, entry.stat(follow_symlinks=False)
        waiting.extend(reversed(below))


def _content(path: str, offset: int, count: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        data = b""
        while len(data) < count:
            piece = os.pread(descriptor, count - len(data), offset + len(data))
            if not piece:
                raise OSError(f"{path} was cut short")
            data += piece
    finally:
        os.close(descriptor)
    return data


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


# ---------------------------------------------------------------- unpacking


class _Bounded:
    """A file whose reader gets no more than a bounded piece: tarfile reads what a header announces, however much that is."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes. Raises `Unsafe`."""
        if not 0 <= size <= _LONGEST_HEADER:
            raise Unsafe("a header of the archive is too long")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """As of any file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As of any file."""
        return self._file.tell()


def unpack(file: IO[bytes], folder: str, *, links_out: bool = False) -> None:
    """Unpack a tar, which anybody may have made, into a folder that is not there yet: files, folders, links.

    Links may lead out of the folder with `links_out` alone; nothing is ever written through one. Raises `Unsafe`, `OSError`.
    """
    os.mkdir(folder, 0o755)
    links: list[tuple[str, str]] = []
    try:
        with tarfile.open(fileobj=_Bounded(file), mode="r:") as archive:  # type: ignore[call-overload]  # of a file it needs no more
            while (member := archive.next()) is not None:
                archive.members.clear()  # else it keeps all of them
                path = _place(folder, member)
                if member.issym():
                    links.append((path, member.linkname))
                elif member.isdir():
                    os.makedirs(path, 0o755, exist_ok=True)
                else:
                    _write(archive, member, path)
    except tarfile.TarError as error:
        raise Unsafe(f"the archive cannot be read: {error}") from error
    for path, text in links:  # last: nothing is written through one
        os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
        os.symlink(text, path)
    base = os.path.realpath(folder)
    for path, text in () if links_out else links:  # where it really leads, by way of other links too
        target = os.path.realpath(path)
        if target != base and not target.startswith(base + "/"):
            raise Unsafe(f"the link {os.path.relpath(path, folder)} leads out of its folder, to {text}")


def _place(folder: str, member: tarfile.TarInfo) -> str:
    if _leads_out(member.name) or posixpath.normpath(member.name) == ".":
        raise Unsafe(f"{member.name!r} leads out of its folder")
    if not (member.isdir() or member.issym() or (member.isreg() and not member.issparse())):
        raise Unsafe(f"{member.name!r} is neither a file nor a folder nor a link")
    return os.path.join(folder, posixpath.normpath(member.name))


def _leads_out(name: str) -> bool:
    return name.startswith("/") or "\0" in name or posixpath.normpath(name).split("/")[0] == ".."


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
    os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
    source = archive.extractfile(member)
    assert source is not None  # noqa: S101  # for the type checker: it is a file
    try:
        with open(path, "xb") as target:
            shutil.copyfileobj(source, target, _COPIED)
    except FileExistsError as error:
        raise Unsafe(f"{member.name!r} is twice in the archive") from error
    os.chmod(path, 0o755 if member.mode & stat.S_IXUSR else 0o644)
