"""Why no step can be a pod here: what settings and kubeconfig tell by themselves, with what to set."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bakehouse.app import clusters
from bakehouse.errors import Problem

KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{name: here, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: here, context: {cluster: here, user: me}}]
users: [{name: me, user: {token: t}}]
current-context: here
"""


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """All that a cluster needs; at its address nobody answers."""
    (tmp_path / "amd64").write_bytes(b"")
    (tmp_path / "config").write_text(KUBECONFIG)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    return {"BAKEHOUSE_IMAGE": "b:1", "BAKEHOUSE_POD_SERVER": "http://b:8811", "BAKEHOUSE_POD_RUNNERS": str(tmp_path)}


def unset(environ: dict[str, str]) -> Problem:
    """What is missing, where something is."""
    found = clusters.missing(environ)
    assert found is not None
    return found


def test_nothing_is_asked_of_the_cluster(environ: dict[str, str]) -> None:
    """What is set up counts as there: a cluster that is away for a while is waited for by runs that go on."""
    assert clusters.missing(environ) is None


def test_a_server_in_a_pod_has_an_image(environ: dict[str, str]) -> None:
    """Its own, where no other one is named."""
    del environ["BAKEHOUSE_IMAGE"]
    assert clusters.missing({**environ, "KUBERNETES_SERVICE_HOST": "10.96.0.1"}) is None


def test_what_speaks_to_a_cluster_is_not_installed(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.delitem(sys.modules, clusters.RUNNER, raising=False)
    monkeypatch.delitem(sys.modules, clusters.CLUSTER, raising=False)
    monkeypatch.setitem(sys.modules, "lightkube.config.client_adapter", None)
    assert "bakehouse[kubernetes]" in (unset(environ).remedy or "")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("BAKEHOUSE_IMAGE", "", "is not set"),
        ("BAKEHOUSE_POD_SERVER", "", "is not set"),
        ("BAKEHOUSE_POD_RUNNERS", "/nowhere", "no program amd64 or arm64 in /nowhere"),
        ("BAKEHOUSE_POD_PATCH", "{spec: ", "cannot be read"),
        ("BAKEHOUSE_POD_DEFAULTS", "/nowhere", "No such file"),
        ("BAKEHOUSE_POD_DEFAULTS", "[spec]", "is no mapping"),
        ("BAKEHOUSE_POD_TTL", "soon", "not a duration"),
    ],
)
def test_a_setting_is_named(environ: dict[str, str], name: str, value: str, message: str) -> None:
    """With what to set it to."""
    found = unset({**environ, name: value})
    assert found.place == f"environment variable {name}"
    assert message in found.message
    assert found.remedy


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("clusters: []\ncontexts: [{", ":2", "is no YAML"),
        ("clusters: \x07", "", "is no YAML"),
        ("", "", "is no kubeconfig file"),
        ("kind: Config", "", "is no kubeconfig file"),
        ("[clusters]", "", "is no kubeconfig file"),
        (KUBECONFIG.replace("name: here, cluster:", "name: there, cluster:"), "", "lacks something that its context names: 'here'"),
    ],
)
def test_a_file_that_is_no_kubeconfig(environ: dict[str, str], tmp_path: Path, text: str, line: str, message: str) -> None:
    """It is named, with the line where that is known."""
    file = tmp_path / "config"
    file.write_text(text)
    found = unset(environ)
    assert found.place == f"{file}{line}"
    assert f"{file} " in found.message
    assert message in found.message
    assert "Set KUBECONFIG" in (found.remedy or "")


def test_what_is_missing_of_a_kubeconfig(environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file, the context, or whom it asks as."""
    assert "Context 'other' not found" in unset({**environ, "BAKEHOUSE_POD_CONTEXT": "other"}).message
    (tmp_path / "nobody").write_text(KUBECONFIG.replace(", user: me", ""))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "nobody"))
    assert "the context here names no user" in unset(environ).message
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    found = unset(environ)
    assert f"{tmp_path}/none not found" in found.message
    assert "Set KUBECONFIG" in (found.remedy or "")
