"""`load_component_from_text`, `_file` and `_url`: what KFP's compilers wrote, of a component or a pipeline, and component files of KFP 1."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from bakehouse.components import fetching, v1
from bakehouse.components.errors import InvalidComponent, UnreadableComponent
from bakehouse.components.loaded import NOTHING, Loaded, YamlComponent, interface
from bakehouse.dsl.places import here
from bakehouse.errors import Problem
from bakehouse.ir import nodes, text
from bakehouse.ir.errors import InvalidPipeline
from bakehouse.ir.spec import Component, ComponentInputs, ComponentOutputs, Container, PipelineFile


def load_component_from_text(text: str) -> YamlComponent:
    """A component of the text of its file.

    Raises `InvalidComponent`, or `AuthoringProblems` with all that is wrong with it, each with its line.
    """
    return _component(text, f"{here()}, in its text")


def load_component_from_file(file_path: str | os.PathLike[str]) -> YamlComponent:
    """A component of a file (UTF-8). Raises as `load_component_from_text` does, and `UnreadableComponent`."""
    path = Path(file_path).expanduser()
    try:
        content = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        remedy = f"Paths are relative to the folder in which you are ({Path.cwd()}); `pathlib.Path(__file__).parent` is that of your file."
        raise UnreadableComponent(f"{path} cannot be read: {error.strerror or error}", place=here(), remedy=remedy) from error
    except UnicodeDecodeError as error:
        raise InvalidComponent(f"{path} is not UTF-8 text: {error.reason}", place=here(), remedy="Save it as UTF-8.") from error
    return _component(content, str(path))


def load_component_from_url(url: str, auth: tuple[str, str] | None = None) -> YamlComponent:
    """A component of a URL (http, https, `gs://BUCKET/OBJECT` of a public bucket); `auth` is a user name and a password.

    Raises as `load_component_from_text` does, and `UnreadableComponent`.
    """
    return _component(fetching.text(url, auth), url)


def _component(content: str, origin: str) -> YamlComponent:
    try:
        loaded = _loaded(content, origin)
    except InvalidPipeline as error:
        loaded = Loaded(name="component", place=origin, interface=NOTHING, errors=invalid(error.problems))
    for message in loaded.warnings:
        # The author's line is that of the call of what calls this.
        warnings.warn(message, UserWarning, stacklevel=3)
    made = YamlComponent(loaded, content)
    made.raise_errors()
    return made


def invalid(problems: Iterable[Problem]) -> list[InvalidComponent]:
    """Problems of a file as errors of an author."""
    return [InvalidComponent(one.message, place=one.place, remedy=one.remedy) for one in problems]


def _loaded(content: str, origin: str) -> Loaded:
    roots = nodes.documents(content, origin)
    if len(roots) == 1 and "implementation" in nodes.children(roots[0]):
        return v1.loaded(roots[0], origin)
    return _of_file(text.read(content, origin), origin)


def _of_file(file: PipelineFile, origin: str) -> Loaded:
    """A component that was compiled alone is a pipeline of one task that is called as the pipeline is; as with KFP, that task is taken out."""
    spec = file.spec
    loaded = Loaded(
        name=spec.info.name,
        place=f"{origin}:1",
        interface=interface(spec.root.inputs, spec.root.outputs),
        file=file,
        description=spec.info.description,
    )
    component, executor = spec.components.get(f"comp-{spec.info.name}"), spec.executors.get(f"exec-{spec.info.name}")
    if component is None or not isinstance(executor, Container) or not _is_alone(file, component, executor):
        return loaded
    # What is said of inputs and outputs stays behind, as with KFP.
    kept = _undescribed(component)
    return replace(loaded, interface=interface(kept.inputs, kept.outputs), container=executor)


def _is_alone(file: PipelineFile, component: Component, executor: Container) -> bool:
    """Whether there is nothing to a pipeline but its component. KFP goes by names alone, and loses the rest of one called as its task."""
    root = file.spec.root
    is_one = root.dag is not None and len(root.dag.tasks) == 1 and _names(root) == _names(component)
    return is_one and executor.resources is None and not file.platforms


def _names(component: Component) -> list[set[str]]:
    """What it takes and gives."""
    inputs, outputs = component.inputs, component.outputs
    return [set(one) for one in (inputs.parameters, inputs.artifacts, outputs.parameters, outputs.artifacts)]


def _undescribed(component: Component) -> Component:
    inputs, outputs = component.inputs, component.outputs
    return replace(
        component,
        inputs=ComponentInputs(
            {name: replace(one, description="") for name, one in inputs.parameters.items()},
            {name: replace(one, description="") for name, one in inputs.artifacts.items()},
        ),
        outputs=ComponentOutputs(
            {name: replace(one, description="") for name, one in outputs.parameters.items()},
            {name: replace(one, description="", metadata={}) for name, one in outputs.artifacts.items()},
        ),
    )
