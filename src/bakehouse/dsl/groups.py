"""Groups of tasks: what a `with` block of a pipeline holds. The whole pipeline is the outermost one, the root."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bakehouse.dsl.recording import Recording
    from bakehouse.dsl.task import PipelineTask


class TasksGroup:
    """Tasks and further groups, in the order in which they were made. `display_name` is what people see, `place` where it was written."""

    #: What the author wrote.
    construct = "dsl.pipeline"
    #: Whether a task runs at its end whatever happened, so that others can wait for it.
    has_exit = False
    #: Whether it is left open when what is in it exists: for each item of a list, or only if a branch is taken.
    is_loop = is_branch = False

    def __init__(self, recording: Recording, *, display_name: str = "", place: str = "") -> None:
        self.recording, self.display_name, self.place = recording, display_name, place
        self.name = "root"
        self.parent: TasksGroup | None = None
        self.depth = 0
        self.tasks: list[PipelineTask] = []
        self.groups: list[TasksGroup] = []

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    @property
    def around(self) -> TasksGroup:
        """The group that holds this one; nothing holds the root but itself."""
        return self.parent or self

    def adopt(self, group: TasksGroup) -> None:
        """Take a group in."""
        group.parent = self
        _deepen(group, self.depth + 1)
        self.groups.append(group)

    def lineage(self) -> Iterator[TasksGroup]:
        """This group and those around it, from the inside out."""
        group: TasksGroup | None = self
        while group is not None:
            yield group
            group = group.parent

    def walk(self) -> Iterator[TasksGroup]:
        """This group and all in it, each before those in it, in the order in which they were made."""
        yield self
        for group in self.groups:
            yield from group.walk()

    def left_for(self, other: TasksGroup) -> list[TasksGroup]:
        """The groups between here and the innermost group that holds both, from the inside out: this one first, if it does not hold the other."""
        inner: TasksGroup | None = self
        outer: TasksGroup | None = other
        left: list[TasksGroup] = []
        while inner is not outer and inner is not None and outer is not None:
            if inner.depth >= outer.depth:
                left.append(inner)
                if inner.depth == outer.depth:
                    outer = outer.parent
                inner = inner.parent
            else:
                outer = outer.parent
        return left


def _deepen(group: TasksGroup, depth: int) -> None:
    group.depth = depth
    for inner in group.groups:
        _deepen(inner, depth + 1)
