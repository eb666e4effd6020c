"""Outputs that a user gives in place of a step, against what its component declares."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bakehouse.actions.marking import Given, checked
from bakehouse.errors import Problem, Problems
from bakehouse.ir.execution import Artifact
from bakehouse.ir.spec import ArtifactOutput, ArtifactType, ComponentOutputs, ParameterOutput, ParameterType

_DATASET = ArtifactType("system.Dataset", "0.0.1")
_DECLARED = ComponentOutputs(
    parameters={"score": ParameterOutput(ParameterType.NUMBER_DOUBLE), "names": ParameterOutput(ParameterType.LIST)},
    artifacts={"data": ArtifactOutput(_DATASET), "parts": ArtifactOutput(_DATASET, is_list=True)},
)


def _read(artifact: Artifact) -> Artifact | Problem:
    return Problem("nothing lies there") if artifact.uri == "/gone" else replace(artifact, digest=f"digest of {artifact.uri}", size=1)


def test_outputs_are_taken_as_declared() -> None:
    """Numbers in their type; artifacts with the type and name of the output, and an id of their own."""
    given = Given({"score": 1, "names": ["a"]}, {"data": ["/a"], "parts": ["/b", "/c"]})
    outputs = checked(_DECLARED, given, _read)
    assert outputs.parameters == {"score": 1.0, "names": ["a"]}
    assert isinstance(outputs.parameters["score"], float)
    (data,) = outputs.artifacts["data"]
    assert (data.name, data.type, data.uri, data.digest) == ("data", _DATASET, "/a", "digest of /a")
    assert len({one.id for group in outputs.artifacts.values() for one in group}) == 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Given({"score": "a"}), ['the output score must be a number, not "a"', "the output data is missing"]),
        (Given({"scor": 1.0}), ["the step has no output scor", "the output score is missing"]),
        (Given({"data": "/a"}), ["the output data is an artifact, not a value"]),
        (Given({}, {"score": ["/a"]}), ["the output score is a value, not an artifact"]),
        (Given({}, {"data": ["/a", "/b"]}), ["the output data is one artifact, and 2 are given"]),
        (Given({}, {"data": []}), ["the output data is one artifact, and 0 are given"]),
        (Given({}, {"parts": ["/gone"]}), ["nothing lies there"]),
        (Given(), ["the output score is missing", "the output names is missing", "the output data is missing", "the output parts is missing"]),
    ],
)
def test_everything_that_is_wrong_is_told_at_once(given: Given, said: list[str]) -> None:
    """Also what is missing."""
    with pytest.raises(Problems) as error:
        checked(_DECLARED, given, _read)
    found = [problem.message for problem in error.value.problems]
    assert [one for one in said if one not in found] == []
