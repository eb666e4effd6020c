"""Constructs of KFP that this version does not support: their names are here, and each use is refused with its place.

While a pipeline is traced a use is reported and stands for anything, so that the rest is checked too; elsewhere it raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, overload

from bakehouse.dsl import recording, signatures
from bakehouse.dsl.channels import UnknownChannel
from bakehouse.dsl.component import BaseComponent, place_of
from bakehouse.dsl.errors import AuthoringError, NotYet
from bakehouse.dsl.places import here
from bakehouse.dsl.recording import Recording
from bakehouse.dsl.task import PipelineTask
from bakehouse.ir.spec import ComponentInputs, ComponentOutputs, Container

if TYPE_CHECKING:
    from typing_extensions import Self

_NOTHING = signatures.Interface(ComponentInputs(), ComponentOutputs(), {}, {})


class _Unknown(BaseComponent):
    """The component of a task that cannot be known; `errors` keeps what follows from that quiet."""

    def __init__(self, name: str, error: AuthoringError | None = None) -> None:
        super().__init__(name, _NOTHING, place="")
        self.errors = [error] if error is not None else []

    @property
    def executor(self) -> Container:
        return Container("")


class UnknownTask(PipelineTask):
    """Stands for a task that has been refused: whatever it is asked for, there is something."""

    def __init__(self, name: str, building: Recording) -> None:
        super().__init__(_Unknown(name), {}, building)

    @property
    def output(self) -> UnknownChannel:
        """Something."""
        return UnknownChannel(self.recording, self)

    def no_such_output(self, name: str) -> UnknownChannel:
        """Something, and no error."""
        del name
        return UnknownChannel(self.recording, self)


def _refused(construct: str, remedy: str) -> Recording:
    """Report a construct to the pipeline that is being built. Raises `NotYet` where none is."""
    error = NotYet(f"{construct} is not supported yet", place=here(), remedy=remedy)
    building = recording.current()
    if building is None:
        raise error
    building.report(error)
    return building


class _Group(UnknownChannel):
    """Base of the `with` blocks, which stand for anything: the item of a loop, what a task is to run after."""

    _remedy = "Decide inside a component for now: Python's own `if` and `for` work there."

    def __init__(self, *given: Any, **named: Any) -> None:
        del given, named
        super().__init__(_refused(f"dsl.{type(self).__name__}", self._remedy))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        """Nothing: what happens inside goes on."""


class If(_Group):
    """Run tasks under a condition."""


class Elif(_Group):
    """Run tasks under another condition."""


class Else(_Group):
    """Run tasks under no other condition."""


class Condition(If):
    """Deprecated name of `If`."""


class ParallelFor(_Group):
    """Run tasks for each item of a list."""

    _remedy = "Where the items are known now, a `for` of Python makes a task of each; else loop inside a component for now."


class ExitHandler(_Group):
    """Run a task at the end, whatever happened."""

    _remedy = "For now, clean up in the component itself: `try: … finally: …`."


class Collected(UnknownChannel):
    """The outputs of all iterations of a loop."""

    def __init__(self, output: Any) -> None:
        del output
        super().__init__(_refused("dsl.Collected", "Loop inside a component for now, and return a list."))


class OneOf(UnknownChannel):
    """The output of the branch that was run."""

    def __init__(self, *channels: Any) -> None:
        del channels
        super().__init__(_refused("dsl.OneOf", _Group._remedy))  # noqa: SLF001  # the same module


def importer(*given: Any, **named: Any) -> PipelineTask:
    """Bring in an artifact that exists already."""
    del given, named
    building = _refused("dsl.importer", "For now, let a component fetch it: `-> Dataset` with the URI as an input.")
    return UnknownTask("importer", building)


class NotebookComponent(BaseComponent):
    """A component made of a notebook: it can be defined, not used."""

    def __init__(self, function: Callable[..., Any]) -> None:
        place = place_of(function)
        super().__init__(getattr(function, "__name__", "notebook"), _NOTHING, place=place)
        self.errors.append(
            NotYet("dsl.notebook_component is not supported yet", place=place, remedy="Move the notebook's code into a @dsl.component.")
        )

    @property
    def executor(self) -> Container:
        """None of today's."""
        return Container("")


@overload
def notebook_component(func: Callable[..., Any]) -> NotebookComponent: ...


@overload
def notebook_component(func: None = None, **settings: Any) -> Callable[[Callable[..., Any]], NotebookComponent]: ...


def notebook_component(func: Callable[..., Any] | None = None, **settings: Any) -> Any:  # one of the two
    """A component made of a notebook. Using it in a pipeline, or compiling it, is refused."""
    del settings
    return NotebookComponent if func is None else NotebookComponent(func)
