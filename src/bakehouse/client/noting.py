"""Methods that ask a server: in a file that is only loaded they are noted, and ask nobody."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from bakehouse.dsl import only_loaded
from bakehouse.dsl.only_loaded import Kind, NotRun

#: From `compiler.files.compiled` over a method that asks, and its wrapper, to the line that calls it: frames, as `warnings.warn` counts.
AUTHOR = 4
P = ParamSpec("P")
T = TypeVar("T")


def asks(method: Callable[P, T], kind: Kind = Kind.CLIENT) -> Callable[P, T]:
    """A method that asks, which while a file is loaded is only noted: it gives a `NotRun` then."""

    @functools.wraps(method)
    def asked(*arguments: P.args, **named: P.kwargs) -> T:
        __tracebackhide__ = True
        if only_loaded.noted(kind, method.__name__):
            return cast("T", NotRun(f"{method.__name__}(…)"))
        return method(*arguments, **named)

    return asked
