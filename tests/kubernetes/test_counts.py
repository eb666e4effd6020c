"""How many pods there are of a run: one for each attempt of a step, and none for what is reused."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bakehouse.runners.kubernetes import names
from bakehouse.runners.kubernetes.cluster import Kind
from tests.conformance.matrix import ALL
from tests.kubernetes.bed import Bed
from tests.repo.tree import ROOT

_DIGITS = ROOT / "examples" / "digits" / "pipeline.py"
_LONG = 900.0  # seconds for 200 pods where others use the node, too


def _run_and_count(bed: Bed, file: Path | str, *options: str) -> tuple[dict[str, Any], Counter[tuple[str, str]]]:
    """A run, and how many pods there are of each attempt: they stay until they are counted."""
    with closing(bed.start(str(file), *options, BAKEHOUSE_POD_TTL="1h")) as running:
        document = running.document(_LONG)
    pods = bed.pods(document["run_id"])
    for pod in pods:
        bed.cluster.delete(Kind.POD, pod["metadata"]["name"])
    marks = [pod["metadata"]["annotations"] for pod in pods]
    return document, Counter((one[names.TASK], one[names.ATTEMPT]) for one in marks)


def _attempts(document: dict[str, Any]) -> Counter[tuple[str, str]]:
    """The attempts that the records hold."""
    return Counter((one["name"], str(number)) for one in document["tasks"] for number in range(1, one["attempts"] + 1))


def _in_image(text: str) -> str:
    """The pipeline with its packages in the image of its steps: a pod of these tests reaches no index."""
    return text.replace("@dsl.component(packages", '@dsl.component(base_image="localhost/bakehouse-tests:digits", packages')


def test_the_digits_example_is_a_pod_for_each_step_and_none_once_it_is_cached(bed: Bed, tmp_path: Path) -> None:
    """As it is, but for the image of its steps."""
    file = tmp_path / "digits.py"
    file.write_text(_in_image(_DIGITS.read_text(encoding="utf-8")), encoding="utf-8")
    first, pods = _run_and_count(bed, file)
    assert first["state"] == "SUCCEEDED", first
    assert first["outputs"]["accuracy"] > 0.9
    assert len(pods) == 8
    assert pods == _attempts(first)
    second, pods = _run_and_count(bed, file)
    assert second["state"] == "SUCCEEDED", second
    assert second["outputs"] == first["outputs"]
    assert pods == Counter()


@pytest.mark.skipif(not ALL, reason="200 pods take minutes: BAKEHOUSE_TEST_MATRIX=all")
@pytest.mark.slow
def test_a_loop_of_100_items_of_2_steps_is_200_pods(bed: Bed) -> None:
    """No other pod is made for a step, a round, the loop or the run. A run with the cache makes none."""
    document, pods = _run_and_count(bed, "hundred.py", "--no-cache")
    assert document["state"] == "SUCCEEDED", document["state"]
    assert len(pods) == 200
    assert pods == _attempts(document)
    cached, pods = _run_and_count(bed, "hundred.py")
    assert cached["state"] == "SUCCEEDED", cached["state"]
    assert pods == Counter()
