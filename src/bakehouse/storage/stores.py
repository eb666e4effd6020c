"""Artifacts wherever they lie: on this machine or in an object store, by their URIs."""

from __future__ import annotations

from dataclasses import dataclass

from bakehouse.storage import addresses
from bakehouse.storage.files import Files
from bakehouse.storage.objects import Objects


@dataclass(frozen=True)
class Stores:
    """Implements `orchestrator.ports.Store`. Any thread may call it."""

    local: Files
    objects: Objects

    def digest(self, uri: str) -> tuple[str, int] | None:
        """Digest and size (bytes) of what lies there now; `None` when nothing does. Of objects no byte is read: see `objects.Found`."""
        if not addresses.is_object(uri):
            return self.local.digest(uri)
        found = self.objects.find(uri)
        return None if found is None else (found.digest, found.size)

    def remove(self, uri: str, *, below: str) -> None:
        """Delete what lies there, if it lies below that folder or prefix; of objects, what Bakehouse wrote. Nothing there is fine.

        Raises `OSError`, or `Unavailable` for an object store.
        """
        if not addresses.is_object(uri):
            self.local.remove(uri, below=below)
        elif addresses.relative(uri, below) is not None:
            self.objects.remove(uri)
