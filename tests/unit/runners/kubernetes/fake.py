"""A cluster in memory, for the tests of the runner: what is made can be listed and watched, and answers can be made to fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes.cluster import Kind
from bakehouse.runners.kubernetes.errors import NoCluster, Refused


def refused(status: int, reason: str, message: str) -> Refused:
    """An answer of the cluster that is no success."""
    return Refused(status=status, reason=reason, message=message, asked="make pods")


class FakeCluster:
    """Implements `Cluster`. `answers`: what the next creations of pods raise, in order; `away`: nothing answers."""

    def __init__(self) -> None:
        self.objects: dict[tuple[Kind, str], dict[str, Any]] = {}
        self.asked: list[str] = []
        self.answers: list[Exception] = []
        self.away = False
        self._events: list[tuple[int, Kind, JsonObject]] = []
        self._version = 0
        self._changed = threading.Condition()
        self._closed = False

    # ------------------------------------------------------------ what a kubelet or an administrator does

    def become(self, name: str, **status: Any) -> None:
        """Give a pod this status."""
        with self._changed:
            pod = self.objects[Kind.POD, name]
            self._put(Kind.POD, {**pod, "status": status}, "MODIFIED")

    def drop(self, name: str) -> None:
        """Delete a pod by hand."""
        with self._changed:
            pod = self.objects.pop((Kind.POD, name))
            self._tell(Kind.POD, pod, "DELETED")

    def warn(self, name: str, message: str) -> None:
        """Warn of something about a pod."""
        with self._changed:
            self._tell(Kind.EVENT, {"metadata": {}, "involvedObject": {"name": name}, "reason": "FailedMount", "message": message}, "ADDED")

    def names(self, kind: Kind = Kind.POD) -> list[str]:
        """The names of all objects of a kind, in the order of their creation."""
        with self._changed:
            return [name for one, name in self.objects if one is kind]

    def until(self, done: Callable[[FakeCluster], bool]) -> None:
        """Wait until something holds."""
        with self._changed:
            assert self._changed.wait_for(lambda: done(self), timeout=5.0)

    # ------------------------------------------------------------ the port

    def create(self, kind: Kind, manifest: JsonObject) -> JsonObject:
        """Make an object."""
        with self._changed:
            self._answer(f"create {kind.value}")
            if kind is Kind.POD and self.answers:
                raise self.answers.pop(0)
            name = manifest["metadata"]["name"]
            if (kind, name) in self.objects:
                raise refused(409, "AlreadyExists", f'{kind.value} "{name}" already exists')
            return self._put(kind, dict(manifest), "ADDED")

    def read(self, kind: Kind, name: str) -> JsonObject | None:
        """An object, or that there is none."""
        with self._changed:
            self._answer(f"read {kind.value}")
            return self.objects.get((kind, name))

    def delete(self, kind: Kind, name: str) -> bool:
        """Let an object go at once."""
        with self._changed:
            self._answer(f"delete {kind.value}")
            found = self.objects.pop((kind, name), None)
            if found is not None:
                self._tell(kind, found, "DELETED")
            return found is not None

    def list(self, kind: Kind, selector: Mapping[str, str], fields: str = "") -> JsonObject:  # noqa: ARG002  # of the port
        """All objects."""
        with self._changed:
            self._answer(f"list {kind.value}")
            found = [one for (each, _), one in self.objects.items() if each is kind]
            return {"metadata": {"resourceVersion": str(self._version)}, "items": found}

    def watch(self, kind: Kind, selector: Mapping[str, str], version: str, seconds: float) -> Iterator[JsonObject]:  # noqa: ARG002  # of the port
        """What happens to them."""
        after = int(version or 0)
        while True:
            with self._changed:
                self._answer(f"watch {kind.value}")
                if self._version <= after:
                    self._changed.wait(timeout=0.2)
                news = [event for number, each, event in self._events if each is kind and number > after]
                after = self._version
            if self._closed:
                return
            yield from news

    def version(self) -> tuple[int, int]:
        """The version of Kubernetes."""
        return 1, 31

    def close(self) -> None:
        """End all watches."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _answer(self, asked: str) -> None:
        self.asked.append(asked)
        if self.away:
            raise NoCluster("the cluster's API cannot be reached: refused", remedy="")

    def _put(self, kind: Kind, manifest: dict[str, Any], event: str) -> JsonObject:
        made = {**manifest, "metadata": {**manifest["metadata"], "resourceVersion": str(self._version + 1)}}
        self.objects[kind, made["metadata"]["name"]] = made
        self._tell(kind, made, event)
        return made

    def _tell(self, kind: Kind, what: JsonObject, event: str) -> None:
        self._version += 1
        said = {**what, "metadata": {**what["metadata"], "resourceVersion": str(self._version)}}
        self._events.append((self._version, kind, {"type": event, "object": said}))
        self._changed.notify_all()
