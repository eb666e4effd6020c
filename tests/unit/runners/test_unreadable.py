"""What an attempt left and cannot be read: a disk that may be back is waited for, what the step has done to it is not."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bakehouse.ir.execution import Cause
from bakehouse.ir.values import JsonObject
from bakehouse.runners import reading
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.errors import Uncollected
from bakehouse.storage import trees
from tests.unit.runners.left import Attempt


def _refusing(number: int, name: str) -> Callable[[AttemptFolder, str], JsonObject | None]:
    """To read documents of which one is refused."""
    read = AttemptFolder.read

    def refuse(folder: AttemptFolder, wanted: str) -> JsonObject | None:
        if wanted == name:
            raise OSError(number, os.strerror(number), str(folder.path / name))
        return read(folder, wanted)

    return refuse


@pytest.mark.parametrize("folder", [True, False])
def test_a_disk_that_is_full_for_a_copy_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: bool) -> None:  # noqa: FBT001  # a case of the test
    """The half that was copied is deleted; what the step left stays for the next try."""
    attempt = Attempt(tmp_path)
    made = attempt.folder.work / "made"
    if folder:
        made.mkdir()
        (made / "x").write_text("1")
    else:
        made.write_text("1")
    attempt.says(artifacts={"data": {"artifacts": [{"custom_path": "made"}]}})

    def full(_source: object, target: str, **_: object) -> None:
        Path(target).write_text("ha")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", full)
        patched.setattr(shutil, "copy2", full)
        patched.setattr(shutil.copytree, "__defaults__", (False, None, full, False, False))
        with pytest.raises(Uncollected, match="No space left on device"):
            attempt.collect()
    assert [each.name for each in attempt.root.iterdir()] == ["executor_output.json"]
    assert attempt.collect().cause is None


@pytest.mark.parametrize("back", [True, False])
def test_what_decides_on_waiting_is_the_error_and_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, back: bool) -> None:  # noqa: FBT001  # a case of the test
    """A path may hold any words, those of the system too."""
    attempt = Attempt(tmp_path / os.strerror(errno.EIO))
    (attempt.root / "data").mkdir()
    number = errno.ESTALE if back else errno.ELOOP

    def refuse(_: object) -> None:
        raise OSError(number, "in words of its own", str(attempt.root))

    monkeypatch.setattr(trees, "entries", refuse)
    if back:
        with pytest.raises(Uncollected, match="in words of its own"):
            attempt.collect()
    else:
        assert attempt.collect().cause is Cause.BAD_OUTPUT


def test_a_document_that_a_disk_keeps_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step wrote it well: it is not its fault."""
    attempt = Attempt(tmp_path)

    def failing(path: Path, largest: int) -> bytes | None:
        if path.name == "executor_output.json":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return small(path, largest)

    small = reading.small
    monkeypatch.setattr(reading, "small", failing)
    with pytest.raises(Uncollected, match=os.strerror(errno.EIO)):
        attempt.collect()


@pytest.mark.parametrize("left", ["pipe", "folder", "too large"])
@pytest.mark.parametrize("code", [0, 3])
def test_words_that_cannot_be_read_are_none(tmp_path: Path, left: str, code: int) -> None:
    """The step can put anything there: how it ended is told by its exit code."""
    attempt = Attempt(tmp_path, code=code)
    words = attempt.folder.path / "error.json"
    match left:
        case "pipe":
            os.mkfifo(words)
        case "folder":
            words.mkdir()
        case _:
            words.touch()
            os.truncate(words, 17 << 20)
    ending = attempt.collect()
    assert (ending.cause, ending.exit_code) == (Cause.EXIT_CODE if code else None, code)


def test_words_that_a_disk_keeps_are_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may say that the step failed for good."""
    attempt = Attempt(tmp_path, code=1)
    with monkeypatch.context() as patched:
        patched.setattr(AttemptFolder, "read", _refusing(errno.EIO, "error.json"))
        with pytest.raises(Uncollected):
            attempt.collect()
    assert attempt.collect().cause is Cause.EXIT_CODE


def test_a_folder_that_the_step_has_closed_ends_the_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody will open it again: waiting would never end."""
    attempt = Attempt(tmp_path)
    monkeypatch.setattr(AttemptFolder, "read", _refusing(errno.EACCES, "exit"))
    ending = attempt.collect()
    assert (ending.cause, ending.exit_code, ending.times) == (Cause.BAD_OUTPUT, None, {"collected": 9.0})
    assert ending.error is not None
    assert str(attempt.folder.path) in ending.error.message
    assert "the user who runs the engine may read" in ending.error.remedy


def test_the_runtimes_words_do_not_hold_the_reader(tmp_path: Path) -> None:
    """Where they belong may lie a pipe that nobody writes into."""
    attempt = Attempt(tmp_path, exit=False)
    os.mkfifo(attempt.folder.path / "runtime.log")
    assert attempt.collect().cause is Cause.BAD_OUTPUT
