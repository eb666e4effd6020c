"""Implements `Objects` with obstore: artifacts as objects with a manifest beside them, in bounded memory both ways."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bakehouse.storage import addresses, manifests
from bakehouse.storage.addresses import Address
from bakehouse.storage.bringing import Bringing
from bakehouse.storage.errors import Altered, Missing, NotLocal
from bakehouse.storage.manifests import Entry, Manifest, Stored
from bakehouse.storage.objects import Found, Item, Stopped
from bakehouse.storage.pieces import Counted, in_parallel
from bakehouse.storage.providers import Providers, Reached
from bakehouse.storage.writing import Writing, add_file, add_folder

if TYPE_CHECKING:  # obstore is an extra
    from bakehouse.storage.buckets import Bucket

#: Opens a bucket that is reached in this way.
Opened = Callable[[Address, Reached], "Bucket"]


class ObjectStore:
    """Artifacts in S3 and what is like it, GCS and Azure. Buckets are opened when first needed, and kept."""

    def __init__(self, providers: Providers, opened: Opened) -> None:
        self._providers, self._open = providers, opened
        self._lock = threading.Lock()
        self._buckets: dict[Address, Bucket] = {}

    def serves(self, uri: str) -> bool:
        """Whether this URI names an object, and credentials for its provider are set up here."""
        address = addresses.parsed(uri)
        return address is not None and self._providers.serves(address)

    def find(self, uri: str) -> Found | None:
        """What lies there, without reading its bytes; `None` when nothing does."""
        address, bucket = self._opened(uri)
        manifest = _manifest(bucket, address)
        if manifest is not None and _present(bucket, address, manifest) == manifest.objects():
            return manifest.found()
        stored = _stored(bucket, address)
        return manifests.unread(address, stored) if stored else None

    def read(self, uri: str, name: str = "", *, offset: int = 0) -> Iterator[bytes]:
        """The bytes of a file there, from an offset on, in pieces. Raises `Missing` when there is none, at once."""
        address, bucket = self._opened(uri)
        stored = bucket.head(manifests.key(address, name))
        if stored is None:
            bucket.get(manifests.key(address, name))  # an answer with a body says it of a bucket that is not there
            raise Missing(uri=str(address.below(name) if name else address))
        return bucket.stream(stored.key, stored.size, offset)

    def writer(self, uri: str) -> Writing:
        """Write something new there; what was there is gone when it is finished."""
        address, bucket = self._opened(uri)
        return Writing(bucket, address)

    def upload(self, source: Path, uri: str, *, stopped: Stopped) -> tuple[str, int]:
        """Publish a local file or folder there: digest and size."""
        writing = self.writer(uri)
        found = source.stat()
        if stat.S_ISDIR(found.st_mode):
            add_folder(writing, source, stopped)
        else:
            add_file(writing, "", source, stopped)
        return writing.finish()

    def download(self, uri: str, target: Path, *, stopped: Stopped) -> tuple[str, int] | None:
        """Bring what lies there to a new local path, read-only: digest and size as `find` gives them; `None` when nothing lies there."""
        found = self.find(uri)
        if found is None:
            return None
        address, bucket = self._opened(uri)
        target.parent.mkdir(parents=True, exist_ok=True)
        entries = self._fetched(bucket, address, found, Bringing(target, stopped))
        if manifests.made(entries).digest != found.digest if found.verified else self.find(uri) != found:
            raise Altered(uri=uri)
        return found.digest, found.size

    def link(self, uri: str, name: str = "", *, seconds: int) -> str:
        """A URL by which whoever has it may fetch a file there for that long."""
        address, bucket = self._opened(uri)
        return bucket.link(manifests.key(address, name), seconds)

    def probe(self, uri: str) -> None:
        """Try whether something can be written below there: write it, and delete it."""
        address, bucket = self._opened(uri)
        key = address.below(f"{manifests.FOLDER}/probe").key
        bucket.put(key, b"")
        bucket.delete([key])

    def written(self, uri: str) -> int:
        """How many bytes Bakehouse wrote there and below."""
        address, bucket = self._opened(uri)
        return sum(manifest.size for _, manifest in _written(bucket, address))

    def remove(self, uri: str) -> None:
        """Delete what Bakehouse wrote there and below; what somebody else did stays."""
        address, bucket = self._opened(uri)
        for artifact, manifest in _written(bucket, address):
            # A manifest may say what it likes: it has a say in its own artifact only.
            own = [one.key for one in manifest.objects() if one.key == artifact.key or one.key.startswith(f"{artifact.key}/")]
            bucket.delete([*own, manifests.place(artifact)])

    def _opened(self, uri: str) -> tuple[Address, Bucket]:
        address = addresses.parsed(uri)
        if address is None:
            raise NotLocal(uri=uri)
        # What reaches a bucket may depend on the key: settings may speak of prefixes.
        reached = self._providers.reached(address)
        root = replace(address, key="")
        with self._lock:
            known = self._buckets.get(root)
            if known is None or known.reached != reached:
                known = self._buckets[root] = self._open(root, reached)
            return address, known

    def _fetched(self, bucket: Bucket, address: Address, found: Found, bringing: Bringing) -> list[Entry]:
        """All that lies there, brought to the target: links last, so that nothing is written through one."""

        def fetch(item: Item) -> Entry:
            key = manifests.key(address, item.name) if found.verified else address.below(item.name).key if item.name else address.key
            pieces = Counted(bucket.stream(key, item.size))
            bringing.file(item, pieces)
            return Entry(replace(item, size=pieces.size), pieces.digest.hex())

        others = [item for item in found.items if item.kind in {"d", "l"}]
        if found.is_folder:
            bringing.folder("")
        for item in others:
            if item.kind == "d":
                bringing.folder(item.name)
        entries = in_parallel(fetch, [item for item in found.items if item.kind not in {"d", "l"}])
        for item in others:
            if item.kind == "l":
                bringing.link(item)
        return [*entries, *(Entry(item) for item in others)]


def _manifest(bucket: Bucket, address: Address) -> Manifest | None:
    text = bucket.get(manifests.place(address))
    return manifests.read(text) if text is not None else None


def _written(bucket: Bucket, address: Address) -> Iterator[tuple[Address, Manifest]]:
    """The artifact there, and those that lie below, of all that have a manifest."""
    below = [manifests.artifact(address, one.key) for one in bucket.listed(address.key)]
    for artifact in (address, *(one for one in below if one is not None)):
        manifest = _manifest(bucket, artifact)
        if manifest is not None:
            yield artifact, manifest


def _present(bucket: Bucket, address: Address, manifest: Manifest) -> frozenset[Stored]:
    """The objects that are there now of what a manifest lists, and whatever else lies among them."""
    if manifest.found().is_folder:
        return frozenset(_below(bucket, address))
    one = bucket.head(address.key)
    return frozenset(() if one is None else (one,))


def _stored(bucket: Bucket, address: Address) -> list[Stored]:
    """What lies there, whoever wrote it: an object of this key, else all below."""
    one = bucket.head(address.key) if address.key else None
    return [one] if one is not None else _below(bucket, address)


def _below(bucket: Bucket, address: Address) -> list[Stored]:
    return [one for one in bucket.listed(address.key) if not manifests.is_ours(address, one)]
