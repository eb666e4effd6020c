"""The comment at the head of a pipeline file: name, description, inputs and outputs, in the form that KFP's compiler gives it."""

from __future__ import annotations

from collections.abc import Mapping

from bakehouse.ir import writing
from bakehouse.ir.spec import ComponentInputs, ComponentOutputs, ParameterInput, ParameterType, PipelineSpec
from bakehouse.ir.values import Json

_CONTINUED = "#              "
_WORDS: Mapping[ParameterType, str] = {
    ParameterType.NUMBER_INTEGER: "int",
    ParameterType.NUMBER_DOUBLE: "float",
    ParameterType.STRING: "str",
    ParameterType.BOOLEAN: "bool",
    ParameterType.LIST: "list",
    ParameterType.STRUCT: "dict",
    ParameterType.TASK_FINAL_STATUS: "PipelineTaskFinalStatus",
    ParameterType.TASK_CONFIG: "TaskConfig",
}


def header(spec: PipelineSpec) -> str:
    """The comment, with a newline at its end."""
    lines = ["# PIPELINE DEFINITION", f"# Name: {_one_line(spec.info.name)}"]
    if spec.info.description:
        first, *rest = spec.info.description.splitlines() or [""]
        lines += [f"# Description: {_one_line(first)}", *(f"{_CONTINUED}{_one_line(line)}" for line in rest)]
    lines += _section("Inputs", {**_signatures(spec.root.inputs), **_artifacts(spec.root.inputs)})
    lines += _section("Outputs", {**_signatures(spec.root.outputs), **_artifacts(spec.root.outputs)})
    return "\n".join(lines) + "\n"


def _section(title: str, signatures: Mapping[str, str]) -> list[str]:
    if not signatures:
        return []
    return [f"# {title}:", *(f"#    {_one_line(name)}: {signatures[name]}" for name in sorted(signatures))]


def _signatures(definitions: ComponentInputs | ComponentOutputs) -> dict[str, str]:
    return {name: _WORDS[one.type] + (_default(one) if isinstance(one, ParameterInput) else "") for name, one in definitions.parameters.items()}


def _artifacts(definitions: ComponentInputs | ComponentOutputs) -> dict[str, str]:
    return {name: _one_line(one.type.schema_title) for name, one in definitions.artifacts.items()}


def _default(one: ParameterInput) -> str:
    if one.default is None:
        return ""
    default = _sorted(writing.value(one.default))
    shown = f"'{default}'" if isinstance(default, str) else str(default)
    return f" [Default: {_one_line(shown)}]"


def _sorted(value: Json) -> Json:
    """The value with the keys of its mappings in order: equal pipelines have equal headers (KFP's order here is left to chance)."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list | tuple) else value


def _one_line(text: str) -> str:
    # KFP breaks the line here, and what follows is no comment any more.
    return "".join(_ESCAPES.get(character, character) for character in text) if not text.isprintable() else text


_ESCAPES = {chr(code): repr(chr(code))[1:-1] for code in (*range(32), 0x7F, 0x85, 0x2028, 0x2029, *range(0x80, 0xA0), 0xFEFF, 0xFFFE, 0xFFFF)}
