"""What a server answers, as objects."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from bakehouse.client.answers import Run


def test_a_run_is_read_as_kfps_models_are() -> None:
    """Inner messages by attribute, times as times, what is not there as `None`; what is not known is left out."""
    task = {"display_name": "add", "state": "FAILED", "error": {"code": 1, "message": "no"}, "outputs": {"o": {"artifact_ids": ["1"]}}}
    run = Run({"run_id": "r", "state": "FAILED", "created_at": "2026-08-22T10:00:00Z", "run_details": {"task_details": [task]}, "newer": 1})
    assert (run.run_id, run.error) == ("r", None)
    assert run.created_at == datetime(2026, 8, 22, 10, tzinfo=timezone.utc)
    assert run.run_details is not None
    assert run.run_details.task_details is not None
    (detail,) = run.run_details.task_details
    assert detail.error is not None
    assert detail.error.message == "no"
    said = run.to_dict()
    assert said["run_details"]["task_details"][0]["outputs"] == {"o": {"artifact_ids": ["1"]}}
    assert said["scheduled_at"] is None
    assert "newer" not in said
    assert run == Run({"run_id": "r", "state": "FAILED", "created_at": "2026-08-22T10:00:00Z", "run_details": {"task_details": [task]}})
    assert run != Run({})
    assert repr(Run({"run_id": "r"})) == "Run(run_id='r')"


@pytest.mark.parametrize(
    ("text", "microsecond"), [("2026-08-22T10:00:00.5Z", 500_000), ("2026-08-22T10:00:00.123456789Z", 123_456), ("2026-08-22T10:00:00+00:00", 0)]
)
def test_times_are_read_with_any_fraction(text: str, microsecond: int) -> None:
    """Servers write three digits, six, nine, or none."""
    created = Run({"created_at": text}).created_at
    assert created == datetime(2026, 8, 22, 10, microsecond=microsecond, tzinfo=timezone.utc)
