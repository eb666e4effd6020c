"""Files that are there whole or not at all, whoever looks while they are written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write(path: Path, content: bytes, *, mode: int = 0o600, durable: bool = True) -> None:
    """Write a file: until it is whole, there is what was there before. Raises `OSError`.

    `durable`: its content is on the disk before it has its name, so that a machine that fails leaves no empty file.
    """
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        Path(aside).chmod(mode)
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
