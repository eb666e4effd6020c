"""How a run is shown below the cell of a notebook."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from bakehouse.app.display.live import LiveTree
from bakehouse.app.display.plain import Plain, Screen
from bakehouse.app.display.progress import Progress, Step
from bakehouse.app.display.tails import Printed
from bakehouse.app.display.texts import Line
from bakehouse.app.display.wording import News
from bakehouse.ir.execution import TaskId
from bakehouse.local import screens
from bakehouse.orchestrator.states import TaskState

A = TaskId("a")
RUNNING = Progress({A: Step(A, "<a>", TaskState.RUNNING)})
DONE = Progress({A: Step(A, "<a>", TaskState.SUCCEEDED, started_at=1.0, finished_at=2.0)})


def test_one_picture_is_replaced_while_something_changes() -> None:
    """A line for each step; what has not changed is not sent again. In its HTML nothing of the user's is obeyed."""
    sent: list[tuple[Mapping[str, str], bool]] = []
    cell = screens.Cell(lambda data, update: sent.append((data, update)), io.StringIO(), "digits · run 1a2b3c4d")
    for progress in (RUNNING, RUNNING, DONE):
        cell.update(progress, News(), [])
    cell.close(DONE)
    assert [(data["text/plain"], update) for data, update in sent] == [
        ("digits · run 1a2b3c4d\n└─ ▸ <a>  running, 0 s", False),
        ("digits · run 1a2b3c4d\n└─ ✓ <a>  succeeded in 1.0 s", True),
    ]
    assert "✓ &lt;a&gt;  succeeded" in sent[-1][0]["text/html"]


def test_what_steps_print_follows_the_picture() -> None:
    """Behind the name of the step; and what is said of the run."""
    stream = io.StringIO()
    cell = screens.Cell(lambda _data, _update: None, stream, "digits")
    cell.update(RUNNING, News(run=(Line("terminated"),)), [Printed(A, "hello")])
    assert stream.getvalue() == "[<a>] hello\nterminated\n"


def test_a_notebook_is_told_by_its_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its kernel shows the picture, always the same one; IPython on a terminal has no kernel, and a program no IPython."""
    published: list[dict[str, Any]] = []

    def publish(data: dict[str, str], metadata: dict[str, str], **rest: Any) -> None:
        published.append({"data": data, "metadata": metadata, **rest})

    shell = SimpleNamespace(kernel=object(), display_pub=SimpleNamespace(publish=publish))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    cell = screens.screen("digits")
    cell.update(RUNNING, News(), [])
    cell.close(DONE)
    assert [one["update"] for one in published] == [False, True]
    assert published[0]["transient"] == published[1]["transient"]
    shell.kernel = None
    assert isinstance(screens.screen("digits"), Plain)
    monkeypatch.delitem(sys.modules, "IPython")
    assert isinstance(screens.screen("digits"), Plain)


def test_a_terminal_has_one_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the main thread; threads beside it tell in lines."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    made: list[Screen] = [screens.screen("digits")]
    made[0].close(DONE)
    beside = threading.Thread(target=lambda: made.append(screens.screen("digits")))
    beside.start()
    beside.join()
    assert [type(one) for one in made] == [LiveTree, Plain]


def test_a_program_keeps_its_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """What is said of the run goes to standard error; nobody has to read it."""
    screens.screen("digits").lines([Line("one")])
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "digits\none\n")
