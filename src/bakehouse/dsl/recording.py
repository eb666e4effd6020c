"""What a pipeline function does while it is traced: its inputs, the tasks it makes, what it gives back, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from bakehouse.dsl import channels
from bakehouse.dsl.channels import PipelineChannel, PipelineParameterChannel
from bakehouse.dsl.errors import AuthoringError
from bakehouse.dsl.groups import TasksGroup
from bakehouse.dsl.places import here
from bakehouse.dsl.signatures import Interface

if TYPE_CHECKING:
    from bakehouse.dsl.component import BaseComponent
    from bakehouse.dsl.task import PipelineTask

_current: ContextVar[Recording | None] = ContextVar("bakehouse_recording", default=None)
#: While errors are deferred: where each pipeline stands, by its name. `None` while they are not.
_deferring: ContextVar[dict[str, str] | None] = ContextVar("bakehouse_deferring", default=None)


class Recording:
    """One pipeline while it is built, and afterwards what the compiler reads. Tasks lie in the order in which they were made."""

    def __init__(self, pipeline: str, interface: Interface) -> None:
        self.pipeline = pipeline
        self.interface = interface
        self.root = TasksGroup(self)
        #: The group that is open.
        self.group = self.root
        self.inputs = channels.inputs(self)
        self.tasks: dict[str, PipelineTask] = {}
        self.outputs: dict[str, PipelineChannel] = {}
        self.errors: list[AuthoringError] = []
        #: The last error that a value of this pipeline raised; a library may have kept it to itself.
        self.refused: AuthoringError | None = None
        self._components: dict[int, BaseComponent] = {}
        self._next_number: dict[str, int] = {}
        self._named: dict[tuple[str, str], PipelineChannel] = {}
        self._groups = 0

    def report(self, error: AuthoringError) -> None:
        """Note what is wrong, so that the function can be traced to its end and all is told at once."""
        self.errors.append(error)

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """What is wrong meanwhile is noted at the author's line, and goes no further."""
        try:
            yield
        except AuthoringError as error:
            self.report(error.at(here()))

    def add(self, task: PipelineTask) -> str:
        """Take up a task. Its name: that of its component, `-2`, `-3`, … where that is taken."""
        self._components[id(task.component)] = task.component
        wanted = name = task.component.name
        number = self._next_number.get(wanted, 1)
        while name in self.tasks:
            number += 1
            name = f"{wanted}-{number}"
        self._next_number[wanted] = number
        self.tasks[name] = task
        self.group.tasks.append(task)
        return name

    def next_group(self) -> int:
        """The number of the next group, or of the next list of a loop that is written out: both are counted together, as KFP does."""
        self._groups += 1
        return self._groups

    def name_channel(self, channel: PipelineParameterChannel) -> None:
        """Let a text hold a channel that is neither an input of the pipeline nor an output of a task."""
        self._named[channel.key] = channel

    @property
    def components(self) -> tuple[BaseComponent, ...]:
        """The components in use, each once, in the order of their first use."""
        return tuple(self._components.values())

    def channel(self, task: str, name: str) -> PipelineChannel | None:
        """A channel by the names in its pattern; `None` if this pipeline has none such."""
        if not task:
            return self.inputs.get(name)
        found = self.tasks.get(task)
        given = found.outputs.get(name) if found is not None else None
        return self._named.get((task, name)) if given is None else given

    @contextmanager
    def active(self) -> Iterator[None]:
        """Components that are called meanwhile become tasks of this pipeline."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)


def current() -> Recording | None:
    """The pipeline that is being built now, if any."""
    return _current.get()


@contextmanager
def deferred() -> Iterator[None]:
    """Decorators do not raise meanwhile: what is wrong with a component or pipeline is told when it is compiled, all at once.

    For whoever runs an author's file to take one pipeline out of it.
    """
    token = _deferring.set({})
    try:
        yield
    finally:
        _deferring.reset(token)


def is_deferred() -> bool:
    """Whether decorators keep their errors for later."""
    return _deferring.get() is not None


def namesake(pipeline: str, place: str) -> str:
    """Where another pipeline of this name stands in the same file, as far as one run of a file tells; empty if there is none."""
    known = _deferring.get()
    if known is None:
        return ""
    first = known.setdefault(pipeline, place)
    return first if first != place and first.rpartition(":")[0] == place.rpartition(":")[0] else ""
