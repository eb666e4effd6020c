"""Reads files that steps leave, whatever they left there: pipes do not hold the reader, large files do not fill its memory."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path


def small(path: Path, largest: int) -> bytes | None:
    """The bytes of a file, `None` where there is none. Raises `OSError`: EFBIG for more than `largest` bytes, EINVAL for what is no file."""
    try:
        file = opened(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    with file:
        if os.fstat(file.fileno()).st_size > largest:
            raise OSError(errno.EFBIG, f"it has more than {largest >> 20} MiB", str(path))
        return file.readall()


def opened(path: Path) -> io.FileIO:
    """A file, to be read in parts. Raises `OSError`: EINVAL for what is no file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        os.close(descriptor)
        raise
    if not is_file:
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a file", str(path))
    return io.FileIO(descriptor)
