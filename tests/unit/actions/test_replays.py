"""What a step gives now against what was recorded."""

from __future__ import annotations

import pytest

from bakehouse.actions.replays import compared
from bakehouse.ir.execution import Artifact, Outputs
from bakehouse.ir.spec import ArtifactType
from bakehouse.ir.values import Json, JsonObject


def _artifact(digest: str = "blake3:00", size: int | None = 10, metadata: JsonObject | None = None, uri: str = "/a") -> Artifact:
    return Artifact("data", ArtifactType("system.Dataset", "0.0.1"), uri, metadata or {}, digest, size)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (1, 1, "equal"),
        (float("nan"), float("nan"), "equal"),
        ({"a": [1], "b": 2}, {"b": 2, "a": [1]}, "equal"),
        (0.91, 0.92, "differs: 0.91 → 0.92"),
        (1, 1.0, "differs: 1 → 1.0"),
        (1, True, "differs: 1 → true"),
        ("a", None, 'differs: "a" → null'),
    ],
)
def test_parameters_are_compared_as_json(before: Json, now: Json, said: str) -> None:
    """With their types, since steps tell them apart; a NaN is another NaN's equal."""
    (verdict,) = compared(Outputs({"n": before}), Outputs({"n": now}))
    assert (verdict.output, verdict.equal, verdict.said) == ("n", said == "equal", said)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (_artifact(uri="/a"), _artifact(uri="/b"), "equal"),
        (_artifact(), _artifact("blake3:01", 12), "differs: content (10 bytes → 12 bytes)"),
        (_artifact(metadata={"accuracy": 0.9}), _artifact(metadata={"accuracy": 0.8}), "differs: metadata accuracy: 0.9 → 0.8"),
        (_artifact(metadata={"a": 1}), _artifact(metadata={"b": 1}), "differs: metadata a: it is not given now, metadata b: it was not given then"),
        (_artifact("", None, uri="s3://a"), _artifact("", None, uri="s3://a"), "equal"),
        (_artifact("", None, uri="s3://a"), _artifact("", None, uri="s3://b"), "differs: address s3://a → s3://b"),
    ],
)
def test_artifacts_are_compared_by_content_and_metadata(before: Artifact, now: Artifact, said: str) -> None:
    """Where they lie does not matter, unless that is all that is known of them."""
    (verdict,) = compared(Outputs(artifacts={"data": (before,)}), Outputs(artifacts={"data": (now,)}))
    assert verdict.said == said


def test_what_is_missing_or_new_is_told() -> None:
    """Parameters, artifacts, and items of a list of artifacts."""
    before = Outputs({"a": 1}, {"data": (_artifact(),), "list": (_artifact(),)})
    now = Outputs({"b": 1}, {"list": (_artifact(), _artifact())})
    assert {one.output: one.said for one in compared(before, now)} == {
        "a": "differs: it is not given now",
        "b": "differs: it was not given then",
        "data": "differs: 1 artifacts → 0",
        "list": "differs: 1 artifacts → 2",
    }
