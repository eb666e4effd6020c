"""A folder as a tar that can be read from any byte on, and back: nothing has to be kept between two pieces of it."""

from __future__ import annotations

import bisect
import errno
import os
import posixpath
import shutil
import stat
import sys
import tarfile
from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Protocol

    class Source(Protocol):
        """What bytes are read from."""

        def read(self, size: int, /) -> bytes:
            """At most so many; none at the end."""
            ...


_BLOCK = tarfile.BLOCKSIZE
_END = b"\0" * (2 * _BLOCK)
#: Bytes that a reader of headers may ask for at once: a long name, not a gigabyte of them.
_LONGEST_HEADER = 1 << 20
_COPIED = 1 << 20
#: Bytes of memory that an archive takes, and what is in it beside its name: a pointer, two numbers, room to grow.
_ITSELF, _OF_EACH = 600, 26
#: What a disk says of names that are twice there, file and folder at once, or too long.
_OF_NAMES = frozenset({errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP})


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

    @property
    def memory(self) -> int:
        """Bytes of memory that the list of what is in it takes, about."""
        return _ITSELF + sum(map(sys.getsizeof, self._names)) + _OF_EACH * len(self._names)

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
        below = []
        # Names alone: of a folder with 300,000 files an entry of `scandir` for each would take 200 MB.
        for listed in sorted(os.listdir(os.fsencode(os.path.join(root, folder)))):
            name = posixpath.join(folder, os.fsdecode(listed))
            found = os.lstat(os.path.join(root, name))
            if stat.S_ISDIR(found.st_mode):
                below.append(name)
            else:
                yield name, found
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


class _Forward:
    """Bytes that come one after another, as the file that tarfile wants: it goes forward only, and a reader gets no more than a bounded piece.

    tarfile reads what a header announces, however much that is.
    """

    def __init__(self, source: Source) -> None:
        self._source, self._at = source, 0

    def read(self, size: int = -1) -> bytes:
        """So many bytes; fewer at the end only. Raises `Unsafe`, and what the source raises."""
        if not 0 <= size <= _LONGEST_HEADER:
            raise Unsafe("a header of the archive is too long")
        data = b""
        while len(data) < size and (piece := self._source.read(size - len(data))):
            data += piece
        self._at += len(data)
        return data

    def seek(self, offset: int) -> None:
        """Go on to an offset, or to the end. Raises as `read` does."""
        if offset < self._at:
            raise Unsafe("the archive leads back to what was read")
        while self._at < offset and self.read(min(offset - self._at, _COPIED)):
            pass

    def tell(self) -> int:
        """The offset of the next byte."""
        return self._at


def unpack(source: Source, folder: str, *, links_out: bool = False) -> None:
    """Unpack a tar, which anybody may have made, into a folder that is not there yet: files, folders, links.

    Links may lead out of the folder with `links_out` alone; nothing is ever written through one. What was unpacked before something was refused
    stays. Raises `Unsafe`, `OSError`.
    """
    os.mkdir(folder, 0o755)
    try:
        links = _unpack_all_but_links(source, folder)
        _make(links)
    except Unsafe:
        raise
    except (tarfile.TarError, RecursionError, ValueError) as error:
        raise Unsafe(f"the archive cannot be read: {error}") from error
    except OSError as error:
        if error.errno not in _OF_NAMES:
            raise
        raise Unsafe(f"the archive has names that cannot be together, or at all: {error}") from error
    base = os.path.realpath(folder)
    for path, text in {} if links_out else links.items():  # where it really leads, by way of other links too
        target = os.path.realpath(path)
        if target != base and not target.startswith(base + "/"):
            raise Unsafe(f"the link {os.path.relpath(path, folder)} leads out of its folder, to {text}")


def _unpack_all_but_links(source: Source, folder: str) -> dict[str, str]:
    """The links that are still to be made: the text of each by its path."""
    links: dict[str, str] = {}
    with tarfile.open(fileobj=_Forward(source), mode="r:") as archive:  # type: ignore[call-overload]  # of a file it needs no more
        while (member := archive.next()) is not None:
            archive.members.clear()  # else it keeps all of them
            path = _place(folder, member)
            if member.issym():
                if path in links or not member.linkname:
                    raise Unsafe(f"the link {member.name!r} is twice in the archive, or leads nowhere")
                links[path] = member.linkname
            elif member.isdir():
                os.makedirs(path, 0o755, exist_ok=True)
            else:
                _write(archive, member, path)
    return links


def _make(links: Mapping[str, str]) -> None:
    """Make links when all else is there, and none where the path to it leads through another one: nothing is written through a link."""
    for path in links:
        above = os.path.dirname(path)
        while above not in {"", "/"}:
            if above in links:
                raise Unsafe(f"{os.path.basename(path)!r} lies behind the link {os.path.basename(above)!r}")
            above = os.path.dirname(above)
    for path, text in links.items():
        os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
        os.symlink(text, path)


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
    with open(path, "xb") as target:
        shutil.copyfileobj(source, target, _COPIED)
    os.chmod(path, 0o755 if member.mode & stat.S_IXUSR else 0o644)
