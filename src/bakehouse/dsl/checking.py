"""What type checkers and editors are told of components: a call takes what the function takes, and its task gives what the function returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, overload

if TYPE_CHECKING:
    from typing_extensions import ParamSpec, TypeVar  # with defaults, so that the classes can be named alone

    from bakehouse.dsl.task import PipelineTask

    #: The parameters of an author's function, and what it returns.
    P = ParamSpec("P", default=...)
    R = TypeVar("R", default=Any)
else:
    import typing

    P, R = typing.ParamSpec("P"), typing.TypeVar("R")


class Called(Generic[P, R]):
    """Base of components that are made of a function: its parameters are shown.

    Checkers cannot be told which of them are outputs, and need no argument; so a call that does not fit is let through here, and refused when
    the pipeline is built.
    """

    if TYPE_CHECKING:

        @overload
        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> PipelineTask[R]: ...

        @overload
        def __call__(self, *args: Any, **kwargs: Any) -> PipelineTask[R]: ...

        def __call__(self, *args: Any, **kwargs: Any) -> PipelineTask[R]:
            """Make a task."""
            raise NotImplementedError


class CalledExactly(Generic[P, R]):
    """Base of pipelines, whose parameters are all inputs: what does not fit is an error to checkers too."""

    if TYPE_CHECKING:

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> PipelineTask[R]:
            """Make a task."""
            raise NotImplementedError


if TYPE_CHECKING:

    class Given:
        """The output of a task to checkers: of the type that the function returns; anything, if it returns nothing and fills an artifact."""

        @overload
        def __get__(self, task: PipelineTask[None], owner: type) -> Any: ...

        @overload
        def __get__(self, task: PipelineTask[R], owner: type) -> R: ...

        def __get__(self, task: PipelineTask[Any], owner: type) -> Any:
            """What `PipelineTask.output` gives."""
            raise NotImplementedError
