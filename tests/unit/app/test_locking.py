"""The lock of a home's one server, and the address that it holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bakehouse.app.errors import ServerRuns
from bakehouse.app.locking import ServerLock
from bakehouse.records.errors import HomeUnusable


def test_whoever_comes_second_is_told_where_the_first_is(tmp_path: Path) -> None:
    """And may have the lock when the first has let go."""
    first = ServerLock.acquire(tmp_path)
    first.tell("http://127.0.0.1:1/")
    with pytest.raises(ServerRuns, match="http://127.0.0.1:1/"):
        ServerLock.acquire(tmp_path)
    first.release()
    ServerLock.acquire(tmp_path).release()


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="there is no device that is always full")
def test_a_full_disk_is_named_with_what_to_do(tmp_path: Path) -> None:
    """The address cannot be written down: that is the disk's fault, not Bakehouse's."""
    lock = ServerLock(tmp_path, os.open("/dev/full", os.O_RDWR | os.O_CLOEXEC))
    with pytest.raises(HomeUnusable, match="No space left") as raised:
        lock.tell("http://127.0.0.1:1/")
    assert "Free some space" in str(raised.value.remedy)
