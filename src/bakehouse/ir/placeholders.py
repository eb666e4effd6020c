"""Placeholders (`{{$.inputs.parameters['n']}}` and their like) in commands, arguments, environment variables and constants. Pure.

What a placeholder stands for is put in once and never looked at again: a value that looks like a placeholder stays a text.
A placeholder that the scope has nothing for stays as it is; an input that was not given is `null`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bakehouse.ir.execution import Artifact, Job
from bakehouse.ir.spec import ParameterType
from bakehouse.ir.values import Json, JsonObject

# Names are bounded, so that a text full of beginnings is not scanned again and again.
_INDEX = r"""\[(?:'([^']{0,1024})'|"([^"]{0,1024})")\]"""
_PLACEHOLDER = re.compile(
    r"\{\{\$(?:"
    rf"\.(inputs|outputs)\.(parameters|artifacts){_INDEX}(?:\.(uri|path|output_file|metadata)(?:{_INDEX})?)?"
    r"|\.([A-Za-z_]{1,64}(?:\.[A-Za-z_]{1,64})?)"
    r")?(?:\.?json_escape\[([0-9])\])?\}\}"
)
_STRUCTURES = ('{"Concat"', '{"IfPresent"')
_UNRESOLVED = object()


@dataclass(frozen=True)
class Scope:
    """What placeholders stand for. Paths and outputs are known only where the attempt's own are; until then they stay placeholders.

    `output_files` maps output parameters to the files of their texts; `paths` maps URIs to paths where they differ, `None` where none is known.
    """

    parameters: JsonObject
    artifacts: Mapping[str, tuple[Artifact, ...]]
    job: Job = field(default_factory=Job)
    output_files: Mapping[str, str] = field(default_factory=dict)
    output_artifacts: Mapping[str, Artifact] = field(default_factory=dict)
    output_file: str | None = None
    executor_input: JsonObject | None = None
    paths: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Reference:
    """A placeholder that names an input or an output: `side` is `inputs` or `outputs`, `kind` `parameters` or `artifacts`."""

    side: str
    kind: str
    name: str
    text: str


# ---------------------------------------------------------------- resolving


def resolved(value: Json, scope: Scope, kind: ParameterType | None = None) -> Json:
    """A value with its placeholders resolved, keys of mappings included.

    A text that is one placeholder becomes what it stands for, number or list; `kind` STRING makes it a text all the same.
    """
    if isinstance(value, str):
        whole = _PLACEHOLDER.fullmatch(value)
        if whole is None or kind is ParameterType.STRING:
            return text(value, scope)
        meant = _meaning(whole, scope)
        return value if meant is _UNRESOLVED else meant
    if isinstance(value, Mapping):
        return {text(key, scope): resolved(one, scope) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(one, scope) for one in value]
    return value


def text(template: str, scope: Scope) -> str:
    """A text with its placeholders resolved, wherever they stand in it."""
    if "{{$" not in template:
        return template
    return _PLACEHOLDER.sub(lambda found: _written(found, scope), template)


def arguments(texts: Iterable[str], scope: Scope) -> tuple[str, ...]:
    """The words of a command: placeholders resolved, `Concat` joined, `IfPresent` replaced by what it then holds, if anything."""
    words: list[str] = []
    for each in texts:
        structure = _structure(each)
        words += [text(each, scope)] if structure is None else _expanded(structure, scope)
    return tuple(words)


def written(value: Json) -> str:
    """A value inside a text, as KFP writes it: numbers without exponent and needless decimals, `true`, compact JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, int):
        return str(value)
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value.is_integer():
        return f"{value:.0f}"
    return format(Decimal(repr(value)), "f")


def _written(found: re.Match[str], scope: Scope) -> str:
    meant = _meaning(found, scope)
    return found[0] if meant is _UNRESOLVED else written(meant)


def _meaning(found: re.Match[str], scope: Scope) -> Json:
    side, kind, single, double, attribute, key, other_key, word, escapes = found.groups()
    if side:
        index = key if key is not None else other_key
        value = _of_task(scope, side, kind, single if single is not None else double, (attribute or "", index))
    elif word:
        value = _of_job(scope, word)
    else:
        value = _UNRESOLVED if scope.executor_input is None else json.dumps(scope.executor_input, ensure_ascii=False)
    if value is _UNRESOLVED or not escapes:
        return value
    return _escaped(written(value), int(escapes))


def _escaped(value: str, times: int) -> str:
    for _ in range(times):
        value = json.dumps(value, ensure_ascii=False)[1:-1]
    return value


def _of_task(scope: Scope, side: str, kind: str, name: str, attribute: tuple[str, str | None]) -> Json:
    if kind == "parameters":
        if side == "inputs":
            return scope.parameters.get(name)
        return scope.output_files.get(name, _UNRESOLVED)
    if side == "inputs":
        group: Sequence[Artifact] = scope.artifacts.get(name, ())
        return _attribute(group, attribute, scope)
    return _attribute([scope.output_artifacts[name]], attribute, scope) if name in scope.output_artifacts else _UNRESOLVED


def _attribute(group: Sequence[Artifact], attribute: tuple[str, str | None], scope: Scope) -> Json:
    name, key = attribute
    if not name:
        return {"artifacts": [_document(artifact) for artifact in group]}
    if not group:
        return ""
    first = group[0]
    if name == "uri":
        return first.uri
    if name == "path":
        return _UNRESOLVED if scope.paths is None else scope.paths.get(first.uri, first.uri)
    if name == "metadata":
        return dict(first.metadata) if key is None else first.metadata.get(key)
    return _UNRESOLVED


def _document(artifact: Artifact) -> JsonObject:
    kind = {"schemaTitle": artifact.type.schema_title, "schemaVersion": artifact.type.schema_version}
    return {"name": artifact.name, "type": kind, "uri": artifact.uri, "metadata": dict(artifact.metadata)}


_JOB = {
    "pipeline_job_name": "name",
    "pipeline_job_resource_name": "resource_name",
    "pipeline_job_uuid": "uuid",
    "pipeline_task_name": "task_name",
    "pipeline_task_uuid": "task_uuid",
    "pipeline_root": "pipeline_root",
    "pipeline_job_create_time_utc": "create_time_utc",
    "pipeline_job_schedule_time_utc": "schedule_time_utc",
    "workspace_path": "workspace_path",
}


def _of_job(scope: Scope, word: str) -> Json:
    if word in {"outputs.output_file", "outputMetadataUri"}:
        return _UNRESOLVED if scope.output_file is None else scope.output_file
    if word not in _JOB:
        return _UNRESOLVED
    value = getattr(scope.job, _JOB[word])
    return _UNRESOLVED if value is None else value


# ---------------------------------------------------------------- Concat and IfPresent


def _structure(each: str) -> JsonObject | None:
    """What a word of a command holds if it is one of the two structures."""
    if not each.lstrip().startswith(_STRUCTURES):
        return None
    try:
        parsed = json.loads(each)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) and _is_structure(parsed) else None


def _is_structure(value: Json) -> bool:
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    condition = value.get("IfPresent")
    return isinstance(value.get("Concat"), list) or (isinstance(condition, Mapping) and isinstance(condition.get("InputName"), str))


def _expanded(element: Json, scope: Scope) -> list[str]:
    if isinstance(element, list):
        return [word for one in element for word in _expanded(one, scope)]
    if not _is_structure(element):
        return [text(element if isinstance(element, str) else written(element), scope)]
    if "Concat" in element:
        return ["".join(word for one in element["Concat"] for word in _expanded(one, scope))]
    condition = element["IfPresent"]
    name = condition["InputName"]
    present = scope.parameters.get(name) is not None or bool(scope.artifacts.get(name))
    chosen = condition.get("Then" if present else "Else")
    return [] if chosen is None else _expanded(chosen, scope)


# ---------------------------------------------------------------- looking


def references(template: str) -> Iterator[Reference]:
    """The inputs and outputs that a text names; an `IfPresent` names an input of either kind (`kind` is empty)."""
    if "{{$" in template:
        for found in _PLACEHOLDER.finditer(template):
            if found[1]:
                yield Reference(found[1], found[2], found[3] if found[3] is not None else found[4], found[0])
    structure = _structure(template)
    if structure is not None:
        yield from _conditions(structure)


def _conditions(element: Json) -> Iterator[Reference]:
    if isinstance(element, list):
        for one in element:
            yield from _conditions(one)
    elif isinstance(element, Mapping):
        condition = element.get("IfPresent")
        if isinstance(condition, Mapping) and isinstance(condition.get("InputName"), str):
            yield Reference("inputs", "", condition["InputName"], f'{{"IfPresent": {{"InputName": "{condition["InputName"]}", …}}}}')
        for one in element.values():
            yield from _conditions(one)


def has_placeholder(value: Json) -> bool:
    """Whether there is a placeholder anywhere in a value."""
    if isinstance(value, str):
        return "{{$" in value and _PLACEHOLDER.search(value) is not None
    if isinstance(value, Mapping):
        return any(has_placeholder(key) or has_placeholder(one) for key, one in value.items())
    return isinstance(value, list | tuple) and any(has_placeholder(one) for one in value)
