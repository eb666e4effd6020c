"""The two ways to show a run: plain lines, and a live tree."""

from __future__ import annotations

import io
import re

import pytest

from bakehouse.app.display.live import LiveTree
from bakehouse.app.display.plain import Plain
from bakehouse.app.display.progress import Progress, Step, begun
from bakehouse.app.display.tails import Printed
from bakehouse.app.display.texts import Line
from bakehouse.app.display.wording import News
from bakehouse.ir.execution import TaskId
from bakehouse.orchestrator.states import TaskState

A = TaskId("a")
B = TaskId("b")
_NEWS = News((Line("a: succeeded"),), (Line("b: running"),), (Line("terminated"),), frozenset({B}))


def _unread(error: OSError) -> None:
    raise error


class _Terminal(io.StringIO):
    """A terminal that keeps what was written to it."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_plain_lines_come_in_the_order_of_things() -> None:
    """Printed before it ended, started before it printed; no escape codes; prints behind the name of their step."""
    stream = io.StringIO()
    Plain(stream, _unread).update(begun([(A, "the first"), (B, "b")]), _NEWS, [Printed(B, "hello"), Printed(A, "bye")])
    assert stream.getvalue() == "[the first] bye\na: succeeded\nb: running\n[b] hello\nterminated\n"


def test_a_long_silence_is_broken() -> None:
    """Every thirty seconds one line says what is going on."""
    stream, now = io.StringIO(), [0.0]
    screen = Plain(stream, _unread, lambda: now[0])
    for seconds in range(0, 70, 5):
        now[0] = float(seconds)
        screen.update(Progress({A: Step(A, "a")}), News(), [])
    assert stream.getvalue() == "1 step: waiting\n" * 2


def test_a_reader_who_leaves_does_not_stop_the_run() -> None:
    """`bakehouse run … | head -1`: the run goes on, nothing is raised."""

    class _Gone(io.StringIO):
        def write(self, text: str, /) -> int:
            del text
            raise BrokenPipeError

    told: list[OSError] = []
    screen = Plain(_Gone(), told.append)
    screen.lines([Line("one")])
    screen.lines([Line("two")])
    assert [type(error) for error in told] == [BrokenPipeError]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> _Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "20")
    return _Terminal()


def test_prints_stand_above_the_tree(terminal: _Terminal) -> None:
    """The tree is drawn anew below what the steps print, and stays behind whole."""
    screen = LiveTree(terminal, "digits · run 1a2b3c4d")
    running = Progress({A: Step(A, "a", TaskState.RUNNING, started_at=0.0)})
    screen.update(running, _NEWS, [Printed(A, "hello [bold]world")])
    screen.close(Progress({A: Step(A, "a", TaskState.SUCCEEDED, started_at=0.0, finished_at=1.0)}))
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.getvalue())
    assert text.index("[a] hello [bold]world") < text.index("digits · run 1a2b3c4d")
    assert "✓ a  succeeded in 1.0 s" in text.rsplit("digits", 1)[1]


def test_a_flood_of_lines_is_bounded_per_look(terminal: _Terminal) -> None:
    """At most 200 lines are printed per look, and how many are missing is said."""
    screen = LiveTree(terminal, "t")
    screen.update(begun([(A, "a")]), News(), [Printed(A, str(number)) for number in range(1000)])
    screen.close(begun([(A, "a")]))
    assert "800 lines left out here" in terminal.getvalue()
    assert "[a] 799\n" not in terminal.getvalue()
