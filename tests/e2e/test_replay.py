"""`bakehouse replay RUN STEP`: a step again as it was recorded, on the user's terminal, and what of it is equal."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.home import Home, tasks

_PIPELINE = """
from kfp import dsl
from kfp.dsl import Dataset, Input, Metrics, Output


@dsl.component
def prepare(rows: int, data: Output[Dataset], numbers: Output[Metrics]) -> int:
    with open(data.path, "w") as file:
        file.write("row" * rows)
    numbers.log_metric("rows", rows)
    print("prepared", rows)
    return rows


@dsl.component
def moody(data: Input[Dataset]) -> str:
    import uuid

    with open(data.path) as file:
        return file.read() + uuid.uuid4().hex


@dsl.component
def broken(rows: int) -> int:
    doubled = rows * 2
    raise ValueError(f"{doubled} is too much")


@dsl.component
def stops(rows: int) -> int:
    half = rows / 2
    breakpoint()
    return int(half)


@dsl.pipeline
def replayed(rows: int = 4):
    data = prepare(rows=rows).outputs["data"]
    moody(data=data)
    broken(rows=rows)
    stops(rows=rows)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.run(home.write(_PIPELINE), "--keep-going")
    return home


def replay(home: Home, *arguments: str) -> dict[str, Any]:
    """What a replay says, with its exit code."""
    done = home.call("replay", "latest", *arguments, "--output", "json")
    said: dict[str, Any] = json.loads(done.stdout)
    return {**said, "exit_code": done.returncode, "words": done.stderr}


def on_a_terminal(home: Home, *arguments: str, keys: dict[str, str]) -> tuple[int, str]:
    """A command on a terminal of its own: each key of `keys` that appears is answered once with its value. Exit code, and what was shown."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bakehouse", *arguments]
    child = subprocess.Popen(command, env=home.environ(), cwd=home.folder, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    shown, waiting, deadline = "", dict(keys), time.monotonic() + 60
    while time.monotonic() < deadline and select.select([ours], [], [], 60)[0]:
        try:
            part = os.read(ours, 1 << 16)
        except OSError:  # the terminal of a program that has ended
            break
        shown += part.decode(errors="replace")
        for seen in [one for one in waiting if one in shown]:
            os.write(ours, waiting.pop(seen).encode())
    os.close(ours)
    return child.wait(10), shown.replace("\r\n", "\n")


def test_a_step_that_gives_the_same_is_equal(home: Home) -> None:
    """Parameters, content and metadata; what it prints is shown; nothing of it is recorded, and nothing is left."""
    before = home.call("runs", "show", "latest", "--events").stdout
    done = home.call("replay", "latest", "prepare")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == ["prepared 4", "Output   equal", "data     equal", "numbers  equal"]
    assert home.call("runs", "show", "latest", "--events").stdout == before
    assert len(home.runs()) == 1
    assert list((home.path / "replays").iterdir()) == []


def test_a_step_that_gives_something_else_differs(home: Home) -> None:
    """Which output, and how; what it wrote is kept."""
    said = replay(home, "moody")
    assert (said["exit_code"], said["succeeded"], said["equal"]) == (1, True, False)
    (output,) = said["outputs"]
    assert output["said"].startswith('differs: "rowrowrowrow')
    assert Path(said["folder"]).is_dir()


def test_a_step_that_fails_again_is_told_from_one_that_fails_otherwise(home: Home) -> None:
    """With the author's own line; the code is the recorded one, whatever the file says by now."""
    file = home.folder / "pipeline.py"
    file.write_text(_PIPELINE.replace("rows * 2", "rows * 3"))
    done = home.call("replay", "latest", "broken")
    assert done.returncode == 1
    assert "it failed (as the recorded attempt did): ValueError: 8 is too much" in done.stdout
    assert "doubled = rows * 3" not in done.stdout
    assert f'File "{file}", line ' in done.stdout


def test_a_debugger_stands_at_the_line_that_raised(home: Home) -> None:
    """On the user's terminal, with the values of that moment, and the code as it was recorded."""
    (home.folder / "pipeline.py").write_text("# all is new\n")
    code, shown = on_a_terminal(home, "replay", "latest", "broken", "--pdb", keys={"(Pdb) ": "p doubled + 1000\nu\nq\n"})
    assert code == 1
    assert '-> raise ValueError(f"{doubled} is too much")' in shown
    assert "1008" in shown
    assert "Oldest frame" in shown  # none of ours is below


def test_breakpoints_stop_on_the_terminal(home: Home) -> None:
    """The recorded attempt had no terminal and failed at it; now the step goes on from there."""
    assert tasks(home.show())["stops"]["state"] == "FAILED"
    code, shown = on_a_terminal(home, "replay", "latest", "stops", "--pdb", keys={"(Pdb) ": "p half + 1000\nc\n"})
    assert "1002.0" in shown
    assert "it succeeded; the recorded attempt did not" in shown
    assert code == 1


def test_a_reused_step_is_replayed_where_it_was_made(home: Home) -> None:
    """The run that was named has no attempt of it."""
    first = home.runs()[0]["run_id"]
    home.run(home.folder / "pipeline.py", "--keep-going")
    said = replay(home, "prepare")
    assert (said["exit_code"], said["run_id"], said["equal"]) == (0, first, True)
    assert "reused from an earlier run" in said["words"]


def test_inputs_that_are_gone_or_changed_are_named(home: Home) -> None:
    """Nothing starts then, and nothing is left."""
    data = Path(tasks(home.show())["prepare"]["outputs"]["data"]["uri"])
    data.chmod(0o600)
    data.write_text("changed")
    changed = home.call("replay", "latest", "moody")
    assert changed.returncode == 2
    assert f"input data was changed after it was recorded: {data}" in changed.stderr
    data.parent.chmod(0o700)
    data.unlink()
    assert f"input data is gone: nothing lies at {data}" in home.call("replay", "latest", "moody").stderr
    assert list((home.path / "replays").iterdir()) == []


def test_what_cannot_be_replayed_is_told(home: Home) -> None:
    """No such step, no such attempt; a run or a step that is not there."""
    for arguments, said in ((["prepar"], "prepare"), (["prepare", "--attempt", "2"], "Its attempts are: 1.")):
        done = home.call("replay", "latest", *arguments)
        assert done.returncode == 2
        assert said in done.stderr
    assert home.call("replay", "0815", "prepare").returncode == 2
