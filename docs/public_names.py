"""The pages of the author's modules whose functions stand alone: each public name with its signature and what its docstring says."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType

from bakehouse import Client, client, components, dsl, kubernetes, local
from bakehouse.client.experiments import Experiments
from bakehouse.client.pipelines import Pipelines
from bakehouse.client.runs import Runs
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.meanings import word
from bakehouse.dsl.signatures import Interface
from bakehouse.dsl.task import PipelineTask
from bakehouse.local.finished import FinishedTask

_NOTE = "<!-- Written by docs/generate.py; `make docs` writes it anew. -->"
_WIDEST = 120  # characters of a line of code
_STATION = re.compile(r"\A[A-Z]+: ")
_LINK = re.compile(r"(?m)^(https://\S+)$")
_CONSTANT = re.compile(r"^#: (.*)\n(\w+_PLACEHOLDER) = ", re.MULTILINE)

#: The names of `bakehouse.dsl` in the order in which an author meets them. Placeholders are found by their name.
_DSL: Mapping[str, Sequence[str]] = {
    "Components": [
        "component", "container_component", "ContainerSpec", "ConcatPlaceholder", "IfPresentPlaceholder",
        "notebook_component", "run_notebook", "importer",
    ],
    "Pipelines": ["pipeline", "PipelineTask", "PipelineConfig", "WorkspaceConfig", "KubernetesWorkspaceConfig"],
    "Control flow": ["If", "Elif", "Else", "OneOf", "Condition", "ParallelFor", "Collected", "ExitHandler", "PipelineTaskFinalStatus"],
    "Inputs and outputs": ["Input", "Output", "InputPath", "OutputPath", "EmbeddedInput"],
    "Artifacts": [
        "Artifact", "Dataset", "Model", "Metrics", "ClassificationMetrics", "SlicedClassificationMetrics", "HTML", "Markdown", "get_uri",
    ],
    "Of a running step": ["TaskConfig", "TaskConfigField", "TaskConfigPassthrough", "NonRetryableError"],
}  # fmt: skip

#: Methods for the stations after `dsl`, which no author calls.
_NOT_FOR_AUTHORS = {
    "channel_inputs", "check_step", "compiled", "dependent_tasks", "fed_channels", "no_such_output", "platform_spec",
    "register_pipeline_channels", "structure",
}  # fmt: skip

#: Classes that are put together, and the parts whose methods are theirs.
_PARTS: Mapping[type, Sequence[type]] = {Client: (Pipelines, Runs, Experiments)}


def client_page() -> str:
    """`bakehouse.client`."""
    return _page("bakehouse.client", client)


def dsl_page() -> str:
    """`bakehouse.dsl`, with the methods of its classes. Raises `ValueError` for a public name that no section has."""
    listed = {name for names in _DSL.values() for name in names}
    if missing := {name for name in dsl.__all__ if not name.endswith("_PLACEHOLDER")} - listed:
        raise ValueError(f"docs/public_names.py has no section for {', '.join(sorted(missing))}")
    lines = ["# bakehouse.dsl", "", _NOTE, "", _about(dsl)]
    for title, names in _DSL.items():
        lines += ["", f"## {title}"]
        for name in names:
            lines += ["", f"### `{name}`", "", *_said(name, getattr(dsl, name))]
    lines += [
        "",
        "## Placeholders",
        "",
        "Texts that stand for what is known when a task runs; also inside longer texts.",
        "",
        "| name | text | what it becomes |",
        "|---|---|---|",
    ]
    text = (Path(inspect.getfile(dsl)).parents[1] / "task" / "names.py").read_text(encoding="utf-8")
    lines += [f"| `{name}` | `{getattr(dsl, name)}` | {said} |" for said, name in _CONSTANT.findall(text)]
    return "\n".join(lines) + "\n"


def kubernetes_page() -> str:
    """`bakehouse.kubernetes`."""
    return _page("bakehouse.kubernetes", kubernetes)


def components_page() -> str:
    """`bakehouse.components`."""
    return _page("bakehouse.components", components)


def local_page() -> str:
    """`bakehouse.local`, and the task that a call gives."""
    return _page("bakehouse.local", local) + "\n".join(["", "## What a call gives", "", *_said("FinishedTask", FinishedTask)]) + "\n"


def _page(title: str, module: ModuleType) -> str:
    lines = [f"# {title}", "", _NOTE, "", _about(module)]
    for name in module.__all__:
        lines += ["", f"## `{name}`", "", *_said(name, getattr(module, name))]
    return "\n".join(lines) + "\n"


def _about(module: ModuleType) -> str:
    """What a module says of itself, without the word for its place in the flow, which means something in the source alone."""
    said = _STATION.sub("", inspect.getdoc(module) or "")
    return said[:1].upper() + said[1:]


def _said(name: str, value: object) -> Iterator[str]:
    if isinstance(value, BaseComponent):
        first, _, inputs = inspect.cleandoc(value.docstring).partition("Args:")
        yield from _code(_definition(name, [*_inputs(value.interface)], "PipelineTask"))
        yield first.rstrip() + _items(inputs)
    elif inspect.isfunction(value):
        signature = inspect.signature(value)
        yield from _code(_definition(name, [*_parameters(signature)], signature.return_annotation))
        yield _documented(value)
    elif isinstance(value, type) and not issubclass(value, BaseComponent):
        yield from _class(name, value)
    else:
        yield _documented(value)


def _code(lines: Iterable[str]) -> Iterator[str]:
    yield from ("```python", *lines, "```", "")


def _class(name: str, value: type) -> Iterator[str]:
    if inspect.isfunction(inspect.getattr_static(value, "__init__")) and value not in {PipelineTask, FinishedTask}:  # calls make them
        yield from _code([f"class {name}:", *_definition("__init__", ["self", *_parameters(inspect.signature(value))], "None", indent="    ")])
    yield _documented(value)
    for method, member in [pair for one in (*_PARTS.get(value, ()), value) for pair in vars(one).items()]:
        function = getattr(member, "fget", None) or getattr(member, "func", None) or member
        if not method.startswith("_") and method not in _NOT_FOR_AUTHORS and inspect.isfunction(function):
            _self, *parameters = _parameters(inspect.signature(function))
            called = f"({', '.join(parameters)})" if function is member else ""
            yield f"\n- `{method}{called}`: {' '.join(_documented(function).split())}"


def _documented(value: object) -> str:
    """A docstring as Markdown, with its examples as they stand."""
    return _LINK.sub(r"<\1>", inspect.getdoc(value) or "").rstrip()


def _definition(name: str, parameters: Sequence[str], given: str, indent: str = "") -> Iterator[str]:
    line = f"{indent}def {name}({', '.join(parameters)}) -> {given}: ..."
    if len(line) <= _WIDEST:
        yield line
    else:
        yield f"{indent}def {name}("
        yield from (f"{indent}    {one}," for one in parameters)
        yield f"{indent}) -> {given}: ..."


def _inputs(interface: Interface) -> Iterator[str]:
    for name, kind in interface.kinds.items():
        declared = interface.inputs.parameters.get(name)
        yield f"{name}: {word(kind)}{f' = {_literal(declared.default)}' if declared is not None and declared.is_optional else ''}"


def _items(text: str) -> str:
    """`name: text` lines as items of a list."""
    return "\n" + "".join(f"\n- `{name.strip()}`: {said.strip()}" for name, _, said in (line.partition(":") for line in text.splitlines()) if said)


def _parameters(signature: inspect.Signature) -> Iterator[str]:
    """As they are written: annotations are texts."""
    kinds = [one.kind for one in signature.parameters.values()]
    for index, one in enumerate(signature.parameters.values()):
        if one.kind is inspect.Parameter.KEYWORD_ONLY and not {one.kind, inspect.Parameter.VAR_POSITIONAL} & set(kinds[:index]):
            yield "*"
        stars = "*" if one.kind is inspect.Parameter.VAR_POSITIONAL else "**" if one.kind is inspect.Parameter.VAR_KEYWORD else ""
        annotation = "" if one.annotation is inspect.Parameter.empty else f": {one.annotation}".replace("'", '"')
        equals = " = " if annotation else "="  # as the formatter has it
        yield f"{stars}{one.name}{annotation}" + ("" if one.default is inspect.Parameter.empty else f"{equals}{_literal(one.default)}")


def _literal(value: object) -> str:
    """A default as the formatter writes it."""
    return json.dumps(value) if isinstance(value, str) else repr(value)
