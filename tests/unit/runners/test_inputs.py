"""Inputs are what was recorded, or the step does not start; bytes are read again only when they may have changed."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import Artifact, LaunchSpec
from bakehouse.runners import inputs
from bakehouse.runners.errors import BadInputs
from bakehouse.runners.inputs import Known
from bakehouse.storage.errors import OwnRecord
from bakehouse.storage.files import NOTHING
from bakehouse.storage.local import LocalStore
from tests.unit.runners.specs import DATASET, spec


class Counting(LocalStore):
    """A store that counts how often it reads bytes."""

    reads = 0

    def digest(self, uri: str) -> tuple[str, int] | None:
        """As ever."""
        self.reads += 1
        return super().digest(uri)


def launch(path: Path, digest: str, size: int | None = 1) -> LaunchSpec:
    """A task with one input that was recorded with this digest."""
    return replace(spec(path.parent), inputs={"raw": (Artifact("raw", DATASET, str(path), digest=digest, size=size),)})


def digested(path: Path, text: str) -> str:
    """The digest of a new file with this text."""
    path.write_text(text)
    return (LocalStore().digest(str(path)) or ("", 0))[0]


def test_an_unchanged_input_is_read_once(tmp_path: Path) -> None:
    """Any number of consumers cost one reading."""
    store = Counting()
    known = Known(store)
    given = launch(tmp_path / "x", digested(tmp_path / "x", "one"))
    time.sleep(0.03)
    for _ in range(5):
        inputs.check(given, known)
    assert inputs.unchanged(given, known)
    assert store.reads == 1


def test_a_change_right_after_reading_is_seen(tmp_path: Path) -> None:
    """Same size, same tick of the kernel's clock: signatures are trusted only once a further change would show in them."""
    known = Known(LocalStore())
    path = tmp_path / "x"
    for round_ in range(50):
        before = digested(path, f"{round_:03d}a")
        assert (known.digest(str(path)) or ("", 0))[0] == before
        after = digested(path, f"{round_:03d}b")
        assert (known.digest(str(path)) or ("", 0))[0] == after


def test_a_change_that_hides_its_time_is_seen(tmp_path: Path) -> None:
    """Size and modification time can be put back, the time of the inode's change cannot."""
    known = Known(LocalStore())
    path = tmp_path / "x"
    given = launch(path, digested(path, "one"))
    time.sleep(0.03)
    inputs.check(given, known)
    times = path.stat()
    path.write_text("two")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert not inputs.unchanged(given, known)


@pytest.mark.parametrize("lost", [True, False])
def test_a_lost_or_changed_input_is_named(tmp_path: Path, lost: bool) -> None:  # noqa: FBT001  # a case of the test
    """The message names the input and its place, and what to do."""
    path = tmp_path / "x"
    given = launch(path, digested(path, "one"))
    path.unlink() if lost else path.write_text("two")
    with pytest.raises(BadInputs, match="is gone" if lost else "was changed") as caught:
        inputs.check(given, Known(LocalStore()))
    assert caught.value.place == str(path)
    assert caught.value.remedy
    assert not inputs.unchanged(given, Known(LocalStore()))


def test_an_artifact_that_was_never_written_may_be_absent(tmp_path: Path) -> None:
    """Metrics have metadata and no file; if a file appears there later, that is a change."""
    given = launch(tmp_path / "none", NOTHING, 0)
    inputs.check(given, Known(LocalStore()))
    (tmp_path / "none").write_text("x")
    assert not inputs.unchanged(given, Known(LocalStore()))


def test_nothing_is_claimed_about_bytes_that_were_never_read() -> None:
    """An artifact elsewhere has no digest: it cannot be checked, and does not keep a step from starting."""
    given = replace(spec(Path("/h")), inputs={"raw": (Artifact("raw", DATASET, "gs://b/x"),)})
    inputs.check(given, Known(LocalStore()))
    assert inputs.unchanged(given, Known(LocalStore()))


@pytest.mark.parametrize("place", ["bakehouse.db", ".", "..", "../link", "pods.key"])
def test_records_of_the_home_are_no_artifact(tmp_path: Path, place: str) -> None:
    """They are not even opened: closing the database once would drop the locks that this process has on it."""
    home = tmp_path / "all" / "home"
    (home / "artifacts").mkdir(parents=True)
    for name in ("bakehouse.db", "pods.key", "artifacts/data"):
        (home / name).write_text("x")
    (home.parent / "link").symlink_to(home / "bakehouse.db")
    known = Known(LocalStore(), home)
    with pytest.raises(OwnRecord):
        known.digest(str(home / place))
    assert known.digest(str(home / "artifacts" / "data")) is not None
    assert known.digest(str(tmp_path / "nothing")) is None
