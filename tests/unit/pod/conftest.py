"""Runners and containers that no test leaves behind."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.pod.mains import Main, compiled


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A folder that other users can reach: those of pytest are closed to them."""
    with tempfile.TemporaryDirectory(prefix="bakehouse-pod-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def runner() -> Iterator[Path]:
    """The runner's program, where every user can run it."""
    with tempfile.TemporaryDirectory(prefix="bakehouse-runner-") as name:
        Path(name).chmod(0o755)
        yield compiled(Path(name))


@pytest.fixture
def main(runner: Path, open_path: Path) -> Iterator[Main]:
    """A container that is not started yet."""
    made = Main(runner, open_path / "shared")
    yield made
    made.close()
