"""The story of a keeper, whatever a step puts into the folder that they share."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bakehouse.pod import gathering, protocol
from bakehouse.pod.errors import Fault, Refused
from bakehouse.pod.keeper import Keeper
from bakehouse.pod.speaking import Server
from tests.unit.pod.servers import Answer, Scripted, error, ok, with_digest

LAUNCH: dict[str, object] = {"launch": None, "inputs": [], "code": None, "checkpoint": None, "outputs": [], "command": ["true"], "log_limit": 1000}
LEFT = {"code": 0, "signal": 0, "terminated": False, "timeout": False, "started": 1.0, "ended": 2.0, "cpu_seconds": 0.5, "peak_memory": 1024}


class Attempt:
    """A keeper, the folder that it shares, and the server that it tells."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.launch = folder, LAUNCH
        self.answers: dict[str, Callable[[], Answer]] = {}
        folder.mkdir()
        for name in ("alive", "out"):
            os.mkfifo(folder / name)
        self.server = Scripted(always=self._answer)

    def _answer(self, path: str, _: bytes) -> Answer:
        said = next((answer for ending, answer in self.answers.items() if path.endswith(ending)), ok)
        return with_digest(json.dumps(self.launch).encode()) if path.endswith("/launch") else said()

    def keep(self, step: Callable[[Path], object]) -> dict[str, Any]:
        """What is told of an attempt whose container does this, and is dead then."""

        def main() -> None:
            alive = os.open(self.folder / "alive", os.O_WRONLY)
            try:
                step(self.folder)
            finally:
                os.close(alive)

        container = threading.Thread(target=main)
        container.start()
        server = Server(self.server.url, "token")
        try:
            Keeper(server, str(self.folder), str(self.folder)).keep()
        finally:
            server.close()
            container.join()
        _, path, body = self.server.asked[-1]
        assert path.endswith("/result")
        told: dict[str, Any] = json.loads(body)
        return told


@pytest.fixture
def attempt(tmp_path: Path) -> Iterator[Attempt]:
    """It."""
    made = Attempt(tmp_path / "shared")
    yield made
    made.server.close()


def leaves(**left: object) -> Callable[[Path], object]:
    """A container that leaves this word how it ended."""
    return lambda folder: (folder / "exit.code").write_text(json.dumps({**LEFT, **left}))


def test_the_word_of_the_runner_is_told(attempt: Attempt) -> None:
    """With the times within those that the keeper saw itself."""
    told = attempt.keep(leaves(code=0, log={"bytes": 7, "kept": 5}))
    assert {name: told[name] for name in ("code", "cpu_seconds", "peak_memory", "log_bytes", "log_kept")} == {
        "code": 0, "cpu_seconds": 0.5, "peak_memory": 1024, "log_bytes": 7, "log_kept": 5
    }  # fmt: skip
    times = [told["times"][name] for name in ("started", "staged", "running", "ended")]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("left", "gone"),
    [
        ({"peak_memory": 10**30}, "peak_memory"),
        ({"peak_memory": -1}, "peak_memory"),
        ({"cpu_seconds": float("nan")}, "cpu_seconds"),
        ({"cpu_seconds": 1e300}, "cpu_seconds"),
        ({"signal": 10**9}, "signal"),
        ({"timeout": 1}, "timeout"),
    ],
)
def test_numbers_that_no_runner_writes_are_not_believed(attempt: Attempt, left: dict[str, object], gone: str) -> None:
    """The step may have written them. The rest of the word still counts."""
    told = attempt.keep(leaves(**left))
    assert gone not in told
    assert told["code"] == 0


@pytest.mark.parametrize("code", [10**30, -1, 256, True, 0.0, None])
def test_a_code_that_is_none(attempt: Attempt, code: object) -> None:
    """Then there is no word how it ended."""
    told = attempt.keep(leaves(code=code))
    assert told["killed"] is True
    assert "code" not in told


@pytest.mark.parametrize("at", [1e300, -1e300, float("nan"), float("inf"), 4e12])
def test_times_that_no_clock_tells(attempt: Attempt, at: float) -> None:
    """Neither the begin nor the end may lie outside of what the keeper saw."""
    attempt.launch = {**LAUNCH, "launch": {}}

    def step(folder: Path) -> None:
        (folder / "running").write_text(json.dumps(at))
        leaves(ended=at, log={"bytes": at, "kept": 10**30})(folder)

    told = attempt.keep(step)
    times = [told["times"][name] for name in ("started", "staged", "running", "ended")]
    assert times == sorted(times)
    assert (told["log_bytes"], told["log_kept"]) == (0, 0)


@pytest.mark.parametrize(("left", "told"), [({"code": 3}, {"code": 3}), ({"code": None}, {"killed": True})], ids=["failed", "killed"])
@pytest.mark.parametrize("odd", ["checkpoint/pipe", "error.json"])
def test_why_a_step_failed_is_not_hidden(
    attempt: Attempt, capsys: pytest.CaptureFixture[str], odd: str, left: dict[str, object], told: dict[str, object]
) -> None:
    """By what cannot be gathered of it: the next attempt begins anew."""

    def step(folder: Path) -> None:
        os.mkfifo(folder / odd)
        leaves(**left)(folder)

    found = attempt.keep(step)
    assert {name: found[name] for name in told} == told
    assert "fault" not in found
    assert odd.partition("/")[0] in capsys.readouterr().err


def test_what_a_successful_step_gives_must_be_files_and_folders(attempt: Attempt) -> None:
    """Else the outputs would not be those of the step."""

    def step(folder: Path) -> None:
        os.mkfifo(folder / "artifacts" / "data")
        leaves()(folder)

    assert attempt.keep(step)["cause"] == "bad output"


def test_words_that_are_too_deep(attempt: Attempt) -> None:
    """Are none."""
    assert attempt.keep(lambda folder: (folder / "exit.code").write_text("[" * 60_000))["killed"] is True


def test_what_another_server_was_brought_is_brought_again(attempt: Attempt) -> None:
    """The server that took the attempt over says that it lacks something: log, outputs and artifacts follow, then the result."""
    attempt.launch = {**LAUNCH, "outputs": ["n"]}
    refusals = [error(409, "incomplete")]
    attempt.answers["/result"] = lambda: refusals.pop() if refusals else ok()

    def step(folder: Path) -> None:
        (folder / "log").write_text("said")
        (folder / "outputs" / "n").write_text("7")
        (folder / "artifacts" / "model").write_text("weights")
        leaves()(folder)

    told = attempt.keep(step)
    assert {name: told[name] for name in ("log_sent", "series_sent", "brought")} == {"log_sent": 4, "series_sent": 0, "brought": 2}
    brought = [path.partition("?")[0].rpartition("/apis/attempt/")[2] for method, path, _ in attempt.server.asked if method != "GET"]
    assert brought == ["log", "outputs/n", "artifacts/model", "result"] * 2


def test_the_last_bytes_of_a_killed_container_are_brought_again(attempt: Attempt) -> None:
    """They are in no file: out of the pipe they come but once."""
    refusals = [error(409, "incomplete")]
    attempt.answers["/result"] = lambda: refusals.pop() if refusals else ok()

    def step(folder: Path) -> None:
        (folder / "log").write_text("said")
        (folder / "out").write_text(" last")

    told = attempt.keep(step)
    assert (told["killed"], told["log_sent"], told["log_bytes"]) == (True, 9, 9)
    sent = [(path.rpartition("/")[2], body) for _, path, body in attempt.server.asked if "/log?" in path]
    assert sent == [("log?offset=0", b"said"), ("log?offset=4", b" last")] * 2


def test_the_end_of_a_log_that_is_full_is_marked(attempt: Attempt) -> None:
    """Of a killed container nobody counted what is left out."""

    def step(folder: Path) -> None:
        (folder / "log").write_text("x" * 999)
        (folder / "out").write_text("y")

    attempt.keep(step)
    log = b"".join(body for _, path, body in attempt.server.asked if "/log?" in path)
    assert log == b"x" * 999 + b"y\n[bakehouse: the rest is left out here: the container was killed]\n"


def test_a_log_that_the_first_server_did_not_take(attempt: Attempt) -> None:
    """The next one may take it."""
    refusals, full = [error(409, "incomplete")], [error(413, "too_much")]
    attempt.answers = {"/result": lambda: refusals.pop() if refusals else ok(), "/log?offset=0": lambda: full.pop() if full else ok()}

    def step(folder: Path) -> None:
        (folder / "log").write_text("said")
        leaves()(folder)

    assert attempt.keep(step)["log_sent"] == 4


@pytest.mark.parametrize(
    ("what", "cause", "said"),
    [
        (Refused(400, "bad_arrival", "it is none"), "engine", "400 bad_arrival: it is none"),
        (Fault(gathering.BAD_OUTPUT, "a pipe"), "bad output", "a pipe"),
        (OSError("gone"), "engine", "OSError: gone"),
    ],
    ids=["refused", "fault", "gone"],
)
def test_what_cannot_be_brought_again_is_told(attempt: Attempt, monkeypatch: pytest.MonkeyPatch, what: Exception, cause: str, said: str) -> None:
    """As what cannot be brought at all: the attempt has an end then, and a reason."""
    refusals = [error(409, "incomplete")]

    def artifacts(*_: object) -> None:
        raise what

    def result() -> Answer:
        if not refusals:
            return ok()
        monkeypatch.setattr(gathering, "artifacts", artifacts)
        return refusals.pop()

    attempt.answers["/result"] = result
    told = attempt.keep(leaves())
    assert told["cause"] == cause
    assert said in told["fault"]


def test_what_was_not_brought_again_is_not_told_as_brought(attempt: Attempt) -> None:
    """Else the server would wait for it for ever: its log is refused, and so the series never came."""
    refusals, broken = [error(409, "incomplete")], [ok(), error(400, "bad_arrival")]
    attempt.answers = {"/result": lambda: refusals.pop() if refusals else ok(), "/log?offset=0": lambda: broken.pop(0)}

    def step(folder: Path) -> None:
        for name in protocol.GROWING:
            (folder / name).write_text("grown")
        leaves()(folder)

    told = attempt.keep(step)
    assert {name: told[name] for name in ("cause", "log_sent", "series_sent", "brought")} == {
        "cause": "engine", "log_sent": 0, "series_sent": 0, "brought": 0
    }  # fmt: skip


def test_a_server_that_wants_nothing_more(attempt: Attempt) -> None:
    """The attempt was given up while all was brought again: nobody is told how it ended."""
    refusals = [error(409, "incomplete"), error(410, "attempt_over")]
    attempt.answers["/result"] = lambda: refusals.pop(0)
    with pytest.raises(Refused):
        attempt.keep(leaves())
