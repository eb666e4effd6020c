"""What a step wrote becomes typed values, or an error that names the output, the task and what was found."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.spec import ParameterType
from bakehouse.ir.values import Json
from bakehouse.runners import outputs
from bakehouse.runners.errors import BadOutput
from tests.unit.runners.specs import spec

T = ParameterType


def read(tmp_path: Path, kind: ParameterType, *, text: str | None = None, value: Json = None) -> dict[str, Json]:
    """The values of a task whose one output `n` has this type."""
    (tmp_path / "outputs").mkdir(exist_ok=True)
    if text is not None:
        (tmp_path / "outputs" / "n").write_text(text)
    launch = replace(spec(tmp_path), output_parameters={"n": kind})
    return outputs.parameters(launch, tmp_path, {} if value is None else {"parameterValues": {"n": value}})


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (T.STRING, " as it is\n", " as it is\n"),
        (T.STRING, "", ""),
        (T.NUMBER_INTEGER, "42\n", 42),
        (T.NUMBER_INTEGER, "-7", -7),
        (T.NUMBER_INTEGER, "123456789012345678901234567890", 123456789012345678901234567890),
        (T.NUMBER_DOUBLE, "1.5e3", 1500.0),
        (T.NUMBER_DOUBLE, "3", 3.0),
        (T.NUMBER_DOUBLE, "-inf", -math.inf),
        (T.BOOLEAN, "true", True),
        (T.BOOLEAN, "False\n", False),
        (T.BOOLEAN, "1", True),
        (T.LIST, "[1, 2.5]", [1, 2.5]),
        (T.STRUCT, '{"a": {"b": null}}', {"a": {"b": None}}),
    ],
)
def test_texts_become_values_of_the_declared_type(tmp_path: Path, kind: ParameterType, text: str, expected: Json) -> None:
    """As KFP's launcher reads them."""
    found = read(tmp_path, kind, text=text)["n"]
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (T.NUMBER_INTEGER, "4.5"),
        (T.NUMBER_INTEGER, "five"),
        (T.NUMBER_INTEGER, "1_000"),
        (T.NUMBER_INTEGER, "9" * 5000),
        (T.NUMBER_DOUBLE, "1,5"),
        (T.NUMBER_DOUBLE, "0x10"),
        (T.BOOLEAN, "yes"),
        (T.LIST, '"a"'),
        (T.LIST, "[1, 2"),
        (T.STRUCT, "[1]"),
        (T.STRUCT, "[" * 100_000),
        (T.STRUCT, ""),
    ],
)
def test_wrong_texts_are_named(tmp_path: Path, kind: ParameterType, text: str) -> None:
    """The message says which output of which task, what was declared, and what the step wrote."""
    with pytest.raises(BadOutput) as caught:
        read(tmp_path, kind, text=text)
    assert "output n of task train is declared as" in str(caught.value)
    assert "but the step wrote" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (T.NUMBER_INTEGER, 5, 5),
        (T.NUMBER_INTEGER, 5.0, 5),
        (T.NUMBER_DOUBLE, 5, 5.0),
        (T.BOOLEAN, False, False),
        (T.STRING, "x", "x"),
        (T.LIST, [], []),
        (T.STRUCT, {}, {}),
    ],
)
def test_values_of_the_document_keep_their_type(tmp_path: Path, kind: ParameterType, value: Json, expected: Json) -> None:
    """A whole number declared as integer is an integer, however JSON writes it."""
    found = read(tmp_path, kind, value=value)["n"]
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("kind", "value"), [(T.NUMBER_INTEGER, 5.5), (T.NUMBER_INTEGER, math.inf), (T.STRING, 5), (T.BOOLEAN, "true"), (T.LIST, "[]"), (T.STRUCT, [])]
)
def test_wrong_values_of_the_document_are_named(tmp_path: Path, kind: ParameterType, value: Json) -> None:
    """The document is checked like the texts."""
    with pytest.raises(BadOutput, match="output n of task train is declared as"):
        read(tmp_path, kind, value=value)


def test_the_document_wins_over_the_file(tmp_path: Path) -> None:
    """As in KFP's backend."""
    assert read(tmp_path, T.NUMBER_INTEGER, text="1", value=2) == {"n": 2}


def test_outputs_that_were_not_written_are_left_out(tmp_path: Path) -> None:
    """An optional output may stay away."""
    assert read(tmp_path, T.STRING) == {}


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes, a folder and a pipe are not texts; none of them holds the reader."""
    (tmp_path / "outputs").mkdir()
    path = tmp_path / "outputs" / "n"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadOutput, match="not UTF-8"):
        read(tmp_path, T.STRING)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(BadOutput, match="not a file"):
        read(tmp_path, T.STRING)
    path.unlink()
    path.mkdir()
    with pytest.raises(BadOutput, match="not a file"):
        read(tmp_path, T.STRING)


def test_a_huge_text_is_refused_without_reading_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the limit belongs into an artifact, and the message says so."""
    monkeypatch.setattr(outputs, "LARGEST_TEXT", 10)
    with pytest.raises(BadOutput, match="Output\\[Dataset\\]"):
        read(tmp_path, T.STRING, text="x" * 11)


@pytest.mark.parametrize("text", ["{", "[]", "null x", "\x00", "7"])
def test_a_broken_document_is_named(tmp_path: Path, text: str) -> None:
    """A document that the step's code damaged is the step's error, not a crash of the engine."""
    path = tmp_path / "executor_output.json"
    path.write_text(text)
    with pytest.raises(BadOutput, match=r"executor_output\.json is not"):
        outputs.read_document(path)


def test_an_absent_or_empty_document_says_nothing(tmp_path: Path) -> None:
    """Steps that return nothing write none."""
    path = tmp_path / "executor_output.json"
    assert outputs.read_document(path) == {}
    path.touch()
    assert outputs.read_document(path) == {}


def test_logged_metadata_is_laid_over_the_declared(tmp_path: Path) -> None:
    """URI and name follow what the step says; what it does not say stays as declared."""
    entry = {"name": "mine", "uri": "gs://b/x", "metadata": {"rows": 3}, "custom_path": "here"}
    launch = spec(tmp_path)
    [(artifact, custom)] = outputs.artifacts(launch, {"artifacts": {"data": {"artifacts": [entry]}}})["data"]
    assert (artifact.name, artifact.uri, artifact.metadata, custom) == ("mine", "gs://b/x", {"fixed": 1, "rows": 3}, "here")
    assert outputs.artifacts(launch, {}) == {"data": [(launch.output_artifacts["data"], "")]}


@pytest.mark.parametrize(
    "document",
    [
        {"artifacts": 5},
        {"artifacts": {"data": {"artifacts": 5}}},
        {"artifacts": {"data": {"artifacts": [5]}}},
        {"artifacts": {"data": {"artifacts": [{"metadata": 5}]}}},
        {"artifacts": {"data": {"artifacts": [{"uri": 5}]}}},
        {"parameterValues": 5},
    ],
)
def test_documents_of_a_wrong_shape_are_refused(tmp_path: Path, document: Json) -> None:
    """Every level is checked."""
    launch = spec(tmp_path)
    with pytest.raises(BadOutput, match="train"):
        (outputs.parameters(launch, tmp_path, json.loads(json.dumps(document))), outputs.artifacts(launch, document))
