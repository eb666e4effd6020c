"""Pipelines compiled by released versions of `kfp` run as they are, without network."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.home import Home

_FIXTURES = Path(__file__).parent.parent / "fixtures" / "kfp"
_FILES = sorted(path for path in _FIXTURES.glob("*.yaml") if not path.stem.endswith("-install"))


def test_there_are_fixtures_of_all_six_versions() -> None:
    """2.0.1 to 2.17.0 are the bounds of what is promised."""
    assert {path.stem for path in _FILES} >= {"2.0.1", "2.4.0", "2.7.0", "2.9.0", "2.13.0", "2.17.0"}


@pytest.mark.parametrize("file", _FILES, ids=[path.stem for path in _FILES])
def test_it_runs_and_gives_the_same_value(file: Path, tmp_path: Path) -> None:
    """Every version's file gives what its source says; nothing is installed, so no index is asked."""
    home = Home(tmp_path)
    said = home.run(file)
    assert said["state"] == "SUCCEEDED", said
    assert said["outputs"]["Output"] == "numbers: 1.0 m of 10 exactly (1.00)!"
    assert {name: one["metadata"] for name, one in said["outputs"].items() if name != "Output"} in (
        {},  # from kfp 2.13 on it is not among the outputs of the pipeline
        {"summarise-scores": {"mean": 1.0, "weight": 0.75}},
    )
    assert not list((home.path / "environments").glob("*/lib/python*/site-packages/kfp*"))
