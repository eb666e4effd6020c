"""Where artifacts go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.actions.roots import Root, Usual, is_hollow, root
from bakehouse.errors import BadInput
from bakehouse.ir import text
from bakehouse.ir.spec import PipelineSpec
from tests.unit.ir.samples import PIPELINE

HOME = Usual(Path("/home/of/bakehouse"))


def spec() -> PipelineSpec:
    """A pipeline that names no root."""
    return replace(text.read(PIPELINE).spec, default_pipeline_root="")


@pytest.mark.parametrize("named", ["/data/out", "/data/out/", "file:///data/out", "file://localhost/data/out"])
def test_a_folder_of_this_machine_is_used(named: str) -> None:
    """Whoever names it: the pipeline, or whoever starts the run."""
    assert root(HOME, replace(spec(), default_pipeline_root=named), "") == Root("/data/out")
    assert root(HOME, replace(spec(), default_pipeline_root="gs://bucket/x"), named) == Root("/data/out")


@pytest.mark.parametrize("named", ["gs://bucket/x", "s3://bucket", "minio://mlpipeline/v2", "out", "./out", "/", "file://elsewhere/out"])
def test_what_is_not_reached_here_is_said_and_not_used(named: str) -> None:
    """A pipeline that was written for a cluster runs all the same."""
    found = root(HOME, replace(spec(), default_pipeline_root=named), "")
    assert found.path.startswith("/home/of/bakehouse/artifacts/")
    assert named in found.note
    assert found.path in found.note


@pytest.mark.parametrize("named", ["out", "./out", "/", "file://elsewhere/out", "hdfs://name/out"])
def test_who_asks_for_no_such_place_is_refused(named: str) -> None:
    """Whether for a run or as the usual root; the setting is named."""
    with pytest.raises(BadInput, match="no folder of this machine") as told:
        root(HOME, spec(), named)
    assert told.value.place == "pipeline_root"
    with pytest.raises(BadInput) as told:
        root(replace(HOME, root=named), spec(), "")
    assert told.value.place == "BAKEHOUSE_PIPELINE_ROOT"


@pytest.mark.parametrize("named", ["gs://bucket/x/", "s3://bucket?endpoint=http://127.0.0.1:9", "minio://mlpipeline/v2"])
def test_a_bucket_is_used_where_it_is_set_up(named: str) -> None:
    """Or where somebody asks for it: its answer will tell then."""
    expected = Root(named.rstrip("/"))
    served = replace(HOME, serves=lambda uri: uri == named)
    assert root(served, replace(spec(), default_pipeline_root=named), "") == expected
    assert root(HOME, spec(), named) == expected
    assert root(replace(HOME, root=named), spec(), "") == expected
    assert root(replace(HOME, root=named), replace(spec(), default_pipeline_root="/data/out"), "") == Root("/data/out")


def test_without_a_name_it_is_below_the_home() -> None:
    """And nothing needs to be said."""
    assert root(HOME, spec(), "").note == ""


def test_a_hollow_folder_holds_folders_alone(tmp_path: Path) -> None:
    """Neither a file nor a link, which somebody put there, at any depth; what is no folder is not hollow."""
    (inner := tmp_path / "run" / "step" / "1").mkdir(parents=True)
    run = str(tmp_path / "run")
    assert is_hollow(run)
    assert is_hollow((tmp_path / "run").as_uri())
    (tmp_path / "link").symlink_to(run)
    for uri in (str(tmp_path / "none"), str(tmp_path / "link"), "gs://bucket/run"):
        assert not is_hollow(uri)
    (inner / "link").symlink_to(tmp_path)
    assert not is_hollow(run)
    (inner / "link").unlink()
    (inner / "file").touch()
    assert not is_hollow(run)
