"""Every pod of the pipelines that the tests run on a cluster, and of KFP's own that ask something of Kubernetes: its newest schemas take them."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import kubernetes_validate
import pytest
import yaml

from bakehouse import compiler
from bakehouse.dsl.graph import GraphComponent
from bakehouse.ir import placeholders, platforms, text
from bakehouse.ir.execution import LaunchSpec, Requests
from bakehouse.ir.spec import Container, PipelineFile
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator import pod_settings, requests
from bakehouse.runners.kubernetes import manifests
from tests.conformance.test_files_of_kfp import FILES
from tests.kubernetes.bed import PIPELINES
from tests.repo import pod_security
from tests.repo.tree import ROOT
from tests.unit.runners.kubernetes.pods import INSTALLATION, container, launch, pod

NEWEST = kubernetes_validate.latest_version()
#: What a run gives, by the field that takes it; a name everywhere else.
_GIVEN: dict[str, Json] = {
    "nodeSelector": {"zone": "a"},
    "tolerations": [{"key": "gpu", "operator": "Exists", "tolerationSeconds": 5.0}],
    "nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {"matchExpressions": []}}]},
}
_ASKING = [path for path in FILES if "\n  kubernetes:\n" in path.read_text(encoding="utf-8")]


def _module(path: Path, folder: Path) -> ModuleType:
    """A file of pipelines as it is with Bakehouse for kfp."""
    copy = folder / path.name
    copy.write_text(path.read_text(encoding="utf-8").replace("from kfp import", "from bakehouse import"), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, copy)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _launches(file: PipelineFile) -> Iterator[LaunchSpec]:
    """A launch of each step of a file; what needs values of the run is given some."""
    asked = platforms.of_pods(file)
    for label, executor in file.spec.executors.items():
        if isinstance(executor, Container):
            found = asked.get(label, {})
            settings = {
                field: value
                for name, one in found.items()
                for field, value in pod_settings.settled({name: one}, lambda _, name=name: _GIVEN.get(name, "named")).items()  # type: ignore[misc]  # of this turn
            }
            scope = placeholders.Scope({}, {})
            amounts = [read(executor.resources, scope) for read in (requests.requested, requests.limited)]
            request, limit = (one if isinstance(one, Requests) else Requests() for one in amounts)
            made = replace(launch(label, **settings), image=executor.image, requests=request, limits=limit)
            yield replace(made, workspace="/kfp-workspace") if "workspace" in found else made


def _check(file: PipelineFile) -> None:
    """See that the schemas take its pods, the claims of its workspaces too, and that what is ours in them is restricted."""
    for made in _launches(file):
        of = pod(made)
        kubernetes_validate.validate(of, NEWEST, strict=True)
        assert pod_security.problems(_ours(of)) == []
        if made.workspace:
            kubernetes_validate.validate(manifests.workspace(made, INSTALLATION), NEWEST, strict=True)


def _ours(of: JsonObject) -> JsonObject:
    """A pod without what is its author's."""
    names = {one["name"] for one in container(of, "keeper")["volumeMounts"]}
    volumes = [one for one in of["spec"]["volumes"] if one["name"] in {*names, "bakehouse-bin"}]
    return {"containers": [container(of, "keeper")], "volumes": volumes}


@pytest.mark.parametrize("path", sorted(PIPELINES.glob("*.py")), ids=lambda path: path.stem)
def test_pods_that_are_tried_on_a_cluster(path: Path, tmp_path: Path) -> None:
    """All pipelines of a file: what an old cluster takes, a new one takes as well."""
    found = [one for one in vars(_module(path, tmp_path)).values() if isinstance(one, GraphComponent)]
    assert found
    for one in found:
        _check(compiler.compile_pipeline(one).file)


@pytest.mark.skipif(not FILES, reason="../shared/conformance is not beside this repository")
def test_there_are_files_of_kfp_that_ask_something_of_kubernetes() -> None:
    """Or the next test would show nothing."""
    assert len(_ASKING) > 10  # some of them


@pytest.mark.parametrize("path", _ASKING, ids=lambda path: path.stem)
def test_pods_of_kfps_own_pipelines(path: Path) -> None:
    """As compiled by its SDK."""
    _check(text.read(path.read_text(encoding="utf-8"), path.name))


def test_a_whole_pod_can_be_restricted() -> None:
    """By the patch that the how-to shows, whatever its step asks for."""
    page = (ROOT / "docs" / "how-to" / "run-on-kubernetes.md").read_text(encoding="utf-8")
    (patch,) = (one for one in re.findall(r"BAKEHOUSE_POD_PATCH='([^']+)'", page) if "seccompProfile" in one)
    asked: dict[str, Any] = {"emptyDirMounts": [{"volumeName": "e", "mountPath": "/e"}], "secretAsVolume": [{"secretName": "s", "mountPath": "/s"}]}
    assert "main: runAsNonRoot" in pod_security.problems(pod(launch(**asked))["spec"])
    restricted = pod(launch(**asked), replace(INSTALLATION, patch=yaml.safe_load(patch)))
    assert pod_security.problems(restricted["spec"]) == []
