"""The marks of a component's parameters: `Input[Dataset]`, `Output[Model]`, `InputPath("Dataset")`, `OutputPath(int)`.

Used by the author's side to read a signature, and inside the step to know what to hand over.
`Input[T]` is `Annotated[T, InputAnnotation]`, so that type checkers see a `T`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # novermin
    from typing import Annotated, Any, Tuple, TypeVar

    T = TypeVar("T")

__all__ = [
    "EmbeddedAnnotation",
    "EmbeddedInput",
    "Input",
    "InputAnnotation",
    "InputPath",
    "Output",
    "OutputAnnotation",
    "OutputPath",
    "marks",
]


class InputAnnotation:
    """The mark inside `Input[…]`."""


class OutputAnnotation:
    """The mark inside `Output[…]`."""


class EmbeddedAnnotation:
    """The mark inside `EmbeddedInput[…]`."""


class InputPath:
    """Annotates a parameter that gets the local path of an input artifact of this type (a class or its name)."""

    def __init__(self, type: Any = None) -> None:
        self.type = type

    def __repr__(self) -> str:
        return f"InputPath({_named(self.type)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InputPath) and self.type == other.type

    def __hash__(self) -> int:
        return hash(("InputPath", str(self.type)))


class OutputPath:
    r"""Annotates a parameter that gets the local path to write an output to: the text of a value (`OutputPath(int)`), or an artifact.

    ```python
    from bakehouse import dsl


    @dsl.component
    def lines(text: str, count: dsl.OutputPath(int), copy: dsl.OutputPath("Dataset")):
        with open(count, "w") as file:
            file.write(str(len(text.splitlines())))
        with open(copy, "w") as file:
            file.write(text)


    @dsl.component
    def first(table: dsl.InputPath("Dataset")) -> str:
        with open(table) as file:
            return file.readline()


    @dsl.pipeline
    def by_paths(text: str = "a\nb") -> str:
        return first(table=lines(text=text).outputs["copy"]).output
    ```
    """

    def __init__(self, type: Any = None) -> None:
        self.type = type

    def __repr__(self) -> str:
        return f"OutputPath({_named(self.type)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OutputPath) and self.type == other.type

    def __hash__(self) -> int:
        return hash(("OutputPath", str(self.type)))


class _Marked:
    """`Annotated[T, mark]` for Python 3.7 and 3.8, which have none: what a step asks of it, no more."""

    def __init__(self, origin: Any, mark: type) -> None:
        self.__origin__ = origin
        self.__metadata__ = (mark,)

    def __call__(self) -> None:
        """Nothing: typing takes only what can be called for a type, as in `Optional[Input[T]]`."""

    def __repr__(self) -> str:
        return f"Annotated[{_named(self.__origin__)}, {self.__metadata__[0].__name__}]"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Marked) and (self.__origin__, self.__metadata__) == (other.__origin__, other.__metadata__)

    def __hash__(self) -> int:
        return hash((self.__origin__, self.__metadata__))


if TYPE_CHECKING:  # novermin
    Input = Annotated[T, InputAnnotation]
    Output = Annotated[T, OutputAnnotation]
    EmbeddedInput = Annotated[T, EmbeddedAnnotation]
else:
    # Classes that are never made: `typing` is imported by those who mark something, since that takes longer than a short step.
    class Input:
        """Marks an input artifact: `Input[Dataset]`, `Input[List[Dataset]]`."""

        def __class_getitem__(cls, origin: Any) -> Any:
            return _annotated(origin, InputAnnotation)

    class Output:
        """Marks an artifact that the component fills: `Output[Model]`."""

        def __class_getitem__(cls, origin: Any) -> Any:
            return _annotated(origin, OutputAnnotation)

    class EmbeddedInput:
        """Marks files that travel inside the component's source: `EmbeddedInput[Dataset]`."""

        def __class_getitem__(cls, origin: Any) -> Any:
            return _annotated(origin, EmbeddedAnnotation)


def _annotated(origin: Any, mark: type) -> Any:
    import typing

    annotated = getattr(typing, "Annotated", None)  # new in Python 3.9
    return _Marked(origin, mark) if annotated is None else annotated[origin, mark]


def marks(annotation: Any) -> Tuple[str, ...]:
    """The names of the marks on an annotation: `("InputAnnotation",)` for `Input[Dataset]`, none for `Dataset`.

    By name: the marks of another SDK in the same program mean the same.
    """
    return tuple(getattr(mark, "__name__", "") for mark in getattr(annotation, "__metadata__", ()))


def _named(type: Any) -> str:
    if type is None:
        return ""
    return getattr(type, "__name__", None) or repr(type)
