"""Placeholders become what they stand for, once, wherever they are; values cannot smuggle in more of them."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.ir import placeholders
from bakehouse.ir.execution import Artifact, Job
from bakehouse.ir.placeholders import Scope
from bakehouse.ir.spec import ArtifactType, ParameterType

DATA = Artifact("data", ArtifactType("system.Dataset", "0.0.1"), "s3://b/data", {"rows": 3, "tags": ["a"]})
SCOPE = Scope(
    parameters={"s": "text", "i": 3, "f": 3.0, "h": 0.5, "big": 1e21, "small": 1e-7, "t": True, "l": [1, "é"], "d": {"a": None}, "none": None},
    artifacts={"data": (DATA,), "empty": ()},
    job=Job("job", "resource", "uuid", "task", "task-uuid", "/root", "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"),
    output_files={"out": "/outputs/out"},
    output_artifacts={"model": Artifact("model", ArtifactType("system.Model"), "/art/model", {"k": "v"})},
    output_file="/outputs/executor_output.json",
    executor_input={"inputs": {}},
    paths={"s3://b/data": "/copies/data"},
)
LATER = Scope(SCOPE.parameters, SCOPE.artifacts, SCOPE.job)


@pytest.mark.parametrize(
    ("placeholder", "text"),
    [
        ("{{$.inputs.parameters['s']}}", "text"),
        ('{{$.inputs.parameters["s"]}}', "text"),
        ("{{$.inputs.parameters['i']}}", "3"),
        ("{{$.inputs.parameters['f']}}", "3"),
        ("{{$.inputs.parameters['h']}}", "0.5"),
        ("{{$.inputs.parameters['big']}}", "1000000000000000000000"),
        ("{{$.inputs.parameters['small']}}", "0.0000001"),
        ("{{$.inputs.parameters['t']}}", "true"),
        ("{{$.inputs.parameters['l']}}", '[1,"é"]'),
        ("{{$.inputs.parameters['d']}}", '{"a":null}'),
        ("{{$.inputs.parameters['none']}}", "null"),
        ("{{$.inputs.parameters['not given']}}", "null"),
        ("{{$.inputs.artifacts['data'].uri}}", "s3://b/data"),
        ("{{$.inputs.artifacts['data'].path}}", "/copies/data"),
        ("{{$.inputs.artifacts['data'].metadata}}", '{"rows":3,"tags":["a"]}'),
        ("{{$.inputs.artifacts['data'].metadata['rows']}}", "3"),
        ("{{$.inputs.artifacts['empty'].uri}}", ""),
        ("{{$.outputs.parameters['out'].output_file}}", "/outputs/out"),
        ("{{$.outputs.artifacts['model'].uri}}", "/art/model"),
        ("{{$.outputs.artifacts['model'].path}}", "/art/model"),
        ("{{$.outputs.artifacts['model'].metadata['k']}}", "v"),
        ("{{$.outputs.output_file}}", "/outputs/executor_output.json"),
        ("{{$.outputMetadataUri}}", "/outputs/executor_output.json"),
        ("{{$.pipeline_job_name}}", "job"),
        ("{{$.pipeline_job_resource_name}}", "resource"),
        ("{{$.pipeline_job_uuid}}", "uuid"),
        ("{{$.pipeline_task_name}}", "task"),
        ("{{$.pipeline_task_uuid}}", "task-uuid"),
        ("{{$.pipeline_root}}", "/root"),
        ("{{$.pipeline_job_create_time_utc}}", "2024-01-01T00:00:00Z"),
        ("{{$.pipeline_job_schedule_time_utc}}", "2024-01-02T00:00:00Z"),
        ("{{$}}", '{"inputs": {}}'),
        ("{{$.json_escape[1]}}", '{\\"inputs\\": {}}'),
        ("{{$.inputs.parameters['d'].json_escape[2]}}", '{\\\\\\"a\\\\\\":null}'),
    ],
)
def test_every_placeholder_is_resolved_anywhere_in_a_text(placeholder: str, text: str) -> None:
    """Numbers without exponent and `.0`, truth in lower case, lists and mappings as compact JSON."""
    assert placeholders.text(placeholder, SCOPE) == text
    assert placeholders.text(f"<{placeholder}{placeholder}>", SCOPE) == f"<{text}{text}>"


def test_a_whole_artifact_is_its_document() -> None:
    """With name, type, URI and metadata."""
    document = json.loads(placeholders.text("{{$.inputs.artifacts['data']}}", SCOPE))
    assert document["artifacts"][0]["uri"] == "s3://b/data"
    assert document["artifacts"][0]["type"] == {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}


@pytest.mark.parametrize(
    "text",
    [
        "{{$.outputs.parameters['out'].output_file}}",
        "{{$.outputs.artifacts['model'].uri}}",
        "{{$.outputs.output_file}}",
        "{{$}}",
        "{{$.workspace_path}}",
        "{{$.pipeline_google_cloud_location}}",
        "{{$.inputs}}",
        "{{ $.inputs.parameters['s'] }}",
        "{{$.inputs.parameters['s'",
        "no placeholder",
    ],
)
def test_what_is_not_known_yet_stays(text: str) -> None:
    """Paths inside an attempt are known only there; what others have invented is left to them."""
    assert placeholders.text(text, LATER) == text
    assert placeholders.resolved(text, LATER) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{{$.inputs.parameters['i']}}", 3),
        ("{{$.inputs.parameters['l']}}", [1, "é"]),
        ("{{$.inputs.parameters['not given']}}", None),
        ("n={{$.inputs.parameters['i']}}", "n=3"),
        ([1, "{{$.inputs.parameters['t']}}"], [1, True]),
        ({"{{$.inputs.parameters['s']}}": ["{{$.inputs.parameters['s']}}!"]}, {"text": ["text!"]}),
        (3.5, 3.5),
    ],
)
def test_a_constant_that_is_one_placeholder_keeps_the_type(value: Any, expected: Any) -> None:
    """Inside lists and mappings too, whose keys are texts."""
    assert placeholders.resolved(value, SCOPE) == expected


def test_a_string_input_gets_a_text() -> None:
    """An f-string of nothing but a number is still a text."""
    assert placeholders.resolved("{{$.inputs.parameters['f']}}", SCOPE, ParameterType.STRING) == "3"


@given(st.text())
def test_values_are_not_looked_at_again(value: str) -> None:
    """A value that is itself a placeholder stays as it was given."""
    for hostile in (value, "{{$.inputs.parameters['b']}}", "\\g<0>\\1"):
        scope = Scope({"a": hostile, "b": "secret"}, {})
        assert placeholders.text("<{{$.inputs.parameters['a']}}>", scope) == f"<{hostile}>"
        assert placeholders.arguments(['{"Concat": ["{{$.inputs.parameters[\'a\']}}", "."]}'], scope) == (f"{hostile}.",)


@pytest.mark.parametrize(("number", "written"), [(math.nan, "NaN"), (math.inf, "+Inf"), (-math.inf, "-Inf"), (-0.0, "-0"), (1e300, "1" + "0" * 300)])
def test_numbers_that_are_special(number: float, written: str) -> None:
    """As Go writes them, which KFP's launcher is written in; whole numbers exactly."""
    assert placeholders.written(number)[:2] == written[:2]


ARGUMENTS: list[tuple[Any, tuple[str, ...]]] = [
    ({"Concat": ["a-", "{{$.inputs.parameters['i']}}", {"Concat": ["x"]}]}, ("a-3x",)),
    ({"IfPresent": {"InputName": "s", "Then": ["--s", "{{$.inputs.parameters['s']}}"]}}, ("--s", "text")),
    ({"IfPresent": {"InputName": "s", "Then": "yes", "Else": "no"}}, ("yes",)),
    ({"IfPresent": {"InputName": "none", "Then": "yes", "Else": ["n", "o"]}}, ("n", "o")),
    ({"IfPresent": {"InputName": "missing", "Then": "yes"}}, ()),
    ({"IfPresent": {"InputName": "data", "Then": "yes"}}, ("yes",)),
    ({"IfPresent": {"InputName": "empty", "Then": "yes"}}, ()),
    ({"Concat": ["a", {"IfPresent": {"InputName": "s", "Then": ["b", "c"]}}]}, ("abc",)),
    ({"IfPresent": {"InputName": "s", "Then": [{"Concat": ["a", "b"]}, {"IfPresent": {"InputName": "i", "Then": "c"}}]}}, ("ab", "c")),
    ({"Concat": "text"}, ('{"Concat": "text"}',)),
    ({"Concat": [], "more": 1}, ('{"Concat": [], "more": 1}',)),
]


@pytest.mark.parametrize(("structure", "words"), ARGUMENTS)
def test_structures_become_words(structure: Any, words: tuple[str, ...]) -> None:
    """`Concat` is one word, `IfPresent` any number of them; JSON that is neither is a word like others."""
    assert placeholders.arguments(["first", json.dumps(structure)], SCOPE) == ("first", *words)


def test_broken_and_deep_structures_are_texts() -> None:
    """Nothing crashes."""
    deep = '{"Concat": [' * 100_000
    assert placeholders.arguments(['{"Concat": [', deep], SCOPE) == ('{"Concat": [', deep)


def test_no_text_takes_long() -> None:
    """A text full of beginnings is scanned once."""
    before = time.process_time()
    placeholders.text("{{$.inputs.parameters['" * 50_000, SCOPE)
    placeholders.text("{{$" * 500_000, SCOPE)
    placeholders.text("{{$.inputs.artifacts['a'].metadata['" * 20_000, SCOPE)
    assert time.process_time() - before < 3


def test_references_name_what_a_text_uses() -> None:
    """For validation: inputs and outputs, also those of structures."""
    found = list(placeholders.references("{{$.inputs.parameters['a']}} {{$.outputs.artifacts['b'].uri}} {{$.pipeline_root}}"))
    assert [(one.side, one.kind, one.name) for one in found] == [("inputs", "parameters", "a"), ("outputs", "artifacts", "b")]
    found = list(placeholders.references('{"IfPresent": {"InputName": "c", "Then": "{{$.inputs.parameters[\'d\']}}"}}'))
    assert [one.name for one in found] == ["d", "c"]
