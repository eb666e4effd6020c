"""Artifacts that exist already: what an importer makes of them, and what it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.ir.execution import Artifact, AttemptId, Cause, Ending, Importing, LaunchSpec, RunId, TaskId
from bakehouse.ir.spec import ArtifactType
from bakehouse.runners import importing
from bakehouse.runners.inputs import Known
from bakehouse.storage.local import LocalStore
from bakehouse.storage.objects import NoObjects


def imported(uri: str, *, workspace: Path | None = None, kind: str = "Dataset") -> Ending:
    """The ending of an importer of what lies there; with a workspace it is copied to it."""
    launch = LaunchSpec(
        AttemptId(RunId("run"), TaskId("importer"), 1),
        "pipeline",
        "",
        output_artifacts={"artifact": Artifact("artifact", ArtifactType(f"system.{kind}"), uri, {"kind": "raw"})},
        importing=Importing(to_workspace=workspace is not None),
        workspace="" if workspace is None else str(workspace),
    )
    return importing.ending(launch, Known(LocalStore()), lambda: 1.0, NoObjects())


def test_a_local_file_is_known_by_its_content(tmp_path: Path) -> None:
    """It stays where it is; digest and size are those of its bytes."""
    file = tmp_path / "data.csv"
    file.write_text("a,b\n")
    ((artifact,),) = imported(file.as_uri()).outputs.artifacts.values()
    assert (artifact.uri, artifact.size, artifact.metadata) == (file.as_uri(), 4, {"kind": "raw"})
    assert (artifact.digest, 4) == LocalStore().digest(str(file))
    assert artifact.id


def test_what_lies_elsewhere_is_known_by_its_address() -> None:
    """Nothing is read."""
    ((artifact,),) = imported("gs://bucket/data").outputs.artifacts.values()
    assert (artifact.uri, artifact.digest, artifact.size) == ("gs://bucket/data", "", None)


def test_metrics_need_no_file() -> None:
    """Their metadata say all: steps that measure something write none. Other artifacts without one are a mistake."""
    ((artifact,),) = imported("/no/such/file", kind="Metrics").outputs.artifacts.values()
    assert (artifact.digest, artifact.size, artifact.metadata) == ("", None, {"kind": "raw"})
    assert imported("/no/such/file").cause is Cause.INPUT_MISSING


@pytest.mark.parametrize("uri", ["/no/such/file", "gs://bucket/data"])
def test_what_cannot_be_imported_is_said(tmp_path: Path, uri: str) -> None:
    """Nothing there, or nothing that can be copied: each with its address and a way out."""
    ending = imported(uri, workspace=tmp_path)
    assert ending.cause is Cause.INPUT_MISSING
    assert ending.error is not None
    assert uri in ending.error.message
    assert ending.error.remedy


def test_a_copy_in_the_workspace_is_made_once(tmp_path: Path) -> None:
    """A second import of the same finds what steps have made of the copy; the original stays as it was."""
    source = tmp_path / "folder"
    source.mkdir()
    (source / "one").write_text("1")
    ((first,),) = imported(str(source), workspace=tmp_path / "workspace").outputs.artifacts.values()
    copy = Path(first.uri)
    assert copy.is_relative_to(tmp_path / "workspace")
    assert first.digest == (LocalStore().digest(str(source)) or ("", 0))[0]
    (copy / "one").write_text("2")
    ((second,),) = imported(str(source), workspace=tmp_path / "workspace").outputs.artifacts.values()
    assert (second.uri, second.digest == first.digest) == (first.uri, False)
    assert (source / "one").read_text() == "1"
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]
