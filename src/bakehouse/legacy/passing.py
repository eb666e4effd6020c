"""Values where files are taken, and files where values are: in KFP 1 every output was both, and the taker's annotation said which.

A component that is given the other one gets an adapter that travels in its source: it writes the value to a file, or reads the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bakehouse.dsl import arguments
from bakehouse.dsl.channels import PipelineArtifactChannel, PipelineChannel, PipelineParameterChannel
from bakehouse.ir.spec import ParameterType
from bakehouse.legacy.headers import Header, Written, value_of
from bakehouse.task.annotations import InputPath

#: What an input is given instead of what it takes: `VALUE` where it takes a path, `FILE` where it takes a value.
VALUE, FILE = "value", "file"
_ADAPTER = """def _given_otherwise(function, otherwise):
    import functools, inspect, json, os, tempfile

    def to_file(name, value):
        path = os.path.join(tempfile.mkdtemp(), name)
        with open(path, "w") as file:
            file.write(value if isinstance(value, str) else json.dumps(value))
        return path

    def to_value(path, kind):
        with open(path) as file:
            text = file.read()
        return text if kind == "str" else json.loads(text.strip().lower() if kind == "bool" else text)

    @functools.wraps(function)
    def adapted(**given):
        for name, kind in otherwise.items():
            if given.get(name) is not None:
                given[name] = to_value(given[name], kind) if kind else to_file(name, given[name])
        return function(**given)

    # Some runtimes ask the signature, others the annotations.
    adapted.__signature__ = inspect.signature(function)
    return adapted
"""


def otherwise(header: Header, given: Mapping[str, Any]) -> Mapping[str, str]:
    """Which inputs are given what they do not take, by today's names."""
    found = {}
    for name, value in given.items():
        means = header.annotations[name].means if name in header.annotations else None
        if isinstance(means, InputPath) and _is_value(value):
            found[name] = VALUE
        elif isinstance(means, type) and isinstance(value, PipelineArtifactChannel) and not value.is_artifact_list:
            found[name] = FILE
    return found


def _is_value(value: Any) -> bool:
    return isinstance(value, PipelineParameterChannel) or not (isinstance(value, PipelineChannel) or value is None or arguments.is_task(value))


def as_text(value: Any) -> Any:
    """A constant that is to be in a file, as its text."""
    return value if isinstance(value, str | PipelineChannel) else json.dumps(value)


def adapted(header: Header, ways: Mapping[str, str], given: Mapping[str, Any]) -> Header:
    """The header of a component that takes what is given."""
    changed = {name: _value(given[name]) if way == VALUE else Written("InputPath('Artifact')", InputPath("Artifact")) for name, way in ways.items()}
    return replace(header, annotations={**header.annotations, **changed})


def _value(given: Any) -> Written:
    return value_of(given.kind if isinstance(given, PipelineChannel) and isinstance(given.kind, ParameterType) else ParameterType.STRING)


def source(function: str, header: Header, ways: Mapping[str, str]) -> str:
    """What stands behind a function in the source, so that it gets what it takes; `header` is its own."""
    kinds = {name: header.annotations[name].text if way == FILE else "" for name, way in ways.items()}
    return f"\n\n{_ADAPTER}\n\n{function} = _given_otherwise({function}, {kinds!r})\n"
