"""Components carry the modules that they need, so that they run on KFP too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bakehouse import dsl
from bakehouse.compiler import Compiler, carrying, compile_pipeline
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.errors import AuthoringError, WrongValue
from bakehouse.ir import text
from bakehouse.ir.spec import Container, PipelineFile

_ASKING = """
import os
print(helpers.N, os.environ["BAKEHOUSE_CODE_FOLDER"] == os.path.dirname(helpers.__file__), os.environ["PYTHONPATH"].split(":")[1:])
print(sorted(os.listdir(os.environ["BAKEHOUSE_CODE_FOLDER"])))
"""


@pytest.fixture
def src(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "helpers.py").write_text("N = 7\n")
    (tmp_path / "src" / "data.csv").write_text("1,2\n")
    return tmp_path / "src"


def _component(code: Path) -> BaseComponent:
    @dsl.component(code=code)
    def count() -> int:
        import helpers  # type: ignore[import-not-found]  # noqa: PLC0415  # in the step

        return int(helpers.N)

    return count


def _source(file: PipelineFile, label: str) -> str:
    executor = file.spec.executors[label]
    assert isinstance(executor, Container)
    return executor.command[-1]


def test_a_compiled_component_carries_its_modules(src: Path, tmp_path: Path) -> None:
    """They are unpacked when its source is imported, found by it and by programs that it starts; where they came from is told nowhere."""
    file = tmp_path / "p.yaml"
    Compiler().compile(_component(src), str(file))
    assert str(tmp_path) not in file.read_text()
    assert "platforms" not in file.read_text()
    source = _source(text.read(file.read_text(), origin="p.yaml"), "exec-count")
    source = source.replace("import kfp\nfrom kfp import dsl\nfrom kfp.dsl import *\n", "")  # which is not there
    environ = {**os.environ, "PYTHONPATH": "/there", "PYTHONDONTWRITEBYTECODE": "1"}  # nothing but what was unpacked
    command = [sys.executable, "-S", "-c", f"{source}\nimport helpers\n{_ASKING}"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.stdout == "7 True ['/there']\n['data.csv', 'helpers.py']\n", done.stderr


def test_a_pipeline_that_is_run_here_carries_nothing(src: Path) -> None:
    """It names the folder, by what its parts are called in the whole: `bakehouse run` takes it from there."""
    count = _component(src)

    @dsl.pipeline
    def inner() -> None:
        count()

    @dsl.pipeline
    def outer() -> None:
        inner()
        inner()
        count()

    compiled = compile_pipeline(outer)
    assert compiled.code == dict.fromkeys(("exec-count", "exec-count-2", "exec-count-3"), str(src))
    assert "BAKEHOUSE_CODE" not in _source(compiled.file, "exec-count-2")
    assert "BAKEHOUSE_CODE" in _source(carrying.embedded(compiled), "exec-count-2")


def test_a_folder_that_is_too_large_for_kfp_is_refused(src: Path, tmp_path: Path) -> None:
    """With the ways out, and before anything is written."""
    (src / "noise").write_bytes(os.urandom(carrying.LARGEST))
    with pytest.raises(WrongValue, match="the folder src takes 65 KiB packed, more than the 64 KiB that a component can carry on KFP") as refused:
        Compiler().compile(_component(src), str(tmp_path / "p.yaml"))
    assert "base_image" in (refused.value.remedy or "")
    assert not (tmp_path / "p.yaml").exists()


def test_what_cannot_be_the_code_of_a_component_is_told_where_it_stands(src: Path) -> None:
    """A folder that is not there, and an image that has the code already."""
    with pytest.raises(AuthoringError, match=r"there is no folder .*nowhere") as refused:
        _component(src / "nowhere")
    assert (refused.value.place or "").startswith(f"{__file__}:")
    with pytest.raises(AuthoringError, match="code= and target_image= exclude each other"):

        @dsl.component(code=src, target_image="registry/image")
        def other() -> None: ...
