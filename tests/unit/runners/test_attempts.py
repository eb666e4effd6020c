"""The attempt's folder says whether somebody has it, runs it, or has left."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.errors import Elsewhere


def test_only_one_of_many_claims_wins(tmp_path: Path) -> None:
    """Whoever comes second is told so, however close."""
    folder = AttemptFolder(tmp_path / "a")
    start = threading.Barrier(8)

    def claim(number: int) -> bool:
        start.wait()
        return folder.claim(f"engine-{number}", 1.0)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(claim, range(8))) == [False] * 7 + [True]
    assert folder.claimed()


def test_the_lock_says_whether_it_runs(tmp_path: Path) -> None:
    """Held by whoever has the descriptor, free when the last one has closed it; looking leaves it as it was."""
    folder = AttemptFolder(tmp_path)
    assert not folder.running()
    descriptor = folder.open_lock()
    assert folder.running()
    assert folder.running()
    os.close(descriptor)
    assert not folder.running()


def test_a_claimed_attempt_that_runs_is_not_started(tmp_path: Path) -> None:
    """Nobody waits for its lock."""
    folder = AttemptFolder(tmp_path)
    descriptor = folder.open_lock()
    folder.claim("engine", 1.0)
    with pytest.raises(Elsewhere, match="another engine"):
        folder.open_lock()
    os.close(descriptor)


def test_the_wish_to_stop_is_left_in_one_move(tmp_path: Path) -> None:
    """Also before anybody has made the folder."""
    folder = AttemptFolder(tmp_path / "new")
    assert not folder.asked_to_stop()
    folder.ask_to_stop()
    assert folder.asked_to_stop()
    assert folder.read("control") == {"stop": True}


def test_documents_are_read_whatever_they_are(tmp_path: Path) -> None:
    """Half a document, another kind of value, none at all: nothing."""
    folder = AttemptFolder(tmp_path)
    assert folder.read("exit") is None
    for text in ("", "{", "[]", "5", "\udcff"):
        (tmp_path / "exit").write_text(text, errors="surrogateescape")
        assert folder.read("exit") is None
    (tmp_path / "exit").write_text('{"code": 0}   ')
    assert folder.read("exit") == {"code": 0}


def test_an_end_is_told_once(tmp_path: Path) -> None:
    """Of two who say how it ended the first one counts; nothing of the other is left."""
    folder = AttemptFolder(tmp_path / "attempt")
    folder.make()
    assert not folder.ended()
    assert folder.end({"code": 0})
    assert not folder.end({"code": 1})
    assert folder.ended()
    assert folder.read("exit") == {"code": 0}
    assert sorted(one.name for one in folder.path.iterdir()) == ["ending", "exit", "outputs", "work"]
