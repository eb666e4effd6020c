"""What Bakehouse writes beside an artifact in an object store: what belongs to it, and the digest of its content. Pure.

`DIR/.bakehouse/NAME.json` beside `DIR/NAME` (or all below that). It says what a bucket cannot: empty folders, links, who may execute a file, names
that no key can have. While the objects are those it lists, by size and entity tag, its digest holds, and no byte needs to be read for that.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote_from_bytes

from bakehouse.ir.digests import digest_value
from bakehouse.storage import digests
from bakehouse.storage.addresses import Address
from bakehouse.storage.objects import Found, Item

FOLDER = ".bakehouse"
_VERSION = 1
_FILES = frozenset({"f", "x"})
# What no key can have, or what a store makes something else of: control characters, no Unicode, a backslash, a dot at the end of a part.
# A percent sign that a quoted one could be taken for is quoted too: two names never have one key.
_UNFIT = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]|\.(?=/|$)|%(?=[0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Stored:
    """An object as a listing tells it: its key, bytes, and what changes whenever its content does."""

    key: str
    size: int
    tag: str


@dataclass(frozen=True)
class Entry:
    """Something in an artifact; of a file, the BLAKE3 of its bytes (hex) and the object that holds them."""

    item: Item
    digest: str = ""
    stored: Stored | None = None


@dataclass(frozen=True)
class Manifest:
    """What belongs to an artifact."""

    digest: str
    size: int
    entries: Sequence[Entry]

    def found(self) -> Found:
        """The artifact, as what Bakehouse wrote."""
        return Found(self.digest, self.size, verified=True, items=tuple(entry.item for entry in self.entries))

    def objects(self) -> frozenset[Stored]:
        """The objects that hold it."""
        return frozenset(entry.stored for entry in self.entries if entry.stored is not None)

    def text(self) -> bytes:
        """As it is written."""
        return json.dumps({"version": _VERSION, "digest": self.digest, "size": self.size, "entries": [_line(one) for one in self.entries]}).encode()


def place(address: Address) -> str:
    """The key of the manifest of an artifact."""
    folder, _, name = address.key.rpartition("/")
    return f"{folder}/{FOLDER}/{name}.json" if folder else f"{FOLDER}/{name}.json"


def artifact(bucket: Address, key: str) -> Address | None:
    """The artifact to which a manifest of this key belongs; `None` where it is that of none."""
    folder, _, name = key.rpartition("/")
    parent, _, last = folder.rpartition("/")
    if last != FOLDER or not name.endswith(".json"):
        return None
    own = name.removesuffix(".json")
    return replace(bucket, key=f"{parent}/{own}" if parent else own)


def key(address: Address, name: str) -> str:
    """The key of a file in an artifact; the artifact's own where the name is empty."""
    return address.below(fit(name)).key if name else address.key


def is_ours(address: Address, one: Stored) -> bool:
    """Whether an object below an artifact is a manifest, of one that lies in it."""
    return f"/{FOLDER}/" in one.key[len(address.key) :]


def fit(name: str) -> str:
    """A path as part of a key: what no key can have is quoted as in URLs."""
    return _UNFIT.sub(lambda unfit: quote_from_bytes(os.fsencode(unfit[0]), safe="").replace(".", "%2E"), name)


def made(entries: Iterable[Entry]) -> Manifest:
    """The manifest of an artifact that consists of these."""
    sorted_ = sorted(entries, key=lambda entry: os.fsencode(entry.item.name))
    size = sum(entry.item.size for entry in sorted_)
    if len(sorted_) == 1 and not sorted_[0].item.name and sorted_[0].item.kind in _FILES:
        return Manifest(digests.of_file(bytes.fromhex(sorted_[0].digest)), size, sorted_)
    tree = digests.Tree()
    for name, kind, content in sorted(_lines(sorted_), key=lambda line: os.fsencode(line[0])):
        tree.add(kind.encode(), name, content)
    return Manifest(tree.text(), size, sorted_)


def read(text: bytes) -> Manifest | None:
    """The manifest that was written so; `None` where it is none, or one of a newer Bakehouse."""
    try:
        document = json.loads(text)
        if document["version"] != _VERSION:
            return None
        return Manifest(str(document["digest"]), int(document["size"]), tuple(_entry(line) for line in document["entries"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def unread(address: Address, stored: Sequence[Stored]) -> Found:
    """What lies there of which nobody has read the bytes. Some tools write an empty object for a folder: that is none of its files."""
    listed = sorted([one.key, one.size, one.tag] for one in stored)
    names = {one.key[len(address.key) :].lstrip("/"): one.size for one in stored}
    folders = {"/".join(name.split("/")[:count]) for name in names if name for count in range(name.count("/") + 1)}
    items = tuple(Item(name, size) for name, size in names.items() if size or name not in folders)
    return Found(f"objects:{digest_value([address.place, listed])}", sum(one.size for one in stored), verified=False, items=items)


def _lines(entries: Sequence[Entry]) -> Iterator[tuple[str, str, bytes]]:
    """All that counts of a folder, the folders in it too."""
    folders = {entry.item.name for entry in entries if entry.item.kind == "d"}
    for entry in entries:
        parts = entry.item.name.split("/")
        folders.update("/".join(parts[:count]) for count in range(1, len(parts)))
        if entry.item.kind != "d":
            yield entry.item.name, entry.item.kind, os.fsencode(entry.item.text) if entry.item.kind == "l" else bytes.fromhex(entry.digest)
    yield from ((name, "d", b"") for name in folders if name)


def _line(entry: Entry) -> Mapping[str, object]:
    line: dict[str, object] = {"name": entry.item.name, "kind": entry.item.kind}
    if entry.stored is not None:
        line |= {"size": entry.item.size, "digest": entry.digest, "key": entry.stored.key, "tag": entry.stored.tag}
    return line | ({"text": entry.item.text} if entry.item.text else {})


def _entry(line: Mapping[str, str]) -> Entry:
    size = int(line.get("size", 0))
    stored = Stored(line["key"], size, line["tag"]) if "key" in line else None
    return Entry(Item(line["name"], size, line["kind"], line.get("text", "")), line.get("digest", ""), stored)
