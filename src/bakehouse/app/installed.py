"""The `kfp` that is installed, in the process that loads an author's file: it compiles, and all else of it does nothing.

Its modules are loaded by name, once it is known that the file is to have them: docs/decisions/0006-some-modules-are-loaded-by-name.md.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

from bakehouse import client
from bakehouse.app import missing
from bakehouse.app.choosing import Candidate
from bakehouse.app.errors import KfpNotInstalled, MixedSdks
from bakehouse.client import noting
from bakehouse.dsl import hooks, only_loaded, places, recording
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.only_loaded import Kind
from bakehouse.ir import executors, text
from bakehouse.ir.execution import Origin
from bakehouse.ir.spec import Container, PipelineFile
from bakehouse.version import KFP_VERSION

_DEF = re.compile(r"^def (\w+)", re.MULTILINE)


class Kfp:
    """The installed SDK. `called` holds the components that were called while a pipeline was built, by identity."""

    def __init__(self) -> None:
        """Load it. Raises `KfpNotInstalled`."""
        if not missing.is_installed():
            raise KfpNotInstalled(found="", remedy=f"Install it beside Bakehouse: `{missing.INSTALL}`. Or leave `--sdk kfp` out.")
        version = _module("kfp").__version__
        if not version.startswith("2."):
            raise KfpNotInstalled(found=version, remedy=f"Install one whose pipelines Bakehouse runs: `{missing.INSTALL}` (at best {KFP_VERSION}).")
        self.component_class: type = _inner("base_component").BaseComponent
        self.pipeline_class: type = _inner("graph_component").GraphComponent
        self.called: dict[int, Any] = {}
        self._compile = _module("kfp.compiler").Compiler.compile
        self._building = _inner("pipeline_context").Pipeline.get_default_pipeline

    def silence(self) -> None:
        """From now on what is public of it writes, sends and runs nothing in this process, for good; `dsl.only_loaded` notes what was asked for."""

        def compile_nothing(*_arguments: Any, **_named: Any) -> None:
            only_loaded.noted(Kind.COMPILATION, "compile")

        def write_nothing(_component: Any, output_file: str) -> None:
            only_loaded.noted(Kind.FILE, output_file)

        _module("kfp.compiler").Compiler.compile = compile_nothing
        _inner("structures").ComponentSpec.save_to_component_yaml = write_nothing
        for name in ("kfp", "kfp.client", "kfp.client.client"):
            _module(name).Client = client.Client
        if importlib.util.find_spec("kfp.local") is not None:  # early releases of 2.x have none
            _module("kfp.local").init = lambda *_arguments, **_named: only_loaded.noted(Kind.LOCAL, "init")
            for runner in ("DockerRunner", "SubprocessRunner"):
                setattr(_module("kfp.local"), runner, lambda *_arguments, **_named: None)
        _silence_registry()
        self._guard_calls()

    def _guard_calls(self) -> None:
        """Calls outside a pipeline run nothing, and a pipeline of one SDK takes no components of the other."""
        make_task = self.component_class.__call__

        def call(component: Any, *arguments: Any, **named: Any) -> Any:
            building = recording.current()
            if building is not None:
                raise MixedSdks(
                    component=component.name, of="the installed kfp", pipeline=building.pipeline, built_by="bakehouse", place=places.here()
                )
            if self._building() is None:
                return hooks.called(component, named)
            self.called[id(component)] = component
            return make_task(component, *arguments, **named)

        def refuse_ours(component: BaseComponent) -> None:
            building = self._building()
            if building is not None:
                raise MixedSdks(component=component.name, of="bakehouse", pipeline=building.name, built_by="the installed kfp", place=places.here())

        self.component_class.__call__ = call  # type: ignore[method-assign]  # in this process, for good
        hooks.connect_check(refuse_ours)

    def compiled(self, component: Any) -> PipelineFile:
        """A pipeline or component of it as IR. Raises what kfp raises, and `InvalidPipeline` for what it writes and nobody could run."""
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "compiled.yaml"
            self._compile(_module("kfp.compiler").Compiler(), component, str(target))
            return text.read(target.read_text(encoding="utf-8"), origin=f"{component.name}, as kfp compiled it")

    def origins(self, component: Any, file: PipelineFile) -> Mapping[str, Origin]:
        """Where the functions stand whose source a pipeline of it holds, by executor, as far as their names tell them apart."""
        functions = _by_name(getattr(one, "python_func", None) for one in (component, *self.called.values()))
        found = {}
        for one in file.spec.components.values():
            label = one.executor_label or ""
            executor = file.spec.executors.get(label)
            program = executors.program(executor, one) if isinstance(executor, Container) else None
            # What is told is the place of the first `def`: with other functions before it, that is not this one's.
            if program is not None and program.function in functions and _first_function(program.source) == program.function:
                found[label] = functions[program.function]
        return found

    def candidate(self, variable: str, component: Any, file: str) -> Candidate:
        """A component of it that a file has."""
        is_pipeline = isinstance(component, self.pipeline_class)
        return Candidate(variable, component.name, is_pipeline=is_pipeline, own=_file_of(component) == file, component=component)


def _silence_registry() -> None:
    """Its clients look for no way to log in when they are made, and ask nobody."""
    if importlib.util.find_spec("kfp.registry") is None:  # early releases of 2.x have none
        return
    registry = _module("kfp.registry").RegistryClient
    for name, method in [*vars(registry).items()]:
        if inspect.isfunction(method) and not name.startswith("_"):
            setattr(registry, name, noting.asks(method, Kind.REGISTRY))
    registry.__init__ = lambda *_arguments, **_named: None


def _file_of(component: Any) -> str:
    """The file in which a component of it is written; empty for those that come from YAML."""
    function = getattr(component, "pipeline_func", None) or getattr(component, "python_func", None)
    code = getattr(function, "__code__", None)
    return code.co_filename if code is not None else ""


def _first_function(source: str) -> str:
    first = _DEF.search(source)
    return first[1] if first is not None else ""


def _by_name(functions: Iterable[object]) -> Mapping[str, Origin]:
    """Where functions stand, by name; not those whose name another one has too."""
    places: dict[str, set[Origin]] = {}
    for one in functions:
        if isinstance(one, FunctionType):
            lines, first = inspect.getsourcelines(one)  # from the first decorator on
            line = first + next((index for index, line in enumerate(lines) if line.lstrip().startswith("def ")), 0)
            places.setdefault(one.__name__, set()).add(Origin(one.__code__.co_filename, line))
    return {name: found.pop() for name, found in places.items() if len(found) == 1}


def _inner(name: str) -> Any:
    """A module that lies below `kfp.dsl`, or in early releases of 2.x below `kfp.components`."""
    places = (f"kfp.dsl.{name}", f"kfp.components.{name}")
    return _module(next((one for one in places if importlib.util.find_spec(one) is not None), places[0]))


def _module(name: str) -> Any:
    return importlib.import_module(name)
