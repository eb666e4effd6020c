"""Artifacts in local files and folders: digests, write protection, deletion."""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from blake3 import blake3

from bakehouse.storage import digests, trees
from bakehouse.storage.errors import Special, Unreadable
from bakehouse.storage.files import Signature, is_local, local_path
from bakehouse.storage.trees import Entry

_CHUNK = 4 << 20
_MANY_THREADS_FROM = 1 << 20  # bytes; below, starting threads costs more than it saves
_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR})


class LocalStore:
    """Bytes of artifacts that lie on this machine. Holds nothing; any thread may call it."""

    def digest(self, uri: str) -> tuple[str, int] | None:
        """Digest and size (bytes) of the file or folder there, read anew; `None` when nothing lies there.

        `blake3:<hex>` of a file, `blake3-tree:<hex>` of a folder, `blake3-linked:<hex>` of a folder with links out of it, of which what
        they lead to is known by `stat` alone, and not part of the size (`storage.trees`). A link at the URI itself is followed. Raises
        `NotLocal`, `Special` for devices and pipes, `Unreadable` for what the system refuses to read.
        """
        path = local_path(uri)
        try:
            if stat.S_ISDIR(path.stat().st_mode):
                return _folder_digest(path)
            digest, size = _file_digest(path)
        except OSError as error:
            if error.errno in _GONE:
                return None
            raise Unreadable(path=str(path), why=error.strerror or str(error), errno=error.errno) from error
        return digests.of_file(digest), size

    def signature(self, uri: str) -> Signature | None:
        """What `stat` says about the file, or about all that counts of a folder; `None` when nothing lies there. Raises as `digest` does."""
        path = local_path(uri)
        try:
            entries = [_stamp("", path.stat())]
            if stat.S_ISDIR(entries[0][5]):
                entries += [_stamp(one.name, one.found) for one in trees.entries(path)]
        except OSError as error:
            if error.errno in _GONE:
                return None
            raise Unreadable(path=str(path), why=error.strerror or str(error), errno=error.errno) from error
        return tuple(entries)

    def seal(self, uri: str) -> None:
        """Take the write permissions from a published file or folder, and from all in it.

        Links are left alone, and files that have another name elsewhere: that one may be the user's own.
        What cannot be changed (a file system without permissions, another owner) stays as it is.
        """
        path = local_path(uri)
        try:
            own = path.lstat()
        except FileNotFoundError:
            return
        for name, entry in _walk(path) if stat.S_ISDIR(own.st_mode) else ():
            _protect(path / name, entry)
        _protect(path, own)

    def remove(self, uri: str, *, below: str) -> None:
        """Delete the file or folder, if it lies below that folder; links are deleted, not followed. Nothing there is fine.

        What lies elsewhere, or was reached through a link that leads out, is the user's own and stays.
        Raises `OSError` for what the system refuses.
        """
        if not is_local(uri):
            return
        given = local_path(uri)
        path = given.parent.resolve() / given.name
        if given.name in {"", ".", ".."} or Path(below).resolve() not in path.parents or not os.path.lexists(path):
            return
        with _writable(path.parent):
            if path.is_dir() and not path.is_symlink():
                _make_deletable(path)
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _walk(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Everything below a folder, by sorted relative path; links are not followed."""
    names: list[tuple[str, os.stat_result]] = []
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        with os.scandir(f"{root}/{prefix}") as entries:
            for entry in entries:
                name = prefix + entry.name
                names.append((name, entry.stat(follow_symlinks=False)))
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{name}/")
    return iter(sorted(names, key=lambda each: os.fsencode(each[0])))


def _stamp(name: str, entry: os.stat_result) -> tuple[str, int, int, int, int, int]:
    return name, entry.st_size, entry.st_mtime_ns, entry.st_ctime_ns, entry.st_ino, entry.st_mode


def _file_digest(path: Path) -> tuple[bytes, int]:
    """Read the file; not by `mmap`, since a file that is cut short meanwhile would kill the engine by SIGBUS."""
    # Opening a pipe waits for its other end, unless it is told not to.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        entry = os.fstat(descriptor)
        if not stat.S_ISREG(entry.st_mode):
            raise Special(path=str(path))
        hasher = blake3(max_threads=blake3.AUTO if entry.st_size >= _MANY_THREADS_FROM else 1)
        read = 0
        buffer = memoryview(bytearray(min(_CHUNK, entry.st_size + 1)))
        file = io.FileIO(descriptor, closefd=False)
        while count := file.readinto(buffer):
            hasher.update(buffer[:count])
            read += count
    finally:
        os.close(descriptor)
    return hasher.digest(), read


def _folder_digest(root: Path) -> tuple[str, int]:
    """Of its sorted paths, each with its kind, whether its owner may execute it, and its content."""
    tree = digests.Tree()
    total, linked = 0, False
    for entry in trees.entries(root):
        kind, content, size = _seen(entry) if entry.outside else _content(entry)
        total, linked = total + size, linked or entry.outside
        tree.add(kind, entry.name, content)
    return tree.text(linked=linked), total


def _content(entry: Entry) -> tuple[bytes, bytes, int]:
    """Of something in a folder: its kind, what of its content counts, and its size."""
    mode = entry.found.st_mode
    if stat.S_ISDIR(mode):
        return b"d", b"", 0
    if stat.S_ISLNK(mode):
        return b"l", os.fsencode(os.readlink(entry.path)), 0  # noqa: PTH115  # a path as text
    if stat.S_ISREG(mode):
        content, size = _file_digest(Path(entry.path))
        return b"x" if mode & stat.S_IXUSR else b"f", content, size
    raise Special(path=entry.path)


def _seen(entry: Entry) -> tuple[bytes, bytes, int]:
    """Of something outside: its kind, and what tells a changed file from an unchanged one without reading it."""
    kind, found, said = stat.S_IFMT(entry.found.st_mode), entry.found, b""
    if stat.S_ISREG(kind):
        said = b"%d %d" % (found.st_size, found.st_mtime_ns)
    elif stat.S_ISLNK(kind):
        with suppress(OSError):  # gone meanwhile
            said = os.fsencode(os.readlink(entry.path))  # noqa: PTH115  # a path as text
    return b"o", b"%o %b" % (kind, said), 0


def _protect(path: Path, entry: os.stat_result) -> None:
    mode = stat.S_IMODE(entry.st_mode)
    shared = stat.S_ISREG(entry.st_mode) and entry.st_nlink > 1
    if mode & _WRITE and not shared and (stat.S_ISREG(entry.st_mode) or stat.S_ISDIR(entry.st_mode)):
        with suppress(OSError):
            path.chmod(mode & ~_WRITE)


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    """Lift the protection of a folder for a moment."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & stat.S_IWUSR:
        yield
        return
    folder.chmod(mode | stat.S_IWUSR)
    try:
        yield
    finally:
        folder.chmod(mode)


def _make_deletable(root: Path) -> None:
    """Give the owner all rights on the folders: what is in a write-protected folder cannot be deleted."""
    root.chmod(stat.S_IRWXU)
    for folder, below, _ in os.walk(root):
        for name in below:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(stat.S_IRWXU)
