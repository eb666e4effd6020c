"""The switch of all that acts: while an author's file is only loaded, nothing is written, sent or run; what the file asks for is noted.

The compiler, the client, `bakehouse.local` and calls of components ask here first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, NoReturn

from bakehouse.dsl import places
from bakehouse.dsl.errors import OutsidePipeline


class Kind(Enum):
    """What is asked for: a pipeline compiled, a file written, a server or a registry asked, `bakehouse.local` told something, a component run."""

    COMPILATION = auto()
    FILE = auto()
    CLIENT = auto()
    REGISTRY = auto()
    LOCAL = auto()
    COMPONENT = auto()


@dataclass(frozen=True)
class Note:
    """`what` is the method or function that was called, the file that was not written, or the component that was `given` these inputs."""

    kind: Kind
    what: str
    place: str
    given: Mapping[str, Any] = field(default_factory=dict)


class _Switch:
    """Where notes go; `None` where all act."""

    notes: list[Note] | None = None


def note(notes: list[Note] | None) -> None:
    """From now on what acts in this process only adds to this list; with `None` it acts again."""
    _Switch.notes = notes


def is_on() -> bool:
    """Whether a file is only loaded."""
    return _Switch.notes is not None


def noted(kind: Kind, what: str, given: Mapping[str, Any] | None = None) -> bool:
    """Whether what is asked for here is not to be done; it is noted then, with the author's line."""
    if _Switch.notes is None:
        return False
    _Switch.notes.append(Note(kind, what, places.here(), given or {}))
    return True


def _refusing(*_arguments: Any, **_named: Any) -> Callable[..., NoReturn]:
    def refuse(self: NotRun, *_given: object) -> NoReturn:
        raise OutsidePipeline(
            f"{self} is used as a value, and there is none: nothing runs and nobody is asked while the file is loaded",
            place=places.here(),
            remedy='Put what starts the pipeline, and uses what comes of it, below `if __name__ == "__main__":`; `bakehouse run` shows the outputs.',
        )

    return refuse


class NotRun:
    """Stands for what was not done and for all it would give; it can be passed on and shown. Whoever needs its value is told that there is none."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"<{self._name}: not run>"

    def __getattr__(self, name: str) -> NotRun:
        if name.startswith("__"):
            raise AttributeError(name)
        return NotRun(f"{self._name}.{name}")

    def __getitem__(self, key: object) -> NotRun:
        return NotRun(f"{self._name}[{key!r}]")

    def __call__(self, *_arguments: Any, **_named: Any) -> NotRun:
        """What a method of it gives."""
        return self

    # A set is asked by the hash alone: `state in {"SUCCEEDED", …}` would never be true, and a loop that waits for it never end.
    __hash__ = _refusing()
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refusing()
    __bool__ = __len__ = __iter__ = __contains__ = __int__ = __float__ = __index__ = __fspath__ = _refusing()
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refusing()
