"""An artifact on its way into a bucket: its objects first, and the manifest when all of them are there."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from bakehouse.storage import manifests, trees
from bakehouse.storage.addresses import Address
from bakehouse.storage.errors import Abandoned, Altered, Special
from bakehouse.storage.manifests import Entry, Stored
from bakehouse.storage.objects import Item, Stopped
from bakehouse.storage.pieces import PIECE, Counted, gathered, in_parallel
from bakehouse.storage.trees import Entry as Local

if TYPE_CHECKING:  # obstore is an extra
    from bakehouse.storage.buckets import Bucket


class Writing:
    """Implements `Writer` for one address."""

    def __init__(self, bucket: Bucket, address: Address) -> None:
        self._bucket, self._address = bucket, address
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}

    def file(self, name: str, pieces: Iterable[bytes], *, executable: bool = False) -> None:
        """Add a file, `name` empty where it is all there is."""
        key = manifests.key(self._address, name)
        counted = Counted(pieces)
        first = gathered(counted)
        if len(first) < PIECE:
            self._bucket.put(key, first)
        else:
            self._bucket.put_pieces(key, chain((first,), counted))
        item = Item(name, counted.size, "x" if executable else "f")
        self._add(Entry(item, counted.digest.hex(), Stored(key, counted.size, "")))

    def folder(self, name: str) -> None:
        """Add an empty folder; `name` empty: all there is."""
        self._add(Entry(Item(name, kind="d")))

    def link(self, name: str, text: str) -> None:
        """Add a link by its text."""
        self._add(Entry(Item(name, kind="l", text=text)))

    def finish(self) -> tuple[str, int]:
        """Publish it: digest and size. Raises `Altered` when somebody else wrote to its objects meanwhile."""
        there = self._there()
        entries = []
        for entry in self._entries.values():
            stored = there.pop(entry.stored.key, None) if entry.stored is not None else None
            if entry.stored is not None and (stored is None or stored.size != entry.stored.size):
                raise Altered(uri=str(self._address))
            entries.append(replace(entry, stored=stored))
        self._bucket.delete(there)  # of what was there before
        manifest = manifests.made(entries)
        self._bucket.put(manifests.place(self._address), manifest.text())
        return manifest.digest, manifest.size

    def abort(self) -> None:
        """Delete what was added."""
        self._bucket.delete(entry.stored.key for entry in self._entries.values() if entry.stored is not None)

    def _add(self, entry: Entry) -> None:
        with self._lock:
            self._entries[entry.item.name] = entry

    def _there(self) -> dict[str, Stored]:
        """What lies at the address now, by key."""
        if "" in self._entries and self._entries[""].stored is not None:
            one = self._bucket.head(self._address.key)
            return {one.key: one} if one is not None else {}
        return {one.key: one for one in self._bucket.listed(self._address.key) if not manifests.is_ours(self._address, one)}


def add_file(writing: Writing, name: str, path: Path, stopped: Stopped) -> None:
    """Add a local file. Raises `OSError`, `Special`, `Abandoned`."""
    # Opening a pipe waits for its other end, unless it is told not to.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise Special(path=str(path))
        pieces = _of_file(file.read, path, stopped)
        # The descriptor of one file alone says nothing of who may execute it: it is data.
        writing.file(name, pieces, executable=bool(name) and bool(mode & stat.S_IXUSR))


def add_folder(writing: Writing, root: Path, stopped: Stopped) -> None:
    """Add all that is in a local folder. A link that leads out becomes what it leads to. Raises `OSError`, `Special`, `Abandoned`."""
    entries = {entry.name: entry for entry in trees.entries(root)}  # of a link that leads out, what it leads to comes later
    full = {name.rpartition("/")[0] for name in entries}
    if not entries:
        writing.folder("")
    files: list[Local] = []
    for entry in entries.values():
        if stat.S_ISDIR(entry.found.st_mode):
            if entry.name not in full:
                writing.folder(entry.name)
        elif stat.S_ISLNK(entry.found.st_mode):
            writing.link(entry.name, os.readlink(entry.path))  # noqa: PTH115  # a path as text
        else:
            files.append(entry)
    in_parallel(lambda entry: add_file(writing, entry.name, Path(entry.path), stopped), files)


def _of_file(read: Callable[[int], bytes], path: Path, stopped: Stopped) -> Iterator[bytes]:
    while piece := read(PIECE):
        if stopped():
            raise Abandoned(uri=str(path))
        yield piece
