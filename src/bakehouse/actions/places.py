"""The tasks of a DAG as places of a drawing: one place for each, or one for several that stand alike. Pure, linear in the tasks."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from graphlib import TopologicalSorter

from bakehouse.ir.spec import Container, Dag, Importer, PipelineSpec, Task, TaskOutputArtifact, TaskOutputParameter
from bakehouse.ir.wiring import CHANNEL
from bakehouse.orchestrator.plan import needs

#: So many steps of one component at the same place are a crowd, which is drawn as one even where there is room.
CROWD = 41
_UNNAMED = "Output"  # what KFP calls the output of a function that names none
_DIGITS = re.compile(r"(\d+)")


class Stacking(Enum):
    """Which tasks share a place."""

    CROWDS = "more than 40 of one component with the same upstream and downstream tasks"
    SAME = "all of one component with the same upstream and downstream tasks"
    ALIKE = "all of one component whose upstream and downstream tasks share places themselves"


@dataclass(frozen=True)
class Level:
    """The tasks of one DAG. `path` is the way to it, empty for the root; `order` has upstream before downstream."""

    spec: PipelineSpec
    dag: Dag
    path: str
    order: Sequence[str]
    upstream: Mapping[str, Sequence[str]]
    downstream: Mapping[str, Sequence[str]]

    def id_of(self, task: str) -> str:
        """The path of a task."""
        return f"{self.path}/{task}" if self.path else task


@dataclass(frozen=True)
class Place:
    """Tasks that are drawn as one node."""

    id: str
    tasks: tuple[str, ...]

    @property
    def stacked(self) -> bool:
        """Whether it stands for several tasks."""
        return len(self.tasks) > 1


def level(spec: PipelineSpec, dag: Dag, path: str) -> Level:
    """A DAG as it is drawn."""
    names = sorted(dag.tasks, key=natural)
    rank = {name: index for index, name in enumerate(names)}
    upstream = {name: sorted((one for one in needs(dag.tasks[name]) if one in rank), key=rank.__getitem__) for name in names}
    downstream: dict[str, list[str]] = {name: [] for name in names}
    for name, producers in upstream.items():
        for producer in producers:
            downstream[producer].append(name)
    return Level(spec, dag, path, tuple(TopologicalSorter(upstream).static_order()), upstream, downstream)


def places(of: Level, stacking: Stacking) -> list[Place]:
    """The places of a level, each where its first task stands."""
    key, least = _KEYS[stacking](of), CROWD if stacking is Stacking.CROWDS else 2
    groups: dict[Hashable, list[str]] = {}
    for name in of.order:
        groups.setdefault(key(name), []).append(name)
    found: list[Place] = []
    for name in of.order:
        group = groups[key(name)]
        if len(group) < least:
            found.append(single(of, name))
        elif group[0] == name:
            found.append(Place(f"stack:{of.id_of(name)}", tuple(sorted(group, key=natural))))
    return found


def single(of: Level, task: str) -> Place:
    """The place of one task."""
    return Place(of.id_of(task), (task,))


def passed(task: Task) -> Mapping[str, frozenset[str]]:
    """What a task is handed by each of its siblings, by names that people know."""
    found: dict[str, set[str]] = {}
    for name, source in (*task.inputs.parameters.items(), *task.inputs.artifacts.items()):
        if isinstance(source, TaskOutputParameter | TaskOutputArtifact):
            unnamed = source.output_key == _UNNAMED and not name.startswith(CHANNEL)
            found.setdefault(source.producer_task, set()).add(name if unnamed else source.output_key)
    return {producer: frozenset(names) for producer, names in found.items()}


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """`step-2` before `step-10`."""
    return tuple((int(part), "") if part.isdecimal() and part.isascii() else (-1, part) for part in _DIGITS.split(name))


# ---------------------------------------------------------------- what tells tasks apart


def _likeness(of: Level, name: str) -> Hashable:
    """What a task runs. The compiler gives each use of a component a name of its own: what counts is what is in it."""
    task = of.dag.tasks[name]
    component = of.spec.components[task.component]
    match of.spec.executors.get(component.executor_label or ""):
        case Container(image=image, command=command, args=args, env=env):
            return (image, command, args, env, tuple(component.inputs.parameters), tuple(component.outputs.artifacts))
        case Importer(artifact_uri=uri, type=kind):
            return (repr(uri), kind)
        case _:
            return task.component


def _exactly(of: Level) -> Callable[[str], Hashable]:
    keys = {name: (_likeness(of, name), tuple(of.upstream[name]), tuple(of.downstream[name])) for name in of.order}
    return keys.__getitem__


def _alike(of: Level) -> Callable[[str], Hashable]:
    """Numbers for classes: tasks of one class run the same, after tasks of the same classes (or before such ones)."""
    kinds: dict[Hashable, int] = {}
    kind = {name: kinds.setdefault(_likeness(of, name), len(kinds)) for name in of.order}

    def classes(order: Sequence[str], neighbours: Mapping[str, Sequence[str]]) -> dict[str, int]:
        numbers: dict[Hashable, int] = {}
        found: dict[str, int] = {}
        for name in order:
            described = (kind[name], tuple(sorted({found[other] for other in neighbours[name]})))
            found[name] = numbers.setdefault(described, len(numbers))
        return found

    after, before = classes(of.order, of.upstream), classes(of.order[::-1], of.downstream)
    keys = {name: (after[name], before[name]) for name in of.order}
    return keys.__getitem__


_KEYS: Mapping[Stacking, Callable[[Level], Callable[[str], Hashable]]] = {
    Stacking.CROWDS: _exactly,
    Stacking.SAME: _exactly,
    Stacking.ALIKE: _alike,
}
