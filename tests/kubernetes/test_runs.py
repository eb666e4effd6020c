"""What runs on a cluster give: the same as anywhere, by one pod for each attempt."""

from __future__ import annotations

from tests.kubernetes.bed import Bed, task


def test_a_run_is_one_pod_for_each_step_and_none_for_a_reused_one(bed: Bed) -> None:
    """Megabytes of parameters and folders of many files pass between them; an image without Python runs what it is told."""
    said = "500 files, 124750 bytes, 1000000 characters"
    first = bed.run("chain.py", BAKEHOUSE_POD_TTL="600s")
    assert first["state"] == "SUCCEEDED", first
    assert task(first, "say")["outputs"]["said"] == said
    assert len(bed.pods(first["run_id"])) == 3
    second = bed.run("chain.py")
    assert second["state"] == "SUCCEEDED"
    assert [one["attempts"] for one in second["tasks"]] == [0, 0, 0]
    assert bed.pods(second["run_id"]) == []
