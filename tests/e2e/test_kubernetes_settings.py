"""Pipelines that ask something of Kubernetes, where there is none: from the command line alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.home import Home

_FILE = """
from kfp import components, dsl, kubernetes

loaded = components.load_component_from_file("FOLDER/greet.yaml")


@dsl.component
def password() -> str:
    import os

    return os.environ.get("DB_PASSWORD", "none")


@dsl.pipeline
def asking() -> str:
    task = password()
    kubernetes.use_secret_as_env(task, "db", {"password": "DB_PASSWORD"})
    kubernetes.set_ephemeral_storage(task, request="1Gi")
    return loaded(name=task.output).output
"""
_GREET = """
from kfp import dsl


@dsl.component
def greet(name: str) -> str:
    return "hello " + name
"""
_PLAIN = """
from kfp import dsl


@dsl.component
def one() -> int:
    return 1


@dsl.pipeline
def plain():
    one()
"""
_KUBECONFIG = """
clusters: [{name: here, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: here, context: {cluster: here, user: me}}]
users: [{name: me, user: {token: t}}]
current-context: here
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_what_a_step_lacks_is_told_and_can_be_given(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """One note before the run; the variable of the secret comes from the user's own environment, if they say so. A loaded component runs too."""
    greet = home.write(_GREET, "greet.py")
    assert home.call("compile", str(greet), "-o", str(greet.with_suffix(".yaml"))).returncode == 0
    file = home.write(_FILE.replace("FOLDER", str(greet.parent)), "asking.py")
    done = home.call("run", str(file))
    assert done.returncode == 0, done.stderr
    note = "settings for Kubernetes are left out on this machine: ephemeralStorage of password; secretAsEnv of password. So steps lack DB_PASSWORD: "
    assert done.stderr.count(note) == 1
    assert "hello none" in done.stdout + done.stderr
    monkeypatch.setenv("DB_PASSWORD", "secret")
    monkeypatch.setenv("BAKEHOUSE_PASS_ENV", "DB_PASSWORD")
    again = home.call("run", str(file), "--no-cache")
    assert "hello secret" in again.stdout + again.stderr


def test_kfp_is_told_what_it_can_understand(home: Home) -> None:
    """`--strict-kfp` keeps KFP's own settings."""
    greet = home.write(_GREET, "greet.py")
    home.call("compile", str(greet), "-o", str(greet.with_suffix(".yaml")))
    file = home.write(_FILE.replace("FOLDER", str(greet.parent)), "asking.py")
    strict = home.call("compile", str(file), "-o", "-", "--strict-kfp")
    assert "secretName: db" in strict.stdout
    assert "ephemeralStorage" not in strict.stdout
    assert "ephemeralStorage of password" in strict.stderr


@pytest.mark.parametrize("named", ["option", "variable"])
def test_nothing_is_recorded_where_no_cluster_is_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    """The variable that is missing is named."""
    config = tmp_path / "config"
    config.write_text(_KUBECONFIG)
    monkeypatch.setenv("KUBECONFIG", str(config))
    monkeypatch.delenv("BAKEHOUSE_IMAGE", raising=False)
    monkeypatch.setenv("BAKEHOUSE_RUNNER", "kubernetes" if named == "variable" else "")
    home = Home(tmp_path)
    done = home.call("run", str(home.write(_PLAIN)), *(["--runner", "kubernetes"] if named == "option" else []))
    assert done.returncode == 2, done.stderr
    assert "BAKEHOUSE_IMAGE is not set" in done.stderr
    assert home.runs() == []
