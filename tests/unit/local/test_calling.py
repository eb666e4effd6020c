"""How a call ends that is not waited for."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from bakehouse import compiler, dsl
from bakehouse.actions import runs
from bakehouse.app import attending, driving
from bakehouse.app.display.texts import Line
from bakehouse.app.interrupts import Interrupts
from bakehouse.app.watching import Left
from bakehouse.local import calling, screens
from bakehouse.records.errors import DatabaseUnusable, RunIsOver

LOCKED = DatabaseUnusable(path="db", why="it is locked", remedy="Wait.")
OVER = RunIsOver(run="1a2b3c4d", state="SUCCEEDED")


@dsl.component
def step() -> int:
    """One step."""
    return 1


class _Call:
    """A call whose run is attended to by `attend`, and whose request to end is answered by `refusal`; what it shows and does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, attend: Any, refusal: Exception | None) -> None:
        self.shown: list[str] = []
        self.done: list[str] = []
        monkeypatch.setattr(screens, "screen", lambda _title: SimpleNamespace(lines=self._show))
        monkeypatch.setattr(attending, "attend", attend)
        monkeypatch.setattr(runs, "terminate", lambda _context, _run: self._terminate(refusal))
        monkeypatch.setattr(driving, "detach", lambda _settings: self.done.append("detached"))

    def _show(self, lines: Sequence[Line]) -> None:
        self.shown += [line.text for line in lines]

    def _terminate(self, refusal: Exception | None) -> None:
        if refusal is not None:
            raise refusal
        self.done.append("terminated")

    def attend(self) -> None:
        """Drive the run and show it."""
        lock = SimpleNamespace(release=lambda: self.done.append("released"))
        mine: Any = SimpleNamespace(lock=lock, context=None, settings=None, run_id="1a2b3c4d5e")
        submission: Any = SimpleNamespace(pipeline=SimpleNamespace(spec=compiler.compile_pipeline(step).file.spec))
        with Interrupts(()) as interrupts:
            calling._attend(mine, submission, [], interrupts)


def _breaks(*_arguments: object) -> None:
    raise KeyError("a mistake")


def _leaves(*_arguments: object) -> tuple[None, Left]:
    return None, Left(0)


@pytest.mark.parametrize("refusal", [LOCKED, OVER, OSError("no process can be started")])
def test_what_went_wrong_is_raised_whatever_becomes_of_the_run(monkeypatch: pytest.MonkeyPatch, refusal: Exception) -> None:
    """That the run cannot be ended is said beside it, with the way to do it; of one that is over nothing is said."""
    made = _Call(monkeypatch, _breaks, refusal)
    with pytest.raises(KeyError, match="a mistake"):
        made.attend()
    assert made.done == ["released"]
    assert made.shown == ([] if refusal is OVER else _left_to_itself(refusal))


def _left_to_itself(refusal: Exception) -> list[str]:
    way = "Later `bakehouse runs terminate 1a2b3c4d` ends it, and `bakehouse engine` takes it."
    return [*f"Left: the run cannot be told to end: {refusal}".splitlines(), way]


@pytest.mark.parametrize("refusal", [None, LOCKED])
def test_who_leaves_is_told_what_becomes_of_the_run(monkeypatch: pytest.MonkeyPatch, refusal: Exception | None) -> None:
    """An engine in the background ends it, unless the records are away."""
    made = _Call(monkeypatch, _leaves, refusal)
    made.attend()
    assert made.done == (["released"] if refusal else ["released", "terminated", "detached"])
    assert made.shown == (_left_to_itself(refusal) if refusal else ["Left: the run is ended in the background."])
