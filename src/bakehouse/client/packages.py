"""Pipelines as they are sent: out of a file or a function, with what a run says of its cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bakehouse.client import needed
from bakehouse.client.errors import WrongArguments
from bakehouse.ir import writing
from bakehouse.ir.spec import CachingOptions, Component, Dag, PipelineFile, Task

#: Endings of files that are read here.
READ = (".yaml", ".yml", ".json")
_ARCHIVES = (".zip", ".tar.gz", ".tgz")


def checked(path: Any, *, argument: str, archives: bool) -> Path:
    """The path of a file that holds a compiled pipeline; `archives`: or an archive with one. Raises `WrongArguments`."""
    endings = (*READ, *_ARCHIVES) if archives else READ
    if not isinstance(path, str | Path) or not Path(path).is_file():
        raise WrongArguments(f"there is no file {path}", place=argument, remedy=f"The current folder is {Path.cwd()}.")
    if not str(path).endswith(endings):
        remedy = f"Its name ends in {', '.join(endings[:-1])} or {endings[-1]}; a Python file is compiled first: compiler.Compiler().compile(…)."
        raise WrongArguments(f"{path} is no compiled pipeline", place=argument, remedy=remedy)
    return Path(path)


def read(path: Any, *, argument: str) -> PipelineFile:
    """The pipeline in a file. Raises `WrongArguments`, or all that is wrong with the file as `InvalidPipeline`."""
    file = checked(path, argument=argument, archives=False)
    found: PipelineFile = needed.ir_text().read(file.read_bytes(), origin=str(file))
    return found


def with_caching(file: PipelineFile, *, enable: bool | None, key: str | None) -> PipelineFile:
    """A pipeline all of whose steps, those of inner groups too, say this of the cache; the pipeline itself where nothing is said."""
    if enable is None and not key:
        return file
    spec, caching = file.spec, CachingOptions(enable_cache=enable is not False, cache_key=key or "")
    components = {name: _component(one, caching) for name, one in spec.components.items()}
    return replace(file, spec=replace(spec, root=_component(spec.root, caching), components=components))


def _component(component: Component, caching: CachingOptions) -> Component:
    if not isinstance(component.dag, Dag):
        return component
    tasks = {name: _task(task, caching) for name, task in component.dag.tasks.items()}
    return replace(component, dag=replace(component.dag, tasks=tasks))


def _task(task: Task, caching: CachingOptions) -> Task:
    """Groups have no settings of the cache, and get none."""
    return task if task.caching is None else replace(task, caching=caching)


def message(file: PipelineFile) -> Mapping[str, Any]:
    """`pipeline_spec` of a request: the spec alone, or together with the settings of platforms where there are any."""
    spec = writing.pipeline_spec(file.spec)
    return {"pipeline_spec": spec, "platform_spec": {"platforms": file.platforms}} if file.platforms else spec
