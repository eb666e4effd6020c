"""Files that steps leave are read whatever lies there, and nothing stays open."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from bakehouse.runners import reading


def test_a_file_that_the_system_tells_nothing_of_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file server that goes away amid opening must not cost a descriptor at each try."""
    path = tmp_path / "x"
    path.write_text("words")
    seen: list[int] = []

    def stale(descriptor: int) -> os.stat_result:
        seen.append(descriptor)
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fstat", stale)
        with pytest.raises(OSError, match=os.strerror(errno.ESTALE)):
            reading.opened(path)
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        os.fstat(seen[0])
    assert reading.small(path, 10) == b"words"
