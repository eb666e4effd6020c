"""Volume claims that several steps mount, without an order between them. Pure.

https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes: most volumes are for one node at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from bakehouse.ir import executors, values
from bakehouse.ir.spec import Dag, PipelineFile, Task, TaskFinalStatus, TaskOutputArtifact, TaskOutputParameter
from bakehouse.ir.values import Json


@dataclass(frozen=True)
class Clash:
    """Two tasks of a DAG (`path`), or the iterations of the loop `first`, that may mount a volume at the same time."""

    path: tuple[str, ...]
    volume: str
    first: str
    second: str = ""


def clashes(file: PipelineFile) -> Iterator[Clash]:
    """The first of each volume and DAG, and all loops. A claim that a task of the pipeline makes counts as that task's."""
    mounts = _Mounts(file)
    for path, dag in executors.dags(file.spec):
        held = {name: mounts.of(task) for name, task in dag.tasks.items()}
        upstream: dict[str, frozenset[str]] = {}
        for volume in sorted({one for volumes in held.values() for one in volumes}):
            sharing = [name for name in dag.tasks if volume in held[name]]
            for first, second in combinations(sharing, 2):
                if first not in _upstream(dag, second, upstream) and second not in _upstream(dag, first, upstream):
                    yield Clash((*path, "tasks", second), str(volume), first, second)
                    break  # whoever mends this one is told of the next
        for name, task in dag.tasks.items():
            if task.iterator is not None and task.parallelism_limit != 1:
                yield from (Clash((*path, "tasks", name), str(volume), name) for volume in sorted(held[name]))


@dataclass(frozen=True, order=True)
class _Volume:
    """A claim by its name, or by what gives its name: the task of the same DAG that `made` it, an input of that DAG."""

    name: str
    made: bool = False
    given: bool = False

    def __str__(self) -> str:
        return f"the claim that {self.name} makes" if self.made else f"the input {self.name}" if self.given else self.name


class _Mounts:
    """Which volumes a task mounts, itself or by what it holds."""

    def __init__(self, file: PipelineFile) -> None:
        self._components = file.spec.components
        self._settings = values.at(file.platforms, "kubernetes", "deploymentSpec", "executors")
        self._known: dict[str, frozenset[_Volume]] = {}

    def of(self, task: Task) -> frozenset[_Volume]:
        """The volumes of a task as its DAG knows them. Whether one that a DAG was given is that of another is not known, so it is left out."""
        component = self._components.get(task.component)
        if component is None:
            return frozenset()
        if component.dag is None:
            mounted = values.at(self._settings, component.executor_label or "").get("pvcMount")
            return frozenset(found for one in mounted for found in _volumes(one)) if isinstance(mounted, list | tuple) else frozenset()
        if task.component not in self._known:
            self._known[task.component] = frozenset()  # a DAG that holds itself is refused elsewhere
            inner = frozenset(one for each in component.dag.tasks.values() for one in self.of(each))
            self._known[task.component] = frozenset(one for one in inner if not one.made and not one.given)
        return self._known[task.component]


def _volumes(mount: Json) -> Iterator[_Volume]:
    """The claim of a mount; where its name comes from stands in it, or below `pvcNameParameter`."""
    source = {**values.at(mount), **values.at(mount, "pvcNameParameter"), **values.at(mount, "pvcNameParameter", "runtimeValue")}
    constant, given, made = (
        source.get("constant"),
        source.get("componentInputParameter"),
        values.at(source, "taskOutputParameter").get("producerTask"),
    )
    if isinstance(made, str):
        yield _Volume(made, made=True)
    elif isinstance(given, str):
        yield _Volume(given, given=True)
    elif isinstance(constant, str):
        yield _Volume(constant)


def _upstream(dag: Dag, name: str, known: dict[str, frozenset[str]]) -> frozenset[str]:
    """All tasks that are over before this one starts; each is worked out once."""
    waiting = [name] if name not in known else []
    while waiting:
        each = waiting[-1]
        direct = [one for one in _direct(dag.tasks[each]) if one in dag.tasks]
        missing = [one for one in direct if one not in known]
        if missing and each not in known:
            known[each] = frozenset()  # being worked out; a circle is refused elsewhere
            waiting += missing
            continue
        known[each] = frozenset(direct).union(*(known.get(one, frozenset()) for one in direct))
        waiting.pop()
    return known[name]


def _direct(task: Task) -> Iterator[str]:
    yield from task.dependent_tasks
    for source in (*task.inputs.parameters.values(), *task.inputs.artifacts.values()):
        if isinstance(source, TaskOutputParameter | TaskOutputArtifact | TaskFinalStatus):
            yield source.producer_task
