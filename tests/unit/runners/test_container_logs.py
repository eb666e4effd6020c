"""The log of a container, copied to the last byte, however often."""

from __future__ import annotations

import threading
from io import FileIO
from pathlib import Path
from typing import Any

import pytest

from bakehouse.runners import container_logs
from bakehouse.runners.container_answers import Stream
from bakehouse.runners.container_logs import TAIL, Following, Written
from bakehouse.runners.errors import EngineAway

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


def test_an_engine_that_has_nothing_to_tell_yet_is_not_waited_for(tmp_path: Path) -> None:
    """Some answer with the first line of a step: whoever ends the copying does not wait for that line, and it is not written."""
    asked, answer = threading.Event(), threading.Event()

    def ask() -> Stream:
        asked.set()
        answer.wait()
        raise EngineAway(endpoint="here", why="gone")

    following = Following(ask, tmp_path / "log", LIMIT)
    assert asked.wait(10)
    following.close()
    assert not answer.is_set()
    answer.set()
    following.close()
    assert not (tmp_path / "log").exists()


def test_a_disk_that_takes_a_part_at_a_time(tmp_path: Path) -> None:
    """Gets the rest: nothing is missing in the middle."""

    class Full(FileIO):
        def write(self, data: Any, /) -> int:
            return super().write(bytes(data)[:3])

    with Full(tmp_path / "log", "w") as file:
        container_logs.write(file, b"line 1\nline 2\n")
    assert (tmp_path / "log").read_bytes() == b"line 1\nline 2\n"
