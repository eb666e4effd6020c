"""What Python's own operators say to values that exist only when the pipeline runs: an authoring error with its place and remedy.

Where something can stand for the answer, the error is reported and tracing goes on; where Python wants a truth value or a number, it is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from bakehouse.dsl.errors import NotKnownNow
from bakehouse.dsl.places import here, is_ours

if TYPE_CHECKING:
    from bakehouse.dsl.recording import Recording

#: Said of each of them.
_WHEN = "is known only when the pipeline runs"
_DECIDE = (
    "Decide by `with dsl.If(task.output == …):`, or inside a component: it gets the value itself. "
    "For `in`: `(task.output == 'a') | (task.output == 'b')`."
)
_LOOP = "Loop by `with dsl.ParallelFor(…) as item:`, or inside a component: it gets the value itself."
_COUNT = "Count inside a component: it gets the value itself. Where the number is known now, write it into the file."
_LOOK = "Do it inside a component: it gets the value itself."
_CALCULATE = 'Calculate in a component, and pass on its output. In a text, f"{…}" puts the value in.'
_ARTIFACT = "Pass it to an `Input[…]` of a component: inside, it has `.path`, `.uri` and `.metadata`."


def _calculates(sign: str) -> Callable[..., Any]:
    """A binary operator, from either side, or a unary one."""

    def operator(self: UnknownValue, *_other: object) -> Any:
        return self.refused(f"`{sign}` calculates with {self.full_name}, which {_WHEN}", _CALCULATE)

    return operator


class UnknownValue:
    """Base of values that exist only when the pipeline runs."""

    recording: Recording
    #: Whether a step gets it as a file, not as a value.
    is_artifact = False

    @property
    def full_name(self) -> str:
        """What messages call it."""
        raise NotImplementedError

    @property
    def _look(self) -> str:
        return _ARTIFACT if self.is_artifact else _LOOK

    def stand_in(self) -> Any:
        """Something that fits everywhere, so that no second error follows."""
        raise NotImplementedError

    def refused(self, message: str, remedy: str) -> Any:
        """Report what cannot be done now; what stands for its result."""
        self.recording.report(NotKnownNow(message, place=here(), remedy=remedy))
        return self.stand_in()

    def _error(self, message: str, remedy: str) -> NotKnownNow:
        """What to raise, remembered in case that a library keeps it to itself."""
        error = NotKnownNow(message, place=here(), remedy=remedy)
        self.recording.refused = error
        return error

    def __bool__(self) -> bool:
        raise self._error(f"Python asks whether {self.full_name} is true (`if`, `while`, `not`, `and`, `or`), and that {_WHEN}", _DECIDE)

    def __contains__(self, item: object) -> bool:
        raise self._error(f"Python asks what is in {self.full_name}, and that {_WHEN}", _DECIDE)

    def __len__(self) -> int:
        raise self._error(f"the length of {self.full_name} {_WHEN}", _COUNT)

    def _as_number(self) -> NoReturn:
        raise self._error(f"{self.full_name} is used as a number (`range(…)`, `int(…)`, an index), and {_WHEN}", _COUNT)

    __index__ = __int__ = __float__ = _as_number

    def __fspath__(self) -> str:
        # Reported, not raised: `os.path.join` would replace a TypeError by its own.
        self.refused(f"{self.full_name} is used as a path, which {_WHEN}", self._look)
        return self.full_name

    def __iter__(self) -> Iterator[Any]:
        return iter((self.refused(f"Python goes through the items of {self.full_name}, which {_WHEN}", _LOOP),))

    def __getitem__(self, key: object) -> Any:
        return self.refused(f"an item of {self.full_name} is taken, which {_WHEN}", self._look)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):  # what Python and its tools ask of everything
            raise AttributeError(name)
        raise self._error(f"`.{name}` of {self.full_name} is asked for, which {_WHEN}", self._look)

    def __setattr__(self, name: str, value: object) -> None:
        if is_ours():
            object.__setattr__(self, name, value)
        else:
            self.refused(f"`.{name}` of {self.full_name} is set, which {_WHEN}", self._look)

    __add__ = __radd__ = __pos__ = _calculates("+")
    __sub__ = __rsub__ = __neg__ = _calculates("-")
    __mul__ = __rmul__ = _calculates("*")
    __truediv__ = __rtruediv__ = _calculates("/")
    __floordiv__ = __rfloordiv__ = _calculates("//")
    __mod__ = __rmod__ = _calculates("%")
    __pow__ = __rpow__ = _calculates("**")
    __matmul__ = __rmatmul__ = _calculates("@")
    __and__ = __rand__ = _calculates("&")
    __or__ = __ror__ = _calculates("|")
    __xor__ = __rxor__ = _calculates("^")
    __lshift__ = __rlshift__ = _calculates("<<")
    __rshift__ = __rrshift__ = _calculates(">>")
    __invert__ = _calculates("~")
    __abs__ = _calculates("abs")
    __round__ = _calculates("round")
    __divmod__ = __rdivmod__ = _calculates("divmod")
