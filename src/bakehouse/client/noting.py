"""What an author's file says about running here while it is only loaded: remembered, and nothing runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from bakehouse.client.calls import Call
from bakehouse.dsl import hooks, places
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.errors import OutsidePipeline

#: What was called, in order: functions of `bakehouse.local`, and components and pipelines by their names.
calls: list[Call] = []


def install() -> None:
    """From now on calls of components outside a pipeline, and of `bakehouse.local`, run nothing in this process."""
    hooks.connect_calls(not_run, said=said)


def said(method: str) -> None:
    """Note that a function of `bakehouse.local` is called."""
    calls.append(Call(method, places.here()))


def not_run(component: BaseComponent, given: Mapping[str, Any]) -> NotRun:
    """Note that a component is called outside a pipeline; what stands for its task."""
    calls.append(Call(component.name, places.here(), is_component=True, given=given))
    return NotRun(component.name)


def _refusing(*_arguments: Any, **_named: Any) -> Callable[..., NoReturn]:
    def refuse(self: NotRun, *_given: object) -> NoReturn:
        raise OutsidePipeline(
            f"{self} is used as a value, and there is none: nothing runs while the file is loaded",
            place=places.here(),
            remedy='Put what calls the pipeline and uses its results below `if __name__ == "__main__":`; `bakehouse run` shows the outputs.',
        )

    return refuse


class NotRun:
    """Stands for a task that was not run and for all it would give; it can be shown. Whoever needs its value is told that there is none."""

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

    __hash__ = object.__hash__
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refusing()
    __bool__ = __len__ = __iter__ = __contains__ = __int__ = __float__ = __index__ = __fspath__ = _refusing()
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refusing()
