"""Files that KFP 1 compiled, and packages of files: refused with how to recompile, by every command that takes a pipeline; or read."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bakehouse.actions.errors import BadPackage
from bakehouse.app import loaded, loading
from bakehouse.cli import root
from bakehouse.ir import text
from bakehouse.ir.errors import InvalidPipeline
from tests.unit.ir import samples

WORKFLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  generateName: train-
  annotations: {pipelines.kubeflow.org/kfp_sdk_version: 1.8.22}
spec: {entrypoint: train}
"""
COMPONENT = "name: Train\nimplementation: {container: {image: alpine}}\n"


def plain(content: str, folder: Path) -> Path:
    path = folder / "pipeline.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def zipped(content: str, folder: Path) -> Path:
    path = folder / "pipeline.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pipeline.yaml", content)
    return path


def packed(content: str, folder: Path) -> Path:
    path = folder / "pipeline.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("pipeline.yaml")
        member.size = len(content.encode())
        archive.addfile(member, io.BytesIO(content.encode()))
    return path


FORMS = [plain, zipped, packed]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("command", ["run", "plan", "compile", "lint"])
def test_every_command_says_how_to_recompile(
    command: str, form: Callable[[str, Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a workflow for Argo: what it is, which SDK wrote it, the command, the page."""
    monkeypatch.setenv("BAKEHOUSE_HOME", str(tmp_path / "home"))
    assert root.main([command, str(form(WORKFLOW, tmp_path))]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "this is an Argo Workflow, which KFP's SDK 1.8.22 wrote" in said
    assert "`bakehouse compile FILE.py`" in said
    assert "docs/how-to/come-from-kfp.md" in said


@pytest.mark.parametrize("form", FORMS)
def test_a_component_of_kfp_1_is_no_pipeline(form: Callable[[str, Path], Path], tmp_path: Path) -> None:
    """It says how one is made of it."""
    with pytest.raises(InvalidPipeline, match="the file of a component of KFP 1") as caught:
        loaded.finish(loading.start(form(COMPONENT, tmp_path)))
    assert "load_component_from_file" in str(caught.value)


@pytest.mark.parametrize("form", [zipped, packed])
def test_packages_of_today_are_read(form: Callable[[str, Path], Path], tmp_path: Path) -> None:
    """As the server takes them."""
    found = loaded.finish(loading.start(form(samples.PIPELINE, tmp_path)))
    assert found.file == text.read(samples.PIPELINE)


def test_what_is_no_package(tmp_path: Path) -> None:
    """Whatever it is called."""
    path = tmp_path / "pipeline.zip"
    path.write_text("nonsense", encoding="utf-8")
    with pytest.raises(BadPackage):
        loaded.finish(loading.start(path))
