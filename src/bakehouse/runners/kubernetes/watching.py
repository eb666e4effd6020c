"""What a watch tells of the pods of a namespace, so that none is forgotten: lists and events in, changes out. Pure.

A watch begins after a list, with its resourceVersion; each event and bookmark says from where it can be taken up again. Where it cannot (410,
or any other error), a list is asked for anew, and what it lacks is gone: a missed event is made good by the next list.
https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import immutables

from bakehouse.ir import values
from bakehouse.ir.values import JsonObject


@dataclass(frozen=True)
class Seen:
    """A pod as it is now."""

    pod: JsonObject


@dataclass(frozen=True)
class Gone:
    """A pod that is no more, as it was last seen."""

    pod: JsonObject


Change = Seen | Gone


@dataclass(frozen=True)
class Watch:
    """What is known. `version`: from where the watch can be taken up, empty: a list is needed.

    Since a list was asked for: `since` was made, and `early` was told as gone before anybody said that it was made.
    """

    version: str = ""
    pods: immutables.Map[str, JsonObject] = field(default_factory=immutables.Map)
    since: frozenset[str] = frozenset()
    early: frozenset[str] = frozenset()

    def asking(self) -> Watch:
        """A list is about to be asked for: what is made from now on may not be in it."""
        return replace(self, since=frozenset(), early=frozenset())

    def listed(self, pods: Sequence[JsonObject], version: str) -> tuple[Watch, list[Change]]:
        """The answer of a list: pods that it lacks are gone, but those that were made meanwhile."""
        found = {name_of(pod): pod for pod in pods}
        missing = [name for name in self.pods if name not in found and name not in self.since]
        changes: list[Change] = [Gone(self.pods[name]) for name in missing]
        kept = self.pods
        for name in missing:
            kept = kept.delete(name)
        changes += [Seen(pod) for name, pod in found.items() if version_of(self.pods.get(name)) != version_of(pod)]
        return Watch(version, kept.update(found), early=self.early), changes

    def made(self, pod: JsonObject) -> Watch:
        """The answer to the creation of a pod. What a watch has told of it already is newer, also that it is gone."""
        name = name_of(pod)
        pods = self.pods if name in self.pods or name in self.early else self.pods.set(name, pod)
        return replace(self, pods=pods, since=self.since | {name})

    def told(self, event: JsonObject) -> tuple[Watch, list[Change]]:
        """One event of a watch. After an error nothing is known to be complete: a list is needed."""
        kind, pod = event.get("type"), values.at(event, "object")
        if kind in {"ADDED", "MODIFIED"}:
            return replace(self, version=version_of(pod), pods=self.pods.set(name_of(pod), pod)), [Seen(pod)]
        if kind == "DELETED":
            name = name_of(pod)
            kept = self.pods.delete(name) if name in self.pods else self.pods
            early = self.early if name in self.since else self.early | {name}
            return replace(self, version=version_of(pod), pods=kept, early=early), [Gone(pod)]
        if kind == "BOOKMARK":
            return replace(self, version=version_of(pod)), []
        return replace(self, version=""), []


def pods_of(listed: JsonObject) -> Iterator[JsonObject]:
    """The pods of a PodList."""
    yield from listed.get("items") or ()


def name_of(pod: JsonObject) -> str:
    """The name of an object."""
    return str(values.at(pod, "metadata").get("name", ""))


def version_of(pod: JsonObject | None) -> str:
    """The resourceVersion of an object, which can be compared for equality alone."""
    return str(values.at(pod, "metadata").get("resourceVersion", ""))
