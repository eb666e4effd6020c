"""What the author's side needs from the stations after it: compiling a component, and what a call of one outside a pipeline does.

They connect themselves, but for `bakehouse.local`: where nothing else is connected, it is loaded when a component is called outside a pipeline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import bakehouse
from bakehouse.dsl import only_loaded
from bakehouse.dsl.errors import OutsidePipeline
from bakehouse.dsl.only_loaded import Kind, NotRun
from bakehouse.dsl.places import here
from bakehouse.ir.spec import Component, PipelineFile

if TYPE_CHECKING:
    from bakehouse.dsl.component import BaseComponent

Compile = Callable[["BaseComponent"], PipelineFile]
Interface = Callable[["BaseComponent"], Component]
Describe = Callable[["BaseComponent"], str]
Write = Callable[["BaseComponent", str], None]
Check = Callable[["BaseComponent"], None]


class _Hooks:
    """What is connected; `None` where nothing is."""

    compile: Compile | None = None
    interface: Interface | None = None
    describe: Describe | None = None
    write: Write | None = None
    check: Check | None = None


_hooks = _Hooks()


def connect_compiler(*, compile_: Compile, interface: Interface, describe: Describe, write: Write) -> None:
    """From now on components can be compiled: `component.pipeline_spec`, `.platform_spec`, `.component_spec`, `.description`."""
    _hooks.compile, _hooks.interface, _hooks.describe, _hooks.write = compile_, interface, describe, write


def connect_check(check: Check) -> None:
    """From now on this sees each component that is called outside a pipeline first; it refuses what it raises an error for."""
    _hooks.check = check


def called(component: BaseComponent, given: Mapping[str, Any]) -> Any:
    """What a call outside a pipeline gives: the finished task of a run; while a file is only loaded, a `NotRun`."""
    if _hooks.check is not None:
        _hooks.check(component)
    if only_loaded.noted(Kind.COMPONENT, component.name, given):
        return NotRun(component.name)
    # The station that runs it stands above this one: the table of the package loads it, when there is something to run.
    return bakehouse.local.call(component, given)


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
