"""What steps print, read from the ends of their logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.app.display.tails import Tails, last_lines
from tests.unit.app import samples


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def tails(log: Path) -> Tails:
    tails = Tails(lambda _attempt: log, "1a2b", most=1000)
    tails.follow([samples.opened("a")])
    return tails


def _read(tails: Tails, at: float = 0.0) -> list[str]:
    return [printed.text for printed in tails.read(lambda: at)]


def test_a_log_that_is_not_there_yet_is_empty(tails: Tails) -> None:
    """The process has not started."""
    assert _read(tails) == []


def test_each_line_comes_once(tails: Tails, log: Path) -> None:
    """Whole lines, as they are added."""
    log.write_text("one\ntwo\n")
    assert _read(tails) == ["one", "two"]
    with log.open("a") as file:
        file.write("three\n")
    assert _read(tails) == ["three"]
    assert _read(tails) == []


def test_a_line_without_end_is_shown_after_a_moment(tails: Tails, log: Path) -> None:
    """A prompt or a progress bar appears within two seconds, and once."""
    log.write_text("loading")
    assert _read(tails, 0.0) == []
    assert _read(tails, 0.6) == ["loading"]
    assert _read(tails, 1.2) == []


def test_the_last_line_of_an_ended_step_is_not_lost(tails: Tails, log: Path) -> None:
    """Also without a newline; then the log is no longer looked at."""
    log.write_text("first\nlast words")
    tails.follow([samples.closed("a")])
    assert _read(tails) == ["first", "last words"]
    assert tails.open == {}


def test_a_step_that_came_and_went_between_two_looks_is_read(log: Path) -> None:
    """Opened and closed in one batch."""
    tails = Tails(lambda _attempt: log, "1a2b", most=1000)
    log.write_text("quick\n")
    tails.follow([samples.opened("a"), samples.closed("a")])
    assert _read(tails) == ["quick"]


def test_a_flood_is_cut_and_said(tails: Tails, log: Path) -> None:
    """At most `most` bytes per look, from the start of a line on; how much is left out, and where the whole is."""
    log.write_text("".join(f"line {number:04}\n" for number in range(1000)))
    note, first, *rest = _read(tails)
    assert note == "… 9.0 kB left out here; whole: bakehouse runs logs 1a2b a"
    assert first == "line 0901"
    assert rest[-1] == "line 0999"


def test_a_line_of_megabytes_stays_bounded(tails: Tails, log: Path) -> None:
    """No newline, no end: shown in part, memory does not grow."""
    tails.most = 1 << 20
    log.write_bytes(b"x" * 500_000)
    (shown,) = _read(tails)
    assert len(shown) < 2100
    assert "500.0 kB" in shown
    assert all(len(tail.rest) == 0 for tail in tails.open.values())


def test_binary_output_is_shown_harmlessly(tails: Tails, log: Path) -> None:
    """Every byte may be there."""
    log.write_bytes(bytes(range(256)) + b"\n")
    assert all(text.isprintable() for text in _read(tails))


def test_the_last_lines_of_a_log(log: Path) -> None:
    """The end of a log, however long it is; nothing where there is none."""
    assert last_lines(log, 3) == []
    log.write_bytes(b"old\n" * 100_000 + b"a\nb\nc\n")
    assert last_lines(log, 3) == ["a", "b", "c"]
    log.write_text("\n")
    assert last_lines(log, 3) == []
