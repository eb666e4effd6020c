"""Archives of the author's own modules: kept by their digests, sought where a pipeline file names them."""

from __future__ import annotations

import os
from pathlib import Path

from bakehouse.actions import modules
from bakehouse.dsl.archives import Member, tar
from bakehouse.ir import policies, travelling
from bakehouse.ir.digests import digest_bytes
from bakehouse.ir.execution import Code
from bakehouse.ir.spec import PipelineFile
from tests.unit.orchestrator.pipelines import pipeline

_DATA = tar([Member("a.py", b"A = 1"), Member("lib", leads_to="a.py")])
_DIGEST = digest_bytes(_DATA)


def _file(uri: str) -> PipelineFile:
    return travelling.with_code(pipeline({"a": []}), {"exec-a": Code(_DIGEST, uri, "src")})


def test_what_a_pipeline_file_says_of_modules_is_read_again(tmp_path: Path) -> None:
    """Beside all else that it says; what cannot be meant is a finding."""
    known = PipelineFile(
        pipeline({"a": []}).spec,
        {"bakehouse": {"deploymentSpec": {"executors": {"exec-a": {"caching": {"ttl": "60s"}}}}}, "kubernetes": {"x": 1}},
    )
    file = travelling.with_code(known, {"exec-a": Code(_DIGEST, str(tmp_path), "src")})
    policy = policies.policies(file).of("exec-a")
    assert (policy.code, policy.result_ttl) == (Code(_DIGEST, str(tmp_path), "src"), 60)
    assert file.platforms["kubernetes"] == {"x": 1}
    assert policies.findings(file) == []
    assert policies.without(file).platforms == {"kubernetes": {"x": 1}}
    wrong = travelling.with_code(known, {"exec-a": Code("../etc", str(tmp_path))})
    assert [one.message for one in policies.findings(wrong)] == ["'../etc' is no digest"]
    assert policies.policies(wrong).of("exec-a").code is None


def test_an_archive_is_kept_once(tmp_path: Path) -> None:
    """Its time is that of its last use: nobody collects it while a run is being recorded that names it."""
    modules.keep(tmp_path, {_DIGEST: _DATA})
    path = modules.address(tmp_path, _DIGEST)
    os.utime(path, (1, 1))
    inode = path.stat().st_ino
    modules.keep(tmp_path, {_DIGEST: _DATA})
    assert (path.read_bytes(), path.stat().st_ino) == (_DATA, inode)
    assert path.stat().st_mtime > 1
    assert list(modules.kept(tmp_path)) == [(_DIGEST, path)]
    assert list(modules.kept(tmp_path / "other")) == []


def test_modules_that_are_nowhere_are_told_before_the_run_is_recorded(tmp_path: Path) -> None:
    """A pipeline file of another home names them, and does not bring them."""
    path = modules.address(tmp_path, _DIGEST)
    (problem,) = modules.problems(_file(str(path)), {})
    assert problem.message == "the modules of a (src) are not here: they do not travel in the pipeline file"
    assert "bakehouse compile" in (problem.remedy or "")
    assert list(modules.problems(_file(str(path)), {_DIGEST: _DATA})) == []
    modules.keep(tmp_path, {_DIGEST: _DATA})
    assert list(modules.problems(_file(str(path)), {})) == []
    assert len(list(modules.problems(_file("gs://bucket/x.tar"), {}))) == 1


def test_what_is_in_an_archive_is_told(tmp_path: Path) -> None:
    """From the home, or from where it is at hand; of what is neither, or is no archive, nothing."""
    found = modules.files(tmp_path, _DIGEST, {_DIGEST: _DATA})
    assert found is not None
    assert sorted(found) == ["a.py", "lib"]
    assert found["lib"] == "a.py"
    assert modules.files(tmp_path, _DIGEST, {}) is None
    modules.keep(tmp_path, {_DIGEST: _DATA, "0" * 64: b"no archive"})
    assert modules.files(tmp_path, _DIGEST, {}) == found
    assert modules.files(tmp_path, "0" * 64, {}) is None
