"""What a folder holds: everything in it, and everything outside of it that its links lead to.

A link whose target lies in the folder counts by its text: the target is counted in its own place. One that leads out stands for
what it leads to, as a reader of the folder sees it. It counts by its text after all where it leads to nothing, to a device, to
what may not be read, or to a folder that it lies in itself.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """Something in a folder: its path there, where its bytes lie, and what `stat` says of it: of a link that was followed, of its target.

    `outside`: it was reached through a link that leads out. `again`: the path under which the same outside folder counts already.
    """

    name: str
    path: str
    found: os.stat_result
    outside: bool = False
    again: str = ""


def entries(root: Path) -> list[Entry]:
    """Everything below a folder, by path. Each outside folder is looked at once, however many links lead there, so circles end."""
    base = os.path.realpath(root)
    found: list[Entry] = []
    followed: dict[str, str] = {}
    waiting = [("", str(root), base)]
    while waiting:
        prefix, folder, tree = waiting.pop()
        for entry in _listed(folder, outside=tree != base):
            one = Entry(prefix + entry.name, entry.path, entry.stat(follow_symlinks=False), outside=tree != base)
            inner = tree
            if stat.S_ISLNK(one.found.st_mode):
                one, inner = _led(one, followed, {base, tree})
            found.append(one)
            if stat.S_ISDIR(one.found.st_mode) and not one.again:
                waiting.append((f"{one.name}/", one.path, inner))
    return sorted(found, key=lambda each: os.fsencode(each.name))


def _listed(folder: str, *, outside: bool) -> list[os.DirEntry[str]]:
    """The entries of a folder by name, so that the first of several links to one folder is always the same one."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda each: os.fsencode(each.name))
    except OSError:
        if outside:
            return []  # nobody's artifact: a step cannot read it either
        raise


def _led(link: Entry, followed: dict[str, str], trees: Collection[str]) -> tuple[Entry, str]:
    """What a link stands for, and the folder in which links to their own surroundings are told from there on."""
    target = os.path.realpath(link.path)
    if any(_within(target, tree) or _within(tree, target) for tree in trees):
        return link, ""
    try:
        found = os.stat(target)  # noqa: PTH116  # a real path, of which nothing else is needed
    except OSError:
        return link, ""
    if stat.S_ISREG(found.st_mode) and os.access(target, os.R_OK):
        return Entry(link.name, target, found, outside=True), ""
    if not stat.S_ISDIR(found.st_mode):
        return link, ""
    again = followed.setdefault(target, link.name)
    return Entry(link.name, target, found, outside=True, again="" if again == link.name else again), target


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")
