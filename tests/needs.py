"""What a test needs of its machine: without it it is skipped, and where it has to be there (`BAKEHOUSE_TEST_NEEDED=1`, as in CI) it fails."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

#: Whether nothing that a test needs may be missing.
NEEDED = bool(os.environ.get("BAKEHOUSE_TEST_NEEDED"))


def missing(why: str) -> NoReturn:
    """End a test, or a fixture, for want of something."""
    if NEEDED:
        pytest.fail(why, pytrace=False)
    pytest.skip(why)
