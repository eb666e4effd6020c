"""The commands that we compile do their work in a plain shell with the real `kfp`, as on a KFP cluster."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bakehouse import compiler, dsl
from bakehouse.dsl.component import BaseComponent
from bakehouse.ir.spec import Container
from bakehouse.task.artifacts import Dataset
from tests.compat.test_differential import REAL
from tests.unit.dsl import shaped

pytestmark = [
    pytest.mark.kfp,
    pytest.mark.skipif(not REAL.exists(), reason="the real kfp is not installed: `make test` makes its environment"),
]


def _wheel(folder: Path, name: str, text: str) -> None:
    """A distribution of one module, for pip to install without an index."""
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", text)
        wheel.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")


def _container(component: BaseComponent) -> Container:
    (executor,) = compiler.compile_pipeline(component).file.spec.executors.values()
    assert isinstance(executor, Container)
    return executor


def _run(component: BaseComponent, folder: Path, inputs: dict[str, Any]) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    """Run the component's command; its outputs, and how it went."""
    outputs = folder / "outputs.json"
    artifacts = {"table": {"artifacts": [{"name": "table", "type": {"schemaTitle": "system.Dataset"}, "uri": str(folder / "table"), "metadata": {}}]}}
    document = {"inputs": {"parameterValues": inputs}, "outputs": {"outputFile": str(outputs), "artifacts": artifacts}}
    executor = _container(component)
    words = [json.dumps(document) if word == "{{$}}" else word for word in (*executor.command, *executor.args)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP", "VIRTUAL"))}
    environment |= {
        "PATH": f"{REAL.parent}:{environment['PATH']}",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "TMPDIR": str(folder),
        # A virtual environment of the step's own sees what the image has; here, the image is an environment itself.
        "PYTHONPATH": str(next(REAL.parent.parent.glob("lib/python3*/site-packages"))),
    }
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False, cwd=folder)
    return (json.loads(outputs.read_text()) if outputs.exists() else {}), done


@dsl.component
def _plain(text: str, table: dsl.Output[Dataset], number: int = 3) -> str:
    with open(table.path, "w") as file:  # noqa: PTH123  # as a user writes
        file.write(text)
    return text * number


def test_a_component_runs(tmp_path: Path) -> None:
    """Values in and out; kfp is there, so that nothing is installed."""
    text = 'it\'s "quoted" $HOME `true` \\ äöü'
    outputs, done = _run(_plain, tmp_path, {"text": text})
    assert done.returncode == 0, done.stdout + done.stderr
    assert outputs["parameterValues"]["Output"] == text * 3
    assert (tmp_path / "table").read_text() == text


def test_a_failing_component_fails(tmp_path: Path) -> None:
    """The exit code of the function's failure is that of the command."""

    @dsl.component
    def fails(table: dsl.Output[Dataset]) -> None:
        raise ValueError(table.path)

    _, done = _run(fails, tmp_path, {})
    assert done.returncode != 0
    assert "ValueError" in done.stdout + done.stderr


def _venv_component(**settings: Any) -> BaseComponent:
    @dsl.component(use_venv=True, **settings)
    def where(table: dsl.Output[Dataset]) -> str:
        import sys  # noqa: PLC0415  # inside the step
        from importlib import util  # noqa: PLC0415  # inside the step

        spec = util.find_spec("tiny_one")
        return f"{sys.prefix} {spec.origin if spec else ''}"

    return where


def test_packages_are_installed_into_a_venv_and_seen(tmp_path: Path) -> None:
    """In order, quoted, and in the step's own environment: the image stays as it is."""
    for name in ("tiny_one", "tiny_two"):
        _wheel(tmp_path, name, "x = 1\n")
    component = _venv_component(packages_to_install=["tiny_one==1.0; python_version >= '3'", "tiny_two<2"])
    outputs, done = _run(component, tmp_path, {})
    assert done.returncode == 0, done.stdout + done.stderr
    prefix, origin = outputs["parameterValues"]["Output"].split()
    assert prefix.startswith(str(tmp_path))
    assert origin.startswith(prefix)
    assert subprocess.run([REAL, "-c", "import tiny_one"], check=False, capture_output=True).returncode != 0


def test_a_venv_is_used_without_packages_too(tmp_path: Path) -> None:
    """There kfp 2.17 makes none."""
    outputs, done = _run(_venv_component(install_kfp_package=False), tmp_path, {})
    assert done.returncode == 0, done.stdout + done.stderr
    assert outputs["parameterValues"]["Output"].startswith(str(tmp_path))


def test_an_installation_that_fails_stops_the_step(tmp_path: Path) -> None:
    """The function is not run with half of its packages."""
    outputs, done = _run(_venv_component(packages_to_install=["no_such_distribution"]), tmp_path, {})
    assert done.returncode != 0
    assert "no_such_distribution" in done.stderr
    assert outputs == {}


def _double(x: str) -> str:
    return x + x


def test_helpers_and_embedded_files_travel(tmp_path: Path) -> None:
    """Functions by `additional_funcs`, files by `embedded_artifact_path`."""
    (tmp_path / "asset.txt").write_text("asset")

    @dsl.component(additional_funcs=[_double], embedded_artifact_path=str(tmp_path / "asset.txt"))
    def reads(file: dsl.EmbeddedInput[Dataset], table: dsl.Output[Dataset]) -> str:
        with open(file.path) as opened:  # noqa: PTH123  # as a user writes
            return _double(opened.read())

    outputs, done = _run(reads, tmp_path, {})
    assert done.returncode == 0, done.stdout + done.stderr
    assert outputs["parameterValues"]["Output"] == "assetasset"


def test_enums_and_dataclasses_reach_the_function(tmp_path: Path) -> None:
    """The runtime of kfp knows neither: what stands in the source makes them of JSON, and JSON of them."""
    network = {"rate": 1, "layers": [{"width": 2}], "extra": {}}
    component = dsl.component(install_kfp_package=False)(shaped.build.python_func)
    outputs, done = _run(component, tmp_path, {"network": network, "color": "blue", "mode": "slow", "size": 2, "row": {"name": "a", "count": 1}})
    assert done.returncode == 0, done.stdout + done.stderr
    built = {"rate": 1.0, "layers": [{"width": 2, "color": "red"}], "tags": ["a"], "size": None, "extra": {}}
    assert outputs["parameterValues"] == {"network": built, "color": "red", "total": 0}
