"""An attempt in a folder of its own, which nothing of this test outlives."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.task.attempts import Attempt


@pytest.fixture
def attempt(tmp_path: Path) -> Iterator[Attempt]:
    """An attempt of a component that does nothing."""
    made = Attempt(tmp_path / "attempt")
    yield made
    if made.process is not None and made.process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(made.process.pid, signal.SIGKILL)
        made.process.wait(10)
