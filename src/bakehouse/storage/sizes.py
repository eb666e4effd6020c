"""How much lies in a file or folder of this machine, and when it was last changed."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Extent:
    """`size`: bytes of all files, each counted once however many names it has there. `changed_at`: the latest change in it, 0 for nothing."""

    size: int = 0
    changed_at: float = 0.0

    def __add__(self, other: Extent) -> Extent:
        return Extent(self.size + other.size, max(self.changed_at, other.changed_at))


def extent(path: Path) -> Extent:
    """What lies there and below, links not followed. What goes meanwhile, or may not be looked at, counts nothing."""
    found, seen, waiting = Extent(), set[tuple[int, int]](), [os.fspath(path)]
    while waiting:
        place = waiting.pop()
        try:
            entry = os.lstat(place)
            if stat.S_ISDIR(entry.st_mode):
                waiting += [os.path.join(place, name) for name in os.listdir(place)]  # noqa: PTH118, PTH208  # many files: a `Path` for each costs more
        except OSError:
            continue
        identity = entry.st_dev, entry.st_ino
        size = entry.st_size if stat.S_ISREG(entry.st_mode) and identity not in seen else 0
        seen.add(identity)
        found += Extent(size, entry.st_mtime)
    return found
