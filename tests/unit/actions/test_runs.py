"""What a user does with runs, where it is more than a word to the records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.actions import runs
from bakehouse.actions.context import Caller, Context
from bakehouse.actions.errors import NotRemoved
from bakehouse.ir.execution import folder_name
from bakehouse.ir.spec import Component, PipelineFile, PipelineInfo, PipelineSpec
from bakehouse.ir.values import JsonObject
from bakehouse.records.database import Records, open_home
from bakehouse.records.errors import NoSuchRun
from bakehouse.storage.local import LocalStore
from tests.records.stories import finished, write_row


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where the home is."""
    return tmp_path / "home"


@pytest.fixture
def records(home: Path) -> Iterator[Records]:
    """Its records."""
    opened = open_home(home)
    yield opened
    opened.close()


class Refusing(LocalStore):
    """A store in which the first thing to be deleted cannot be."""

    refused = ""

    def remove(self, uri: str, *, below: str) -> None:
        """As ever, but for that one."""
        if not self.refused:
            self.refused = uri
            raise PermissionError(13, "Permission denied", uri)
        super().remove(uri, below=below)


@pytest.fixture
def context(records: Records, home: Path) -> Context:
    """Ann's."""
    return Context(Caller("ann"), records, LocalStore(), home)


def test_files_that_cannot_be_deleted_are_named(context: Context, records: Records, home: Path) -> None:
    """The run is gone, and its other files with it; the reader is told what is left and what to do about it."""
    run_id, store = finished(records, home), Refusing()
    logs = home / "runs" / run_id
    logs.mkdir(parents=True)
    with pytest.raises(NotRemoved) as told:
        runs.delete(replace(context, store=store), run_id)
    assert told.value.left == {store.refused: "Permission denied"}
    assert store.refused in told.value.message
    assert f"`rm -r {store.refused}`" in str(told.value.remedy)
    assert not logs.exists()
    with pytest.raises(NoSuchRun):
        runs.get(context, run_id)


@pytest.mark.parametrize("left", ["", "file"])
def test_a_root_outside_of_the_home_keeps_files_and_no_empty_folders(
    tmp_path: Path, context: Context, records: Records, home: Path, left: str
) -> None:
    """The folders were made for the run; a file in them is the user's."""
    run_id = finished(records, home)
    outside = tmp_path / "outside"
    write_row(home, "UPDATE runs SET pipeline_root = ?", json.dumps(str(outside)))
    folder = outside / folder_name(run_id)
    write_row(home, "UPDATE attempts SET launch = json_set(launch, '$.root', ?)", str(folder / "first" / "1"))
    (folder / "first" / "1").mkdir(parents=True)
    (folder / "first").chmod(0o555)
    if left:
        (folder / "second").mkdir()
        (folder / "second" / left).touch()
    runs.delete(context, run_id)
    assert outside.exists()
    assert folder.exists() is bool(left)


def test_a_run_that_is_not_there_is_told_without_the_command_lines_abbreviations(context: Context) -> None:
    """The API takes whole ids; a long one is not repeated."""
    with pytest.raises(NoSuchRun) as told:
        runs.summary(context, "x" * 9_000)
    assert told.value.message == f"there is no run {'x' * 100}…"
    assert "begins with" not in str(told.value)
    with pytest.raises(NoSuchRun, match="no run has an id that is or begins with 'nope'"):
        runs.get(context, "nope")


@pytest.mark.parametrize("page", [1, 2, 3, 1_000])
def test_all_events_are_all(context: Context, records: Records, home: Path, monkeypatch: pytest.MonkeyPatch, page: int) -> None:
    """However many are read at a time, none is left out and none comes twice."""
    monkeypatch.setattr(runs, "_EVENTS", page)
    run_id = finished(records, home)
    assert list(runs.all_events(context, run_id)) == records.events(run_id)


def test_the_user_is_told_what_is_left_out(context: Context) -> None:
    """A pipeline that was written for a cluster runs here, without its bucket and without its secrets."""
    spec = PipelineSpec(PipelineInfo("p"), Component(), default_pipeline_root="s3://bucket/p")
    settings: JsonObject = {"kubernetes": {"deploymentSpec": {"executors": {"exec-read": {"secretAsEnv": [{}]}}}}}
    of_root, of_settings = runs.notes(context, runs.Submission(PipelineFile(spec, settings)))
    assert "s3://bucket/p" in of_root
    assert of_settings.endswith("secretAsEnv of read")
    assert runs.notes(context, runs.Submission(PipelineFile(replace(spec, default_pipeline_root="")))) == []
