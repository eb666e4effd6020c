"""`--param name=value` and `--params-file`, as the values that a pipeline takes."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bakehouse.cli import answers
from bakehouse.errors import BadInput, Problem, Problems
from bakehouse.ir.parameters import check_parameters, parse_parameter
from bakehouse.ir.spec import ComponentInputs, ParameterInput, ParameterOutput
from bakehouse.ir.values import Json, JsonObject

_LARGEST_FILE = 32 << 20  # bytes
_FORM = "Write one `name: value` per line."


def given(inputs: ComponentInputs, texts: Sequence[str], file: Path | None, recorded: JsonObject | None = None) -> JsonObject:
    """Everything the user gave, each value in the type its parameter declares. Raises `Problems` with all that is wrong.

    `recorded`: values of another run, which count where the user gives none. Says so where a file gives null, which is the same as nothing.
    """
    from_file = read(file) if file is not None else {}
    named = split(texts)
    values = {**(recorded or {}), **from_file, **{name: value(inputs.parameters.get(name), text) for name, text in named.items()}}
    accepted = check_parameters(inputs, values, _spelled)
    for name in values:
        if name not in accepted:
            answers.notice(f"note: {name} is null in {file}, which means that it is not given: {_without(inputs.parameters[name])}")
    return accepted


def _without(declared: ParameterInput) -> str:
    return "it has no value" if declared.default is None else f"its default {json.dumps(declared.default)} is used"


def _spelled(name: str, value: Json) -> str:
    """A value as a shell takes it: texts as they are, all else as JSON."""
    return f"-p {name}={shlex.quote(value if isinstance(value, str) else json.dumps(value))}"


def split(texts: Sequence[str]) -> Mapping[str, str]:
    """`name=value` texts by name. Raises `Problems`, also for a name that is given twice: nobody could say which value was meant."""
    parts = [(text, *text.partition("=")) for text in texts]
    wrong = [
        Problem(f"--param {text!r} is not name=value", None, "Write it as -p name=value.")
        for text, name, sign, _ in parts
        if not (sign and name.strip())
    ]
    values = [(name.strip(), value) for _, name, sign, value in parts if sign and name.strip()]
    counts = Counter(name for name, _ in values)
    wrong += [
        Problem(f"--param {name} is given {count} times", f"parameter {name}", "Give each parameter one value.")
        for name, count in counts.items()
        if count > 1
    ]
    if wrong:
        raise Problems(wrong)
    return dict(values)


def value(declared: ParameterInput | ParameterOutput | None, text: str) -> Json:
    """The text as the declared type; as it is where it cannot be that, so that all wrong values are reported together."""
    if declared is None:
        return text
    try:
        return parse_parameter(declared.type, text)
    except BadInput:
        return text


def read(path: Path) -> Mapping[str, Json]:
    """The mapping in a YAML or JSON file. Raises `BadInput` for anything else."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise BadInput(
            f"cannot be read: {error.strerror}", place=str(path), remedy="See that --params-file names a file that you may read."
        ) from error
    if len(data) > _LARGEST_FILE:
        raise BadInput(f"has more than {_LARGEST_FILE >> 20} MiB", place=str(path), remedy="Pass large values as artifacts.")
    try:
        values = yaml.load(data, Loader=_Loader)  # noqa: S506  # derived from the safe loader
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark is not None else ""
        raise BadInput(f"is not YAML: {error.problem}", place=f"{path}{line}", remedy=_FORM) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"is not YAML: {error}", place=str(path), remedy=_FORM) from error
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise BadInput("does not hold a mapping of parameter names to values", place=str(path), remedy=_FORM)
    return values


class _Loader(yaml.SafeLoader):
    """Plain values: no aliases, no name twice, and no dates: KFP's parameters have no such type, and the text is what is meant."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  # PyYAML's own
        seen = set()
        for key, _ in node.value:
            name = (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else None
            if name in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value} is given twice", problem_mark=key.start_mark)
            seen.update({name} - {None})
        return super().construct_mapping(node, deep)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # its stub has no types
            raise yaml.MarkedYAMLError(problem="aliases are not allowed here", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
