"""An artifact on its way out of a bucket, to a new local path. What a bucket says of names is not trusted: nothing is written elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bakehouse.storage.errors import Abandoned, Unreadable
from bakehouse.storage.objects import Item, Stopped

_READ_ONLY, _EXECUTABLE = 0o444, 0o555


@dataclass(frozen=True)
class Bringing:
    """Where it is written. Methods raise `OSError`, `Abandoned`, and `Unreadable` for names that lead out."""

    target: Path
    stopped: Stopped

    def file(self, item: Item, pieces: Iterable[bytes]) -> None:
        """A new file, read-only; not through a link, nor over another file."""
        path = self._path(item.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            for piece in pieces:
                if self.stopped():
                    raise Abandoned(uri=str(path))
                _write(file.fileno(), piece)
            os.fchmod(descriptor, _EXECUTABLE if item.kind == "x" else _READ_ONLY)

    def folder(self, name: str) -> None:
        """A folder; fine if it is there."""
        self._path(name).mkdir(parents=True, exist_ok=True)

    def link(self, item: Item) -> None:
        """A link, after all files: nothing is written through it."""
        path = self._path(item.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(item.text)

    def _path(self, name: str) -> Path:
        if not name:
            return self.target
        if name.startswith("/") or "\0" in name or {"", ".", ".."} & set(name.split("/")):
            raise Unreadable(path=name, why="an object of this name would lie outside of its folder", remedy="Rename it in the bucket.")
        return self.target / name


def _write(descriptor: int, piece: bytes) -> None:
    left = memoryview(piece)
    while left:
        left = left[os.write(descriptor, left) :]
