"""What stations may know of artifacts in files, whichever store reads them: URIs of paths, signatures, the digest of nothing."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Protocol, TypeAlias
from urllib.parse import unquote, urlsplit

from blake3 import blake3

from bakehouse.storage.errors import NotLocal

#: The digest of no bytes at all: of an empty file, and of an artifact that a step declared and never wrote.
NOTHING = f"blake3:{blake3().hexdigest()}"


class Fate(Enum):
    """What became of an artifact since its digest was recorded."""

    SAME = "same"
    GONE = "gone"
    CHANGED = "changed"


def fate(recorded: str, found: tuple[str, int] | None) -> Fate:
    """What became of an artifact with this digest; `found` is what a store says now of where it lay. One that was never written is not gone."""
    if found is None:
        return Fate.SAME if recorded == NOTHING else Fate.GONE
    return Fate.SAME if found[0] == recorded else Fate.CHANGED


#: What tells a changed file from an unchanged one without reading it, for each file of a folder: path, size, times in ns, inode, mode.
Signature: TypeAlias = tuple[tuple[str, int, int, int, int, int], ...]


class Files(Protocol):
    """A store of artifacts that lie in files. All raise `Unavailable` for what cannot be reached or read."""

    def digest(self, uri: str) -> tuple[str, int] | None:
        """Digest and size (bytes) of what lies there now, read anew; `None` when nothing lies there."""

    def signature(self, uri: str) -> Signature | None:
        """What tells whether it was changed, without reading it; `None` when nothing lies there."""

    def seal(self, uri: str) -> None:
        """Take the write permissions from what lies there."""

    def remove(self, uri: str, *, below: str) -> None:
        """Delete what lies there, if it lies below that folder; links are not followed. Raises `OSError`."""


def local_path(uri: str) -> Path:
    """The path that a URI names: a plain absolute path, or `file://` on this machine. Raises `NotLocal` for all others."""
    if uri.startswith("/"):
        return Path(uri)
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise NotLocal(uri=uri) from error
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
        raise NotLocal(uri=uri)
    return Path(unquote(parts.path))


def is_local(uri: str) -> bool:
    """Whether `local_path` gives an answer."""
    try:
        local_path(uri)
    except NotLocal:
        return False
    return True
