"""What an attempt left becomes its ending."""

from __future__ import annotations

import errno
import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import Artifact, Cause, Usage
from bakehouse.ir.values import JsonObject
from bakehouse.storage.files import NOTHING
from bakehouse.storage.local import LocalStore
from tests.unit.runners.left import WELL, Attempt
from tests.unit.runners.specs import DATASET


def test_whether_a_retry_is_of_use(tmp_path: Path) -> None:
    """The step's own word counts."""
    attempt = Attempt(tmp_path, code=1)
    for said, retryable in ({}, True), ({"retryable": False}, False):
        (attempt.folder.path / "error.json").write_text(json.dumps({"message": "no", "cause": "user error", **said}))
        assert (attempt.collect().cause, attempt.collect().retryable) == (Cause.USER_ERROR, retryable)


def test_what_a_step_gave(tmp_path: Path) -> None:
    """Values as declared; artifacts with metadata, digest, size and an id of their own, protected; times and usage."""
    attempt = Attempt(tmp_path)
    (attempt.root / "data").write_text("rows")
    attempt.says(parameterValues={"n": 5}, artifacts={"data": {"artifacts": [{"name": "data", "metadata": {"rows": 2}}]}})
    ending = attempt.collect()
    assert ending.cause is None
    assert ending.outputs.parameters == {"n": 5}
    [data] = ending.outputs.artifacts["data"]
    assert (data.digest, data.size) == LocalStore().digest(data.uri)
    assert data.metadata == {"fixed": 1, "rows": 2}
    assert len(data.id) == 36
    assert ending.times == {"launched": 1.0, "started": 2.0, "running": 3.0, "ended": 4.0, "collected": 9.0}
    assert (ending.usage.cpu_seconds, ending.usage.peak_memory) == (0.5, 1024)
    assert not (attempt.root / "data").stat().st_mode & 0o222
    assert not attempt.root.stat().st_mode & 0o222


def test_collecting_twice_gives_the_same(tmp_path: Path) -> None:
    """An engine may die between collecting and recording; only the ids differ."""
    attempt = Attempt(tmp_path)
    (attempt.folder.work / "model.bin").write_text("weights")
    attempt.says(parameterValues={"n": 1}, artifacts={"data": {"artifacts": [{"custom_path": "model.bin"}]}})
    first, second = attempt.collect(), attempt.collect()
    [one], [other] = first.outputs.artifacts["data"], second.outputs.artifacts["data"]
    assert replace(one, id="") == replace(other, id="")
    assert one.size == 7


def test_an_artifact_that_was_never_written_is_nothing(tmp_path: Path) -> None:
    """Metrics have metadata only; KFP accepts any declared output that was not written."""
    [data] = Attempt(tmp_path).collect().outputs.artifacts["data"]
    assert (data.digest, data.size) == (NOTHING, 0)


@pytest.mark.parametrize("folder", [True, False])
def test_a_custom_path_is_copied_into_place(tmp_path: Path, folder: bool) -> None:  # noqa: FBT001  # a case of the test
    """A file or a folder, by absolute path or relative to the working directory."""
    attempt = Attempt(tmp_path)
    made = attempt.folder.work / "made"
    if folder:
        made.mkdir()
        (made / "x").write_text("1")
    else:
        made.write_text("1")
    attempt.says(artifacts={"data": {"artifacts": [{"custom_path": str(made) if folder else "made"}]}})
    [data] = attempt.collect().outputs.artifacts["data"]
    assert (Path(data.uri) / "x" if folder else Path(data.uri)).read_text() == "1"
    assert data.digest.startswith("blake3-tree:" if folder else "blake3:")


def test_a_missing_custom_path_is_the_steps_fault(tmp_path: Path) -> None:
    """It is named."""
    attempt = Attempt(tmp_path)
    attempt.says(artifacts={"data": {"artifacts": [{"custom_path": "nowhere"}]}})
    ending = attempt.collect()
    assert ending.cause is Cause.BAD_OUTPUT
    assert "nowhere" in (ending.error.message if ending.error else "")


def test_what_lies_elsewhere_is_recorded_and_left_alone(tmp_path: Path) -> None:
    """A step may give the URI of the user's own data, or of a bucket: neither is write-protected, the latter is not read."""
    mine = tmp_path / "mine.csv"
    mine.write_text("1")
    attempt = Attempt(tmp_path)
    attempt.says(artifacts={"data": {"artifacts": [{"uri": str(mine)}, {"uri": "gs://b/x"}]}})
    own, bucket = attempt.collect().outputs.artifacts["data"]
    assert own.size == 1
    assert mine.stat().st_mode & 0o200
    assert (bucket.uri, bucket.digest, bucket.size) == ("gs://b/x", "", None)


def test_a_relative_uri_is_one_of_the_working_directory(tmp_path: Path) -> None:
    """Where the step wrote it."""
    attempt = Attempt(tmp_path)
    (attempt.folder.work / "out").write_text("12")
    attempt.says(artifacts={"data": {"artifacts": [{"uri": "out"}]}})
    [data] = attempt.collect().outputs.artifacts["data"]
    assert (data.uri, data.size) == (str(attempt.folder.work / "out"), 2)


def test_a_pipe_as_artifact_is_refused(tmp_path: Path) -> None:
    """It must not hold the engine."""
    attempt = Attempt(tmp_path)
    os.mkfifo(attempt.root / "data")
    ending = attempt.collect()
    assert ending.cause is Cause.BAD_OUTPUT
    assert "neither a file nor a folder" in (ending.error.message if ending.error else "")


def test_a_wrong_output_names_task_and_output(tmp_path: Path) -> None:
    """Usage and times are recorded all the same."""
    attempt = Attempt(tmp_path)
    attempt.says(parameterValues={"n": "five"})
    ending = attempt.collect()
    assert ending.cause is Cause.BAD_OUTPUT
    assert "output n of task train" in (ending.error.message if ending.error else "")
    assert ending.usage.cpu_seconds == 0.5
    assert ending.times["ended"] == 4.0


@pytest.mark.parametrize(
    ("left", "cause", "message"),
    [
        ({"code": 3}, Cause.EXIT_CODE, "exit code 3"),
        ({"code": None, "signal": signal.SIGKILL}, Cause.EXIT_CODE, "killed by SIGKILL"),
        ({"code": None, "signal": signal.SIGSEGV}, Cause.EXIT_CODE, "killed by SIGSEGV"),
        ({"code": None, "signal": 77}, Cause.EXIT_CODE, "killed by signal 77"),
        ({"code": 0, "stopped": True}, Cause.TERMINATED, "terminated on request"),
        ({"code": None, "signal": signal.SIGTERM, "stopped": True}, Cause.TERMINATED, "terminated on request"),
        ({"code": None, "fault": "staging failed"}, Cause.ENGINE, "staging failed"),
        ({"code": None, "fault": "it is gone", "cause": "input missing"}, Cause.INPUT_MISSING, "it is gone"),
        ({"code": None, "fault": "nonsense", "cause": "success"}, Cause.ENGINE, "nonsense"),
        ({"code": None, "killed": True}, Cause.LOST, "killed without a word"),
        ({"code": 0, "timeout": True}, Cause.TIMEOUT, "ran longer than its limit"),
        ({"code": None, "fault": f"[Errno 28] {os.strerror(errno.ENOSPC)}"}, Cause.STORE, os.strerror(errno.ENOSPC)),
    ],
)
def test_every_bad_end_has_a_cause_and_a_sentence(tmp_path: Path, left: JsonObject, cause: Cause, message: str) -> None:
    """By the exit document alone."""
    ending = Attempt(tmp_path, **left).collect()
    assert ending.cause is cause
    assert message in (ending.error.message if ending.error else "")
    assert ending.exit_code == left["code"]


_NO_SPACE = f"[Errno 28] {os.strerror(errno.ENOSPC)}"


@pytest.mark.parametrize(
    ("left", "said", "cause"),
    [
        ({"code": 1}, {"message": _NO_SPACE, "type": "OSError", "cause": "user error"}, Cause.USER_ERROR),
        ({"code": 1}, {"message": f"cannot save: {_NO_SPACE}", "type": "RuntimeError", "cause": "user error"}, Cause.USER_ERROR),
        ({"code": 1}, {"message": _NO_SPACE, "type": "OSError", "cause": "store"}, Cause.STORE),
        ({"code": 1, "last_words": f"Traceback\nOSError: {_NO_SPACE}\n"}, None, Cause.STORE),
        ({"code": None, "fault": _NO_SPACE}, None, Cause.STORE),
    ],
)
def test_a_step_that_filled_the_disk_gives_its_room_back(tmp_path: Path, left: JsonObject, said: JsonObject | None, cause: Cause) -> None:
    """It is said what to do; what was written and never published is gone, words and log stay. Collected again it is the same."""
    attempt = Attempt(tmp_path, **left)
    (attempt.root / "data").write_text("half of it")
    (attempt.folder.work / "checkpoint").write_text("another half")
    (attempt.folder.path / "log").write_text("what was printed")
    if said is not None:
        (attempt.folder.path / "error.json").write_text(json.dumps(said))
    endings = attempt.collect(), attempt.collect()
    assert endings[0] == endings[1]
    assert endings[0].cause is cause
    error = endings[0].error
    assert error is not None
    assert os.strerror(errno.ENOSPC) in error.message
    assert "free some space" in error.remedy
    assert not attempt.root.exists()
    assert not attempt.folder.work.exists()
    assert (attempt.folder.path / "log").read_text() == "what was printed"


def test_what_any_other_failure_left_stays(tmp_path: Path) -> None:
    """Somebody may look for the reason in it."""
    attempt = Attempt(tmp_path, code=1)
    (attempt.root / "data").write_text("half of it")
    attempt.collect()
    assert (attempt.root / "data").exists()


def test_a_kill_points_at_memory(tmp_path: Path) -> None:
    """The kernel does not say why it killed: the usual reason is said as such."""
    endings = Attempt(tmp_path / "a", code=None, signal=signal.SIGKILL).collect(), Attempt(tmp_path / "b", code=137).collect()
    for error in (ending.error for ending in endings):
        assert "OOM killer is the usual reason" in (error.remedy if error else "")


@pytest.mark.parametrize("cause", [Cause.USER_ERROR, Cause.BAD_OUTPUT, Cause.ENVIRONMENT])
def test_the_steps_own_words_are_kept(tmp_path: Path, cause: Cause) -> None:
    """What the step wrote about its failure wins over its exit code."""
    attempt = Attempt(tmp_path, code=1)
    said = {"message": "ValueError: x", "type": "ValueError", "file": "/p.py", "line": 7, "source_line": "raise", "traceback": "T"}
    (attempt.folder.path / "error.json").write_text(json.dumps({**said, "cause": cause.value}))
    ending = attempt.collect()
    assert ending.cause is cause
    error = ending.error
    assert error is not None
    assert (error.message, error.type, error.file, error.line) == ("ValueError: x", "ValueError", "/p.py", 7)
    assert (error.source_line, error.traceback) == ("raise", "T")


@pytest.mark.parametrize("text", [None, "", "{", "[]"])
def test_without_a_word_it_was_lost(tmp_path: Path, text: str | None) -> None:
    """No exit document, or half of one: an infrastructure fault, with the runtime's last words if there are any."""
    attempt = Attempt(tmp_path, exit=False)
    if text is not None:
        (attempt.folder.path / "exit").write_text(text)
    assert attempt.collect().cause is Cause.LOST
    (attempt.folder.path / "runtime.log").write_text("MemoryError\n")
    error = attempt.collect().error
    assert "MemoryError" in (error.message if error else "")


def test_a_cut_log_is_noted(tmp_path: Path) -> None:
    """With both numbers."""
    assert Attempt(tmp_path, log={"bytes": 100_000_000, "kept": 67_108_864}).collect().log_note == (
        "the log is cut: the step wrote 100,000,000 bytes, 67,108,864 are kept"
    )


def test_changed_inputs_are_noticed_at_the_end(tmp_path: Path) -> None:
    """Such a result is never offered from the cache."""
    attempt = Attempt(tmp_path)
    path = tmp_path / "input"
    path.write_text("one")
    digest, size = LocalStore().digest(str(path)) or ("", 0)
    launch = replace(attempt.launch, inputs={"raw": (Artifact("raw", DATASET, str(path), digest=digest, size=size),)})
    assert attempt.collect(launch).inputs_unchanged
    path.write_text("two")
    assert not attempt.collect(launch).inputs_unchanged


def test_the_checkpoint_survives_failures_only(tmp_path: Path) -> None:
    """What an attempt that failed left is there for the next one; a task that has succeeded needs it no more."""
    attempt = Attempt(tmp_path, code=1)
    kept = attempt.folder.checkpoint / "deep" / "state"
    kept.parent.mkdir(parents=True)
    kept.write_text("7")
    assert attempt.collect().cause is Cause.EXIT_CODE
    assert kept.read_text() == "7"
    kept.parent.chmod(0o500)
    (attempt.folder.path / "exit").write_text(json.dumps(WELL))
    attempt.says(parameterValues={"n": 1})
    assert attempt.collect().cause is None
    assert not attempt.folder.checkpoint.exists()


def test_memory_that_ran_out(tmp_path: Path) -> None:
    """The kernel's word, or the step's own."""
    killed = Attempt(tmp_path / "a", code=None, signal=signal.SIGKILL, out_of_memory=True).collect()
    assert killed.cause is Cause.OUT_OF_MEMORY
    assert killed.error is not None
    assert "set_memory_growth" in killed.error.remedy
    refused = Attempt(tmp_path / "b", code=1)
    (refused.folder.path / "error.json").write_text(json.dumps({"message": "no room", "type": "MemoryError", "cause": "out of memory"}))
    assert refused.collect().cause is Cause.OUT_OF_MEMORY


@pytest.mark.parametrize("number", [1e300, -1.0, float("nan"), float("inf"), 10**30])
def test_numbers_that_no_record_holds(tmp_path: Path, number: float) -> None:
    """What a step has made up is left out."""
    ending = Attempt(tmp_path, times={"ended": number, "running": 3.0}, cpu_seconds=number, peak_memory=number).collect()
    assert ending.times == {"launched": 1.0, "running": 3.0, "collected": 9.0}
    assert ending.usage == Usage()
