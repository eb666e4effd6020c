"""What all `with` blocks of a pipeline have in common: while one is open, tasks are made in it."""

from __future__ import annotations

from typing import Any

from bakehouse.dsl import arguments, recording
from bakehouse.dsl.errors import AuthoringError, InvalidPipeline, OutsidePipeline, WrongType
from bakehouse.dsl.groups import TasksGroup
from bakehouse.dsl.places import here
from bakehouse.dsl.recording import Recording
from bakehouse.dsl.values import halved


class Block(TasksGroup):
    """Base of the blocks. `prefix` and a number name it."""

    prefix = ""

    def __init__(self, name: object) -> None:
        super().__init__(current(self.construct), place=here())
        if name is not None and not isinstance(name, str):
            self.report(WrongType(f"the name of a {self.construct} is a text, but is {name!r}", remedy="Write a text."))
        self.display_name = name if isinstance(name, str) else ""
        for error in halved(f"the name of a {self.construct}", self.display_name):
            self.report(error)
        #: The groups that were open when it was entered, the last on top.
        self._outside: list[TasksGroup] = []

    def __enter__(self) -> Any:
        self._open()
        return self

    def _open(self) -> None:
        if recording.current() is not self.recording:
            raise arguments.foreign(f"a {self.construct} is entered")
        if self.parent is not None:
            # It stays where it stands: in itself it would have no end.
            self.report(InvalidPipeline(f"the {self.construct} is entered a second time", remedy="Write another one."))
        else:
            self._take_place(self.recording.group)
        self._outside.append(self.recording.group)
        self.recording.group = self

    def _take_place(self, outside: TasksGroup) -> None:
        """Become a part of the group that is open."""
        self.name = f"{self.prefix}-{self.recording.next_group()}"
        outside.adopt(self)

    def __exit__(self, *failure: object) -> None:
        self.recording.group = self._outside.pop()
        if not self.tasks and not self.groups and not self.recording.errors and failure[0] is None:
            error = InvalidPipeline(f"the {self.construct} holds no task", place=self.place, remedy="Call a component in it, or leave it out.")
            self.recording.report(error)

    def report(self, error: AuthoringError) -> None:
        """Note what is wrong with the block, at the author's line."""
        self.recording.report(error.at(here()))


def current(construct: str) -> Recording:
    """The pipeline that is being built. Raises `OutsidePipeline` where none is."""
    building = recording.current()
    if building is None:
        raise OutsidePipeline(f"{construct} is used outside a pipeline", place=here(), remedy="Use it in a function with @dsl.pipeline.")
    return building
