"""Volumes in the style of KFP 1: a volume and its place are named apart and meet by the volume's name; `PipelineVolume`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bakehouse import kubernetes
from bakehouse.dsl.errors import AuthoringError
from bakehouse.dsl.places import here
from bakehouse.dsl.task import PipelineTask
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
        _mount(self._task, models.read("a volume", volume), {"mountPath": path})

    def left(self) -> Iterator[AuthoringError]:
        """The places whose volume has not been added."""
        for mount, place in self._waiting:
            yield OldStyle(
                f"the volume {mount.get('name')!r} is to be at {mount.get('mountPath')!r} of the task {self._task.name}, but is not added to it",
                place=place,
                remedy="Mount it by one call: kubernetes.mount_pvc(task, 'CLAIM', '/path'); or add the volume: .add_volume(…).",
            )


def _mount(task: PipelineTask, volume: Mapping[str, Any], mount: Mapping[str, Any]) -> None:
    path, sub_path = mount.get("mountPath"), mount.get("subPath")
    kind = next((name for name in volume if name != "name"), "")
    if kind == "persistentVolumeClaim":
        kubernetes.mount_pvc(task, volume[kind].get("claimName"), path or "", sub_path or "")
        return
    known = _MOUNTED.get(kind)
    if known is None or sub_path:
        what = f"a part of the volume {volume.get('name')!r} ({sub_path})" if known else f"a volume of the kind {kind or 'nothing'}"
        raise OldStyle(
            f"{what} is given to the task {task.name}, and today's pipelines have no place for it",
            remedy="Use one of kubernetes.mount_pvc, use_secret_as_volume, use_config_map_as_volume and empty_dir_mount.",
        )
    known(task, str(volume.get("name") or kind), volume[kind], path or "")


def _secret(task: PipelineTask, _name: str, given: Mapping[str, Any], path: str) -> None:
    kubernetes.use_secret_as_volume(task, given.get("secretName", ""), path, bool(given.get("optional", False)))


def _config_map(task: PipelineTask, _name: str, given: Mapping[str, Any], path: str) -> None:
    kubernetes.use_config_map_as_volume(task, given.get("name", ""), path, bool(given.get("optional", False)))


def _empty_dir(task: PipelineTask, name: str, given: Mapping[str, Any], path: str) -> None:
    kubernetes.empty_dir_mount(task, name, path, given.get("medium"), given.get("sizeLimit"))


_MOUNTED: Mapping[str, Callable[[PipelineTask, str, Mapping[str, Any], str], None]] = {
    "secret": _secret,
    "configMap": _config_map,
    "emptyDir": _empty_dir,
}
