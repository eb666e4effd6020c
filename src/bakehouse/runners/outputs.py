"""What a step wrote, to the values and artifacts it declares. Reads the files of the attempt.

Raises `BadOutput` with the reader's words, `OSError` while a disk keeps the files from being read.
"""

from __future__ import annotations

import errno
import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bakehouse.ir.execution import Artifact, LaunchSpec
from bakehouse.ir.spec import ParameterType
from bakehouse.ir.values import Json, JsonObject
from bakehouse.runners import disks, reading
from bakehouse.runners.errors import BadOutput
from bakehouse.runners.launch import output_file

#: The largest document or text of a parameter that is read; more than that belongs into an artifact.
LARGEST_TEXT = 64 << 20
_SHOWN = 60
_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?(inf|infinity|nan)", re.IGNORECASE)
_TRUE = frozenset({"1", "t", "T", "true", "True", "TRUE"})
_FALSE = frozenset({"0", "f", "F", "false", "False", "FALSE"})
_SAID = {
    ParameterType.STRING: "text",
    ParameterType.NUMBER_INTEGER: "an integer",
    ParameterType.NUMBER_DOUBLE: "a number",
    ParameterType.BOOLEAN: "true or false",
    ParameterType.LIST: "a list",
    ParameterType.STRUCT: "a mapping",
}

_PLAIN = {ParameterType.STRING: str, ParameterType.LIST: list, ParameterType.STRUCT: dict}


def read_document(path: Path) -> JsonObject:
    """KFP's ExecutorOutput that the step wrote; empty where it wrote none."""
    text = _text(path, "the step's executor_output.json")
    if text is None or not text.strip():
        return {}
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadOutput(f"what the step wrote to {path} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadOutput(f"what the step wrote to {path} is not a JSON object, but {_shown(document)}")
    return document


def parameters(launch: LaunchSpec, folder: Path, document: JsonObject) -> dict[str, Json]:
    """The values of the declared output parameters, typed as declared: the document wins over the files. Missing ones are left out."""
    written = document.get("parameterValues") or {}
    if not isinstance(written, Mapping):
        raise BadOutput(f"task {launch.attempt.task_id}: parameterValues is not a mapping, but {_shown(written)}")
    values: dict[str, Json] = {}
    for name, kind in launch.output_parameters.items():
        what = f"output {name} of task {launch.attempt.task_id}"
        if written.get(name) is not None:
            values[name] = _from_json(written[name], kind, what)
        elif (text := _text(output_file(folder, name), what)) is not None:
            values[name] = _from_text(text, kind, what)
    return values


def artifacts(launch: LaunchSpec, document: JsonObject) -> dict[str, list[tuple[Artifact, str]]]:
    """The declared output artifacts with what the step logged about them, and the `custom_path` where their bytes lie (or empty)."""
    written = document.get("artifacts") or {}
    if not isinstance(written, Mapping):
        raise BadOutput(f"task {launch.attempt.task_id}: artifacts is not a mapping, but {_shown(written)}")
    found: dict[str, list[tuple[Artifact, str]]] = {}
    for name, declared in launch.output_artifacts.items():
        what = f"output {name} of task {launch.attempt.task_id}"
        group = written.get(name) or {}
        entries = group.get("artifacts") if isinstance(group, Mapping) else None
        if entries is not None and not isinstance(entries, list):
            raise BadOutput(f"{what} is not a list of artifacts, but {_shown(entries)}")
        found[name] = [_artifact(declared, entry, what) for entry in entries or [{}]]
    return found


def _artifact(declared: Artifact, entry: Json, what: str) -> tuple[Artifact, str]:
    if not isinstance(entry, Mapping):
        raise BadOutput(f"{what} is not an artifact, but {_shown(entry)}")
    logged = entry.get("metadata") or {}
    if not isinstance(logged, Mapping):
        raise BadOutput(f"the metadata of {what} is not a mapping, but {_shown(logged)}")
    name, uri, path = (entry.get(key) or "" for key in ("name", "uri", "custom_path"))
    if not (isinstance(name, str) and isinstance(uri, str) and isinstance(path, str)):
        raise BadOutput(f"name, uri and custom_path of {what} are to be text: {_shown(dict(entry))}")
    return replace(declared, name=name or declared.name, uri=uri or declared.uri, metadata={**declared.metadata, **logged}), path


def _text(path: Path, what: str) -> str | None:
    try:
        data = reading.small(path, LARGEST_TEXT)
    except OSError as error:
        if disks.may_be_back(error):
            raise
        remedy = "Give it as an artifact (Output[Dataset])." if error.errno == errno.EFBIG else None
        raise BadOutput(f"{what} cannot be read from {path}: {error.strerror}", place=str(path), remedy=remedy) from error
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise BadOutput(f"{what} is not UTF-8 text: {_shown(data[:_SHOWN])}", place=str(path), remedy="Give bytes as an artifact.") from error


def _from_json(value: Json, kind: ParameterType, what: str) -> Json:
    number = isinstance(value, (int, float))
    if kind is ParameterType.NUMBER_DOUBLE and number:
        return float(value)
    if kind is ParameterType.NUMBER_INTEGER and number and (isinstance(value, int) or value.is_integer()):
        return int(value)
    if kind is ParameterType.BOOLEAN and number and value in {0, 1}:
        return bool(value)
    if kind not in _SAID or isinstance(value, _PLAIN.get(kind, ())):
        return value
    raise _wrong(value, kind, what)


def _from_text(text: str, kind: ParameterType, what: str) -> Json:
    """KFP's launcher reads the same texts: raw strings, Go's spelling of numbers and truth, JSON for the rest."""
    try:
        return _parsed(text, kind, what)
    except (ValueError, RecursionError) as error:
        raise _wrong(text, kind, what) from error


def _parsed(text: str, kind: ParameterType, what: str) -> Json:
    word = text.strip()
    match kind:
        case ParameterType.STRING:
            return text
        case ParameterType.NUMBER_INTEGER if _INTEGER.fullmatch(word):
            return int(word)
        case ParameterType.NUMBER_DOUBLE if _NUMBER.fullmatch(word):
            return float(word)
        case ParameterType.BOOLEAN if word in _TRUE | _FALSE:
            return word in _TRUE
        case ParameterType.NUMBER_INTEGER | ParameterType.NUMBER_DOUBLE | ParameterType.BOOLEAN:
            raise ValueError(word)
        case _:
            return _from_json(json.loads(text), kind, what)


def _wrong(value: Json, kind: ParameterType, what: str) -> BadOutput:
    return BadOutput(
        f"{what} is declared as {_SAID[kind]}, but the step wrote {_shown(value)}",
        remedy="Return a value of the declared type, or declare the type of what is returned.",
    )


def _shown(value: Json) -> str:
    text = "nan" if isinstance(value, float) and math.isnan(value) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
