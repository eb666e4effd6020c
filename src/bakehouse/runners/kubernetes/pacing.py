"""A cluster that is asked no faster than it should be: each request waits for its turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping

from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes.cluster import Cluster, Kind
from bakehouse.runners.kubernetes.pace import Pace

#: Requests a second on average, and at once: never more than 18 in a second, whatever a run starts.
RATE, BURST = 12.0, 6


class Paced:
    """Implements `Cluster` by another one."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster, self._pace = cluster, Pace(RATE, BURST)
        self._lock = threading.Lock()

    def create(self, kind: Kind, manifest: JsonObject) -> JsonObject:
        """Make an object."""
        self._turn()
        return self._cluster.create(kind, manifest)

    def read(self, kind: Kind, name: str) -> JsonObject | None:
        """An object, or that there is none."""
        self._turn()
        return self._cluster.read(kind, name)

    def delete(self, kind: Kind, name: str) -> bool:
        """Let an object go."""
        self._turn()
        return self._cluster.delete(kind, name)

    def list(self, kind: Kind, selector: Mapping[str, str], fields: str = "") -> JsonObject:
        """All objects with these labels and fields."""
        self._turn()
        return self._cluster.list(kind, selector, fields)

    def watch(self, kind: Kind, selector: Mapping[str, str], version: str, seconds: float) -> Iterator[JsonObject]:
        """What happens to them."""
        self._turn()
        yield from self._cluster.watch(kind, selector, version, seconds)

    def version(self) -> tuple[int, int]:
        """The version of Kubernetes."""
        self._turn()
        return self._cluster.version()

    def close(self) -> None:
        """Let connections go."""
        self._cluster.close()

    def _turn(self) -> None:
        with self._lock:
            pause = self._pace.turn(time.monotonic())
        if pause > 0:
            time.sleep(pause)
