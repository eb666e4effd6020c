"""One engine for all tests of a session; nothing here runs where there can be none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.containers import bed as beds
from tests.containers.bed import Bed
from tests.containers.running import InContainers


@pytest.fixture(scope="session")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A Podman service with its images."""
    if reason := beds.missing():
        needs.missing(reason)
    bed = Bed(tmp_path_factory.mktemp("podman"))
    bed.prepare()
    bed.start()
    yield bed
    bed.close()


@pytest.fixture
def running(bed: Bed, tmp_path: Path) -> Iterator[InContainers]:
    """A runner on a home of its own; no container is left of it."""
    running = InContainers(tmp_path, bed)
    yield running
    running.close()
