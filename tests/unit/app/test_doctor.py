"""What runs here and what is missing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bakehouse.app import doctor
from bakehouse.app.doctor import Finding, State
from bakehouse.app.settings import Settings
from bakehouse.cli import examining


def found(home: Path, environ: Mapping[str, str], **more: str) -> dict[str, Finding]:
    """The findings by name."""
    return {one.name: one for one in doctor.findings(Settings(home=home, slots=4, **more), {"HOME": str(home), **environ})}  # type: ignore[arg-type]


def test_a_home_is_looked_at_and_not_made(tmp_path: Path) -> None:
    """One that is not there can be; a file in its place is broken, and says so."""
    home = tmp_path / "home"
    assert found(home, {})["home"] == Finding("home", State.WORKS, f"{home}, which is made when it is needed")
    assert not home.exists()
    home.write_text("")
    assert found(home, {})["home"].state is State.BROKEN
    home.unlink()
    home.mkdir(mode=0o755)
    assert found(home, {})["home"].state is State.WORKS
    assert home.stat().st_mode & 0o777 == 0o755


def test_an_engine_that_was_named_must_answer(tmp_path: Path) -> None:
    """Else it is broken, with what was tried and what to do."""
    one = found(tmp_path, {"DOCKER_HOST": f"unix://{tmp_path}/none"})["containers"]
    assert one.state is State.BROKEN
    assert "No such file or directory" in one.text
    assert "podman.socket" in one.remedy
    assert found(tmp_path, {"DOCKER_HOST": "tcp://10.0.0.1:2375"})["containers"].state is State.BROKEN


def test_what_an_extra_is_needed_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is broken where it was asked for, and missing where not."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    here = found(tmp_path, {"DOCKER_HOST": "unix:///none", "KUBECONFIG": __file__}, database="postgresql://db/x")
    assert (here["records"].state, here["records"].remedy) == (State.BROKEN, "pip install 'bakehouse[postgres]'")
    assert (here["Kubernetes"].state, here["Kubernetes"].remedy) == (State.MISSING, "pip install 'bakehouse[kubernetes]'")
    assert here["object stores"].state is State.MISSING
    assert found(tmp_path, {"DOCKER_HOST": "unix:///none", "KUBECONFIG": "/none"})["Kubernetes"].text == "no cluster is set up: there is no /none"


@pytest.mark.parametrize(("state", "code"), [(State.WORKS, 0), (State.MISSING, 0), (State.BROKEN, 1)])
def test_the_exit_code(state: State, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Is that of what is broken; a line each, or one document."""
    monkeypatch.setattr(doctor, "findings", lambda _: [Finding("oven", state, "hot", "Cool it.")])
    settings = Settings(home=tmp_path, slots=1)
    assert examining.examine(settings, as_json=False) == code
    assert capsys.readouterr().out.split() == [state.value, "oven", "hot.", "Cool", "it."]
    assert examining.examine(settings, as_json=True) == code
    assert json.loads(capsys.readouterr().out) == {
        "ok": not code,
        "checks": [{"name": "oven", "state": state.value, "text": "hot", "remedy": "Cool it."}],
    }
