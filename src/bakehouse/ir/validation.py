"""Whether a pipeline holds together: everything that is named exists, fits and does not wait for itself. Pure; all problems at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bakehouse.errors import Problem
from bakehouse.ir import placeholders, policies, wiring
from bakehouse.ir.fields import dotted
from bakehouse.ir.findings import Finding, nearest
from bakehouse.ir.parameters import check_parameters, fits, parse_parameter
from bakehouse.ir.spec import Component, ComponentInputs, Container, Executor, Importer, PipelineFile, PipelineSpec, RuntimeParameter

__all__ = ["check_parameters", "findings", "parse_parameter", "problems"]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")
_SCHEMA = re.compile(r"2\.[0-9]+\.[0-9]+(?:-[\w.]+)?")


def problems(file: PipelineFile) -> list[Problem]:
    """What is wrong with a pipeline, each with its path in the spec as place."""
    return [Problem(one.message, dotted(one.path), one.remedy) for one in findings(file)]


def findings(file: PipelineFile) -> list[Finding]:
    """What is wrong with a pipeline."""
    spec = file.spec
    return [*_head(spec), *_component(spec, spec.root, ("root",)), *_components(spec), *policies.findings(file)]


def _head(spec: PipelineSpec) -> Iterator[Finding]:
    if not _NAME.fullmatch(spec.info.name):
        yield Finding(
            f"{spec.info.name!r} is no name for a pipeline",
            ("pipelineInfo", "name"),
            "A name has at most 128 lower-case letters, digits and dashes, and begins with a letter or digit.",
        )
    if not _SCHEMA.fullmatch(spec.schema_version):
        yield Finding(
            f"the file is of schema version {spec.schema_version}; this version of Bakehouse reads 2.x",
            ("schemaVersion",),
            "Compile the pipeline with `bakehouse compile` or a kfp 2.x.",
        )
    if spec.root.dag is None:
        yield Finding("the root of a pipeline must be a DAG (`dag`)", ("root",), "A single component is wrapped in a DAG when it is compiled.")


def _components(spec: PipelineSpec) -> Iterator[Finding]:
    for name, component in spec.components.items():
        path = ("components", name)
        if component.dag is None and component.executor_label is None:
            yield Finding(f"{name} has neither a dag nor an executorLabel", path, "It must have one of the two.")
        yield from _component(spec, component, path)


def _component(spec: PipelineSpec, component: Component, path: tuple[str, ...]) -> Iterator[Finding]:
    if component.dag is not None and component.executor_label is not None:
        yield Finding(f"{path[-1]} has both a dag and an executorLabel", path, "Remove one of the two.")
    yield from _defaults(component.inputs, (*path, "inputDefinitions", "parameters"))
    if component.dag is not None:
        yield from wiring.findings(spec, component, (*path, "dag"))
    elif component.executor_label is not None:
        executor = spec.executors.get(component.executor_label)
        if executor is None:
            remedy = nearest(component.executor_label, spec.executors) or "Executors stand under deploymentSpec.executors."
            yield Finding(f"there is no executor {component.executor_label}", (*path, "executorLabel"), remedy)
        else:
            yield from _executor(executor, component, component.executor_label)


def _defaults(inputs: ComponentInputs, path: tuple[str, ...]) -> Iterator[Finding]:
    for name, declared in inputs.parameters.items():
        default = declared.default
        if default is not None and not placeholders.has_placeholder(default) and not fits(default, declared.type):
            message = f"the default of {name} is {placeholders.written(default)!r}, which is no {declared.type.value}"
            yield Finding(message, (*path, name, "defaultValue"), "Correct the default or the type.")


def _executor(executor: Executor, component: Component, label: str) -> Iterator[Finding]:
    path = ("deploymentSpec", "executors", label)
    if isinstance(executor, Container):
        texts: list[tuple[str, tuple[str, ...]]] = [(text, ("command", str(index))) for index, text in enumerate(executor.command)]
        texts += [(text, ("args", str(index))) for index, text in enumerate(executor.args)]
        texts += [(text, ("env", str(index), "value")) for index, (_, text) in enumerate(executor.env)]
        for text, inner in texts:
            yield from _references(text, component, (*path, "container", *inner))
    elif isinstance(executor, Importer) and isinstance(executor.artifact_uri, RuntimeParameter):
        name = executor.artifact_uri.name
        if name not in component.inputs.parameters:
            remedy = nearest(name, component.inputs.parameters)
            yield Finding(f"the importer takes its URI from an input {name} that its component has not", (*path, "importer", "artifactUri"), remedy)


def _references(text: str, component: Component, path: tuple[str, ...]) -> Iterator[Finding]:
    for reference in placeholders.references(text):
        known = _known(component, reference)
        if reference.name not in known and not reference.name.startswith(wiring.CHANNEL):
            kind = f"{reference.side[:-1]} {reference.kind[:-1]}".strip()
            yield Finding(f"{reference.text} names an {kind} that the component has not", path, nearest(reference.name, known))


def _known(component: Component, reference: placeholders.Reference) -> set[str]:
    definitions = component.inputs if reference.side == "inputs" else component.outputs
    if reference.kind == "parameters":
        return set(definitions.parameters)
    if reference.kind == "artifacts":
        return set(definitions.artifacts)
    return {*definitions.parameters, *definitions.artifacts}
