"""What engines of one home say to each other."""

from __future__ import annotations

import errno
import fcntl
import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from bakehouse.orchestrator.sharing import EngineReport
from bakehouse.records import neighbours
from bakehouse.records.engines import EngineLock
from bakehouse.records.neighbours import Neighbours

_ONE = EngineReport({"slots": 2.0}, {"pipeline train": 2}, {"memory": 5e9}, since=3.5)
_NOTHING = EngineReport({}, {}, {})


class Engine:
    """An engine that only speaks."""

    def __init__(self, home: Path) -> None:
        self.lock = EngineLock.acquire(home)
        self._neighbours = Neighbours(home, self.lock)
        self.heard: Sequence[EngineReport] = ()

    def says(self, said: EngineReport = _NOTHING) -> bool:
        """Whether it had its turn; `heard` is what the others had said."""

        def say(others: Sequence[EngineReport]) -> EngineReport:
            self.heard = others
            return said

        return self._neighbours.exchange(say)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A home with a folder for engines."""
    (tmp_path / "engines").mkdir()
    return tmp_path


def test_engines_hear_each_other_while_they_live(place: Path) -> None:
    """What an engine said last counts until it goes; nobody hears itself."""
    one, other = Engine(place), Engine(place)
    one.says(EngineReport({"a long name": 1.0}, {}, {}))
    one.says(_ONE)
    assert other.says()
    assert other.heard == [_ONE]
    one.says()
    assert one.heard == [_NOTHING]
    one.lock.release()
    other.says()
    assert other.heard == []
    other.lock.release()


def test_what_was_said_long_ago_does_not_count(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that was stopped keeps nothing from the others for ever: its steps have ended, or will."""
    one, other = Engine(place), Engine(place)
    one.says(_ONE)
    monkeypatch.setattr(neighbours, "HEARTBEAT_LASTS", 0.0)
    other.says()
    assert other.heard == []


@pytest.mark.parametrize("words", [b"", b"\xff", b"[]", b"{}", b'{"at": 1, "other": 2}', b'{"at": "x"}', b"[" * 100_000, b"1"])
def test_an_engine_that_says_nothing_that_can_be_read_is_not_heard(place: Path, words: bytes) -> None:
    """An older Bakehouse says nothing, a newer one perhaps something else."""
    one, other = Engine(place), Engine(place)
    one.lock.publish(words)
    assert other.says()
    assert other.heard == []


def test_one_at_a_time(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another engine has the turn nothing is said; one that was stopped in its turn is not waited for very long."""
    engine = Engine(place)
    with (place / "engines" / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        assert not engine.says(_ONE)
        monkeypatch.setattr(neighbours, "_LONGEST_TURN", 0.0)
        assert engine.says(_ONE)


@pytest.mark.parametrize("call", ["fcntl.flock", "os.listdir", "os.open"])
def test_a_disk_that_does_not_answer_keeps_nobody_from_running(
    place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, call: str
) -> None:
    """The engine takes what it needs, and it is said once that it does so without knowing of others."""
    engine = Engine(place)

    def away(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(call, away)
        assert engine.says(_ONE)
        assert engine.says(_ONE)
    assert engine.heard == []
    assert caplog.messages == ["this engine cannot know what others of its home take of the machine: [Errno 5] Input/output error"]


def test_a_full_disk_keeps_nobody_from_running(place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """That the others cannot be told is said once."""

    def full(_lock: EngineLock, _words: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    engine = Engine(place)
    monkeypatch.setattr(EngineLock, "publish", full)
    with caplog.at_level(logging.WARNING, "bakehouse.engine"):
        assert engine.says(_ONE)
        assert engine.says(_ONE)
    assert [record.getMessage() for record in caplog.records] == [
        "other engines of this home cannot know what this one takes of the machine: [Errno 28] No space left on device"
    ]
