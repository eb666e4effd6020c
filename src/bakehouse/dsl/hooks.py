"""What the author's side needs from the stations after it: compiling a component, and what a call of one outside a pipeline does.

They connect themselves; dsl does not know them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bakehouse.dsl.errors import OutsidePipeline
from bakehouse.dsl.places import here
from bakehouse.ir.spec import Component, PipelineFile

if TYPE_CHECKING:
    from bakehouse.dsl.component import BaseComponent

Compile = Callable[["BaseComponent"], PipelineFile]
Interface = Callable[["BaseComponent"], Component]
Describe = Callable[["BaseComponent"], str]
Write = Callable[["BaseComponent", str], None]
Call = Callable[["BaseComponent", Mapping[str, Any]], Any]


class _Hooks:
    """What is connected; `None` where nothing is."""

    compile: Compile | None = None
    interface: Interface | None = None
    describe: Describe | None = None
    write: Write | None = None
    call: Call | None = None


_hooks = _Hooks()


def connect_compiler(*, compile_: Compile, interface: Interface, describe: Describe, write: Write) -> None:
    """From now on components can be compiled: `component.pipeline_spec`, `.platform_spec`, `.component_spec`, `.description`."""
    _hooks.compile, _hooks.interface, _hooks.describe, _hooks.write = compile_, interface, describe, write


def connect_calls(call: Call | None) -> None:
    """From now on this answers calls of components outside a pipeline; with `None` they are refused again."""
    _hooks.call = call


def called(component: BaseComponent, given: Mapping[str, Any]) -> Any:
    """What a call outside a pipeline gives. Raises `OutsidePipeline` where nothing is connected that takes it."""
    if _hooks.call is None:
        raise outside(component)
    return _hooks.call(component, given)


def outside(component: BaseComponent) -> OutsidePipeline:
    """What a call is told for which there is no pipeline."""
    return OutsidePipeline(
        f"{component.name} is called outside a pipeline: it cannot run here and now",
        place=here(),
        remedy="Call it in a function with @dsl.pipeline and run that: `bakehouse run FILE.py`. To try out a Python function: `.python_func(…)`.",
    )


def compiled(component: BaseComponent) -> PipelineFile:
    """A component compiled alone. Raises `OutsidePipeline` while no compiler is connected."""
    if _hooks.compile is None:
        raise _not_connected(component)
    return _hooks.compile(component)


def interface(component: BaseComponent) -> Component:
    """The compiled interface of a component, with the descriptions of its inputs and outputs."""
    if _hooks.interface is None:
        raise _not_connected(component)
    return _hooks.interface(component)


def description(component: BaseComponent) -> str:
    """What the docstring of a component says about it as a whole."""
    if _hooks.describe is None:
        raise _not_connected(component)
    return _hooks.describe(component)


def write(component: BaseComponent, path: str) -> None:
    """Write a component, compiled alone, to a file."""
    if _hooks.write is None:
        raise _not_connected(component)
    _hooks.write(component, path)


def _not_connected(component: BaseComponent) -> OutsidePipeline:
    return OutsidePipeline(
        f"{component.name} cannot be compiled: the compiler is not loaded", place=here(), remedy="Import it first: `import bakehouse.compiler`."
    )
