"""The log of a container, copied to the last byte, however often."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.runners import container_logs
from bakehouse.runners.container_logs import TAIL, Written

LIMIT = 1000


def pieces(whole: bytes, size: int = 77) -> list[bytes]:
    """As an engine may send it."""
    return [whole[at : at + size] for at in range(0, len(whole), size)]


@pytest.mark.parametrize("copied", [0, 1, 500, LIMIT])
def test_a_short_log_is_kept_whole(tmp_path: Path, copied: int) -> None:
    """Whoever copied some of it while the container ran; a second time changes nothing."""
    log, whole = tmp_path / "log", b"".join(b"line %d\n" % number for number in range(125))[:LIMIT]
    log.write_bytes(whole[:copied])
    for _ in range(2):
        assert container_logs.finish(pieces(whole), log, LIMIT) == Written(len(whole), len(whole))
        assert log.read_bytes() == whole


@pytest.mark.parametrize("copied", [0, 900, LIMIT])
def test_the_middle_of_a_long_log_is_left_out(tmp_path: Path, copied: int) -> None:
    """A line says how much is missing; the end begins with a whole line. A second time changes nothing."""
    log, whole = tmp_path / "log", b"".join(b"line %06d\n" % number for number in range(20_000))
    log.write_bytes(whole[:copied])
    for _ in range(2):
        written = container_logs.finish(pieces(whole, 5000), log, LIMIT)
        kept = log.read_bytes()
        head, _, tail = kept.partition(b"\n[bakehouse: ")
        said, _, end = tail.partition(b" bytes left out here]\n")
        assert head == whole[:LIMIT]
        assert whole.endswith(end)
        assert end.startswith(b"line ")
        assert TAIL - 20 < len(end) <= TAIL
        assert int(said) == len(whole) - LIMIT - len(end)
        assert written == Written(len(whole), LIMIT + len(end))


def test_a_log_that_is_only_a_little_too_long_is_whole(tmp_path: Path) -> None:
    """Nothing is missing between its beginning and its end."""
    log, whole = tmp_path / "log", b"x" * (LIMIT + 10)
    assert container_logs.finish(pieces(whole), log, LIMIT) == Written(len(whole), len(whole))
    assert log.read_bytes() == whole
