"""Volumes in the style of KFP 1: a volume and its place are named apart and meet by the volume's name; `PipelineVolume`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bakehouse import kubernetes
from bakehouse.dsl.errors import AuthoringError
from bakehouse.dsl.places import here
from bakehouse.dsl.task import PipelineTask
from bakehouse.kubernetes import checks
from bakehouse.legacy import models
from bakehouse.legacy.errors import OldStyle


class PipelineVolume:
    """A claim that exists, or a volume of the kubernetes package, for `pvolumes`; whoever mounts it waits for its `tasks`."""

    def __init__(self, pvc: Any = None, volume: Any = None, *, tasks: tuple[PipelineTask, ...] = (), **described: Any) -> None:
        self.pvc, self.volume, self.tasks, self.described = pvc, volume, tasks, described

    def after(self, *ops: PipelineTask) -> PipelineVolume:
        """The same volume for whoever is to wait for these tasks."""
        return PipelineVolume(self.pvc, self.volume, tasks=(*self.tasks, *ops), **self.described)


class Volumes:
    """The volumes of one task and where they are to be: whatever has met is mounted at once."""

    def __init__(self, task: PipelineTask) -> None:
        self._task = task
        self._known: dict[str, dict[str, Any]] = {}
        self._waiting: list[tuple[dict[str, Any], str]] = []

    def add(self, volume: Any) -> None:
        """Take up a volume. Raises an `AuthoringError` for one that cannot be mounted today."""
        given = models.read("a volume", volume)
        self._known[str(given.get("name"))] = given
        for mount, place in list(self._waiting):
            if mount.get("name") == given.get("name"):
                self._waiting.remove((mount, place))
                _mount(self._task, given, mount)

    def place(self, mount: Any) -> None:
        """Take up where a volume is to be. Raises as `add` does."""
        given = models.read("a volume mount", mount)
        volume = self._known.get(str(given.get("name")))
        if volume is None:
            self._waiting.append((given, here()))
        else:
            _mount(self._task, volume, given)

    def put(self, path: str, volume: Any) -> None:
        """Mount a volume at a path, as `pvolumes={path: volume}` says it. Raises as `add` does."""
        if isinstance(volume, PipelineVolume):
            self._task.after(*volume.tasks)
            if volume.pvc is not None:
                kubernetes.mount_pvc(self._task, volume.pvc, path)
                return
            volume = volume.volume if volume.volume is not None else volume.described
        given = models.read("a volume", volume)
        _mount(self._task, given, {"name": given.get("name"), "mountPath": path})

    def left(self) -> Iterator[AuthoringError]:
        """The places whose volume has not been added."""
        for mount, place in self._waiting:
            yield OldStyle(
                f"the volume {mount.get('name')!r} is to be at {mount.get('mountPath')!r} of the task {self._task.name}, but is not added to it",
                place=place,
                remedy="Mount it by one call: kubernetes.mount_pvc(task, 'CLAIM', '/path'); or add the volume: .add_volume(…).",
            )


Given = Mapping[str, Any]


def _claim(task: PipelineTask, source: Given, mount: Given) -> None:
    kubernetes.mount_pvc(task, source.get("claimName", ""), mount.get("mountPath", ""), mount.get("subPath", ""))


def _secret(task: PipelineTask, source: Given, mount: Given) -> None:
    kubernetes.use_secret_as_volume(task, source.get("secretName", ""), mount.get("mountPath", ""), bool(source.get("optional", False)))


def _config_map(task: PipelineTask, source: Given, mount: Given) -> None:
    kubernetes.use_config_map_as_volume(task, source.get("name", ""), mount.get("mountPath", ""), bool(source.get("optional", False)))


def _empty_dir(task: PipelineTask, source: Given, mount: Given) -> None:
    name = mount.get("name") or "empty-dir"
    kubernetes.empty_dir_mount(task, name, mount.get("mountPath", ""), source.get("medium") or None, source.get("sizeLimit"))


@dataclass(frozen=True)
class _Kind:
    """What mounts a kind of volume; what such a volume may say, and its mount beside name and path; what is written where one says more."""

    mounted: Callable[[PipelineTask, Given, Given], None]
    said: frozenset[str]
    placed: frozenset[str]
    remedy: str


_FILES = "makes a file of each key, that may be read only"
#: By the names of Kubernetes' API. Secrets and config maps are never written to, so that their mounts may say so.
_KINDS: Mapping[str, _Kind] = {
    "persistentVolumeClaim": _Kind(
        _claim,
        frozenset(("claimName",)),
        frozenset(("subPath",)),
        "Leave it out: kubernetes.mount_pvc(task, 'CLAIM', '/path', 'FOLDER') mounts a claim, or a folder in it, to be read and written.",
    ),
    "secret": _Kind(
        _secret,
        frozenset(("secretName", "optional")),
        frozenset(("readOnly",)),
        f"Leave it out: kubernetes.use_secret_as_volume(task, 'SECRET', '/path') {_FILES}.",
    ),
    "configMap": _Kind(
        _config_map,
        frozenset(("name", "optional")),
        frozenset(("readOnly",)),
        f"Leave it out: kubernetes.use_config_map_as_volume(task, 'MAP', '/path') {_FILES}.",
    ),
    "emptyDir": _Kind(
        _empty_dir,
        frozenset(("medium", "sizeLimit")),
        frozenset(),
        "Leave it out: kubernetes.empty_dir_mount(task, 'NAME', '/path', 'Memory', '1Gi') says all that can be said.",
    ),
}


def _mount(task: PipelineTask, volume: Given, mount: Given) -> None:
    name = ", ".join(key for key in volume if key != "name")
    kind = _KINDS.get(name)
    if kind is None:
        raise OldStyle(
            f"a volume of the kind {name or 'nothing'} is given to the task {task.name}, and today's pipelines have no place for it",
            remedy="Use one of kubernetes.mount_pvc, use_secret_as_volume, use_config_map_as_volume and empty_dir_mount.",
        )
    source = checks.fields(f"{name} of the volume {volume.get('name')!r}", volume[name])
    for what, given, known in (("volume", source, kind.said), ("mount of the volume", mount, kind.placed | {"name", "mountPath"})):
        # `readOnly: False` says no more than nothing does.
        unknown = sorted(key for key, value in given.items() if key not in known and value is not False)
        if unknown:
            message = f"the {what} {volume.get('name')!r} of the task {task.name} says {', '.join(unknown)}, which has no place today"
            raise OldStyle(message, remedy=kind.remedy)
    kind.mounted(task, source, mount)
