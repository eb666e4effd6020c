"""Copies of input artifacts, made before the step starts. Files only: nothing here knows what an artifact is."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Iterable, Mapping

_CHUNK = 8 << 20
_BUFFER = 1 << 20


class Stopped(Exception):
    """The attempt was asked to stop while its inputs were copied."""


def stage(copies: Iterable[Mapping[str, str]], stopped: Callable[[], bool]) -> None:
    """Copy files and folders, `{"from": PATH, "to": PATH}` each; parents are made, files end up read-only.

    Raises `OSError` when one cannot be copied, `Stopped` when `stopped` says so between two pieces.
    """
    for copy in copies:
        source, target = copy["from"], copy["to"]
        os.makedirs(os.path.dirname(target), exist_ok=True)
        _copy(source, target, stopped)


def _copy(source: str, target: str, stopped: Callable[[], bool]) -> None:
    if stopped():
        raise Stopped
    # An artifact may itself be a link; inside a folder links stay links.
    kind = os.stat(source).st_mode
    if stat.S_ISDIR(kind):
        _copy_folder(source, target, stopped)
    elif stat.S_ISREG(kind):
        _copy_file(source, target, stopped)
    else:
        raise OSError(f"{source} is neither a file nor a folder")


def _copy_folder(source: str, target: str, stopped: Callable[[], bool]) -> None:
    os.mkdir(target)
    with os.scandir(source) as entries:
        for entry in entries:
            inner = os.path.join(target, entry.name)
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), inner)
            else:
                _copy(entry.path, inner, stopped)


def _copy_file(source: str, target: str, stopped: Callable[[], bool]) -> None:
    reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        mode = stat.S_IMODE(os.fstat(reading).st_mode)
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            _copy_bytes(reading, writing, stopped)
            os.fchmod(writing, (mode | 0o400) & ~0o222)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _copy_bytes(reading: int, writing: int, stopped: Callable[[], bool]) -> None:
    """In the kernel where it can (some file systems then share the blocks), else through this process."""
    copy_range = getattr(os, "copy_file_range", None)
    begun = False
    while copy_range is not None:
        try:
            count = copy_range(reading, writing, _CHUNK)
        except OSError:
            if begun:
                raise
            break
        if count == 0:
            if begun:
                return
            break  # empty, or a file whose size the kernel does not know, as in /proc
        begun = True
        if stopped():
            raise Stopped
    while True:
        data = os.read(reading, _BUFFER)
        if not data:
            return
        _write_all(writing, data)
        if stopped():
            raise Stopped


def _write_all(writing: int, data: bytes) -> None:
    done = 0
    while done < len(data):
        done += os.write(writing, data[done:])
