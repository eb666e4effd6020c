"""What a folder holds: everything in it, and how things stand outside of it where its links lead out.

A link counts by its text. What it leads to, if that lies in the folder, is counted in its own place. What lies outside is not the
folder's: it is looked at, so that a change of it shows, but never read, and of each such place no more than `MOST_OUTSIDE` things.
Links that are met outside count by their text, and lead no further.
"""

from __future__ import annotations

import heapq
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Things in a folder outside that are looked at, its own before those of its folders, by name. `stat` of all of them takes some 50 ms.
MOST_OUTSIDE = 10_000


@dataclass(frozen=True)
class Entry:
    """Something in a folder: its path there, where it lies, and what `stat` says of it; of a link, of the link itself.

    `outside`: it is what a link of this path leads to, out of the folder, or lies below that.
    """

    name: str
    path: str
    found: os.stat_result
    outside: bool = False


def entries(root: Path) -> list[Entry]:
    """Everything below a folder, by path; a link stands before what it leads to outside. Raises `OSError` for what cannot be read inside."""
    base = os.path.realpath(root)
    found: list[Entry] = []
    waiting = [("", str(root))]
    while waiting:
        prefix, folder = waiting.pop()
        with os.scandir(folder) as listed:
            for entry in listed:
                one = Entry(prefix + entry.name, entry.path, entry.stat(follow_symlinks=False))
                found.append(one)
                if stat.S_ISDIR(one.found.st_mode):
                    waiting.append((f"{one.name}/", one.path))
                elif stat.S_ISLNK(one.found.st_mode):
                    found += _outside(one, base)
    return sorted(found, key=lambda each: (os.fsencode(each.name), each.outside))


def leads_out(path: str, base: str) -> str:
    """Where a link leads, if that lies outside of `base`, a real path; empty if it does not. Whether anything is there is not asked."""
    target = os.path.realpath(path)
    return "" if _within(target, base) else target


def _outside(link: Entry, base: str) -> Iterator[Entry]:
    """What a link leads to outside. Nothing where that is gone, is neither file nor folder, or holds the very folder that the link lies in."""
    target = leads_out(link.path, base)
    if not target or _within(base, target):
        return
    try:
        found = os.stat(target)  # noqa: PTH116  # a real path, of which nothing else is needed
    except OSError:
        return
    if stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode):
        top = Entry(link.name, target, found, outside=True)
        yield top
        yield from _below(top)


def _below(top: Entry) -> Iterator[Entry]:
    """What lies in a folder outside, as far as it may be read."""
    left, waiting = MOST_OUTSIDE, [top] if stat.S_ISDIR(top.found.st_mode) else []
    while waiting and left:
        folder = waiting.pop()
        listed = _listed(folder, most=left)
        yield from listed
        left -= len(listed)
        waiting += reversed([one for one in listed if stat.S_ISDIR(one.found.st_mode)])


def _listed(folder: Entry, *, most: int) -> list[Entry]:
    """The first entries of a folder outside, by name: always the same ones. None where it may not be read: a step could not either."""
    try:
        with os.scandir(folder.path) as listed:
            first = heapq.nsmallest(most, listed, key=lambda one: os.fsencode(one.name))
    except OSError:
        return []
    looked_at = ((one, _stat(one)) for one in first)
    return [Entry(f"{folder.name}/{one.name}", one.path, found, outside=True) for one, found in looked_at if found is not None]


def _stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError:  # gone meanwhile
        return None


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")
