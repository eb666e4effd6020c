"""A home of its own for each test, with records open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.records.database import Records, open_home
from tests.records.stories import Hand


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where a home will be."""
    return tmp_path / "home"


@pytest.fixture
def hand() -> Hand:
    """The time, moved by hand."""
    return Hand()


@pytest.fixture
def records(home: Path, hand: Hand) -> Iterator[Records]:
    """The records of a fresh home."""
    opened = open_home(home, hand)
    yield opened
    opened.close()
