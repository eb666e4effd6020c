"""Files that are there whole or not at all, whoever looks while they are written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_PART_OF_NAME = 50  # characters: what is aside has a longer name than the file, which may have the longest there is


def write(path: Path, content: bytes, *, mode: int = 0o600, durable: bool = True) -> None:
    """Write a file: until it is whole, there is what was there before. Raises `OSError`.

    `durable`: its content is on the disk before it has its name, so that a machine that fails leaves no empty file.
    """
    aside = _aside(path, content, durable=durable)
    try:
        aside.chmod(mode)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def once(path: Path, content: bytes, *, durable: bool = True) -> bool:
    """Write a file that only its user may read, once in all time: whether it is ours; false where somebody was quicker, whose file stays whole.

    `durable` as of `write`. Raises `OSError`.
    """
    aside = _aside(path, content, durable=durable)
    try:
        os.link(aside, path)
    except FileExistsError:
        return False
    finally:
        aside.unlink()
    return True


def _aside(path: Path, content: bytes, *, durable: bool) -> Path:
    """A file beside another one with a name of its own, which only its user may read."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:_PART_OF_NAME]}.")
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    return aside
