"""What stations may know of artifacts in object stores, whoever serves these: the port `Objects`, and one that serves none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from bakehouse.storage.errors import NotInstalled

#: Asked between two pieces of a transfer: whether nobody wants it any more. It ends with `Abandoned` then.
Stopped = Callable[[], bool]


@dataclass(frozen=True)
class Item:
    """Something in an artifact: its path there (empty: the artifact itself), bytes, and its kind.

    `f` a file, `x` an executable one, `d` an empty folder, `l` a link, of which `text` is where it leads.
    """

    name: str
    size: int = 0
    kind: str = "f"
    text: str = ""


@dataclass(frozen=True)
class Found:
    """What lies at a URI. `digest` is of the content if Bakehouse wrote it and nobody else has since (`verified`).

    Else it is `objects:<hex>`, of addresses, sizes and entity tags: the bytes were never read.
    """

    digest: str
    size: int
    verified: bool
    items: Sequence[Item]

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder; else it is one file."""
        return not (len(self.items) == 1 and not self.items[0].name and self.items[0].kind != "d")


class Writer(Protocol):
    """Something new at a URI, file by file. It counts as there once `finish` has returned. Several threads may add files.

    All methods raise `Away` while the store cannot be reached, `Refused` when it does not want to.
    """

    def file(self, name: str, pieces: Iterable[bytes], *, executable: bool = False) -> None:
        """Add a file, `name` empty where it is all there is. What `pieces` raises ends it, and nothing is left of this file."""

    def folder(self, name: str) -> None:
        """Add an empty folder; `name` empty: all there is."""

    def link(self, name: str, text: str) -> None:
        """Add a link by its text."""

    def finish(self) -> tuple[str, int]:
        """Publish it: the digest of the content, as `Files.digest` gives it of a local copy, and its size in bytes."""

    def abort(self) -> None:
        """Delete what was added."""


class Objects(Protocol):
    """Artifacts in object stores. Any thread may call it. All raise `Away`, `Refused` and `NotInstalled`."""

    def serves(self, uri: str) -> bool:
        """Whether this URI names an object, and credentials for its provider are set up here."""

    def find(self, uri: str) -> Found | None:
        """What lies there, without reading its bytes; `None` when nothing does."""

    def read(self, uri: str, name: str = "", *, offset: int = 0) -> Iterator[bytes]:
        """The bytes of a file there, from an offset on, in pieces of some MiB. Raises `Missing` when there is none, at once."""

    def writer(self, uri: str) -> Writer:
        """Write something new there; what was there is gone when it is finished."""

    def upload(self, source: Path, uri: str, *, stopped: Stopped) -> tuple[str, int]:
        """Publish a local file or folder there: digest and size. Links in it stay links, those that lead out become what they lead to.

        Raises `OSError` for what cannot be read, `Special`, `Abandoned`.
        """

    def download(self, uri: str, target: Path, *, stopped: Stopped) -> tuple[str, int] | None:
        """Bring what lies there to a new local path, read-only: digest and size as `find` gives them; `None` when nothing lies there.

        Raises `Altered` when it is being changed meanwhile, `OSError`, `Abandoned`.
        """

    def link(self, uri: str, name: str = "", *, seconds: int) -> str:
        """A URL by which whoever has it may fetch a file there for that long."""

    def probe(self, uri: str) -> None:
        """Try whether something can be written below there."""

    def written(self, uri: str) -> int:
        """How many bytes Bakehouse wrote there and below."""

    def remove(self, uri: str) -> None:
        """Delete what Bakehouse wrote there and below; what somebody else did stays. Nothing there is fine."""


class NoObjects:
    """Implements `Objects` where what speaks to object stores is not installed: every method raises `NotInstalled`, but for `serves`."""

    def serves(self, uri: str) -> bool:
        """False."""
        del uri
        return False

    def find(self, uri: str) -> Found | None:
        """Raises `NotInstalled`."""
        _missing(uri)

    def read(self, uri: str, name: str = "", *, offset: int = 0) -> Iterator[bytes]:
        """Raises `NotInstalled`."""
        del name, offset
        _missing(uri)

    def writer(self, uri: str) -> Writer:
        """Raises `NotInstalled`."""
        _missing(uri)

    def upload(self, source: Path, uri: str, *, stopped: Stopped) -> tuple[str, int]:
        """Raises `NotInstalled`."""
        del source, stopped
        _missing(uri)

    def download(self, uri: str, target: Path, *, stopped: Stopped) -> tuple[str, int] | None:
        """Raises `NotInstalled`."""
        del target, stopped
        _missing(uri)

    def link(self, uri: str, name: str = "", *, seconds: int) -> str:
        """Raises `NotInstalled`."""
        del name, seconds
        _missing(uri)

    def probe(self, uri: str) -> None:
        """Raises `NotInstalled`."""
        _missing(uri)

    def written(self, uri: str) -> int:
        """Raises `NotInstalled`."""
        _missing(uri)

    def remove(self, uri: str) -> None:
        """Raises `NotInstalled`."""
        _missing(uri)


def _missing(uri: str) -> NoReturn:
    raise NotInstalled(uri=uri)
